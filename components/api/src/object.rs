//! Objects within a body. What serde derives takes an array for an object, its elements for the fields in their order; the document says that
//! it is an object.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

/// Reads an object, or nothing for `null`: for `#[serde(default, deserialize_with = "object::read")]`.
pub(crate) fn read<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_any(Object(PhantomData))
}

struct Object<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[derive(Debug, serde::Deserialize)]
    struct Body {
        #[serde(default, deserialize_with = "super::read")]
        inner: Option<Inner>,
    }

    #[derive(Debug, serde::Deserialize)]
    struct Inner {
        n: Option<u8>,
    }

    #[test]
    fn an_object_is_read_and_an_array_is_none() {
        let read = |body| serde_json::from_value::<Body>(body).map(|body| body.inner.map(|inner| inner.n));
        assert_eq!(read(json!({ "inner": { "n": 1 } })).unwrap(), Some(Some(1)));
        assert_eq!(read(json!({ "inner": {} })).unwrap(), Some(None));
        assert_eq!((read(json!({ "inner": null })).unwrap(), read(json!({})).unwrap()), (None, None));
        for other in [json!([1]), json!([]), json!(1), json!("n"), json!(true)] {
            assert!(read(json!({ "inner": other })).unwrap_err().to_string().contains("expected an object"));
        }
    }
}
