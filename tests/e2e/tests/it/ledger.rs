//! The ledger over HTTP: every credit accounted for, in a chain that anybody can check.

use e2e::{Actor, World};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

async fn entries(customer: &Actor, query: &str) -> Vec<Value> {
    let answer = customer.get(&format!("/api/v1/credits/ledger{query}")).await.unwrap();
    answer.data().unwrap()["entries"].as_array().unwrap().clone()
}

async fn grant(world: &World, account: &str, body: Value) -> (u16, String) {
    let path = format!("/api/v1/admin/accounts/{account}/grants");
    let answer = world.operator().post(&path, &body).await.unwrap();
    let (status, code) = answer.outcome();
    (status, code.to_owned())
}

#[tokio::test]
async fn every_movement_is_an_entry_with_what_and_why() {
    let world = World::shared();
    let (customer, _) = world.customer(1_000).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let body = json!({ "prompt": "at the sea sim:nsfw1", "num_outputs": 4 });
    let generated = customer.post(&format!("{path}/generate"), &body).await.unwrap();
    assert_eq!(generated.data().unwrap()["credits_used"], 45);
    let failed = json!({ "prompt": "at the sea sim:fail" });
    assert_eq!(
        customer.post(&format!("{path}/generate"), &failed).await.unwrap().outcome(),
        (500, "GENERATION_FAILED")
    );

    let entries = entries(&customer, "").await;
    let told: Vec<_> = entries
        .iter()
        .rev()
        .map(|entry| {
            let number = |name: &str| entry[name].as_u64().unwrap();
            let change = entry["change"].as_str().unwrap();
            (number("seq"), change, number("amount"), number("balance"), number("held"), number("spent"))
        })
        .collect();
    assert_eq!(
        told,
        [
            (1, "grant", 1000, 1000, 0, 0),
            (2, "hold", 500, 500, 500, 0),
            (3, "capture", 500, 500, 0, 500),
            (4, "hold", 60, 440, 60, 500),
            (5, "capture", 45, 455, 0, 545),
            (6, "hold", 15, 440, 15, 545),
            (7, "release", 15, 455, 0, 545),
        ]
    );
    let task = entries[3]["subject"].as_str().unwrap();
    assert!(task.starts_with("task_") && entries[2]["subject"] == task, "a capture names the task of its hold");
    assert_eq!(entries[3]["key_id"].as_str().unwrap().len(), 16);
    assert_eq!(entries[2]["key_id"], entries[3]["key_id"]);
    assert_eq!(entries[6]["key_id"], Value::Null, "granted by the operator");
}

/// The recipe of docs/money.md, in other hands.
#[tokio::test]
async fn anybody_can_check_the_chain() {
    let world = World::shared();
    let (customer, account) = world.customer(600).await.unwrap();
    world.train(&customer, json!({})).await.unwrap();
    let sha256 = |lines: &[String]| {
        hex::encode(Sha256::digest(
            lines.join(
                "
",
            ) + "
",
        ))
    };
    let mut previous = sha256(&["likeness ledger 1".to_owned(), account]);
    for entry in entries(&customer, "").await.iter().rev() {
        let text = |value: &Value| {
            value.as_str().map_or_else(|| value.as_u64().map_or_else(String::new, |n| n.to_string()), str::to_owned)
        };
        let at: jiff::Timestamp = entry["at"].as_str().unwrap().parse().unwrap();
        let mut lines = vec![previous, text(&entry["seq"]), at.as_millisecond().to_string()];
        lines.extend(
            ["amount", "balance", "held", "spent", "change", "subject", "reason", "key_id"]
                .map(|name| text(&entry[name])),
        );
        lines.extend(["id", "fingerprint"].map(|name| text(&entry["operation"][name])));
        previous = sha256(&lines);
        assert_eq!(entry["hash"], previous, "{entry}");
    }
    let verdict = customer.get("/api/v1/credits/ledger/verify").await.unwrap();
    let verdict = verdict.data().unwrap();
    assert_eq!((&verdict["valid"], &verdict["complete"], &verdict["entries"]), (&json!(true), &json!(true), &json!(3)));
    assert_eq!(
        (&verdict["balance"], &verdict["spent"], &verdict["hash"]),
        (&json!(100), &json!(500), &json!(previous))
    );
}

