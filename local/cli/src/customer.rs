//! Who asks, for every command of a customer.

use anyhow::Result;

use crate::client::Client;
use crate::failure::OrNext;

/// Where the application is, and whose key is used.
#[derive(clap::Args)]
pub(crate) struct Customer {
    /// Where the application is
    #[arg(long, env = "LIKENESS_URL", default_value = "http://127.0.0.1:3000")]
    url: String,
    /// The API key
    #[arg(long, env = "LIKENESS_API_KEY", hide_env_values = true)]
    key: String,
    /// Print what the API answers, as JSON, and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

impl Customer {
    /// Where the application is, without a slash at its end.
    pub(crate) fn base(&self) -> &str {
        self.url.trim_end_matches('/')
    }

    /// The customer, known to the application.
    pub(crate) async fn client(&self) -> Result<Client> {
        let client = Client::new(self.base(), &self.key)?;
        let next = "see that --url is where the application is, and --key one of its keys (sk-..)";
        client.credits().await.or_next(next)?;
        Ok(client)
    }
}
