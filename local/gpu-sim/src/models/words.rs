//! A language model that is shown photos. What it says of each is by its address: nobody looks at it.

use serde_json::{Value, json};

/// The most pictures that it takes.
pub(super) const IMAGES_MAX: usize = 10;
/// It says so many characters at a time.
const PIECE_CHARS: usize = 7;

/// What it says of pictures, in pieces, as it comes to it; with words around, as such models put them.
pub(super) fn about(urls: &[&str]) -> Vec<String> {
    let seen: Vec<Value> = urls.iter().map(|url| seen(url)).collect();
    let says = format!("Here is what I see:\n```json\n{}\n```", json!(seen));
    let says: Vec<char> = says.chars().collect();
    says.chunks(PIECE_CHARS).map(|piece| piece.iter().collect()).collect()
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
