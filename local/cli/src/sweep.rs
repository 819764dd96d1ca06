//! The sweep: what is due is done, once or on a timer.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};
use tokio::time::MissedTickBehavior;

use crate::client::Client;

/// How long the timer waits between two sweeps. A deployment of one's own has no better one.
const PAUSE: Duration = Duration::from_secs(20);

/// Sweeps all accounts that are due, or all with anything open or kept, and tells after each page what was done so far.
pub(crate) async fn all(client: &Client, all: bool, told: impl Fn(&Value)) -> Result<Value> {
    let mut swept = json!({ "accounts": 0, "settled": 0, "open": 0, "failed": 0 });
    let mut cursor = Some(1);
    while let Some(at) = cursor {
        let page = client.post("/api/v1/admin/reconcile", &json!({ "cursor": at, "all": all })).await?;
        cursor = page.get("next_cursor").and_then(Value::as_u64);
        add(&mut swept, &page);
        told(&swept);
    }
    Ok(swept)
}

/// Sweeps again and again, until it is dropped. One that fails is told in the log, and the next one tries again.
pub(crate) async fn on_a_timer(client: Client) {
    every(PAUSE, async || all(&client, false, |_| {}).await).await;
}

async fn every(pause: Duration, sweep: impl AsyncFn() -> Result<Value>) {
    let mut timer = tokio::time::interval(pause);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        timer.tick().await;
        match sweep().await {
            Ok(swept) => tracing::debug!(%swept, "swept"),
            Err(error) => tracing::warn!("the sweep failed: {error:#}"),
        }
    }
}

/// Adds a page's numbers and lists to those of the pages before.
pub(crate) fn add(sum: &mut Value, page: &Value) {
    for (name, sum) in sum.as_object_mut().into_iter().flatten() {
        match (sum, page.get(name)) {
            (Value::Array(sum), Some(Value::Array(more))) => sum.extend(more.iter().cloned()),
            (sum @ Value::Number(_), Some(Value::Number(more))) => {
                let total = sum.as_u64().unwrap_or_default().saturating_add(more.as_u64().unwrap_or_default());
                *sum = total.into();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use e2e::{Settings, World};

    use super::*;

    #[tokio::test]
    async fn the_timer_finishes_what_no_callback_told_of() {
        let misbehaviour = vec![gpu_sim::Misbehaviour::Lose];
        let world = World::start(Settings { misbehaviour, ..Settings::default() }).await.unwrap();
        let (customer, account) = world.customer(600).await.unwrap();
        let created = world.create(&customer, json!({})).await.unwrap();
        assert_eq!(created.status, 200, "{}", created.json);
        let client = Client::new(&world.base, e2e::ADMIN_TOKEN).unwrap();
        // Also what is not due yet: an account is looked at a minute after its callback should have come.
        let timer = every(Duration::from_millis(200), async || all(&client, true, |_| {}).await);
        let settled = async {
            while world.funds(&account).await.unwrap() != [100, 0, 500, 600] {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::select! {
            () = settled => {}
            () = timer => panic!("the timer ended"),
            () = tokio::time::sleep(Duration::from_secs(30)) => panic!("it is not settled, though the timer sweeps"),
        }
    }
}
