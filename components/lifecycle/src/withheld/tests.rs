//! What the operator is told of results that nobody gets.

use std::time::Duration;

use domain::{AspectRatio, CharacterId, Credits, Generation};
use serde_json::Map;

use super::*;
use crate::testing::{World, run};

fn task(n: u8, work: Work) -> Task {
    let (account, at) = (AccountId::from_random([1; 16]), Timestamp::from_millis(0));
    Task::new(TaskId::from_random([n; 16]), account, work, Credits::ZERO, at, at, None)
}

fn video(count: u8, paid_ms: Option<u64>) -> Work {
    let (model, media, params) = ("upscale".to_owned(), MediaKind::Video, Map::new());
    Work::Run(Run { model, media, prompt: None, params, count, paid_ms, character: None, requests: Vec::new() })
}

#[test]
fn the_latest_hundred_are_kept_one_for_each_task() {
    let world = World::new(&[]);
    run(async {
        for n in 0..120 {
            world.later(Duration::from_secs(1));
            for _ in 0..2 {
                flag(&world, &task(n, video(1, Some(10_000))), "plays 31.0 s").await;
            }
        }
        let flags = all(&world).await.unwrap();
        assert_eq!(flags.len(), KEPT_MAX);
        let ids: Vec<TaskId> = flags.iter().map(|flag| flag.task.clone()).collect();
        let latest: Vec<TaskId> = (20..120).rev().map(|n| TaskId::from_random([n; 16])).collect();
        assert_eq!(ids, latest);
        let first = flags.first().unwrap();
        assert_eq!((first.expected.as_str(), first.came.as_str()), ("1 video of 10.0 s", "a file that plays 31.0 s"));
        assert_eq!((first.model.as_deref(), first.at), (Some("upscale"), world.now()));
    });
}

#[test]
fn what_was_paid_for_is_told_in_words() {
    let generation = Work::Generation(Generation {
        character: CharacterId::from_random([2; 16]),
        prompt: "secret".to_owned(),
        aspect_ratio: AspectRatio::default(),
        num_outputs: 4,
        seed: None,
        lora_scale_percent: None,
        output_format: None,
        generator: None,
    });
    for (work, told) in
        [(generation, "4 pictures"), (video(2, None), "2 videos"), (video(1, Some(4_049)), "1 video of 4.0 s")]
    {
        assert_eq!(expected(&work), told);
    }
    assert_eq!([seconds(0), seconds(999), seconds(u64::MAX)], ["0.0 s", "1.0 s", "18446744073709551.6 s"]);
}

#[test]
fn however_much_a_flag_says_the_document_has_room_for_all() {
    let world = World::new(&[]);
    run(async {
        let mut work = video(1, None);
        if let Work::Run(run) = &mut work {
            run.model = "\u{1F600}".repeat(1_000);
        }
        for n in 0..100 {
            flag(&world, &task(n, work.clone()), &"\u{1F600}".repeat(1_000)).await;
        }
        let flags = all(&world).await.unwrap();
        assert_eq!((flags.len(), flags[0].came.chars().count()), (KEPT_MAX, TEXT_CHARS_MAX));
    });
}
