//! `cargo likeness serve`: a deployment of one's own on this machine, without Spin: real providers, real money, and the sweep on a timer.

mod lacking;
pub(crate) mod variables;

use std::net::IpAddr;
use std::path::PathBuf;

use anyhow::Result;

use crate::client::Client;
use crate::failure::fail;
use crate::served::{Served, listen};
use crate::ui::{Step, asked_to_stop};
use crate::{build, logs, sweep, workspace};

/// Where each variable is told of.
const DOCUMENTED: &str = "docs/operations/configuration.md";

/// Serve the API with your own providers, for good, where there is no Spin.
#[derive(clap::Args)]
#[command(
    after_help = "The deployment's variables are SPIN_VARIABLE_..., as for `spin up`. The state folder is a ledger: keep it, and copies of it."
)]
pub(crate) struct Args {
    /// Port of the API
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Address to listen at; the default is for a reverse proxy on the same machine
    #[arg(long, default_value = "127.0.0.1")]
    address: IpAddr,
    /// Where state is kept
    #[arg(long, default_value = ".likeness-serve")]
    state_dir: PathBuf,
    /// Variables of the deployment, `NAME=value` a line; the environment's count more
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// Log one JSON object a line
    #[arg(long)]
    json: bool,
    /// Log more
    #[arg(long)]
    verbose: bool,
}

/// Runs the command.
pub(crate) async fn run(args: Args) -> Result<()> {
    let variables = variables::read(args.env_file.as_deref(), std::env::vars_os())?;
    let lacking = lacking::find(&variables);
    if !lacking.is_empty() {
        let next = format!(
            "export each as SPIN_VARIABLE_ and its name in capitals, or name a file that has them with --env-file; {DOCUMENTED} tells of each"
        );
        return fail(format!("the deployment is not configured:\n  {}", lacking.join("\n  ")), next);
    }
    let root = workspace::root()?;
    build::functions(&root)?;
    logs::to_stderr(args.json, args.verbose);

    let token = variables.get("admin_token").cloned().unwrap_or_default();
    let public_url = variables.get("public_url").cloned().unwrap_or_default();
    let step = Step::spinner("Starting the functions and the store");
    let (listener, url) = listen(&args.address.to_string(), args.port, "--port").await?;
    let own_port = listener.local_addr()?.port();
    let mut options = runner::Options::new(root.join("spin.toml"), root.join(&args.state_dir));
    options.cache_dir = root.join("target/likeness-cache");
    options.allow_loopback = variables.get("allow_loopback").is_some_and(|value| value.trim() == "true");
    options.variables = variables;
    let served = Served::start(listener, options).await?;
    step.done(&format!("Serving on {url}, which the public has to reach as {public_url}"));
    println!("State is in {}. Stop with Ctrl-C.", root.join(&args.state_dir).display());
    println!("Next: cargo likeness admin doctor --url {url}, with LIKENESS_ADMIN_TOKEN set to the admin token");

    // From here, whatever the public has to go through.
    let own = if args.address.is_unspecified() { "127.0.0.1".to_owned() } else { host(args.address) };
    let timer = sweep::on_a_timer(Client::new(&format!("http://{own}:{own_port}"), &token)?);
    tokio::select! { () = asked_to_stop() => {}, () = timer => {} }
    eprintln!("\nStopping: finishing what is under way");
    served.stop().await
}

fn host(address: IpAddr) -> String {
    if address.is_ipv6() { format!("[{address}]") } else { address.to_string() }
}
