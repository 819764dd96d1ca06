//! The parameters of a model.

use std::ops::RangeInclusive;

use domain::limits::PROMPT_CHARS_MAX;
use serde::Deserialize;
use serde_json::{Map, Number, Value};

use crate::address::Address;
use crate::error::{InvalidEntry, InvalidInput};
use crate::kind::{Kind, WHOLE_MAX, whole};
use crate::when::When;

/// The parameter that is the prompt.
pub(crate) const PROMPT: &str = "prompt";

/// The most bytes of a parameter's name.
const NAME_BYTES_MAX: usize = 64;

/// The most files of a list that does not say how many it can have.
const URLS_MAX: usize = 16;

/// A parameter as a catalogue has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    name: String,
    r#type: Type,
    #[serde(default)]
    required: bool,
    min: Option<Number>,
    max: Option<Number>,
    #[serde(default)]
    r#enum: Vec<Value>,
    default: Option<Value>,
    #[serde(default)]
    data_uri: bool,
    #[serde(default)]
    when: When,
    description: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Type {
    String,
    Text,
    Integer,
    Number,
    Boolean,
    Url,
    Urls,
}

/// A parameter. One that is another thing in another mode is there once for each, with a condition.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    pub(crate) default: Option<Value>,
    pub(crate) when: When,
    pub(crate) description: String,
}

/// All parameters of a model, in the order of the catalogue.
#[derive(Debug, Clone)]
pub(crate) struct Parameters(Vec<Parameter>);

impl Parameters {
    /// Reads and checks them.
    pub(crate) fn new(entries: Vec<Entry>) -> Result<Self, InvalidEntry> {
        let read = entries
            .into_iter()
            .enumerate()
            .map(|(place, entry)| Parameter::new(entry).map_err(|invalid| invalid.within(&format!("[{place}]"))));
        let parameters = Self(read.collect::<Result<_, _>>()?);
        for (place, parameter) in parameters.0.iter().enumerate() {
            let mut others = parameters.0.iter().enumerate().filter(|(other, _)| *other != place);
            if others.any(|(_, other)| other.name == parameter.name && other.when.is_always()) {
                return Err(InvalidEntry::new(
                    format!("[{place}].name"),
                    "is there twice, and not always with a `when`",
                ));
            }
            parameters.check(&parameter.when).map_err(|invalid| invalid.within(&format!("[{place}]")))?;
        }
        Ok(parameters)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Parameter> {
        self.0.iter()
    }

    /// Those with this name, one for each mode.
    pub(crate) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Parameter> {
        self.0.iter().filter(move |parameter| parameter.name == name)
    }

    /// Whether the one with this name can always be left out, and can have all of these values.
    pub(crate) fn take_any(&self, name: &str, values: RangeInclusive<i64>) -> bool {
        let mut named = self.named(name);
        let any = |parameter: &Parameter| {
            let all = matches!(&parameter.kind, Kind::Integer(range) if range.contains(values.start()) && range.contains(values.end()));
            all && parameter.when.is_always() && !parameter.required && parameter.default.is_none()
        };
        named.next().is_some_and(any) && named.next().is_none()
    }

    /// Finds what in a condition could never hold, or would not be known.
    pub(crate) fn check(&self, when: &When) -> Result<(), InvalidEntry> {
        for (name, value) in when.values() {
            let parameter = self.settled(name).map_err(|reason| InvalidEntry::new(format!("when.{name}"), reason))?;
            if parameter.kind.accept(value).as_ref() != Ok(value) {
                return Err(InvalidEntry::new(format!("when.{name}"), "is no value that the parameter can have"));
            }
        }
        Ok(())
    }

    /// A parameter that has a value in every input, or why it is none.
    pub(crate) fn settled(&self, name: &str) -> Result<&Parameter, &'static str> {
        let parameter =
            self.0.iter().find(|parameter| parameter.name == name).ok_or("is no parameter of this model")?;
        if !parameter.when.is_always() {
            return Err("counts only under a condition itself");
        }
        let has_value = parameter.required || parameter.default.is_some();
        has_value.then_some(parameter).ok_or("is neither required nor has a `default`")
    }

    /// Those that count when the ones without a condition have these values; of several with one name the first.
    pub(crate) fn under(&self, values: &Map<String, Value>) -> Vec<&Parameter> {
        let mut found: Vec<&Parameter> = Vec::new();
        for parameter in self.0.iter().filter(|parameter| !parameter.when.is_always()) {
            if parameter.when.holds(values) && found.iter().all(|other| other.name != parameter.name) {
                found.push(parameter);
            }
        }
        found
    }
}

