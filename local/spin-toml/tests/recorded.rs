//! The files that follow from the components, their needs and the settings are those that are committed.
//!
//! `LIKENESS_RECORD=1 cargo test -p spin-toml` writes them anew.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn what_is_committed_is_what_follows() {
    for spin_toml::File { path, text } in spin_toml::files() {
        let file = root().join(&path);
        if std::env::var_os("LIKENESS_RECORD").is_some() {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, &text).unwrap();
        }
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(kept == text, "{path} is of another day; write it anew: LIKENESS_RECORD=1 cargo test -p spin-toml");
    }
    // And no folder is left of a component that is gone.
    let folders = std::fs::read_dir(root().join("functions")).unwrap();
    let mut folders: Vec<String> = folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    folders.sort();
    assert_eq!(folders, spin_toml::names());
}

/// What is written as plain text is read as what is meant.
#[test]
fn the_manifest_can_be_read() {
    let text = spin_toml::files().swap_remove(0).text;
    let manifest: toml::Table = toml::from_str(&text).unwrap();
    let variables = manifest["variables"].as_table().unwrap();
    for setting in lifecycle::config::settings::ALL {
        let variable = &variables[setting.name];
        assert_eq!(variable.get("default").and_then(toml::Value::as_str), setting.default, "{}", setting.name);
        assert_eq!(variable.get("required").is_some(), setting.default.is_none(), "{}", setting.name);
        assert_eq!(variable.get("secret").is_some(), setting.secret, "{}", setting.name);
    }
    for component in api::components::ALL {
        let section = manifest["component"][component.name].as_table().unwrap();
        let granted = section.get("variables").and_then(toml::Value::as_table);
        for (name, value) in granted.into_iter().flatten() {
            assert_eq!(value.as_str(), Some(format!("{{{{ {name} }}}}").as_str()), "{}", component.name);
            assert!(variables.contains_key(name), "{}: {name}", component.name);
        }
    }
}
