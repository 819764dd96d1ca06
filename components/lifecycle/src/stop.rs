//! Jobs that nobody waits for any more: stopped at their providers, and what they made removed there.
//!
//! A task that ended here while a provider may go on with it says so itself, and is on its account's list, written with the swap that settles
//! it. The sweep looks at each until its job is certainly over and nothing of it is left, at growing intervals, for about two days. What is not
//! over by then stays on record in its task: a deletion asks again, and tells of it.

use domain::{Account, AccountId, PendingStop, Task, TaskId, Timestamp};
use provider::{Conversation, JobState, Output, Provider};
use store::{Decision, keys};

use crate::fetch::within;
use crate::task::change;
use crate::{Error, Ports, funds, jobs, listing, mark};

/// Looks at the jobs that are due, the longest due first, until `give_up_at`. Returns how many could not be looked at; the log says why.
///
/// # Errors
/// The store is out of reach; the next sweep goes on.
pub async fn sweep<P: Ports>(ports: &P, account: &Account, give_up_at: Timestamp) -> Result<u64, Error> {
    let now = ports.now();
    let mut due: Vec<_> = account.stops.iter().filter(|(_, due)| due.at <= now).collect();
    due.sort_by_key(|(_, due)| due.at);
    let mut failed = 0_u64;
    for (id, seen) in due {
        if ports.now() >= give_up_at {
            break;
        }
        let over = match ports.store().load(&keys::task(&account.id, id)).await {
            Ok(Some(task)) => finish(ports, &task).await?,
            Ok(None) => true,
            Err(error) if Error::from(error.clone()).is_of_the_store() => return Err(error.into()),
            Err(error) => {
                ports.log(&format!("{id} could not be stopped: {error}"));
                failed = failed.saturating_add(1);
                false
            }
        };
        note(ports, &account.id, id, seen, over).await?;
    }
    Ok(failed)
}

/// Puts a task on its account's list, or on top of it: its provider reported that it made something after all. Where the report is of the task's
/// own job, `job` is the provider's id of it.
///
/// # Errors
/// What the store answers.
pub async fn enlist<P: Ports>(ports: &P, task: &Task, job: Option<&str>) -> Result<(), Error> {
    let (now, account) = (ports.now(), funds::document(ports, &task.account).await?);
    listing::list(ports, &account, &domain::Slots::from([(domain::DueKind::Stop, now)])).await?;
    change(ports, task, |current, _| current.goes_on_after_all(job)).await?;
    let key = keys::account(&task.account);
    let update = ports.store().update(&key, |account: &Account| {
        let mut account = account.clone();
        account.stops.remove(&task.id);
        funds::make_room(&mut account.stops, funds::STOPS_MAX, |due| due.failures);
        account.stops.insert(task.id.clone(), PendingStop::first(now));
        Decision::Write(account, ())
    });
    Ok(update.await?)
}

/// What a provider may go on with of a task, after it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Nothing, and nothing of what it made is left.
    Nothing,
    /// Something, as far as is known; it can be asked again.
    Something,
    /// Nobody knows, and it cannot be asked any more: what was asked of it is removed, and its id of the job was never known.
    Unknown,
}

/// Looks at what may go on of a task, for whoever deletes what it is about, until `give_up_at`.
///
/// Only the sweep counts how often a job was looked at in vain: however often somebody asks here, it goes on for as long as it would.
///
/// # Errors
/// What the store answers.
pub(crate) async fn look<P: Ports>(ports: &P, task: &Task, give_up_at: Timestamp) -> Result<Left, Error> {
    if !task.may_go_on() {
        return Ok(Left::Nothing);
    }
    if !task.goes_on_as().iter().all(|task| task.job.is_some() || mark::sought(task).is_some()) {
        return Ok(Left::Unknown);
    }
    let now = ports.now();
    // Whoever submits it may not have come to that yet.
    let may_come_still = task.job.is_none() && !jobs::is_overdue(task, now);
    if may_come_still || now >= give_up_at {
        return Ok(Left::Something);
    }
    // The sweep takes it off its list, as it finds it over too.
    let over = within(ports, give_up_at.since(now), finish(ports, task)).await.unwrap_or(Ok(false))?;
    Ok(if over { Left::Nothing } else { Left::Something })
}

/// Writes down that nobody goes on with a task; whether that is so still, for its provider may have reported something meanwhile.
async fn write_down<P: Ports>(ports: &P, seen: &Task) -> Result<bool, Error> {
    let (key, now) = (keys::task(&seen.account, &seen.id), ports.now());
    let update = ports.store().update(&key, |current: &Task| {
        let same = current.job == seen.job && current.lost == seen.lost && current.abandoned_at == seen.abandoned_at;
        match current.stopped(now).filter(|_| same) {
            Some(stopped) => Decision::Write(stopped, true),
            None => Decision::Keep(same),
        }
    });
    Ok(update.await?)
}

/// Stops a task's jobs, unless that is done; whether they are over, with nothing of them left.
async fn finish<P: Ports>(ports: &P, task: &Task) -> Result<bool, Error> {
    Ok(!task.may_go_on() || (stop(ports, task).await && write_down(ports, task).await?))
}