impl Parameter {
    fn new(entry: Entry) -> Result<Self, InvalidEntry> {
        let name_byte = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if !(1..=NAME_BYTES_MAX).contains(&entry.name.len()) || !entry.name.bytes().all(name_byte) {
            return Err(InvalidEntry::new("name", format!("has to be 1 to {NAME_BYTES_MAX} of a-z, 0-9 and _")));
        }
        let kind = entry.kind()?;
        if entry.name == PROMPT && !matches!(kind, Kind::Text { .. }) {
            return Err(InvalidEntry::new("type", "of a prompt has to be string or text, without `enum`"));
        }
        if entry.required && entry.default.is_some() {
            return Err(InvalidEntry::new("default", "is of no use where the parameter is required"));
        }
        let default = entry.default.map(|value| kind.accept(&value)).transpose();
        let default = default.map_err(|reason| InvalidEntry::new("default", reason))?;
        let Entry { name, required, when, description, .. } = entry;
        Ok(Self { name, kind, required, default, when, description })
    }

    /// Returns the value that counts: the given one, or the default.
    pub(crate) fn take(&self, input: &Map<String, Value>) -> Result<Option<Value>, InvalidInput> {
        let given = input.get(&self.name).filter(|value| !value.is_null());
        let blank = given.and_then(Value::as_str).is_some_and(|text| text.trim().is_empty());
        match given {
            Some(value) if !(self.required && blank) => {
                self.kind.accept(value).map(Some).map_err(|reason| InvalidInput::invalid(&self.name, reason))
            }
            _ if self.required => Err(self.missing()),
            _ => Ok(self.default.clone()),
        }
    }

    fn missing(&self) -> InvalidInput {
        if self.name == PROMPT {
            return InvalidInput::MissingPrompt;
        }
        let when = if self.when.is_always() { String::new() } else { format!(" {}", self.when) };
        InvalidInput::invalid(&self.name, format!("is required{when}"))
    }
}

impl Entry {
    fn kind(&self) -> Result<Kind, InvalidEntry> {
        let is_address = matches!(self.r#type, Type::Url | Type::Urls);
        if self.data_uri && !is_address {
            return Err(InvalidEntry::new("data_uri", "is for the types url and urls only"));
        }
        if !self.r#enum.is_empty() {
            return self.choice();
        }
        let address = if self.data_uri { Address::UrlOrPicture } else { Address::Url };
        let unlimited = || match (&self.min, &self.max) {
            (None, None) => Ok(()),
            (Some(_), _) => Err(InvalidEntry::new("min", "has no meaning for this type")),
            (None, Some(_)) => Err(InvalidEntry::new("max", "has no meaning for this type")),
        };
        Ok(match self.r#type {
            Type::String | Type::Text => {
                Kind::Text { chars: self.size(0, PROMPT_CHARS_MAX)?, lines: self.r#type == Type::Text }
            }
            Type::Integer => Kind::Integer(self.range(-WHOLE_MAX, WHOLE_MAX, |number| whole(&Value::from(number)))?),
            Type::Number => Kind::Number(self.range(f64::MIN, f64::MAX, |number| number.as_f64())?),
            Type::Boolean => unlimited().map(|()| Kind::Boolean)?,
            Type::Url => unlimited().map(|()| Kind::Url(address))?,
            Type::Urls => Kind::Urls { items: self.size(usize::from(self.required), URLS_MAX)?, address },
        })
    }

    fn choice(&self) -> Result<Kind, InvalidEntry> {
        let fits = |value: &Value| match self.r#type {
            Type::String => value.is_string(),
            Type::Integer => value.is_i64(),
            _ => false,
        };
        if !self.r#enum.iter().all(fits) {
            return Err(InvalidEntry::new("enum", "is for the types string and integer, and has only such values"));
        }
        if self.min.is_some() || self.max.is_some() {
            return Err(InvalidEntry::new("enum", "says all that there is to say; leave `min` and `max` out"));
        }
        Ok(Kind::Choice(self.r#enum.clone()))
    }

    fn size(&self, least: usize, most: usize) -> Result<RangeInclusive<usize>, InvalidEntry> {
        self.range(least, most, |number| number.as_u64().and_then(|number| usize::try_from(number).ok()))
    }

    fn range<T: PartialOrd>(
        &self,
        least: T,
        most: T,
        read: impl Fn(Number) -> Option<T>,
    ) -> Result<RangeInclusive<T>, InvalidEntry> {
        let limit = |name: &str, number: &Option<Number>, otherwise: T| match number.clone() {
            None => Ok(otherwise),
            Some(number) => read(number).ok_or_else(|| InvalidEntry::new(name, "is no limit for this type")),
        };
        let (least, most) = (limit("min", &self.min, least)?, limit("max", &self.max, most)?);
        if least > most {
            return Err(InvalidEntry::new("min", "is above `max`"));
        }
        Ok(least..=most)
    }
}
