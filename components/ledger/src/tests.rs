//! The ledger's invariants, over arbitrary histories of commands, repeats and archiving included.

use domain::{AccountId, Credits, Digest, Funds, TaskId, Timestamp};
use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp::from_millis(0);
const OPEN_MAX: u32 = 4;

fn account() -> AccountId {
    AccountId::from_random([7; 16])
}

fn task(n: u8) -> TaskId {
    TaskId::from_random([n; 16])
}

fn claim(name: &str, asked: &str, looked: u64) -> Claim {
    let operation = Operation { id: Digest::of_lines([name]), fingerprint: Digest::of_lines([asked]) };
    Claim { operation, looked }
}

fn grant(id: &str, amount: u64) -> Command {
    let amount = Credits::new(amount);
    Command::Grant { id: id.to_owned(), amount, claim: claim(id, &amount.to_string(), 0) }
}

fn hold(task: TaskId, amount: u64) -> Command {
    Command::Hold {
        task,
        amount: Credits::new(amount),
        key: "key".to_owned(),
        deadline: Timestamp::from_millis(9),
        open_max: OPEN_MAX,
        claim: None,
    }
}

fn request(task: TaskId, name: &str, asked: &str, looked: u64) -> Command {
    let claim = Some(claim(name, asked, looked));
    Command::Hold {
        task,
        amount: Credits::new(1),
        key: "key".to_owned(),
        deadline: Timestamp::from_millis(9),
        open_max: OPEN_MAX,
        claim,
    }
}

fn obey(funds: &Funds, command: &Command) -> Funds {
    decide(funds, command, NOW).unwrap().unwrap_or_else(|| funds.clone())
}

fn granted(amount: u64) -> Funds {
    obey(&open(&account()), &grant("first", amount))
}

fn command() -> impl Strategy<Value = Command> {
    let amount = prop_oneof![8 => 0..=600_u64, 1 => Just(u64::MAX), 1 => Just(u64::MAX / 2)].prop_map(Credits::new);
    let task = (0..6_u8).prop_map(task);
    let adjustment = (0..4_u8, amount.clone(), any::<bool>());
    prop_oneof![
        (0..4_u8, amount.clone()).prop_map(|(id, amount)| grant(&id.to_string(), amount.amount())),
        adjustment.prop_map(|(id, amount, up)| {
            let (id, reason, claim) = (id.to_string(), "why".to_owned(), claim(&format!("adjust {id}"), "", 0));
            if up {
                Command::AdjustUp { id, reason, amount, claim }
            } else {
                Command::AdjustDown { id, reason, amount, claim }
            }
        }),
        (task.clone(), amount.clone()).prop_map(|(task, amount)| hold(task, amount.amount())),
        (task.clone(), 0..9_u8).prop_map(|(task, name)| request(task, &name.to_string(), "it", 0)),
        (task.clone(), amount).prop_map(|(task, amount)| Command::Capture { task, amount }),
        task.prop_map(|task| Command::Release { task }),
    ]
}

/// Every entry there ever was, the archived ones included.
fn walk(archived: &[Entry], funds: &Funds) -> Vec<chain::Flaw> {
    let mut walk = chain::Walk::new(&account());
    let mut flaws: Vec<_> = archived.iter().chain(&funds.entries).flat_map(|entry| walk.step(entry)).collect();
    flaws.extend(walk.finish(funds));
    flaws
}

