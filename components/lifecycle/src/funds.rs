//! An account's credits, asked of the ledger and kept in the store.

use std::collections::BTreeMap;
use std::iter;

use domain::{
    Account, AccountId, Credits, Entry, Funds, Listed, Marker, Operation, PendingDelivery, PendingStop, Task, TaskId,
};
use futures_util::future::{join, try_join_all};
use ledger::{Claim, Command, Rejection, archive, budget};
use store::{Decision, Place, RecordKey, keys};

use crate::{Error, Ports, listing};

/// Most messages of one account that wait to be delivered: each is a part of its document, which has to fit every store.
const DELIVERIES_MAX: usize = 250;
/// Most jobs of one account that are to be stopped, likewise.
pub(crate) const STOPS_MAX: usize = 200;
/// How often an operation is looked for among the archived ones, when others are archived meanwhile.
const LOOKS_MAX: usize = 64;

/// Carries out a command on an account's credits, and returns them as they are then. Safe to repeat, at any time, by anyone. Among those who
/// change the account at the same time it has this place.
///
/// # Errors
/// What the store answers.
pub async fn carry_out<P: Ports>(
    ports: &P,
    place: Place,
    account: &AccountId,
    command: &Command,
) -> Result<Result<Funds, Rejection>, Error> {
    Ok(change(ports, place, account, command, |_| Ok(())).await?.map(|(funds, _)| funds))
}

/// Carries out a command, and where that changes anything, whatever `also` does with the account; `also` may refuse it. Says whether it did.
async fn change<P: Ports>(
    ports: &P,
    place: Place,
    account: &AccountId,
    command: &Command,
    also: impl Fn(&mut Account) -> Result<(), Rejection>,
) -> Result<Result<(Funds, bool), Rejection>, Error> {
    apply(ports, place, account, command, &also).await
}

/// The same, compiled once and not for every change.
async fn apply<P: Ports>(
    ports: &P,
    place: Place,
    account: &AccountId,
    command: &Command,
    also: &dyn Fn(&mut Account) -> Result<(), Rejection>,
) -> Result<Result<(Funds, bool), Rejection>, Error> {
    let now = ports.now();
    let decide = |document: &Account| -> Result<Option<Account>, Rejection> {
        let Some(funds) = ledger::decide(&document.funds, command, now)? else { return Ok(None) };
        let mut changed = document.clone();
        budget::follow(&mut changed.keys, &document.funds, &funds)?;
        changed.funds = funds;
        also(&mut changed)?;
        Ok(Some(changed))
    };
    let outcome: Result<(Funds, bool), Rejection> = ports
        .store()
        .update_from(place, &keys::account(account), |document: &Account| match decide(document) {
            Ok(Some(changed)) => {
                let funds = changed.funds.clone();
                Decision::Write(changed, Ok((funds, true)))
            }
            Ok(None) => Decision::Keep(Ok((document.funds.clone(), false))),
            Err(rejection) => Decision::Keep(Err(rejection)),
        })
        .await?;
    if let Ok((funds, _)) = &outcome
        && archive::is_its_turn(funds)
        && let Err(error) = archive(ports, account, funds).await
    {
        ports.log(&format!("the ledger of {account} is archived later: {error}"));
    }
    Ok(outcome)
}

/// Holds credits for a task, once what is due of it stands in the account's line.
///
/// # Errors
/// What the store answers.
pub async fn hold<P: Ports>(
    ports: &P,
    task: &Task,
    operation: Option<&Operation>,
    command: impl Fn(Option<Claim>) -> Command,
) -> Result<Result<Funds, Rejection>, Error> {
    ensure_safe(ports).await?;
    let slots = listing::of_task(task.deadline, ports.now());
    for place in places() {
        let account = document(ports, &task.account).await?;
        let claim = match operation {
            None => None,
            Some(operation) => {
                let marker = archived(ports, &task.account, &account.funds, operation).await?;
                match claim(&account.funds, operation, marker, Some(&task.id)) {
                    Ok(claim) => Some(claim),
                    Err(outcome) => return Ok(outcome),
                }
            }
        };
        let listed = listing::list(ports, &account, &slots).await?;
        let also = |account: &mut Account| enlist(account, listed);
        match change(ports, place, &task.account, &command(claim), also).await? {
            Err(Rejection::LookAgain) => {}
            outcome => return Ok(outcome.map(|(funds, _)| funds)),
        }
    }
    Ok(Err(Rejection::LookAgain))
}

/// Puts down where the line is under which the latest credits are held; refused where it was closed meanwhile, or is another.
fn enlist(account: &mut Account, listed: Listed) -> Result<(), Rejection> {
    let is_first = account.funds.holds.len() == 1;
    let is_its = account.due.may_be(listed) || is_first;
    if !is_its || !account.due.is_open(listed) {
        return Err(Rejection::LookAgain);
    }
    account.due.page = listed.page;
    Ok(())
}

