//! The functions: which handler answers for a component, and how it takes its body. What each crate of `functions/` says of itself.

use std::pin::Pin;
use std::rc::Rc;

use api::serve::{Answer, streamed, whole};
use api::wire::BODY_BYTES_MAX;
use api::{provider_webhook, wire};
use http::Request;

use crate::ports::Ports;
use crate::received::Received;

/// Answers a request under this id.
pub(crate) type Function = fn(Rc<Ports>, Rc<str>, Request<Received>) -> Answering;

type Answering = Pin<Box<dyn Future<Output = Answer>>>;

/// The function of a component.
pub(crate) fn of(component: &str) -> Option<Function> {
    FUNCTIONS.iter().find(|(name, _)| *name == component).map(|(_, function)| *function)
}

/// A handler that is given the whole body.
macro_rules! whole {
    ($handle:path) => {
        |ports, id, request| Box::pin(async move { whole(ports, &id, request, BODY_BYTES_MAX, admit, $handle).await })
    };
}

/// A handler that reads the body itself.
macro_rules! streamed {
    ($handle:path) => {
        |ports, id, request| Box::pin(async move { streamed(ports, &id, request, $handle).await })
    };
}

/// Admits everything.
#[expect(clippy::unnecessary_wraps, reason = "others admit less")]
fn admit(_: &Ports, _: &wire::Request) -> Result<(), api::Error> {
    Ok(())
}

const FUNCTIONS: [(&str, Function); 20] = [
    ("admin", whole!(api::admin::handle)),
    ("character", whole!(api::character::handle)),
    ("create-character", whole!(api::create_character::handle)),
    ("credits", whole!(api::credits::handle)),
    ("dataset", whole!(api::dataset::handle)),
    ("deliveries", whole!(api::deliveries::handle)),
    ("generate", whole!(api::generate::handle)),
    ("generate-images", whole!(api::generate_images::handle)),
    ("list-characters", whole!(api::characters::handle)),
    ("model-weights", whole!(api::weights::handle)),
    ("models", whole!(api::models::handle)),
    ("provider-files", streamed!(api::provider_files::handle)),
    ("provider-webhook", callback),
    ("reconcile", whole!(api::sweep::handle)),
    ("results", whole!(api::results::handle)),
    ("site", whole!(api::site::handle)),
    ("tasks", whole!(api::tasks::handle)),
    ("tools", whole!(api::tools::handle)),
    ("upload", whole!(api::upload::handle)),
    ("uploads", streamed!(api::uploaded::handle)),
];

fn callback(ports: Rc<Ports>, id: Rc<str>, request: Request<Received>) -> Answering {
    use provider_webhook::{BODY_BYTES_MAX, admit, handle};
    Box::pin(async move { whole(ports, &id, request, BODY_BYTES_MAX, admit, handle).await })
}
