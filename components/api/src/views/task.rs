//! A task as its owner sees it, in camel case as all tasks are.

use domain::{
    CharacterId, FailureCode, File, MediaKind, Seen, Settlement, Song, Task, TaskId, TaskState, Timestamp, Warning,
    Work,
};
use lifecycle::{Ports, links, plan};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

/// What a task can be.
pub(crate) const STATUSES: [&str; 5] = ["pending", "processing", "completed", "failed", "canceled"];
/// What a task can make.
pub(crate) const TYPES: [&str; 5] = ["image", "music", "video", "report", "character"];

/// A task as its owner sees it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Task")]
pub(crate) struct View {
    /// The task.
    id: TaskId,
    /// The model that does it.
    model: String,
    #[schemars(extend("enum" = STATUSES))]
    status: &'static str,
    #[schemars(extend("enum" = TYPES))]
    media_type: &'static str,
    /// The character that it is about, where it is about one.
    character_id: Option<CharacterId>,
    /// The prompt as the caller wrote it, where there is one.
    prompt: Option<String>,
    /// When it was accepted.
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    /// When it is given up if it has not ended by then.
    #[schemars(extend("format" = "date-time"))]
    deadline: String,
    /// The parameters that count, defaults included.
    resolved_params: Map<String, Value>,
    /// What was sent and has no effect.
    ignored: Vec<String>,
    /// What it holds while it runs, and what was charged once it has ended.
    credits_used: u64,
    /// What it made.
    result: Option<Made>,
    /// Why it failed.
    error: Option<Problem>,
}

/// A picture that can be fetched.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Image {
    /// Works for 7 days, or as long as the deployment keeps what was made.
    #[schemars(url)]
    url: String,
}

/// Why a task failed.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TaskError")]
struct Problem {
    /// For programs.
    code: &'static str,
    /// For programs, more closely.
    key: &'static str,
    /// For people.
    message: String,
}

/// What a task made. Its files can be fetched until `expires_at`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schemars(rename = "TaskResult")]
enum Made {
    /// A trained character.
    Character { character_id: CharacterId },
    /// Pictures; `url` is the first one's.
    Image {
        url: Option<String>,
        images: Vec<Image>,
        #[schemars(extend("format" = "date-time"))]
        expires_at: String,
    },
    /// Songs.
    Music {
        songs: Vec<SongView>,
        #[schemars(extend("format" = "date-time"))]
        expires_at: String,
    },
    /// A video.
    Video {
        url: Option<String>,
        /// Seconds.
        duration: Option<f64>,
        #[schemars(extend("format" = "date-time"))]
        expires_at: String,
    },
    /// What was seen on photos; `url` is that of the report with all of it.
    Report {
        url: Option<String>,
        /// What the owner of the photos may want to change; empty where they are all good.
        warnings: Vec<Warning>,
        #[schemars(extend("format" = "date-time"))]
        expires_at: String,
    },
}

/// A song as the vendor shows it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Song")]
struct SongView {
    audio_url: String,
    image_url: Option<String>,
    /// Seconds.
    duration: Option<f64>,
    title: String,
    /// Its style.
    tags: String,
    /// The lyrics.
    prompt: String,
}

/// The name of character trainings among the models.
pub(crate) const TRAINING_MODEL: &str = "flux-lora-training";
/// The name of photos kept as references among the models.
pub(crate) const REFERENCES_MODEL: &str = "photo-references";
/// The name of characters' pictures among the models.
pub(crate) const CHARACTER_MODEL: &str = "flux-lora-character";

/// Shows a task.
pub(crate) fn view<P: Ports>(ports: &P, task: &Task) -> View {
    let (prompt, resolved_params) = match &task.work {
        Work::Training(_) | Work::Reference { .. } => (None, Map::new()),
        Work::Generation(generation) => (Some(generation.prompt.clone()), applied(task)),
        Work::Run(run) => (run.prompt.clone(), run.params.clone()),
    };
    View {
        id: task.id.clone(),
        model: model(&task.work).to_owned(),
        status: task.state.as_str(),
        media_type: media_type(&task.work),
        character_id: task.work.character().cloned(),
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
        Work::Training(_) => TRAINING_MODEL,
        Work::Reference { .. } => REFERENCES_MODEL,
        Work::Generation(_) => CHARACTER_MODEL,
        Work::Run(run) => &run.model,
    }
}

