//! The application as `spin.toml` describes it: read, checked, and only what can be served here.
//!
//! What Spin does and nothing here does (downloaded sources, mounted files, `SQLite`, AI models, composed
//! dependencies, private routes) is refused by name when the application loads, rather than found missing by a
//! request. Unknown keys are refused as Spin refuses them.

mod raw;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use crate::template::Template;

/// A checked application.
#[derive(Debug)]
pub struct Manifest {
    /// The application's name.
    pub name: String,
    /// The application's variables, by name.
    pub variables: BTreeMap<String, Declaration>,
    /// Route and component id of each trigger, in the manifest's order.
    pub triggers: Vec<(String, String)>,
    /// The components, by id. Each trigger's is among them.
    pub components: BTreeMap<String, Component>,
}

/// An application variable.
pub struct Declaration {
    /// Its value when nobody gives one. `None`: it is required.
    pub default: Option<String>,
    /// Whether its value must never be shown.
    pub secret: bool,
}

/// A component, and what it may use.
#[derive(Debug)]
pub struct Component {
    /// Its Wasm file.
    pub source: PathBuf,
    /// Its variables: templates over the application's.
    pub variables: BTreeMap<String, Template>,
    /// Its environment variables.
    pub environment: BTreeMap<String, String>,
    /// The labels of its key-value stores.
    pub stores: Vec<String>,
    /// Where it may send requests, with variables still in.
    pub allowed_outbound_hosts: Vec<Template>,
}

impl Manifest {
    /// Reads and checks a manifest file.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        Self::parse(&text, folder).with_context(|| format!("{} can't be served", path.display()))
    }

    /// Checks a manifest's text; what it names is relative to `folder`.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str, folder: &Path) -> Result<Self> {
        let version: raw::Versioned = toml::from_str(text)?;
        ensure!(
            version.spin_manifest_version == Some(toml::Value::Integer(2)),
            "only `spin_manifest_version = 2` is supported"
        );
        let raw: raw::Manifest = toml::from_str(text)?;
        ensure!(raw.trigger.redis.is_none(), "`[[trigger.redis]]` can't be served here");

        let mut variables = BTreeMap::new();
        for (name, variable) in raw.variables {
            check_name(&name).with_context(|| format!("`[variables]` {name}"))?;
            let declaration = declaration(variable).with_context(|| format!("`[variables]` {name}"))?;
            variables.insert(name, declaration);
        }
        let mut components = BTreeMap::new();
        for (id, component) in raw.component {
            let checked = component_of(component, folder, &variables).with_context(|| format!("component {id}"))?;
            components.insert(id, checked);
        }
        let mut triggers = Vec::new();
        for trigger in raw.trigger.http {
            let (route, id) = route_of(trigger)?;
            ensure!(components.contains_key(&id), "route {route}: there is no `[component.{id}]`");
            triggers.push((route, id));
        }
        ensure!(!triggers.is_empty(), "there is no `[[trigger.http]]` with a route, so there is nothing to serve");
        Ok(Self { name: raw.application.name, variables, triggers, components })
    }
}

fn declaration(raw: raw::Variable) -> Result<Declaration> {
    match (raw.required, &raw.default) {
        (false, None) => bail!("needs either `default = \"..\"` or `required = true`"),
        (true, Some(_)) => bail!("has both `default` and `required = true`: leave one out"),
        _ => Ok(Declaration { default: raw.default, secret: raw.secret }),
    }
}

fn component_of(raw: raw::Component, folder: &Path, known: &BTreeMap<String, Declaration>) -> Result<Component> {
    refuse("files", "mounted files", raw.files.is_some_and(|files| !files.is_empty()))?;
    refuse("sqlite_databases", "SQLite databases", raw.sqlite_databases.is_some_and(|names| !names.is_empty()))?;
    refuse("ai_models", "AI models", raw.ai_models.is_some_and(|names| !names.is_empty()))?;
    refuse("dependencies", "composed components", raw.dependencies.is_some_and(|table| !table.is_empty()))?;
    refuse("allowed_http_hosts", "use `allowed_outbound_hosts`: the old key", raw.allowed_http_hosts.is_some())?;
    let toml::Value::String(source) = raw.source else {
        bail!("a source to be downloaded can't be served here: give the path of a Wasm file");
    };
    let mut variables = BTreeMap::new();
    for (name, text) in raw.variables {
        check_name(&name).with_context(|| format!("variable {name}"))?;
        let template = template(&text, known).with_context(|| format!("variable {name}"))?;
        variables.insert(name, template);
    }
    let hosts = raw.allowed_outbound_hosts.iter().map(|text| template(text, known));
    Ok(Component {
        source: folder.join(source),
        variables,
        environment: raw.environment,
        stores: raw.key_value_stores,
        allowed_outbound_hosts: hosts.collect::<Result<_>>().context("`allowed_outbound_hosts`")?,
    })
}

fn refuse(key: &str, what: &str, used: bool) -> Result<()> {
    ensure!(!used, "`{key}`: {what} can't be served here");
    Ok(())
}

fn template(text: &str, known: &BTreeMap<String, Declaration>) -> Result<Template> {
    let template = Template::parse(text)?;
    for name in template.variables() {
        ensure!(known.contains_key(name), "there is no `{name}` in `[variables]`");
    }
    Ok(template)
}

fn route_of(raw: raw::HttpTrigger) -> Result<(String, String)> {
    let place = match &raw.route {
        toml::Value::String(route) => format!("route {route}"),
        _ => "a route".to_owned(),
    };
    let toml::Value::String(route) = raw.route else {
        let id = raw.component.as_ref().and_then(toml::Value::as_str).unwrap_or("?");
        bail!("component {id}: a private route (`route = {{ private = true }}`) can't be served here");
    };
    ensure!(raw.static_response.is_none(), "{place}: `static_response` can't be served here");
    ensure!(raw.components.is_none() && raw.dependencies.is_none(), "{place}: middleware can't be served here");
    if let Some(executor) = raw.executor {
        ensure!(
            matches!(executor.kind.as_str(), "http" | "spin"),
            "{place}: a {} executor can't be served here",
            executor.kind
        );
    }
    match raw.component {
        Some(toml::Value::String(id)) => Ok((route, id)),
        Some(_) => bail!("{place}: give the id of a `[component.ID]`; an inline component can't be served here"),
        None => bail!("{place}: needs `component = \"ID\"`"),
    }
}

/// Spin's rule for names of variables: lower-case words of letters and digits, joined by single underscores.
pub(crate) fn check_name(name: &str) -> Result<(), BadName> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    let starts_well = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    if starts_well && name.bytes().all(allowed) && !name.ends_with('_') && !name.contains("__") {
        Ok(())
    } else {
        Err(BadName)
    }
}

/// A name Spin refuses.
#[derive(Debug, thiserror::Error)]
#[error("the name of a variable is lower-case words of letters and digits, joined by single underscores")]
pub struct BadName;

/// Shows whether there is a default, not which: it may be a secret's.
impl std::fmt::Debug for Declaration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Declaration").field("required", &self.default.is_none()).field("secret", &self.secret).finish()
    }
}

#[cfg(test)]
mod tests;
