//! `GET /api/v1/admin/accounts`: the accounts that there are, newest first.

use http::StatusCode;
use lifecycle::ports::Body;
use lifecycle::{Ports, funds};
use schemars::JsonSchema;
use serde::Serialize;
use store::keys;

use super::View;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};
use crate::{Error, paging};

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Get, path: "/api/v1/admin/accounts", access: Access::Operator, needs: &[] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(list(ports, request)))
}

/// Some of the accounts.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AccountPage")]
struct Page {
    /// The accounts, newest first.
    accounts: Vec<View>,
    /// What to send as `cursor` for the next ones; nothing after the last.
    next_cursor: Option<String>,
}

async fn list<P: Ports, B>(ports: &P, request: Request<B>) -> Result<Response, Error> {
    let range = paging::range(&request)?;
    let last = ports.store().count(keys::OPENED).await?;
    let read = async |n| {
        let account = funds::nth(ports, n).await?.filter(|account| account.deleted_at.is_none());
        Ok(account.map(View::from))
    };
    let (accounts, next_cursor) = paging::numbered(range, last, read).await?;
    Ok(Response::success(StatusCode::OK, Page { accounts, next_cursor }))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "listAccounts", "List accounts")
        .pages("cursor")
        .answers::<Page>(200, "Some of them, newest first. A page can be short and have a next one all the same.")
}
