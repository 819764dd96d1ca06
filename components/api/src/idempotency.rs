//! `Idempotency-Key`: the same request, sent again, is answered again and not done again.
//!
//! The key is claimed by the hold itself, in the account's document: what holds credits is what must not happen twice, and one write
//! does both. So a request that was refused before any credit was held has not used its key up. The answer is stored once there is one;
//! a repetition that finds the claim and no answer goes by the task it names.

use domain::limits::IDEMPOTENCY_KEY_CHARS_MAX;
use domain::{AccountId, Digest, Operation, TaskId, Timestamp};
use http::header::LOCATION;
use http::{HeaderName, StatusCode};
use lifecycle::{Ports, claims, remains};
use serde::{Deserialize, Serialize};
use store::keys;

use crate::auth::Customer;
use crate::wire::{JSON, PREFERENCE_APPLIED, Request, Response};
use crate::{Code, Error, checks};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer was given before.
pub(crate) const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// An answer as it is stored.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    /// When it was given. One given before the claim was made belongs to an earlier use of the key.
    at: Timestamp,
    status: u16,
    location: Option<String>,
    preference_applied: Option<String>,
    body: String,
}

/// Answers a request that costs, once for each key: `run` does it, and hands the operation to the hold; `resume` answers for the task
/// that the first request began, whose own answer nobody stored.
pub(crate) async fn once<P: Ports, B>(
    ports: &P,
    customer: &Customer,
    request: &Request<B>,
    resume: impl AsyncFnOnce(TaskId) -> Result<Response, Error>,
    run: impl AsyncFnOnce(Option<Operation>) -> Result<Response, Error>,
) -> Result<Response, Error> {
    checks::not_suspended(ports, &customer.account).await?;
    let Some(operation) = operation(request)? else { return run(None).await };
    let account = &customer.account;
    let Some(claimed) = claims::find(ports, account, &operation).await? else {
        let answered = run(Some(operation.clone())).await;
        return keep(ports, account, &operation, answered).await;
    };
    let answer: Option<Answer> = ports.store().read(&keys::answer(account, &operation.id)).await?;
    let response = if let Some(answer) = answer.filter(|answer| answer.at >= claimed.at) {
        answer.into()
    } else {
        let answered = resume(claimed.task).await;
        keep(ports, account, &operation, answered).await?
    };
    Ok(response.with(IDEMPOTENT_REPLAYED, "true"))
}

/// What the request asks for and the name it gives it.
fn operation<B>(request: &Request<B>) -> Result<Option<Operation>, Error> {
    let Some(value) = request.headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let key = value.to_str().unwrap_or_default();
    // The draft standard has it in quotes, most clients do not.
    let bare = key.strip_prefix('"').and_then(|key| key.strip_suffix('"')).unwrap_or(key);
    let valid = (1..=IDEMPOTENCY_KEY_CHARS_MAX).contains(&bare.len())
        && bare.bytes().all(|b| b.is_ascii_graphic() && b != b'"')
        && request.headers.get_all(IDEMPOTENCY_KEY).iter().count() == 1;
    if !valid {
        let message = format!(
            "Idempotency-Key has to be one value of 1 to {IDEMPOTENCY_KEY_CHARS_MAX} visible ASCII characters, \
             a UUID for example"
        );
        return Err(Error::new(Code::InvalidIdempotencyKey, message));
    }
    let id = Digest::of_lines(["request", bare]);
    let fingerprint = request.fingerprint.clone().or_else(|| fingerprint(request));
    Ok(fingerprint.map(|fingerprint| Operation { id, fingerprint }))
}

/// What a request with a name asks for: to be found out while its body is there.
pub(crate) fn fingerprint<B>(request: &Request<B>) -> Option<Digest> {
    request.headers.contains_key(IDEMPOTENCY_KEY).then(|| {
        Digest::of_lines([request.method.as_str().as_bytes(), request.path.as_bytes(), request.content.bytes()])
    })
}

/// Stores an answer that ends the matter, for the next time. What keeps it from being stored is only logged: it can be made again.
async fn keep<P: Ports>(
    ports: &P,
    account: &AccountId,
    operation: &Operation,
    answered: Result<Response, Error>,
) -> Result<Response, Error> {
    let response = match answered {
        Ok(response) => response,
        Err(error) if error.code.ends_a_task() => Response::from(error),
        Err(error) => return Err(error),
    };
    let header = |name| response.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let answer = Answer {
        at: ports.now(),
        status: response.status.as_u16(),
        location: header(LOCATION),
        preference_applied: header(PREFERENCE_APPLIED),
        body: String::from_utf8(response.body.clone()).unwrap_or_default(),
    };
    if let Err(error) = ports.store().write(&keys::answer(account, &operation.id), &answer).await {
        ports.log(&format!("the answer to a request of {account} was not stored: {error}"));
    }
    if let Err(error) = remains::answer_of_the_deleted(ports, account, operation).await {
        ports.log(&format!("the answer to a request of {account} stays for its day, whatever it is about: {error}"));
    }
    Ok(response)
}

impl From<Answer> for Response {
    fn from(answer: Answer) -> Self {
        let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
        let mut response = Self::new(status, JSON, answer.body.into_bytes());
        for (name, value) in [(LOCATION, answer.location), (PREFERENCE_APPLIED, answer.preference_applied)] {
            if let Some(value) = value {
                response = response.with(name, &value);
            }
        }
        response
    }
}
