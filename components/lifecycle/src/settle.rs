//! The end of a task: it ends first (that decides), then its character follows, then its hold is settled, then its owner is told.
//!
//! Every step is decided on the stored task and is idempotent. The hold goes last of what has to be done, because it is what the sweep goes by:
//! as long as anything is left to do, it is there.

use domain::{
    Character, CharacterState, Durations, Failure, FailureCode, Funds, Settlement, Task, TaskState, Training, Work,
};
use ledger::Command;
use store::keys;

use crate::task::change;
use crate::{Error, Ports, character, funds, notify};

/// Fails a task, with its credits given back.
///
/// # Errors
/// What the store answers.
pub async fn fail<P: Ports>(ports: &P, task: &Task, message: &str) -> Result<Task, Error> {
    let message = format!("{message}; your credits were given back");
    let error = Failure { code: task.failure_code(), message };
    end(ports, task, TaskState::Failed { error }).await
}

/// Ends a task, unless it ended before, and settles it however it ended.
///
/// # Errors
/// What the store answers; ending it again does what is left.
pub async fn end<P: Ports>(ports: &P, task: &Task, state: TaskState) -> Result<Task, Error> {
    let ended = change(ports, task, |current, now| current.ended(state.clone(), now)).await?.task();
    settle(ports, &ended).await?;
    // What is trained inside says nothing of how long the others take.
    if let TaskState::Trained { .. } = &ended.state
        && !ended.account.is_test()
        && let Err(error) = learn(ports, &ended).await
    {
        ports.log(&format!("how long {} took is not remembered: {error}", ended.id));
    }
    Ok(ended)
}

/// Ends a task here, unless it ended before, whatever its provider goes on to do: that is stopped there by the sweep.
///
/// # Errors
/// What the store answers; doing it again does what is left.
pub async fn abandon<P: Ports>(ports: &P, task: &Task, state: TaskState) -> Result<Task, Error> {
    let ended = change(ports, task, |current, now| current.abandoned(state.clone(), now)).await?.task();
    settle(ports, &ended).await?;
    Ok(ended)
}

/// Remembers how long a training took. Where two do so at once, one of them is forgotten, and no harm is done.
async fn learn<P: Ports>(ports: &P, training: &Task) -> Result<(), Error> {
    let key = keys::durations();
    let past: Durations = ports.store().read(&key).await?.unwrap_or_default();
    Ok(ports.store().write(&key, &past.with(training.heard_at.since(training.created_at))).await?)
}

/// Tells an ended task's character and settles its hold. Returns the account's credits then; nothing while the task runs.
///
/// # Errors
/// What the store answers; settling again does what is left.
pub async fn settle<P: Ports>(ports: &P, task: &Task) -> Result<Option<Funds>, Error> {
    let Some(settlement) = task.settlement() else { return Ok(None) };
    follow(ports, task).await?;
    let command = match settlement {
        Settlement::Capture(amount) => Command::Capture { task: task.id.clone(), amount },
        Settlement::Release => Command::Release { task: task.id.clone() },
    };
    let (funds, moved) = funds::settle(ports, task, &command).await?;
    if moved {
        tell(ports, task).await;
    }
    Ok(Some(funds))
}

/// Tells whom it concerns that a task is settled. What fails here costs nobody anything: the sweep tells the owner, and who reads the character
/// looks at the account.
async fn tell<P: Ports>(ports: &P, task: &Task) {
    let told = async {
        // Written once for a training, and not while somebody waits for the answer.
        if matches!(task.work, Work::Training(_)) {
            change_character(ports, task, |character| character.settled(&task.id)).await?;
        }
        if task.webhook_url.is_some() && ports.acts_at_once() {
            notify::attempt(ports, task).await?;
        }
        Ok::<_, Error>(())
    };
    if let Err(error) = told.await {
        ports.log(&format!("that {} ended is told later: {error}", task.id));
    }
}

/// Brings a character to where the task is that makes it ready, or could not.
async fn follow<P: Ports>(ports: &P, task: &Task) -> Result<(), Error> {
    let end = match &task.state {
        TaskState::Trained { model } => CharacterState::Ready { model: model.clone() },
        TaskState::Referenced => CharacterState::Referenced,
        TaskState::Failed { error } => CharacterState::Failed { error: error.clone() },
        TaskState::Canceled => {
            let message = "It was canceled; your credits were given back".to_owned();
            CharacterState::Failed { error: Failure { code: FailureCode::TrainingCanceled, message } }
        }
        _ => return Ok(()),
    };
    change_character(ports, task, |character| character.ended(&task.id, end.clone())).await
}

/// Changes the character that a task makes ready; where there is none, nobody is left to be told, which must not keep the hold open.
async fn change_character<P: Ports>(
    ports: &P,
    task: &Task,
    changed: impl Fn(&Character) -> Option<Character>,
) -> Result<(), Error> {
    let (Work::Training(Training { character, .. }) | Work::Reference { character }) = &task.work else {
        return Ok(());
    };
    character::change(ports, &task.account, character, changed).await.map(drop)
}
