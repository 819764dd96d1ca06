//! From a component's request to the handler of its route: the path is matched, the caller is known, requests are counted, and whatever
//! comes of it is a response.

use std::borrow::Cow;
use std::pin::Pin;

use lifecycle::Ports;
use lifecycle::ports::Body;
use matchit::Router;
use percent_encoding::percent_decode_str;

use crate::auth::{self, Customer};
use crate::body::{self, BODY_BYTES_MAX};
use crate::cors::Cors;
use crate::room::STREAM_BYTES;
pub use crate::route::{Access, Route, Verb};
use crate::wire::{Request, Response, Segments};
use crate::{Code, Error, idempotency, quota};

/// What a handler comes to.
pub(crate) type Answer<'a, R> = Pin<Box<dyn Future<Output = Result<Response<R>, Error>> + 'a>>;

/// A route and the code that answers for it.
pub(crate) struct Handler<P, B, R = Vec<u8>> {
    route: Route,
    run: Run<P, B, R>,
    /// Whether the code reads the body itself, as it comes.
    streams: bool,
}

/// The code that answers for a route.
type Run<P, B, R> = for<'a> fn(&'a P, Request<B>) -> Answer<'a, R>;

impl<P, B, R> Handler<P, B, R> {
    /// A handler that finds the body read.
    pub(crate) const fn new(route: Route, run: Run<P, B, R>) -> Self {
        Self { route, run, streams: false }
    }

    /// A handler that admits the request before it reads the body itself.
    pub(crate) const fn streaming(route: Route, run: Run<P, B, R>) -> Self {
        Self { route, run, streams: true }
    }
}

/// Answers a request with the handler of its route, and says which pages of other origins may read that.
pub(crate) async fn serve<P: Ports, B: Body, R: Default>(
    ports: &P,
    request: Request<B>,
    handlers: &[Handler<P, B, R>],
) -> Response<R>
where
    Response<R>: From<Error>,
{
    let cors = Cors::of(ports.config(), &request);
    match cors.preflight(&request, &methods(handlers, &request.path)) {
        Some(answer) => answer,
        None => cors.on(respond(ports, request, handlers).await),
    }
}

async fn respond<P: Ports, B: Body, R>(ports: &P, mut request: Request<B>, handlers: &[Handler<P, B, R>]) -> Response<R>
where
    Response<R>: From<Error>,
{
    // Which routes of the operator's there are is the operator's to know.
    let for_operator = handlers.iter().all(|handler| handler.route.access == Access::Operator);
    let admitted = if for_operator { auth::operator(ports, &request) } else { Ok(()) };
    let handler = match admitted.and_then(|()| find(handlers, &mut request)) {
        Ok(handler) => handler,
        Err(error) => return error.into(),
    };
    run(ports, handler, for_operator, request).await.unwrap_or_else(Response::from)
}

/// Lets the code of a route answer. A body is read once it is known who asks: the operator's here, a customer's by [`for_customer`], and those
/// behind links by the code that checks them.
async fn run<P: Ports, B: Body, R>(
    ports: &P,
    handler: &Handler<P, B, R>,
    is_operator: bool,
    mut request: Request<B>,
) -> Result<Response<R>, Error> {
    if handler.route.access == Access::Operator {
        if !is_operator {
            auth::operator(ports, &request)?;
        }
        if !handler.streams {
            body::read(ports, &mut request, BODY_BYTES_MAX).await?;
        }
    }
    let room = handler.streams.then(|| request.room.take(STREAM_BYTES)).transpose()?;
    let answered = (handler.run)(ports, request).await;
    drop(room);
    answered
}

/// Answers a customer's request, as far as it may be asked now; the answer tells what is left of the quota.
///
/// # Errors
/// Those of [`auth::customer`] and [`quota::count`]: there is no quota to tell of.
pub(crate) async fn for_customer<P: Ports, B: Body, R, A>(
    ports: &P,
    request: Request<B>,
    run: impl AsyncFnOnce(&P, Customer, Request<B>) -> Result<Response<A>, Error>,
) -> Result<Response<R>, Error>
where
    Response<R>: From<Error> + From<Response<A>>,
{
    let with_body = async |ports: &P, customer, mut request: Request<B>| {
        body::read(ports, &mut request, BODY_BYTES_MAX).await?;
        request.fingerprint = idempotency::fingerprint(&request);
        run(ports, customer, request).await
    };
    for_customer_streaming(ports, request, with_body).await
}

