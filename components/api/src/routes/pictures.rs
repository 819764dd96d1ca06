//! Pictures that are written anew: sent by one function of this deployment to another, which alone has the code and the room for that.

pub(crate) mod upright;
pub(crate) mod watermark;

use http::StatusCode;
use lifecycle::Ports;
use lifecycle::links::{self, Rewriting};
use lifecycle::ports::Body;

use crate::room::Permit;
use crate::wire::{Request, Response};
use crate::{Code, Error, body};

/// Room for one picture, in bytes: it as it came, 16 MB, and what is made of it while that grows, 24 MB. Two do not fit in an instance; what
/// decoding takes beside it is in the other half of its memory.
const ROOM_BYTES: usize = 40 * 1024 * 1024;

/// A picture that was sent.
struct Sent {
    bytes: Vec<u8>,
    /// The room that it and what is made of it take up.
    _permit: Permit,
}

/// Reads the picture that came with a link for this.
///
/// # Errors
/// [`Code::NotFound`] where the link was not made here, or is over; [`Code::StoreUnavailable`] where there is no room, and what else
/// [`body::bytes`] answers.
async fn read<P: Ports, B: Body>(
    ports: &P,
    mut request: Request<B>,
    rewriting: Rewriting,
    bytes_max: usize,
) -> Result<Sent, Error> {
    if !links::is_picture(ports.config(), rewriting, &request.signed_link(), ports.now())? {
        return Err(lifecycle::Error::NoSuchFile.into());
    }
    let bytes_max = body::stated(&request, bytes_max).unwrap_or(bytes_max);
    let permit = request.room.take(ROOM_BYTES)?;
    let bytes = body::bytes(ports, &mut request.body, bytes_max, true).await?;
    Ok(Sent { bytes, _permit: permit })
}

/// What was made of it, as what it is.
fn answered(bytes: Vec<u8>) -> Response {
    let media_type = media::recognize(&bytes).map_or("application/octet-stream", domain::Media::media_type);
    Response::new(StatusCode::OK, media_type, bytes)
}

/// Why nothing was made of it.
fn refused(reason: &dyn std::fmt::Display) -> Error {
    Error::new(Code::ImageDownloadFailed, format!("The picture {reason}"))
}
