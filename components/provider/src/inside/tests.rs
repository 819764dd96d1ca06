//! Every disaster, the ids, and files that real decoders read.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::AspectRatio;
use proptest::prelude::*;

use super::*;
use crate::{FailureKind, JobFailure, Output, Step};

const BEGUN: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn ordered(made: Made, text: &str) -> TestJob {
    TestJob { made, count: 1, disaster: Disaster::in_text(text), begun_at: BEGUN, label: 0x00ab_cdef }
}

fn outcome<T>(mut conversation: Conversation<T>) -> Result<T, Error> {
    match conversation.begin() {
        Step::Done(outcome) => outcome,
        Step::Send(request) => panic!("{request:?} is sent"),
    }
}

/// A job, as it is told of so long after it was begun.
fn after(job: TestJob, time: Duration) -> Result<JobState, Error> {
    let id = outcome(job.start())?.id;
    let reference = JobRef { id, location: None };
    outcome(Inside::new(BEGUN.plus(time)).status(Kind::Run, &reference)).map(|job| job.state)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn files(job: TestJob) -> Vec<(String, Vec<u8>)> {
    let Ok(JobState::Succeeded(Output::Images(urls))) = after(job, seconds(60)) else { panic!("{job:?}") };
    let file = |url: &String| {
        assert!(Inside::new(BEGUN).output_allowed(url));
        let (media_type, data) = url.strip_prefix("data:").unwrap().split_once(";base64,").unwrap();
        (media_type.to_owned(), STANDARD.decode(data).unwrap())
    };
    urls.iter().map(file).collect()
}

/// The pixels of a picture, 8 to a byte, and its size, as a decoder reads it.
fn decoded(png: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.bit_depth, info.color_type), (png::BitDepth::One, png::ColorType::Grayscale));
    (info.width, info.height, pixels)
}

#[test]
fn a_job_runs_for_a_moment_and_succeeds() {
    let training = ordered(Made::Model, "Ada");
    assert!(matches!(after(training, seconds(1)), Ok(JobState::Running)));
    let model = Output::Model { name: "test-00abcdef".to_owned(), weights: None };
    assert_eq!(after(training, seconds(2)), Ok(JobState::Succeeded(model)));
    let pictures = ordered(Made::Pictures(AspectRatio::Square), "at the sea");
    assert_eq!(after(pictures, Duration::from_millis(999)), Ok(JobState::Running));
    assert!(matches!(after(pictures, seconds(1)), Ok(JobState::Succeeded(Output::Images(_)))));
}

#[test]
fn each_disaster_happens_to_whatever_is_made() {
    for made in [Made::Model, Made::Pictures(AspectRatio::Square), Made::Songs, Made::Films] {
        for (text, kind) in [("a Sim:FAIL", FailureKind::Other), ("sim:nsfw", FailureKind::Unsafe)] {
            let Ok(JobState::Failed(JobFailure { kind: failed, .. })) = after(ordered(made, text), seconds(2)) else {
                panic!("{text}")
            };
            assert_eq!(failed, kind);
        }
        let slow = ordered(made, "sim:slow");
        assert_eq!(after(slow, seconds(59)), Ok(JobState::Running));
        assert!(matches!(after(slow, seconds(60)), Ok(JobState::Succeeded(_))));
        let lost = ordered(made, "x sim:lost x");
        assert_eq!(after(lost, seconds(299)), Ok(JobState::Running));
        assert_eq!(after(lost, seconds(300)), Err(Error::NotFound), "it is given up by then");
    }
    for text in ["sim", "sim:", "sim: fail", "fail", "sim:failing is one"] {
        assert_eq!(Disaster::in_text(text).is_some(), text.starts_with("sim:failing"), "{text}");
    }
    assert_eq!(Disaster::in_text("sim:slow sim:fail"), Some(Disaster::Fail));
}

#[test]
fn every_shape_is_a_picture_that_a_decoder_reads() {
    let sizes = [(1_024, 1_024), (1_344, 768), (768, 1_344), (1_152, 896), (896, 1_152), (1_216, 832), (832, 1_216)];
    for (ratio, (width, height)) in AspectRatio::ALL.iter().zip(sizes) {
        let made = files(TestJob { count: 4, ..ordered(Made::Pictures(*ratio), "") });
        assert_eq!(made.len(), 4);
        for (media_type, png) in &made {
            let (w, h, pixels) = decoded(png);
            assert_eq!((media_type.as_str(), w, h), ("image/png", width, height));
            let ink: u32 = pixels.iter().map(|byte| byte.count_zeros()).sum();
            let share = ink * 100 / (width * height);
            assert!((5..40).contains(&share), "{share} % of {ratio:?} is ink");
        }
        assert_ne!(made[0].1, made[1].1, "each says which it is");
    }
}

