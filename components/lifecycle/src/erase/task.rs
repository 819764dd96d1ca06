//! Deleting one task: what it made and what it was asked. What it cost stays in the ledger.

use std::time::Duration;

use domain::limits::{CLOCKS_APART_MAX, IDEMPOTENCY_LIFETIME};
use domain::{Task, Work};

use super::given;
use super::kept::Kept;
use super::outcome::{Object, Outcome};
use crate::{Error, Ports, funds, history, refresh, remains, stop};

/// Longest time for asking its provider, where that may go on with it or keeps what it was given and made.
const STOP_TIME_MAX: Duration = Duration::from_secs(15);
/// How long after a request its stored answer may be there: the sweep, and a store that can, remove it before.
const ANSWER_LIFETIME_MAX: Duration = IDEMPOTENCY_LIFETIME.saturating_add(Duration::from_hours(24));

/// What became of a task.
#[derive(Debug)]
pub struct Erased {
    /// The task, as it stays.
    pub task: Task,
    /// How many files were removed.
    pub files: usize,
    /// How many uploads it was given, which are removed as well.
    pub uploads: usize,
    /// How many stored answers to its request there were.
    pub answers: usize,
    /// What became of what is at its provider, which may go on with it or keep something of it.
    pub at_provider: Outcome,
}

impl Erased {
    /// What became of each thing there was.
    pub fn objects(self) -> Vec<Object> {
        vec![
            Object::counted("results", self.files),
            Object::counted("uploads", self.uploads),
            Object::one("prompt", Outcome::Deleted),
            Object::counted("stored_answers", self.answers),
            Object::one("provider_results", self.at_provider),
        ]
    }
}

/// Deletes what there is of a task; nothing while it runs. A training's character stays: it is deleted by itself.
///
/// # Errors
/// What the store or the bucket answers; a repetition goes on.
pub async fn erase<P: Ports>(ports: &P, task: Task) -> Result<Option<Erased>, Error> {
    // Settled first: who is to be told of its end stands in what is removed.
    let task = refresh::conclude(ports, task).await?;
    if !task.state.is_terminal() {
        return Ok(None);
    }
    let give_up_at = ports.now().plus(STOP_TIME_MAX);
    // Before what it was asked is removed: its job may be known by nothing else.
    let left = stop::look(ports, &task, give_up_at).await?;
    let answers = forget_answer(ports, &task).await?;
    let uploads = given::remove(ports, &task).await?;
    let files = remains::remove(ports, &task).await?;
    let mut kept = Kept::default();
    // What a training made there is its character's.
    if !matches!(task.work, Work::Training(_)) {
        kept.remove(ports, &task, give_up_at).await;
    }
    Ok(Some(Erased {
        task,
        files,
        uploads,
        answers,
        at_provider: Outcome::of_left(left).or(kept.outcome()).unwrap_or(Outcome::None),
    }))
}

/// Removes the stored answer to the task's request, and says how many there were. Only the entry of its hold knows where that is.
async fn forget_answer<P: Ports>(ports: &P, task: &Task) -> Result<usize, Error> {
    if ports.now().since(task.created_at) > ANSWER_LIFETIME_MAX {
        return Ok(0);
    }
    let account = funds::document(ports, &task.account).await?;
    // A hold follows its task, and may seem to come before it.
    let since = task.created_at.minus(CLOCKS_APART_MAX);
    match history::hold_of(ports, &account, &task.id, since).await? {
        Some(entry) => remains::answers(ports, &account.id, &entry).await,
        None => Ok(0),
    }
}
