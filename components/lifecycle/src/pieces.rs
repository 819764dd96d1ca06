//! A file, in the pieces that it comes in.

use bytes::Bytes;

use crate::Ports;
use crate::blobs::Reader;
use crate::download::DownloadError;
use crate::ports::Body;

/// Where the pieces of a file come from. All that takes a file takes it so: it is compiled once, and not for every origin.
#[derive(Debug)]
pub enum Pieces<B> {
    /// An answer from outside.
    Coming(B),
    /// A file that is kept here.
    Kept(Reader<B>),
    /// It is there whole, until it is taken.
    Whole(Option<Bytes>),
}

impl<B> From<Bytes> for Pieces<B> {
    fn from(bytes: Bytes) -> Self {
        Self::Whole(Some(bytes))
    }
}

impl<B: Body> Pieces<B> {
    /// The next piece; nothing after the last.
    ///
    /// # Errors
    /// The other side broke off, or what the store or the bucket answers.
    pub async fn next<P: Ports<Body = B>>(&mut self, ports: &P) -> Result<Option<Bytes>, DownloadError> {
        match self {
            Self::Coming(body) => Ok(body.chunk().await?),
            Self::Kept(reader) => Ok(reader.next(ports).await?),
            Self::Whole(bytes) => Ok(bytes.take()),
        }
    }
}
