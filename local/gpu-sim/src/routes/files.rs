//! Files: the pictures that were made, for an hour, and the weights of trained versions.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::job::OUTPUT_LIFETIME_SECONDS;
use crate::problem::Problem;
use crate::state::Shared;

pub(super) async fn output(State(shared): State<Arc<Shared>>, Path(name): Path<String>) -> Result<Response, Problem> {
    let now = jiff::Timestamp::now().as_second();
    let file = shared.with(|state| {
        state.files.retain(|_, file| now - file.made_at.as_second() <= OUTPUT_LIFETIME_SECONDS);
        state.files.get(&name).cloned()
    });
    let file = file.ok_or_else(|| Problem::not_found("The file is not here, or not any more."))?;
    Ok(([(header::CONTENT_TYPE, file.media_type)], file.bytes.to_vec()).into_response())
}

/// A tar that holds a safetensors file of no weights, in the place where the trainer puts it.
pub(super) async fn weights(
    State(shared): State<Arc<Shared>>,
    Path(version): Path<String>,
) -> Result<Response, Problem> {
    shared.photos(&version).ok_or_else(|| Problem::not_found("The version is not here."))?;
    let header = json!({ "__metadata__": { "simulated": "true" } }).to_string();
    let mut file = u64::try_from(header.len()).unwrap_or(0).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    Ok(([(header::CONTENT_TYPE, "application/x-tar")], tar_of("output/flux_train_replicate/lora.safetensors", &file))
        .into_response())
}

/// A tar (POSIX ustar) of one file.
fn tar_of(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut header = [0_u8; 512];
    let mut put =
        |at: usize, text: &str| header.iter_mut().skip(at).zip(text.bytes()).for_each(|(byte, new)| *byte = new);
    put(0, name);
    put(100, "0000644\0");
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, &format!("{:011o}\0", bytes.len()));
    put(136, "00000000000\0");
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    let checksum = format!("{sum:06o}\0 ");
    header.iter_mut().skip(148).zip(checksum.bytes()).for_each(|(byte, new)| *byte = new);
    let mut tar = header.to_vec();
    tar.extend(bytes);
    tar.resize(tar.len().div_ceil(512) * 512 + 1_024, 0);
    tar
}
