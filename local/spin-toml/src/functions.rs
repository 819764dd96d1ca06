//! The crate of a component under `functions/`: a composition root of ten lines, the same for all.

use api::components::Component;

use crate::file::{File, library};
use crate::triggers;

/// The files of a component's crate.
pub(crate) fn of(component: &Component) -> [File; 2] {
    let folder = format!("functions/{}", component.name);
    [
        File { path: format!("{folder}/Cargo.toml"), text: cargo_toml(component) },
        File { path: format!("{folder}/src/lib.rs"), text: lib(component) },
    ]
}

fn cargo_toml(component: &Component) -> String {
    format!(
        r#"[package]
name = "{name}"
description = "{says}"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
publish.workspace = true

[lib]
crate-type = ["cdylib"]
# There is nothing to test here: the logic is in `api`, the component is tested end to end.
test = false
doctest = false

[lints]
workspace = true

[target.'cfg(target_family = "wasm")'.dependencies]
api.workspace = true
spin-host.workspace = true
spin-sdk.workspace = true
"#,
        name = component.name,
        says = triggers::summary(component, "`"),
    )
}

fn lib(component: &Component) -> String {
    format!(
        r#"//! {says}

#![cfg(target_family = "wasm")]

use spin_host::{{Answer, Request}};

#[spin_sdk::http_service]
async fn handle(request: Request) -> Answer {{
    spin_host::serve(request, api::components::{function}).await
}}
"#,
        says = triggers::summary(component, "`"),
        function = library(component),
    )
}
