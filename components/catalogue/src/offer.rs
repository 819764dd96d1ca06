//! How a provider is asked for a model: which of its models, with which fields, and where its output has the files.

use domain::limits::DRAWN_SEED_MAX;
use domain::{Outputs, ProviderName, ProviderRequest};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::InvalidEntry;
use crate::kind::{Kind, key};
use crate::parameter::Parameters;
use crate::table;
use crate::when::When;

/// A provider's part as a catalogue has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    model: String,
    fields: Option<Vec<FieldEntry>>,
    #[serde(default)]
    outputs: Outputs,
    #[serde(default)]
    output_hosts: Vec<String>,
}

/// A field of the provider's input, as a catalogue has it. It has one of `from`, `by` and `always`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldEntry {
    to: Option<String>,
    from: Option<String>,
    #[serde(default)]
    by: Vec<String>,
    #[serde(default)]
    values: Map<String, Value>,
    #[serde(default)]
    list: bool,
    always: Option<Value>,
    #[serde(default)]
    when: When,
}

/// What a provider has.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    model: String,
    /// None where everything goes to the provider under its own name.
    fields: Option<Vec<Field>>,
    /// What the provider calls the seed, where it takes any.
    seed: Option<String>,
    outputs: Outputs,
    output_hosts: Vec<String>,
}

/// The parameter that is the seed of the randomness.
const SEED: &str = "seed";

#[derive(Debug, Clone)]
struct Field {
    to: String,
    source: Source,
    when: When,
}

/// Where the value of a field is from.
#[derive(Debug, Clone)]
enum Source {
    /// A parameter; what is in `values` is written differently by the provider.
    Parameter { name: String, values: Map<String, Value>, list: bool },
    /// A table by one or two parameters.
    Table { by: Vec<String>, rows: Map<String, Value> },
    /// Always the same.
    Always(Value),
}

impl Offer {
    /// Reads and checks it.
    pub(crate) fn new(provider: ProviderName, entry: Entry, parameters: &Parameters) -> Result<Self, InvalidEntry> {
        let model = entry.model;
        let named = !model.is_empty() && model.bytes().all(|b| b.is_ascii_graphic());
        if !provider.names_models() && !model.is_empty() {
            return Err(InvalidEntry::new("model", "has to be empty: a container has one model, which is not named"));
        }
        if provider.names_models() && !named {
            return Err(InvalidEntry::new("model", "has to be the provider's name of the model"));
        }
        let Outputs { files, covers, title, tags, lyrics, report } = &entry.outputs;
        let songs = [("covers", covers), ("title", title), ("tags", tags), ("lyrics", lyrics)];
        let pointers = [("files", files), ("report", report)].into_iter().chain(songs);
        for (name, pointer) in pointers {
            if pointer.as_ref().is_some_and(|pointer| !is_pointer(pointer)) {
                return Err(InvalidEntry::new(format!("outputs.{name}"), "is no JSON pointer, like `/images/*/url`"));
            }
        }
        if let Some(place) = entry.output_hosts.iter().position(|host| !is_host(host)) {
            let reason = "has to be https://host, or https://*.host for all below it too";
            return Err(InvalidEntry::new(format!("output_hosts[{place}]"), reason));
        }
        let fields = entry.fields.map(|fields| read(fields, parameters)).transpose()?;
        let any = parameters.take_any(SEED, 0..=i64::from(DRAWN_SEED_MAX));
        let seed = if any { name_of_seed(fields.as_deref()) } else { None };
        Ok(Self { model, fields, seed, outputs: entry.outputs, output_hosts: entry.output_hosts })
    }

    /// How the provider is asked for these values. `ignored` is what has no place with anyone.
    pub(crate) fn request(
        &self,
        provider: ProviderName,
        values: &Map<String, Value>,
        ignored: Vec<String>,
    ) -> ProviderRequest {
        let input = self.fields.as_ref().map_or_else(|| values.clone(), |fields| fill(fields, values));
        let seed = self.seed.clone().filter(|name| !input.contains_key(name));
        let (model, outputs, output_hosts) = (self.model.clone(), self.outputs.clone(), self.output_hosts.clone());
        ProviderRequest { provider, model, input, seed, ignored, outputs, output_hosts }
    }

    /// Whether a parameter has a place in what the provider is sent.
    pub(crate) fn takes(&self, parameter: &str) -> bool {
        self.fields.as_ref().is_none_or(|fields| fields.iter().any(|field| field.names(parameter)))
    }
}

