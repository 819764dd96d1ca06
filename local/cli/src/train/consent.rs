//! What is said of the consent of the person on the photos.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use domain::Digest;
use serde_json::{Map, Value};

use crate::failure::{OrNext, fail};

/// Largest statement that is read to be hashed, in bytes.
const STATEMENT_BYTES_MAX: u64 = 100_000_000;

/// How the person on the photos agreed, for the record
#[derive(clap::Args)]
pub(super) struct Consent {
    /// Who is on the photos, for the record; some deployments ask for it
    #[arg(long, value_name = "WHO", value_parser = ["self", "other", "synthetic"])]
    consent: Option<String>,
    /// When the person agreed, such as 2026-03-01T12:00:00Z
    #[arg(long, value_name = "TIME", requires = "consent", required_if_eq_any = [("consent", "self"), ("consent", "other")])]
    agreed_at: Option<String>,
    /// How the person agreed: 1 to 500 characters
    #[arg(long, value_name = "TEXT", requires = "consent", required_if_eq_any = [("consent", "self"), ("consent", "other")])]
    agreed_how: Option<String>,
    /// The statement that the person signed: its SHA-256 goes along, the file stays here
    #[arg(long, value_name = "FILE", requires = "consent")]
    statement: Option<PathBuf>,
}

impl Consent {
    /// What the API is told; nothing where nothing was said.
    ///
    /// # Errors
    /// That the statement cannot be read.
    pub(super) fn told(&self) -> Result<Option<Value>> {
        let Some(subject) = &self.consent else { return Ok(None) };
        let mut told = Map::new();
        told.insert("subject".to_owned(), subject.as_str().into());
        for (field, value) in [("how", &self.agreed_how), ("agreed_at", &self.agreed_at)] {
            if let Some(value) = value {
                told.insert(field.to_owned(), value.as_str().into());
            }
        }
        if let Some(file) = &self.statement {
            told.insert("statement_hash".to_owned(), hash(file)?.as_str().into());
        }
        Ok(Some(told.into()))
    }
}

fn hash(file: &Path) -> Result<Digest> {
    let next = "name the file with the statement that was signed";
    let named = || file.display().to_string();
    let size = std::fs::metadata(file).with_context(named).or_next(next)?.len();
    if size > STATEMENT_BYTES_MAX {
        return fail(format!("{} has {size} bytes; at most {STATEMENT_BYTES_MAX} are read", file.display()), next);
    }
    Ok(Digest::of(&std::fs::read(file).with_context(named).or_next(next)?))
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::json;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        consent: Consent,
    }

    fn parse(arguments: &[&str]) -> Result<Option<Value>> {
        Command::try_parse_from([&["train"], arguments].concat())?.consent.told()
    }

    #[test]
    fn what_was_said_goes_along_with_the_hash_of_the_statement() {
        assert_eq!(parse(&[]).unwrap(), None);
        assert_eq!(parse(&["--consent", "synthetic"]).unwrap(), Some(json!({ "subject": "synthetic" })));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("statement.txt");
        std::fs::write(&file, "abc").unwrap();
        let said = ["--consent", "other", "--agreed-at", "2026-03-01T12:00:00Z", "--agreed-how", "On paper"];
        let told = parse(&[&said[..], &["--statement", file.to_str().unwrap()]].concat()).unwrap();
        let expected = json!({
            "subject": "other", "how": "On paper", "agreed_at": "2026-03-01T12:00:00Z",
            "statement_hash": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        });
        assert_eq!(told, Some(expected));
    }

    #[test]
    fn what_is_missing_or_unknown_is_told_before_anything_is_uploaded() {
        for bad in [
            &["--consent", "me"][..],
            &["--consent", "self"],
            &["--consent", "self", "--agreed-how", "On paper"],
            &["--agreed-how", "On paper"],
            &["--consent", "synthetic", "--statement", "/no/such/statement"],
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }
}
