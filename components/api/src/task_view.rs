//! A task as its owner sees it, in camel case as all tasks are.

use domain::limits::RESULT_LIFETIME;
use domain::{FailureCode, File, Settlement, Song, Task, TaskId, TaskState, Timestamp, Work};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{Ports, links};

/// A task as its owner sees it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct View {
    /// The task.
    id: TaskId,
    /// The model that does it.
    model: String,
    /// `pending`, `processing`, `completed`, `failed` or `canceled`.
    status: &'static str,
    /// `image`, `music`, `video` or `character`.
    media_type: &'static str,
    /// The prompt as the caller wrote it, where there is one.
    prompt: Option<String>,
    /// When it was accepted.
    created_at: String,
    /// When it is given up if it has not ended by then.
    deadline: String,
    /// The parameters that count, defaults included.
    resolved_params: Map<String, Value>,
    /// What was sent and has no effect.
    ignored: Vec<String>,
    /// What it holds while it runs, and what was charged once it has ended.
    credits_used: u64,
    /// What it made.
    result: Option<Value>,
    /// Why it failed.
    error: Option<Problem>,
}

/// Why a task failed.
#[derive(Debug, Serialize)]
struct Problem {
    /// For programs.
    code: &'static str,
    /// For programs, more closely.
    key: &'static str,
    /// For people.
    message: String,
}

/// A song as the vendor shows it.
#[derive(Debug, Serialize)]
struct SongView<'a> {
    audio_url: String,
    image_url: Option<String>,
    /// Seconds.
    duration: Option<f64>,
    title: &'a str,
    tags: &'a str,
    /// The lyrics.
    prompt: &'a str,
}

/// The name of character trainings among the models.
pub(crate) const TRAINING_MODEL: &str = "flux-lora-training";
/// The name of characters' pictures among the models.
pub(crate) const CHARACTER_MODEL: &str = "flux-lora-character";

/// Shows a task.
pub(crate) fn view<P: Ports>(ports: &P, task: &Task) -> View {
    let (prompt, resolved_params) = match &task.work {
        Work::Training { .. } => (None, Map::new()),
        Work::Generation(generation) => (Some(generation.prompt.clone()), applied(task)),
        Work::Run(run) => (run.prompt.clone(), run.params.clone()),
    };
    View {
        id: task.id.clone(),
        model: model(&task.work).to_owned(),
        status: task.state.as_str(),
        media_type: media_type(&task.work),
        prompt: prompt.filter(|_| task.erased_at.is_none()),
        created_at: task.created_at.to_string(),
        deadline: task.deadline.to_string(),
        resolved_params,
        ignored: ignored(ports, task),
        credits_used: credits_used(task),
        result: result(ports, task),
        error: problem(task),
    }
}

/// The model that does a task's work.
pub(crate) fn model(work: &Work) -> &str {
    match work {
        Work::Training { .. } => TRAINING_MODEL,
        Work::Generation(_) => CHARACTER_MODEL,
        Work::Run(run) => &run.model,
    }
}

/// What a task makes.
pub(crate) const fn media_type(work: &Work) -> &'static str {
    match work {
        Work::Training { .. } => "character",
        Work::Generation(_) => "image",
        Work::Run(run) => run.media.as_str(),
    }
}

/// The parameters of a task that count.
pub(crate) fn applied(task: &Task) -> Map<String, Value> {
    let generation = match &task.work {
        Work::Training { .. } => return Map::new(),
        Work::Run(run) => return run.params.clone(),
        Work::Generation(generation) => generation,
    };
    let mut applied = Map::new();
    let mut set = |name: &str, value: Value| drop(applied.insert(name.to_owned(), value));
    set("aspect_ratio", generation.aspect_ratio.as_str().into());
    set("num_outputs", generation.num_outputs.into());
    if let Some(seed) = generation.seed {
        set("seed", seed.into());
    }
    if let Some(percent) = generation.lora_scale_percent {
        set("lora_scale", (f64::from(percent) / 100.0).into());
    }
    if let Some(format) = generation.output_format {
        set("output_format", format.extension().into());
    }
    applied
}

