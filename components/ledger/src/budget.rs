//! Budgets of keys, kept with the write that moves the credits.

use domain::{Change, Credits, Funds, KeyBudget, KeyEntry, Timestamp};

use crate::Rejection;

/// Brings the budget of the key that asked for a change up to date. Called once for every change, with the funds before and after it.
///
/// # Errors
/// [`Rejection::OverBudget`], where the key may not spend what was held; then nothing may be written.
pub fn follow(keys: &mut [KeyEntry], before: &Funds, after: &Funds) -> Result<(), Rejection> {
    let Some(entry) = after.entries.last() else { return Ok(()) };
    let Some(budget) = entry.key.as_deref().and_then(|key| of_key(keys, key)) else { return Ok(()) };
    match &entry.change {
        Change::Hold { .. } => *budget = budget.with(entry.amount, entry.at)?,
        Change::Capture { task } | Change::Release { task } => {
            let charged = if matches!(entry.change, Change::Capture { .. }) { entry.amount } else { Credits::ZERO };
            if let Some(hold) = before.holds.get(task) {
                let rest = hold.amount.minus(charged).unwrap_or(Credits::ZERO);
                *budget = budget.without(rest, hold.since);
            }
        }
        Change::Grant { .. } | Change::AdjustUp { .. } | Change::AdjustDown { .. } => {}
    }
    Ok(())
}

/// Whether the key with this id may spend so much now.
///
/// # Errors
/// [`Rejection::OverBudget`].
pub fn check(keys: &[KeyEntry], key_id: &str, required: Credits, now: Timestamp) -> Result<(), Rejection> {
    let entry = keys.iter().find(|entry| entry.digest.key_id() == key_id);
    let Some(budget) = entry.and_then(|entry| entry.budget.as_ref()) else { return Ok(()) };
    budget.with(required, now)?;
    Ok(())
}

fn of_key<'a>(keys: &'a mut [KeyEntry], key: &str) -> Option<&'a mut KeyBudget> {
    keys.iter_mut().find(|entry| entry.digest.key_id() == key)?.budget.as_mut()
}

#[cfg(test)]
mod tests {
    use domain::{AccountId, ApiKey, TaskId};

    use super::*;
    use crate::{Claim, Command, decide, open};

    const NOW: Timestamp = Timestamp::from_millis(1_796_083_200_000);

    fn task(n: u8) -> TaskId {
        TaskId::from_random([n; 16])
    }

    /// An account with 1,000 credits, and a key that may spend 100 a day.
    fn account() -> (Funds, Vec<KeyEntry>) {
        let operation = domain::Operation {
            id: domain::Digest::of_lines(["grant"]),
            fingerprint: domain::Digest::of_lines(["grant"]),
        };
        let claim = Claim { operation, looked: 0 };
        let grant = Command::Grant { id: "grant".to_owned(), amount: Credits::new(1_000), claim };
        let funds = decide(&open(&AccountId::from_random([1; 16])), &grant, NOW).unwrap().unwrap();
        let budget = Some(KeyBudget::new(Some(Credits::new(100)), None));
        let digest = ApiKey::from_random([1; 32]).digest();
        (funds, vec![KeyEntry { digest, label: "key".to_owned(), created_at: NOW, budget }])
    }

    /// Decides as an account does: funds and budgets together, or neither.
    fn obey(funds: &mut Funds, keys: &mut Vec<KeyEntry>, command: &Command) -> Result<(), Rejection> {
        let Some(after) = decide(funds, command, NOW)? else { return Ok(()) };
        let mut changed = keys.clone();
        follow(&mut changed, funds, &after)?;
        (*funds, *keys) = (after, changed);
        Ok(())
    }

    fn hold(n: u8, amount: u64, keys: &[KeyEntry]) -> Command {
        let key = keys.first().unwrap().digest.key_id().to_owned();
        Command::Hold { task: task(n), amount: Credits::new(amount), key, deadline: NOW, open_max: 9, claim: None }
    }

    #[test]
    fn a_hold_over_the_budget_is_refused_and_what_is_given_back_can_be_held_again() {
        let (mut funds, mut keys) = account();
        let (first, second) = (hold(1, 60, &keys), hold(2, 60, &keys));
        obey(&mut funds, &mut keys, &first).unwrap();
        let refused = obey(&mut funds, &mut keys, &second).unwrap_err();
        let Rejection::OverBudget(over) = refused else { panic!("{refused}") };
        assert_eq!((over.left, over.limit, over.window), (Credits::new(40), Credits::new(100), "day"));
        assert_eq!(funds.balance, Credits::new(940));
        obey(&mut funds, &mut keys, &Command::Capture { task: task(1), amount: Credits::new(20) }).unwrap();
        obey(&mut funds, &mut keys, &second).unwrap();
        obey(&mut funds, &mut keys, &Command::Release { task: task(2) }).unwrap();
        let third = hold(3, 80, &keys);
        obey(&mut funds, &mut keys, &third).unwrap();
        let more = hold(4, 1, &keys);
        obey(&mut funds, &mut keys, &more).unwrap_err();
    }

    #[test]
    fn what_is_asked_again_is_not_counted_again() {
        let (mut funds, mut keys) = account();
        let first = hold(1, 60, &keys);
        for _ in 0..3 {
            obey(&mut funds, &mut keys, &first).unwrap();
        }
        let rest = hold(2, 40, &keys);
        obey(&mut funds, &mut keys, &rest).unwrap();
        for _ in 0..3 {
            obey(&mut funds, &mut keys, &Command::Release { task: task(1) }).unwrap();
        }
        let sixty = hold(3, 60, &keys);
        obey(&mut funds, &mut keys, &sixty).unwrap();
        let more = hold(4, 1, &keys);
        obey(&mut funds, &mut keys, &more).unwrap_err();
    }
}
