//! `cargo likeness train`: a character from a folder of photos, which need be nowhere on the web.

mod consent;
mod photos;
mod upload;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::client::{Client, text};
use crate::customer::Customer;
use crate::failure::OrNext;
use crate::ui::{Step, asked_to_stop};
use consent::Consent;

/// How often the character's status is asked for.
const POLL_EVERY: Duration = Duration::from_secs(2);
/// How long a training takes, as far as anybody knows before it has begun.
const TRAINING_TIME_EXPECTED: Duration = Duration::from_mins(3);

/// Train a character on the photos of a folder
#[derive(clap::Args)]
#[command(
    after_help = "Takes the 10 to 30 JPEG, PNG and WebP files of the folder, at most 10 MB each. Costs 500 credits."
)]
pub(crate) struct Args {
    /// The folder with the photos
    folder: PathBuf,
    /// What the character is called
    #[arg(long)]
    name: Option<String>,
    /// The word that calls it up in a prompt: 3 to 32 letters, digits or underscores; made up otherwise
    #[arg(long, value_name = "WORD")]
    trigger_word: Option<String>,
    /// Do not wait for the training
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    customer: Customer,
}

/// Runs the command.
pub(crate) async fn run(args: Args) -> Result<()> {
    let photos = photos::find(&args.folder)?;
    let consent = args.consent.told()?;
    let (base, customer) = args.customer.known().await?;

    let step = step(&args, || Step::spinner(format!("Uploading {} photos", photos.len())));
    let urls = upload::all(&customer, &photos).await.or_next("run the same command again: nothing was charged")?;
    done(step, &format!("Uploaded {} photos", photos.len()));

    let mut body = json!({ "image_urls": urls });
    for (field, value) in [("name", &args.name), ("trigger_word", &args.trigger_word)] {
        if let (Some(body), Some(value)) = (body.as_object_mut(), value) {
            body.insert(field.to_owned(), value.as_str().into());
        }
    }
    if let (Some(body), Some(consent)) = (body.as_object_mut(), consent) {
        body.insert("consent".to_owned(), consent);
    }
    let created = customer.order("/api/v1/characters/create", &body).await;
    let created = created.or_next("change what it says, and run the same command again: nothing was charged")?;
    let path = format!("/api/v1/characters/{}", text(&created, "character_id")?);
    if !args.customer.json {
        tell_warnings(&created);
    }
    let character = if args.no_wait { created } else { wait(&args, &customer, &path).await? };
    show(&args, &base, &path, &character)
}

/// A step, unless nobody is to see any.
fn step(args: &Args, begin: impl FnOnce() -> Step) -> Option<Step> {
    (!args.customer.json).then(begin)
}

fn done(step: Option<Step>, what: &str) {
    if let Some(step) = step {
        step.done(what);
    }
}

fn tell_warnings(created: &Value) {
    let warnings = created.get("warnings").and_then(Value::as_array).into_iter().flatten();
    for message in warnings.filter_map(|warning| warning.get("message")?.as_str()) {
        println!("  {message}");
    }
}

/// Waits until the training ended. Whoever stops waiting stops nothing else.
async fn wait(args: &Args, customer: &Client, path: &str) -> Result<Value> {
    let step = step(args, || Step::timed("Training", TRAINING_TIME_EXPECTED));
    let (began, mut stop) = (Instant::now(), std::pin::pin!(asked_to_stop()));
    loop {
        let character = customer.get(path).await.or_next(format!("the training goes on; ask for it: GET {path}"))?;
        match text(&character, "status")?.as_str() {
            "ready" => {
                done(step, "Trained");
                return Ok(character);
            }
            "awaiting_consent" => {
                done(step, "The person on the photos is asked");
                return Ok(character);
            }
            "training" => {}
            _ => {
                let why = character.pointer("/error/message").and_then(Value::as_str).unwrap_or("it says not why");
                bail!("the training failed: {why}");
            }
        }
        if let Some(step) = &step {
            let progress = character.get("progress").and_then(Value::as_f64).unwrap_or_default();
            step.elapsed(began.elapsed().max(TRAINING_TIME_EXPECTED.mul_f64(progress.clamp(0.0, 1.0))));
        }
        tokio::select! {
            () = tokio::time::sleep(POLL_EVERY) => {}
            () = &mut stop => {
                done(step, "The training goes on without you");
                return Ok(character);
            }
        }
    }
}

fn show(args: &Args, base: &str, path: &str, character: &Value) -> Result<()> {
    if args.customer.json {
        println!("{character:#}");
        return Ok(());
    }
    let (name, word) = (text(character, "name")?, text(character, "trigger_word")?);
    println!("\n  {name}, {}, trigger word {word}", text(character, "status")?);
    if let Some(link) = character.pointer("/consent/link").and_then(Value::as_str) {
        println!("  For the person on the photos, to agree, refuse, or take it back: {link}");
    }
    println!("  {base}{path}\n\nNext, once it is ready:");
    println!(
        "  cargo likeness generate {} \"professional photoshoot, studio lighting\"",
        text(character, "character_id")?
    );
    Ok(())
}
