//! The prompts: texts that people ask their agent to go by.

use serde_json::{Map, Value, json};

use crate::answer::{Fault, INVALID_PARAMS};

const NAME: &str = "photo_guidelines";
const SAYS: &str = "Which photos make a good character, and how to make one of them";

const GUIDELINES: &str = "Help me to choose photos of one person for a Likeness character, then create it.

Good photos:
- 10 to 30 of the same person, and nobody else on them.
- JPEG, PNG or WebP, at most 10 MB each; at least 512 pixels on the shorter side, 1024 is better.
- Sharp, and well lit; the face is large enough to be known, without sunglasses, masks or filters.
- Different: from the front, from the side and half turned; near and from further away; several expressions, clothes, places and lights. \
What is the same on all of them (a hat, a wall) becomes a part of the character.
- No two that are nearly the same.

Ask me first whether the person on them agreed to this. Say which of my photos do not fit, and why. Files that are only on my side are put where \
`create_upload` says, and its `publicUrl` is used. Tell me what it costs, and create the character with `create_character` only when I say so.";

/// What there is.
pub(crate) fn list() -> Map<String, Value> {
    let prompts = json!([{ "name": NAME, "title": "Photo guidelines", "description": SAYS }]);
    Map::from_iter([("prompts".to_owned(), prompts)])
}

/// The one of a name.
pub(crate) fn get(params: &Map<String, Value>) -> Result<Map<String, Value>, Fault> {
    if params.get("name").and_then(Value::as_str) != Some(NAME) {
        return Err(Fault::new(INVALID_PARAMS, format!("There is one prompt: {NAME}")));
    }
    let messages = json!([{ "role": "user", "content": { "type": "text", "text": GUIDELINES } }]);
    Ok(Map::from_iter([("description".to_owned(), SAYS.into()), ("messages".to_owned(), messages)]))
}
