//! How what Likeness does grows with what there is: a deployment with few accounts and tasks, and one with many.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::load::{self, Measured, Request, percentile};
use super::ours::{self, Deployment};
use super::report::table;
use super::target::Target;
use super::{copies, host::Kind};
use crate::client::{Client, text};
use crate::ui::Step;

/// Accounts, and tasks of each.
const FEW: (usize, usize) = (10, 10);
const MANY: (usize, usize) = (1_000, 10);
const VERY_MANY: (usize, usize) = (50_000, 20);
/// Changes of the credits of the account that asks, at most.
const CHANGES: f64 = 10_000.0;
/// Callers that make them, and for how long before it is looked how many there are.
const CHANGED_BY: (usize, Duration) = (64, Duration::from_secs(2));
/// Longest time to make them; on a slow machine there are fewer.
const CHANGED_WITHIN: Duration = Duration::from_secs(40);
/// Rounds of the sweep that find nothing due.
const IDLE_ROUNDS: usize = 9;
/// Rounds that look at everything that is due, at most.
const ROUNDS_MAX: usize = 100;
/// What is read, of the account that asks.
const READS: [&str; 5] = ["credits", "character", "task", "tasks", "ledger"];

/// What one deployment took.
struct Size {
    name: String,
    /// A measurement for each read.
    reads: Vec<Measured>,
    sweep: Option<Sweep>,
}

/// Milliseconds of a round with nothing due; how many accounts were due before, and how many milliseconds of all rounds each of them took.
struct Sweep {
    idle_ms: f64,
    due: u64,
    each_ms: f64,
}

/// Measures it, and writes the section.
pub(super) async fn measure(
    root: &Path,
    scratch: &Path,
    kind: Kind,
    (large, time): (bool, Duration),
    step: &Step,
) -> Result<String> {
    let mut sizes = Vec::new();
    for size in [FEW, MANY].into_iter().chain(large.then_some(VERY_MANY)) {
        let deployment = Deployment::prepare(kind, root, scratch.join(format!("accounts-{}", size.0))).await?;
        step.say(format!("{} accounts with {} tasks each", size.0, size.1));
        let furnished = furnish(&deployment, root, size).await?;
        sizes.extend(of(&deployment, furnished, size, (time, step)).await?);
    }
    Ok(section(kind, &sizes))
}

/// A customer with so many tasks and a character, and as many others like it: the customer's account, key, character and a task.
async fn furnish(deployment: &Deployment, root: &Path, (accounts, tasks): (usize, usize)) -> Result<[String; 4]> {
    let server = deployment.start().await?;
    let (account, key) = deployment.customer().await?;
    let customer = Client::new(&deployment.url, &key)?;
    let character = ours::reference(&customer, root).await?;
    let picture = json!({ "prompt": "on a beach", "num_outputs": 1 });
    for _ in 1..tasks {
        let made = customer.post(&format!("/api/v1/characters/{character}/generate"), &picture).await?;
        ensure!(made.get("status") == Some(&json!("completed")), "a picture is not made: {made}");
    }
    let listed = customer.get("/api/v1/tasks?limit=1").await?;
    let task = text(listed.pointer("/tasks/0").context("there is no task")?, "id")?;
    server.stop().await?;
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    copies::make(&deployment.state, &account, accounts, now).await?;
    Ok([account, key, character, task])
}

/// Measures a deployment; one with many accounts again, once the customer's own credits changed often.
async fn of(
    deployment: &Deployment,
    [account, key, character, task]: [String; 4],
    (accounts, tasks): (usize, usize),
    (time, step): (Duration, &Step),
) -> Result<Vec<Size>> {
    let server = deployment.start().await?;
    let target = deployment.known(&account, &key, &character, server);
    let sweep = sweep(&Client::new(&deployment.url, &deployment.admin)?).await?;
    let name = format!("{accounts} accounts, {} tasks", accounts.saturating_mul(tasks));
    step.say(format!("{name}: reads"));
    let first = Size { name, reads: reads(&target, &task, time).await?, sweep: Some(sweep) };
    if accounts == FEW.0 {
        return Ok(vec![first]);
    }
    step.say("An account whose credits change often");
    let (grant, began, mut changes) = (target.grant(&account), Instant::now(), 0.0);
    while changes < CHANGES && began.elapsed() < CHANGED_WITHIN {
        changes += target.ask(&grant, CHANGED_BY.0, CHANGED_BY.1).await?.good;
    }
    let name = format!("then, with {changes:.0} changes of its own credits");
    let second = Size { name, reads: reads(&target, &task, time).await?, sweep: None };
    Ok(vec![first, second])
}

