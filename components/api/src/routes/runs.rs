//! Runs of the catalogue's models: begun, or only priced. Both take the same body, in the three forms that the vendor's own documents have:
//! `{model, input}`, a `prompt` beside them, and the older `options` in camel case.

pub(crate) mod estimate;
pub(crate) mod generate;

use domain::limits::PHOTO_URL_BYTES_MAX;
use lifecycle::Ports;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::wire::Request;
use crate::{Code, Error, checks};

/// What a run can be refused for, before anything is held.
pub(crate) const REFUSALS: [Code; 4] =
    [Code::InvalidModel, Code::MissingPrompt, Code::InvalidImageUrl, Code::InvalidWebhookUrl];

/// What a caller sends.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Generate {
    /// A model of `GET /api/v1/models`.
    #[schemars(required, length(min = 1))]
    model: Option<String>,
    /// The model's parameters.
    input: Option<Map<String, Value>>,
    /// The prompt, where it is not among them.
    prompt: Option<String>,
    /// The older form of `input`: `aspectRatio`, `resolution`, `duration`, `image`.
    options: Option<Map<String, Value>>,
    /// Where to tell of the end: a public HTTP(S) URL.
    #[schemars(url, length(max = PHOTO_URL_BYTES_MAX))]
    webhook_url: Option<String>,
}

/// What is asked for, in the form of today.
struct Asked {
    model: String,
    input: Map<String, Value>,
    webhook_url: Option<String>,
}

fn read<P: Ports, B>(ports: &P, request: &mut Request<B>) -> Result<Asked, Error> {
    let Generate { model, input, prompt, options, webhook_url } = request.json()?;
    let model = model.filter(|model| !model.trim().is_empty());
    let model = model.ok_or_else(|| Error::new(Code::MissingModel, "model is required"))?;
    let mut all = options.map(modern).unwrap_or_default();
    all.extend(prompt.map(|prompt| ("prompt".to_owned(), Value::from(prompt))));
    // What is said in the form of today counts most.
    all.extend(input.unwrap_or_default());
    Ok(Asked { model, input: all, webhook_url: checks::webhook_url(ports, webhook_url)? })
}

/// The older form's names as they are today.
fn modern(options: Map<String, Value>) -> Map<String, Value> {
    let rename = |(name, value): (String, Value)| match name.as_str() {
        "aspectRatio" => ("aspect_ratio".to_owned(), value),
        "image" => ("image_urls".to_owned(), Value::Array(vec![value])),
        "outputFormat" => ("output_format".to_owned(), value),
        _ => (name, value),
    };
    options.into_iter().map(rename).collect()
}

/// A body, for the document.
fn example() -> Value {
    json!({ "model": "flux-2-pro-text-to-image", "input": { "prompt": "A lighthouse in a storm", "aspect_ratio": "16:9" } })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_older_form_is_understood() {
        let Value::Object(options) = json!({ "aspectRatio": "16:9", "image": "https://a", "duration": 10 }) else {
            return;
        };
        let expected = json!({ "aspect_ratio": "16:9", "image_urls": ["https://a"], "duration": 10 });
        assert_eq!(Value::Object(modern(options)), expected);
    }
}
