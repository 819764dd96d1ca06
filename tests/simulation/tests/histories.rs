//! A first look at the simulation with every `cargo test`, which is not built for speed; `cargo likeness simulate` goes on from here, with
//! every crash point and thousands of histories.

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
    for seed in 0..50 {
        let broken = history::live(seed, false).broken;
        assert!(broken.is_empty(), "seed {seed}: {broken:?}");
    }
}

#[test]
fn no_seventh_crash_point_breaks_anything_on_sqlite() {
    let points = crashes::enumerate(&[Model::Sqlite], 7);
    assert!(points.found.is_empty(), "{:?}", points.found);
    assert!(points.count > 1_000, "only {} crash points: is anything hit at all?", points.count);
    assert!(points.at_once >= 16, "no outage ends more than {} requests", points.at_once);
}
