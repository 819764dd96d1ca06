//! A finished generation's pictures, copied to us before anyone is told of them: providers delete theirs within the hour.

use bytes::Bytes;
use data_url::DataUrl;
use domain::{File, Task};
use photo::Inspection;
use provider::Provider;
use store::{BlobKey, keys};
use url::Url;

use crate::download::{DOWNLOAD_TIME_MAX, Failure, Kept, download};
use crate::{Ports, blobs};

/// Copies the pictures at `urls`, in their order. Doing it twice writes the same bytes under the same keys.
pub(crate) async fn copy<P: Ports>(
    ports: &P,
    provider: &dyn Provider,
    task: &Task,
    urls: &[String],
) -> Result<Vec<File>, Failure> {
    let allowed = |url: &Url| provider.output_allowed(url.as_str());
    let mut pictures = Vec::new();
    for (n, url) in urls.iter().enumerate() {
        let key = keys::result(&task.account, &task.id, n);
        let kept = match DataUrl::process(url) {
            Ok(data) if provider.output_allowed(url) => unpack(ports, &data, &key).await?,
            Ok(_) => return Err(Failure::Permanent("is not where the provider keeps them".to_owned())),
            Err(_) => {
                let url = Url::parse(url).map_err(|_| Failure::Permanent("is not a URL".to_owned()))?;
                download(ports, &url, key, DOWNLOAD_TIME_MAX, &allowed).await?
            }
        };
        let Kept { facts, place } = kept;
        let media = facts.format.into();
        pictures.push(File { media, size_bytes: facts.size_bytes, place, duration_ms: None, song: None });
    }
    Ok(pictures)
}

/// Keeps a picture that came with the report itself.
async fn unpack<P: Ports>(ports: &P, data: &DataUrl<'_>, key: &BlobKey) -> Result<Kept, Failure> {
    let (bytes, _) = data.decode_to_vec().map_err(|_| Failure::Permanent("is not base64".to_owned()))?;
    let mut inspection = Inspection::new();
    inspection.push(&bytes)?;
    let facts = inspection.finish()?;
    let mut piece = Some(Bytes::from(bytes));
    let place = blobs::keep(ports, key, Some(facts.size_bytes), async || Ok::<_, Failure>(piece.take())).await?;
    Ok(Kept { facts, place })
}
