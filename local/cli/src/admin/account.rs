//! `cargo likeness admin account`: who may spend credits here, and how many.

use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};

use super::at::At;
use crate::client::Client;
use crate::failure::fail;
use crate::ui::Step;

/// How often a deletion is sent again while something remains that it could remove.
const ATTEMPTS_MAX: usize = 20;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Open an account, and make its first API key, which is shown this once
    Open {
        /// What it is called, for you
        name: String,
        /// Credits it begins with
        #[arg(long, default_value_t = 0)]
        credits: u64,
        #[command(flatten)]
        at: At,
    },
    /// Show an account and its credits
    Show {
        /// The account: acct_..
        account: String,
        #[command(flatten)]
        at: At,
    },
    /// Grant credits
    Grant {
        /// The account: acct_..
        account: String,
        /// How many
        credits: u64,
        /// A name of yours for this grant, such as the order's number: it counts once, however often it is sent
        #[arg(long, value_name = "NAME")]
        id: String,
        #[command(flatten)]
        at: At,
    },
    /// Put a balance right, with a reason that stays in the ledger
    Adjust {
        /// The account: acct_..
        account: String,
        /// How many credits, negative to take off
        #[arg(allow_negative_numbers = true)]
        credits: i64,
        /// Why
        #[arg(long)]
        reason: String,
        /// A name of yours for this adjustment: it counts once, however often it is sent
        #[arg(long, value_name = "NAME")]
        id: String,
        #[command(flatten)]
        at: At,
    },
    /// Let an account begin nothing that costs; it can still read
    Suspend {
        /// The account: acct_..
        account: String,
        #[command(flatten)]
        at: At,
    },
    /// End a suspension
    Resume {
        /// The account: acct_..
        account: String,
        #[command(flatten)]
        at: At,
    },
    /// Remove everything of a suspended account but its ledger: characters, tasks, uploads, keys, names. It cannot be undone
    Delete {
        /// The account: acct_..
        account: String,
        /// That you mean it
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        at: At,
    },
}

/// Runs the command.
pub(super) async fn run(command: Command) -> Result<()> {
    let (at, answer) = match command {
        Command::Open { name, credits, at } => return open(&at, &name, credits).await,
        Command::Delete { account, yes, at } => return delete(&at, &account, yes).await,
        Command::Show { account, at } => {
            let answer = at.client()?.get(&path(&account, "")).await?;
            (at, answer)
        }
        Command::Grant { account, credits, id, at } => {
            let body = json!({ "credits": credits, "grant_id": id });
            let answer = at.client()?.post(&path(&account, "/grants"), &body).await?;
            (at, answer)
        }
        Command::Adjust { account, credits, reason, id, at } => {
            let body = json!({ "credits": credits, "reason": reason, "adjustment_id": id });
            let answer = at.client()?.post(&path(&account, "/adjustments"), &body).await?;
            (at, answer)
        }
        Command::Suspend { account, at } => {
            let answer = at.client()?.post(&path(&account, "/suspend"), &json!({})).await?;
            (at, answer)
        }
        Command::Resume { account, at } => {
            let answer = at.client()?.post(&path(&account, "/resume"), &json!({})).await?;
            (at, answer)
        }
    };
    at.show(&answer);
    Ok(())
}

/// Where an account is, and what of it.
pub(super) fn path(account: &str, what: &str) -> String {
    format!("/api/v1/admin/accounts/{account}{what}")
}

async fn open(at: &At, name: &str, credits: u64) -> Result<()> {
    let (id, key) = at.client()?.open_account(name, credits).await?;
    at.show(&json!({ "account_id": id, "credits": credits, "key": key }));
    Ok(())
}

/// Sends a deletion until nothing is left that it could remove.
async fn delete(at: &At, account: &str, yes: bool) -> Result<()> {
    if !yes {
        let next = "suspend it first, look at it with `admin account show`, and say --yes";
        return fail(format!("{account} would be gone for good, with all its characters"), next);
    }
    let (client, mut answer) = (at.client()?, Value::Null);
    let step = (!at.json).then(|| Step::spinner(format!("Deleting {account}")));
    for _ in 0..ATTEMPTS_MAX {
        answer = gone_over(&client, account, step.as_ref()).await?;
        if answer.get("deleted") == Some(&Value::Bool(true)) {
            drop(step);
            at.show(&answer);
            return Ok(());
        }
    }
    drop(step);
    at.show(&answer);
    fail("something remains that its provider may still remove", "run it again in a while; `remains` says what it is")
}

/// Goes over all of an account once; the last answer.
async fn gone_over(client: &Client, account: &str, step: Option<&Step>) -> Result<Value> {
    let (mut cursor, mut characters, mut tasks) = (1, 0_u64, 0_u64);
    loop {
        let answer = client.call(Method::DELETE, &path(account, &format!("?cursor={cursor}")), &Value::Null).await?;
        let number = |name: &str| answer.get(name).and_then(Value::as_u64);
        let Some(next) = number("next_cursor") else { return Ok(answer) };
        characters = characters.saturating_add(number("characters").unwrap_or_default());
        tasks = tasks.saturating_add(number("tasks").unwrap_or_default());
        if let Some(step) = step {
            step.say(format!("Deleting {account}: {characters} characters and {tasks} other tasks so far"));
        }
        cursor = next;
    }
}
