//! The end of a case: erased, or lifted where it was wrong. The case decides first, by a swap, so it never has both.

use domain::Timestamp;
use domain::takedown::{self, Became, Case, Owned, Removed, State, Target};
use store::{Decision, keys};

use super::{set_withheld, suspend};
use crate::erase::{self, Object, Outcome};
use crate::{Error, Ports, suspension};

/// How far the end of a case came.
#[derive(Debug)]
pub enum Ended {
    /// It is as it was to be, or on its way there.
    Case(Case),
    /// It ended the other way before.
    Otherwise(Case),
}

/// Erases what a case is about, as its owner's deletion does, until `give_up_at` or for at least one step. Done again, it goes on where it was.
///
/// # Errors
/// What the store or the bucket answers; a repetition goes on.
pub async fn erase<P: Ports>(ports: &P, case: &Case, give_up_at: Timestamp) -> Result<Ended, Error> {
    let case = change(ports, case, |case| (case.state == State::Open).then_some(State::Erasing)).await?;
    match case.state {
        State::Lifted(_) => return Ok(Ended::Otherwise(case)),
        State::Erased(_) => return Ok(Ended::Case(case)),
        State::Open | State::Erasing => {}
    }
    let (objects, complete) = all(ports, &case.of, give_up_at).await?;
    let did: Vec<Removed> = objects.into_iter().map(removed).collect();
    let (key, now) = (keys::takedown(case.number), ports.now());
    let update = ports.store().update(&key, |current: &Case| {
        let mut next = current.clone();
        // Two that did it at once each tell what they did.
        takedown::add(&mut next.removed, &did);
        if complete && !next.is_over() {
            next.state = State::Erased(now);
        }
        Decision::Write(next.clone(), next)
    });
    Ok(Ended::Case(update.await?))
}

/// Removes all of it that can be; tells what became of each thing, and whether that is all that can be done.
async fn all<P: Ports>(ports: &P, of: &Owned, give_up_at: Timestamp) -> Result<(Vec<Object>, bool), Error> {
    match &of.target {
        Target::Character(id) => {
            let Some(character) = ports.store().load(&keys::character(&of.account, id)).await? else {
                return Ok((Vec::new(), true));
            };
            let report = erase::erase_until(ports, character, give_up_at).await?;
            let complete = report.is_complete();
            Ok((report.objects, complete))
        }
        Target::Task(id) => {
            let Some(task) = ports.store().load(&keys::task(&of.account, id)).await? else {
                return Ok((Vec::new(), true));
            };
            // What delivered a file has ended.
            let Some(erased) = erase::task::erase(ports, task).await? else { return Ok((Vec::new(), false)) };
            let complete = !erased.at_provider.again();
            Ok((erased.objects(), complete))
        }
    }
}

/// Lifts a case that was wrong: what it was about is handed out again. What was canceled stays canceled.
///
/// # Errors
/// What the store answers; a repetition does what is left.
pub async fn lift<P: Ports>(ports: &P, case: &Case) -> Result<Ended, Error> {
    let now = ports.now();
    let case = change(ports, case, |case| (case.state == State::Open).then_some(State::Lifted(now))).await?;
    if !matches!(case.state, State::Lifted(_)) {
        return Ok(Ended::Otherwise(case));
    }
    if is_newest(ports, &case).await? {
        match &case.of.target {
            Target::Character(id) => drop(suspension::lift(ports, &case.of.account, id).await?),
            Target::Task(id) => set_withheld(ports, &case.of.account, id, None).await?,
        }
        // Another was opened meanwhile, and it may have been that one's suspension.
        if !is_newest(ports, &case).await? {
            suspend(ports, &case.of).await?;
        }
    }
    Ok(Ended::Case(case))
}

/// Whether no case was opened after this one for the same.
async fn is_newest<P: Ports>(ports: &P, case: &Case) -> Result<bool, Error> {
    let newest = ports.store().read(&keys::takedown_of(&case.of.account, case.of.id())).await?;
    Ok(newest.is_none_or(|newest| newest == case.number))
}

/// Changes the state of a case where `next` says so, and returns it as it is then.
async fn change<P: Ports>(ports: &P, case: &Case, next: impl Fn(&Case) -> Option<State>) -> Result<Case, Error> {
    let key = keys::takedown(case.number);
    let update = ports.store().update(&key, |current: &Case| match next(current) {
        Some(state) => {
            let next = Case { state, ..current.clone() };
            Decision::Write(next.clone(), next)
        }
        None => Decision::Keep(current.clone()),
    });
    Ok(update.await?)
}

/// What became of a thing, to be kept.
fn removed(Object { name, outcome, count }: Object) -> Removed {
    let became = match outcome {
        Outcome::Deleted => Became::Deleted,
        Outcome::None => Became::None,
        Outcome::Remains { reason, .. } => Became::Remains(reason),
    };
    Removed { object: name.to_owned(), became, count }
}
