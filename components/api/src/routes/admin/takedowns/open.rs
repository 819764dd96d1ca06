//! `POST /api/v1/admin/takedown`: a request to take something down, which is handed out no more once this is answered.

use domain::limits::{TAKEDOWN_REASON_CHARS_MAX, TAKEDOWN_REFERENCE_CHARS_MAX};
use domain::takedown::{Owned, Target};
use domain::{AccountId, CharacterId, Digest, Task};
use http::StatusCode;
use lifecycle::made::{self, Made};
use lifecycle::ports::Body;
use lifecycle::{Ports, alike, links, takedowns};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::keys;

use super::View;
use crate::body::{self, BODY_BYTES_MAX};
use crate::hashed::{self, Sent};
use crate::needs::Need;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};
use crate::{Code, Error, checks};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Post,
    path: "/api/v1/admin/takedown",
    access: Access::Operator,
    needs: &[Need::Links, Need::Providers, Need::Anywhere, Need::Bucket],
};

/// What is said of a file that is not known.
const UNKNOWN_BYTES: &str = "Nothing that is kept here has these bytes";

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::streaming(ROUTE, |ports, request| Box::pin(open(ports, request)))
}

/// What is to be taken down, and why. It is named in one of three ways: by `sha256`, by `result`, or by `account_id` with `character_id`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "OpenTakedown")]
struct Asked {
    /// SHA-256 of a file that was made here, in hex.
    sha256: Option<Digest>,
    /// A result of this deployment: its URL, or how that ends.
    result: Option<String>,
    /// Whose the character is.
    account_id: Option<AccountId>,
    /// The character.
    character_id: Option<CharacterId>,
    /// Why, in your words.
    #[schemars(required, length(min = 1, max = TAKEDOWN_REASON_CHARS_MAX))]
    reason: Option<String>,
    /// What you call it elsewhere.
    #[schemars(length(min = 1, max = TAKEDOWN_REFERENCE_CHARS_MAX))]
    reference: Option<String>,
}

async fn open<P: Ports, B: Body>(ports: &P, mut request: Request<B>) -> Result<Response, Error> {
    let (of, (reason, reference)) = if hashed::is_file(&request)? {
        // What is wrong with them is told before the file is read.
        let words = words(request.parameter("reason"), request.parameter("reference"))?;
        let sent = hashed::read(ports, &mut request).await?;
        (shown(ports, &sent).await?, words)
    } else {
        body::read(ports, &mut request, BODY_BYTES_MAX).await?;
        let asked: Asked = request.json()?;
        let words = words(asked.reason.clone(), asked.reference.clone())?;
        (named(ports, asked).await?, words)
    };
    let case = takedowns::open(ports, of, reason, reference).await?;
    Ok(Response::success(StatusCode::OK, View::of(case, ports.now())))
}

/// Why, and what it is called elsewhere.
fn words(reason: Option<String>, reference: Option<String>) -> Result<(String, Option<String>), Error> {
    let reason = checks::printable("reason", reason.unwrap_or_default(), TAKEDOWN_REASON_CHARS_MAX)?;
    let reference = reference.map(|name| checks::printable("reference", name, TAKEDOWN_REFERENCE_CHARS_MAX));
    Ok((reason, reference.transpose()?))
}

/// What made a file that was sent. What only looks like it is named and not taken down: whether it is that somebody has to decide who has seen
/// both, for what is open for too long is erased.
///
/// # Errors
/// [`Code::NotFound`] where nothing here has its bytes, and what the store answers.
async fn shown<P: Ports>(ports: &P, sent: &Sent) -> Result<Owned, Error> {
    if let Some(made) = made::find(ports, &sent.sha256).await? {
        return Ok(Owned::by(&made.task));
    }
    let alike = alike::of(ports, &sent.bytes).await?;
    let names: Vec<_> = alike.iter().map(|Made { task, n, file }| links::result_name(task, *n, file)).collect();
    Err(Error::new(
        Code::NotFound,
        match names.as_slice() {
            [] => UNKNOWN_BYTES.to_owned(),
            names => format!(
                "{UNKNOWN_BYTES}. What looks like it: {}. Look at it, and where it is that, send its name as `result`",
                names.join(", ")
            ),
        },
    ))
}

/// What is named.
///
/// # Errors
/// [`Code::InvalidRequest`] where it is not one thing, [`Code::NotFound`] where there is no such thing, and what the store answers.
async fn named<P: Ports>(ports: &P, asked: Asked) -> Result<Owned, Error> {
    let not_found = |what: &str| Error::new(Code::NotFound, what);
    match (asked.sha256, asked.result, asked.account_id, asked.character_id) {
        (Some(sha256), None, None, None) => {
            let made = made::find(ports, &sha256).await?;
            Ok(Owned::by(&made.ok_or_else(|| not_found(UNKNOWN_BYTES))?.task))
        }
        (None, Some(result), None, None) => {
            let task = task_of(ports, &result).await?;
            Ok(Owned::by(&task.ok_or_else(|| not_found("No such result"))?))
        }
        (None, None, Some(account), Some(id)) => {
            let character = ports.store().load(&keys::character(&account, &id)).await?;
            character.ok_or_else(|| not_found("No such character of this account"))?;
            Ok(Owned { account, target: Target::Character(id) })
        }
        _ => {
            let message =
                "Name one thing: send `sha256`, or `result`, or `account_id` and `character_id`, or the file itself";
            Err(Error::new(Code::InvalidRequest, message))
        }
    }
}

/// The task of a result, by its URL or how that ends; nothing where it is none, or deleted.
async fn task_of<P: Ports>(ports: &P, result: &str) -> Result<Option<Task>, Error> {
    let path = result.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    let Some((account, id, ..)) = links::parse_result(name) else { return Ok(None) };
    let task = ports.store().load(&keys::task(&account, &id)).await?;
    Ok(task.filter(|task| task.erased_at.is_none()))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    let text = |most: usize| json!({ "type": "string", "minLength": 1, "maxLength": most });
    Description::of(ROUTE, "openTakedown", "Take something down")
        .says(
            "Somebody asked you to take something down. Name it as JSON, or send the file itself with its own media type, up to 10 MB, and say \
             `reason` and `reference` in the query. Once this is answered, the character that it shows is suspended: nothing begins with it, what \
             is under way is canceled with its credits back, and no picture of it is handed out. Where it shows no character, the files of its task \
             are not handed out. You have 48 hours to erase it or to lift it; what is open then is erased by the sweep. \
             A file whose bytes are not known is 404 `NOT_FOUND`, whose message names the results that look like it: send one of them as `result`. \
             Sent again, it is the same case, and its time does not begin anew.",
        )
        .query("reason", "Why, where the file itself is sent.", text(TAKEDOWN_REASON_CHARS_MAX))
        .query("reference", "What you call it elsewhere, where the file itself is sent.", text(TAKEDOWN_REFERENCE_CHARS_MAX))
        .takes_content(
            Content::or_file::<Asked>(),
            true,
            Some(json!({
                "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                "reason": "The person in it asks for its removal",
            })),
        )
        .answers::<View>(200, "The case: what it is about is not handed out any more.")
        .fails(&[Code::NotFound])
}
