//! Real files, made with ffmpeg, whose lengths ffprobe has said.
#![expect(clippy::unwrap_used, reason = "what a test cannot do without may fail it")]

use domain::Media;
use media::probe::{Probe, Reads, Step, Want};
use media::{Inspection, Metadata};

/// File, type, and milliseconds; nothing where they are not found out.
const FILES: [(&str, Media, Option<u64>); 10] = [
    ("video.mp4", Media::Mp4, Some(3_000)),
    ("faststart.mp4", Media::Mp4, Some(3_000)),
    ("video.mov", Media::Mov, Some(3_000)),
    ("video.webm", Media::Webm, Some(3_000)),
    ("cbr.mp3", Media::Mp3, Some(3_030)),
    ("vbr.mp3", Media::Mp3, Some(3_030)),
    ("sound.wav", Media::Wav, Some(3_000)),
    ("sound.flac", Media::Flac, Some(3_000)),
    ("sound.ogg", Media::Ogg, Some(3_000)),
    ("sound.m4a", Media::M4a, Some(3_000)),
];

fn read(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../../tests/fixtures/media/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Encoders pad the last frame, so a tenth of a second more or less is the same length.
fn is_about(found: Option<u64>, expected: Option<u64>) -> bool {
    match (found, expected) {
        (Some(found), Some(expected)) => found.abs_diff(expected) <= 100,
        (found, expected) => found == expected,
    }
}

#[test]
fn files_that_pass_by_say_how_long_they_play() {
    for (name, expected, millis) in FILES {
        let file = read(name);
        for chunk in [13, 1_000, file.len()] {
            let mut inspection = Inspection::new(1_000_000);
            file.chunks(chunk).for_each(|chunk| inspection.push(chunk).unwrap());
            let Metadata { media, duration_ms, .. } = inspection.finish().unwrap();
            assert_eq!(media, expected, "{name}");
            assert!(is_about(duration_ms, millis), "{name} by {chunk}: {duration_ms:?}");
        }
    }
}

#[test]
fn files_elsewhere_say_it_in_a_few_parts() {
    for (name, expected, millis) in FILES.into_iter().filter(|(.., millis)| millis.is_some()) {
        let file = read(name);
        let mut probe = Probe::new(Want::Duration, Reads::ELSEWHERE, 1_000_000);
        let mut step = probe.begin();
        let found = loop {
            match step {
                Step::Done(found) => break found,
                Step::Read { offset, len } => {
                    let begin = usize::try_from(offset).unwrap();
                    let end = (begin + usize::try_from(len).unwrap()).min(file.len());
                    step = probe.receive(&file[begin..end], Some(file.len() as u64)).unwrap();
                }
            }
        };
        assert_eq!(found.media, expected, "{name}");
        assert!(is_about(found.duration_ms, millis), "{name}: {found:?}");
    }
}
