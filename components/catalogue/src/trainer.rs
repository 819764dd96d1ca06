//! A trainer: what it trains on which base, how it is asked, and what makes pictures with what it made.

use domain::limits::{TRAINING_RANK_MAX, TRAINING_STEPS_MAX};
use domain::{Base, Credits, Format, Generator, ProviderName, TrainingRequest, TriggerWord, price, with_trigger_word};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::InvalidEntry;

/// The most bytes of an id.
const ID_BYTES_MAX: usize = 64;
/// The most characters of a name.
const NAME_CHARS_MAX: usize = 100;
/// What is said of every photo, after the trigger word, where the caller says nothing.
const CAPTION: &str = "a photo of";

/// A trainer as a catalogue has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trainer {
    id: String,
    name: String,
    base: Base,
    provider: ProviderName,
    /// As the provider names it; a container has one, which is not named.
    #[serde(default)]
    model: String,
    /// The field of the zip's address.
    zip: String,
    /// The field of the trigger word.
    trigger_word: Option<String>,
    /// The field of what is said of every photo.
    caption: Option<String>,
    steps: Amount,
    rank: Option<Amount>,
    /// What else it is told, always.
    #[serde(default)]
    constants: Map<String, Value>,
    generates: Option<Generates>,
    #[serde(default = "training_price")]
    price: Credits,
}

const fn training_price() -> Credits {
    price::TRAINING
}

/// A number that a caller may choose.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    field: String,
    /// What it is unless told.
    pub default: u32,
    /// The least.
    pub min: u32,
    /// The most.
    pub max: u32,
}

/// What makes pictures with the weights at the same provider.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Generates {
    model: String,
    formats: Vec<Format>,
}

/// How a character is to be trained, as far as its caller said so. What is not said is the trainer's default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrainingOptions {
    /// In how many steps.
    pub steps: Option<u32>,
    /// Of which rank the adapter is.
    pub rank: Option<u32>,
    /// What is said of every photo, where the trainer has no place for the trigger word alone.
    pub caption: Option<String>,
}

impl Trainer {
    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its name, for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it trains on.
    pub const fn base(&self) -> &Base {
        &self.base
    }

    /// Who has it.
    pub const fn provider(&self) -> ProviderName {
        self.provider
    }

    /// As its provider names it; nothing for that of a container.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The steps that may be asked for.
    pub const fn steps(&self) -> &Amount {
        &self.steps
    }

    /// The ranks that may be asked for, where any may.
    pub const fn rank(&self) -> Option<&Amount> {
        self.rank.as_ref()
    }

    /// Whether it takes what is said of every photo.
    pub const fn takes_caption(&self) -> bool {
        self.caption.is_some()
    }

    /// What makes pictures with what it made, where that is not what it made itself.
    pub fn generator(&self) -> Option<Generator> {
        let Generates { model, formats } = self.generates.clone()?;
        Some(Generator { provider: self.provider, model, formats })
    }

    /// What a training costs.
    pub const fn price(&self) -> Credits {
        self.price
    }

    /// Makes sure that it can train so.
    ///
    /// # Errors
    /// What has to change. Begins with the parameter's name.
    pub fn takes(&self, options: &TrainingOptions) -> Result<(), String> {
        if let Some(steps) = options.steps {
            self.steps.takes("steps", steps)?;
        }
        match (options.rank, &self.rank) {
            (Some(rank), Some(amount)) => amount.takes("rank", rank)?,
            (Some(_), None) => return Err("`rank` cannot be chosen for this base here".to_owned()),
            (None, _) => {}
        }
        if options.caption.is_some() && self.caption.is_none() {
            return Err("`caption` cannot be given for this base here: it is trained with the trigger word".to_owned());
        }
        Ok(())
    }

