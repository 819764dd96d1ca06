//! `DELETE /api/v1/admin/accounts/{account_id}`: everything there is of a suspended account, and its keys. The ledger stays.

use domain::{Account, AccountId, CharacterId, TaskId};
use http::StatusCode;
use lifecycle::ports::Body;
use lifecycle::{Ports, close};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use store::{Decision, keys};

use super::mark_suspended;
use crate::checks::{self, NUMBER_MAX};
use crate::needs::Need;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::routes::admin::keys::revoke;
use crate::wire::{Request, Response};
use crate::{Code, Error};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Delete,
    path: "/api/v1/admin/accounts/{account_id}",
    access: Access::Operator,
    needs: &[Need::Links, Need::Providers, Need::Anywhere, Need::Bucket],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(delete(ports, request)))
}

/// The cursors beyond this one go on with the account for tests that belongs to the account: no account has as many characters.
const BEFORE_TEST: u64 = 1 << 52;

/// How far a deletion came.
#[derive(Serialize, JsonSchema)]
pub(crate) struct DeletedAccount {
    account_id: AccountId,
    /// Whether this request and those before it left nothing that can be removed from here. Otherwise it is to be sent again.
    deleted: bool,
    /// Characters gone over in this request.
    characters: u64,
    /// Other tasks whose files, prompts and parameters were removed in this request.
    tasks: u64,
    /// What stays of them, and why: the first 200.
    remains: Vec<Remains>,
    /// Where to go on; nothing when all was gone over.
    next_cursor: Option<u64>,
}

/// Something that stays.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RemainsOfAccount")]
struct Remains {
    /// The character it is of, where it is of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    character_id: Option<CharacterId>,
    /// The task it is of otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    task_id: Option<TaskId>,
    /// What: a part of the character, as its own deletion names it, or `task`.
    object: &'static str,
    reason: String,
}

async fn delete<P: Ports, B>(ports: &P, request: Request<B>) -> Result<Response, Error> {
    let account = checks::account_or_ledger(ports, request.id("account_id")).await?;
    let first = request.number("cursor", 1, NUMBER_MAX)?.unwrap_or(1);
    let account = begin(ports, &account.id).await?;
    let test = match &account.test_account {
        Some(test) => {
            mark_suspended(ports, test, account.suspended_at).await?;
            Some(begin(ports, test).await?)
        }
        None => None,
    };
    // First: nobody reads what is being removed.
    for entry in account.keys.iter().chain(test.iter().flat_map(|test| &test.keys)) {
        revoke::end(ports, &entry.digest).await?;
    }
    // The account for tests comes when the other is gone.
    let (id, before) = match &test {
        Some(test) if first > BEFORE_TEST => (&test.id, BEFORE_TEST),
        _ => (&account.id, 0),
    };
    let closed = close::close(ports, id, first.saturating_sub(before).max(1)).await?;
    let goes_on = || (before == 0 && test.is_some() && !closed.again).then_some(BEFORE_TEST.saturating_add(1));
    let next = closed.next.map(|next| next.saturating_add(before)).or_else(goes_on);
    let remains = |close::Remains { character, task, object, reason }| Remains {
        character_id: character,
        task_id: task,
        object,
        reason,
    };
    let view = DeletedAccount {
        account_id: account.id,
        deleted: next.is_none() && !closed.again,
        characters: closed.characters,
        tasks: closed.tasks,
        remains: closed.remains.into_iter().map(remains).collect(),
        next_cursor: next,
    };
    Ok(Response::success(StatusCode::OK, view))
}

/// Writes down that an account is being deleted: from here on it is not found, and gets no new keys.
async fn begin<P: Ports>(ports: &P, id: &AccountId) -> Result<Account, Error> {
    let (key, now) = (keys::account(id), ports.now());
    let begun = ports.store().update(&key, |account: &Account| {
        let begun = Account { deleted_at: account.deleted_at.or(Some(now)), ..account.clone() };
        match account.suspended_at {
            None => Decision::Keep(None),
            Some(_) if account.deleted_at.is_some() => Decision::Keep(Some(begun)),
            Some(_) => Decision::Write(begun.clone(), Some(begun)),
        }
    });
    begun.await?.ok_or_else(|| Error::new(Code::AccountNotSuspended, "Only an account that is suspended is deleted"))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "deleteAccount", "Delete a suspended account")
        .says(
            "Revokes its keys, cancels what runs, and removes its characters and tasks, as their own deletions do, its uploads, and its name; then those of the account for tests that belongs to it. \
             Safe to repeat. From the first time on the account is not found any more. Its ledger stays for the audit.",
        )
        .query(
            "cursor",
            "Where to go on, as the answer before has it.",
            json!({ "type": "integer", "minimum": 1, "maximum": NUMBER_MAX }),
        )
        .answers::<DeletedAccount>(200, "What remains. Where `deleted` is false, send it again, with `next_cursor` where there is one.")
        .fails(&[Code::NotFound, Code::AccountNotSuspended])
}
