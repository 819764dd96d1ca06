//! Where keys come from: a file, a URL, or the deployment that a document names.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use outbound::{Client, Loopback, Timeouts};
use proof::{KEYS_PATH, KeySet};

use crate::failure::OrNext;

/// Longest list of keys, in bytes.
const BYTES_MAX: usize = 64 * 1024;
/// Longest time for it, at each step.
const TIME_MAX: Duration = Duration::from_secs(10);

/// Keys, and where they are from.
#[derive(Debug)]
pub(super) struct Keys {
    /// The keys.
    pub(super) set: KeySet,
    /// Where they are from.
    pub(super) source: String,
    /// Whether it is the document itself that says so.
    pub(super) is_named_by_document: bool,
}

/// The keys at this URL, or in this file.
pub(super) async fn load(from: &str) -> Result<Keys> {
    let is_url = ["http://", "https://"].iter().any(|scheme| from.starts_with(scheme));
    let (text, source) = if is_url {
        let url = url_of(from)?;
        (fetch(&url).await?, url.to_string())
    } else {
        (of_file(Path::new(from))?, from.to_owned())
    };
    let set = serde_json::from_slice(&text)
        .context("these are no keys")
        .or_next("--keys takes a JWKS, as a deployment has it at /.well-known/likeness-keys.json")?;
    Ok(Keys { set, source, is_named_by_document: false })
}

/// The keys of the deployment that a document names.
pub(super) async fn of_issuer(jws: &str) -> Result<Keys> {
    let issuer =
        proof::claimed_issuer(jws).context("it names nobody").or_next("give it the `jws` as it came, or say --keys")?;
    let url = format!("{}{KEYS_PATH}", issuer.trim_end_matches('/'));
    let next = "say --keys with the keys of whoever signed it";
    let keys = load(&url).await.with_context(|| format!("{url}, which the document names")).or_next(next)?;
    Ok(Keys { is_named_by_document: true, ..keys })
}

/// The URL of the keys; a deployment's own address leads to them.
fn url_of(text: &str) -> Result<Uri> {
    let whole = Uri::try_from(text).with_context(|| format!("{text} is no URL"))?;
    if whole.path() != "/" {
        return Ok(whole);
    }
    let base = text.trim_end_matches('/');
    Uri::try_from(format!("{base}{KEYS_PATH}")).with_context(|| format!("{text} is no URL"))
}

fn of_file(file: &Path) -> Result<Vec<u8>> {
    let text = head_of(file).with_context(|| file.display().to_string()).or_next("--keys takes a file or a URL")?;
    if text.len() > BYTES_MAX {
        bail!("{} is longer than any list of keys", file.display());
    }
    Ok(text)
}

/// As much of a file as keys can have, and a byte more.
fn head_of(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let most = u64::try_from(BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    File::open(file)?.take(most).read_to_end(&mut text)?;
    Ok(text)
}

/// Whatever is at this URL itself: who is led elsewhere would believe the keys of somebody else. A stranger's document leads into no private
/// network.
async fn fetch(url: &Uri) -> Result<Vec<u8>> {
    let client = Client::<Empty<Bytes>>::new(Loopback::Allowed)?;
    let request = Request::get(url).body(Empty::new())?;
    let timeouts = Timeouts { connect: TIME_MAX, first_byte: TIME_MAX, between_bytes: TIME_MAX };
    let answer = client.send(request, timeouts).await.with_context(|| format!("no keys from {url}"))?;
    if answer.status() != StatusCode::OK {
        bail!("{url} answered {}, and no keys", answer.status());
    }
    let body = tokio::time::timeout(TIME_MAX, Limited::new(answer.into_body(), BYTES_MAX).collect()).await;
    match body.with_context(|| format!("{url} took too long"))? {
        Ok(body) => Ok(body.to_bytes().to_vec()),
        Err(error) => bail!("{url}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_the_keys_and_a_path_stays() {
        let url = |text| url_of(text).unwrap().to_string();
        for address in ["https://likeness.example", "https://likeness.example/"] {
            assert_eq!(url(address), "https://likeness.example/.well-known/likeness-keys.json");
        }
        assert_eq!(url("https://likeness.example/keys"), "https://likeness.example/keys");
    }

    #[tokio::test]
    async fn what_has_no_keys_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys.json");
        let load_file = async || load(file.to_str().unwrap()).await;
        assert!(load_file().await.is_err(), "it is not there");
        for bad in ["", "[]", "{}", &"x".repeat(BYTES_MAX + 1)] {
            std::fs::write(&file, bad).unwrap();
            assert!(load_file().await.is_err());
        }
        std::fs::write(&file, r#"{"keys":[]}"#).unwrap();
        let keys = load_file().await.unwrap();
        assert!(keys.set.keys().is_empty() && !keys.is_named_by_document);
    }
}
