//! `cargo likeness admin`: the operator's work on a running application.

mod account;
mod at;
mod key;
mod takedown;

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};

use at::At;

use crate::client::{Client, Refused};
use crate::failure::{OrNext, fail};
use crate::sweep::{self, add};
use crate::ui::Step;

/// The operator's work on a running application.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Open, show, grant, adjust, suspend, resume and delete accounts
    #[command(subcommand)]
    Account(account::Command),
    /// Make, list and revoke an account's API keys
    #[command(subcommand)]
    Key(key::Command),
    /// Take something down on somebody's request, and decide on it within 48 hours
    #[command(subcommand)]
    Takedown(takedown::Command),
    /// Check every invariant of one account's credits, or of all; exit code 1 when one is broken
    Audit {
        #[command(flatten)]
        at: At,
        /// Check this account only
        #[arg(long, value_name = "ID")]
        account: Option<String>,
        /// Begin at the first entry of each ledger, and not where the audit before ended
        #[arg(long)]
        full: bool,
    },
    /// Examine the store, the bucket, the providers' accounts and the public address; exit code 1 when one cannot be used
    Doctor {
        #[command(flatten)]
        at: At,
        /// Try it as hard as the conformance suite does: a thousand increments by swap instead of twenty
        #[arg(long)]
        thorough: bool,
    },
    /// Show the deployment's own models, or put the ones of a file in their place
    Models {
        #[command(flatten)]
        at: At,
        /// A catalogue file, as docs/api/models.md describes it
        file: Option<std::path::PathBuf>,
    },
    /// Do what is due: finish tasks that nobody asked about again, tell their owners, remove what is past its time
    Reconcile {
        #[command(flatten)]
        at: At,
        /// Look at every account with anything open or kept, also where nothing is due yet
        #[arg(long)]
        all: bool,
    },
}

/// Runs the command.
pub(crate) async fn run(args: Args) -> Result<()> {
    let next = "start the application with `cargo likeness up`, or say where it is: --url and --token";
    match args.command {
        Command::Account(command) => advise(account::run(command).await, next),
        Command::Key(command) => advise(key::run(command).await, next),
        Command::Takedown(command) => advise(takedown::run(command).await, next),
        Command::Audit { at, account, full } => {
            let json = at.json;
            let step = step("Auditing all accounts", json);
            let report = audit(&at.client()?, account.as_deref(), full, step).await.or_next(next)?;
            show_audit(&report, json)
        }
        Command::Doctor { at, thorough } => {
            let json = at.json;
            let step = step("Examining the deployment", json);
            let effort = if thorough { "thorough" } else { "quick" };
            let report = at.client()?.get(&format!("/api/v1/admin/doctor?effort={effort}")).await.or_next(next)?;
            drop(step);
            show_examination(&report, json)
        }
        Command::Models { at, file } => {
            let client = at.client()?;
            let path = "/api/v1/admin/models";
            let answer = match file {
                None => client.get(path).await.or_next(next)?,
                Some(file) => {
                    let text = std::fs::read_to_string(&file);
                    let text = text.with_context(|| file.display().to_string()).or_next("name a file that is there")?;
                    let catalogue: Value = serde_json::from_str(&text)
                        .with_context(|| format!("{} is not JSON", file.display()))
                        .or_next("see docs/api/models.md for its form")?;
                    client.call(Method::PUT, path, &catalogue).await.or_next(next)?
                }
            };
            println!("{answer:#}");
            Ok(())
        }
        Command::Reconcile { at, all } => {
            let json = at.json;
            let step = step("Doing what is due", json);
            let told = |swept: &Value| say(step.as_ref(), "Sweeping", swept);
            let swept = sweep::all(&at.client()?, all, told).await.or_next(next)?;
            drop(step);
            show_swept(&swept, json)
        }
    }
}

/// What to do: as the application says, where it was reached; otherwise reach it.
fn advise(outcome: Result<()>, next: &str) -> Result<()> {
    let refused = outcome.as_ref().is_err_and(anyhow::Error::is::<Refused>);
    outcome.or_next(if refused { "do as it says; docs/api/README.md explains every code" } else { next })
}

/// Says what is under way; to people only.
fn step(what: &'static str, json: bool) -> Option<Step> {
    (!json).then(|| Step::spinner(what))
}

async fn audit(client: &Client, account: Option<&str>, full: bool, step: Option<Step>) -> Result<Value> {
    if let Some(account) = account {
        return audit_one(client, account, full).await;
    }
    let mut report = json!({ "accounts": 0, "entries": 0, "violations": [], "unfinished": [] });
    let mut cursor = Some(1);
    while let Some(at) = cursor {
        let page = client.get(&format!("/api/v1/admin/audit?cursor={at}&full={full}")).await?;
        cursor = page.get("next_cursor").and_then(Value::as_u64);
        add(&mut report, &page);
        for account in take(&mut report, "unfinished") {
            add(&mut report, &audit_one(client, account.as_str().unwrap_or_default(), false).await?);
        }
        say(step.as_ref(), "Auditing", &report);
    }
    Ok(report)
}

