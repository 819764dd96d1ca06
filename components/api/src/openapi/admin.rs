//! The operator's: `/api/v1/admin/...`.

use serde_json::json;

use super::NUMBER_MAX;
use super::operation::Access::Operator;
use super::operation::{Content, Operation, operation};
use crate::Code;
use crate::admin::accounts::{Open, View};
use crate::admin::audit::Audit;
use crate::admin::doctor::Report;
use crate::admin::grants::{Adjust, Adjusted, Grant, Granted};
use crate::admin::keys::{Keys, MadeKey, Make, RevokedKey};
use crate::admin::models::OwnModels;
use crate::sweep::{Sweep, Swept};

pub(super) const TAG: &str = "Admin";

/// Its operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        open(),
        show(),
        grant(),
        adjust(),
        make_key(),
        keys(),
        revoke_key(),
        models(),
        put_models(),
        reconcile(),
        doctor(),
        audit(),
    ]
}

fn open() -> Operation {
    operation(TAG, Operator, ("post", "/api/v1/admin/accounts"), "openAccount", "Open an account")
        .takes::<Open>(json!({ "name": "Sarah's studio", "credits": 1_000 }))
        .answers::<View>(201, "The account.")
        .fails(&[Code::StoreUnsafe])
}

fn show() -> Operation {
    operation(TAG, Operator, ("get", "/api/v1/admin/accounts/{account_id}"), "getAccount", "Get an account")
        .answers::<View>(200, "The account and its funds.")
        .fails(&[Code::NotFound])
}

fn grant() -> Operation {
    let path = "/api/v1/admin/accounts/{account_id}/grants";
    operation(TAG, Operator, ("post", path), "grantCredits", "Add credits")
        .says("Once for each `grant_id`: sent again, it changes nothing.")
        .takes::<Grant>(json!({ "credits": 5_000, "grant_id": "invoice-1041" }))
        .answers::<Granted>(200, "The balance.")
        .fails(&[Code::NotFound, Code::IdempotencyMismatch, Code::StoreUnsafe])
}

fn adjust() -> Operation {
    let path = "/api/v1/admin/accounts/{account_id}/adjustments";
    operation(TAG, Operator, ("post", path), "adjustCredits", "Put credits right")
        .says("Adds credits or takes them off, once for each `adjustment_id`.")
        .takes::<Adjust>(json!({ "credits": -40, "reason": "Granted twice by hand", "adjustment_id": "ticket-77" }))
        .answers::<Adjusted>(200, "The balance.")
        .fails(&[Code::NotFound, Code::InsufficientCredits, Code::IdempotencyMismatch, Code::StoreUnsafe])
}

const KEYS: &str = "/api/v1/admin/accounts/{account_id}/keys";

fn make_key() -> Operation {
    operation(TAG, Operator, ("post", KEYS), "makeKey", "Make an API key")
        .may_take::<Make>(json!({ "label": "laptop" }))
        .answers::<MadeKey>(201, "The key. It is shown this once.")
        .fails(&[Code::NotFound, Code::KeyLimitReached])
}

fn keys() -> Operation {
    operation(TAG, Operator, ("get", KEYS), "listKeys", "List API keys")
        .answers::<Keys>(200, "The keys, without what opens anything.")
        .fails(&[Code::NotFound])
}

fn revoke_key() -> Operation {
    let path = "/api/v1/admin/accounts/{account_id}/keys/{key_id}";
    operation(TAG, Operator, ("delete", path), "revokeKey", "Revoke an API key")
        .answers::<RevokedKey>(200, "It works no more.")
        .fails(&[Code::NotFound])
}

const MODELS: &str = "/api/v1/admin/models";

/// A catalogue file: each model is what `GET /api/v1/models` shows of it, and what it is at the providers.
fn catalogue() -> Content {
    Content::Schema(json!({
        "type": "object",
        "properties": { "models": { "type": "array", "items": { "type": "object" } } },
        "required": ["models"],
    }))
}

fn models() -> Operation {
    operation(TAG, Operator, ("get", MODELS), "getOwnModels", "Get the deployment's own models").answers_with(
        200,
        "The catalogue file.",
        catalogue(),
        &[],
    )
}

fn put_models() -> Operation {
    operation(TAG, Operator, ("put", MODELS), "putOwnModels", "Replace the deployment's own models")
        .says("A catalogue file of at most 100,000 bytes. A model of a built-in one's id replaces it.")
        .takes_content(catalogue(), true, Some(json!({ "models": [] })))
        .answers::<OwnModels>(200, "It counts from now on.")
}

fn reconcile() -> Operation {
    operation(TAG, Operator, ("post", "/api/v1/admin/reconcile"), "reconcile", "Sweep")
        .says("Settles what nobody reported, and removes what is past its time; at most 15 seconds, then `next_cursor` says where to go on.")
        .may_take::<Sweep>(json!({ "limit": 100 }))
        .answers::<Swept>(200, "What it came to.")
}

fn doctor() -> Operation {
    operation(TAG, Operator, ("get", "/api/v1/admin/doctor"), "examineStore", "Examine the store")
        .says("Closes it for money where it cannot be trusted.")
        .query("effort", "How long to try.", json!({ "type": "string", "enum": ["quick", "thorough"] }))
        .answers::<Report>(200, "Every check.")
}

fn audit() -> Operation {
    operation(TAG, Operator, ("get", "/api/v1/admin/audit"), "audit", "Audit the ledgers")
        .query("account", "Only this account.", json!({ "type": "string" }))
        .query(
            "cursor",
            "Where to go on, as the answer before has it.",
            json!({ "type": "integer", "minimum": 1, "maximum": NUMBER_MAX }),
        )
        .answers::<Audit>(200, "Every invariant that is broken.")
        .fails(&[Code::NotFound])
}
