//! What a run of a model made: found in the provider's output, copied to us, told apart by its bytes; pictures are marked.

pub mod pictures;

mod marked;
mod preview;

use catalogue::report;
use domain::{BlobLocation, Digest, File, Media, MediaKind, Outputs, Run, Song, Task};
use provider::{Output, Provider};
use serde_json::Value;
use store::{BlobKey, keys};

use crate::download::{DownloadError, Kept};
use crate::withheld::seconds;
use crate::{Ports, blobs};

/// What there is instead of lyrics.
const INSTRUMENTAL: &str = "[Instrumental]";
/// By how much a file may be longer than what was paid for, in percent and in milliseconds: encoders add frames.
const LONGER_PERCENT_MAX: u64 = 10;
const LONGER_MS_MAX: u64 = 1_000;
/// Longest text of a song that is kept, in characters: title, style or lyrics.
const TEXT_CHARS_MAX: usize = 5_000;

/// Copies what a run made, in its order. Doing it twice writes the same bytes under the same keys.
///
/// # Errors
/// Why it was not kept.
pub async fn copy<P: Ports>(
    ports: &P,
    provider: &dyn Provider,
    task: &Task,
    run: &Run,
    output: &Output,
) -> Result<Vec<File>, DownloadError> {
    let outputs = run.request_to(task.provider).map(|request| &request.outputs);
    if run.media == MediaKind::Report {
        return Ok(vec![reported(ports, task, run, outputs, output).await?]);
    }
    let found = find(outputs, output);
    let count = usize::from(run.count);
    let urls = found.files.get(..count).ok_or_else(|| {
        DownloadError::Permanent(format!(
            "is not all there: there are {} files, and there should be {count}",
            found.files.len()
        ))
    })?;
    let hosts = run.request_to(task.provider).map(|request| request.output_hosts.as_slice()).unwrap_or_default();
    let allowed = |url: &str| provider.output_allowed(url) || provider::is_at_any(hosts, url);
    let mut files = Vec::new();
    for (n, url) in urls.iter().enumerate() {
        let kept =
            pictures::keep_media(ports, &allowed, keys::result(&task.account, &task.id, n), url, run.media).await?;
        let file = to_file(&kept);
        if file.media.kind() != run.media {
            return Err(DownloadError::Permanent(format!(
                "is {}, and not {}",
                file.media.media_type(),
                run.media.as_str()
            )));
        }
        if let Some(plays) = too_long(run.paid_ms, file.duration_ms) {
            return Err(DownloadError::Permanent(format!("plays {}", seconds(plays))));
        }
        files.push(file);
    }
    if run.media == MediaKind::Music {
        let covers = covers(ports, &allowed, task, run, &found).await?;
        for (n, file) in files.iter_mut().enumerate() {
            file.song = Some(song(run, &found, n));
        }
        files.extend(covers);
    }
    Ok(files)
}

/// Keeps what was seen on photos.
async fn reported<P: Ports>(
    ports: &P,
    task: &Task,
    run: &Run,
    outputs: Option<&Outputs>,
    output: &Output,
) -> Result<File, DownloadError> {
    let pointer = outputs.and_then(|outputs| outputs.report.as_deref());
    let seen = said(output, pointer).ok_or_else(|| "is no report".to_owned());
    let seen = seen.and_then(|said| report::read(&said, run.inspected())).map_err(DownloadError::Permanent)?;
    let file = written(ports, keys::result(&task.account, &task.id, 0), Media::Json, report::write(&seen)).await?;
    Ok(File { report: Some(seen), ..file })
}

/// What a model says: of an object, what the pointer leads to.
fn said(output: &Output, pointer: Option<&str>) -> Option<Value> {
    match output {
        // A language model says it in pieces.
        Output::Images(texts) => Some(texts.concat().into()),
        Output::Object(object) => {
            let whole = Value::Object(object.clone());
            pointer.map_or(Some(&whole), |pointer| whole.pointer(pointer)).cloned()
        }
        Output::Model { .. } | Output::Gone => None,
    }
}

/// Keeps a file that was written here.
async fn written<P: Ports>(ports: &P, key: BlobKey, media: Media, bytes: Vec<u8>) -> Result<File, DownloadError> {
    let (size_bytes, sha256) = (u32::try_from(bytes.len()).unwrap_or(u32::MAX), Some(Digest::of(&bytes)));
    let mut piece = Some(bytes.into());
    let location: BlobLocation =
        blobs::keep(ports, &key, Some(size_bytes), async || Ok::<_, DownloadError>(piece.take())).await?;
    Ok(File::kept(media, size_bytes, sha256, location))
}

/// How long a file plays, in milliseconds, where that is more than was paid for.
fn too_long(paid: Option<u64>, plays: Option<u64>) -> Option<u64> {
    let allowed = |paid: u64| {
        let more = (paid / 100).saturating_mul(LONGER_PERCENT_MAX).saturating_add(LONGER_MS_MAX);
        paid.saturating_add(more)
    };
    paid.zip(plays).filter(|(paid, plays)| *plays > allowed(*paid)).map(|(_, plays)| plays)
}

fn to_file(kept: &Kept<(media::Metadata, Digest)>) -> File {
    let Kept { metadata: (metadata, sha256), size_bytes, location } = kept;
    let file = File::kept(metadata.media, *size_bytes, Some(sha256.clone()), *location);
    File { duration_ms: metadata.duration_ms, ..file }
}

