//! From Spin's request to a handler's and back: the one way every function answers.

use std::rc::Rc;

use api::serve::{self as way, Payload, Upload};
use api::wire::{self, BODY_BYTES_MAX};
use spin_sdk::http::Request;
use spin_sdk::wasip3::http_compat::IncomingRequestBody;

use crate::ports::{Ports, random};

pub use api::serve::Answer;

/// Answers a request with a handler, reading bodies of at most 1 MiB.
pub async fn serve<B, H>(request: Request, handle: H) -> Answer
where
    B: Payload<Ports>,
    H: AsyncFnOnce(&Ports, wire::Request) -> wire::Response<B>,
{
    serve_admitted(request, BODY_BYTES_MAX, |_, _| Ok(()), handle).await
}

/// Answers a request with a handler, reading bodies of at most this many bytes, and of those requests only that are admitted by
/// what comes before the body.
pub async fn serve_admitted<B, H>(
    request: Request,
    body_bytes_max: usize,
    admit: impl FnOnce(&Ports, &wire::Request) -> Result<(), api::Error>,
    handle: H,
) -> Answer
where
    B: Payload<Ports>,
    H: AsyncFnOnce(&Ports, wire::Request) -> wire::Response<B>,
{
    let id = way::new_id(random());
    match open(&id, &request).await {
        Ok(ports) => way::whole(ports, &id, request, body_bytes_max, admit, handle).await,
        Err(answer) => answer,
    }
}

/// Answers a request with a handler that reads the body itself, a piece at a time.
pub async fn serve_upload<B, H>(request: Request, handle: H) -> Answer
where
    B: Payload<Ports>,
    H: AsyncFnOnce(&Ports, wire::Request, Upload<IncomingRequestBody>) -> wire::Response<B>,
{
    let id = way::new_id(random());
    match open(&id, &request).await {
        Ok(ports) => way::streamed(ports, &id, request, handle).await,
        Err(answer) => answer,
    }
}

async fn open(id: &str, request: &Request) -> Result<Rc<Ports>, Answer> {
    Ports::open().await.map(Rc::new).map_err(|invalid| {
        eprintln!("request {id}: 500 {}", invalid.0);
        way::misconfigured(id, request.method(), invalid)
    })
}
