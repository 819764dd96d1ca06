//! `POST /api/v1/verify`: whether a file was made here. Whose it is, only its owner is told.

use domain::{Digest, MediaKind, TaskId, TaskState};
use http::StatusCode;
use lifecycle::made::{self, Made};
use lifecycle::ports::Body;
use lifecycle::{Ports, links};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::auth::Customer;
use crate::body::{self, BODY_BYTES_MAX};
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer_streaming};
use crate::wire::{Request, Response};
use crate::{Code, Error, hashed};

/// Where it is.
pub(crate) const ROUTE: Route = Route { verb: Verb::Post, path: "/api/v1/verify", access: Access::ANY_KEY, needs: &[] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::streaming(ROUTE, |ports, request| Box::pin(for_customer_streaming(ports, request, verify)))
}

/// The file that is asked about.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "VerifyFile")]
struct Asked {
    /// SHA-256 of its bytes, in hex.
    sha256: Digest,
}

/// Whether a file was made here.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "VerifiedFile")]
struct Verified {
    /// Whether exactly these bytes were made here, and were not deleted since. A copy that was changed or saved anew has other bytes.
    made_here: bool,
    /// SHA-256 of the bytes, in hex.
    sha256: Digest,
    /// What it is, where it was made here.
    kind: Option<MediaKind>,
    /// The day (UTC) on which it was made, where it was made here.
    #[schemars(extend("format" = "date"))]
    made_on: Option<String>,
    /// Which result it is, where it is your own.
    yours: Option<Own>,
}

/// A result of the caller's own.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OwnResult")]
struct Own {
    /// The task that made it.
    task_id: TaskId,
    /// Its name, as its URL ends.
    result: String,
}

async fn verify<P: Ports, B: Body>(ports: &P, customer: Customer, mut request: Request<B>) -> Result<Response, Error> {
    let sha256 = if hashed::is_file(&request)? {
        hashed::digest(ports, &mut request).await?
    } else {
        body::read(ports, &mut request, BODY_BYTES_MAX).await?;
        request.json::<Asked>()?.sha256
    };
    let made = made::find(ports, &sha256).await?;
    Ok(Response::success(StatusCode::OK, Verified::of(sha256, made.as_ref(), &customer)))
}

impl Verified {
    fn of(sha256: Digest, made: Option<&Made>, customer: &Customer) -> Self {
        let Some(Made { task, n, file }) = made else {
            return Self { made_here: false, sha256, kind: None, made_on: None, yours: None };
        };
        let day = |at: &str| at.chars().take_while(|c| *c != 'T').collect();
        let made_on = match &task.state {
            TaskState::Delivered { at, .. } => Some(day(&at.to_string())),
            _ => None,
        };
        let is_own = task.account == customer.account && customer.reaches(task.work.character());
        let yours = is_own.then(|| Own { task_id: task.id.clone(), result: links::result_name(task, *n, file) });
        Self { made_here: true, sha256, kind: Some(file.media.kind()), made_on, yours }
    }
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "verifyFile", "Find out whether a file was made here")
        .says(
            "Send the SHA-256 of a file as JSON, or the file itself with its own media type, up to 10 MB: it is hashed as it comes and kept nowhere. \
             Whoever has a key may ask, of anybody's file: that it was made here, what it is and the day are told, and whose it is only to its owner. \
             Nothing is charged.",
        )
        .takes_content(
            Content::or_file::<Asked>(),
            true,
            Some(json!({ "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" })),
        )
        .answers::<Verified>(200, "Whether it was.")
        .fails(&[Code::PayloadTooLarge])
}
