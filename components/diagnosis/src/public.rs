//! The public address: whether this deployment answers there.

use http::header::{ACCEPT, USER_AGENT};
use lifecycle::Ports;
use lifecycle::fetch::fetch;
use lifecycle::ports::SendError;
use store::doctor::Verdict;

use crate::finding::{About, CHECK_TIME_MAX, Finding, in_time};

/// What is asked for there. Without a key, every deployment refuses it in the same words.
const PATH: &str = "/api/v1/credits";
/// A part of those words.
const REFUSAL: &str = "MISSING_AUTH_HEADER";
/// Largest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
const CHECK: &str = "This is reached at public_url";

pub(crate) async fn examine<P: Ports>(ports: &P) -> Finding {
    in_time(ports, About::PublicUrl, CHECK, reach(ports)).await
}

async fn reach<P: Ports>(ports: &P) -> Verdict {
    let url = format!("{}{PATH}", ports.config().public_url);
    let request = http::Request::get(&url).header(ACCEPT, "application/json, */*");
    let request = request.header(USER_AGENT, domain::USER_AGENT).body(Vec::new());
    let Ok(request) = request else {
        return Verdict::Failed("public_url is no URL: set it to where the public reaches this".to_owned());
    };
    match fetch(ports, request, ANSWER_BYTES_MAX, CHECK_TIME_MAX).await {
        Ok(answer) if String::from_utf8_lossy(answer.body()).contains(REFUSAL) => Verdict::Passed,
        Ok(answer) => Verdict::Failed(format!(
            "something else answers there (status {}): providers could fetch no photo and bring no result; set public_url to where the public reaches this",
            answer.status().as_u16()
        )),
        // Where a network does not lead its own addresses back in, only the outside can tell.
        Err(SendError::Forbidden) => Verdict::Tolerated(
            "public_url is no public address, so it is not asked from here; providers elsewhere could not reach it",
        ),
        Err(error) => Verdict::Failed(format!(
            "public_url {}: providers could fetch no photo and bring no result. Try {PATH} there from outside: where it answers 401, this network only does not lead back to itself",
            error.reason()
        )),
    }
}
