//! A model as `GET /models` shows it.

use domain::MediaKind;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::Model;
use crate::address::Address;
use crate::kind::{Kind, TYPE_NAMES};
use crate::parameter::Parameter;
use crate::price::Price;
use crate::purpose::Purpose;
use crate::when::When;

/// What callers see of a model.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Model")]
pub struct Description<'a> {
    /// What to send as `model`.
    id: &'a str,
    /// Other names it is known by.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    aliases: &'a [String],
    name: &'a str,
    r#type: MediaKind,
    /// What it is for, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<Purpose>,
    /// How many files a run makes.
    count: u8,
    /// How many pictures it takes.
    max_images: usize,
    /// Whether it keeps who is on them: characters that were created with `mode: reference` are pictured with it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    keeps_identity: bool,
    /// What such a character costs to create, in credits; only where it keeps who is on them.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_price: Option<u64>,
    /// What `input` can have.
    parameters: Vec<Shown<'a>>,
    pricing: &'a Price,
}

/// What callers see of a parameter.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ModelParameter")]
struct Shown<'a> {
    name: &'a str,
    #[schemars(extend("enum" = TYPE_NAMES))]
    r#type: &'static str,
    required: bool,
    /// What counts where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<&'a Value>,
    /// The values it can have, where only some count.
    #[serde(skip_serializing_if = "Option::is_none")]
    r#enum: Option<&'a [Value]>,
    /// Of a number, or of characters, or of URLs.
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<Value>,
    /// Of a number, or of characters, or of URLs.
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<Value>,
    /// Whether a `data:` URI with a picture is taken as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    data_uri: Option<bool>,
    /// The values of other parameters with which it counts; always, where it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    when: Option<&'a When>,
    description: &'a str,
}

impl Model {
    /// What `GET /models` shows of it.
    pub fn describe(&self) -> Description<'_> {
        Description::new(self)
    }
}

impl<'a> Description<'a> {
    fn new(model: &'a Model) -> Self {
        Self {
            id: &model.id,
            aliases: &model.aliases,
            name: &model.name,
            r#type: model.media,
            kind: model.purpose,
            count: model.count,
            max_images: model.parameters.iter().map(pictures).max().unwrap_or(0),
            keeps_identity: model.references().is_some(),
            reference_price: model.references().map(|references| references.price.amount()),
            parameters: model.parameters.iter().map(Shown::new).collect(),
            pricing: &model.price,
        }
    }
}

impl<'a> Shown<'a> {
    fn new(parameter: &'a Parameter) -> Self {
        let mut shown = Self {
            name: &parameter.name,
            r#type: parameter.kind.type_name(),
            required: parameter.required,
            default: parameter.default.as_ref(),
            when: Some(&parameter.when).filter(|when| !when.is_always()),
            description: &parameter.description,
            ..Self::default()
        };
        match &parameter.kind {
            Kind::Choice(choices) => shown.r#enum = Some(choices),
            Kind::Text { chars: range, .. } => shown.limit(*range.start(), *range.end()),
            Kind::Integer(range) => shown.limit(*range.start(), *range.end()),
            Kind::Number(range) => shown.limit(*range.start(), *range.end()),
            Kind::Boolean => {}
            Kind::Url(address) => shown.data_uri = Some(*address == Address::UrlOrPicture),
            Kind::Urls { items, address } => {
                shown.limit(*items.start(), *items.end());
                shown.data_uri = Some(*address == Address::UrlOrPicture);
            }
        }
        shown
    }

    fn limit<T: Into<Value>>(&mut self, least: T, most: T) {
        (self.min, self.max) = (Some(least.into()), Some(most.into()));
    }
}

/// How many pictures a parameter takes.
fn pictures(parameter: &Parameter) -> usize {
    match &parameter.kind {
        Kind::Url(Address::UrlOrPicture) => 1,
        Kind::Urls { items, address: Address::UrlOrPicture } => *items.end(),
        _ => 0,
    }
}