/// Audits one account, with as many requests as its ledger takes: each goes on where the one before was.
async fn audit_one(client: &Client, account: &str, full: bool) -> Result<Value> {
    let mut report = json!({ "accounts": 0, "entries": 0, "violations": [], "unfinished": [] });
    let (mut full, mut through) = (full, 0);
    loop {
        let page = client.get(&format!("/api/v1/admin/audit?account={account}&full={full}")).await?;
        let reached = page.get("checked_through").and_then(Value::as_u64).unwrap_or_default();
        let goes_on = report_has(&page, "unfinished");
        // What is wrong holds it up: it is told once.
        let ends = !goes_on || reached <= through || report_has(&page, "violations");
        add(&mut report, &page);
        if ends {
            return Ok(report);
        }
        drop(take(&mut report, "unfinished"));
        (full, through) = (false, reached);
    }
}

fn report_has(report: &Value, list: &str) -> bool {
    report.get(list).and_then(Value::as_array).is_some_and(|list| !list.is_empty())
}

/// Takes a list out of a report, and leaves it empty there.
fn take(report: &mut Value, list: &str) -> Vec<Value> {
    report.get_mut(list).and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default()
}

fn say(step: Option<&Step>, doing: &str, sum: &Value) {
    if let Some(step) = step {
        step.say(format!("{doing} all accounts: {} done", sum.get("accounts").unwrap_or(&Value::Null)));
    }
}

fn show_examination(report: &Value, json: bool) -> Result<()> {
    if json {
        println!("{report:#}");
    }
    for check in report.get("checks").and_then(Value::as_array).into_iter().flatten().filter(|_| !json) {
        let text = |name: &str| check.get(name).and_then(Value::as_str).unwrap_or_default();
        let mark = match text("verdict") {
            "passed" => "✓",
            "tolerated" => "~",
            _ => "✗",
        };
        let note = text("note");
        println!("{mark} {}{}{note}", text("check"), if note.is_empty() { "" } else { ": " });
    }
    if report.get("safe") == Some(&Value::Bool(true)) {
        if !json {
            let took = report.get("took_ms").and_then(Value::as_u64).unwrap_or_default();
            println!("\nMoney is safe on this store (examined in {took} ms).");
        }
        if report.get("healthy") == Some(&Value::Bool(false)) {
            return fail("something of this deployment cannot be used", "do what stands beside each ✗ above");
        }
        return Ok(());
    }
    fail(
        "money is not safe on this store, and nothing that costs is taken",
        "docs/operations/stores.md says which stores are",
    )
}

fn show_swept(swept: &Value, json: bool) -> Result<()> {
    let count = |name: &str| swept.get(name).and_then(Value::as_u64).unwrap_or_default();
    if json {
        println!("{swept:#}");
    } else {
        println!("✓ Accounts: {}; tasks settled: {}, going on: {}", count("accounts"), count("settled"), count("open"));
    }
    match count("failed") {
        0 => Ok(()),
        failed => {
            fail(format!("{failed} tasks could not be looked at"), "the application's log says why; run it again")
        }
    }
}

fn show_audit(report: &Value, json: bool) -> Result<()> {
    let list = |name: &str| report.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let (violations, unfinished) = (list("violations"), list("unfinished"));
    let number = |name: &str| report.get(name).and_then(Value::as_u64).unwrap_or_default();
    if json {
        println!("{report:#}");
    } else {
        println!("  Accounts: {}; ledger entries: {}", number("accounts"), number("entries"));
        for violation in &violations {
            let text = |name: &str| violation.get(name).and_then(Value::as_str).unwrap_or("?");
            println!("  ✗ {}: {}", text("account_id"), text("message"));
        }
        for account in &unfinished {
            println!("  ? {}: its ledger is too long for one request", account.as_str().unwrap_or("?"));
        }
    }
    if violations.is_empty() && unfinished.is_empty() {
        if !json {
            println!("✓ Every invariant holds");
        }
        return Ok(());
    }
    let counts = format!("{} invariants are broken, {} accounts not finished", violations.len(), unfinished.len());
    fail(counts, "docs/money.md says what each means; keep the store as it is and report it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_added_up() {
        let mut sum = json!({ "accounts": 1, "violations": ["a"] });
        add(&mut sum, &json!({ "accounts": 2, "violations": ["b"], "next_cursor": 3 }));
        assert_eq!(sum, json!({ "accounts": 3, "violations": ["a", "b"] }));
    }

    #[test]
    fn a_store_that_is_not_said_to_be_safe_is_an_error() {
        let check = json!({ "check": "Counters count", "verdict": "failed", "note": "a counter does not count" });
        assert!(show_examination(&json!({ "safe": true, "checks": [check] }), false).is_ok());
        assert!(show_examination(&json!({ "safe": true, "healthy": false, "checks": [check] }), false).is_err());
        assert!(show_examination(&json!({ "safe": false, "checks": [check] }), false).is_err());
        assert!(show_examination(&json!({}), true).is_err());
    }

    #[test]
    fn a_broken_invariant_is_an_error() {
        let clean = json!({ "accounts": 1, "entries": 5, "violations": [], "unfinished": [] });
        assert!(show_audit(&clean, false).is_ok());
        let broken =
            json!({ "violations": [{ "account_id": "acct_1", "message": "is not balanced" }], "unfinished": [] });
        assert!(show_audit(&broken, true).is_err());
        assert!(show_audit(&json!({ "unfinished": ["acct_1"] }), false).is_err());
    }
}
