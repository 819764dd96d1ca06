//! What a model saw on photos, read from what it wrote: JSON, or a text with JSON in it, as language models write it.

use domain::Seen;
use serde_json::{Value, json};

/// The field of an object that has a list for the photos.
const PHOTOS: &str = "photos";

/// What was seen on so many photos, in their order, by what a model says.
///
/// # Errors
/// Why it cannot be told, in words that follow "what the provider made".
pub fn read(said: &Value, photos: usize) -> Result<Vec<Seen>, String> {
    let value = said.as_str().map_or_else(|| Some(said.clone()), in_text).ok_or("has no JSON in it")?;
    let list = value.get(PHOTOS).unwrap_or(&value).as_array().ok_or("has no list in it")?;
    if list.len() != photos {
        return Err(format!("tells of {} photos, and should of {photos}", list.len()));
    }
    let one = |(n, photo)| seen(photo).ok_or_else(|| format!("does not tell what is on photo {n}"));
    (1_usize..).zip(list).map(one).collect()
}

/// The JSON in a text: from its first bracket to its last.
fn in_text(text: &str) -> Option<Value> {
    let (first, last) = (text.find(['[', '{'])?, text.rfind([']', '}'])?);
    serde_json::from_str(text.get(first..=last)?).ok()
}

fn seen(photo: &Value) -> Option<Seen> {
    let faces = u8::try_from(photo.get("faces")?.as_u64()?).unwrap_or(u8::MAX);
    let percent = |value: &Value| value.as_u64().or_else(|| value.as_f64().map(whole));
    let face_percent = photo.get("face_percent").and_then(percent).and_then(|percent| u8::try_from(percent).ok());
    let sunglasses = photo.get("sunglasses").and_then(Value::as_bool).unwrap_or_default();
    Some(Seen { faces, face_percent: face_percent.filter(|percent| *percent <= 100), sunglasses })
}

/// A percentage without its fraction; nothing that is none becomes one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what does not fit is no percentage and cut to one that is refused"
)]
const fn whole(percent: f64) -> u64 {
    percent as u64
}

/// The report as it is kept: what was seen, and what the owner of the photos may want to change.
pub fn write(photos: &[Seen]) -> Vec<u8> {
    let numbered = (1_usize..).zip(photos).map(|(image, seen)| {
        let Seen { faces, face_percent, sunglasses } = seen;
        json!({ "image": image, "faces": faces, "face_percent": face_percent, "sunglasses": sunglasses })
    });
    let report = json!({ "photos": numbered.collect::<Vec<_>>(), "warnings": Seen::warnings(photos) });
    report.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(faces: u8, face_percent: Option<u8>, sunglasses: bool) -> Seen {
        Seen { faces, face_percent, sunglasses }
    }

    #[test]
    fn a_text_with_words_around_is_read_like_json() {
        let list = json!([{ "faces": 1, "face_percent": 41.7, "sunglasses": true }, { "faces": 0 }]);
        let text = format!("Here it is:\n```json\n{list}\n```");
        let seen = [one(1, Some(41), true), one(0, None, false)];
        for said in [list.clone(), json!({ "photos": list }), text.into(), json!({ "photos": list }).to_string().into()]
        {
            assert_eq!(read(&said, 2).unwrap(), seen, "{said}");
        }
    }

    #[test]
    fn what_does_not_tell_of_every_photo_is_none() {
        for (text, reason) in [
            ("I cannot help with that.", "no JSON"),
            ("[{\"faces\": 1}", "no JSON"),
            ("{}", "no list"),
            ("[]", "0 photos"),
            ("[{\"faces\": 1}, {\"faces\": 1}, {\"faces\": 1}]", "3 photos"),
            ("[{\"faces\": 1}, {}]", "photo 2"),
            ("[{\"faces\": -1}, {\"faces\": 1}]", "photo 1"),
        ] {
            let refused = read(&text.into(), 2).unwrap_err();
            assert!(refused.contains(reason), "{text}: {refused}");
        }
    }

    #[test]
    fn a_share_that_is_none_is_not_told() {
        for percent in ["101", "-3", "1e300", "null", "\"40\""] {
            let text = format!("[{{\"faces\": 300, \"face_percent\": {percent}}}]");
            let seen = read(&text.into(), 1).unwrap();
            let expected = if percent == "-3" { Some(0) } else { None };
            assert_eq!(seen, [one(u8::MAX, expected, false)], "{percent}");
        }
    }
}
