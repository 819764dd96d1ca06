//! A file with a signed document in it: the API's answer, its `data`, or the `jws` alone.

use anyhow::{Context, Result, bail};
use proof::{Kind, Verified};
use serde_json::Value;

/// A signed document, and what can be read beside it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Document {
    /// The document.
    pub(super) jws: String,
    /// Every copy of what it says, by the name that it has.
    readable: Vec<(&'static str, Value)>,
}

impl Document {
    /// Finds the document in a text.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        if !text.starts_with('{') {
            return Ok(Self { jws: text.to_owned(), readable: Vec::new() });
        }
        let value: Value = serde_json::from_str(text).context("the file is no JSON")?;
        // Of two of one name programs take one or the other: a reader would see what was not compared.
        if let Some(name) = json::repeated(text) {
            bail!("`{name}` is there twice in one object");
        }
        let has_jws = |value: &&Value| value.get("jws").is_some_and(Value::is_string);
        let found = [Some(&value), value.get("data")]
            .into_iter()
            .flatten()
            .find(has_jws)
            .context("there is no `jws` in the file")?;
        let jws = found.get("jws").and_then(Value::as_str).unwrap_or_default().to_owned();
        let copy = |kind: Kind| Some((kind.field(), found.get(kind.field())?.clone()));
        Ok(Self { jws, readable: Kind::ALL.into_iter().filter_map(copy).collect() })
    }

    /// Makes sure that what can be read is what was signed.
    pub(super) fn check_readable(&self, verified: &Verified) -> Result<()> {
        for (name, copy) in &self.readable {
            if *name != verified.kind.field() || *copy != verified.payload {
                bail!("what is signed is genuine, and the `{name}` beside it says something else");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_is_found_wherever_it_is() {
        let (jws, recipe) = ("a.b.c", json!({ "seed": 7 }));
        let bare = json!({ "recipe": recipe, "jws": jws });
        let expected = Document { jws: jws.to_owned(), readable: vec![("recipe", recipe)] };
        assert_eq!(Document::parse(&bare.to_string()).unwrap(), expected);
        assert_eq!(Document::parse(&json!({ "success": true, "data": bare }).to_string()).unwrap(), expected);
        assert_eq!(Document::parse(" a.b.c\n").unwrap(), Document { jws: jws.to_owned(), readable: Vec::new() });
        for bad in ["{", "{}", r#"{"jws":1}"#, r#"{"data":{}}"#, r#"{"jws":"a.b.c","recipe":{"seed":1,"seed":2}}"#] {
            assert!(Document::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_copy_that_says_something_else_is_told() {
        let verified = Verified { kind: Kind::Recipe, key_id: String::new(), payload: json!({ "seed": 7 }) };
        let check = |beside: Value| Document::parse(&beside.to_string()).unwrap().check_readable(&verified);
        assert!(check(json!({ "jws": "a", "recipe": { "seed": 7 } })).is_ok());
        assert!(check(json!({ "jws": "a" })).is_ok(), "there is none");
        assert!(check(json!({ "jws": "a", "recipe": { "seed": 8 } })).is_err());
        assert!(check(json!({ "jws": "a", "receipt": { "seed": 7 } })).is_err(), "it is of another kind");
    }
}
