//! What a container does with its outputs: it uploads them, or writes them into its answer.

use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, LOCATION};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::fault::Fault;
use crate::job::Job;
use crate::protocol::{End, Made, Picture};
use crate::state::Shared;
use crate::{CogTrainer, Misbehaviour, files, replicate, weights};

/// Longest time of an upload.
const UPLOAD_TIME_MAX: Duration = Duration::from_secs(25);
/// How long pictures are kept that are asked to be elsewhere, in seconds: nobody can ask for them.
const ELSEWHERE_SECONDS: i64 = 0;

/// What a job made, as its output.
pub(crate) async fn end(shared: &Arc<Shared>, job: &Job, made: Made) -> End {
    match made {
        Made::Version(version) => {
            let Some(file) = files::weights_of(shared, version).await else {
                return End::failed(Fault::new("internal_server_error", "the version is gone"));
            };
            let tar = weights::tar_of(&file);
            match shared.options.cog_trainer {
                CogTrainer::Path => {
                    End::succeeded(json!(put(shared, job, "trained_model.tar", "application/x-tar", tar).await))
                }
                CogTrainer::Object => End::succeeded(json!({ "weights": inline("application/x-tar", &tar) })),
            }
        }
        Made::Pictures(_) if job.is(Misbehaviour::Nsfw) => {
            End::failed(Fault::new("content_policy_violation", replicate::ALL_UNSAFE))
        }
        Made::Pictures(pictures) => {
            let mut outputs = Vec::new();
            for (n, picture) in pictures.into_iter().filter(|picture| !picture.is_unsafe).enumerate() {
                outputs.extend(put_picture(shared, job, n, picture).await);
            }
            End::succeeded(json!(outputs))
        }
        Made::Files(_) => End::failed(Fault::new("internal_server_error", "this container makes pictures of somebody")),
    }
}

async fn put_picture(shared: &Shared, job: &Job, n: usize, picture: Picture) -> Option<String> {
    if job.is(Misbehaviour::BadOutput) {
        return Some(files::keep(shared, job, n, picture, ELSEWHERE_SECONDS));
    }
    let name = format!("out-{n}.{}", picture.format.extension());
    put(shared, job, &name, picture.format.media_type(), picture.bytes).await
}

/// Puts a file where outputs go and returns its URL. As with the real one, an upload that fails is in the log, and its file missing.
async fn put(shared: &Shared, job: &Job, name: &str, media_type: &str, bytes: Vec<u8>) -> Option<String> {
    let Some(upload_url) = &shared.options.cog_upload_url else {
        return Some(inline(media_type, &bytes));
    };
    let url = format!("{}/{name}", upload_url.trim_end_matches('/'));
    let uploaded = upload(shared, &url, media_type, bytes).await;
    if let Err(why) = &uploaded {
        let line = format!("Failed to upload {name}: {why}\n");
        shared.change(job.key, |job| job.logs.push_str(&line));
    }
    uploaded.ok()
}

/// A file as it stands in an answer or a callback.
fn inline(media_type: &str, bytes: &[u8]) -> String {
    format!("data:{media_type};base64,{}", STANDARD.encode(bytes))
}

/// Uploads a file. Its URL is the one it is told, or else the one it ended up at.
async fn upload(shared: &Shared, url: &str, media_type: &str, bytes: Vec<u8>) -> Result<String, String> {
    let request = shared.downloads.put(url).timeout(UPLOAD_TIME_MAX).header(CONTENT_TYPE.as_str(), media_type);
    let answer = request.body(bytes).send().await.map_err(|error| error.to_string())?;
    if !answer.status().is_success() {
        return Err(format!("status {}", answer.status().as_u16()));
    }
    let location = answer.headers().get(LOCATION.as_str()).and_then(|value| value.to_str().ok());
    Ok(location.unwrap_or(answer.url().as_str()).to_owned())
}
