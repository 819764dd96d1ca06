//! `cargo likeness estimate`: what a run of a model would cost.

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use crate::customer::Customer;
use crate::failure::OrNext;

/// Tell what a run of a model would cost; nothing is made
#[derive(clap::Args)]
#[command(after_help = "For example: cargo likeness estimate flux-2-pro-text-to-image prompt=\"a fox\" num_outputs=2")]
pub(crate) struct Args {
    /// The model: `cargo likeness models` lists them
    model: String,
    /// The model's parameters
    #[arg(value_name = "NAME=VALUE", value_parser = parameter)]
    input: Vec<(String, Value)>,
    #[command(flatten)]
    customer: Customer,
}

/// Runs the command.
pub(crate) async fn run(args: Args) -> Result<()> {
    let input: Map<String, Value> = args.input.into_iter().collect();
    let asked = json!({ "model": args.model, "input": input });
    let told = args.customer.client().await?.post("/api/v1/estimate", &asked).await;
    let told = told.or_next("`cargo likeness models` lists the models; `--json` with it tells what each takes")?;
    if args.customer.json {
        println!("{told:#}");
        return Ok(());
    }
    println!("{} credits", told.get("credits").and_then(Value::as_u64).context("the answer has no price")?);
    if let Some(ignored) = told.get("ignored").and_then(Value::as_array).filter(|ignored| !ignored.is_empty()) {
        let names: Vec<&str> = ignored.iter().filter_map(Value::as_str).collect();
        println!("without effect: {}", names.join(", "));
    }
    Ok(())
}

/// A parameter: a value that is JSON, else a text.
fn parameter(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("a parameter is NAME=VALUE")?;
    Ok((name.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| value.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_json_or_a_text() {
        assert_eq!(parameter("num_outputs=2"), Ok(("num_outputs".to_owned(), json!(2))));
        assert_eq!(parameter("prompt=a fox = red"), Ok(("prompt".to_owned(), json!("a fox = red"))));
        assert_eq!(parameter("ratio=16:9"), Ok(("ratio".to_owned(), json!("16:9"))));
        assert!(parameter("prompt").is_err());
    }
}
