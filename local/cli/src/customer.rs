//! Who asks, for every command of a customer.

use anyhow::Result;

use crate::client::{Client, LOCAL_URL};
use crate::failure::fail;
use crate::profile::{self, Profile};

/// Where the application is, and whose key is used.
#[derive(clap::Args)]
pub(crate) struct Customer {
    /// Where the application is; the profile's address, or port 3000 of this machine, unless told
    #[arg(long, env = "LIKENESS_URL")]
    url: Option<String>,
    /// The API key
    #[arg(long, env = "LIKENESS_API_KEY", hide_env_values = true)]
    key: Option<String>,
    /// Use what `login` kept under this name, where no key is given
    #[arg(long, env = "LIKENESS_PROFILE", default_value = "default")]
    profile: String,
    /// Print what the API answers, as JSON, and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

impl Customer {
    /// The customer, known to the application; and where that is.
    pub(crate) async fn known(&self) -> Result<(String, Client)> {
        let profile = self.profile()?;
        let (client, _) = profile.customer().await?;
        Ok((profile.url, client))
    }

    /// The customer, known to the application.
    pub(crate) async fn client(&self) -> Result<Client> {
        Ok(self.known().await?.1)
    }

    /// What was given; the profile's where there is no key. A profile's key goes nowhere but to its own address.
    fn profile(&self) -> Result<Profile> {
        let given = self.url.as_deref().map(|url| url.trim_end_matches('/'));
        if let Some(key) = self.key.clone() {
            return Ok(Profile { url: given.unwrap_or(LOCAL_URL).to_owned(), key });
        }
        let profile = profile::load(&self.profile)?;
        match given {
            Some(url) if url != profile.url => {
                let next = "say --key, too, or leave --url out";
                fail(
                    format!("the key of the profile `{}` is for {}, and not for {url}", self.profile, profile.url),
                    next,
                )
            }
            _ => Ok(profile),
        }
    }
}