#[tokio::test]
async fn a_long_ledger_is_paged_and_a_grant_counts_once_for_ever() {
    let world = World::shared();
    let (customer, account) = world.customer(1).await.unwrap();
    for n in 0..70 {
        assert_eq!(grant(&world, &account, json!({ "credits": 1, "grant_id": format!("g{n}") })).await.0, 200);
    }
    // Their entries have left the account's document long ago, or not yet.
    for n in [0, 15, 16, 40, 69] {
        assert_eq!(grant(&world, &account, json!({ "credits": 1, "grant_id": format!("g{n}") })).await.0, 200);
        let other = grant(&world, &account, json!({ "credits": 2, "grant_id": format!("g{n}") })).await;
        assert_eq!(other, (422, "IDEMPOTENCY_MISMATCH".to_owned()));
    }
    assert_eq!(world.balance(&customer).await.unwrap(), 71);
    let (mut seen, mut query) = (Vec::new(), "?limit=9".to_owned());
    loop {
        let answer = customer.get(&format!("/api/v1/credits/ledger{query}")).await.unwrap();
        let page = answer.data().unwrap();
        seen.extend(page["entries"].as_array().unwrap().iter().map(|entry| entry["seq"].as_u64().unwrap()));
        match page["next_before"].as_u64() {
            Some(before) => query = format!("?limit=9&before={before}"),
            None => break,
        }
    }
    assert_eq!(seen, (1..=71).rev().collect::<Vec<_>>());
    assert_eq!(entries(&customer, "?limit=100").await.len(), 71);
    let verdict = customer.get("/api/v1/credits/ledger/verify").await.unwrap();
    assert_eq!((&verdict.data().unwrap()["valid"], &verdict.data().unwrap()["entries"]), (&json!(true), &json!(71)));
    for bad in ["?limit=0", "?limit=101", "?limit=x", "?before=0", "?before=-1"] {
        let answer = customer.get(&format!("/api/v1/credits/ledger{bad}")).await.unwrap();
        assert_eq!(answer.outcome(), (400, "INVALID_REQUEST"), "{bad}");
    }
    assert_eq!(customer.get("/api/v1/credits/other").await.unwrap().outcome(), (404, "NOT_FOUND"));
    assert_eq!(
        customer.post("/api/v1/credits/ledger", &json!({})).await.unwrap().outcome(),
        (405, "METHOD_NOT_ALLOWED")
    );
}

#[tokio::test]
async fn an_adjustment_says_why_and_takes_at_most_the_balance() {
    let world = World::shared();
    let (customer, account) = world.customer(100).await.unwrap();
    let path = format!("/api/v1/admin/accounts/{account}/adjustments");
    let adjust = async |body: Value| world.operator().post(&path, &body).await.unwrap();
    for _ in 0..2 {
        let answer = adjust(json!({ "credits": -30, "reason": "double order", "adjustment_id": "a1" })).await;
        assert_eq!(answer.data().unwrap()["credits"], 70);
    }
    assert_eq!(adjust(json!({ "credits": 5, "reason": "goodwill" })).await.data().unwrap()["credits"], 75);
    assert_eq!(adjust(json!({ "credits": -76, "reason": "too much" })).await.outcome(), (402, "INSUFFICIENT_CREDITS"));
    for bad in [json!({ "credits": 5 }), json!({ "credits": 5, "reason": "" })] {
        assert_eq!(adjust(bad).await.outcome(), (400, "INVALID_REQUEST"));
    }
    for credits in [0, 1_000_000_001, -1_000_000_001, i64::MAX, i64::MIN] {
        let answer = adjust(json!({ "credits": credits, "reason": "a slip" })).await;
        assert_eq!(answer.outcome(), (400, "INVALID_REQUEST"));
        assert!(answer.message().contains("from -1000000000 to 1000000000, and not 0"), "{}", answer.message());
    }
    let entries = entries(&customer, "?limit=2").await;
    let told = |n: usize| (entries[n]["change"].as_str().unwrap(), entries[n]["reason"].as_str().unwrap());
    assert_eq!((told(0), told(1)), (("adjust_up", "goodwill"), ("adjust_down", "double order")));
    assert_eq!(world.funds(&account).await.unwrap(), [75, 0, 0, 75]);
}

