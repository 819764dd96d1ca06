//! `cargo likeness cog`: how containers of one's own are started, so that the application hears of them, and whether they are what they should be.

mod check;
mod document;

use anyhow::{Context, Result};
use domain::Secret;
use webhook::link::{LinkKey, Purpose};

use crate::failure::{OrNext, fail};

/// Tell how the Cog containers are started, so that they can report to an application and upload what they make; and look at those that run.
#[derive(clap::Args)]
#[command(after_help = "How the containers are built: docs/operations/cog")]
pub(crate) struct Args {
    /// Where the containers reach the application: its `public_url`
    #[arg(long, env = "SPIN_VARIABLE_PUBLIC_URL")]
    public_url: Option<String>,
    /// The application's signing secret
    #[arg(long, env = "SPIN_VARIABLE_SIGNING_SECRET", hide_env_values = true)]
    signing_secret: Option<String>,
    /// The token that their callbacks carry
    #[arg(long, env = "SPIN_VARIABLE_COG_CALLBACK_TOKEN", hide_env_values = true)]
    callback_token: Option<String>,
    /// A container that runs and should be the trainer: see whether it is
    #[arg(long)]
    trainer_url: Option<String>,
    /// A container that runs and should be the model: see whether it is
    #[arg(long)]
    model_url: Option<String>,
}

/// Runs the command.
pub(crate) async fn run(args: Args) -> Result<()> {
    let looks = args.trainer_url.is_some() || args.model_url.is_some();
    match (&args.public_url, &args.signing_secret, &args.callback_token) {
        (Some(url), Some(secret), Some(token)) => println!("{}", commands(url, secret, token)?),
        _ if looks => {}
        _ => {
            return fail(
                "the application's configuration is not here",
                "export SPIN_VARIABLE_PUBLIC_URL, SPIN_VARIABLE_SIGNING_SECRET and SPIN_VARIABLE_COG_CALLBACK_TOKEN, as for the application",
            );
        }
    }
    if let Some(url) = &args.trainer_url {
        println!("{}", check::check(document::Role::Trainer, url).await?);
    }
    if let Some(url) = &args.model_url {
        println!("{}", check::check(document::Role::Model, url).await?);
    }
    Ok(())
}

/// Where the containers of an application upload what they make.
pub(crate) fn upload_url(public_url: &str, signing_secret: &str) -> Result<String> {
    let key = LinkKey::new(&Secret::new(signing_secret))
        .context("the signing secret cannot be used")
        .or_next("use the signing secret of the application")?;
    Ok(format!("{}/provider-files/{}/", public_url.trim_end_matches('/'), key.sign(Purpose::Upload, &[])))
}

/// The commands that start both containers.
fn commands(public_url: &str, signing_secret: &str, token: &str) -> Result<String> {
    let upload_url = upload_url(public_url, signing_secret)?;
    Ok(format!(
        r"Start the containers so; the address has a code in it that lets its bearer upload, so keep it as you keep the token.

The trainer:

docker run --gpus all -p 5000:5000 -e WEBHOOK_AUTH_TOKEN={token} likeness-trainer \
  python -m cog.server.http --x-mode train --upload-url {upload_url}

The model:

docker run --gpus all -p 5001:5000 -e WEBHOOK_AUTH_TOKEN={token} likeness-model \
  python -m cog.server.http --upload-url {upload_url}

Then see whether they are what they should be: cargo likeness cog --trainer-url http://HOST:5000 --model-url http://HOST:5001
"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_container_trains_and_one_predicts() {
        let told = commands("https://us.example/", "a secret of sixteen bytes or more", "sesame-sesame-16").unwrap();
        let started: Vec<_> = told.lines().filter(|line| line.contains("cog.server.http")).collect();
        assert_eq!(started.len(), 2);
        assert!(started[0].contains("--x-mode train") && !started[1].contains("--x-mode"), "{told}");
        assert!(started.iter().all(|line| line.contains("--upload-url https://us.example/provider-files/")), "{told}");
        assert!(started.iter().all(|line| line.ends_with('/')), "{told}");
        assert_eq!(told.matches("WEBHOOK_AUTH_TOKEN=sesame-sesame-16").count(), 2);
    }
}
