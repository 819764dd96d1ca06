//! The direction between the crates, as their manifests have it. What only tests depend on is left out.

use std::path::Path;

use toml::Table;

use crate::source::text;

/// The folders' crates from the bottom up: one depends on those of lower rows only.
const ROWS: [&[&str]; 8] = [
    &["address", "domain", "json", "studio-files"],
    &["agents", "c2pa", "catalogue", "ledger", "proof", "webhook"],
    &["media", "provider", "store", "weights"],
    &["pixels"],
    &["lifecycle"],
    &["diagnosis"],
    &["api"],
    &["spin-host"],
];

/// A crate for tests only: nothing else depends on it, so it may depend on whatever a test needs.
const FOR_TESTS: &str = "testkit";

/// The crates that bring the outside in. Under `components/` nothing but `spin-host` has one.
const OUTSIDE: [&str; 7] = ["axum", "hyper", "hyper-util", "redis", "reqwest", "rusqlite", "tokio"];

/// What a crate says of itself.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Its folder: `components`, `functions` or `local`.
    pub folder: String,
    /// Its name.
    pub name: String,
    /// What it depends on when it runs or is built.
    pub needs: Vec<String>,
}

impl Manifest {
    /// Reads the manifest of a crate's folder.
    ///
    /// # Errors
    /// A file that is not there, or is no manifest.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let file = folder.join("Cargo.toml");
        let above = folder.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        Self::parse(&above, &text(&file)?).map_err(|error| format!("{}: {error}", file.display()))
    }

    fn parse(folder: &str, manifest: &str) -> Result<Self, String> {
        let table = manifest.parse::<Table>().map_err(|error| error.to_string())?;
        let name = table.get("package").and_then(|package| package.get("name")?.as_str()).ok_or("has no name")?;
        let targets = table.get("target").and_then(|targets| targets.as_table());
        let tables = std::iter::once(&table)
            .chain(targets.into_iter().flat_map(|all| all.values().filter_map(|one| one.as_table())));
        let needs = tables.flat_map(|table| ["dependencies", "build-dependencies"].map(|key| table.get(key)));
        let needs = needs.flatten().filter_map(|needs| needs.as_table()).flat_map(|needs| needs.keys().cloned());
        Ok(Self { folder: folder.to_owned(), name: name.to_owned(), needs: needs.collect() })
    }
}

/// Every dependency that points the wrong way, a sentence each.
pub fn disorder(manifests: &[Manifest]) -> Vec<String> {
    manifests
        .iter()
        .flat_map(|manifest| manifest.needs.iter().filter_map(|need| wrong(manifest, need, manifests)))
        .collect()
}

fn wrong(manifest: &Manifest, need: &str, manifests: &[Manifest]) -> Option<String> {
    let Manifest { folder, name, .. } = manifest;
    let ours = manifests.iter().find(|other| other.name == need).map(|other| other.folder.as_str());
    let wraps = folder == "functions" || name == "spin-host";
    let reason = match ours {
        _ if folder == "components" && name == FOR_TESTS => return None,
        _ if need == FOR_TESTS => "is for tests only",
        Some("functions") => "is a function, and nothing depends on one",
        Some("local") if folder != "local" => "is for this machine only",
        Some(_) if folder == "components" && row(need) >= row(name) => "does not stand below it",
        None if need == "spin-sdk" && !wraps => "is known to spin-host and the functions only",
        None if folder == "components" && !wraps && OUTSIDE.contains(&need) => "brings the outside in",
        _ => return None,
    };
    Some(format!("{folder}/{name} depends on {need}, which {reason}"))
}

/// Where a crate stands, from the bottom up; one that is in no row stands nowhere, which is never below anything.
fn row(name: &str) -> usize {
    ROWS.iter().position(|row| row.contains(&name)).unwrap_or(ROWS.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disorder_of(crates: &[(&str, &str, &[&str])]) -> Vec<String> {
        let manifest = |(folder, name, needs): &(&str, &str, &[&str])| Manifest {
            folder: (*folder).to_owned(),
            name: (*name).to_owned(),
            needs: needs.iter().map(|need| (*need).to_owned()).collect(),
        };
        disorder(&crates.iter().map(manifest).collect::<Vec<_>>())
    }

    #[test]
    fn a_crate_may_depend_on_those_below_it() {
        let crates: [(&str, &str, &[&str]); 4] = [
            ("components", "domain", &["serde"]),
            ("components", "store", &["domain", "futures-util"]),
            ("components", "spin-host", &["store", "spin-sdk"]),
            ("functions", "tasks", &["spin-host", "spin-sdk"]),
        ];
        assert!(disorder_of(&crates).is_empty());
    }

    #[test]
    fn a_crate_that_points_back_is_found() {
        let crates: [(&str, &str, &[&str]); 2] = [("components", "store", &[]), ("components", "ledger", &["store"])];
        assert_eq!(disorder_of(&crates), ["components/ledger depends on store, which does not stand below it"]);
    }

    #[test]
    fn a_crate_beside_it_is_not_below_it() {
        let crates: [(&str, &str, &[&str]); 2] = [("components", "store", &["media"]), ("components", "media", &[])];
        assert_eq!(disorder_of(&crates), ["components/store depends on media, which does not stand below it"]);
    }

    #[test]
    fn the_outside_comes_in_by_spin_host_only() {
        let crates: [(&str, &str, &[&str]); 3] = [
            ("components", "api", &["tokio"]),
            ("components", "store", &["spin-sdk"]),
            ("local", "runner", &["tokio"]),
        ];
        assert_eq!(
            disorder_of(&crates),
            [
                "components/api depends on tokio, which brings the outside in",
                "components/store depends on spin-sdk, which is known to spin-host and the functions only",
            ]
        );
    }

    #[test]
    fn what_is_for_tests_is_not_run() {
        let crates: [(&str, &str, &[&str]); 3] = [
            ("components", "testkit", &["tokio", "store"]),
            ("components", "store", &[]),
            ("local", "runner", &["testkit"]),
        ];
        assert_eq!(disorder_of(&crates), ["local/runner depends on testkit, which is for tests only"]);
    }

    #[test]
    fn dependencies_of_a_target_count_and_those_of_tests_do_not() {
        let manifest = "[package]\nname = \"a\"\n[dev-dependencies]\nb = \"1\"\n[target.'cfg(unix)'.dependencies]\nc.workspace = true\n";
        assert_eq!(Manifest::parse("components", manifest).unwrap().needs, ["c"]);
    }
}
