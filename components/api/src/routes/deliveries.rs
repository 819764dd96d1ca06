//! Deliveries: messages to owners' own servers, and what became of them.

pub(crate) mod list;
pub(crate) mod replay;

use domain::{Account, Task, TaskId};
use lifecycle::Ports;
use lifecycle::notify::{self, Attempt};
use schemars::JsonSchema;
use serde::Serialize;

use crate::Error;

/// A message as its owner sees it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Delivery")]
pub(crate) struct View {
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

async fn view<P: Ports>(ports: &P, account: &Account, task: &Task) -> Result<View, Error> {
    let attempts = notify::attempts(ports, &account.id, &task.id).await?;
    let due = account.deliveries.get(&task.id);
    // One that is not settled yet is not due yet.
    let pending = due.is_some() || account.funds.holds.contains_key(&task.id);
    let status = if pending { "pending" } else { status(attempts.last(), notify::is_expired(task, ports.now())) };
    Ok(View {
        task_id: task.id.clone(),
        webhook_id: notify::message_id(task),
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

impl From<Attempt> for AttemptView {
    fn from(Attempt { at, status, error }: Attempt) -> Self {
        Self { at: at.to_string(), status, error }
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

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
}
