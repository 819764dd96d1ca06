//! A model: what it takes, what it costs, and who has it.

use std::collections::BTreeMap;

use domain::{Credits, INSPECTED_PHOTOS, MediaKind, ProviderName, Run};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::{InvalidEntry, InvalidInput};
use crate::kind::Kind;
use crate::offer::{self, Offer};
use crate::parameter::{self, PROMPT, Parameter, Parameters};
use crate::price::{Measure, Measured, Price};
use crate::purpose::Purpose;
use crate::schema;

/// The most bytes of an id.
const ID_BYTES_MAX: usize = 64;
/// The most characters of a name.
const NAME_CHARS_MAX: usize = 100;
/// The most files that a run makes.
const COUNT_MAX: u8 = 8;
/// The most parameters that are named as ignored, and the most characters of each: callers make them up.
const IGNORED_MAX: usize = 32;
const IGNORED_CHARS_MAX: usize = 64;

/// A model as a catalogue has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    id: String,
    #[serde(default)]
    aliases: Vec<String>,
    name: String,
    media: MediaKind,
    #[serde(default)]
    kind: Option<Purpose>,
    #[serde(default = "one")]
    count: u8,
    input: Vec<parameter::Entry>,
    price: Price,
    #[serde(default)]
    references: Option<ReferencesEntry>,
    providers: BTreeMap<ProviderName, offer::Entry>,
}

/// That a model keeps who is on the photos that it gets, as a catalogue has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReferencesEntry {
    photos: String,
    #[serde(default)]
    price: Credits,
}

/// How a model keeps who is on the photos that it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct References {
    /// The parameter that takes the photos' addresses.
    pub photos: String,
    /// How many it takes.
    pub max: usize,
    /// What it costs to keep photos for it.
    pub price: Credits,
}

impl ReferencesEntry {
    fn checked(self, parameters: &Parameters) -> Result<References, InvalidEntry> {
        let Self { photos, price } = self;
        let max = parameters.named(&photos).find_map(|parameter| match &parameter.kind {
            Kind::Urls { items, .. } => Some(*items.end()),
            _ => None,
        });
        let max = max.ok_or_else(|| InvalidEntry::new("photos", "has to name a parameter of the type `urls`"))?;
        Ok(References { photos, max, price })
    }
}

const fn one() -> u8 {
    1
}

/// A model of the catalogue.
#[derive(Debug, Clone)]
pub struct Model {
    pub(crate) id: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) name: String,
    pub(crate) media: MediaKind,
    pub(crate) purpose: Option<Purpose>,
    pub(crate) count: u8,
    pub(crate) parameters: Parameters,
    pub(crate) price: Price,
    references: Option<References>,
    offers: BTreeMap<ProviderName, Offer>,
}

/// An input that a model takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The prompt as the caller wrote it, where there is one.
    pub prompt: Option<String>,
    /// The other parameters that count, defaults included.
    pub params: Map<String, Value>,
    /// What was sent besides: unknown, or without effect together with the rest. Cut where it is much.
    pub ignored: Vec<String>,
}