proptest! {
    #[test]
    fn every_history_adds_up_and_its_chain_proves_it(commands in prop::collection::vec(command(), 0..60)) {
        let (mut funds, mut archived) = (open(&account()), Vec::new());
        for command in &commands {
            if let Ok(Some(after)) = decide(&funds, command, NOW) {
                prop_assert!(is_balanced(&after), "{command:?}: {funds:?} -> {after:?}");
                prop_assert!(after.spent >= funds.spent && after.holds.len() <= 4);
                prop_assert_eq!(&after.entries[..funds.entries.len()], &funds.entries[..], "entries are only added");
                funds = after;
            }
            archived.extend(archive::due(&funds).flat_map(|(_, entries)| entries).cloned());
            let last = archive::due(&funds).last().map(|(page, _)| page);
            funds = last.map_or_else(|| funds.clone(), |last| archive::without(&funds, last).unwrap());
        }
        prop_assert_eq!(walk(&archived, &funds), []);
    }

    #[test]
    fn the_first_entry_of_a_page_knows_the_last_hold_before_it_unless_an_earlier_version_wrote_it(
        commands in prop::collection::vec((command(), any::<bool>()), 0..120),
        is_new in any::<bool>(),
    ) {
        let (mut funds, mut last) = (open(&account()), 0);
        for (command, by_an_earlier_version) in commands {
            let Ok(Some(after)) = decide(&funds, &command, NOW) else { continue };
            funds = after;
            let entry = funds.entries.last_mut().unwrap();
            let is_known = entry.last_hold == Some(last) || (!is_new && entry.last_hold.is_none());
            prop_assert!(if entry.seq % 16 == 1 { is_known } else { entry.last_hold.is_none() }, "{entry:?}, after {last}");
            if by_an_earlier_version && !is_new {
                entry.last_hold = None;
            }
            if matches!(entry.change, Change::Hold { .. }) {
                last = entry.seq;
            }
            let page = archive::due(&funds).last().map(|(page, _)| page);
            funds = page.map_or_else(|| funds.clone(), |page| archive::without(&funds, page).unwrap());
        }
    }

    #[test]
    fn a_walk_in_pieces_finds_what_one_in_one_go_finds(
        commands in prop::collection::vec(command(), 0..60),
        pauses in prop::collection::vec(any::<bool>(), 60),
        tampered in prop::option::of((any::<prop::sample::Index>(), 1..9_u64)),
    ) {
        let mut funds = open(&account());
        for command in &commands {
            if let Ok(Some(after)) = decide(&funds, command, NOW) {
                funds = after;
            }
        }
        if let Some((which, by)) = tampered && !funds.entries.is_empty() {
            let at = which.index(funds.entries.len());
            funds.entries[at].amount = Credits::new(funds.entries[at].amount.amount() ^ by);
        }
        let (mut pieces, mut flaws) = (chain::Walk::new(&account()), Vec::new());
        for (entry, pause) in funds.entries.iter().zip(pauses) {
            flaws.extend(pieces.step(entry));
            if pause && flaws.is_empty() && let Some(checkpoint) = pieces.checkpoint() {
                pieces = chain::Walk::resume(&checkpoint);
            }
        }
        flaws.extend(pieces.finish(&funds));
        prop_assert_eq!(flaws, walk(&[], &funds));
    }

    #[test]
    fn a_repeated_command_changes_nothing(commands in prop::collection::vec(command(), 1..40)) {
        let mut funds = open(&account());
        for command in &commands {
            if let Ok(Some(after)) = decide(&funds, command, NOW) {
                prop_assert_eq!(decide(&after, command, NOW), Ok(None), "{:?}", command);
                funds = after;
            }
        }
    }

    #[test]
    fn a_task_is_settled_at_most_once(ends in prop::collection::vec(0..=30_u64, 1..8)) {
        let mut funds = obey(&granted(100), &hold(task(1), 30));
        let mut changes = 0;
        for amount in ends {
            let end = if amount == 0 { Command::Release { task: task(1) } } else { Command::Capture { task: task(1), amount: Credits::new(amount) } };
            if let Some(after) = decide(&funds, &end, NOW).unwrap() {
                changes += 1;
                funds = after;
            }
            // A hold that arrives again after the end must not open it anew.
            prop_assert_eq!(decide(&funds, &hold(task(1), 30), NOW), Ok(None));
        }
        prop_assert_eq!(changes, 1);
    }

    #[test]
    fn whoever_changes_an_entry_is_found_out(amounts in prop::collection::vec(1..50_u64, 1..20), which in any::<prop::sample::Index>(), by in 1..9_u64) {
        let mut funds = open(&account());
        for (n, amount) in amounts.iter().enumerate() {
            funds = obey(&funds, &grant(&n.to_string(), *amount));
        }
        let entry = which.get(&funds.entries).seq;
        let mut changed = funds.clone();
        let at = usize::try_from(entry).unwrap() - 1;
        changed.entries[at].amount = Credits::new(changed.entries[at].amount.amount() + by);
        let flaws = walk(&[], &changed);
        prop_assert!(flaws.contains(&(chain::Flaw::Hash { seq: entry })), "{:?}", flaws);
        let mut removed = funds.clone();
        removed.entries.remove(at);
        prop_assert!(!walk(&[], &removed).is_empty());
        prop_assert_eq!(walk(&[], &funds), []);
    }
}

