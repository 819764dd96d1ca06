//! `cargo likeness gpu-sim`: the simulated providers alone, for the same spin.toml under `spin up`.

use std::time::Duration;

use anyhow::{Context, Result};
use clap::builder::PossibleValuesParser;
use gpu_sim::{CogTrainer, Misbehaviour, Simulator};

use crate::failure::OrNext;
use crate::secrets::Secrets;
use crate::ui::asked_to_stop;
use crate::{cog, logs, served};

/// Where the application is, in the lines that are printed.
const PUBLIC_URL: &str = "http://127.0.0.1:3000";

/// Serve the simulated GPU providers alone: the HTTP APIs of Replicate, fal and Cog, no GPU.
#[derive(clap::Args)]
#[command(after_long_help = misbehaviours())]
pub(crate) struct Args {
    /// Port to serve on
    #[arg(long, default_value_t = 3001)]
    port: u16,
    /// Where the application can reach it, if not at 127.0.0.1
    #[arg(long)]
    base_url: Option<String>,
    /// How long a training takes, in seconds
    #[arg(long, default_value_t = 3.0)]
    training_seconds: f64,
    /// How long a picture takes, in seconds
    #[arg(long, default_value_t = 0.5)]
    picture_seconds: f64,
    /// Misbehave with every job; `--help` lists how
    #[arg(long, value_delimiter = ',', value_parser = PossibleValuesParser::new(words()), hide_possible_values = true)]
    misbehave: Vec<String>,
    /// API token it demands
    #[arg(long, default_value = "r8_simulated")]
    token: String,
    /// Secret its callbacks are signed with, `whsec_...`; a new one if not given
    #[arg(long)]
    webhook_secret: Option<String>,
    /// As Cog, have a trainer that returns an object, as flux-fine-tuner's does unwrapped
    #[arg(long)]
    cog_object: bool,
}

fn words() -> Vec<&'static str> {
    Misbehaviour::ALL.iter().map(|(_, word, _)| *word).collect()
}

fn misbehaviours() -> String {
    let lines: Vec<String> =
        Misbehaviour::ALL.iter().map(|(_, word, what)| format!("  {word:<12}{}", what.trim())).collect();
    let intro = "It can misbehave, with every job (--misbehave) or with one: write sim:WORD in a prompt or sim_WORD in a trigger word.";
    format!("{intro}\n\n{}", lines.join("\n"))
}

/// Runs the command.
pub(crate) async fn run(args: Args) -> Result<()> {
    logs::to_stderr(false, true);
    let (listener, url) = served::listen("127.0.0.1", args.port, "--port").await?;
    let seconds =
        |value: f64| Duration::try_from_secs_f64(value).context("not a time").or_next("give seconds from 0 up");
    let secrets = Secrets::random();
    let options = gpu_sim::Options {
        cog_upload_url: Some(cog::upload_url(PUBLIC_URL, &secrets.signing_secret)?),
        cog_trainer: if args.cog_object { CogTrainer::Object } else { CogTrainer::Path },
        base_url: args.base_url.unwrap_or(url).trim_end_matches('/').to_owned(),
        token: args.token,
        webhook_secret: args.webhook_secret.unwrap_or_else(|| secrets.replicate_webhook_secret.clone()),
        training_time: seconds(args.training_seconds)?,
        picture_time: seconds(args.picture_seconds)?,
        misbehaviour: args.misbehave.iter().map(|word| word.parse()).collect::<Result<_>>()?,
        ..gpu_sim::Options::default()
    };
    print_lines(&options, &secrets);
    Simulator::new(options).serve(listener, asked_to_stop()).await
}

fn print_lines(options: &gpu_sim::Options, secrets: &Secrets) {
    println!(
        r"The simulated GPU serves on {url} until Ctrl-C. In another terminal:

export SPIN_VARIABLE_PUBLIC_URL={PUBLIC_URL}
export SPIN_VARIABLE_SIGNING_SECRET={signing}
export SPIN_VARIABLE_ADMIN_TOKEN={admin}
export SPIN_VARIABLE_REPLICATE_API_TOKEN={token}
export SPIN_VARIABLE_REPLICATE_WEBHOOK_SECRET={webhook}
export SPIN_VARIABLE_REPLICATE_BASE_URL={url}
export SPIN_VARIABLE_REPLICATE_OUTPUT_HOST={url}
export SPIN_VARIABLE_FAL_KEY={fal_key} SPIN_VARIABLE_FAL_USER_ID={fal_user}
export SPIN_VARIABLE_FAL_ADMIN_KEY={fal_admin_key} SPIN_VARIABLE_FAL_API_URL={url}
export SPIN_VARIABLE_FAL_QUEUE_URL={url} SPIN_VARIABLE_FAL_REST_URL={url} SPIN_VARIABLE_FAL_OUTPUT_HOST={url}
export SPIN_VARIABLE_COG_TRAINER_URL={url} SPIN_VARIABLE_COG_MODEL_URL={url} SPIN_VARIABLE_COG_CALLBACK_TOKEN={cog_token}
export SPIN_VARIABLE_PROVIDERS=replicate      # or fal, cog, or several in order of preference: fal,replicate
export SPIN_VARIABLE_ALLOW_LOOPBACK=true
cargo likeness build
spin up --listen 127.0.0.1:3000
",
        url = options.base_url,
        signing = secrets.signing_secret,
        admin = secrets.admin_token,
        token = options.token,
        webhook = options.webhook_secret,
        fal_key = options.fal_key,
        fal_admin_key = options.fal_admin_key,
        fal_user = options.fal_user_id,
        cog_token = options.cog_token,
    );
}
