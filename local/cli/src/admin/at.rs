//! Where the application is, and what opens its admin API.

use anyhow::Result;
use serde_json::Value;

use crate::client::{Client, LOCAL_URL};
use crate::failure::fail;
use crate::secrets::Secrets;
use crate::workspace;

/// Where the application is, and what opens its admin API.
#[derive(clap::Args)]
pub(super) struct At {
    /// Where the application is
    #[arg(long, default_value = LOCAL_URL)]
    url: String,
    /// The admin token; without it, the one of `cargo likeness up`
    #[arg(long, env = "LIKENESS_ADMIN_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Where `cargo likeness up` keeps its state
    #[arg(long, default_value = ".likeness")]
    state_dir: std::path::PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

impl At {
    /// Somebody with the admin token.
    pub(super) fn client(&self) -> Result<Client> {
        let token = match &self.token {
            Some(token) => token.clone(),
            None => self.local_token()?,
        };
        Client::new(self.url.trim_end_matches('/'), &token)
    }

    /// Prints an answer: a field a line, or JSON.
    pub(super) fn show(&self, answer: &Value) {
        if self.json {
            println!("{answer:#}");
            return;
        }
        for (name, value) in answer.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
            match value.as_str() {
                Some(text) => println!("{name:<13} {text}"),
                None => println!("{name:<13} {value}"),
            }
        }
    }

    fn local_token(&self) -> Result<String> {
        let folder = workspace::root()?.join(&self.state_dir);
        if !folder.exists() {
            return fail("no admin token was given", "set LIKENESS_ADMIN_TOKEN, or begin with `cargo likeness up`");
        }
        Ok(Secrets::of(&folder)?.admin_token)
    }
}
