use super::*;

const KEY: &str = "account:1";

fn open(leader: &Seat) {
    assert!(matches!(leader.turn(), Turn::Lead));
    leader.open(Arc::from(*b"base"), b"value".to_vec(), "nonce".into());
}

fn boards(seat: &Seat) -> bool {
    match seat.turn() {
        Turn::Board(boarding) => {
            boarding.board(None);
            true
        }
        Turn::Lead | Turn::Wait { .. } | Turn::Told(_) => false,
    }
}

#[test]
fn a_queue_is_gone_with_the_last_who_had_a_seat() {
    let queues = Queues::default();
    let (first, second, other) = (queues.arrive(KEY), queues.arrive(KEY), queues.arrive("account:2"));
    assert_eq!(lock(&queues.0).len(), 2);
    drop((first, other));
    assert_eq!(lock(&queues.0).keys().collect::<Vec<_>>(), [KEY]);
    drop(second);
    assert!(lock(&queues.0).is_empty());
}

#[test]
fn a_swap_takes_so_many_those_first_who_came_first() {
    let queues = Queues::default();
    let seats: Vec<Seat> = (0..CHANGES_MAX + 5).map(|_| queues.arrive(KEY)).collect();
    open(&seats[0]);
    assert!(seats[0].is_awaited());
    let aboard: Vec<usize> = (1..seats.len()).rev().filter(|n| boards(&seats[*n])).collect();
    assert_eq!(aboard, (1..CHANGES_MAX).rev().collect::<Vec<_>>(), "the last wait, though they looked first");
    assert!(!seats[0].is_awaited());
    assert_eq!(seats[0].close(), Some(b"value".to_vec()));
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
    assert_eq!(slow.close(), None);
    assert!(!slow.tell(&Told::Written));
    slow.fail(&Unavailable("down".to_owned()));
    assert!(boards(&slow), "it goes aboard like anybody else");
    assert!(other.close().is_some());
}
