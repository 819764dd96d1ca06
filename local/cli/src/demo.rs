//! `cargo likeness demo`: the complete pipeline, and whether all of it was true.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use domain::ProviderName;
use image::RgbImage;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Client, text};
use crate::failure::OrNext;
use crate::secrets::Secrets;
use crate::stack::{Settings, Stack};
use crate::ui::{Step, table};
use crate::{build, contact_sheet, logs, workspace};

/// How often the character's status is asked for.
const POLL_EVERY: std::time::Duration = std::time::Duration::from_millis(200);
/// Longest training.
const TRAINING_TIME_MAX: std::time::Duration = std::time::Duration::from_mins(1);
const NAME: &str = "Brand Ambassador";
const PROMPT: &str = "professional photoshoot, studio lighting, white background";
const PHOTOS: usize = 12;
const SIZE: (u32, u32) = (896, 1_152);

/// Train a character on 12 photos and generate 4 pictures of it, end to end, with a simulated GPU.
#[derive(clap::Args)]
#[command(
    after_help = "Leaves the pictures, a contact sheet and the log in the output folder. Exit code 0 only if everything held."
)]
pub(crate) struct Args {
    /// Where the pictures go
    #[arg(long, default_value = "demo-output")]
    output: PathBuf,
    /// Log to the terminal instead of to the output folder
    #[arg(long)]
    verbose: bool,
}

/// Runs the command.
pub(crate) async fn run(args: Args) -> Result<()> {
    let root = workspace::root()?;
    build::functions(&root)?;
    let output = root.join(&args.output);
    std::fs::create_dir_all(&output)
        .with_context(|| output.display().to_string())
        .or_next("choose another folder with --output")?;
    if args.verbose {
        logs::to_stderr(false, true);
    } else {
        logs::to_file(&output.join("demo.log"))?;
    }

    let started = Instant::now();
    let state = TempDir::new()?;
    let settings = Settings {
        root: root.clone(),
        state_dir: state.path().to_owned(),
        port: 0,
        gpu_port: 0,
        providers: vec![ProviderName::Replicate],
        variables: BTreeMap::new(),
    };
    let secrets = Secrets::random();
    let step = Step::spinner("Starting the functions, the store and the simulated GPU");
    let stack = Stack::start(&settings, &secrets).await?;
    step.done("Serving, with an embedded store and a simulated GPU");
    let played = play(&stack, &secrets, &root, &output).await;
    let stopped = stack.stop().await;
    let log = output.join("demo.log");
    played.or_next(format!("read the log: {}", log.display()))?;
    stopped?;
    print_end(&output, started);
    Ok(())
}

/// Plays the pipeline as a customer would, over the public HTTP API.
async fn play(stack: &Stack, secrets: &Secrets, root: &Path, output: &Path) -> Result<()> {
    let (_, key) = Client::new(&stack.api, &secrets.admin_token)?.open_account("Demo", 1_000).await?;
    let customer = Client::new(&stack.api, &key)?;
    let granted = expect_credits(&customer, 1_000, "after opening the account").await?;
    let (path, trained) = train(stack, &customer).await?;
    let (pictures, left) = generate(stack, &customer, &path, output).await?;

    let step = Step::spinner("Laying out the contact sheet");
    let photos = workspace::photos(root)?;
    let sheet = contact_sheet::lay_out(NAME, PROMPT, &pictures, photos.get(..PHOTOS).unwrap_or(&photos))?;
    sheet.save(output.join("contact-sheet.png"))?;
    step.done("Contact sheet laid out");

    let row = |what: &str, change: &str, balance: u64| [what.to_owned(), change.to_owned(), balance.to_string()];
    let rows = [
        row("account opened", "+1000", granted),
        row("training", "-500", trained),
        row("4 pictures at 15", "-60", left),
    ];
    let heading = ["what was charged", "credits", "balance"].map(str::to_owned);
    println!("\n{}", table(&[&[heading], rows.as_slice()].concat()));
    Ok(())
}