/// Stops a task's jobs, wherever there may be one; whether they are over, with nothing of them left.
async fn stop<P: Ports>(ports: &P, task: &Task) -> bool {
    let mut over = true;
    for task in task.goes_on_as() {
        over &= stop_at(ports, &task).await;
    }
    over
}

/// Stops a task's job at its provider; whether it is over, with nothing of it left.
async fn stop_at<P: Ports>(ports: &P, task: &Task) -> bool {
    let Ok(provider) = jobs::configured(ports, task.provider) else {
        ports.log(&format!("{} cannot be stopped at {}, which is not configured", task.id, task.provider));
        return false;
    };
    match jobs::look_up(ports, &*provider, task).await {
        Ok(None) => true,
        Ok(Some(job)) => {
            let known = Task { job: Some(job.id), job_location: job.location, ..task.clone() };
            match job.state {
                JobState::Succeeded(output) => remove(ports, &*provider, &known, &output).await,
                state if state.is_final() => true,
                _ => {
                    jobs::cancel(ports, &*provider, &known).await;
                    false
                }
            }
        }
        // It cannot be asked; it can be told.
        Err(provider::Error::NotOffered) => {
            jobs::cancel(ports, &*provider, task).await;
            true
        }
        Err(error) => {
            ports.log(&format!("{} could not be asked about {}: {error}", task.provider, task.id));
            false
        }
    }
}

/// Removes what a job made, a model that stands by itself and the job's own files; whether nothing of it is left.
async fn remove<P: Ports>(ports: &P, provider: &dyn Provider, task: &Task, made: &Output) -> bool {
    let model = match made {
        Output::Model { name, .. } => removed(ports, task, provider.delete_model(name)).await,
        Output::Images(_) | Output::Object(_) | Output::Gone => true,
    };
    let files = match jobs::job_of(task) {
        Some(job) => removed(ports, task, provider.delete_job(&job)).await,
        None => true,
    };
    model && files
}

/// Carries a removal out; whether it is gone, or goes by itself where the provider lets nobody remove it.
async fn removed<P: Ports>(ports: &P, task: &Task, removal: Conversation<()>) -> bool {
    match jobs::converse(ports, removal).await.map_err(|failed| failed.error) {
        Ok(()) | Err(provider::Error::NotFound | provider::Error::NotOffered) => true,
        Err(error) => {
            ports.log(&format!("what {} made stays at {}: {error}", task.id, task.provider));
            false
        }
    }
}

/// Writes down when a job is looked at again: not at all when it is over, or when that was the last look. Where it was put on the list again since
/// it was `seen` there, it stays as it is.
async fn note<P: Ports>(
    ports: &P,
    account: &AccountId,
    task: &TaskId,
    seen: &PendingStop,
    over: bool,
) -> Result<(), Error> {
    let now = ports.now();
    let key = keys::account(account);
    let update = ports.store().update(&key, |account: &Account| {
        if account.stops.get(task) != Some(seen) {
            return Decision::Keep(());
        }
        let mut changed = account.clone();
        match seen.again(now).filter(|_| !over) {
            Some(again) => drop(changed.stops.insert(task.clone(), again)),
            None => drop(changed.stops.remove(task)),
        }
        Decision::Write(changed, ())
    });
    Ok(update.await?)
}

#[cfg(test)]
mod tests {
    use domain::{CharacterId, Credits, ProviderName, TaskState, Training, Work};

    use super::*;
    use crate::testing::{World, run};

    /// Whether nothing is left of a canceled training at fal that came to its end all the same, and what fal was asked for that.
    fn stopped(admin_key: &str, removal: &[u16]) -> (bool, usize) {
        let world = World::new(&[("providers", "fal"), ("fal_key", "id:secret"), ("fal_admin_key", admin_key)]);
        world.answers(200, r#"{"status":"COMPLETED","request_id":"abc"}"#);
        world.answers(200, r#"{"diffusers_lora_file":{"url":"https://v3.fal.media/files/abc/face.safetensors"}}"#);
        for status in removal {
            world.answers(*status, "{}");
        }
        let (id, account) = (TaskId::from_random([1; 16]), AccountId::from_random([1; 16]));
        let work = Work::Training(Training::of(CharacterId::from_random([2; 16])));
        let task = Task::new(id, account, work, Credits::ZERO, world.now(), world.now(), None);
        let (provider, job) = (ProviderName::Fal, Some("abc".to_owned()));
        let job_location = Some("fal-ai/trainer/requests/abc".to_owned());
        let task = Task { provider, job, job_location, state: TaskState::Canceled, ..task };
        let over = std::cell::Cell::new(false);
        run(async { over.set(stop_at(&world, &task).await) });
        (over.get(), world.asked())
    }

    #[test]
    fn what_was_trained_after_all_is_removed_where_an_admin_key_can_and_expires_elsewhere() {
        assert_eq!(stopped("id:admin", &[204]), (true, 3));
        assert_eq!(stopped("id:admin", &[500]), (false, 3), "it is looked at again");
        assert_eq!(stopped("", &[]), (true, 2));
    }
}