impl Field {
    fn new(entry: FieldEntry, parameters: &Parameters) -> Result<Self, InvalidEntry> {
        let FieldEntry { to, from, by, values, list, always, when } = entry;
        parameters.check(&when)?;
        let to = to.or_else(|| from.clone()).filter(|to| !to.is_empty());
        let to = to.ok_or_else(|| InvalidEntry::new("to", "is missing"))?;
        let source = match (from, by.is_empty(), always) {
            (Some(name), true, None) => {
                check_parameter(&name, &values, list, parameters)?;
                Source::Parameter { name, values, list }
            }
            (None, false, None) if !list => {
                table::check(&by, &values, parameters, &|_| Ok(())).map_err(|invalid| {
                    match invalid.field.as_str() {
                        "by" => invalid,
                        _ => invalid.within("values"),
                    }
                })?;
                Source::Table { by, rows: values }
            }
            (None, true, Some(value)) if values.is_empty() && !list => Source::Always(value),
            _ => return Err(InvalidEntry::new("", "has to have one of `from`, `by` with `values`, and `always`")),
        };
        Ok(Self { to, source, when })
    }

    fn names(&self, parameter: &str) -> bool {
        self.when.names(parameter)
            || match &self.source {
                Source::Parameter { name, .. } => name == parameter,
                Source::Table { by, .. } => by.iter().any(|name| name == parameter),
                Source::Always(_) => false,
            }
    }

    fn value(&self, values: &Map<String, Value>) -> Option<Value> {
        match &self.source {
            Source::Parameter { name, values: written, list } => {
                let given = values.get(name)?;
                let value = key(given).and_then(|key| written.get(&key)).unwrap_or(given).clone();
                Some(if *list { Value::Array(vec![value]) } else { value })
            }
            Source::Table { by, rows } => table::find(by, rows, values).cloned(),
            Source::Always(value) => Some(value.clone()),
        }
    }
}

/// What the seed is called in these fields, or in none; nothing where it has no place, or only sometimes.
fn name_of_seed(fields: Option<&[Field]>) -> Option<String> {
    let Some(fields) = fields else { return Some(SEED.to_owned()) };
    let plain = |field: &&Field| {
        let source =
            matches!(&field.source, Source::Parameter { name, values, .. } if name == SEED && values.is_empty());
        source && field.when.is_always()
    };
    fields.iter().find(plain).map(|field| field.to.clone())
}

fn read(entries: Vec<FieldEntry>, parameters: &Parameters) -> Result<Vec<Field>, InvalidEntry> {
    let mut fields: Vec<Field> = Vec::with_capacity(entries.len());
    for (place, entry) in entries.into_iter().enumerate() {
        let at = |invalid: InvalidEntry| invalid.within(&format!("fields[{place}]"));
        let field = Field::new(entry, parameters).map_err(at)?;
        if fields.iter().any(|before| before.to == field.to && before.when.is_always()) {
            return Err(at(InvalidEntry::new("to", "is filled before, whatever is sent")));
        }
        fields.push(field);
    }
    Ok(fields)
}

/// Of several fields with one name the first counts that has a value.
fn fill(fields: &[Field], values: &Map<String, Value>) -> Map<String, Value> {
    let mut input = Map::new();
    for field in fields.iter().filter(|field| field.when.holds(values)) {
        if let Some(value) = field.value(values).filter(|_| !input.contains_key(&field.to)) {
            input.insert(field.to.clone(), value);
        }
    }
    input
}

fn check_parameter(
    name: &str,
    values: &Map<String, Value>,
    list: bool,
    parameters: &Parameters,
) -> Result<(), InvalidEntry> {
    let mut named = parameters.named(name).peekable();
    if named.peek().is_none() {
        return Err(InvalidEntry::new("from", "is no parameter of this model"));
    }
    for parameter in named {
        if list && !matches!(parameter.kind, Kind::Url(_)) {
            return Err(InvalidEntry::new("list", "is for parameters of the type url"));
        }
        let keys = parameter.kind.keys().unwrap_or_default();
        if let Some(unknown) = values.keys().find(|value| !keys.contains(value)) {
            return Err(InvalidEntry::new(format!("values[{unknown}]"), format!("is no value of `{name}`")));
        }
    }
    Ok(())
}

/// A name with at least one dot in it, over HTTPS: no address, no port.
fn is_host(text: &str) -> bool {
    let Some(host) = text.strip_prefix("https://") else { return false };
    let host = host.strip_prefix("*.").unwrap_or(host);
    let label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let named = host.rsplit('.').next().is_some_and(|last| last.bytes().any(|b| b.is_ascii_alphabetic()));
    host.contains('.') && named && host.split('.').all(label)
}

/// RFC 6901; `*` is a part like any other here.
fn is_pointer(text: &str) -> bool {
    let escaped = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    text.len() > 1 && text.starts_with('/') && escaped
}
