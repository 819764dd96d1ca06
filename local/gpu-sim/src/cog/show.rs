//! How a container shows a job: in answers and in callbacks, which carry a token and no signature.

use serde_json::{Value, json};

use crate::job::Job;
use crate::protocol::{Callback, without_nulls};

/// The version of Cog that this one is like.
pub(super) const VERSION: &str = "0.23.1";

/// The job as it is: neither its input nor any time is in it.
pub(super) fn to_json(job: &Job) -> Value {
    let error = match &job.fault {
        Some(fault) => Some(fault.message.as_str()),
        None => (job.status == "failed").then_some("The prediction failed"),
    };
    without_nulls(json!({
        "id": job.id, "status": status(job), "logs": job.logs, "output": job.output, "error": error,
        "metrics": without_nulls(json!({ "predict_time": job.run_seconds() })),
    }))
}

/// Cog has no word for aborted.
fn status(job: &Job) -> &'static str {
    if job.status == "aborted" { "canceled" } else { job.status }
}

/// The job, with a token.
pub(crate) fn callback(job: &Job, token: &str) -> Callback {
    let headers = vec![("authorization", format!("Bearer {token}")), ("user-agent", format!("coglet/{VERSION}"))];
    Callback { body: to_json(job).to_string(), headers }
}