impl Model {
    /// Reads and checks an entry.
    pub(crate) fn new(entry: Entry) -> Result<Self, InvalidEntry> {
        if !is_id(&entry.id, "") {
            return Err(InvalidEntry::new("id", format!("has to be 1 to {ID_BYTES_MAX} of a-z, 0-9, `.` and `-`")));
        }
        if let Some(place) = entry.aliases.iter().position(|alias| !is_id(alias, "/_")) {
            let reason = format!("has to be 1 to {ID_BYTES_MAX} of a-z, 0-9, `.`, `-`, `_` and `/`");
            return Err(InvalidEntry::new(format!("aliases[{place}]"), reason));
        }
        let named = (1..=NAME_CHARS_MAX).contains(&entry.name.trim().chars().count());
        if !named || entry.name.chars().any(char::is_control) {
            return Err(InvalidEntry::new("name", format!("has to be 1 to {NAME_CHARS_MAX} printable characters")));
        }
        if let Some(other) = entry.kind.map(Purpose::media).filter(|media| *media != entry.media) {
            return Err(InvalidEntry::new(
                "kind",
                format!("does not fit `media`: such a model makes {}", other.as_str()),
            ));
        }
        let is_report = entry.media == MediaKind::Report;
        if is_report && entry.count != 1 {
            return Err(InvalidEntry::new("count", "has to be 1: all photos of a run are in one report"));
        }
        if !(1..=COUNT_MAX).contains(&entry.count) {
            return Err(InvalidEntry::new("count", format!("has to be from 1 to {COUNT_MAX}")));
        }
        let parameters = Parameters::new(entry.input).map_err(|invalid| invalid.within("input"))?;
        if is_report && !parameters.named(INSPECTED_PHOTOS).any(|parameter| matches!(parameter.kind, Kind::Urls { .. }))
        {
            let reason =
                format!("has to have `{INSPECTED_PHOTOS}`, of the type `urls`: the photos that the report is about");
            return Err(InvalidEntry::new("input", reason));
        }
        entry.price.check(&parameters).map_err(|invalid| invalid.within("price"))?;
        let references = entry.references.map(|references| references.checked(&parameters)).transpose();
        let references = references.map_err(|invalid| invalid.within("references"))?;
        let offers = entry.providers.into_iter().map(|(provider, offer)| {
            let offer = Offer::new(provider, offer, &parameters);
            offer.map(|offer| (provider, offer)).map_err(|invalid| invalid.within(&format!("providers.{provider}")))
        });
        let offers: BTreeMap<_, _> = offers.collect::<Result<_, _>>()?;
        if offers.is_empty() {
            return Err(InvalidEntry::new("providers", "is empty: nobody could run it"));
        }
        let Entry { id, aliases, name, media, kind: purpose, count, price, .. } = entry;
        Ok(Self { id, aliases, name, media, purpose, count, parameters, price, references, offers })
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its name, for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it makes.
    pub const fn media(&self) -> MediaKind {
        self.media
    }

    /// What it is for, where its catalogue says so.
    pub const fn purpose(&self) -> Option<Purpose> {
        self.purpose
    }

    /// How it keeps who is on photos, if it does.
    pub const fn references(&self) -> Option<&References> {
        self.references.as_ref()
    }

    /// Checks an input and fills in the defaults. A `null` is as good as nothing.
    ///
    /// # Errors
    /// The first thing that the caller has to change.
    pub fn accept(&self, input: &Map<String, Value>) -> Result<Accepted, InvalidInput> {
        let mut params = Map::new();
        let always: Vec<&Parameter> = self.parameters.iter().filter(|parameter| parameter.when.is_always()).collect();
        take(&always, input, &mut params)?;
        // No condition goes by what is under a condition itself, so all of them are decided by now.
        let under = self.parameters.under(&params);
        take(&under, input, &mut params)?;

        let counts = |name: &str| always.iter().chain(&under).any(|parameter| parameter.name == name);
        let ignored = input.iter().filter(|(name, value)| !value.is_null() && !counts(name));
        let ignored = ignored.map(|(name, _)| name.chars().take(IGNORED_CHARS_MAX).collect());
        let ignored = ignored.take(IGNORED_MAX).collect();
        let prompt = params.remove(PROMPT).and_then(|prompt| prompt.as_str().map(str::to_owned));
        Ok(Accepted { prompt, params, ignored })
    }

    /// What has to be known of an input before its price is.
    pub fn measures(&self) -> Option<Measure<'_>> {
        self.price.measures()
    }

    /// What a run costs; never nothing.
    ///
    /// # Errors
    /// What was measured is too large, or what is needed was not measured.
    pub fn price(&self, accepted: &Accepted, measured: Option<Measured>) -> Result<Credits, InvalidInput> {
        self.price.of(&accepted.params, measured)
    }

    /// How long, in milliseconds, what is made may play for that price, where it goes by the length.
    pub fn paid_ms(&self, accepted: &Accepted, measured: Option<Measured>) -> Option<u64> {
        self.price.paid_ms(&accepted.params, measured)
    }

    /// The least that a run of this input can cost, whatever will be measured of it.
    ///
    /// # Errors
    /// There is no price for it.
    pub fn least_price(&self, accepted: &Accepted) -> Result<Credits, InvalidInput> {
        self.price(accepted, self.measures().map(Measure::least))
    }

    /// Who has it.
    pub fn providers(&self) -> impl Iterator<Item = ProviderName> {
        self.offers.keys().copied()
    }

    /// The run of an input. The same input makes the same run every time.
    pub fn run(&self, accepted: &Accepted) -> Run {
        let Accepted { prompt, params, ignored } = accepted;
        let mut values = params.clone();
        values.extend(prompt.iter().map(|prompt| (PROMPT.to_owned(), Value::from(prompt.as_str()))));
        let requests = self.offers.iter().map(|(provider, offer)| {
            let homeless = values.iter().filter(|(name, value)| !offer.takes(name) && self.is_said(name, value));
            let ignored = homeless.map(|(name, _)| name.clone()).chain(ignored.iter().cloned()).collect();
            offer.request(*provider, &values, ignored)
        });
        let requests = requests.collect();
        let (model, media, count) = (self.id.clone(), self.media, self.count);
        Run {
            model,
            media,
            prompt: prompt.clone(),
            params: params.clone(),
            count,
            paid_ms: None,
            character: None,
            requests,
        }
    }

    /// The JSON schema of its input.
    pub fn input_schema(&self) -> Value {
        schema::of(&self.parameters)
    }

    /// Whether a value is more than a default: losing a default changes nothing for its caller.
    fn is_said(&self, name: &str, value: &Value) -> bool {
        self.parameters.named(name).all(|parameter| parameter.default.as_ref() != Some(value))
    }
}

fn take(
    parameters: &[&Parameter],
    input: &Map<String, Value>,
    into: &mut Map<String, Value>,
) -> Result<(), InvalidInput> {
    for parameter in parameters {
        if let Some(value) = parameter.take(input)? {
            into.insert(parameter.name.clone(), value);
        }
    }
    Ok(())
}

fn is_id(text: &str, also: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-' || also.contains(c);
    (1..=ID_BYTES_MAX).contains(&text.len()) && text.chars().all(fits)
}
