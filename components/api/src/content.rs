//! A body that was read, and what is made of it.

use std::borrow::Cow;
use std::rc::Rc;

use json::Excess;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::room::{KEPT_COPIES, NODE_BYTES, Permit, REPORT_COPIES};
use crate::{Code, Error};

/// What some programs begin a text with: it says nothing in UTF-8.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A body, read whole, and the room that it takes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Content {
    bytes: Vec<u8>,
    permit: Option<Rc<Permit>>,
}

impl Content {
    /// A body, and the room that was taken for it.
    pub(crate) fn new(bytes: Vec<u8>, permit: Permit) -> Self {
        Self { bytes, permit: Some(Rc::new(permit)) }
    }

    /// The body as it came.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Lets go of the bytes; what was made of them keeps its room.
    pub(crate) fn forget(&mut self) {
        self.bytes = Vec::new();
    }

    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// Those of [`Self::text`], and [`Code::InvalidRequest`], which names the field.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let text = self.text()?;
        // serde would take an array for an object, its elements for the fields in their order.
        if !text.trim_ascii_start().starts_with('{') {
            return Err(Error::new(Code::InvalidRequest, "The body has to be an object"));
        }
        let mut deserializer = serde_json::Deserializer::from_str(&text);
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| explain(&error))
    }

    /// The body as a text that is JSON, has no name of an object twice, and can be made values of: there is room for them.
    ///
    /// # Errors
    /// [`Code::InvalidJson`], [`Code::InvalidRequest`], [`Code::StoreUnavailable`].
    pub(crate) fn text(&self) -> Result<Cow<'_, str>, Error> {
        let text = std::str::from_utf8(&self.bytes).map_err(|error| invalid_json(&error))?;
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        // The whole of it, so that a wrong field never hides that what follows is no JSON.
        serde_json::from_str::<IgnoredAny>(text).map_err(|error| invalid_json(&error))?;
        self.grow(json::nodes(text, json::NODES_MAX)?, KEPT_COPIES)?;
        if let Some(name) = json::repeated(text) {
            return Err(Error::new(Code::InvalidRequest, format!("`{name}`: is there twice in one object")));
        }
        Ok(json::whole_numbers(text))
    }

    /// Makes sure that a provider's report, JSON or not, can be made values of.
    ///
    /// # Errors
    /// [`Code::InvalidRequest`], [`Code::StoreUnavailable`].
    pub(crate) fn check_report(&self) -> Result<(), Error> {
        // What is no text is no report either, and found out by whoever reads it.
        let text = std::str::from_utf8(&self.bytes).unwrap_or_default();
        self.grow(json::nodes(text, json::REPORT_NODES_MAX)?, REPORT_COPIES)
    }

    fn grow(&self, nodes: usize, copies: usize) -> Result<(), Error> {
        let Some(permit) = &self.permit else { return Ok(()) };
        permit.resize(self.bytes.len().saturating_mul(copies).saturating_add(nodes.saturating_mul(NODE_BYTES)))
    }
}

impl From<Excess> for Error {
    fn from(excess: Excess) -> Self {
        Self::new(Code::InvalidRequest, excess.to_string())
    }
}

fn explain(error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    let (path, reason) = (error.path().to_string(), error.inner().to_string());
    // Where in the text it stands helps nobody whose client wrote the JSON.
    let reason = reason.split(" at line ").next().unwrap_or_default();
    let message = if path == "." { reason.to_owned() } else { format!("`{path}`: {reason}") };
    Error::new(Code::InvalidRequest, message)
}

fn invalid_json(reason: &dyn std::fmt::Display) -> Error {
    Error::new(Code::InvalidJson, format!("Invalid JSON body: {reason}"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::room::Room;

    fn object(text: &[u8]) -> Result<Map<String, Value>, Error> {
        Content { bytes: text.to_vec(), permit: None }.json()
    }

    #[test]
    fn a_body_of_more_values_than_there_can_be_use_for_is_refused_unread() {
        let many = format!("{{\"input\":[{}]}}", vec!["{\"\":0}"; 7_000].join(","));
        let refused = object(many.as_bytes()).unwrap_err();
        assert_eq!(refused.code, Code::InvalidRequest);
        assert!(refused.message.contains("20000 values and names"), "{}", refused.message);
        let deep = format!("{{\"input\":{}{}}}", "[".repeat(40), "]".repeat(40));
        let refused = object(deep.as_bytes()).unwrap_err();
        assert!(refused.message.contains("more than 32 deep"), "{}", refused.message);
    }

    #[test]
    fn a_body_is_made_nothing_of_where_there_is_no_room_for_that() {
        let room = Room::of(1_000);
        let with = |text: &str, permit| Content::new(text.into(), permit);
        let small = with("{\"a\":1}", room.take(21).unwrap());
        assert!(small.json::<Map<String, Value>>().is_ok());
        let second = with("{\"a\":1}", room.take(21).unwrap());
        assert_eq!(second.text().unwrap_err().code, Code::StoreUnavailable);
        drop(small);
        assert!(second.text().is_ok());
    }

    #[test]
    fn what_common_programs_write_is_read() {
        let expected = json!({ "n": 2, "x": 2.5, "none": null });
        let read = object(b"\xef\xbb\xbf{\"n\":2.0,\"x\":2.5,\"none\":null}").unwrap();
        assert_eq!(Value::Object(read), expected);
        let refused = object(b"{\"n\":1,\"n\":1}").unwrap_err();
        assert_eq!(
            (refused.code, refused.message.as_str()),
            (Code::InvalidRequest, "`n`: is there twice in one object")
        );
    }
}
