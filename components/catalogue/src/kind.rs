//! What a parameter's value can be, and how a given value is checked against it.

use std::ops::RangeInclusive;

use serde_json::Value;

use crate::address::Address;

/// The largest whole number, either way, that every JSON reader holds exactly.
pub(crate) const WHOLE_MAX: i64 = (1 << 53) - 1;

/// The values that a parameter can have.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// One of these: strings, or whole numbers.
    Choice(Vec<Value>),
    /// Text of so many characters.
    Text {
        chars: RangeInclusive<usize>,
        /// Whether it can have several lines. One line has no control characters.
        lines: bool,
    },
    /// A whole number.
    Integer(RangeInclusive<i64>),
    /// Any number.
    Number(RangeInclusive<f64>),
    /// Yes or no.
    Boolean,
    /// The address of a file.
    Url(Address),
    /// The addresses of so many files.
    Urls { items: RangeInclusive<usize>, address: Address },
}

/// Every name of a type, as `GET /models` and a catalogue have them.
pub(crate) const TYPE_NAMES: [&str; 7] = ["string", "text", "integer", "number", "boolean", "url", "urls"];

impl Kind {
    /// Returns the value as it counts, or what has to change.
    pub(crate) fn accept(&self, given: &Value) -> Result<Value, String> {
        match self {
            Self::Choice(choices) => {
                let given = whole(given).map_or_else(|| given.clone(), Value::from);
                choices.contains(&given).then_some(given).ok_or_else(|| format!("has to be one of {}", list(choices)))
            }
            Self::Text { chars, lines } => text(given, chars, *lines),
            Self::Integer(range) => whole(given)
                .filter(|number| range.contains(number))
                .map(Value::from)
                .ok_or_else(|| format!("has to be a whole number from {} to {}", range.start(), range.end())),
            Self::Number(range) => given
                .as_f64()
                .filter(|number| range.contains(number))
                .map(|_| given.clone())
                .ok_or_else(|| format!("has to be a number from {} to {}", range.start(), range.end())),
            Self::Boolean => {
                given.is_boolean().then(|| given.clone()).ok_or_else(|| "has to be true or false".to_owned())
            }
            Self::Url(address) => address.check(given).map(|()| given.clone()),
            Self::Urls { items, address } => {
                let urls = given.as_array().filter(|urls| items.contains(&urls.len()));
                let urls = urls.ok_or_else(|| format!("has to be a list of {} URLs", span(items)))?;
                for (place, url) in (1_usize..).zip(urls) {
                    address.check(url).map_err(|reason| format!("cannot be used: number {place} of it {reason}"))?;
                }
                Ok(given.clone())
            }
        }
    }

    /// The values there are, as the keys of a table have them; none where there is no end of them.
    pub(crate) fn keys(&self) -> Option<Vec<String>> {
        match self {
            Self::Choice(choices) => Some(choices.iter().filter_map(key).collect()),
            Self::Boolean => Some(vec!["false".to_owned(), "true".to_owned()]),
            _ => None,
        }
    }

    /// The type as a catalogue and `GET /models` have it.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Choice(choices) if choices.iter().all(Value::is_i64) => "integer",
            Self::Choice(_) | Self::Text { lines: false, .. } => "string",
            Self::Text { lines: true, .. } => "text",
            Self::Integer(_) => "integer",
            Self::Number(_) => "number",
            Self::Boolean => "boolean",
            Self::Url(_) => "url",
            Self::Urls { .. } => "urls",
        }
    }
}

/// A value as the key of a table; none for what is none.
pub(crate) fn key(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) => Some(value.to_string()),
        Value::Number(number) => number.as_i64().map(|number| number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The whole number that a value is; 30.0 is one, 30.5 is not.
#[expect(clippy::cast_possible_truncation, reason = "a whole number that an f64 holds exactly fits")]
#[expect(clippy::cast_precision_loss, reason = "the bound is such a number")]
pub(crate) fn whole(value: &Value) -> Option<i64> {
    let exact = |number: &f64| number.fract() == 0.0 && number.abs() <= WHOLE_MAX as f64;
    value.as_i64().or_else(|| value.as_f64().filter(exact).map(|number| number as i64))
}

fn text(given: &Value, chars: &RangeInclusive<usize>, lines: bool) -> Result<Value, String> {
    let text = given.as_str().ok_or("has to be a string")?;
    let count = text.chars().count();
    if !chars.contains(&count) {
        return Err(format!("has to have {} characters, not {count}", span(chars)));
    }
    if text.contains('\0') || (!lines && text.chars().any(char::is_control)) {
        return Err("has to be without control characters".to_owned());
    }
    Ok(given.clone())
}

fn span(range: &RangeInclusive<usize>) -> String {
    match (range.start(), range.end()) {
        (0, most) => format!("at most {most}"),
        (least, most) if least == most => format!("exactly {most}"),
        (least, most) => format!("{least} to {most}"),
    }
}

fn list(choices: &[Value]) -> String {
    choices.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