/// What files a task makes, if any.
const fn media(work: &Work) -> Option<MediaKind> {
    match work {
        Work::Training(_) | Work::Reference { .. } => None,
        Work::Generation(_) => Some(MediaKind::Image),
        Work::Run(run) => Some(run.media),
    }
}

/// What a task makes.
pub(crate) fn media_type(work: &Work) -> &'static str {
    match media(work) {
        Some(media) => media.as_str(),
        None => "character",
    }
}

/// The parameters of a task that count.
pub(crate) fn applied(task: &Task) -> Map<String, Value> {
    let generation = match &task.work {
        Work::Training(_) | Work::Reference { .. } => return Map::new(),
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
        Work::Training(_) | Work::Reference { .. } => Vec::new(),
        Work::Generation(generation) => plan::ignored(ports, task.provider, generation),
        Work::Run(run) => run.request_to(task.provider).map(|request| request.ignored.clone()).unwrap_or_default(),
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

fn result<P: Ports>(ports: &P, task: &Task) -> Option<Made> {
    match (&task.state, &task.work) {
        (TaskState::Trained { .. } | TaskState::Referenced, work) => {
            work.character().map(|id| Made::Character { character_id: id.clone() })
        }
        (TaskState::Delivered { .. }, _) if task.erased_at.is_some() => None,
        (TaskState::Delivered { files, at }, _) => Some(delivered(ports, task, files, *at)),
        (TaskState::Pending | TaskState::Processing | TaskState::Failed { .. } | TaskState::Canceled, _) => None,
    }
}

fn delivered<P: Ports>(ports: &P, task: &Task, files: &[File], at: Timestamp) -> Made {
    let (urls, expires_at) = (urls(ports, task), at.plus(ports.config().results_kept).to_string());
    match media(&task.work) {
        Some(MediaKind::Music) => Made::Music { songs: songs(files, &urls), expires_at },
        Some(MediaKind::Video) => {
            let duration = files.first().and_then(|file| file.duration_ms).and_then(seconds);
            Made::Video { url: urls.into_iter().next(), duration, expires_at }
        }
        Some(MediaKind::Report) => {
            let seen = files.first().and_then(|file| file.report.as_deref()).unwrap_or_default();
            Made::Report { url: urls.into_iter().next(), warnings: Seen::warnings(seen), expires_at }
        }
        Some(MediaKind::Image) | None => {
            Made::Image { url: urls.first().cloned(), images: images(ports, task), expires_at }
        }
    }
}

/// The songs among a task's files. Their covers follow after them, in the same order.
fn songs(files: &[File], urls: &[String]) -> Vec<SongView> {
    let songs: Vec<(usize, &File, &Song)> =
        files.iter().enumerate().filter_map(|(n, file)| file.song.as_ref().map(|song| (n, file, song))).collect();
    let count = songs.len();
    let view = |(n, file, song): (usize, &File, &Song)| SongView {
        audio_url: urls.get(n).cloned().unwrap_or_default(),
        image_url: urls.get(n.saturating_add(count)).cloned(),
        duration: file.duration_ms.and_then(seconds),
        title: song.title.clone(),
        tags: song.tags.clone(),
        prompt: song.lyrics.clone(),
    };
    songs.into_iter().map(view).collect()
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

/// The URLs of a task's pictures.
pub(crate) fn images<P: Ports>(ports: &P, task: &Task) -> Vec<Image> {
    urls(ports, task).into_iter().map(|url| Image { url }).collect()
}

fn problem(task: &Task) -> Option<Problem> {
    let TaskState::Failed { error } = &task.state else { return None };
    let key = match error.code {
        FailureCode::GenerationFailed => "generic",
        FailureCode::TrainingFailed
        | FailureCode::TrainingSubmitFailed
        | FailureCode::TrainingCanceled
        | FailureCode::ConsentRefused => "training",
    };
    Some(Problem { code: error.code.as_str(), key, message: error.message.clone() })
}