#[test]
fn a_part_is_captured_and_the_rest_goes_back() {
    let held = obey(&granted(100), &hold(task(1), 60));
    assert_eq!(held.balance, Credits::new(40));
    let captured = obey(&held, &Command::Capture { task: task(1), amount: Credits::new(45) });
    assert_eq!((captured.balance, captured.spent), (Credits::new(55), Credits::new(45)));
    assert!(captured.holds.is_empty());
    let entry = captured.entries.last().unwrap();
    assert_eq!((entry.seq, entry.change.kind(), entry.amount), (3, "capture", Credits::new(45)));
    assert_eq!((entry.balance, entry.held, entry.spent), (Credits::new(55), Credits::ZERO, Credits::new(45)));
    assert_eq!(entry.key.as_deref(), Some("key"));
}

#[test]
fn a_release_gives_everything_back() {
    let before = granted(100);
    let held = obey(&before, &hold(task(1), 60));
    let after = obey(&held, &Command::Release { task: task(1) });
    assert_eq!((after.balance, after.spent), (before.balance, before.spent));
}

#[test]
fn a_hold_needs_the_balance_and_says_what_is_missing() {
    let (required, available) = (Credits::new(101), Credits::new(100));
    let rejection = decide(&granted(100), &hold(task(1), 101), NOW);
    assert_eq!(rejection, Err(Rejection::InsufficientCredits { required, available }));
}

#[test]
fn an_adjustment_down_takes_at_most_the_balance_and_never_what_is_held() {
    let held = obey(&granted(100), &hold(task(1), 60));
    let down = |amount| Command::AdjustDown {
        id: format!("down {amount}"),
        reason: "a mistake".to_owned(),
        amount: Credits::new(amount),
        claim: claim("down", "", 0),
    };
    assert!(matches!(decide(&held, &down(41), NOW), Err(Rejection::InsufficientCredits { .. })));
    let after = obey(&held, &down(40));
    assert_eq!((after.balance, after.granted, after.held()), (Credits::ZERO, Credits::new(60), Some(Credits::new(60))));
}

#[test]
fn the_number_of_open_tasks_is_limited() {
    let mut funds = granted(100);
    for n in 0..4 {
        funds = obey(&funds, &hold(task(n), 1));
    }
    assert_eq!(decide(&funds, &hold(task(9), 1), NOW), Err(Rejection::TooManyOpen { most: OPEN_MAX }));
    funds = obey(&funds, &Command::Release { task: task(0) });
    assert!(decide(&funds, &hold(task(9), 1), NOW).is_ok());
}

#[test]
fn a_capture_beyond_the_hold_is_refused() {
    let held = obey(&granted(100), &hold(task(1), 60));
    let rejection = decide(&held, &Command::Capture { task: task(1), amount: Credits::new(61) }, NOW);
    assert_eq!(rejection, Err(Rejection::ExceedsHold { amount: Credits::new(61), held: Credits::new(60) }));
}

#[test]
fn a_grant_that_cannot_be_represented_is_refused() {
    assert_eq!(decide(&granted(1), &grant("huge", u64::MAX), NOW), Err(Rejection::TooLarge));
}

