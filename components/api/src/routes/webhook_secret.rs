//! What an account's messages are signed with.

pub(crate) mod rotate;
pub(crate) mod show;

use domain::Account;
use http::StatusCode;
use lifecycle::{Ports, links};
use schemars::JsonSchema;
use serde::Serialize;

use crate::Error;
use crate::openapi::description::Description;
use crate::router::Route;
use crate::wire::Response;

/// What an account's messages are signed with.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "WebhookSecret")]
pub(crate) struct Secrets {
    /// The secret, as Standard Webhooks libraries take it.
    secret: String,
    /// The one before, as long as messages are signed with it as well.
    previous_secret: Option<String>,
    /// Until when they are.
    #[schemars(extend("format" = "date-time"))]
    previous_until: Option<String>,
}

fn secrets<P: Ports>(ports: &P, account: &Account) -> Result<Response, Error> {
    let (generation, now) = (&account.webhook_secret, ports.now());
    let mut counting = Vec::new();
    for number in generation.counting(now) {
        counting.push(links::webhook_secret(ports.config(), &account.id, number)?.expose().to_owned());
    }
    let mut counting = counting.into_iter();
    let view = Secrets {
        secret: counting.next().unwrap_or_default(),
        previous_secret: counting.next(),
        previous_until: generation.overlaps_until(now).map(|until| until.to_string()),
    };
    Ok(Response::success(StatusCode::OK, view))
}

/// Describes a route that shows the secret.
fn describe(route: Route, name: &'static str, summary: &'static str) -> Description {
    Description::of(route, name, summary)
        .says("Messages are signed with it as Standard Webhooks has it; for a day after it was replaced, with the one before as well.")
        .answers::<Secrets>(200, "The secret.")
}