    /// How it is asked to train so; what was not chosen is its default. The address of the photos is still to come.
    pub fn request(&self, word: &TriggerWord, options: &TrainingOptions) -> TrainingRequest {
        let mut input = self.constants.clone();
        if let Some(field) = &self.trigger_word {
            input.insert(field.clone(), word.as_str().into());
        }
        if let Some(field) = &self.caption {
            let own = options.caption.as_deref().map(|caption| with_trigger_word(caption, word));
            input.insert(field.clone(), own.unwrap_or_else(|| format!("{CAPTION} {}", word.as_str())).into());
        }
        input.insert(self.steps.field.clone(), options.steps.unwrap_or(self.steps.default).into());
        if let Some(rank) = &self.rank {
            input.insert(rank.field.clone(), options.rank.unwrap_or(rank.default).into());
        }
        TrainingRequest { provider: self.provider, trainer: self.model.clone(), zip: self.zip.clone(), input }
    }

    /// Checks an entry.
    pub(crate) fn check(&self) -> Result<(), InvalidEntry> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.');
        if !(1..=ID_BYTES_MAX).contains(&self.id.len()) || !self.id.bytes().all(plain) {
            return Err(InvalidEntry::new("id", format!("has to be 1 to {ID_BYTES_MAX} of a-z, 0-9, `.` and `-`")));
        }
        let named = (1..=NAME_CHARS_MAX).contains(&self.name.trim().chars().count());
        if !named || self.name.chars().any(char::is_control) {
            return Err(InvalidEntry::new("name", format!("has to be 1 to {NAME_CHARS_MAX} printable characters")));
        }
        if self.provider.names_models() == self.model.is_empty() || !self.model.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(InvalidEntry::new("model", "has to be as the provider names it, and left out for `cog`"));
        }
        if self.trigger_word.is_some() == self.caption.is_some() {
            return Err(InvalidEntry::new("trigger_word", "or `caption` has to be there, and not both"));
        }
        self.steps.check("steps", TRAINING_STEPS_MAX)?;
        if let Some(rank) = &self.rank {
            rank.check("rank", TRAINING_RANK_MAX)?;
        }
        self.check_fields()?;
        self.check_outcome()?;
        if self.price == Credits::ZERO {
            return Err(InvalidEntry::new("price", "has to be at least 1"));
        }
        Ok(())
    }

    /// A field is told once.
    fn check_fields(&self) -> Result<(), InvalidEntry> {
        let named = [Some(&self.zip), self.trigger_word.as_ref(), self.caption.as_ref(), Some(&self.steps.field)];
        let named = named.into_iter().flatten().chain(self.rank.as_ref().map(|rank| &rank.field));
        let mut fields: Vec<&String> = named.chain(self.constants.keys()).collect();
        fields.sort_unstable();
        if fields.iter().any(|field| field.is_empty()) {
            return Err(InvalidEntry::new("zip", "and all other fields have to have names"));
        }
        let twice = fields.windows(2).find(|pair| matches!(pair, [one, other] if one == other));
        twice.and_then(|pair| pair.first()).map_or(Ok(()), |field| {
            Err(InvalidEntry::new("constants", format!("or others name the provider's field `{field}` twice")))
        })
    }

    /// Who makes no more than a file has to say what makes pictures with it.
    fn check_outcome(&self) -> Result<(), InvalidEntry> {
        if self.provider.trains_what_generates() == self.generates.is_some() {
            return Err(InvalidEntry::new("generates", "has to be there for `fal`, and left out for others"));
        }
        let graphic = |model: &str| !model.is_empty() && model.bytes().all(|b| b.is_ascii_graphic());
        if self.generates.as_ref().is_some_and(|it| it.formats.is_empty() || !graphic(&it.model)) {
            return Err(InvalidEntry::new("generates", "has to name a model and at least one format"));
        }
        Ok(())
    }
}

impl Amount {
    fn takes(&self, name: &str, amount: u32) -> Result<(), String> {
        if (self.min..=self.max).contains(&amount) {
            return Ok(());
        }
        Err(format!("`{name}` has to be from {} to {} for this base here", self.min, self.max))
    }

    fn check(&self, name: &str, most: u32) -> Result<(), InvalidEntry> {
        if self.min < 1 || self.max > most || !(self.min..=self.max).contains(&self.default) {
            return Err(InvalidEntry::new(
                name,
                format!("has to have a `default` from `min` to `max`, within 1 and {most}"),
            ));
        }
        Ok(())
    }
}
