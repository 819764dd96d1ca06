//! `spin.toml` as it is written. Keys that are accepted and not used are here for one reason: so that a misspelt one
//! is noticed.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// The one key that is looked at first: the others mean something only in version 2.
#[derive(Deserialize)]
pub(super) struct Versioned {
    pub(super) spin_manifest_version: Option<toml::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    #[serde(rename = "spin_manifest_version")]
    _version: IgnoredAny,
    pub(super) application: Application,
    #[serde(default)]
    pub(super) variables: BTreeMap<String, Variable>,
    pub(super) trigger: Triggers,
    #[serde(default)]
    pub(super) component: BTreeMap<String, Component>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Application {
    pub(super) name: String,
    #[serde(rename = "version")]
    _version: Option<String>,
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(rename = "authors")]
    _authors: Option<Vec<String>>,
    #[serde(rename = "targets")]
    _targets: Option<IgnoredAny>,
    #[serde(rename = "trigger")]
    _trigger: Option<ApplicationTriggers>,
    #[serde(rename = "tool")]
    _tool: Option<IgnoredAny>,
}

/// `[application.trigger.http]` has nothing a version 2 manifest may set, and Spin's own templates write it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApplicationTriggers {
    #[serde(rename = "http")]
    _http: Option<EmptyTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EmptyTable {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Variable {
    #[serde(rename = "description")]
    _description: Option<String>,
    pub(super) default: Option<String>,
    #[serde(default)]
    pub(super) required: bool,
    #[serde(default)]
    pub(super) secret: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Triggers {
    #[serde(default)]
    pub(super) http: Vec<HttpTrigger>,
    pub(super) redis: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HttpTrigger {
    #[serde(rename = "id")]
    _id: Option<String>,
    pub(super) route: toml::Value,
    pub(super) component: Option<toml::Value>,
    pub(super) executor: Option<Executor>,
    pub(super) static_response: Option<IgnoredAny>,
    pub(super) components: Option<IgnoredAny>,
    pub(super) dependencies: Option<IgnoredAny>,
}

#[derive(Deserialize)]
pub(super) struct Executor {
    #[serde(rename = "type")]
    pub(super) kind: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Component {
    pub(super) source: toml::Value,
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(default)]
    pub(super) variables: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) environment: BTreeMap<String, String>,
    pub(super) files: Option<Vec<toml::Value>>,
    #[serde(rename = "exclude_files")]
    _exclude_files: Option<Vec<String>>,
    #[serde(default)]
    pub(super) allowed_outbound_hosts: Vec<String>,
    pub(super) allowed_http_hosts: Option<Vec<String>>,
    #[serde(default)]
    pub(super) key_value_stores: Vec<String>,
    pub(super) sqlite_databases: Option<Vec<String>>,
    pub(super) ai_models: Option<Vec<String>>,
    pub(super) dependencies: Option<toml::Table>,
    #[serde(rename = "dependencies_inherit_configuration")]
    _dependencies_inherit_configuration: Option<bool>,
    #[serde(rename = "targets")]
    _targets: Option<IgnoredAny>,
    #[serde(rename = "build")]
    _build: Option<IgnoredAny>,
    #[serde(rename = "tool")]
    _tool: Option<IgnoredAny>,
    #[serde(rename = "profile")]
    _profile: Option<IgnoredAny>,
}
