//! `cargo likeness up`: the API on this machine, until Ctrl-C.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use c2pa::Credential;
use domain::ProviderName;
use domain::setting::Values;

use crate::client::Client;
use crate::failure::OrNext;
use crate::secrets::Secrets;
use crate::serve::variables;
use crate::stack::{Settings, Stack};
use crate::ui::{Step, asked_to_stop};
use crate::{build, logs, simulated, sweep, trainers, workspace};

/// Credits of the account that is opened on the first start.
const FIRST_CREDITS: u64 = 10_000;

/// Serve the API on this machine, with a simulated GPU, until Ctrl-C.
#[derive(clap::Args)]
#[command(
    after_help = "State (accounts, characters, secrets) survives restarts in the state folder; remove it to begin anew."
)]
pub(crate) struct Args {
    /// Port of the API
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Port of the simulated GPU
    #[arg(long, default_value_t = 3001)]
    gpu_port: u16,
    /// Who the simulated GPU is, and in which order they are asked: some of replicate, fal, cog
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = simulated::provider, default_value = "replicate")]
    providers: Vec<ProviderName>,
    /// Where state is kept
    #[arg(long, default_value = ".likeness")]
    state_dir: PathBuf,
    /// Log one JSON object a line
    #[arg(long)]
    json: bool,
    /// Log more
    #[arg(long)]
    verbose: bool,
}

/// Runs the command.
pub(crate) async fn run(args: Args) -> Result<()> {
    simulated::check(&args.providers)?;
    let variables = variables::read(None, std::env::vars_os())?;
    trainers::check(&args.providers, |name| variables.get(name).cloned())?;
    let signing = signing(variables)?;
    let root = workspace::root()?;
    build::functions(&root)?;
    logs::to_stderr(args.json, args.verbose);
    let state_dir = root.join(&args.state_dir);
    let mut secrets = Secrets::of(&state_dir)?;
    let settings = Settings {
        root,
        state_dir: state_dir.clone(),
        port: args.port,
        gpu_port: args.gpu_port,
        providers: args.providers,
        variables: signing,
    };
    let step = Step::spinner("Starting the functions, the store and the simulated GPU");
    let stack = Stack::start(&settings, &secrets).await?;
    let key = known_key(&stack, &secrets).await?;
    if secrets.api_key.as_ref() != Some(&key) {
        secrets.api_key = Some(key.clone());
        secrets.save(&state_dir)?;
    }
    step.done(&format!("Serving on {}", stack.api));
    print_lines(&stack, &key, &state_dir);
    let timer = sweep::on_a_timer(Client::new(&stack.api, &secrets.admin_token)?);
    tokio::select! { () = asked_to_stop() => {}, () = timer => {} }
    eprintln!("\nStopping: finishing what is under way");
    stack.stop().await
}

/// What of these variables says how pictures are signed: a certificate can be tried here. All others are the simulator's.
fn signing(mut variables: BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
    variables.retain(|name, _| c2pa::SETTINGS.iter().any(|setting| setting.name == name));
    let read = |name: &str| variables.get(name).cloned();
    let credential = Credential::configured(Values::new(&read));
    credential
        .map_err(|invalid| anyhow::anyhow!(invalid.0))
        .or_next("docs/operations/c2pa.md says how to make them")?;
    Ok(variables)
}

/// The key of the last start, if it is still good, or that of a new account.
async fn known_key(stack: &Stack, secrets: &Secrets) -> Result<String> {
    if let Some(key) = &secrets.api_key
        && Client::new(&stack.api, key)?.is_known().await
    {
        return Ok(key.clone());
    }
    let (_, key) = Client::new(&stack.api, &secrets.admin_token)?.open_account("Local", FIRST_CREDITS).await?;
    Ok(key)
}

fn print_lines(stack: &Stack, key: &str, state_dir: &std::path::Path) {
    let urls: Vec<String> = stack.photos.iter().take(12).map(|url| format!("\"{url}\"")).collect();
    println!(
        r#"
  Studio       {api}/studio#key={key}
  API          {api}
  Key          {key}
  Admin token  in {secrets}
  State        {state}

Paste these, one after the other:

export API={api}
export KEY={key}
export PHOTOS='[{urls}]'

CHAR_ID=$(curl -s -X POST $API/api/v1/characters/create -H "Authorization: Bearer $KEY" \
  -d "{{\"name\": \"Sarah\", \"image_urls\": $PHOTOS}}" | jq -r .data.character_id); echo $CHAR_ID

until curl -s $API/api/v1/characters/$CHAR_ID -H "Authorization: Bearer $KEY" | jq -r .data.status | tee -a /dev/stderr | grep -qE 'ready|failed'; do sleep 1; done

curl -s -X POST $API/api/v1/characters/$CHAR_ID/generate -H "Authorization: Bearer $KEY" \
  -d '{{"prompt": "professional headshot in a modern office", "aspect_ratio": "3:4", "num_outputs": 2}}' \
  | tee -a /dev/stderr | jq -r '.data.output.images[].url' | xargs -n1 curl -sO; ls -1 *.png

curl -s $API/api/v1/credits -H "Authorization: Bearer $KEY" | jq

Stop with Ctrl-C.
"#,
        api = stack.api,
        secrets = state_dir.join("secrets.json").display(),
        state = state_dir.display(),
        urls = urls.join(", "),
    );
}
