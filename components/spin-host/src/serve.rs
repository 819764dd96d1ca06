//! From Spin's request to a component's function and back: the one way every function answers.

use std::rc::Rc;

use api::room::Room;
use api::serve::{self, Incoming, Payload};
use api::wire;
use spin_sdk::http::Request;
use spin_sdk::wasip3::http::types::{ErrorCode, Response};
use spin_sdk::wasip3::http_compat::{IncomingRequestBody, http_into_wasi_response};
use spin_sdk::wit_bindgen::yield_async;

use crate::ports::Ports;
use crate::random;

thread_local! {
    /// The room for the bodies of this instance's requests.
    static ROOM: Room = Room::default();
}

/// A function's answer. An error only where the host refuses its head, which a handler's never is: the host makes an empty 500 of it.
pub type Answer = Result<Response, ErrorCode>;

/// Answers a request with a component's function.
///
/// # Errors
/// None of ours: see [`Answer`].
pub async fn serve<R, H>(request: Request, handle: H) -> Answer
where
    R: Payload<Ports>,
    H: AsyncFnOnce(&Ports, wire::Request<Incoming<IncomingRequestBody>>) -> wire::Response<R>,
{
    let id = serve::new_id(random::bytes());
    match Ports::open().await {
        Ok(ports) => send(serve::serve(Rc::new(ports), ROOM.with(Room::clone), &id, request, handle).await).await,
        Err(invalid) => {
            eprintln!("request {id}: 500 {}", invalid.0);
            send(serve::misconfigured(&id, request.method(), invalid)).await
        }
    }
}

/// Hands an answer to the host once the first piece of its body waits to be taken: then it leaves with the head. Alone it would wait for the
/// head's acknowledgement, 40 ms on a host that sets no `TCP_NODELAY`.
async fn send(answer: serve::Answer) -> Answer {
    let answer = http_into_wasi_response(answer);
    // The body is written by a task of its own, which is first run between the first turn given up and the second.
    yield_async().await;
    yield_async().await;
    answer
}
