//! Everything that handlers reach by HTTP, and how it fails: photos, the providers, their files, and the servers of those who want to be told.

use http::{Response, StatusCode};
use lifecycle::ports::SendError;
use serde_json::{Value, json};

use crate::world::{Mishap, World};
use crate::{files, gpu, owners};

/// Where photos are.
pub const PHOTOS_URL: &str = "http://photos.example";

/// Why a request has no answer.
#[derive(Debug, Clone, Copy)]
pub enum NoAnswer {
    /// None will ever come.
    Ever,
    /// The connection failed.
    Broken(SendError),
}

/// Answers a request of a handler.
///
/// # Errors
/// There is no answer.
pub fn receive(world: &World, request: &http::Request<Vec<u8>>) -> Result<Response<Vec<u8>>, NoAnswer> {
    let (faults, mishap) = (world.faults.get(), world.poll.get().mishap);
    let process = world.poll.get().process;
    let what = format!("{} {}", request.method(), request.uri().path());
    owners::note_attempt(world, request);
    check_names(world, request);
    if mishap == Some(Mishap::FailBefore) || world.happens(faults.gpu_before) {
        world.tell(|| format!("process {process}: {what} does not reach the other side, or is refused"));
        return match world.below(5) {
            0 => Ok(problem(StatusCode::TOO_MANY_REQUESTS)),
            1 => Ok(problem(StatusCode::INTERNAL_SERVER_ERROR)),
            2 => Ok(problem(StatusCode::SERVICE_UNAVAILABLE)),
            3 => Ok(problem(StatusCode::PAYMENT_REQUIRED)),
            _ => Err(NoAnswer::Broken(SendError::NotConnected)),
        };
    }
    let answer = act(world, request)?;
    if matches!(mishap, Some(Mishap::FailAfter | Mishap::GoAway)) || world.happens(faults.gpu_after) {
        world.tell(|| format!("process {process}: the answer to {what} is lost"));
        return match world.below(3) {
            0 => Ok(problem(StatusCode::BAD_GATEWAY)),
            1 => Err(NoAnswer::Ever),
            _ => Err(NoAnswer::Broken(SendError::Broken)),
        };
    }
    Ok(answer)
}

/// Some servers refuse whoever does not say who they are and what they take.
fn check_names(world: &World, request: &http::Request<Vec<u8>>) {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let takes_json = header("accept") == "application/json" && request.headers().contains_key("authorization");
    let takes_anything = header("accept").ends_with("*/*");
    let container = request.uri().host() == Some("cog.example");
    if header("user-agent") != domain::USER_AGENT || !(takes_json || takes_anything || container) {
        world.accuse(format!("{} {} does not say who asks for what", request.method(), request.uri()));
    }
}

fn act(world: &World, request: &http::Request<Vec<u8>>) -> Result<Response<Vec<u8>>, NoAnswer> {
    Ok(match request.uri().host() {
        Some("photos.example") => Response::new(files::PIXEL.to_vec()),
        Some(owners::HOST | owners::TARPIT_HOST) => return owners::receive(world, request),
        _ if world.gpu.borrow().is_hanging => return Err(NoAnswer::Ever),
        Some("cog.example") => gpu::cog(world, request),
        _ => gpu::replicate(world, request),
    })
}

/// An answer with a body.
pub fn answer(status: StatusCode, body: &Value) -> Response<Vec<u8>> {
    let mut response = Response::new(body.to_string().into_bytes());
    *response.status_mut() = status;
    response
}

/// An answer that says that something is wrong.
pub fn problem(status: StatusCode) -> Response<Vec<u8>> {
    answer(status, &json!({ "title": "simulated", "detail": "simulated", "status": status.as_u16() }))
}
