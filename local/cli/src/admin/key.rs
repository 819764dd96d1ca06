//! `cargo likeness admin key`: what opens an account.

use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};

use super::account::path;
use super::at::At;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Make a key; it is shown this once
    New {
        /// The account: acct_..
        account: String,
        /// What it is for
        #[arg(long, default_value = "key")]
        label: String,
        #[command(flatten)]
        at: At,
    },
    /// List an account's keys, without showing them
    List {
        /// The account: acct_..
        account: String,
        #[command(flatten)]
        at: At,
    },
    /// Let a key open nothing any more
    Revoke {
        /// The account: acct_..
        account: String,
        /// The key's id, as `list` shows it: not the key
        key_id: String,
        #[command(flatten)]
        at: At,
    },
}

/// Runs the command.
pub(super) async fn run(command: Command) -> Result<()> {
    match command {
        Command::New { account, label, at } => {
            at.show(&at.client()?.post(&path(&account, "/keys"), &json!({ "label": label })).await?);
        }
        Command::List { account, at } => {
            let answer = at.client()?.get(&path(&account, "/keys")).await?;
            if at.json {
                at.show(&answer);
            } else {
                let keys = answer.get("keys").and_then(Value::as_array);
                keys.into_iter().flatten().for_each(|key| println!("{}", line(key)));
            }
        }
        Command::Revoke { account, key_id, at } => {
            let key = path(&account, &format!("/keys/{key_id}"));
            at.show(&at.client()?.call(Method::DELETE, &key, &Value::Null).await?);
        }
    }
    Ok(())
}

/// A key in a line: its id, since when, whether it is revoked, and what it is for.
fn line(key: &Value) -> String {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    let known = |name| text(name).unwrap_or("-");
    let since = text("revoked_at").map_or_else(|| "open".to_owned(), |at| format!("revoked {at}"));
    format!("{}  {}  {since}  {}", known("key_id"), known("created_at"), known("label"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_line_without_the_key() {
        let key = json!({ "key_id": "0123", "label": "laptop", "created_at": "2026-11-29", "revoked_at": null });
        assert_eq!(line(&key), "0123  2026-11-29  open  laptop");
        let revoked =
            json!({ "key_id": "4567", "label": "old", "created_at": "2026-11-28", "revoked_at": "2026-11-29" });
        assert_eq!(line(&revoked), "4567  2026-11-28  revoked 2026-11-29  old");
    }
}
