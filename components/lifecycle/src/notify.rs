//! Telling an owner's own server that a task has ended.
//!
//! A message becomes due with the very write that settles its task, so none is forgotten; whoever settled it makes the first attempt, and
//! the sweep those that follow, for about two days. It arrives at least once: every repetition has the same `webhook-id`.
//! Signed as Standard Webhooks has it, with secrets that follow from the deployment's and are stored nowhere.
//! What became of a message is kept as long as what it tells of can be fetched.

use std::time::Duration;

use domain::limits::{PHOTO_URL_BYTES_MAX, RESULT_LIFETIME};
use domain::{Account, AccountId, PendingDelivery, Task, TaskId, Timestamp};
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use serde::{Deserialize, Serialize};
use store::{Decision, keys};
use url::Url;

use crate::fetch::within;
use crate::ports::SendError;
use crate::{Error, Ports, funds, links, shown};

/// Longest time for one attempt.
const ATTEMPT_TIME_MAX: Duration = Duration::from_secs(10);
/// How long an attempt is put off whose server did not answer another a moment ago.
const POSTPONED_FOR: Duration = Duration::from_mins(1);
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
    /// When it was made.
    pub at: Timestamp,
    /// What it was answered with; nothing when there was no answer.
    pub status: Option<u16>,
    /// Why it did not arrive, where there was no answer.
    pub error: Option<String>,
}

/// Where an owner may be told: the URL as it was read, not as it was written, so that what is checked here is what is asked later. Nothing
/// where it is no public one.
pub fn address<P: Ports>(ports: &P, url: &str) -> Option<String> {
    let parsed = address::parse(url).filter(|_| url.len() <= PHOTO_URL_BYTES_MAX);
    let allowed = parsed.filter(|url| address::is_allowed(url, ports.config().allow_loopback));
    // Some host names are none in a request.
    allowed.filter(|url| http::Uri::try_from(url.as_str()).is_ok()).map(Into::into)
}

/// What is known of the attempts to deliver a task's message, the oldest first.
///
/// # Errors
/// What the store answers.
pub async fn attempts<P: Ports>(ports: &P, account: &AccountId, task: &TaskId) -> Result<Vec<Attempt>, Error> {
    let record: Option<Record> = ports.store().read(&keys::delivery(account, task)).await?;
    Ok(record.map(|record| record.attempts).unwrap_or_default())
}

/// Whether what became of a task's message is not kept any more. From its end on, which is before it was settled: what is written down
/// until then is there when the sweep removes it.
pub fn is_expired(task: &Task, now: Timestamp) -> bool {
    now.since(task.heard_at) >= RESULT_LIFETIME
}

/// Removes what became of a task's message.
///
/// # Errors
/// What the store answers.
pub async fn forget<P: Ports>(ports: &P, account: &AccountId, task: &TaskId) -> Result<(), Error> {
    Ok(ports.store().remove(&keys::delivery::<Record>(account, task)).await?)
}

