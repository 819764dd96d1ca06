//! `cargo likeness admin takedown`: what somebody asks to have taken down.

use std::path::PathBuf;

use anyhow::{Context, Result};
use domain::Digest;
use serde_json::{Value, json};

use super::at::At;
use crate::failure::{OrNext, fail};

/// Where takedowns are.
const TAKEDOWNS: &str = "/api/v1/admin/takedowns";
/// How often an erasure is sent again while something remains that it could remove.
const ATTEMPTS_MAX: usize = 20;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Take something down: it is not handed out any more from then on, and erased in 48 hours unless you decide before
    Open {
        #[command(flatten)]
        what: What,
        /// Why, in your words
        #[arg(long)]
        reason: String,
        /// What you call it elsewhere
        #[arg(long, value_name = "NAME")]
        reference: Option<String>,
        #[command(flatten)]
        at: At,
    },
    /// List the latest takedowns, and how much time is left to decide each
    List {
        #[command(flatten)]
        at: At,
    },
    /// Delete all there is of it; ends in a certificate
    Erase {
        /// Its number, as `list` shows it
        id: u64,
        #[command(flatten)]
        at: At,
    },
    /// It was wrong: hand it out again
    Lift {
        /// Its number, as `list` shows it
        id: u64,
        #[command(flatten)]
        at: At,
    },
}

/// What is to be taken down: one of these.
#[derive(Default, clap::Args)]
#[group(required = true)]
pub(super) struct What {
    /// The file itself, of which the SHA-256 is sent
    #[arg(long, conflicts_with_all = ["sha256", "result", "character"])]
    file: Option<PathBuf>,
    /// SHA-256 of the file
    #[arg(long, conflicts_with_all = ["result", "character"])]
    sha256: Option<String>,
    /// A result's URL, or how that ends
    #[arg(long, conflicts_with = "character")]
    result: Option<String>,
    /// A character: char_..
    #[arg(long, requires = "account")]
    character: Option<String>,
    /// Whose the character is: acct_..
    #[arg(long, requires = "character")]
    account: Option<String>,
}

impl What {
    /// What is sent to name it.
    fn body(&self, reason: &str, reference: Option<&str>) -> Result<Value> {
        let hash = |file: &PathBuf| {
            let bytes = std::fs::read(file).with_context(|| file.display().to_string());
            bytes.or_next("name a file that is there").map(|bytes| Digest::of(bytes).to_string())
        };
        let sha256 = self.file.as_ref().map(hash).transpose()?.or_else(|| self.sha256.clone());
        Ok(json!({
            "sha256": sha256,
            "result": self.result,
            "account_id": self.account,
            "character_id": self.character,
            "reason": reason,
            "reference": reference,
        }))
    }
}

/// Runs the command.
pub(super) async fn run(command: Command) -> Result<()> {
    match command {
        Command::Open { what, reason, reference, at } => {
            let body = what.body(&reason, reference.as_deref())?;
            at.show(&at.client()?.post("/api/v1/admin/takedown", &body).await?);
        }
        Command::List { at } => {
            let answer = at.client()?.get(TAKEDOWNS).await?;
            if at.json {
                at.show(&answer);
            } else {
                let cases = answer.get("takedowns").and_then(Value::as_array);
                cases.into_iter().flatten().for_each(|case| println!("{}", line(case)));
            }
        }
        Command::Erase { id, at } => return erase(&at, id).await,
        Command::Lift { id, at } => {
            at.show(&at.client()?.post(&format!("{TAKEDOWNS}/{id}/lift"), &json!({})).await?);
        }
    }
    Ok(())
}

async fn erase(at: &At, id: u64) -> Result<()> {
    let client = at.client()?;
    for _ in 0..ATTEMPTS_MAX {
        let answer = client.post(&format!("{TAKEDOWNS}/{id}/erase"), &json!({})).await?;
        if answer.get("deleted") == Some(&Value::Bool(true)) {
            // The certificate is to be kept as it is.
            println!("{answer:#}");
            return Ok(());
        }
    }
    fail("something of it remains that could be deleted", "send it again later; the sweep does so from its deadline on")
}

/// A case in a line: its number, how far it is, how long is left, what it is about, and why.
fn line(case: &Value) -> String {
    let text = |name: &str| case.get(name).and_then(Value::as_str);
    let left = case.get("seconds_left").and_then(Value::as_u64).unwrap_or_default();
    let time = match text("state") {
        Some("open") if left == 0 => "overdue".to_owned(),
        Some("open") => format!("{} h {} min left", left / 3_600, left % 3_600 / 60),
        _ => text("ended_at").unwrap_or("-").to_owned(),
    };
    let number = case.get("takedown_id").and_then(Value::as_u64).unwrap_or_default();
    let about = text("character_id").or_else(|| text("task_id")).unwrap_or("-");
    let known = |name| text(name).unwrap_or("-");
    format!("{number}  {}  {time}  {about}  {}  {}", known("state"), known("reference"), known("reason"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_a_line_with_the_time_that_is_left() {
        let mut case = json!({
            "takedown_id": 3, "state": "open", "seconds_left": 7_320, "character_id": "char_1", "task_id": null,
            "reason": "not agreed to", "reference": "case 7", "ended_at": null,
        });
        assert_eq!(line(&case), "3  open  2 h 2 min left  char_1  case 7  not agreed to");
        case["seconds_left"] = json!(0);
        assert!(line(&case).contains("overdue"));
        (case["state"], case["ended_at"]) = (json!("erased"), json!("2026-03-01T12:00:00Z"));
        assert!(line(&case).contains("erased  2026-03-01T12:00:00Z"));
    }

    #[test]
    fn a_file_is_named_by_its_hash() {
        let file = std::env::temp_dir().join(format!("likeness-takedown-{}", std::process::id()));
        std::fs::write(&file, b"abc").unwrap();
        let what = What { file: Some(file.clone()), ..What::default() };
        let body = what.body("why", None).unwrap();
        std::fs::remove_file(file).unwrap();
        assert_eq!(body["sha256"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
