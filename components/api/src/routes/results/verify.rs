//! `POST /api/v1/verify`: whether a file was made here, by its bytes, or by how it looks. Whose it is, only its owner is told.

use domain::{Digest, MediaKind, Task, TaskId, TaskState};
use http::StatusCode;
use lifecycle::made::{self, Made};
use lifecycle::ports::Body;
use lifecycle::{Ports, alike, links};
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
    /// Whether it was made here, and was not deleted since: these bytes, or a picture that looks the same. `match` says which.
    made_here: bool,
    /// By what it was found, where it was made here.
    r#match: Option<Match>,
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

/// By what a file was found.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "FileMatch")]
enum Match {
    /// By its bytes: exactly these were made here.
    Exact,
    /// By how it looks: a picture was made here of which this may be a copy that was saved anew. A likeness, and no proof: two pictures can look
    /// the same.
    Alike,
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
    let (sha256, found) = if hashed::is_file(&request)? {
        let sent = hashed::read(ports, &mut request).await?;
        let exact = exact(ports, &sent.sha256).await?;
        let found = if exact.is_some() { exact } else { looks_like(ports, &sent.bytes, &customer).await? };
        (sent.sha256, found)
    } else {
        body::read(ports, &mut request, BODY_BYTES_MAX).await?;
        let sha256 = request.json::<Asked>()?.sha256;
        let found = exact(ports, &sha256).await?;
        (sha256, found)
    };
    Ok(Response::success(StatusCode::OK, Verified::of(sha256, found.as_ref(), &customer)))
}

/// What was found, and by what.
type Found = (Match, Made);

async fn exact<P: Ports>(ports: &P, sha256: &Digest) -> Result<Option<Found>, Error> {
    Ok(made::find(ports, sha256).await?.map(|made| (Match::Exact, made)))
}

/// What was made here that looks like this: of several, the caller's own.
async fn looks_like<P: Ports>(ports: &P, bytes: &[u8], customer: &Customer) -> Result<Option<Found>, Error> {
    let found = alike::of(ports, bytes).await?;
    let own = found.iter().position(|made| is_own(&made.task, customer)).unwrap_or_default();
    Ok(found.into_iter().nth(own).map(|made| (Match::Alike, made)))
}

fn is_own(task: &Task, customer: &Customer) -> bool {
    task.account == customer.account && customer.reaches(task.work.character())
}

impl Verified {
    fn of(sha256: Digest, found: Option<&Found>, customer: &Customer) -> Self {
        let Some((by, Made { task, n, file })) = found else {
            return Self { made_here: false, r#match: None, sha256, kind: None, made_on: None, yours: None };
        };
        let day = |at: &str| at.chars().take_while(|c| *c != 'T').collect();
        let made_on = match &task.state {
            TaskState::Delivered { at, .. } => Some(day(&at.to_string())),
            _ => None,
        };
        let yours = is_own(task, customer)
            .then(|| Own { task_id: task.id.clone(), result: links::result_name(task, *n, file) });
        Self { made_here: true, r#match: Some(*by), sha256, kind: Some(file.media.kind()), made_on, yours }
    }
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "verifyFile", "Find out whether a file was made here")
        .says(
            "Send the SHA-256 of a file as JSON, or the file itself with its own media type, up to 10 MB: it is looked at and kept nowhere. \
             A hash finds exactly these bytes. A JPEG, PNG or WebP finds, where its bytes are not known, also a picture that looks the same: so a \
             copy that was saved anew or scaled is found, and `match` says that it is a likeness, which is no proof. Pictures are known by how they \
             look soon after they were delivered, once the sweep has looked at them. \
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
