//! What the API answered, as an agent is shown it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::{Media, MediaKind};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Most files of an answer that are pointed to.
const LINKS_MAX: usize = 100;

/// A picture that is sent along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What the API answered: the data of a success, or the error.
#[derive(Debug, Clone, PartialEq)]
pub enum Answered {
    /// The `data` of a success.
    Data(Value),
    /// Why there is none.
    Failed {
        /// The error's code.
        code: String,
        /// What it says, with its details.
        text: String,
    },
}

/// The JSON around every answer of the API.
#[derive(Default, Deserialize)]
struct Envelope {
    #[serde(default)]
    success: bool,
    #[serde(default)]
    data: Value,
    error: Option<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    code: String,
    message: String,
    details: Option<Value>,
}

impl Answered {
    /// Reads the body of an answer with this status.
    pub fn read(status: u16, body: &[u8]) -> Self {
        let Envelope { success, data, error } = serde_json::from_slice(body).unwrap_or_default();
        match error {
            _ if success && (200..300).contains(&status) => Self::Data(data),
            Some(Problem { code, message, details: None }) => Self::Failed { code, text: message },
            Some(Problem { code, message, details: Some(details) }) => {
                Self::Failed { code, text: format!("{message} {details}") }
            }
            None => {
                let text = format!("The API answered {status}; try again in a moment");
                Self::Failed { code: "INTERNAL_ERROR".to_owned(), text }
            }
        }
    }
}

/// The result of a tool.
pub(crate) fn result(answered: Answered, pictures: Vec<Picture>) -> Map<String, Value> {
    match answered {
        Answered::Data(data) => success(data, pictures),
        Answered::Failed { code, text } => failure(&format!("{code}: {text}")),
    }
}

/// The result of a tool that could not do it.
pub(crate) fn failure(text: &str) -> Map<String, Value> {
    let content = json!([{ "type": "text", "text": text }]);
    Map::from_iter([("content".to_owned(), content), ("isError".to_owned(), true.into())])
}

fn success(data: Value, pictures: Vec<Picture>) -> Map<String, Value> {
    let mut content = vec![json!({ "type": "text", "text": data.to_string() })];
    content.extend(files(&data).into_iter().take(LINKS_MAX).map(|url| {
        let name = file_name(url);
        match media(url) {
            Some(media) => json!({ "type": "resource_link", "uri": url, "name": name, "mimeType": media.media_type() }),
            None => json!({ "type": "resource_link", "uri": url, "name": name }),
        }
    }));
    content.extend(pictures.into_iter().map(|picture| {
        let data = STANDARD.encode(&picture.bytes);
        json!({ "type": "image", "data": data, "mimeType": picture.media_type })
    }));
    let data = if data.is_object() { data } else { json!({ "data": data }) };
    Map::from_iter([("content".to_owned(), Value::Array(content)), ("structuredContent".to_owned(), data)])
}

/// The URLs of what was made, each once.
pub(crate) fn files(data: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    for made in [data.get("result"), data.get("output")].into_iter().flatten() {
        collect(made, &mut found);
    }
    found
}

fn collect<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(url) if name.ends_with("url") && !found.contains(&url) => found.push(url),
                    _ => collect(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}

/// The media type of a file that agents can look at, by the ending of its URL.
pub fn extension_type(url: &str) -> Option<&'static str> {
    let media = media(url)?;
    (media.kind() == MediaKind::Image && media != Media::Svg).then(|| media.media_type())
}

fn media(url: &str) -> Option<Media> {
    let (_, extension) = file_name(url).rsplit_once('.')?;
    Media::ALL.iter().copied().find(|media| media.extension() == extension)
}

fn file_name(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: &str = "https://likeness.example/results/acct_1.task_1.0.png";

    #[test]
    fn what_was_made_is_pointed_to_once_and_sent_along() {
        let data = json!({ "result": { "type": "image", "url": PICTURE, "images": [{ "url": PICTURE }] } });
        let picture = Picture { media_type: "image/png", bytes: vec![1, 2, 3] };
        let result = success(data.clone(), vec![picture]);
        assert_eq!(result["structuredContent"], data);
        assert_eq!(result["content"][0], json!({ "type": "text", "text": data.to_string() }));
        let link =
            json!({ "type": "resource_link", "uri": PICTURE, "name": "acct_1.task_1.0.png", "mimeType": "image/png" });
        assert_eq!(result["content"][1], link);
        assert_eq!(result["content"][2], json!({ "type": "image", "data": "AQID", "mimeType": "image/png" }));
        assert_eq!(result["content"].as_array().map(Vec::len), Some(3));
    }

    #[test]
    fn a_tool_that_failed_says_what_the_api_said() {
        let body = br#"{"success":false,"error":{"code":"INSUFFICIENT_CREDITS","message":"Too few","details":[{"need":500}]}}"#;
        let result = result(Answered::read(402, body), Vec::new());
        assert_eq!(result["isError"], true);
        assert_eq!(result["content"][0]["text"], r#"INSUFFICIENT_CREDITS: Too few [{"need":500}]"#);
        let unreadable = Answered::read(502, b"<html>");
        assert!(matches!(unreadable, Answered::Failed { text, .. } if text.contains("502")));
    }

    #[test]
    fn only_pictures_of_dots_are_looked_at() {
        assert_eq!(extension_type(PICTURE), Some("image/png"));
        assert_eq!(extension_type("https://x.example/a.webp?b=c.svg"), Some("image/webp"));
        for other in ["https://x.example/a.svg", "https://x.example/a.mp4", "https://x.example/png", ""] {
            assert_eq!(extension_type(other), None, "{other}");
        }
    }
}
