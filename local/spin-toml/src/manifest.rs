//! spin.toml: the variables, the routes, and what each component is granted.

use api::components::{self, Component};
use api::needs::Need;
use domain::Setting;
use lifecycle::config::settings;

use crate::file::library;
use crate::triggers;

/// Where cargo puts a built function.
const BUILT: &str = "target/wasm32-wasip2/release";

/// How it begins.
const HEAD: &str = r#"#:schema https://schemas.spinframework.dev/spin/manifest-v2/latest.json
# Written by a test, from the list of components, what their routes need, and the settings. To write it anew:
# LIKENESS_RECORD=1 cargo test -p spin-toml
spin_manifest_version = 2

[application]
name = "likeness"
version = "VERSION"
description = "A self-hosted character-identity API"

# What each means: docs/operations/configuration.md.
[variables]"#;

/// What stands before the components.
const GRANTS: &str = "
# A component that fetches photos, or tells an account's own server of the end of a task, may ask anywhere: what is not public is refused by the
# function, and by the host after DNS.";

/// The whole file.
pub(crate) fn manifest() -> String {
    let mut lines = vec![HEAD.replace("VERSION", env!("CARGO_PKG_VERSION"))];
    lines.extend(settings::ALL.iter().map(variable));
    for component in components::ALL {
        for route in triggers::of(component) {
            let name = component.name;
            lines.push(format!("\n[[trigger.http]]\nroute = \"{route}\"\ncomponent = \"{name}\""));
        }
    }
    lines.push(GRANTS.to_owned());
    lines.extend(components::ALL.iter().flat_map(section));
    lines.join("\n")
}

/// A variable's line: what it is worth unless it is set.
fn variable(setting: &Setting) -> String {
    let value = setting.default.map_or("required = true".to_owned(), |default| format!("default = \"{default}\""));
    let secret = if setting.secret { ", secret = true" } else { "" };
    format!("{} = {{ {value}{secret} }}", setting.name)
}

/// The lines of a component's section.
fn section(component: &Component) -> Vec<String> {
    let (name, needs) = (component.name, component.needs());
    let mut lines = vec![
        format!("[component.{name}]"),
        format!("description = \"{}\"", triggers::summary(component, "")),
        format!("source = \"{BUILT}/{}.wasm\"", library(component)),
    ];
    if needs.contains(&Need::Store) {
        lines.push("key_value_stores = [\"default\"]".to_owned());
    }
    let hosts: Vec<String> = needs.iter().flat_map(|need| need.hosts()).collect();
    if !hosts.is_empty() {
        lines.push(format!("allowed_outbound_hosts = [\"{}\"]", hosts.join("\", \"")));
    }
    let granted: Vec<Setting> = needs.iter().flat_map(|need| need.settings()).collect();
    if !granted.is_empty() {
        lines.push(format!("\n[component.{name}.variables]"));
        let granted = settings::ALL.iter().filter(|setting| granted.contains(setting));
        lines.extend(granted.map(|setting| format!("{} = \"{}\"", setting.name, setting.template())));
    }
    lines.push(format!("\n[component.{name}.build]"));
    lines.push(format!("command = \"cargo build --release --target wasm32-wasip2 -p {name}\"\n"));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spin up to 4.0.2 takes no host that is empty, also where a variable fills it in.
    #[test]
    fn every_host_of_a_manifest_that_nobody_configured_can_be_read() {
        for component in components::ALL {
            for host in component.needs().iter().flat_map(|need| need.hosts()) {
                let named = settings::ALL.iter().find(|setting| setting.template() == host);
                let host = named.map_or(host.clone(), |setting| setting.default.unwrap_or_default().to_owned());
                assert!(host.contains("://") && !host.ends_with("://"), "{}: {host:?}", component.name);
            }
        }
    }
}