async fn reads(target: &Target, task: &str, time: Duration) -> Result<Vec<Measured>> {
    let mut all = Vec::new();
    for name in READS {
        let request = request(target, name, task).with_context(|| name.to_owned())?;
        load::verify(&request).await.with_context(|| name.to_owned())?;
        all.push(target.ask(&request, 1, time).await?);
    }
    Ok(all)
}

fn request(target: &Target, name: &str, task: &str) -> Option<Request> {
    let of = |path: &str| {
        let credits = target.request("credits")?;
        Some(Request { url: format!("{}{path}", target.base), ..credits })
    };
    match name {
        "task" => of(&format!("/api/v1/tasks/{task}")),
        "ledger" => of("/api/v1/credits/ledger"),
        _ => target.request(name),
    }
}

/// Looks at everything that is due, and then for something that is.
async fn sweep(operator: &Client) -> Result<Sweep> {
    let (mut due, mut rounds, began) = (0_u64, 0_usize, Instant::now());
    let each_ms = loop {
        let looked = round(operator).await?;
        if looked == 0 {
            break began.elapsed().as_secs_f64() * 1_000.0 / f64::from(u32::try_from(due.max(1))?);
        }
        due = due.saturating_add(looked);
        rounds = rounds.saturating_add(1);
        ensure!(rounds < ROUNDS_MAX, "something is always due");
    };
    let mut idle = Vec::new();
    for _ in 0..IDLE_ROUNDS {
        let began = Instant::now();
        round(operator).await?;
        idle.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    idle.sort_by(f64::total_cmp);
    Ok(Sweep { idle_ms: percentile(&idle, 50), due, each_ms })
}

/// How many accounts a round of the sweep looked at.
async fn round(operator: &Client) -> Result<u64> {
    let said = operator.post("/api/v1/admin/reconcile", &json!({})).await?;
    said.get("accounts").and_then(Value::as_u64).context("no number of accounts")
}

fn section(kind: Kind, sizes: &[Size]) -> String {
    let first = sizes.first();
    let cell = |size: &Size, n: usize| {
        let Some(read) = size.reads.get(n) else { return super::report::NOTHING.to_owned() };
        let few = first.and_then(|first| first.reads.get(n)).map_or(f64::NAN, |few| few.p99_ms);
        format!("{:.1} / {:.1} ms ({:.2}x)", read.p50_ms, read.p99_ms, read.p99_ms / few)
    };
    let line = |(n, name): (usize, &&str)| {
        std::iter::once((*name).to_owned()).chain(sizes.iter().map(|size| cell(size, n))).collect()
    };
    let swept = |name: &str, told: &dyn Fn(&Sweep) -> String| -> Vec<String> {
        let cells =
            sizes.iter().map(|size| size.sweep.as_ref().map_or_else(|| super::report::NOTHING.to_owned(), told));
        std::iter::once(name.to_owned()).chain(cells).collect()
    };
    let mut rows: Vec<Vec<String>> = READS.iter().enumerate().map(line).collect();
    rows.push(swept("a round of the sweep, nothing due", &|sweep| format!("{:.0} ms", sweep.idle_ms)));
    rows.push(swept("all that is due, looked at", &|Sweep { due, each_ms, .. }| {
        format!("{due} accounts, {each_ms:.1} ms each")
    }));
    let host = if kind == Kind::Runner { "on the runner" } else { "natively" };
    let says = format!(
        "Likeness {host}, one connection: half and 99 of 100 good answers within these milliseconds, and the latter as a multiple of the first column's. \
         One account is asked; the others are copies of it, written straight into the store's file.\n\n"
    );
    let head = std::iter::once("").chain(sizes.iter().map(|size| size.name.as_str()));
    format!("{says}{}", table(head, &rows))
}
