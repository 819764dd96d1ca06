//! Pictures that are written anew by the function that has the code for it, `pictures`: sent there as they come, and its answer is what is made of
//! them.

use std::pin::pin;

use bytes::Bytes;
use domain::USER_AGENT as OURS;
use futures_channel::mpsc;
use futures_util::SinkExt;
use futures_util::future::{Either, select};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, USER_AGENT};
use http::{Request, Response, StatusCode};
use serde_json::Value;

use crate::Ports;
use crate::download::DownloadError;
use crate::links::{self, PICTURES, Rewriting};
use crate::pieces::Pieces;
use crate::ports::{Body, SendError};

/// Most bytes that are kept while it is not known whether the function is where it was sent to: so many are sent again elsewhere, in bytes.
const REPEATED_BYTES_MAX: usize = 1024 * 1024;
/// Most bytes of an answer that says why nothing was made.
const REASON_BYTES_MAX: usize = 64 * 1024;

/// Why nothing was made of a picture.
#[derive(Debug)]
pub(crate) enum Failed {
    /// It did not come whole.
    Source(DownloadError),
    /// It cannot be written anew; in words that follow "the picture".
    Refused(String),
    /// Another one is being written.
    Busy,
    /// The function did not answer as it should.
    Unanswered(String),
}

/// Sends a picture of so many bytes. The answer is what was made of it, or 204 where nothing is to be made.
///
/// # Errors
/// Why nothing was.
pub(crate) async fn send<P: Ports>(
    ports: &P,
    rewriting: Rewriting,
    size_bytes: u32,
    pieces: Pieces<P::Body>,
) -> Result<Response<P::Body>, Failed> {
    let target = links::picture(ports.config(), rewriting, ports.now());
    let target = target.map_err(|error| Failed::Unanswered(error.to_string()))?;
    let mut pieces = Repeatable { pieces, passed: Vec::new(), next: 0, is_whole: true };
    let mut last = SendError::NotConnected;
    for base in links::bases(ports.config(), PICTURES) {
        let (mut sender, body) = mpsc::channel(0);
        let request = Request::post(format!("{base}{target}"))
            .header(CONTENT_LENGTH, size_bytes)
            .header(CONTENT_TYPE, "application/octet-stream")
            .header(USER_AGENT, OURS);
        let Ok(request) = request.body(body) else { continue };
        let feed = async {
            while let Some(piece) = pieces.next(ports).await? {
                if sender.send(piece).await.is_err() {
                    break;
                }
            }
            drop(sender);
            Ok(())
        };
        // An answer may come before the picture has left: then there is no room for it.
        let sent = match select(pin!(feed), pin!(ports.upload(request))).await {
            Either::Left((fed, upload)) => {
                fed.map_err(Failed::Source)?;
                upload.await
            }
            Either::Right((sent, _)) => sent,
        };
        match sent {
            Err(error) if error.was_not_sent() && pieces.begin_again() => last = error,
            Err(error) => return Err(Failed::Unanswered(error.reason().to_owned())),
            Ok(answer) => return judge(answer).await,
        }
    }
    Err(Failed::Unanswered(last.reason().to_owned()))
}

async fn judge<B: Body>(answer: Response<B>) -> Result<Response<B>, Failed> {
    match answer.status() {
        StatusCode::OK | StatusCode::NO_CONTENT => Ok(answer),
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::PAYLOAD_TOO_LARGE => {
            Err(Failed::Refused(reason(answer.into_body()).await))
        }
        StatusCode::SERVICE_UNAVAILABLE => Err(Failed::Busy),
        status => Err(Failed::Unanswered(format!("answered with status {}", status.as_u16()))),
    }
}

/// What an answer says of why nothing was made.
async fn reason<B: Body>(mut body: B) -> String {
    let mut bytes = Vec::new();
    while let Ok(Some(piece)) = body.chunk().await {
        if bytes.len().saturating_add(piece.len()) > REASON_BYTES_MAX {
            break;
        }
        bytes.extend_from_slice(&piece);
    }
    let said = serde_json::from_slice::<Value>(&bytes).unwrap_or_default();
    let message = said.pointer("/error/message").and_then(Value::as_str).unwrap_or("is refused");
    message.strip_prefix("The picture ").unwrap_or(message).to_owned()
}

