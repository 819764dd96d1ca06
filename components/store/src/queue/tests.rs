use std::convert::Infallible;
use std::future::pending;
use std::pin::pin;

use futures_util::FutureExt;
use tokio::sync::oneshot;

use super::*;

const KEY: &str = "account:1";

fn open(leader: &Seat) {
    assert!(matches!(leader.turn(), Turn::Lead));
    leader.open(Arc::from(*b"base"), Box::new("value"), "nonce".into(), CHANGES_MAX);
}

fn boards(seat: &Seat) -> bool {
    match seat.turn() {
        Turn::Board(boarding) => {
            boarding.board();
            true
        }
        Turn::Lead | Turn::Wait { .. } | Turn::Told(_) => false,
    }
}

#[test]
fn a_queue_is_gone_with_the_last_who_had_a_seat() {
    let queues = Queues::default();
    let (first, second, other) = (queues.arrive(KEY), queues.arrive(KEY), queues.arrive("account:2"));
    assert_eq!(lock(&queues.table).len(), 2);
    drop((first, other));
    assert_eq!(lock(&queues.table).keys().collect::<Vec<_>>(), [KEY]);
    drop(second);
    assert!(lock(&queues.table).is_empty());
}

#[test]
fn a_swap_takes_so_many_those_first_who_came_first() {
    let queues = Queues::default();
    let seats: Vec<Seat> = (0..CHANGES_MAX + 5).map(|_| queues.arrive(KEY)).collect();
    open(&seats[0]);
    assert!(lock(&seats[0].queue).somebody_is_to_board());
    let aboard: Vec<usize> = (1..seats.len()).rev().filter(|n| boards(&seats[*n])).collect();
    assert_eq!(aboard, (1..CHANGES_MAX).rev().collect::<Vec<_>>(), "the last wait, though they looked first");
    assert!(!lock(&seats[0].queue).somebody_is_to_board());
    let (document, changes) = seats[0].close().unwrap();
    assert_eq!((document.downcast_ref(), changes), (Some(&"value"), CHANGES_MAX));
    assert!(seats[0].tell(&Told::Written));
    assert!(matches!(seats[1].turn(), Turn::Told(Told::Written)));
}

#[test]
fn who_is_to_go_ahead_goes_aboard_before_all_that_wait() {
    let queues = Queues::default();
    let seats: Vec<Seat> = (0..=CHANGES_MAX).map(|_| queues.arrive(KEY)).collect();
    let ahead = queues.arrive_ahead(KEY);
    open(&seats[0]);
    assert!(!boards(&seats[CHANGES_MAX - 1]), "its place is kept");
    assert!(boards(&seats[CHANGES_MAX - 2]) && boards(&ahead));
}

#[test]
fn nobody_goes_aboard_of_what_is_being_written() {
    let queues = Queues::default();
    let (leader, late) = (queues.arrive(KEY), queues.arrive(KEY));
    open(&leader);
    assert!(leader.close().is_some() && !boards(&late));
    assert!(matches!(late.turn(), Turn::Wait { .. }));
    leader.tell(&Told::Written);
    drop(leader);
    assert!(matches!(late.turn(), Turn::Lead));
}

#[test]
fn who_was_deposed_writes_nothing_and_tells_nobody() {
    let queues = Queues::default();
    let (slow, other) = (queues.arrive(KEY), queues.arrive(KEY));
    open(&slow);
    assert!(boards(&other));
    other.depose();
    assert!(matches!(other.turn(), Turn::Told(Told::InDoubt)));
    open(&other);
    assert!(slow.close().is_none());
    assert!(!slow.tell(&Told::Written));
    slow.fail(&Unavailable("down".to_owned()));
    assert!(boards(&slow), "it goes aboard like anybody else");
    assert!(other.close().is_some());
}

/// A host where a nap ends by its bell alone.
struct Patient;

impl Timer for Patient {
    async fn sleep(&self, _: Duration) {
        pending::<()>().await;
    }

    fn nap(&self, _: Duration) -> (Bell, impl Future<Output = ()>) {
        let (rope, rung) = oneshot::channel::<Infallible>();
        (Bell::of(rope), rung.map(drop))
    }
}

#[test]
fn who_naps_is_woken_when_there_is_something_to_do_and_not_before() {
    let queues = Queues::default();
    let (leader, passenger, next) = (queues.arrive(KEY), queues.arrive(KEY), queues.arrive(KEY));
    assert!(matches!(leader.turn(), Turn::Lead));
    let seen = lock(&leader.queue).events;
    let mut naps = [&passenger, &next].map(|seat| Box::pin(seat.nap(&Patient, seen)));
    assert!(naps.iter_mut().all(|nap| nap.now_or_never().is_none()));
    leader.open(Arc::from(*b"base"), Box::new("value"), "nonce".into(), CHANGES_MAX);
    assert!(naps.into_iter().all(|mut nap| (&mut nap).now_or_never() == Some(true)), "there is room for both");

    let mut others = pin!(leader.wait_for_others(&Patient));
    assert!((&mut others).now_or_never().is_none() && boards(&passenger));
    assert!((&mut others).now_or_never().is_none() && boards(&next));
    assert!((&mut others).now_or_never().is_some(), "all are aboard");

    let seen = lock(&leader.queue).events;
    let mut nap = pin!(passenger.nap(&Patient, seen));
    assert!((&mut nap).now_or_never().is_none() && leader.close().is_some());
    assert!((&mut nap).now_or_never().is_none(), "it is being written");
    leader.tell(&Told::Written);
    assert_eq!((&mut nap).now_or_never(), Some(true));
}

#[test]
fn the_first_in_the_queue_is_woken_when_a_leader_goes_away() {
    let queues = Queues::default();
    let (leader, next) = (queues.arrive(KEY), queues.arrive(KEY));
    assert!(matches!(leader.turn(), Turn::Lead));
    let mut nap = pin!(next.nap(&Patient, lock(&leader.queue).events));
    assert!((&mut nap).now_or_never().is_none());
    drop(leader);
    assert_eq!((&mut nap).now_or_never(), Some(true));
    assert!(matches!(next.turn(), Turn::Lead));
}
