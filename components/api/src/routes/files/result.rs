//! `GET /results/{name}`: a generated picture, for seven days. One that is in a bucket is fetched there, under a URL that
//! ends an hour later: nobody can take such a URL back where its character is suspended.
//! Whoever passes by is asked not to list it, and not to train on it; a bucket's own answer does not say that.

use std::time::Duration;

use domain::BlobLocation;
use http::header::CACHE_CONTROL;
use http::{HeaderName, Method, StatusCode};
use lifecycle::Ports;
use lifecycle::blobs::{self, Blob};
use lifecycle::config::settings;
use lifecycle::ports::Body;
use store::{keys, s3};

use crate::delivered::{self, Delivered};
use crate::needs::Need;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Part, Request, Response, Streamed};
use crate::{Code, Error, file};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Get,
    path: "/results/{name}",
    access: Access::Anyone,
    needs: &[Need::Store, Need::Bucket, Need::Setting(&s3::REDIRECT), Need::Setting(&settings::RESULTS_KEPT)],
};

/// How long a URL of the bucket can be fetched from.
const BUCKET_LINK_LIFETIME: Duration = Duration::from_hours(1);

/// What is asked of programs that look for pictures.
const X_ROBOTS_TAG: HeaderName = HeaderName::from_static("x-robots-tag");
const ROBOTS: &str = "noindex, noai";

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B, Vec<Part>> {
    Handler::new(ROUTE, |ports, request| Box::pin(result(ports, request)))
}

async fn result<P: Ports, B>(ports: &P, request: Request<B>) -> Result<Streamed, Error> {
    let Delivered { task, n, file: made, mut left, .. } = delivered::find(ports, request.segment("name")).await?;
    let key = keys::result(&task.account, &task.id, n);
    let (location, media_type) = (made.location, made.media.media_type());
    // A signed URL is good for one method; what a HEAD asks for is known here.
    let redirects = location == BlobLocation::Bucket && ports.config().s3_redirect && request.method == Method::GET;
    let answer = if redirects {
        left = left.min(BUCKET_LINK_LIFETIME);
        Streamed::redirect(&blobs::bucket(ports.config())?.link(&key, media_type, left, ports.now()))
    } else {
        let blob = Blob { key, location, size_bytes: made.size_bytes };
        let whole = Response::new(StatusCode::OK, media_type, vec![Part::Blob(blob.into())]);
        file::serve(whole, &format!("{}.{n}", task.id), &request)
    };
    let answer = answer.with(CACHE_CONTROL, &format!("private, max-age={}, immutable", left.as_secs()));
    Ok(answer.with(X_ROBOTS_TAG, ROBOTS))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "getResult", "Get a result")
        .says(concat!(
            "A `url` of a task's result; good for 7 days. With a bucket, it leads there. ",
            "A JPEG, PNG or WebP says in its XMP that a model made it (`Iptc4xmpExt:DigitalSourceType`)."
        ))
        .sends_file("The file.", "*/*")
        .answers_with(302, "Where it is, for an hour at most.", Content::Empty, &["Location", "Cache-Control"])
        .always_with("X-Robots-Tag")
        .fails(&[Code::NotFound, Code::ResultExpired])
}