/// Settles a task that ended: the account's credits then, and whether that moved any. Where it did and the owner wants to be told, the message
/// becomes due with the same write. So does the stop of what may go on at its provider.
///
/// # Errors
/// What the store answers.
pub async fn settle<P: Ports>(ports: &P, task: &Task, command: &Command) -> Result<(Funds, bool), Error> {
    let now = ports.now();
    let tell = task.webhook_url.is_some();
    let first = if ports.acts_at_once() { PendingDelivery::first(now) } else { PendingDelivery::at_once(now) };
    let settled = change(ports, Place::Last, &task.account, command, |account| {
        if tell {
            make_room(&mut account.deliveries, DELIVERIES_MAX, |due| due.failures);
            account.deliveries.insert(task.id.clone(), first.clone());
        }
        if task.may_go_on() {
            make_room(&mut account.stops, STOPS_MAX, |due| due.failures);
            account.stops.insert(task.id.clone(), PendingStop::first(now));
        }
        Ok(())
    });
    settled.await?.map_err(Error::Refused)
}

/// Gives up what has been tried most often when there is as much as an account's document has room for.
pub(crate) fn make_room<T>(due: &mut BTreeMap<TaskId, T>, most: usize, failures: impl Fn(&T) -> u32) {
    while due.len() >= most {
        let worst = due.iter().max_by_key(|(_, due)| failures(due)).map(|(task, _)| task.clone());
        worst.and_then(|task| due.remove(&task));
    }
}

/// Where the name of an operation comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// A caller gave it, and may have done so before.
    Given,
    /// It was drawn at random just now: no entry has it.
    Drawn,
}

/// Carries out a command that has a name of its own on an account that was read just now, unless an archived entry has that name.
///
/// # Errors
/// What the store answers.
pub async fn carry_out_once<P: Ports>(
    ports: &P,
    account: &Account,
    operation: &Operation,
    name: Name,
    command: impl Fn(Claim) -> Command,
) -> Result<Result<Funds, Rejection>, Error> {
    ensure_safe(ports).await?;
    if name == Name::Drawn {
        let claim = Claim { operation: operation.clone(), looked: u64::MAX };
        return carry_out(ports, Place::Last, &account.id, &command(claim)).await;
    }
    let mut funds = account.funds.clone();
    for place in places() {
        let marker = remembered(ports, &funds, || vec![keys::operation(&account.id, &operation.id)]).await?;
        let claim = match claim(&funds, operation, marker, None) {
            Ok(claim) => claim,
            Err(outcome) => return Ok(outcome),
        };
        match carry_out(ports, place, &account.id, &command(claim)).await? {
            Err(Rejection::LookAgain) => funds = load(ports, &account.id).await?,
            outcome => return Ok(outcome),
        }
    }
    Ok(Err(Rejection::LookAgain))
}

/// Where whoever claims an operation waits, look by look. While it waits, others are archived that it has not looked at: the more wait, the
/// more. So who has to look again waits before all others; behind them it would have to look again for ever.
fn places() -> impl Iterator<Item = Place> {
    iter::once(Place::Last).chain(iter::repeat(Place::First)).take(LOOKS_MAX)
}

/// The claim of an operation that no archived entry has, for this task if it is one's. Otherwise what comes of it.
///
/// The funds were read before the marker: whatever is archived by then has one.
fn claim(
    funds: &Funds,
    operation: &Operation,
    marker: Option<Marker>,
    task: Option<&TaskId>,
) -> Result<Claim, Result<Funds, Rejection>> {
    match marker {
        None => Ok(Claim { operation: operation.clone(), looked: ledger::looked(funds, operation) }),
        Some(marker) if marker.fingerprint != operation.fingerprint => Err(Err(Rejection::Mismatch)),
        Some(Marker { task: Some(first), .. }) if Some(&first) != task => Err(Err(Rejection::Repeats { first })),
        Some(_) => Err(Ok(funds.clone())),
    }
}

/// What is remembered of a request that began a task, once its entry has left the account's document.
///
/// # Errors
/// What the store answers.
pub async fn archived<P: Ports>(
    ports: &P,
    account: &AccountId,
    funds: &Funds,
    request: &Operation,
) -> Result<Option<Marker>, Error> {
    remembered(ports, funds, || keys::requests(account, &request.id, ports.now())).await
}

/// The latest of these markers that counts. There is none as long as no entry has left the account's document.
async fn remembered<P: Ports>(
    ports: &P,
    funds: &Funds,
    markers: impl FnOnce() -> Vec<RecordKey<Marker>>,
) -> Result<Option<Marker>, Error> {
    if funds.archived == 0 {
        return Ok(None);
    }
    let markers = markers();
    let found = try_join_all(markers.iter().map(|key| ports.store().read(key))).await?;
    let counts = |marker: &Marker| ledger::is_remembered(marker.task.as_ref(), marker.at, ports.now());
    Ok(found.into_iter().flatten().filter(counts).max_by_key(|marker| marker.at))
}

