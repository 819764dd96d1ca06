//! `cargo likeness cog`: how containers of one's own are started, so that the application hears of them.

use anyhow::{Context, Result};
use domain::Secret;
use webhook::link::{LinkKey, Purpose};

use crate::failure::{OrNext, fail};

/// Tell how a Cog container is started, so that it can report to an application and upload what it makes.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where the container reaches the application: its `public_url`
    #[arg(long, env = "SPIN_VARIABLE_PUBLIC_URL")]
    public_url: Option<String>,
    /// The application's signing secret
    #[arg(long, env = "SPIN_VARIABLE_SIGNING_SECRET", hide_env_values = true)]
    signing_secret: Option<String>,
    /// The token that its callbacks carry
    #[arg(long, env = "SPIN_VARIABLE_COG_CALLBACK_TOKEN", hide_env_values = true)]
    callback_token: Option<String>,
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Result<()> {
    let (Some(url), Some(secret), Some(token)) = (args.public_url, args.signing_secret, args.callback_token) else {
        return fail(
            "the application's configuration is not here",
            "export SPIN_VARIABLE_PUBLIC_URL, SPIN_VARIABLE_SIGNING_SECRET and SPIN_VARIABLE_COG_CALLBACK_TOKEN, as for the application",
        );
    };
    let key = LinkKey::new(&Secret::new(secret))
        .context("the signing secret cannot be used")
        .or_next("use the signing secret of the application")?;
    let code = key.sign(Purpose::Upload, &[]);
    println!(
        r"Start a container so; the address has a code in it that lets its bearer upload, so keep it as you keep the token:

docker run --gpus all -p 5000:5000 -e WEBHOOK_AUTH_TOKEN={token} IMAGE \
  python -m cog.server.http --upload-url {url}/provider-files/{code}/",
        url = url.trim_end_matches('/'),
    );
    Ok(())
}