#[tokio::test]
async fn a_ledger_is_checked_from_where_it_was_found_right_and_in_full_from_its_first_entry() {
    let mut world = World::start(e2e::Settings::default()).await.unwrap();
    let (customer, account) = world.customer(1).await.unwrap();
    let grants = format!("/api/v1/admin/accounts/{account}/grants");
    let grant = async |world: &World| world.operator().post(&grants, &json!({ "credits": 1 })).await.unwrap().status;
    for _ in 0..40 {
        assert_eq!(grant(&world).await, 200);
    }
    let path = format!("/api/v1/admin/audit?account={account}");
    let audit = async |world: &World, more: &str| {
        let report = world.operator().get(&format!("{path}{more}")).await.unwrap();
        let report = report.data().unwrap();
        (report["entries"].clone(), report["checked_through"].clone(), report["violations"].as_array().unwrap().len())
    };
    assert_eq!(audit(&world, "").await, (json!(41), json!(41), 0));
    assert_eq!(grant(&world).await, 200);
    let (entries, through, violations) = audit(&world, "&full=false").await;
    assert!(entries.as_u64().unwrap() < 32 && through == 42 && violations == 0, "{entries} {through} {violations}");
    assert_eq!(audit(&world, "&full=true").await, (json!(42), json!(42), 0));
    let verify = async |customer: &Actor, more: &str| {
        let verdict = customer.get(&format!("/api/v1/credits/ledger/verify{more}")).await.unwrap();
        let verdict = verdict.data().unwrap();
        (verdict["valid"].clone(), verdict["entries"].clone(), verdict["checked_after"].clone())
    };
    assert_eq!(verify(&customer, "").await, (json!(true), json!(42), json!(0)));
    assert_eq!(verify(&customer, "").await, (json!(true), json!(42), json!(16)));
    let bad = customer.get("/api/v1/credits/ledger/verify?full=1").await.unwrap();
    assert_eq!(bad.outcome(), (400, "INVALID_REQUEST"));

    world.stop().await.unwrap();
    let stored = world.engines.stored().await.unwrap();
    let key = format!("ledger:{account}:0");
    let value = String::from_utf8(stored.read(&key).await.unwrap()).unwrap();
    stored.write(&key, value.replacen(r#""amount":1"#, r#""amount":2"#, 1).as_bytes()).await.unwrap();
    drop(stored);
    world.restart().await.unwrap();
    assert_eq!(audit(&world, "").await.2, 0, "behind the checkpoint");
    for _ in 0..2 {
        assert!(audit(&world, "&full=true").await.2 > 0);
    }
    assert_eq!(verify(&customer, "?full=true").await.0, false);
}

#[tokio::test]
async fn whoever_changes_the_store_by_hand_is_found_out() {
    let mut world = World::start(e2e::Settings::default()).await.unwrap();
    let (customer, account) = world.customer(100).await.unwrap();
    let audit = world.operator().get(&format!("/api/v1/admin/audit?account={account}")).await.unwrap();
    assert_eq!(audit.data().unwrap()["violations"], json!([]));
    assert_eq!(audit.data().unwrap()["entries"], 1);
    let none = world.operator().get("/api/v1/admin/audit?account=acct_0").await.unwrap();
    assert_eq!(none.outcome(), (404, "NOT_FOUND"));
    world.stop().await.unwrap();

    let stored = world.engines.stored().await.unwrap();
    let key = format!("account:{account}");
    let value = String::from_utf8(stored.read(&key).await.unwrap()).unwrap();
    stored.write(&key, value.replace(r#""balance":100"#, r#""balance":900"#).as_bytes()).await.unwrap();
    drop(stored);

    world.restart().await.unwrap();
    assert_eq!(world.balance(&customer).await.unwrap(), 900);
    let verdict = customer.get("/api/v1/credits/ledger/verify").await.unwrap();
    assert_eq!(verdict.data().unwrap()["valid"], false);
    let flaws = verdict.data().unwrap()["flaws"].to_string();
    assert!(flaws.contains("entry 1 does not have the hash it was written with"), "{flaws}");
    let audit = world.operator().get("/api/v1/admin/audit").await.unwrap();
    let violations = audit.data().unwrap()["violations"].to_string();
    assert!(violations.contains(&account) && violations.contains("sum of balance, held and spent"), "{violations}");
}
