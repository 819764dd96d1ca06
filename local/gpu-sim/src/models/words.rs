//! A language model that is shown photos. What it says of each is by its address: nobody looks at it.

use serde_json::{Map, Value, json};

use crate::field::BadField;

/// The most pictures that it takes.
const IMAGES_MAX: usize = 10;
/// It says so many characters at a time.
const PIECE_CHARS: usize = 7;

/// What it says, in pieces, as it comes to it; with words around, as such models put them.
pub(super) fn about(input: &Map<String, Value>) -> Result<Vec<String>, BadField> {
    super::required(input, "prompt")?;
    let images = input.get("images").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if images.len() > IMAGES_MAX {
        return Err(super::bad("images", "has to be at most 10 images"));
    }
    let seen: Vec<Value> = images.iter().filter_map(Value::as_str).map(seen).collect();
    let says = format!("Here is what I see:\n```json\n{}\n```", json!(seen));
    let says: Vec<char> = says.chars().collect();
    Ok(says.chunks(PIECE_CHARS).map(|piece| piece.iter().collect()).collect())
}

fn seen(url: &str) -> Value {
    let has = |word: &str| url.contains(word);
    let faces = match (has("nobody"), has("crowd")) {
        (true, _) => 0,
        (_, true) => 5,
        (false, false) => 1,
    };
    let percent = if has("far") { 4.5 } else { 40.0 };
    json!({ "faces": faces, "face_percent": percent, "sunglasses": has("shades") })
}