/// A cover for each song: the provider's where it made one, and one of ours where not.
async fn covers<P: Ports>(
    ports: &P,
    allowed: pictures::Allowed<'_>,
    task: &Task,
    run: &Run,
    found: &Found,
) -> Result<Vec<File>, DownloadError> {
    let mut covers = Vec::new();
    for n in 0..usize::from(run.count) {
        let key = keys::result(&task.account, &task.id, n.saturating_add(run.count.into()));
        if let Some(url) = found.covers.get(n) {
            let kept = pictures::keep_media(ports, allowed, key, url, MediaKind::Image).await?;
            if kept.metadata.0.media.kind() == MediaKind::Image {
                covers.push(to_file(&kept));
                continue;
            }
        }
        let key = keys::result(&task.account, &task.id, n.saturating_add(run.count.into()));
        let Song { title, tags, .. } = song(run, found, n);
        let drawn = media::cover::draw(&title, &tags, task.id.as_str(), n);
        covers.push(written(ports, key, Media::Svg, drawn.into_bytes()).await?);
    }
    Ok(covers)
}

/// What is known of the `n`th song: what the provider says, or else what was asked for.
fn song(run: &Run, found: &Found, n: usize) -> Song {
    let asked = |name: &str| run.params.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let said = |texts: &[String]| texts.get(n).or_else(|| texts.first()).cloned().filter(|text| !text.is_empty());
    let is_custom = run.params.get("custom_mode") == Some(&Value::Bool(true));
    let is_instrumental = run.params.get("instrumental") == Some(&Value::Bool(true));
    let prompt = run.prompt.clone().unwrap_or_default();
    let lyrics = match said(&found.lyrics) {
        _ if is_instrumental => INSTRUMENTAL.to_owned(),
        Some(lyrics) => lyrics,
        None if is_custom && !prompt.is_empty() => prompt.clone(),
        None => String::new(),
    };
    let title = said(&found.title).unwrap_or_else(|| asked("title"));
    let title = if title.is_empty() { first_words(&prompt) } else { title };
    let tags = said(&found.tags).unwrap_or_else(|| asked("style"));
    Song { title: cut(&title), tags: cut(&tags), lyrics: cut(&lyrics) }
}

/// A title for a song that was given none.
fn first_words(prompt: &str) -> String {
    let words: Vec<&str> = prompt.split_whitespace().take(5).collect();
    if words.is_empty() { "Untitled".to_owned() } else { words.join(" ") }
}

fn cut(text: &str) -> String {
    text.chars().take(TEXT_CHARS_MAX).collect()
}

/// What an output has in it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    files: Vec<String>,
    covers: Vec<String>,
    title: Vec<String>,
    tags: Vec<String>,
    lyrics: Vec<String>,
}

fn find(outputs: Option<&Outputs>, output: &Output) -> Found {
    match (output, outputs) {
        (Output::Images(urls), _) => Found { files: urls.clone(), ..Found::default() },
        (Output::Object(object), Some(outputs)) => {
            let value = Value::Object(object.clone());
            let texts = |pointer: &Option<String>| pointer.as_deref().map(|at| texts(&value, at)).unwrap_or_default();
            Found {
                files: texts(&outputs.files),
                covers: texts(&outputs.covers),
                title: texts(&outputs.title),
                tags: texts(&outputs.tags),
                lyrics: texts(&outputs.lyrics),
            }
        }
        _ => Found::default(),
    }
}

/// The texts that a pointer leads to, in which `*` stands for every element of an array. A list of words at its end is one text.
fn texts(value: &Value, pointer: &str) -> Vec<String> {
    let mut found = vec![value];
    let mut every = false;
    for step in pointer.split('/').skip(1) {
        every |= step == "*";
        found = found
            .into_iter()
            .flat_map(|value| match (step, value) {
                ("*", Value::Array(items)) => items.iter().collect(),
                ("*", _) => Vec::new(),
                (step, value) => value.pointer(&format!("/{step}")).into_iter().collect::<Vec<_>>(),
            })
            .collect();
    }
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(words) if !every => {
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            Some(words.join(", "))
        }
        _ => None,
    };
    found.into_iter().filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_may_be_a_tenth_and_a_second_longer_than_what_was_paid_for() {
        for (paid, longest) in [(5_000, 6_500), (60_000, 67_000), (1_000, 2_100)] {
            assert_eq!(too_long(Some(paid), Some(longest)), None);
            assert_eq!(too_long(Some(paid), Some(longest + 1)), Some(longest + 1));
        }
        for (paid, plays) in [(None, Some(u64::MAX)), (Some(1), None), (Some(u64::MAX), Some(u64::MAX))] {
            assert_eq!(too_long(paid, plays), None);
        }
    }

    #[test]
    fn pointers_lead_to_one_text_or_to_many() {
        let value = json!({
            "audio": [{ "url": "https://a" }, { "url": "https://b" }, { "size": 1 }],
            "tags": ["pop", "slow"],
            "lyrics": "la la",
        });
        assert_eq!(texts(&value, "/audio/*/url"), ["https://a", "https://b"]);
        assert_eq!(texts(&value, "/audio/1/url"), ["https://b"]);
        assert_eq!(texts(&value, "/tags"), ["pop, slow"]);
        assert_eq!(texts(&value, "/tags/*"), ["pop", "slow"]);
        assert_eq!(texts(&value, "/lyrics"), ["la la"]);
        for nowhere in ["/video/url", "/lyrics/*", "/audio/9/url", "/audio/0/size", ""] {
            assert_eq!(texts(&value, nowhere), Vec::<String>::new(), "{nowhere}");
        }
    }
}
