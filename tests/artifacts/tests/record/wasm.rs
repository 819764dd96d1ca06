//! What every function is, on record: its size and its imports. A change of either shows in review.
//!
//! `LIKENESS_RECORD=1 cargo test --workspace --test record` writes the record anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use artifacts::functions;
use serde_json::{Value, json};
use wasmparser::{ComponentExternalKind, Parser, Payload};

/// Largest function, in bytes, beside what decodes photos.
const BYTES_MAX: usize = 2_000_000;
/// What decodes photos, in bytes.
const DECODERS_BYTES_MAX: usize = 300_000;
/// The functions that look at pictures: at photos before a training, at what was made (the sweep), at what somebody asks about; and the one that
/// writes them anew.
const DECODE: [&str; 6] = ["create-character", "check-photos", "pictures", "reconcile", "proofs", "takedowns"];
/// How far a size may be from the recorded one, in percent, before the record has to be written anew: paths of the building machine are in there.
const DRIFT_PERCENT: usize = 3;

fn record_file() -> PathBuf {
    artifacts::root().join("tests/artifacts/record.json")
}

fn bytes_of(function: &str) -> Vec<u8> {
    let file = artifacts::wasm(function);
    std::fs::read(&file)
        .unwrap_or_else(|error| panic!("{}: {error}; build the functions first: cargo likeness build", file.display()))
}

/// The interfaces a component imports, by full name.
fn imports(bytes: &[u8]) -> BTreeSet<String> {
    let mut imports = BTreeSet::new();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.unwrap() {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) if depth > 0 => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 0 => {
                imports.extend(section.into_iter().map(|import| import.unwrap().name.name.to_owned()));
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    assert_eq!(export.unwrap().kind, ComponentExternalKind::Instance);
                }
            }
            _ => {}
        }
    }
    imports
}

#[test]
fn sizes_and_imports_are_the_recorded_ones() {
    let found: BTreeMap<String, Value> = functions()
        .into_iter()
        .map(|function| {
            let bytes = bytes_of(&function);
            (function, json!({ "bytes": bytes.len(), "imports": imports(&bytes) }))
        })
        .collect();
    if std::env::var_os("LIKENESS_RECORD").is_some() {
        std::fs::write(record_file(), serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
    }
    let record: BTreeMap<String, Value> = serde_json::from_slice(&std::fs::read(record_file()).unwrap()).unwrap();
    assert_eq!(record.keys().cloned().collect::<Vec<_>>(), functions());
    for (function, now) in found {
        let then = &record[&function];
        assert_eq!(now["imports"], then["imports"], "{function} imports something else than recorded");
        let size = |value: &Value| usize::try_from(value["bytes"].as_u64().unwrap()).unwrap();
        let (now, then) = (size(&now), size(then));
        let most = BYTES_MAX + if DECODE.contains(&function.as_str()) { DECODERS_BYTES_MAX } else { 0 };
        assert!(now <= most, "{function} has {now} bytes; the limit is {most}");
        let drift = now.abs_diff(then) * 100;
        assert!(
            drift <= then * DRIFT_PERCENT,
            "{function} has {now} bytes, {then} are recorded: if that is the point, record it"
        );
    }
}

/// What a component imports and what spin.toml grants it have to agree.
#[test]
fn no_function_is_granted_more_than_it_uses() {
    let manifest: toml::Value = toml::from_str(&std::fs::read_to_string(artifacts::manifest()).unwrap()).unwrap();
    let components = manifest["component"].as_table().unwrap();
    assert_eq!(components.keys().cloned().collect::<Vec<_>>(), functions());
    for (function, component) in components {
        let imports = imports(&bytes_of(function));
        let uses = |prefix: &str| imports.iter().any(|name| name.starts_with(prefix));
        let granted = |field: &str| component.get(field).is_some();
        assert!(uses("wasi:keyvalue/") || !granted("key_value_stores"), "{function}: key_value_stores");
        let hosts =
            component.get("allowed_outbound_hosts").and_then(toml::Value::as_array).cloned().unwrap_or_default();
        let (of_store, others): (Vec<_>, Vec<_>) =
            hosts.iter().partition(|host| host.as_str() == Some("{{ store_host }}"));
        assert_eq!(uses("wasi:http/client"), !others.is_empty(), "{function}: allowed_outbound_hosts");
        assert!(uses("spin:redis/") || of_store.is_empty(), "{function}: store_host");
        assert_eq!(granted("key_value_stores"), !of_store.is_empty(), "{function}: one store without the other");
    }
}
