//! How Replicate shows a job: as an object, as outputs, in callbacks signed as Standard Webhooks.

use domain::Secret;
use serde_json::{Value, json};
use webhook::standard::{ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign};

use crate::fault::Fault;
use crate::job::{Job, Kind};
use crate::protocol::{Callback, End, Made, without_nulls};
use crate::state::Shared;
use crate::work::Work;
use crate::{Misbehaviour, files};

/// How long outputs of a prediction are kept, in seconds.
const OUTPUT_LIFETIME_SECONDS: i64 = 60 * 60;

/// What the job says when no picture is left.
pub(crate) const ALL_UNSAFE: &str =
    "All generated images contained NSFW content. Try running it again with a different prompt.";

/// What stands for the version of a model that has none: only official models are run by their names.
const NO_VERSION: &str = "hidden";

/// The object as the API gives it by itself, and in callbacks: with where it reports to.
pub(super) fn to_json(job: &Job, base_url: &str) -> Value {
    let mut object = listed(job, base_url);
    if let (Some(fields), Some(webhook)) = (object.as_object_mut(), &job.webhook) {
        fields.insert("webhook".to_owned(), json!(webhook));
        fields.insert("webhook_events_filter".to_owned(), json!(job.events));
    }
    object
}

/// The object as it stands in a list: nothing in it says where it reports to. A time that has not come is not there, nor is a training's
/// output before there is one.
pub(super) fn listed(job: &Job, base_url: &str) -> Value {
    let since_end = job.completed_at.map_or(0, |at| jiff::Timestamp::now().as_second() - at.as_second());
    let is_training = job.kind == Kind::Training;
    let removed = !is_training && since_end > OUTPUT_LIFETIME_SECONDS;
    let url = format!("{base_url}/v1/{}/{}", job.kind.path(), job.id);
    let mut object = without_nulls(json!({
        "id": job.id, "model": job.model, "source": "api", "status": job.status, "data_removed": removed,
        "version": if job.version.is_empty() { NO_VERSION } else { &job.version },
        "input": if removed { json!({}) } else { job.input.clone() },
        "logs": if removed { "" } else { job.logs.as_str() },
        "created_at": job.created_at.to_string(),
        "started_at": job.started_at.map(|at| at.to_string()),
        "completed_at": job.completed_at.map(|at| at.to_string()),
        "metrics": metrics(job),
        "urls": { "get": url, "cancel": format!("{url}/cancel"), "web": format!("{base_url}/p/{}", job.id) },
    }));
    let output = if removed { Value::Null } else { job.output.clone() };
    if let Some(fields) = object.as_object_mut() {
        fields.insert("error".to_owned(), json!(job.fault.as_ref().map(|fault| fault.message.as_str())));
        if !(is_training && output.is_null()) {
            fields.insert("output".to_owned(), output);
        }
    }
    object
}

fn metrics(job: &Job) -> Value {
    match job.run_seconds() {
        Some(predict_time) => {
            let total = job.completed_at.map(|end| end.duration_since(job.created_at).as_secs_f64());
            json!({ "predict_time": predict_time, "total_time": total })
        }
        None => json!({}),
    }
}

/// What a job made, as its output.
pub(crate) fn end(shared: &Shared, job: &Job, made: Made) -> End {
    match made {
        Made::Version(version) => {
            let model = job.destination.as_deref().unwrap_or_default();
            let weights = files::weights_url(shared, &version, "trained_model.tar");
            End::succeeded(json!({ "version": format!("{model}:{version}"), "weights": weights }))
        }
        Made::Pictures(_) if job.is(Misbehaviour::Nsfw) => {
            End::failed(Fault::new("content_policy_violation", ALL_UNSAFE))
        }
        Made::Pictures(pictures) => {
            let safe = pictures.into_iter().filter(|picture| !picture.is_unsafe).enumerate();
            let keep = |(n, picture)| files::keep(shared, job, n, picture, OUTPUT_LIFETIME_SECONDS);
            End::succeeded(safe.map(keep).collect())
        }
        Made::Files(made) => {
            let keep = |(n, file)| files::keep(shared, job, n, file, OUTPUT_LIFETIME_SECONDS);
            let urls: Vec<String> = made.into_iter().enumerate().map(keep).collect();
            End::succeeded(match &job.work {
                Work::Run(wanted) => wanted.output(&urls),
                Work::Train(_) | Work::Generate(_) => json!(urls),
            })
        }
    }
}

/// The job, signed.
pub(crate) fn callback(shared: &Shared, job: &Job) -> Option<Callback> {
    let body = to_json(job, &shared.options.base_url).to_string();
    let now = jiff::Timestamp::now().as_second();
    let id = format!("msg_{}_{}", job.id, job.status);
    let secret = Secret::new(shared.options.webhook_secret.as_str());
    let signature = sign(&secret, &id, now, body.as_bytes()).ok()?;
    let headers = vec![(ID_HEADER, id), (TIMESTAMP_HEADER, now.to_string()), (SIGNATURE_HEADER, signature)];
    Some(Callback { body, headers })
}

/// A callback that nobody with the secret signed.
pub(crate) fn forged(job: &Job) -> Callback {
    let headers = vec![
        (ID_HEADER, "msg_forged".to_owned()),
        (TIMESTAMP_HEADER, jiff::Timestamp::now().as_second().to_string()),
        (SIGNATURE_HEADER, "v1,Zm9yZ2VkIHNpZ25hdHVyZSBvZiAzMiBieXRlcy4uLi4=".to_owned()),
    ];
    Callback { body: json!({ "id": job.id, "status": "failed", "error": "forged" }).to_string(), headers }
}
