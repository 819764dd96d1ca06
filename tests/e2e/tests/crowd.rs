//! Many at once who change one account. By itself, and natively: it takes all that the machine has, and others beside it would wait.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without may fail it")]

use std::collections::BTreeMap;

use e2e::{Host, Settings, World};
use futures_util::future::join_all;
use serde_json::json;

/// Callers that ask at the same time.
const CALLERS: u64 = 64;
/// How often each asks: together often enough that entries leave the account's document over and over.
const EACH: u64 = 5;

#[tokio::test]
async fn whoever_changes_one_account_at_the_same_time_waits_for_a_turn() {
    let world = World::start(Settings { host: Host::Native, ..Settings::default() }).await.unwrap();
    let (_, account) = world.customer(0).await.unwrap();
    let (operator, path) = (world.operator(), format!("/api/v1/admin/accounts/{account}/grants"));
    let caller = async || {
        let mut statuses = Vec::new();
        for _ in 0..EACH {
            statuses.push(operator.post(&path, &json!({ "credits": 1 })).await.unwrap().status.as_u16());
        }
        statuses
    };
    let mut outcomes = BTreeMap::new();
    for status in join_all((0..CALLERS).map(|_| caller())).await.into_iter().flatten() {
        *outcomes.entry(status).or_insert(0) += 1;
    }
    assert_eq!(outcomes, BTreeMap::from([(200, CALLERS * EACH)]));
    assert_eq!(world.funds(&account).await.unwrap(), [CALLERS * EACH, 0, 0, CALLERS * EACH]);
}
