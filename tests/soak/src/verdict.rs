//! Whether the audit, the customers' notes and the provider's jobs agree.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use e2e::Actor;
use gpu_sim::JobView;
use serde_json::Value;

use crate::customers::Notes;

/// Everything that does not agree.
pub(crate) async fn judge(operator: &Actor, notes: &[Notes], jobs: &[JobView]) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    let audit = operator.get("/api/v1/admin/audit").await?;
    let audit = audit.data()?;
    findings.extend(list(&audit["violations"]).map(|violation| format!("audit: {violation}")));
    findings.extend(list(&audit["unfinished"]).map(|account| format!("audit: {account} was not finished")));
    let mut of_task: BTreeMap<String, Vec<&JobView>> = BTreeMap::new();
    for job in jobs {
        let task = job.webhook.as_deref().and_then(|url| url.split("task=").nth(1)).unwrap_or_default();
        of_task.entry(task.split('&').next().unwrap_or_default().to_owned()).or_default().push(job);
    }
    let twice = of_task.iter().filter(|(_, jobs)| jobs.len() > 1);
    findings.extend(twice.map(|(task, _)| format!("the provider worked twice for {task}")));
    for note in notes {
        findings.extend(note.complaints.iter().cloned());
        findings.extend(compare(note, &of_task).await?);
    }
    Ok(findings)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// A customer's notes against its ledger, and its ledger against the provider's jobs.
async fn compare(note: &Notes, jobs: &BTreeMap<String, Vec<&JobView>>) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    let charged = charged(note).await?;
    for (id, (credits, done)) in &note.told {
        let task = if id.starts_with("task_") { Some(id) } else { None };
        let amount = task.and_then(|task| charged.get(task)).copied().unwrap_or_default();
        if amount > *credits || (*done && amount != *credits) {
            findings.push(format!("{id} of {} was told {credits} credits and charged {amount}", note.account));
        }
    }
    for (task, amount) in charged.iter().filter(|(_, amount)| **amount > 0) {
        let worked = jobs.get(task).is_some_and(|jobs| jobs.iter().any(|job| job.status == "succeeded"));
        if !worked {
            findings.push(format!("{task} was charged {amount} credits, and the provider did nothing for it"));
        }
    }
    Ok(findings)
}

/// What was charged for every task, as the ledger has it.
async fn charged(note: &Notes) -> Result<BTreeMap<String, u64>> {
    let mut charged = BTreeMap::new();
    let mut path = "/api/v1/credits/ledger?limit=100".to_owned();
    loop {
        let page = note.actor.get(&path).await?;
        let page = page.data()?;
        for entry in list(&page["entries"]).filter(|entry| entry["change"] == "capture") {
            let task = entry["subject"].as_str().context("a subject")?;
            let before = charged.insert(task.to_owned(), entry["amount"].as_u64().context("an amount")?);
            anyhow::ensure!(before.is_none(), "{task} was captured twice");
        }
        match page["next_before"].as_u64() {
            None => return Ok(charged),
            Some(before) => path = format!("/api/v1/credits/ledger?limit=100&before={before}"),
        }
    }
}
