//! A first look at the simulation with every `cargo test`; `cargo likeness simulate` goes on from here.

use simulation::{crashes, history};
use testkit::Model;

#[test]
fn a_seed_makes_the_same_history_every_time() {
    for seed in 0..5 {
        let (first, second) = (history::live(seed, true), history::live(seed, true));
        assert!(!first.story.is_empty());
        assert_eq!(first.story, second.story);
    }
}

#[test]
fn histories_keep_every_invariant() {
    for seed in 0..200 {
        let broken = history::live(seed, false).broken;
        assert!(broken.is_empty(), "seed {seed}: {broken:?}");
    }
}

#[test]
fn no_crash_point_breaks_anything_on_sqlite() {
    let (count, found) = crashes::enumerate(&[Model::Sqlite]);
    assert!(found.is_empty(), "{found:?}");
    assert!(count > 6_000, "only {count} crash points: is anything hit at all?");
}
