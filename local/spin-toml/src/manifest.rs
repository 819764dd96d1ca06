//! spin.toml: the variables, the routes, and what each component is granted.

use api::components::{self, Component};
use api::needs::Need;
use domain::Setting;
use lifecycle::config::settings;

use crate::{library, triggers};

/// Where cargo puts a built function.
const BUILT: &str = "target/wasm32-wasip2/release";

/// The whole file.
pub(crate) fn manifest() -> String {
    let mut text = format!(
        r##"#:schema https://schemas.spinframework.dev/spin/manifest-v2/latest.json
# Written by a test, from the list of components, what their routes need, and the settings. To write it anew:
# LIKENESS_RECORD=1 cargo test -p spin-toml
spin_manifest_version = 2

[application]
name = "likeness"
version = "{version}"
description = "A self-hosted character-identity API"

# What each means: docs/operations/configuration.md.
[variables]
"##,
        version = env!("CARGO_PKG_VERSION"),
    );
    for setting in settings::ALL {
        text.push_str(&format!("{}\n", variable(&setting)));
    }
    for component in components::ALL {
        for route in triggers::of(component) {
            text.push_str(&format!("\n[[trigger.http]]\nroute = \"{route}\"\ncomponent = \"{}\"\n", component.name));
        }
    }
    text.push_str(
        "
# A component that fetches photos, or tells an account's own server of the end of a task, may ask anywhere: what is not public is refused by the
# function, and by the host after DNS.
",
    );
    let sections: Vec<String> = components::ALL.iter().map(section).collect();
    text + &sections.join("\n")
}

/// A variable's line: what it is worth unless it is set.
fn variable(setting: &Setting) -> String {
    let value = setting.default.map_or("required = true".to_owned(), |default| format!("default = \"{default}\""));
    let secret = if setting.secret { ", secret = true" } else { "" };
    format!("{} = {{ {value}{secret} }}", setting.name)
}

/// A component's section.
fn section(component: &Component) -> String {
    let Component { name, .. } = component;
    let needs = component.needs();
    let mut text = format!(
        "[component.{name}]\ndescription = \"{}\"\nsource = \"{BUILT}/{}.wasm\"\n",
        triggers::summary(component, ""),
        library(component)
    );
    if needs.contains(&Need::Store) {
        text.push_str("key_value_stores = [\"default\"]\n");
    }
    let hosts: Vec<String> = needs.iter().flat_map(|need| need.hosts()).collect();
    if !hosts.is_empty() {
        text.push_str(&format!("allowed_outbound_hosts = [\"{}\"]\n", hosts.join("\", \"")));
    }
    let granted: Vec<Setting> = needs.iter().flat_map(|need| need.settings()).collect();
    if !granted.is_empty() {
        text.push_str(&format!("\n[component.{name}.variables]\n"));
        for setting in settings::ALL.iter().filter(|setting| granted.contains(setting)) {
            text.push_str(&format!("{} = \"{}\"\n", setting.name, setting.template()));
        }
    }
    text.push_str(&format!(
        "\n[component.{name}.build]\ncommand = \"cargo build --release --target wasm32-wasip2 -p {name}\"\n"
    ));
    text
}
