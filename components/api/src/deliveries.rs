//! Telling an owner's own server that a task has ended.
//!
//! A message becomes due with the very write that settles its task, so none is forgotten; whoever settled it makes the first attempt, and
//! the sweep those that follow, for about two days. It arrives at least once: every repetition has the same `webhook-id`.
//! Signed as Standard Webhooks has it, with secrets that follow from the deployment's and are stored nowhere.
//! What became of a message is kept as long as what it tells of can be fetched.
//!
//! | method | path under `/api/v1` | |
//! |---|---|---|
//! | GET | `/deliveries?limit=20&cursor=41` | messages and what became of them, newest first |
//! | POST | `/deliveries/:task/replay` | sends one again, now |
//! | GET | `/webhook-secret` | what messages are signed with |
//! | POST | `/webhook-secret/rotate` | replaces it; the one before is signed with for a day |

use std::time::Duration;

use domain::limits::{PHOTO_URL_BYTES_MAX, RESULT_LIFETIME};
use domain::{Account, AccountId, PendingDelivery, Task, TaskId, Timestamp};
use http::StatusCode;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Decision, keys};
use url::Url;

use crate::auth::Customer;
use crate::fetch::fetch;
use crate::history::{self, Range};
use crate::wire::{Request, Response};
use crate::{Code, Error, Ports, address, auth, funds, links, reconcile, task_view};

/// Longest time for one attempt.
const ATTEMPT_TIME_MAX: Duration = Duration::from_secs(10);
/// Most of an answer that is read, in bytes: its status is what counts.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Largest message, in bytes. A larger one is cut to what tells which task it is about.
const BODY_BYTES_MAX: usize = 20 * 1024;
/// Attempts that are remembered of one message.
const ATTEMPTS_MAX: usize = 20;

/// What became of a message.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Record {
    /// Every attempt, the oldest first.
    attempts: Vec<Attempt>,
}

/// One attempt to deliver a message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Attempt {
    at: Timestamp,
    /// What it was answered with; nothing when there was no answer.
    status: Option<u16>,
    /// Why it did not arrive, where there was no answer.
    error: Option<String>,
}

/// A message as its owner sees it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Delivery")]
pub struct View {
    /// The task it tells of.
    task_id: TaskId,
    /// The message's id, the same every time it is sent.
    webhook_id: String,
    url: Option<String>,
    /// `expired` where it is not known any more.
    #[schemars(extend("enum" = ["pending", "delivered", "failed", "expired"]))]
    status: &'static str,
    attempts: Vec<AttemptView>,
    /// When it is tried again, where it is.
    #[schemars(extend("format" = "date-time"))]
    next_attempt_at: Option<String>,
}

/// One attempt to deliver a message.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DeliveryAttempt")]
struct AttemptView {
    #[schemars(extend("format" = "date-time"))]
    at: String,
    /// What it was answered with; nothing when there was no answer.
    status: Option<u16>,
    /// Why it did not arrive, where there was no answer.
    error: Option<String>,
}

/// Some of an account's messages.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DeliveryPage")]
pub struct Page {
    /// The messages, newest first.
    deliveries: Vec<View>,
    /// What to send as `cursor` for the next ones; nothing after the last.
    next_cursor: Option<String>,
}

/// What an account's messages are signed with.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "WebhookSecret")]
pub(crate) struct Secrets {
    /// The secret, as Standard Webhooks libraries take it.
    secret: String,
    /// The one before, as long as messages are signed with it as well.
    previous_secret: Option<String>,
    /// Until when they are.
    #[schemars(extend("format" = "date-time"))]
    previous_until: Option<String>,
}

