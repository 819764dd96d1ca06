//! A deployment's variables: those of a file, and over them those of the environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use anyhow::{Context, Result};
use lifecycle::config::VARIABLES;

use crate::failure::{OrNext, fail};

/// What a variable's name begins with in the environment, as for Spin.
const PREFIX: &str = "SPIN_VARIABLE_";

/// Reads them. Values that are empty count as not set. Never shows a value.
pub(crate) fn read(
    file: Option<&Path>,
    environment: impl Iterator<Item = (OsString, OsString)>,
) -> Result<BTreeMap<String, String>> {
    let mut variables = match file {
        Some(file) => of_file(file)?,
        None => BTreeMap::new(),
    };
    for (name, value) in environment {
        let Some(known) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)).and_then(known) else { continue };
        let value = value.into_string().ok().with_context(|| format!("{PREFIX}{} is no text", known.to_uppercase()))?;
        variables.insert(known.to_owned(), value);
    }
    variables.retain(|_, value| !value.trim().is_empty());
    Ok(variables)
}

fn of_file(file: &Path) -> Result<BTreeMap<String, String>> {
    let lines = dotenvy::from_path_iter(file);
    let lines =
        lines.map_err(|_| anyhow::anyhow!("{} cannot be read", file.display())).or_next("name a file that is there")?;
    let mut variables = BTreeMap::new();
    for line in lines {
        // The library's own words show the line, and the line may have a secret in it.
        let line = line.map_err(|_| anyhow::anyhow!("{} has a line that is no NAME=value", file.display()));
        let (name, value) = line.or_next("write NAME=value, with quotes around a value that has spaces in it")?;
        let Some(known) = known(name.strip_prefix(PREFIX).unwrap_or(&name)) else {
            let next = "correct its name: docs/operations/configuration.md has them all";
            return fail(format!("{} has {name}, which is no variable of the application", file.display()), next);
        };
        variables.insert(known.to_owned(), value);
    }
    Ok(variables)
}

/// The application's variable of this name, in whatever case.
fn known(name: &str) -> Option<&'static str> {
    VARIABLES.into_iter().find(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
        pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn the_environment_counts_more_than_the_file() {
        let file = file("# ours\nexport SPIN_VARIABLE_PROVIDERS=fal\nFAL_KEY='id:$ecret'\nfal_user_id=\n");
        let environment = pairs(&[("SPIN_VARIABLE_PROVIDERS", "cog"), ("SPIN_VARIABLE_OTHER", "x"), ("HOME", "/")]);
        let read = read(Some(file.path()), environment.into_iter()).unwrap();
        let expected = [("fal_key", "id:$ecret"), ("providers", "cog")];
        assert_eq!(read, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    }

    #[test]
    fn a_file_that_cannot_be_is_refused_without_its_secrets() {
        for text in ["REPLICATE_TOKEN=r8_hidden", "replicate_api_token r8_hidden"] {
            let file = file(text);
            let told = format!("{:#}", read(Some(file.path()), std::iter::empty()).unwrap_err());
            assert!(!told.contains("r8_hidden"), "{told}");
        }
        assert!(read(Some(Path::new("/nowhere/at/all")), std::iter::empty()).is_err());
    }
}
