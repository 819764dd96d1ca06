//! The ledger's invariants, over arbitrary histories of commands, repeats included.

use domain::{Credits, Funds, TaskId, Timestamp};
use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp::from_millis(0);

fn task(n: u8) -> TaskId {
    TaskId::from_random([n; 16])
}

fn obey(funds: &Funds, command: &Command) -> Funds {
    decide(funds, command, NOW).unwrap().unwrap_or_else(|| funds.clone())
}

fn granted(amount: u64) -> Funds {
    obey(&Funds::default(), &Command::Grant { id: "first".into(), amount: Credits::new(amount) })
}

fn command() -> impl Strategy<Value = Command> {
    let amount = prop_oneof![8 => 0..=600_u64, 1 => Just(u64::MAX), 1 => Just(u64::MAX / 2)].prop_map(Credits::new);
    let task = (0..6_u8).prop_map(task);
    prop_oneof![
        (0..4_u8, amount.clone()).prop_map(|(id, amount)| Command::Grant { id: id.to_string(), amount }),
        (task.clone(), amount.clone()).prop_map(|(task, amount)| Command::Hold { task, amount }),
        (task.clone(), amount).prop_map(|(task, amount)| Command::Capture { task, amount }),
        task.prop_map(|task| Command::Release { task }),
    ]
}

proptest! {
    #[test]
    fn every_history_keeps_granted_equal_to_balance_held_and_spent(commands in prop::collection::vec(command(), 0..60)) {
        let mut funds = Funds::default();
        for command in &commands {
            if let Ok(Some(after)) = decide(&funds, command, NOW) {
                prop_assert!(is_balanced(&after), "{command:?}: {funds:?} -> {after:?}");
                prop_assert!(after.spent >= funds.spent && after.granted >= funds.granted);
                funds = after;
            }
        }
    }

    #[test]
    fn a_repeated_command_changes_nothing(commands in prop::collection::vec(command(), 1..40)) {
        let mut funds = Funds::default();
        for command in &commands {
            if let Ok(Some(after)) = decide(&funds, command, NOW) {
                prop_assert_eq!(decide(&after, command, NOW), Ok(None), "{:?}", command);
                funds = after;
            }
        }
    }

    #[test]
    fn a_task_is_settled_at_most_once(ends in prop::collection::vec(0..=30_u64, 1..8)) {
        let mut funds = obey(&granted(100), &Command::Hold { task: task(1), amount: Credits::new(30) });
        let mut changes = 0;
        for amount in ends {
            let end = if amount == 0 { Command::Release { task: task(1) } } else { Command::Capture { task: task(1), amount: Credits::new(amount) } };
            if let Some(after) = decide(&funds, &end, NOW).unwrap() {
                changes += 1;
                funds = after;
            }
            // A hold that arrives again after the end must not open it anew.
            prop_assert_eq!(decide(&funds, &Command::Hold { task: task(1), amount: Credits::new(30) }, NOW), Ok(None));
        }
        prop_assert_eq!(changes, 1);
    }
}

#[test]
fn a_part_is_captured_and_the_rest_goes_back() {
    let held = obey(&granted(100), &Command::Hold { task: task(1), amount: Credits::new(60) });
    assert_eq!(held.balance, Credits::new(40));
    let captured = obey(&held, &Command::Capture { task: task(1), amount: Credits::new(45) });
    assert_eq!((captured.balance, captured.spent), (Credits::new(55), Credits::new(45)));
    assert!(captured.holds.is_empty());
}

#[test]
fn a_release_gives_everything_back() {
    let before = granted(100);
    let held = obey(&before, &Command::Hold { task: task(1), amount: Credits::new(60) });
    let after = obey(&held, &Command::Release { task: task(1) });
    assert_eq!((after.balance, after.spent), (before.balance, before.spent));
}

#[test]
fn a_hold_needs_the_balance_and_says_what_is_missing() {
    let (required, available) = (Credits::new(101), Credits::new(100));
    let rejection = decide(&granted(100), &Command::Hold { task: task(1), amount: required }, NOW);
    assert_eq!(rejection, Err(Rejection::InsufficientCredits { required, available }));
}

#[test]
fn a_capture_beyond_the_hold_is_refused() {
    let held = obey(&granted(100), &Command::Hold { task: task(1), amount: Credits::new(60) });
    let rejection = decide(&held, &Command::Capture { task: task(1), amount: Credits::new(61) }, NOW);
    assert_eq!(rejection, Err(Rejection::ExceedsHold { amount: Credits::new(61), held: Credits::new(60) }));
}

#[test]
fn a_grant_that_cannot_be_represented_is_refused() {
    let rejection = decide(&granted(1), &Command::Grant { id: "huge".into(), amount: Credits::new(u64::MAX) }, NOW);
    assert_eq!(rejection, Err(Rejection::TooLarge));
}

#[test]
fn memory_of_past_operations_is_bounded() {
    let mut funds = granted(1_000_000);
    for i in 0..400_u16 {
        let mut bits = [0; 16];
        bits[..2].copy_from_slice(&i.to_be_bytes());
        let task = TaskId::from_random(bits);
        funds = obey(&funds, &Command::Hold { task: task.clone(), amount: Credits::new(1) });
        funds = obey(&funds, &Command::Release { task });
        funds = obey(&funds, &Command::Grant { id: i.to_string(), amount: Credits::new(1) });
    }
    assert_eq!((funds.settled.len(), funds.grants.len()), (SETTLED_REMEMBERED, GRANTS_REMEMBERED));
}
