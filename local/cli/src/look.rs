//! `cargo likeness characters`, `tasks`, `credits`, `ledger`, `models`: what there is, a line each.

use anyhow::Result;
use serde_json::Value;

use crate::customer::Customer;

/// What is looked at.
#[derive(Clone, Copy)]
pub(crate) enum Look {
    /// The customer's characters, newest first.
    Characters,
    /// The customer's tasks, newest first.
    Tasks,
    /// The customer's credits.
    Credits,
    /// What changed them, newest first.
    Ledger,
    /// What can be run here.
    Models,
}

impl Look {
    const fn path(self) -> &'static str {
        match self {
            Self::Characters => "/api/v1/characters?limit=100",
            Self::Tasks => "/api/v1/tasks?limit=100",
            Self::Credits => "/api/v1/credits",
            Self::Ledger => "/api/v1/credits/ledger?limit=100",
            Self::Models => "/api/v1/models",
        }
    }

    /// The list in an answer, and which fields of an item are shown.
    const fn columns(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Characters => ("characters", &["character_id", "status", "trigger_word", "name"]),
            Self::Tasks => ("tasks", &["id", "status", "creditsUsed", "model"]),
            Self::Credits => ("", &["credits"]),
            Self::Ledger => ("entries", &["at", "change", "amount", "balance", "subject"]),
            Self::Models => ("models", &["id", "type", "name"]),
        }
    }
}

/// Runs one of the commands.
pub(crate) async fn run(look: Look, customer: Customer) -> Result<()> {
    let answer = customer.client().await?.get(look.path()).await?;
    if customer.json {
        println!("{answer:#}");
        return Ok(());
    }
    for line in lines(look, &answer) {
        println!("{line}");
    }
    Ok(())
}

fn lines(look: Look, answer: &Value) -> Vec<String> {
    let (list, fields) = look.columns();
    let items = match answer.get(list) {
        Some(Value::Array(items)) => items.iter().collect(),
        _ => vec![answer],
    };
    let text = |item: &Value, field: &str| match item.get(field) {
        Some(Value::String(text)) => text.clone(),
        Some(value) if !value.is_null() => value.to_string(),
        _ => "-".to_owned(),
    };
    let rows: Vec<Vec<String>> =
        items.iter().map(|item| fields.iter().map(|field| text(item, field)).collect()).collect();
    let width = |n: usize| rows.iter().filter_map(|row| row.get(n)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let padded = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(n, cell)| format!("{cell:<width$}", width = width(n)));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(padded).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_there_is_stands_in_columns() {
        let answer = json!({ "tasks": [
            { "id": "task_1", "status": "completed", "creditsUsed": 15, "model": "flux" },
            { "id": "task_22", "status": "failed", "creditsUsed": null, "model": "songs" },
        ] });
        assert_eq!(lines(Look::Tasks, &answer), ["task_1   completed  15  flux", "task_22  failed     -   songs"]);
        assert_eq!(lines(Look::Credits, &json!({ "credits": 7 })), ["7"]);
    }
}