/// What an account's own server is told.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TaskMessage")]
pub(crate) struct Message {
    #[schemars(extend("enum" = ["task.completed", "task.failed", "task.canceled"]))]
    r#type: String,
    /// When the task ended.
    #[schemars(extend("format" = "date-time"))]
    timestamp: String,
    data: Told,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum Told {
    /// The task.
    Whole(Box<task_view::View>),
    /// What tells which task it is, where the whole would be over 20 KB.
    Cut { id: TaskId, status: &'static str, truncated: bool },
}

/// Handles a request.
pub async fn handle<P: Ports>(ports: &P, request: Request) -> Response {
    let path = request.segments_from(2);
    let methods = match path.as_slice() {
        ["deliveries" | "webhook-secret"] => "GET",
        ["deliveries", _, "replay"] | ["webhook-secret", "rotate"] => "POST",
        _ => return Error::new(Code::NotFound, "No such route").into(),
    };
    let run = async |customer: Customer| dispatch(ports, &request, &customer.account).await;
    auth::serve(ports, &request, methods, run).await
}

async fn dispatch<P: Ports>(ports: &P, request: &Request, id: &AccountId) -> Result<Response, Error> {
    match request.segments_from(2).as_slice() {
        ["deliveries"] => list(ports, request, id).await,
        ["deliveries", task, _] => replay(ports, id, task).await,
        [_, "rotate"] => rotate(ports, id).await,
        _ => secrets(ports, &funds::document(ports, id).await?),
    }
}

async fn list<P: Ports>(ports: &P, request: &Request, id: &AccountId) -> Result<Response, Error> {
    let account = funds::document(ports, id).await?;
    let told = |task: &Task| task.webhook_url.is_some() && task.state.is_terminal();
    let page = history::tasks(ports, &account, Range::wanted(request)?, told).await?;
    let mut deliveries = Vec::new();
    for task in &page.items {
        deliveries.push(view(ports, &account, task).await?);
    }
    let next_cursor = page.next.map(|next| next.to_string());
    Ok(Response::success(StatusCode::OK, Page { deliveries, next_cursor }))
}

async fn view<P: Ports>(ports: &P, account: &Account, task: &Task) -> Result<View, Error> {
    let record: Option<Record> = ports.store().read(&keys::delivery(&account.id, &task.id)).await?;
    let attempts = record.map(|record| record.attempts).unwrap_or_default();
    let due = account.deliveries.get(&task.id);
    // One that is not settled yet is not due yet.
    let pending = due.is_some() || account.funds.holds.contains_key(&task.id);
    let status = if pending { "pending" } else { status(attempts.last(), is_expired(task, ports.now())) };
    Ok(View {
        task_id: task.id.clone(),
        webhook_id: message_id(task),
        url: task.webhook_url.clone(),
        status,
        attempts: attempts.into_iter().map(AttemptView::from).collect(),
        next_attempt_at: due.map(|due| due.at.to_string()),
    })
}

/// What became of a message, by the latest attempt that is known and whether those are forgotten.
fn status(latest: Option<&Attempt>, expired: bool) -> &'static str {
    match latest {
        Some(last) if last.arrived() => "delivered",
        None if expired => "expired",
        _ => "failed",
    }
}

/// Whether what became of a task's message is not kept any more. From its end on, which is before it was settled: what is written down
/// until then is there when the sweep removes it.
fn is_expired(task: &Task, now: Timestamp) -> bool {
    now.since(task.heard_at) >= RESULT_LIFETIME
}

/// Removes what became of a task's message.
///
/// # Errors
/// What the store answers.
pub(crate) async fn forget<P: Ports>(ports: &P, account: &AccountId, task: &TaskId) -> Result<(), Error> {
    Ok(ports.store().remove(&keys::delivery::<Record>(account, task)).await?)
}

impl From<Attempt> for AttemptView {
    fn from(Attempt { at, status, error }: Attempt) -> Self {
        Self { at: at.to_string(), status, error }
    }
}

impl Attempt {
    fn arrived(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

async fn replay<P: Ports>(ports: &P, id: &AccountId, task: &str) -> Result<Response, Error> {
    let not_found = || Error::new(Code::TaskNotFound, "There is no task with a webhook_url that has ended and this id");
    let task: TaskId = task.parse().map_err(|_| not_found())?;
    let task = ports.store().load(&keys::task(id, &task)).await?;
    let task = task.filter(|task| task.webhook_url.is_some() && task.state.is_terminal()).ok_or_else(not_found)?;
    if is_expired(&task, ports.now()) {
        return Err(Error::new(Code::ResultExpired, "Messages can be sent again for 7 days; this one is too old"));
    }
    // Whoever ended it may have died before settling it, and nothing is told that is not settled.
    reconcile::settle(ports, &task).await?;
    attempt(ports, &task).await?;
    let account = funds::document(ports, id).await?;
    Ok(Response::success(StatusCode::OK, view(ports, &account, &task).await?))
}

async fn rotate<P: Ports>(ports: &P, id: &AccountId) -> Result<Response, Error> {
    let now = ports.now();
    let key = keys::account(id);
    let update = ports.store().update(&key, |account: &Account| {
        let next = Account { webhook_secret: account.webhook_secret.next(now), ..account.clone() };
        Decision::Write(next.clone(), next)
    });
    secrets(ports, &update.await?)
}

fn secrets<P: Ports>(ports: &P, account: &Account) -> Result<Response, Error> {
    let (generation, now) = (&account.webhook_secret, ports.now());
    let mut counting = Vec::new();
    for number in generation.counting(now) {
        counting.push(links::webhook_secret(ports.config(), &account.id, number)?.expose().to_owned());
    }
    let mut counting = counting.into_iter();
    let view = Secrets {
        secret: counting.next().unwrap_or_default(),
        previous_secret: counting.next(),
        previous_until: generation.overlaps_until(now).map(|until| until.to_string()),
    };
    Ok(Response::success(StatusCode::OK, view))
}

/// Checks where a caller wants to be told. What comes back is the URL as it was read, not as it was written: what is checked here is what
/// is asked later.
///
/// # Errors
/// [`Code::InvalidWebhookUrl`].
pub(crate) fn checked_url<P: Ports>(ports: &P, url: Option<String>) -> Result<Option<String>, Error> {
    let Some(url) = url else { return Ok(None) };
    let parsed = address::parse(&url).filter(|read| url.len().max(read.as_str().len()) <= PHOTO_URL_BYTES_MAX);
    let allowed = parsed.filter(|url| address::is_allowed(url, ports.config().allow_loopback));
    // Some host names are none in a request.
    if let Some(url) = allowed.filter(|url| http::Uri::try_from(url.as_str()).is_ok()) {
        return Ok(Some(url.into()));
    }
    let message = format!(
        "`webhook_url` has to be a public HTTP(S) URL of at most {PHOTO_URL_BYTES_MAX} bytes, without user name or password"
    );
    Err(Error::new(Code::InvalidWebhookUrl, message))
}

/// Makes the attempts that are due, until `give_up_at`. Returns how many could not be made; the log says why.
///
/// # Errors
/// The store is out of reach; the next sweep goes on.
pub(crate) async fn sweep<P: Ports>(ports: &P, account: &Account, give_up_at: Timestamp) -> Result<u64, Error> {
    let due = account.deliveries.iter().filter(|(_, due)| due.at <= ports.now());
    let mut failed = 0_u64;
    for (id, _) in due {
        if ports.now() >= give_up_at {
            break;
        }
        match retry(ports, account, id).await {
            Ok(()) => {}
            Err(error) if error.is_of_the_store() => return Err(error),
            Err(error) => {
                ports.log(&format!("that {id} ended could not be told: {}", error.for_log()));
                failed = failed.saturating_add(1);
            }
        }
    }
    Ok(failed)
}

/// Makes one more attempt. A task that cannot be read is one in vain, so that it is given up like any other.
async fn retry<P: Ports>(ports: &P, account: &Account, id: &TaskId) -> Result<(), Error> {
    match ports.store().load(&keys::task(&account.id, id)).await.map_err(Error::from) {
        Ok(Some(task)) => attempt(ports, &task).await,
        Ok(None) => reschedule(ports, &account.id, id, true).await,
        Err(error) if error.is_of_the_store() => Err(error),
        Err(error) => {
            reschedule(ports, &account.id, id, false).await?;
            Err(error)
        }
    }
}

/// Sends a task's message once, and writes down what became of it. What the other side does is no error.
///
/// # Errors
/// What the store answers; then it is sent again.
pub(crate) async fn attempt<P: Ports>(ports: &P, task: &Task) -> Result<(), Error> {
    let account = funds::document(ports, &task.account).await?;
    // Erased with its character: there is nobody to be told of, and nowhere to tell it.
    let Some(url) = &task.webhook_url else { return reschedule(ports, &account.id, &task.id, true).await };
    let attempt = match send(ports, &account, task, url).await? {
        Ok(status) => Attempt { at: ports.now(), status: Some(status), error: None },
        Err(reason) => Attempt { at: ports.now(), status: None, error: Some(format!("The URL {reason}")) },
    };
    let arrived = attempt.arrived();
    if !is_expired(task, ports.now()) {
        match remember(ports, task, attempt).await {
            Err(error) if !error.is_of_the_store() => {
                ports.log(&format!("an attempt to tell of {} is not remembered: {}", task.id, error.for_log()));
            }
            remembered => remembered?,
        }
    }
    reschedule(ports, &account.id, &task.id, arrived).await
}

/// Writes down an attempt.
async fn remember<P: Ports>(ports: &P, task: &Task, attempt: Attempt) -> Result<(), Error> {
    let key = keys::delivery(&task.account, &task.id);
    let mut attempts = ports.store().read(&key).await?.map(|record: Record| record.attempts).unwrap_or_default();
    attempts.push(attempt);
    attempts.drain(..attempts.len().saturating_sub(ATTEMPTS_MAX));
    Ok(ports.store().write(&key, &Record { attempts }).await?)
}

async fn send<P: Ports>(
    ports: &P,
    account: &Account,
    task: &Task,
    url: &str,
) -> Result<Result<u16, &'static str>, Error> {
    let parsed = Url::parse(url).ok();
    let Some(url) = parsed.filter(|url| address::is_allowed(url, ports.config().allow_loopback)) else {
        return Ok(Err("points to an address that is not allowed"));
    };
    let Ok(url) = http::Uri::try_from(url.as_str()) else { return Ok(Err("is not one that can be asked for")) };
    let (id, now, body) = (message_id(task), ports.now(), body(ports, task));
    let mut signatures = Vec::new();
    for number in account.webhook_secret.counting(now) {
        let secret = links::webhook_secret(ports.config(), &account.id, number)?;
        signatures.push(webhook::standard::sign(&secret, &id, now.as_seconds(), &body).map_err(Error::internal)?);
    }
    let question = http::Request::post(url)
        .header(CONTENT_TYPE, "application/json")
        .header(ACCEPT, "*/*")
        .header(USER_AGENT, domain::USER_AGENT)
        .header(webhook::standard::ID_HEADER, id)
        .header(webhook::standard::TIMESTAMP_HEADER, now.as_seconds().to_string())
        .header(webhook::standard::SIGNATURE_HEADER, signatures.join(" "))
        .body(body)
        .map_err(Error::internal)?;
    // No redirect is followed: it would be another address than the one that was checked.
    let answer = fetch(ports, question, ANSWER_BYTES_MAX, ATTEMPT_TIME_MAX).await;
    Ok(answer.map(|answer| answer.status().as_u16()).map_err(crate::ports::SendError::reason))
}

/// The message's id, the same every time it is sent.
fn message_id(task: &Task) -> String {
    format!("msg_{}", task.id.as_str().trim_start_matches("task_"))
}

fn body<P: Ports>(ports: &P, task: &Task) -> Vec<u8> {
    let status = task.state.as_str();
    let message = |data| {
        let message = Message { r#type: format!("task.{status}"), timestamp: task.heard_at.to_string(), data };
        serde_json::to_vec(&message).unwrap_or_default()
    };
    let whole = message(Told::Whole(Box::new(task_view::view(ports, task))));
    if whole.len() <= BODY_BYTES_MAX {
        return whole;
    }
    message(Told::Cut { id: task.id.clone(), status, truncated: true })
}

/// Writes down when a message is sent again: not at all when it arrived, or when that was the last attempt.
async fn reschedule<P: Ports>(ports: &P, account: &AccountId, task: &TaskId, over: bool) -> Result<(), Error> {
    let now = ports.now();
    let key = keys::account(account);
    let update = ports.store().update(&key, |account: &Account| {
        let due = account.deliveries.get(task);
        let next =
            if over { None } else { due.map_or_else(|| PendingDelivery::first(now).again(now), |due| due.again(now)) };
        if due.is_none() && next.is_none() {
            return Decision::Keep(());
        }
        let mut account = account.clone();
        match next {
            Some(next) => drop(account.deliveries.insert(task.clone(), next)),
            None => drop(account.deliveries.remove(task)),
        }
        Decision::Write(account, ())
    });
    Ok(update.await?)
}

#[cfg(test)]
mod tests {
    use domain::{Credits, Run, TaskState, Work};

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    #[test]
    fn what_was_delivered_is_never_told_to_have_failed() {
        let attempt = |status| Attempt { at: NOW, status, error: None };
        let (well, badly) = (attempt(Some(204)), attempt(Some(500)));
        assert_eq!(status(Some(&well), false), "delivered");
        assert_eq!(status(Some(&well), true), "delivered", "it is not removed yet");
        assert_eq!(status(Some(&badly), false), "failed");
        assert_eq!(status(None, false), "failed", "there was no room for it");
        assert_eq!(status(None, true), "expired");
    }

    #[test]
    fn attempts_are_kept_for_a_week_after_the_end() {
        let (id, account) = (TaskId::from_random([1; 16]), AccountId::from_random([2; 16]));
        let (model, media, params) = ("m".to_owned(), domain::MediaKind::Image, serde_json::Map::new());
        let work = Work::Run(Run { model, media, prompt: None, params, count: 1, requests: Vec::new() });
        let task = Task::new(id, account, work, Credits::new(1), NOW, NOW, None).ended(TaskState::Canceled, NOW);
        let expired = |after| task.as_ref().is_some_and(|task| is_expired(task, NOW.plus(after)));
        assert!(!expired(RESULT_LIFETIME.saturating_sub(Duration::from_secs(1))));
        assert!(expired(RESULT_LIFETIME));
    }
}
