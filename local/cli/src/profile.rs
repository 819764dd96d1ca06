//! Profiles: an address and a key under a name, so that neither has to be given to every command. They are in a file that only its owner can read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::client::{Client, LOCAL_URL};
use crate::failure::{OrNext, fail};
use crate::secrets;

const FILE: &str = "profiles.json";

/// Where the application is, and whose key is used.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Profile {
    /// The address, without a slash at its end.
    pub(crate) url: String,
    /// The API key.
    pub(crate) key: String,
}

impl Profile {
    /// The customer, known to the application, and what can be spent.
    pub(crate) async fn customer(&self) -> Result<(Client, u64)> {
        let client = Client::new(&self.url, &self.key)?;
        let next = "see that --url is where the application is, and --key one of its keys (sk-..)";
        let credits = client.credits().await.or_next(next)?;
        Ok((client, credits))
    }
}

/// Keep an address and a key, for every command that is given neither.
#[derive(clap::Args)]
pub(crate) struct Login {
    /// Where the application is
    #[arg(long, env = "LIKENESS_URL", default_value = LOCAL_URL)]
    url: String,
    /// The API key; better set in the environment, as what is typed stays in the shell's history
    #[arg(long, env = "LIKENESS_API_KEY", hide_env_values = true)]
    key: String,
    /// Under this name, which `--profile` names
    #[arg(long, default_value = "default")]
    profile: String,
}

/// Runs the command.
pub(crate) async fn login(args: Login) -> Result<()> {
    let profile = Profile { url: args.url.trim_end_matches('/').to_owned(), key: args.key };
    let (_, credits) = profile.customer().await?;
    let folder = folder()?;
    let mut profiles = all(&folder)?;
    profiles.insert(args.profile.clone(), profile);
    secrets::write_private(&folder, FILE, &serde_json::to_string_pretty(&profiles)?)
        .or_next(format!("{} has to be a folder that can be written", folder.display()))?;
    println!("✓ Kept as `{}` in {}; {credits} credits", args.profile, folder.join(FILE).display());
    Ok(())
}

/// The profile of this name.
pub(crate) fn load(name: &str) -> Result<Profile> {
    let profiles = all(&folder()?)?;
    if let Some(profile) = profiles.get(name) {
        return Ok(profile.clone());
    }
    let known: Vec<&str> = profiles.keys().map(String::as_str).collect();
    let what =
        if known.is_empty() { "no API key was given".to_owned() } else { format!("there is no profile `{name}`") };
    let others = if known.is_empty() { String::new() } else { format!(", or one of --profile {}", known.join(", ")) };
    fail(
        what,
        format!("say --url and --key, set LIKENESS_API_KEY, or keep them once with `cargo likeness login`{others}"),
    )
}

/// Where they are kept.
fn folder() -> Result<PathBuf> {
    let of = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let configuration = of("XDG_CONFIG_HOME").or_else(|| Some(of("HOME")?.join(".config")));
    let advice = "set HOME, or say --url and --key";
    Ok(configuration.context("nobody's folder of settings is known").or_next(advice)?.join("likeness"))
}

fn all(folder: &Path) -> Result<BTreeMap<String, Profile>> {
    let file = folder.join(FILE);
    if !file.exists() {
        return Ok(BTreeMap::new());
    }
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    serde_json::from_str(&text)
        .with_context(|| format!("{} cannot be read", file.display()))
        .or_next("remove it, and keep your keys again with `cargo likeness login`")
}
