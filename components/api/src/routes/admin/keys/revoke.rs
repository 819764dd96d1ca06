//! `DELETE /api/v1/admin/accounts/{account_id}/keys/{key_id}`: ends a key.

use domain::{KeyDigest, KeyRecord, Timestamp};
use http::StatusCode;
use lifecycle::Ports;
use lifecycle::ports::Body;
use schemars::JsonSchema;
use serde::Serialize;
use store::{Decision, keys};

use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};
use crate::{Code, Error, checks};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Delete,
    path: "/api/v1/admin/accounts/{account_id}/keys/{key_id}",
    access: Access::Operator,
    needs: &[],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(revoke(ports, request)))
}

/// A key that works no more.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RevokedKey {
    key_id: String,
    #[schemars(extend("format" = "date-time"))]
    revoked_at: String,
}

async fn revoke<P: Ports, B>(ports: &P, request: Request<B>) -> Result<Response, Error> {
    let account = checks::account(ports, request.id("account_id")).await?;
    let key_id = request.segment("key_id");
    let entry = account.keys.iter().find(|entry| entry.digest.key_id() == key_id);
    let entry = entry.ok_or_else(|| Error::new(Code::NotFound, "Key not found"))?;
    let revoked_at = end(ports, &entry.digest).await?.ok_or_else(|| Error::new(Code::NotFound, "Key not found"))?;
    let revoked = RevokedKey { key_id: key_id.to_owned(), revoked_at: revoked_at.to_string() };
    Ok(Response::success(StatusCode::OK, revoked))
}

/// Revokes a key; says since when it is. Nothing for one that is listed and was never made.
pub(crate) async fn end<P: Ports>(ports: &P, digest: &KeyDigest) -> Result<Option<Timestamp>, Error> {
    let (now, key) = (ports.now(), keys::api_key(digest));
    if ports.store().load(&key).await?.is_none() {
        return Ok(None);
    }
    let revoked = ports.store().update(&key, |record: &KeyRecord| match record.revoked_at {
        Some(at) => Decision::Keep(at),
        None => Decision::Write(KeyRecord { revoked_at: Some(now), ..record.clone() }, now),
    });
    Ok(Some(revoked.await?))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "revokeKey", "Revoke an API key")
        .answers::<RevokedKey>(200, "It works no more.")
        .fails(&[Code::NotFound])
}