#[test]
fn a_picture_says_test_and_its_label() {
    let [(_, png)] = files(ordered(Made::Pictures(AspectRatio::Square), "")).try_into().unwrap();
    let (width, height, pixels) = decoded(&png);
    let has_ink = |x: u32, y: u32| pixels[usize::try_from(y * width / 8 + x / 8).unwrap()] >> (7 - x % 8) & 1 == 0;
    // A sign for each 16 by 32 pixels is enough to read it.
    let lines: Vec<String> = (0..height / 32)
        .map(|y| (0..width / 16).map(|x| if has_ink(x * 16 + 8, y * 32 + 16) { '#' } else { ' ' }).collect())
        .map(|line: String| line.trim_end().to_owned())
        .filter(|line| !line.is_empty())
        .collect();
    let top = lines.iter().find(|line| !line.trim().is_empty()).unwrap();
    // The bars of T and T are longer than those of E and S between them, and all four stand at the top.
    assert!(top.split_whitespace().count() >= 4 && top.split_whitespace().all(|bar| bar.len() >= 2), "{lines:#?}");
    let label = files(TestJob { label: 1, ..ordered(Made::Pictures(AspectRatio::Square), "") });
    assert_ne!(label[0].1, png, "another label is another picture");
    assert_eq!(files(ordered(Made::Pictures(AspectRatio::Square), ""))[0].1, png, "the same one is the same");
}

#[test]
fn songs_and_films_are_files_of_a_second() {
    let [(media_type, song)] = files(ordered(Made::Songs, "")).try_into().unwrap();
    assert_eq!(
        (media_type.as_str(), song.len(), &song[..4], &song[8..12]),
        ("audio/wav", 8_044, &b"RIFF"[..], &b"WAVE"[..])
    );
    let [(media_type, film)] = files(ordered(Made::Films, "")).try_into().unwrap();
    assert_eq!((media_type.as_str(), &film[4..8]), ("video/mp4", &b"ftyp"[..]));
}

#[test]
fn nobody_orders_here_what_is_real_and_nobody_reports_from_here() {
    let inside = Inside::new(BEGUN);
    let run = RunJob { model: String::new(), input: serde_json::Map::new(), callback_url: String::new() };
    assert_eq!(outcome(inside.start_run(&run)), Err(Error::NotOffered));
    assert!(inside.verify_callback(&HeaderMap::new(), b"{}", b"", BEGUN).is_err());
    assert!(!inside.output_allowed("https://example.com/a.png"));
}

#[test]
fn a_job_that_is_stopped_is_canceled_and_another_id_is_none() {
    let inside = Inside::new(BEGUN.plus(seconds(30)));
    let slow = JobRef { id: ordered(Made::Model, "sim:slow").to_string(), location: None };
    assert_eq!(outcome(inside.cancel(Kind::Training, &slow)).unwrap().state, JobState::Canceled);
    for id in
        ["", "abc", "model-1-none-1", "model-1-none-x-00abcdef", "model-99-none-1-00abcdef", "2x1-1-none-1-00abcdef"]
    {
        let job = JobRef { id: id.to_owned(), location: None };
        assert_eq!(outcome(inside.status(Kind::Run, &job)), Err(Error::NotFound), "{id}");
    }
}

proptest! {
    #[test]
    fn an_id_says_all_of_its_job(
        made in prop_oneof![
            Just(Made::Model), Just(Made::Songs), Just(Made::Films),
            proptest::sample::select(AspectRatio::ALL).prop_map(Made::Pictures),
        ],
        count in 0..=16_u8,
        disaster in proptest::option::of(proptest::sample::select(vec![
            Disaster::Fail, Disaster::Unsafe, Disaster::Lost, Disaster::Slow,
        ])),
        at in 0..=i64::MAX,
        label: u32,
    ) {
        let job = TestJob { made, count, disaster, begun_at: Timestamp::from_millis(at), label };
        let id = job.to_string();
        prop_assert!(crate::job::is_plain_id(&id), "{id}");
        prop_assert_eq!(TestJob::from_id(&id), Some(job));
    }

    #[test]
    fn any_id_is_read_or_refused(id in "[a-z0-9x-]{0,70}") {
        _ = TestJob::from_id(&id).map(|job| job.at(BEGUN));
    }
}
