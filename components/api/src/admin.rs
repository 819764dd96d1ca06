//! `/api/v1/admin/...`: accounts, keys, grants and the audit, behind the admin token. The sweep is a function of its own: [`crate::sweep`].
//!
//! | method | path under `/api/v1/admin` | |
//! |---|---|---|
//! | POST | `/accounts` | opens an account, with credits if wanted |
//! | GET | `/accounts/:id` | shows its funds |
//! | POST | `/accounts/:id/grants` | adds credits, once for each `grant_id` |
//! | POST | `/accounts/:id/adjustments` | adds credits or takes them off, to put something right |
//! | POST, GET | `/accounts/:id/keys` | makes a key, lists them |
//! | DELETE | `/accounts/:id/keys/:key_id` | revokes one |
//! | GET, PUT | `/models` | the deployment's own catalogue of models |
//! | GET | `/doctor` | examines the store, and closes it for money where it cannot be trusted |
//! | GET | `/audit` | reports every broken invariant of one account or all |

pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod doctor;
pub(crate) mod grants;
pub(crate) mod keys;
pub(crate) mod models;

use domain::{Account, AccountId};

use crate::wire::{Request, Response};
use crate::{Code, Error, Ports, auth};

/// Handles a request.
pub async fn handle<P: Ports>(ports: &P, request: Request) -> Response {
    dispatch(ports, &request).await.unwrap_or_else(Response::from)
}

async fn dispatch<P: Ports>(ports: &P, request: &Request) -> Result<Response, Error> {
    auth::administrator(ports, request)?;
    let method = request.method.as_str();
    match request.segments_from(3).as_slice() {
        ["accounts"] => {
            request.allow("POST")?;
            accounts::open(ports, request).await
        }
        ["accounts", id] => {
            request.allow("GET")?;
            accounts::show(ports, id).await
        }
        ["accounts", id, "grants"] => {
            request.allow("POST")?;
            grants::grant(ports, request, id).await
        }
        ["accounts", id, "adjustments"] => {
            request.allow("POST")?;
            grants::adjust(ports, request, id).await
        }
        ["models"] => {
            request.allow("GET, PUT")?;
            if method == "PUT" { models::put(ports, request).await } else { models::show(ports).await }
        }
        ["doctor"] => {
            request.allow("GET")?;
            doctor::examine(ports, request).await
        }
        ["audit"] => {
            request.allow("GET")?;
            audit::audit(ports, request).await
        }
        ["accounts", id, "keys"] => {
            request.allow("GET, POST")?;
            if method == "POST" { keys::make(ports, request, id).await } else { keys::list(ports, id).await }
        }
        ["accounts", id, "keys", key_id] => {
            request.allow("DELETE")?;
            keys::revoke(ports, id, key_id).await
        }
        _ => Err(Error::new(Code::NotFound, "No such route")),
    }
}

async fn account<P: Ports>(ports: &P, id: &str) -> Result<Account, Error> {
    let not_found = || Error::new(Code::NotFound, "Account not found");
    let id: AccountId = id.parse().map_err(|_| not_found())?;
    ports.store().load(&store::keys::account(&id)).await?.ok_or_else(not_found)
}

/// Checks a name or label for people: up to 100 printable characters.
fn checked_name(field: &str, name: String) -> Result<String, Error> {
    let most = domain::limits::NAME_CHARS_MAX;
    if name.trim().is_empty() || name.chars().count() > most || name.chars().any(char::is_control) {
        return Err(Error::new(Code::InvalidRequest, format!("`{field}`: has to be 1 to {most} printable characters")));
    }
    Ok(name)
}

/// Checks a number of credits.
fn checked_credits(credits: u64, least: u64) -> Result<domain::Credits, Error> {
    let most = domain::limits::GRANT_CREDITS_MAX;
    if (least..=most).contains(&credits) {
        return Ok(domain::Credits::new(credits));
    }
    Err(Error::new(Code::InvalidRequest, format!("`credits`: has to be from {least} to {most}")))
}