/// The same, by code that reads the body itself.
///
/// # Errors
/// Those of [`for_customer`].
pub(crate) async fn for_customer_streaming<P: Ports, B: Body, R, A>(
    ports: &P,
    request: Request<B>,
    run: impl AsyncFnOnce(&P, Customer, Request<B>) -> Result<Response<A>, Error>,
) -> Result<Response<R>, Error>
where
    Response<R>: From<Error> + From<Response<A>>,
{
    let customer = auth::customer(ports, &request).await?;
    let counted = quota::count(ports, &request, &customer.account).await?;
    let answered = async {
        counted.check()?;
        run(ports, customer, request).await
    };
    Ok(counted.on(answered.await.map_or_else(Response::from, Response::from)))
}

/// The handler of the request's path and method; names the segments of the path in the request.
///
/// # Errors
/// [`Code::NotFound`] for another path, [`Code::MethodNotAllowed`] for another method.
fn find<'a, P, B, R>(
    handlers: &'a [Handler<P, B, R>],
    request: &mut Request<B>,
) -> Result<&'a Handler<P, B, R>, Error> {
    let Some(matched) = matching(&table(handlers.iter().map(|handler| handler.route.path)), &request.path) else {
        return Err(Error::new(Code::NotFound, "No such route"));
    };
    request.segments = matched.segments;
    let mut here = handlers.iter().filter(|handler| handler.route.path == matched.path);
    if let Some(handler) = here.find(|handler| handler.route.verb.takes(&request.method)) {
        request.route = Some(handler.route);
        return Ok(handler);
    }
    let methods = methods(handlers, &request.path);
    let message = format!("This route takes {methods}, not {}", request.method);
    Err(Error { allow: Some(methods), ..Error::new(Code::MethodNotAllowed, message) })
}

/// The methods that a path takes, as an `Allow` header has them.
fn methods<P, B, R>(handlers: &[Handler<P, B, R>], path: &str) -> String {
    let matched = matching(&table(handlers.iter().map(|handler| handler.route.path)), path).map(|matched| matched.path);
    let here = handlers.iter().filter(|handler| Some(handler.route.path) == matched);
    here.map(|handler| handler.route.verb.methods()).collect::<Vec<_>>().join(", ")
}

/// A path among others.
pub(crate) struct Matched {
    /// The one of the paths, as it was given.
    pub(crate) path: &'static str,
    segments: Segments,
}

/// Paths with named segments, to be matched with.
pub(crate) fn table(paths: impl Iterator<Item = &'static str>) -> Router<&'static str> {
    let mut router = Router::new();
    for known in paths {
        // One path can be there with several methods: it is known already.
        drop(router.insert(known, known));
    }
    router
}

/// The one of these paths that a path matches. A slash at its end does not count.
pub(crate) fn matching(table: &Router<&'static str>, path: &str) -> Option<Matched> {
    let trimmed = path.trim_end_matches('/');
    let path = if trimmed.is_empty() { "/" } else { trimmed };
    let found = table.at(path).ok()?;
    let named = |name: &str| found.value.contains(&format!("{{{name}}}"));
    let segment = |(name, value): (&str, &str)| {
        // The rest of a path is no name: what is in it is for the handler, and kept as it came.
        let value = if named(name) { decoded(value) } else { value.to_owned() };
        (name.to_owned(), value)
    };
    let segments = found.params.iter().map(segment).collect();
    Some(Matched { path: found.value, segments })
}

/// A segment with what is written as `%5F` in it. One that is no text then, or would be several segments, stays as it came: no name has a `%`.
fn decoded(segment: &str) -> String {
    let text = percent_decode_str(segment).decode_utf8().ok().filter(|text| !text.contains('/'));
    text.map_or_else(|| segment.to_owned(), Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(path: &str) -> Option<Segments> {
        let paths = ["/tasks/{task_id}", "/tasks/{task_id}/cancel", "/files/{code}/{*name}"];
        matching(&table(paths.into_iter()), path).map(|matched| matched.segments)
    }

    fn named(pairs: &[(&str, &str)]) -> Segments {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_segment_is_decoded_once_and_only_where_it_stays_one_segment_of_text() {
        for (path, id) in [
            ("/tasks/task%5Fabc", "task_abc"),
            ("/tasks/t%61sk_%C3%A9/", "task_\u{e9}"),
            ("/tasks/task%255F", "task%5F"),
            ("/tasks/x%2Fcancel", "x%2Fcancel"),
            ("/tasks/%ff", "%ff"),
            ("/tasks/50%", "50%"),
        ] {
            assert_eq!(segments(path), Some(named(&[("task_id", id)])), "{path}");
        }
    }

    #[test]
    fn the_rest_of_a_path_stays_as_it_came() {
        assert_eq!(segments("/files/%78/a%20b/c"), Some(named(&[("code", "x"), ("name", "a%20b/c")])));
    }
}
