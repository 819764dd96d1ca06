//! Objects within a body. What serde derives takes an array for an object, its elements for the fields in their order; the document says that
//! it is an object.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor};

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

/// Reads an object that may have one field more than its type, of this name; `null` is as good as nothing.
///
/// # Errors
/// What is wrong with either.
pub(crate) fn and<'de, D: Deserializer<'de>, T: Deserialize<'de>, F: Deserialize<'de>>(
    deserializer: D,
    name: &'static str,
) -> Result<(T, Option<F>), D::Error> {
    deserializer.deserialize_map(And(name, PhantomData))
}

struct And<T, F>(&'static str, PhantomData<(T, F)>);

impl<'de, T: Deserialize<'de>, F: Deserialize<'de>> Visitor<'de> for And<T, F> {
    type Value = (T, Option<F>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let mut field = None;
        let rest = Without { map, name: self.0, field: &mut field };
        let read = T::deserialize(MapAccessDeserializer::new(rest))?;
        Ok((read, field))
    }
}

/// An object but for one of its fields, which is set aside.
struct Without<'a, A, F> {
    map: A,
    name: &'static str,
    field: &'a mut Option<F>,
}

impl<'de, A: MapAccess<'de>, F: Deserialize<'de>> MapAccess<'de> for Without<'_, A, F> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.map.next_key::<String>()? {
            if key != self.name {
                return seed.deserialize(key.into_deserializer()).map(Some);
            }
            *self.field = self.map.next_value()?;
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
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

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Few {
        n: Option<u8>,
    }

    #[test]
    fn one_field_more_is_read_and_no_other() {
        let read = |body| super::and::<_, Few, u8>(body, "more").map(|(few, more)| (few.n, more));
        assert_eq!(read(json!({ "n": 1, "more": 2 })).unwrap(), (Some(1), Some(2)));
        assert_eq!(read(json!({ "more": 2, "n": 1 })).unwrap(), (Some(1), Some(2)));
        assert_eq!(read(json!({ "more": null })).unwrap(), (None, None));
        assert_eq!(read(json!({})).unwrap(), (None, None));
        for wrong in [json!({ "other": 1 }), json!({ "more": "a" }), json!({ "more": 2, "n": "a" }), json!([1])] {
            assert!(read(wrong).is_err());
        }
    }
}