impl Attempt {
    /// Whether the other side took it.
    pub fn arrived(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// Makes the attempts that are due, the longest due first, until `give_up_at`. Returns how many could not be made; the log says why.
///
/// # Errors
/// The store is out of reach; the next sweep goes on.
pub async fn sweep<P: Ports>(ports: &P, account: &Account, give_up_at: Timestamp) -> Result<u64, Error> {
    let now = ports.now();
    let mut due: Vec<_> = account.deliveries.iter().filter(|(_, due)| due.at <= now).collect();
    due.sort_by_key(|(_, due)| due.at);
    let mut failed = 0_u64;
    for (id, _) in due {
        if ports.now() >= give_up_at {
            break;
        }
        match retry(ports, account, id).await {
            Ok(()) => {}
            Err(error) if error.is_of_the_store() => return Err(error),
            Err(error) => {
                ports.log(&format!("that {id} ended could not be told: {error}"));
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
pub async fn attempt<P: Ports>(ports: &P, task: &Task) -> Result<(), Error> {
    let account = funds::document(ports, &task.account).await?;
    // Erased with its character: there is nobody to be told of, and nowhere to tell it.
    let Some(url) = &task.webhook_url else { return reschedule(ports, &account.id, &task.id, true).await };
    let attempt = match send(ports, &account, task, url).await? {
        Ok(status) => Attempt { at: ports.now(), status: Some(status), error: None },
        // Nothing was tried, so it is none of the attempts.
        Err(Unanswered::LeftForLater) => return postpone(ports, &account.id, &task.id).await,
        Err(Unanswered::Because(reason)) => {
            Attempt { at: ports.now(), status: None, error: Some(format!("The URL {reason}")) }
        }
    };
    let arrived = attempt.arrived();
    if !is_expired(task, ports.now()) {
        match remember(ports, task, attempt).await {
            Err(error) if !error.is_of_the_store() => {
                ports.log(&format!("an attempt to tell of {} is not remembered: {error}", task.id));
            }
            remembered => remembered?,
        }
    }
    reschedule(ports, &account.id, &task.id, arrived).await
}

/// Writes down an attempt.
async fn remember<P: Ports>(ports: &P, task: &Task, attempt: Attempt) -> Result<(), Error> {
    let key = keys::delivery(&task.account, &task.id);
    let mut attempts = attempts(ports, &task.account, &task.id).await?;
    attempts.push(attempt);
    attempts.drain(..attempts.len().saturating_sub(ATTEMPTS_MAX));
    Ok(ports.store().write(&key, &Record { attempts }).await?)
}

/// Why there is no status.
enum Unanswered {
    /// It was not tried.
    LeftForLater,
    /// It was tried in vain, or cannot be: why, in words that follow "the URL".
    Because(&'static str),
}

impl From<SendError> for Unanswered {
    fn from(error: SendError) -> Self {
        if error == SendError::LeftForLater { Self::LeftForLater } else { Self::Because(error.reason()) }
    }
}

async fn send<P: Ports>(
    ports: &P,
    account: &Account,
    task: &Task,
    url: &str,
) -> Result<Result<u16, Unanswered>, Error> {
    let parsed = Url::parse(url).ok();
    let Some(url) = parsed.filter(|url| address::is_allowed(url, ports.config().allow_loopback)) else {
        return Ok(Err(SendError::Forbidden.into()));
    };
    let Ok(url) = http::Uri::try_from(url.as_str()) else {
        return Ok(Err(Unanswered::Because("is not one that can be asked for")));
    };
    let body = ports.message(&shown::task(ports, task.clone()).await?);
    let (id, now) = (message_id(task), ports.now());
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
    let answer = within(ports, ATTEMPT_TIME_MAX, ports.send(question)).await.unwrap_or(Err(SendError::TimedOut));
    // Nothing of its body is read: the status says whether the message arrived, however long the rest is.
    Ok(answer.map(|answer| answer.status().as_u16()).map_err(Unanswered::from))
}

/// The message's id, the same every time it is sent.
pub fn message_id(task: &Task) -> String {
    format!("msg_{}", task.id.as_str().trim_start_matches("task_"))
}

/// Puts an attempt off that was not made.
async fn postpone<P: Ports>(ports: &P, account: &AccountId, task: &TaskId) -> Result<(), Error> {
    let now = ports.now();
    let key = keys::account(account);
    let update = ports.store().update(&key, |account: &Account| {
        let Some(due) = account.deliveries.get(task).filter(|due| due.at <= now) else { return Decision::Keep(()) };
        let mut account = account.clone();
        let later = PendingDelivery { at: now.plus(POSTPONED_FOR), failures: due.failures };
        account.deliveries.insert(task.clone(), later);
        Decision::Write(account, ())
    });
    Ok(update.await?)
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
    fn attempts_are_kept_for_a_week_after_the_end() {
        let (id, account) = (TaskId::from_random([1; 16]), AccountId::from_random([2; 16]));
        let (model, media, params) = ("m".to_owned(), domain::MediaKind::Image, serde_json::Map::new());
        let work = Work::Run(Run {
            model,
            media,
            prompt: None,
            params,
            count: 1,
            paid_ms: None,
            character: None,
            requests: Vec::new(),
        });
        let task = Task::new(id, account, work, Credits::new(1), NOW, NOW, None).ended(TaskState::Canceled, NOW);
        let expired = |after| task.as_ref().is_some_and(|task| is_expired(task, NOW.plus(after)));
        assert!(!expired(RESULT_LIFETIME.saturating_sub(Duration::from_secs(1))));
        assert!(expired(RESULT_LIFETIME));
    }
}