async fn train(stack: &Stack, customer: &Client) -> Result<(String, u64)> {
    let step = Step::timed(format!("Sending {PHOTOS} photos"), stack.training_time);
    let urls = stack.photos.get(..PHOTOS).context("too few sample photos")?;
    let body = json!({ "name": NAME, "image_urls": urls });
    let created = customer.post("/api/v1/characters/create", &body).await?;
    expect(&created, "status", &json!("training"))?;
    expect(&created, "credits_used", &json!(500))?;
    let path = format!("/api/v1/characters/{}", text(&created, "character_id")?);
    step.say(format!("Training \"{NAME}\""));
    let began = Instant::now();
    loop {
        let character = customer.get(&path).await?;
        match text(&character, "status")?.as_str() {
            "ready" => break,
            "training" => ensure!(began.elapsed() < TRAINING_TIME_MAX, "the training takes too long"),
            _ => anyhow::bail!("the training failed: {character}"),
        }
        step.elapsed(began.elapsed());
        tokio::time::sleep(POLL_EVERY).await;
    }
    let word = text(&created, "trigger_word")?;
    step.done(&format!("Trained \"{NAME}\" on {PHOTOS} photos; its trigger word is {word}"));
    let left = expect_credits(customer, 500, "after the training").await?;
    Ok((path, left))
}

async fn generate(stack: &Stack, customer: &Client, path: &str, output: &Path) -> Result<(Vec<RgbImage>, u64)> {
    let step = Step::timed("Generating 4 pictures", stack.picture_time.saturating_mul(5));
    let body = json!({ "prompt": PROMPT, "aspect_ratio": "3:4", "num_outputs": 4 });
    let (began, generate_path) = (Instant::now(), format!("{path}/generate"));
    let mut answer = std::pin::pin!(customer.post(&generate_path, &body));
    let generated = loop {
        tokio::select! {
            generated = &mut answer => break generated?,
            () = tokio::time::sleep(POLL_EVERY) => step.elapsed(began.elapsed()),
        }
    };
    for (field, expected) in
        [("status", json!("completed")), ("credits_used", json!(60)), ("credits_remaining", json!(440))]
    {
        expect(&generated, field, &expected)?;
    }
    let images = generated.pointer("/output/images").and_then(Value::as_array).context("no output.images")?;
    ensure!(images.len() == 4, "4 pictures were expected and {} delivered", images.len());
    let mut pictures = Vec::new();
    for (n, image) in images.iter().enumerate() {
        let bytes = customer.download(&text(image, "url")?).await?;
        let picture =
            image::load_from_memory_with_format(&bytes, image::ImageFormat::Png).context("a picture is no PNG")?;
        let size = (picture.width(), picture.height());
        ensure!(size == SIZE, "a picture of {SIZE:?} pixels was expected and one of {size:?} delivered");
        std::fs::write(output.join(format!("picture-{}.png", n + 1)), bytes)?;
        pictures.push(picture.to_rgb8());
    }
    step.done("Generated 4 pictures at 3:4 (simulated: they say so)");
    let left = expect_credits(customer, 440, "after the pictures").await?;
    Ok((pictures, left))
}

async fn expect_credits(customer: &Client, expected: u64, when: &str) -> Result<u64> {
    let found = customer.credits().await?;
    ensure!(found == expected, "{expected} credits were expected {when}, and there are {found}");
    Ok(found)
}

fn expect(data: &Value, field: &str, expected: &Value) -> Result<()> {
    let found = data.get(field).unwrap_or(&Value::Null);
    ensure!(found == expected, "{field} was expected to be {expected} and is {found}");
    Ok(())
}

fn print_end(output: &Path, started: Instant) {
    println!("  Pictures        {}", output.join("picture-1.png").display());
    println!("  Contact sheet   {}", output.join("contact-sheet.png").display());
    println!("  Took            {:.1} s\n", started.elapsed().as_secs_f32());
    println!("Go on by hand: start the API with `cargo likeness up`, then, with the key it prints,\n");
    println!("  curl -s http://127.0.0.1:3000/api/v1/credits -H \"Authorization: Bearer $KEY\"");
    println!("  curl -s -X POST http://127.0.0.1:3000/api/v1/characters/$CHAR_ID/generate \\");
    println!(
        "    -H \"Authorization: Bearer $KEY\" -d '{{\"prompt\": \"on a beach at sunset\", \"aspect_ratio\": \"16:9\"}}'"
    );
}