/// Pieces of which the first ones can be had again.
struct Repeatable<B> {
    pieces: Pieces<B>,
    /// The first ones that were had.
    passed: Vec<Bytes>,
    /// Which of them comes next.
    next: usize,
    /// Whether these are all that were had.
    is_whole: bool,
}

impl<B: Body> Repeatable<B> {
    async fn next<P: Ports<Body = B>>(&mut self, ports: &P) -> Result<Option<Bytes>, DownloadError> {
        if let Some(piece) = self.passed.get(self.next) {
            self.next = self.next.saturating_add(1);
            return Ok(Some(piece.clone()));
        }
        let piece = self.pieces.next(ports).await?;
        if let Some(piece) = piece.as_ref().filter(|_| self.is_whole) {
            self.passed.push(piece.clone());
            self.next = self.passed.len();
            self.is_whole = self.passed.iter().map(Bytes::len).sum::<usize>() <= REPEATED_BYTES_MAX;
        }
        if !self.is_whole {
            self.passed.clear();
        }
        Ok(piece)
    }

    /// Begins at the beginning, where that is there still.
    const fn begin_again(&mut self) -> bool {
        self.next = 0;
        self.is_whole
    }
}

#[cfg(test)]
mod tests {
    use domain::{AccountId, BlobLocation, TaskId};

    use super::*;
    use crate::blobs::{Blob, Reader};
    use crate::testing::{Chunks, World, run};

    fn world() -> World {
        World::new(&[("public_url", "https://us.example"), ("signing_secret", "a secret of sixteen bytes or more")])
    }

    fn sent(world: &World, picture: Pieces<Chunks>, size_bytes: u32) -> Result<Vec<u8>, Failed> {
        run(async {
            let mut body = send(world, Rewriting::Watermark, size_bytes, picture).await?.into_body();
            let mut bytes = Vec::new();
            while let Ok(Some(piece)) = body.chunk().await {
                bytes.extend_from_slice(&piece);
            }
            Ok(bytes)
        })
    }

    fn coming(pieces: &[&'static [u8]]) -> (Pieces<Chunks>, u32) {
        let size = u32::try_from(pieces.concat().len()).unwrap();
        (Pieces::Coming(Chunks(pieces.iter().copied().map(Bytes::from_static).collect())), size)
    }

    #[test]
    fn where_the_function_is_not_the_picture_is_sent_to_the_public_address_from_its_beginning() {
        let world = world();
        world.takes([Err(SendError::NameUnknown), Ok((200, b"with it".to_vec()))]);
        let (picture, size) = coming(&[b"a ", b"picture"]);
        assert_eq!(sent(&world, picture, size).unwrap(), b"with it");
        assert_eq!(world.uploaded().last().unwrap(), b"a picture");
        assert_eq!(world.sent_to()[0].host(), Some("pictures.spin.internal"));
        assert_eq!(world.sent_to()[1].host(), Some("us.example"));
    }

    #[test]
    fn an_answer_says_whether_it_is_any_use_to_ask_again() {
        let world = world();
        let refused =
            br#"{"success":false,"error":{"code":"IMAGE_DOWNLOAD_FAILED","message":"The picture is animated"}}"#;
        let answered = |answer| {
            world.takes([answer]);
            let (picture, size) = coming(&[b"a picture"]);
            sent(&world, picture, size).unwrap_err()
        };
        assert!(matches!(answered(Ok((422, refused.to_vec()))), Failed::Refused(reason) if reason == "is animated"));
        assert!(matches!(answered(Ok((413, Vec::new()))), Failed::Refused(_)));
        assert!(matches!(answered(Ok((503, Vec::new()))), Failed::Busy));
        assert!(matches!(answered(Ok((404, Vec::new()))), Failed::Unanswered(_)));
        assert!(matches!(answered(Err(SendError::TimedOut)), Failed::Unanswered(_)));
    }

    #[test]
    fn a_picture_that_breaks_off_is_no_answer_of_the_function() {
        let world = world();
        world.takes([Ok((200, Vec::new()))]);
        let key = store::keys::result(&AccountId::from_random([1; 16]), &TaskId::from_random([2; 16]), 0);
        let gone = Reader::new(Blob { key, location: BlobLocation::Store, size_bytes: 10 });
        let failed = sent(&world, Pieces::Kept(gone), 10);
        assert!(matches!(failed, Err(Failed::Source(DownloadError::Store(store::Error::Missing { .. })))));
    }
}