/// What its caller sent that the task's provider has no place for.
pub(crate) fn ignored<P: Ports>(ports: &P, task: &Task) -> Vec<String> {
    match &task.work {
        Work::Training { .. } => Vec::new(),
        Work::Generation(generation) => crate::plan::ignored(ports.config(), task.provider, generation),
        Work::Run(run) => run.way(task.provider).map(|way| way.ignored.clone()).unwrap_or_default(),
    }
}

/// What a task holds while it runs, and what it was charged once it ended.
pub(crate) fn credits_used(task: &Task) -> u64 {
    match task.settlement() {
        None => task.cost.amount(),
        Some(Settlement::Capture(amount)) => amount.amount(),
        Some(Settlement::Release) => 0,
    }
}

fn result<P: Ports>(ports: &P, task: &Task) -> Option<Value> {
    match (&task.state, &task.work) {
        (TaskState::Trained { .. }, work) => Some(json!({ "type": "character", "character_id": work.character() })),
        (TaskState::Delivered { .. }, _) if task.erased_at.is_some() => None,
        (TaskState::Delivered { files, at }, _) => Some(delivered(ports, task, files, *at)),
        (TaskState::Pending | TaskState::Processing | TaskState::Failed { .. } | TaskState::Canceled, _) => None,
    }
}

fn delivered<P: Ports>(ports: &P, task: &Task, files: &[File], at: Timestamp) -> Value {
    let expires_at = at.plus(RESULT_LIFETIME).to_string();
    let urls = urls(ports, task);
    let songs: Vec<(usize, &File, &Song)> =
        files.iter().enumerate().filter_map(|(n, file)| file.song.as_ref().map(|song| (n, file, song))).collect();
    if !songs.is_empty() {
        // Their covers follow after them, in the same order.
        let count = songs.len();
        let song = |(n, file, song): (usize, &File, &'_ Song)| {
            json!(SongView {
                audio_url: urls.get(n).cloned().unwrap_or_default(),
                image_url: urls.get(n.saturating_add(count)).cloned(),
                duration: file.duration_ms.and_then(seconds),
                title: &song.title,
                tags: &song.tags,
                prompt: &song.lyrics,
            })
        };
        let songs: Vec<Value> = songs.into_iter().map(song).collect();
        return json!({ "type": "music", "songs": songs, "expires_at": expires_at });
    }
    let kind = media_type(&task.work);
    if kind == "image" {
        let images: Vec<Value> = urls.iter().map(|url| json!({ "url": url })).collect();
        return json!({ "url": urls.first(), "type": kind, "images": images, "expires_at": expires_at });
    }
    let duration = files.first().and_then(|file| file.duration_ms).and_then(seconds);
    json!({ "url": urls.first(), "type": kind, "duration": duration, "expires_at": expires_at })
}

/// Milliseconds as seconds.
pub(crate) fn seconds(millis: u64) -> Option<f64> {
    u32::try_from(millis).ok().map(|millis| f64::from(millis) / 1_000.0)
}

/// Where a task's files can be fetched.
pub(crate) fn urls<P: Ports>(ports: &P, task: &Task) -> Vec<String> {
    let TaskState::Delivered { files, .. } = &task.state else { return Vec::new() };
    files.iter().enumerate().map(|(n, file)| links::result(ports.config(), task, n, file)).collect()
}

fn problem(task: &Task) -> Option<Problem> {
    let TaskState::Failed { error } = &task.state else { return None };
    let key = match error.code {
        FailureCode::GenerationFailed => "generic",
        FailureCode::TrainingFailed | FailureCode::TrainingSubmitFailed | FailureCode::TrainingCanceled => "training",
    };
    Some(Problem { code: error.code.as_str(), key, message: error.message.clone() })
}
