//! `cargo likeness generate`: pictures of a character, into a folder.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use reqwest::Url;
use serde_json::{Map, Value, json};

use crate::client::{Client, text};
use crate::customer::Customer;
use crate::failure::OrNext;
use crate::inline;
use crate::ui::Step;

/// How long pictures take, as far as anybody knows.
const TIME_EXPECTED: Duration = Duration::from_secs(20);

/// Generate pictures of a character, and save them
#[derive(clap::Args)]
#[command(
    after_help = "Costs 15 credits a picture, and nothing where it fails. `cargo likeness characters` lists yours."
)]
pub(crate) struct Args {
    /// The character's id (char_..)
    character: String,
    /// What is to be seen
    prompt: String,
    /// How many pictures, 1 to 4
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=4))]
    count: u8,
    /// Width to height: 1:1, 16:9, 9:16, 4:3, 3:4, 3:2 or 2:3
    #[arg(long, value_name = "RATIO")]
    aspect_ratio: Option<String>,
    /// The same seed gives the same pictures, where the provider keeps that promise
    #[arg(long)]
    seed: Option<u32>,
    /// png, jpg or webp
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Where they are saved
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    out: PathBuf,
    /// Do not show them in the terminal, where that can: kitty, Ghostty, Konsole, iTerm2, mintty
    #[arg(long)]
    no_show: bool,
    #[command(flatten)]
    customer: Customer,
}

/// Runs the command.
pub(crate) async fn run(args: Args) -> Result<()> {
    let client = args.customer.client().await?;
    let path = format!("/api/v1/characters/{}/generate", args.character);
    let begun = client.order(&path, &args.body()).await;
    let begun = begun.or_next("change what it says, and run the same command again: nothing was charged")?;
    let id = text(&begun, "id")?;
    let step = (!args.customer.json).then(|| Step::timed("Generating", TIME_EXPECTED));
    let task = wait(&client, &id, step.as_ref()).await?;
    if let Some(step) = step {
        step.done(&format!("Generated, for {} credits", task.get("creditsUsed").unwrap_or(&Value::Null)));
    }
    let saved = save(&client, &id, &task, &args.out).await?;
    if args.customer.json {
        println!("{task:#}");
        return Ok(());
    }
    let terminal = inline::protocol().filter(|_| !args.no_show);
    for file in saved {
        // Whatever the terminal makes of it, it is saved.
        if let Some(error) = terminal.and_then(|terminal| inline::show(terminal, &file).err()) {
            tracing::debug!("{} is not shown: {error}", file.display());
        }
        println!("  {}", file.display());
    }
    Ok(())
}

impl Args {
    fn body(&self) -> Value {
        let mut body =
            Map::from_iter([("prompt".to_owned(), json!(self.prompt)), ("num_outputs".to_owned(), json!(self.count))]);
        let mut set = |name: &str, value: Option<Value>| body.extend(value.map(|value| (name.to_owned(), value)));
        set("aspect_ratio", self.aspect_ratio.as_deref().map(Value::from));
        set("seed", self.seed.map(Value::from));
        set("output_format", self.format.as_deref().map(Value::from));
        body.into()
    }
}

/// Waits until the task has ended; the application holds each answer back until there is news.
async fn wait(client: &Client, id: &str, step: Option<&Step>) -> Result<Value> {
    let (path, began) = (format!("/api/v1/tasks/{id}?wait=25"), Instant::now());
    loop {
        let task = client.get(&path).await.or_next(format!("the task goes on; ask for it: GET /api/v1/tasks/{id}"))?;
        match text(&task, "status")?.as_str() {
            "completed" => return Ok(task),
            "pending" | "processing" => {}
            status => {
                let why = task.pointer("/error/message").and_then(Value::as_str).unwrap_or("it says not why");
                bail!("it {status}: {why}");
            }
        }
        if let Some(step) = step {
            step.elapsed(began.elapsed());
        }
    }
}

/// Saves what a task made; the files, in their order.
async fn save(client: &Client, id: &str, task: &Value, folder: &Path) -> Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let files = task.pointer("/result/images");
    let urls = files.and_then(Value::as_array).into_iter().flatten().filter_map(|file| file.get("url")?.as_str());
    let mut saved = Vec::new();
    for (n, url) in urls.enumerate() {
        let file = folder.join(format!("{id}-{}.{}", n + 1, extension(url)));
        let bytes = client
            .download(url)
            .await
            .or_next("it can be fetched until its `expires_at`: run `cargo likeness tasks`")?;
        std::fs::write(&file, bytes).with_context(|| file.display().to_string())?;
        saved.push(file);
    }
    Ok(saved)
}

/// The ending of a file's name, as its address has it.
fn extension(url: &str) -> String {
    let path = Url::parse(url).map(|url| url.path().to_owned()).unwrap_or_default();
    let ending = path.rsplit_once('.').map(|(_, ending)| ending.to_owned());
    ending
        .filter(|ending| ending.len() <= 4 && ending.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        .unwrap_or("bin".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_ends_as_its_address_does() {
        assert_eq!(extension("http://127.0.0.1:3000/results/acct_1.task_2.0.webp?mac=x.y"), "webp");
        assert_eq!(extension("http://127.0.0.1:3000/results/x.%2e%2e%2f"), "bin");
        assert_eq!(extension("no address"), "bin");
    }
}
