//! An account's tasks, newest first. Its ledger names every task that ever held a credit, so there is no list of them to be kept.

use domain::{Account, Change, Entry, Task, TaskId, Timestamp};
use store::keys;

use crate::{Error, Ports, journal};

/// Most tasks that are looked at for one answer: where few of many are wanted, a page can be short, and the next one goes on.
const TASKS_MAX: usize = 300;

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    /// How many items at most.
    pub limit: usize,
    /// Only what has a smaller number.
    pub before: u64,
}

/// Some of a list, and where the next part begins; nothing where there is none.
#[derive(Debug)]
pub struct Page<T> {
    /// The part.
    pub items: Vec<T>,
    /// Where the next one begins.
    pub next: Option<u64>,
}

/// The tasks in that range that are `wanted`, as they are stored.
///
/// # Errors
/// What the store answers.
pub async fn tasks<P: Ports>(
    ports: &P,
    account: &Account,
    range: Range,
    wanted: impl Fn(&Task) -> bool,
) -> Result<Page<Task>, Error> {
    let Page { items, next } = held(ports, account, range, wanted).await?;
    Ok(Page { items: items.into_iter().map(|(_, task)| task).collect(), next })
}

/// The same tasks, each with the entry that held its credits.
///
/// # Errors
/// As [`tasks`].
pub async fn held<P: Ports>(
    ports: &P,
    account: &Account,
    range: Range,
    wanted: impl Fn(&Task) -> bool,
) -> Result<Page<(Entry, Task)>, Error> {
    let (mut items, mut looked, mut next) = (Vec::new(), 0_usize, Some(range.before));
    while let Some(before) = next {
        let entries = journal::before(ports, &account.id, &account.funds, before).await?;
        next = entries.last().and_then(Entry::holds_before);
        for entry in entries {
            let Change::Hold { task } = &entry.change else { continue };
            looked = looked.saturating_add(1);
            let rest = entry.holds_before();
            let task = ports.store().load(&keys::task(&account.id, task)).await?.filter(&wanted);
            items.extend(task.map(|task| (entry, task)));
            if items.len() >= range.limit || looked >= TASKS_MAX {
                return Ok(Page { items, next: rest });
            }
        }
    }
    Ok(Page { items, next: None })
}

/// The entry that held a task's credits, at `since` or later.
///
/// # Errors
/// What the store answers.
pub async fn hold_of<P: Ports>(
    ports: &P,
    account: &Account,
    id: &TaskId,
    since: Timestamp,
) -> Result<Option<Entry>, Error> {
    let mut next = Some(u64::MAX);
    while let Some(before) = next {
        let entries = journal::before(ports, &account.id, &account.funds, before).await?;
        let oldest = entries.last();
        next = oldest.filter(|oldest| oldest.at >= since).and_then(Entry::holds_before);
        let is_its = |entry: &Entry| matches!(&entry.change, Change::Hold { task } if task == id);
        if let Some(found) = entries.into_iter().find(is_its) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The task that an entry settled, if it is one that does.
///
/// # Errors
/// What the store answers.
pub async fn settled<P: Ports>(ports: &P, account: &Account, entry: &Entry) -> Result<Option<Task>, Error> {
    let Some(id) = ledger::audit::settled_task(entry) else { return Ok(None) };
    Ok(ports.store().load(&keys::task(&account.id, id)).await?)
}

#[cfg(test)]
mod tests {
    use domain::{Credits, Digest, Funds, MediaKind, Operation, Work};
    use ledger::{Claim, Command, archive};

    use super::*;
    use crate::testing::{World, order, run};

    const AT: Timestamp = Timestamp::from_millis(0);
    const NEWEST: Range = Range { limit: 10, before: u64::MAX };

    fn obey(funds: &Funds, command: &Command) -> Funds {
        ledger::decide(funds, command, AT).unwrap().unwrap()
    }

    fn grant(n: u64) -> Command {
        let operation =
            Operation { id: Digest::of_lines([n.to_string().as_str()]), fingerprint: Digest::of_lines([""]) };
        Command::Grant { id: n.to_string(), amount: Credits::new(1), claim: Claim { operation, looked: u64::MAX } }
    }

    /// An account with one task, and after its hold a thousand grants. Of its pages only the first can be read.
    async fn furnish(world: &World) -> (Account, TaskId) {
        let (id, _, _) = keys::new_account([1; 16]);
        let (task, key) = keys::new_task(&id, [1; 16]);
        let hold = Command::Hold {
            task: task.clone(),
            amount: Credits::new(1),
            key: "key".to_owned(),
            deadline: AT,
            open_max: 1,
            claim: None,
        };
        let mut funds = obey(&obey(&ledger::open(&id), &grant(0)), &hold);
        let mut pages = Vec::new();
        for n in 1..=1_000 {
            funds = obey(&funds, &grant(n));
            pages.extend(archive::due(&funds).map(|(page, entries)| (page, entries.to_vec())));
            let last = archive::due(&funds).last().map(|(page, _)| page);
            funds = last.map_or_else(|| funds.clone(), |last| archive::without(&funds, last).unwrap());
        }
        let (page, entries) = &pages[0];
        world.store().write(&keys::ledger_page(&id, *page), entries).await.unwrap();
        let song = order("songs", MediaKind::Music);
        let begun = Task::new(task.clone(), id.clone(), Work::Run(song), Credits::new(1), AT, AT, None);
        world.store().create(&key, begun).await.unwrap();
        (Account::new(id, "Ada".to_owned(), AT, funds), task)
    }

    #[test]
    fn a_task_is_found_without_what_changed_the_credits_since() {
        let world = World::new(&[]);
        run(async {
            let (account, task) = furnish(&world).await;
            let page = tasks(&world, &account, NEWEST, |_| true).await.unwrap();
            assert_eq!((page.items.len(), page.next), (1, None));
            assert_eq!(page.items[0].id, task);
            assert!(hold_of(&world, &account, &task, AT).await.unwrap().is_some());
        });
    }
}