/// Moves the oldest entries to pages of their own, when there are enough. Who dies in between leaves them in both places.
async fn archive<P: Ports>(ports: &P, account: &AccountId, funds: &Funds) -> Result<(), Error> {
    let Some((last, _)) = archive::due(funds).last() else { return Ok(()) };
    // Together, so that a store that can writes them with one commit.
    let pages = archive::due(funds).map(|(page, entries)| write_page(ports, account, page, entries));
    try_join_all(pages).await?;
    let key = keys::account(account);
    // Behind all that wait the document would be full before its entries leave.
    let leave = ports.store().update_from(Place::First, &key, |document: &Account| {
        match archive::without(&document.funds, last) {
            Some(funds) => Decision::Write(Account { funds, ..document.clone() }, ()),
            None => Decision::Keep(()),
        }
    });
    Ok(leave.await?)
}

/// Writes a page of entries, and by what each of its operations is recognised.
async fn write_page<P: Ports>(ports: &P, account: &AccountId, page: u64, entries: &[Entry]) -> Result<(), Error> {
    // What does not count any more needs no marker: nobody would remove it.
    let counts = |entry: &&Entry| ledger::is_remembered(entry.change.task(), entry.at, ports.now());
    let marked = try_join_all(entries.iter().filter(counts).map(|entry| mark(ports, account, entry)));
    let (key, entries) = (keys::ledger_page(account, page), entries.to_vec());
    let (marked, written) = join(marked, ports.store().write(&key, &entries)).await;
    marked?;
    Ok(written?)
}

/// Writes by what the operation of an entry is recognised, where it has a name.
async fn mark<P: Ports>(ports: &P, account: &AccountId, entry: &Entry) -> Result<(), Error> {
    let Some(Operation { id, fingerprint }) = &entry.operation else { return Ok(()) };
    let marker = Marker { fingerprint: fingerprint.clone(), at: entry.at, task: entry.change.task().cloned() };
    let key = match marker.task {
        Some(_) => keys::request(account, id, marker.at),
        None => keys::operation(account, id),
    };
    Ok(ports.store().write(&key, &marker).await?)
}

/// Refuses to touch money on a store that the doctor found to lose it.
///
/// # Errors
/// [`Error::StoreUnsafe`], and what the store answers.
pub async fn ensure_safe<P: Ports>(ports: &P) -> Result<(), Error> {
    match ports.store().read(&keys::safe()).await? {
        Some(false) => Err(Error::StoreUnsafe),
        Some(true) | None => Ok(()),
    }
}

/// Refuses early what the hold would refuse later for the key with this id, so that no photo is fetched for nothing.
///
/// # Errors
/// [`Error::Refused`] and [`Error::StoreUnsafe`], and what the store answers.
pub async fn check_available<P: Ports>(
    ports: &P,
    account: &AccountId,
    key_id: &str,
    required: Credits,
) -> Result<(), Error> {
    ensure_safe(ports).await?;
    let Account { funds, keys, .. } = document(ports, account).await?;
    budget::check(&keys, key_id, required, ports.now()).map_err(Error::Refused)?;
    let (available, most) = (funds.balance, ports.config().open_tasks_max);
    if available < required {
        Err(Error::Refused(Rejection::InsufficientCredits { required, available }))
    } else if funds.open_tasks() >= most {
        Err(Error::Refused(Rejection::TooManyOpen { most }))
    } else {
        Ok(())
    }
}

/// Refuses an account that has no credits at all, neither to be spent nor held.
///
/// # Errors
/// [`Error::Refused`], and what the store answers.
pub async fn check_any<P: Ports>(ports: &P, account: &AccountId) -> Result<(), Error> {
    let funds = load(ports, account).await?;
    if funds.balance == Credits::ZERO && funds.holds.is_empty() {
        let required = Credits::new(1);
        return Err(Error::Refused(Rejection::InsufficientCredits { required, available: funds.balance }));
    }
    Ok(())
}

/// An account's credits as they are now.
///
/// # Errors
/// What the store answers.
pub async fn load<P: Ports>(ports: &P, account: &AccountId) -> Result<Funds, Error> {
    Ok(document(ports, account).await?.funds)
}

/// A customer's account as it is now.
///
/// # Errors
/// What the store answers.
pub async fn document<P: Ports>(ports: &P, account: &AccountId) -> Result<Account, Error> {
    let document = ports.store().load(&keys::account(account)).await?;
    document.ok_or_else(|| Error::internal(format!("{account} has a key and no document")))
}

/// The `n`th account opened; nothing where its opening was cut off.
///
/// # Errors
/// What the store answers.
pub async fn nth<P: Ports>(ports: &P, n: u64) -> Result<Option<Account>, Error> {
    match ports.store().read(&keys::opened(n)).await? {
        None => Ok(None),
        Some(id) => Ok(ports.store().load(&keys::account(&id)).await?),
    }
}

#[cfg(test)]
mod tests;
