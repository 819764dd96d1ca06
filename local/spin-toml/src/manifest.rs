//! spin.toml: the variables, the routes, and what each component is granted.

use std::fmt::Write;

use api::components::{self, Component};
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
        push(&mut text, format_args!("{}\n", variable(&setting)));
    }
    for component in components::ALL {
        for route in triggers::of(component) {
            push(
                &mut text,
                format_args!("\n[[trigger.http]]\nroute = \"{route}\"\ncomponent = \"{}\"\n", component.name),
            );
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
        triggers::summary(component).join(", "),
        library(component)
    );
    if needs.contains(&api::needs::Need::Store) {
        text.push_str("key_value_stores = [\"default\"]\n");
    }
    let hosts = hosts(component);
    if !hosts.is_empty() {
        push(&mut text, format_args!("allowed_outbound_hosts = [\"{}\"]\n", hosts.join("\", \"")));
    }
    let granted: Vec<Setting> = needs.iter().flat_map(|need| need.settings()).collect();
    if !granted.is_empty() {
        push(&mut text, format_args!("\n[component.{name}.variables]\n"));
        for setting in settings::ALL.iter().filter(|setting| granted.contains(setting)) {
            push(&mut text, format_args!("{} = \"{}\"\n", setting.name, setting.template()));
        }
    }
    push(
        &mut text,
        format_args!(
            "\n[component.{name}.build]\ncommand = \"cargo build --release --target wasm32-wasip2 -p {name}\"\n"
        ),
    );
    text
}

/// Where a component may send requests.
fn hosts(component: &Component) -> Vec<String> {
    let mut hosts: Vec<String> = component.needs().iter().flat_map(|need| need.hosts()).collect();
    // A host may stand there once.
    let mut known = Vec::new();
    hosts.retain(|host| {
        !known.contains(host) && {
            known.push(host.clone());
            true
        }
    });
    hosts
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string never fails.
    drop(text.write_fmt(arguments));
}
