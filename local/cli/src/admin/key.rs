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
        /// Make one for tests, `sk-test-`: a key of the account for tests that belongs to this one; nothing it orders costs anything
        #[arg(long)]
        test: bool,
        #[command(flatten)]
        limits: Limits,
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

/// What a new key is limited to; what is not told is not limited.
#[derive(Default, clap::Args)]
pub(super) struct Limits {
    /// What it may be used for: read, generate, train, delete; several with commas
    #[arg(long, value_name = "SCOPE", value_delimiter = ',')]
    scopes: Vec<String>,
    /// The only characters that it may be used for: char_..; several with commas
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    characters: Vec<String>,
    /// The only networks that it may be used from: 203.0.113.0/24; several with commas
    #[arg(long, value_name = "NETWORK", value_delimiter = ',')]
    networks: Vec<String>,
    /// When it ends by itself: 2027-12-31T00:00:00Z
    #[arg(long, value_name = "TIME")]
    ends_at: Option<String>,
    /// Credits that it may spend in a day, from midnight UTC
    #[arg(long, value_name = "CREDITS")]
    day: Option<u64>,
    /// Credits that it may spend in a calendar month
    #[arg(long, value_name = "CREDITS")]
    month: Option<u64>,
}

impl Limits {
    /// What is sent to make a key.
    fn body(&self, label: &str, test: bool) -> Value {
        let some = |list: &[String]| (!list.is_empty()).then(|| list.to_vec());
        let budget = (self.day.or(self.month).is_some()).then(|| json!({ "day": self.day, "month": self.month }));
        json!({
            "label": label,
            "scopes": some(&self.scopes),
            "characters": some(&self.characters),
            "networks": some(&self.networks),
            "ends_at": self.ends_at,
            "budget": budget,
            "test": test.then_some(true),
        })
    }
}

/// Runs the command.
pub(super) async fn run(command: Command) -> Result<()> {
    match command {
        Command::New { account, label, test, limits, at } => {
            at.show(&at.client()?.post(&path(&account, "/keys"), &limits.body(&label, test)).await?);
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

/// A key in a line: its id, since when, whether it is revoked, what it is for, and what it is limited to.
fn line(key: &Value) -> String {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    let known = |name| text(name).unwrap_or("-");
    let since = text("revoked_at").map_or_else(|| "open".to_owned(), |at| format!("revoked {at}"));
    let limits = limits(key);
    format!("{}  {}  {since}  {}{limits}", known("key_id"), known("created_at"), known("label"))
}

/// What a key is limited to, in words; empty where it is not limited.
fn limits(key: &Value) -> String {
    let names = |name: &str| {
        let names: Vec<&str> = key.get(name)?.as_array()?.iter().filter_map(Value::as_str).collect();
        Some(format!("  {name}: {}", names.join(", ")))
    };
    let spent = |window: &str| {
        let spent = key.pointer(&format!("/budget/{window}"))?;
        Some(format!("  {} of {} credits this {window}", spent.get("used")?, spent.get("limit")?))
    };
    let ends_at = key.get("ends_at").and_then(Value::as_str).map(|at| format!("  until {at}"));
    let parts = [names("scopes"), names("characters"), names("networks"), spent("day"), spent("month"), ends_at];
    parts.into_iter().flatten().collect()
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
        let limited = json!({
            "key_id": "89", "label": "shop", "created_at": "2026-11-29", "revoked_at": null,
            "scopes": ["read", "generate"], "networks": ["203.0.113.0/24"], "ends_at": "2027-12-31", "budget": { "day": { "limit": 500, "used": 30 } },
        });
        let told = "89  2026-11-29  open  shop  scopes: read, generate  networks: 203.0.113.0/24  30 of 500 credits this day  until 2027-12-31";
        assert_eq!(line(&limited), told);
    }
}