#[test]
fn a_grants_id_is_good_for_one_grant() {
    let funds = granted(100);
    assert_eq!(decide(&funds, &grant("first", 100), NOW.plus(IDEMPOTENCY_LIFETIME)), Ok(None));
    assert_eq!(decide(&funds, &grant("first", 101), NOW), Err(Rejection::Mismatch));
}

#[test]
fn a_request_begins_one_task_for_a_day() {
    let funds = obey(&granted(100), &request(task(1), "name", "asked", 0));
    let again = |asked, now| decide(&funds, &request(task(2), "name", asked, 0), now);
    assert_eq!(again("asked", NOW), Err(Rejection::Repeats { first: task(1) }));
    assert_eq!(again("something else", NOW), Err(Rejection::Mismatch));
    assert!(matches!(again("asked", NOW.plus(IDEMPOTENCY_LIFETIME)), Ok(Some(_))));
}

#[test]
fn a_claim_that_looked_before_the_latest_archiving_has_to_look_again() {
    let mut funds = granted(1);
    for n in 0..40 {
        funds = obey(&funds, &grant(&n.to_string(), 1));
    }
    let pages: Vec<_> = archive::due(&funds).map(|(page, entries)| (page, entries.len(), entries[0].seq)).collect();
    assert_eq!(pages, [(0, LEDGER_PAGE_ENTRIES, 1)]);
    let after = archive::without(&funds, 0).unwrap();
    assert_eq!(after.entries.first().map(|entry| entry.seq), Some(17));
    assert_eq!(archive::without(&after, 0), None, "the same page does not leave twice");
    assert_eq!(decide(&after, &grant("first", 1), NOW), Err(Rejection::LookAgain));
    assert!(matches!(decide(&after, &request(task(1), "name", "asked", 16), NOW), Ok(Some(_))));
}

#[test]
fn a_claim_that_looked_at_all_that_was_archived_since_is_good() {
    let mut funds = granted(1);
    let operation = claim("first", "1", 0).operation;
    let (own, other) = (looked(&funds, &operation), looked(&funds, &claim("other", "1", 0).operation));
    assert_eq!((own, other), (0, 1));
    for n in 0..60 {
        funds = obey(&funds, &grant(&n.to_string(), 1));
    }
    let other = looked(&funds, &claim("other", "1", 0).operation);
    let pages: Vec<u64> = archive::due(&funds).map(|(page, _)| page).collect();
    assert_eq!((other, pages), (61, vec![0, 1]));
    let after = archive::without(&funds, 1).unwrap();
    assert_eq!((after.archived, after.entries.len()), (32, 29));
    let again =
        Command::Grant { id: "first".to_owned(), amount: Credits::new(1), claim: Claim { operation, looked: own } };
    assert_eq!(decide(&after, &again, NOW), Err(Rejection::LookAgain), "its own entry was archived meanwhile");
    assert!(matches!(decide(&after, &request(task(1), "other", "1", other), NOW), Ok(Some(_))));
    assert_eq!(decide(&after, &request(task(1), "other", "1", 31), NOW), Err(Rejection::LookAgain));
}

#[test]
fn of_many_changes_the_one_that_fills_a_page_archives_and_where_it_did_not_every_one() {
    let mut funds = open(&account());
    let mut turns = Vec::new();
    for n in 1..=100_usize {
        funds = obey(&funds, &grant(&n.to_string(), 1));
        turns.extend(archive::is_its_turn(&funds).then_some(n));
    }
    assert_eq!(turns, [16, 32, 48, 64, 80, 96, 97, 98, 99, 100]);
}

#[test]
fn a_full_document_still_settles() {
    let mut funds = obey(&granted(10_000), &hold(task(1), 60));
    while decide(&funds, &grant(&funds.entries.len().to_string(), 1), NOW) != Err(Rejection::Full) {
        funds = obey(&funds, &grant(&funds.entries.len().to_string(), 1));
    }
    assert_eq!(decide(&funds, &hold(task(2), 1), NOW), Err(Rejection::Full));
    assert!(matches!(decide(&funds, &Command::Release { task: task(1) }, NOW), Ok(Some(_))));
}
