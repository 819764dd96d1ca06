//! Songs: what the model takes that makes them at both providers, and a few seconds that nobody takes for music.

use serde_json::{Map, Value};

use crate::field::{self, BadField};
use crate::protocol::File;

/// The most characters of a description and of lyrics.
const PROMPT_CHARS_MAX: usize = 2_000;
const LYRICS_CHARS_MAX: usize = 3_500;
/// Samples a second of the songs.
const SAMPLES: u32 = 8_000;
/// How long a song is, in seconds.
const SONG_SECONDS: u32 = 3;

/// What makes one song another: a song is of given lyrics, of lyrics that the model makes up, or without any.
pub(super) fn seed(input: &Map<String, Value>) -> Result<u64, BadField> {
    let text = |name: &str| input.get(name).and_then(Value::as_str).unwrap_or_default();
    let (prompt, lyrics) = (text("prompt"), text("lyrics"));
    if prompt.chars().count() > PROMPT_CHARS_MAX {
        return Err(bad("prompt", "has to have at most 2000 characters"));
    }
    if lyrics.chars().count() > LYRICS_CHARS_MAX {
        return Err(bad("lyrics", "has to have at most 3500 characters"));
    }
    if is(input, "is_instrumental")? {
        if prompt.is_empty() {
            return Err(bad("prompt", "is required when is_instrumental is true"));
        }
    } else if lyrics.is_empty() && !is(input, "lyrics_optimizer")? {
        return Err(bad("lyrics", "is required when is_instrumental and lyrics_optimizer are false"));
    }
    Ok(field::seed(input))
}

fn bad(name: &'static str, why: &'static str) -> BadField {
    BadField { name, why: Some(why) }
}

fn is(input: &Map<String, Value>, name: &'static str) -> Result<bool, BadField> {
    input.get(name).map_or(Some(false), Value::as_bool).ok_or(bad(name, "has to be true or false"))
}

/// A WAV file with a chord in it, and a note that it is simulated.
pub(super) fn make(seed: u64) -> File {
    let count = SAMPLES * SONG_SECONDS;
    let root = 220 + u32::try_from(seed % 5).unwrap_or(0) * 20;
    // Square waves: nobody will think that a band has played.
    let wave = |n: u32, pitch: u32| if (n * pitch * 2 / SAMPLES).is_multiple_of(2) { 1_200_i16 } else { -1_200 };
    let samples = (0..count).flat_map(|n| {
        let chord = [root, root * 5 / 4, root * 3 / 2].into_iter().map(|pitch| wave(n, pitch)).sum::<i16>();
        chord.to_le_bytes()
    });
    let note = b"LIST\x16\0\0\0INFOICMT\x0a\0\0\0SIMULATED\0";
    let mut bytes = Vec::new();
    for part in [b"RIFF".as_slice(), &(36 + 30 + count * 2).to_le_bytes(), b"WAVEfmt \x10\0\0\0\x01\0\x01\0"] {
        bytes.extend_from_slice(part);
    }
    bytes.extend_from_slice(&SAMPLES.to_le_bytes());
    bytes.extend_from_slice(&(SAMPLES * 2).to_le_bytes());
    bytes.extend_from_slice(b"\x02\0\x10\0");
    bytes.extend_from_slice(note);
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&(count * 2).to_le_bytes());
    bytes.extend(samples);
    File { extension: "wav", media_type: "audio/wav", bytes }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_song_is_a_file_that_says_what_it_is() {
        let bytes = make(3).bytes;
        assert!(bytes.windows(9).any(|part| part == b"SIMULATED"));
        let size = u32::from_le_bytes(bytes[4..8].try_into().unwrap());
        assert_eq!(size as usize + 8, bytes.len());
        assert_ne!(bytes, make(4).bytes);
    }

    #[test]
    fn a_song_needs_lyrics_or_leave_to_do_without() {
        let refused = |value: Value| seed(value.as_object().unwrap()).err().map(|field| field.name);
        assert_eq!(refused(json!({ "prompt": "rain" })), Some("lyrics"));
        assert_eq!(refused(json!({ "is_instrumental": true })), Some("prompt"));
        assert_eq!(refused(json!({ "prompt": "rain", "lyrics": "x".repeat(3_501) })), Some("lyrics"));
        assert_eq!(refused(json!({ "prompt": "x".repeat(2_001), "lyrics": "la" })), Some("prompt"));
        assert_eq!(refused(json!({ "prompt": "rain", "is_instrumental": "no" })), Some("is_instrumental"));
        assert_eq!(refused(json!({ "prompt": "rain", "lyrics": "la la" })), None);
        assert_eq!(refused(json!({ "prompt": "rain", "lyrics_optimizer": true })), None);
    }
}
