//! A finished generation's pictures, copied to us before anyone is told of them: providers delete theirs within the hour.

use domain::{Picture, Task};
use provider::Provider;
use store::keys;
use url::Url;

use crate::Ports;
use crate::download::{DOWNLOAD_TIME_MAX, Failure, download};

/// Copies the pictures at `urls`, in their order. Doing it twice writes the same bytes under the same keys.
pub(crate) async fn copy<P: Ports>(
    ports: &P,
    provider: &impl Provider,
    task: &Task,
    urls: &[String],
) -> Result<Vec<Picture>, Failure> {
    let allowed = |url: &Url| provider.output_allowed(url.as_str());
    let mut pictures = Vec::new();
    for (n, url) in urls.iter().enumerate() {
        let url = Url::parse(url).map_err(|_| Failure::Permanent("is not a URL".to_owned()))?;
        let kept = download(ports, &url, keys::result(&task.account, &task.id, n), DOWNLOAD_TIME_MAX, &allowed).await?;
        pictures.push(Picture { format: kept.facts.format, size_bytes: kept.facts.size_bytes, place: kept.place });
    }
    Ok(pictures)
}
