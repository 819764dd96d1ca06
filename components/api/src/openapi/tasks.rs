//! Tasks, credits, and what callers' own servers are told.

use schemars::SchemaGenerator;
use serde_json::{Value, json};

use super::operation::Access::Customer;
use super::operation::{Operation, operation};
use super::schemas::Schemas;
use crate::Code;
use crate::credits::{self, Verdict};
use crate::deliveries::{self, Message, Secrets};
use crate::task_view::View;
use crate::tasks::{Page, STATUSES, TYPES};

pub(super) const TAG: &str = "Tasks";
pub(super) const CREDITS: &str = "Credits";
pub(super) const WEBHOOKS: &str = "Webhooks";

/// Their operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        list(),
        show(),
        cancel(),
        balance(),
        ledger(),
        verify(),
        deliveries(),
        replay(),
        secret("get", "/api/v1/webhook-secret", "getWebhookSecret", "Get the webhook secret"),
        secret("post", "/api/v1/webhook-secret/rotate", "rotateWebhookSecret", "Replace the webhook secret"),
    ]
}

fn list() -> Operation {
    operation(TAG, Customer, ("get", "/api/v1/tasks"), "listTasks", "List tasks")
        .query("status", "Only those that are this.", json!({ "type": "string", "enum": STATUSES }))
        .query("type", "Only those that make this.", json!({ "type": "string", "enum": TYPES }))
        .pages("cursor")
        .answers::<Page>(200, "Some of them, newest first, as they were last heard of.")
}

fn show() -> Operation {
    operation(TAG, Customer, ("get", "/api/v1/tasks/{task_id}"), "getTask", "Get a task")
        .says("Brought up to date: a task that was not heard of for 20 seconds is asked about at its provider.")
        .answers::<View>(200, "The task.")
        .fails(&[Code::TaskNotFound])
}

fn cancel() -> Operation {
    operation(TAG, Customer, ("post", "/api/v1/tasks/{task_id}/cancel"), "cancelTask", "Take a task back")
        .says("Its credits are given back. Safe to repeat.")
        .answers::<View>(200, "The task, canceled.")
        .fails(&[Code::TaskNotFound, Code::TaskEnded])
}

fn balance() -> Operation {
    operation(CREDITS, Customer, ("get", "/api/v1/credits"), "getCredits", "Get the balance")
        .answers::<credits::View>(200, "What can be spent now.")
}

fn ledger() -> Operation {
    operation(CREDITS, Customer, ("get", "/api/v1/credits/ledger"), "getLedger", "Read the ledger")
        .says("Every change of the credits, each with the hash of all before it.")
        .pages("before")
        .answers::<credits::Page>(200, "Some entries, newest first.")
}

fn verify() -> Operation {
    operation(CREDITS, Customer, ("get", "/api/v1/credits/ledger/verify"), "verifyLedger", "Verify the ledger")
        .says("Reads all of it, for at most 20 seconds, and checks every sum and hash.")
        .answers::<Verdict>(200, "What it comes to, and each flaw.")
}

fn deliveries() -> Operation {
    operation(WEBHOOKS, Customer, ("get", "/api/v1/deliveries"), "listDeliveries", "List webhook deliveries")
        .pages("cursor")
        .answers::<deliveries::Page>(200, "Messages and what became of them, newest first.")
}

fn replay() -> Operation {
    operation(
        WEBHOOKS,
        Customer,
        ("post", "/api/v1/deliveries/{task_id}/replay"),
        "replayDelivery",
        "Send a message again",
    )
    .answers::<deliveries::View>(200, "What became of it.")
    .fails(&[Code::TaskNotFound, Code::ResultExpired])
}

fn secret(method: &'static str, path: &'static str, name: &'static str, summary: &'static str) -> Operation {
    operation(WEBHOOKS, Customer, (method, path), name, summary)
        .says("Messages are signed with it as Standard Webhooks has it; for a day after it was replaced, with the one before as well.")
        .answers::<Secrets>(200, "The secret.")
}

/// What a caller's own server is told.
pub(super) fn message(schemas: &mut Schemas) -> Value {
    let says = "To the `webhook_url` of the task, signed as Standard Webhooks has it (`webhook-id`, `webhook-timestamp`, \
                `webhook-signature`). At least once; every repetition has the same `webhook-id`.";
    json!({
        "tags": [WEBHOOKS],
        "operationId": "taskEnded",
        "summary": "A task ended",
        "description": says,
        "requestBody": {
            "required": true,
            "content": { "application/json": { "schema": schemas.written(SchemaGenerator::subschema_for::<Message>) } },
        },
        "responses": { "2XX": { "description": "It arrived. After anything else it is sent again, for about two days." } },
    })
}
