//! `POST /api/v1/upload`: where a caller may put a file that is no photo on the web, and where it can be fetched from then on.

use std::time::Duration;

use domain::BlobLocation;
use http::{HeaderName, StatusCode};
use lifecycle::config::settings;
use lifecycle::ports::Body;
use lifecycle::uploads::{File, Input};
use lifecycle::{Ports, funds, inputs, links};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::auth::Customer;
use crate::needs::Need;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::wire::{Request, Response};
use crate::{Code, Error, checks};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Post,
    path: "/api/v1/upload",
    access: Access::ORDER,
    needs: &[
        Need::Links,
        Need::Setting(&settings::UPLOAD_BYTES),
        Need::Setting(&settings::UPLOAD_FILES),
        Need::Setting(&settings::UPLOAD_GIGABYTES),
    ],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, create)))
}

const BYTES_LIMIT: HeaderName = HeaderName::from_static("x-upload-bytes-limit");
const BYTES_REMAINING: HeaderName = HeaderName::from_static("x-upload-bytes-remaining");
const FILES_LIMIT: HeaderName = HeaderName::from_static("x-upload-files-limit");
const FILES_REMAINING: HeaderName = HeaderName::from_static("x-upload-files-remaining");

/// How much longer than its link an announced file has room: whoever comes last may take so long.
const UPLOAD_TIME: Duration = Duration::from_mins(5);
/// How long a file can be put there.
const LINK_LIFETIME: Duration = Duration::from_hours(1);
/// Largest image or sound, in bytes.
const SMALL_BYTES_MAX: u32 = 20_000_000;
/// Largest video, in bytes.
const VIDEO_BYTES_MAX: u32 = 100_000_000;

/// What can be uploaded: the media type, the ending of its name, and the most bytes.
const TYPES: [(&str, &str, u32); 12] = [
    ("image/jpeg", "jpg", SMALL_BYTES_MAX),
    ("image/png", "png", SMALL_BYTES_MAX),
    ("image/webp", "webp", SMALL_BYTES_MAX),
    ("image/gif", "gif", SMALL_BYTES_MAX),
    ("image/avif", "avif", SMALL_BYTES_MAX),
    ("image/heic", "heic", SMALL_BYTES_MAX),
    ("image/heif", "heif", SMALL_BYTES_MAX),
    ("video/mp4", "mp4", VIDEO_BYTES_MAX),
    ("video/quicktime", "mov", VIDEO_BYTES_MAX),
    ("video/webm", "webm", VIDEO_BYTES_MAX),
    ("audio/mpeg", "mp3", SMALL_BYTES_MAX),
    ("audio/wav", "wav", SMALL_BYTES_MAX),
];

/// What a caller sends.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(
    rename = "AnnounceUpload",
    extend("if" = { "properties": { "contentType": { "pattern": "^video/" } } }),
    extend("else" = { "properties": { "sizeBytes": { "maximum": SMALL_BYTES_MAX } } })
)]
pub(crate) struct Announce {
    /// The file's type, such as `image/jpeg`.
    #[schemars(required, extend("enum" = TYPES.map(|(media_type, ..)| media_type)))]
    content_type: Option<String>,
    /// Its size in bytes: at most 20 MB for images and sounds, 100 MB for videos.
    #[schemars(range(min = 1, max = VIDEO_BYTES_MAX))]
    size_bytes: Option<u64>,
}

/// Where the file goes.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AnnouncedUpload")]
pub(crate) struct Announced {
    /// Where to PUT the bytes, with the same `Content-Type` and without an API key.
    #[schemars(url)]
    upload_url: String,
    /// Where it can be fetched then, for a day: good for every field that takes a URL.
    #[schemars(url)]
    public_url: String,
    /// Its name.
    key: String,
    /// Until when it can be put there.
    #[schemars(extend("format" = "date-time"))]
    expires_at: String,
}

async fn create<P: Ports, B: Body>(ports: &P, customer: Customer, request: Request<B>) -> Result<Response, Error> {
    let Announce { content_type, size_bytes } = request.content.json()?;
    let content_type = content_type.unwrap_or_default();
    let Some((media_type, extension, most)) = TYPES.into_iter().find(|(name, ..)| *name == content_type) else {
        let all: Vec<&str> = TYPES.iter().map(|(name, ..)| *name).collect();
        return Err(Error::new(Code::InvalidRequest, format!("`contentType`: has to be one of {}", all.join(", "))));
    };
    if size_bytes.is_some_and(|size| size == 0 || size > most.into()) {
        let message = format!("`sizeBytes`: has to be from 1 to {most} for {media_type}");
        return Err(Error::new(Code::InvalidRequest, message));
    }
    checks::not_suspended(ports, &customer.account).await?;
    funds::check_any(ports, &customer.account).await?;
    let now = ports.now();
    let id = domain::fresh_id(ports.random());
    let size_max = size_bytes.and_then(|size| u32::try_from(size).ok()).unwrap_or(most);
    let input = Input {
        file: File { id: id.clone(), size_bytes: 0, location: BlobLocation::Store },
        account: customer.account,
        media_type: media_type.to_owned(),
        extension: extension.to_owned(),
        size_max,
        at: now,
        put: None,
    };
    let expires_at = now.plus(LINK_LIFETIME);
    let (n, left) = inputs::announce(ports, &input, expires_at.plus(UPLOAD_TIME)).await?;
    let key = format!("{n}.{id}.{extension}");
    let announced = Announced {
        upload_url: links::upload(ports.config(), &key, expires_at)?,
        public_url: links::uploaded(ports.config(), &key),
        key,
        expires_at: expires_at.to_string(),
    };
    let room = ports.config().upload_room;
    Ok(Response::success(StatusCode::OK, announced)
        .with(BYTES_LIMIT, &room.bytes.to_string())
        .with(BYTES_REMAINING, &left.bytes.to_string())
        .with(FILES_LIMIT, &room.files.to_string())
        .with(FILES_REMAINING, &left.files.to_string()))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "announceUpload", "Create an upload")
        .says(
            "Says where to PUT a file that is nowhere on the web, and which URL it has from then on. An account may have so many files and bytes \
             here as the headers say, each for a day; one that was announced without its size counts with the most it may have until it is there. \
             An account without any credits has no uploads.",
        )
        .takes::<Announce>(json!({ "contentType": "image/jpeg", "sizeBytes": 1_830_211 }))
        .answers_with(
            200,
            "Where to put it within the hour, and where it is for a day.",
            Content::of::<Announced>(),
            &["X-Upload-Bytes-Limit", "X-Upload-Bytes-Remaining", "X-Upload-Files-Limit", "X-Upload-Files-Remaining"],
        )
        .fails(&[Code::InsufficientCredits, Code::AccountSuspended])
}
