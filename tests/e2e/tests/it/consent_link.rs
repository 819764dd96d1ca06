//! `consent_policy` `confirmed`: the person on the photos is asked behind a link, and nothing begins before they agree. They can take it back.

use e2e::{Actor, Answer, Inbox, Settings, World};
use reqwest::Method;
use serde_json::{Value, json};

async fn world() -> World {
    let variables = vec![("consent_policy", "confirmed".to_owned()), ("providers", "replicate".to_owned())];
    World::start(Settings { variables, ..Settings::default() }).await.unwrap()
}

/// A character whose person is asked, with these fields more: its path and the person's link.
async fn asked(world: &World, customer: &Actor, mut more: Value) -> (String, String) {
    more["consent"] = json!({ "subject": "other" });
    let created = world.create(customer, more).await.unwrap();
    let data = created.data().unwrap();
    assert_eq!((&data["status"], &data["credits_used"]), (&json!("awaiting_consent"), &json!(0)), "{data}");
    assert_eq!(data["consent"]["state"], "awaiting");
    let path = format!("/api/v1/characters/{}", data["character_id"].as_str().unwrap());
    (path, data["consent"]["link"].as_str().unwrap().to_owned())
}

/// What the person sees, as JSON.
async fn seen(world: &World, link: &str) -> Value {
    let person = world.anybody().with_header("accept", "application/json");
    person.get(link).await.unwrap().data().unwrap().clone()
}

/// What the person answers, as the page's form sends it.
async fn says(world: &World, link: &str, answer: &str) -> Answer {
    let body = format!("answer={answer}").into_bytes();
    world.anybody().send(Method::POST, link, body).await.unwrap()
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.bytes.clone()).unwrap()
}

async fn sweep(world: &World) {
    assert_eq!(world.operator().post("/api/v1/admin/reconcile", &json!({})).await.unwrap().status, 200);
}

#[tokio::test]
async fn nothing_begins_before_the_person_agrees_and_then_once() {
    let world = world().await;
    let (customer, account) = world.customer(1_000).await.unwrap();
    let (path, link) = asked(&world, &customer, json!({ "name": "Ada <b>" })).await;
    assert!(link.contains("/consent/") && link.contains("?mac="), "{link}");
    let shown = customer.get(&path).await.unwrap().data().unwrap().clone();
    assert_eq!((&shown["status"], &shown["consent"]["link"]), (&json!("awaiting_consent"), &json!(link)));
    let listed = customer.get("/api/v1/characters?status=awaiting_consent").await.unwrap();
    assert_eq!(listed.data().unwrap()["characters"].as_array().unwrap().len(), 1);
    for refused in ["generate", "train"] {
        let refused = customer.post(&format!("{path}/{refused}"), &json!({ "prompt": "x" })).await.unwrap();
        assert!([400, 422].contains(&refused.status.as_u16()), "{}", refused.json);
    }
    sweep(&world).await;

    // The person sees who asks, for what, and the photos.
    let page = world.anybody().get(&link).await.unwrap();
    let html = text(&page);
    assert_eq!((page.status.as_u16(), page.header("referrer-policy")), (200, "no-referrer"));
    assert!(
        page.header("content-security-policy").starts_with("default-src 'none'; "),
        "{}",
        page.header("content-security-policy")
    );
    assert!(html.contains("customer") && html.contains("Ada &lt;b&gt;") && !html.contains("Ada <b>"), "{html}");
    assert_eq!(html.matches("<img src=\"../photos/").count(), 10);
    let told = seen(&world, &link).await;
    assert_eq!((&told["state"], &told["asked_by"]), (&json!("awaiting"), &json!("customer")));
    let photo = told["photos"][0].as_str().unwrap();
    assert_eq!(world.anybody().get(photo).await.unwrap().status, 200);
    assert_eq!((world.gpu.simulator.jobs().len(), world.funds(&account).await.unwrap()), (0, [1_000, 0, 0, 1_000]));

    // Both of two clicks are answered, and one begins it.
    let (one, two) = tokio::join!(says(&world, &link, "agree"), says(&world, &link, "agree"));
    assert_eq!((one.status.as_u16(), two.status.as_u16()), (200, 200));
    assert!(text(&one).contains("You agreed"), "{}", text(&one));
    assert_eq!(world.until_trained(&customer, &path).await.unwrap(), "ready");
    says(&world, &link, "agree").await;
    says(&world, &link, "refuse").await;
    assert_eq!(world.funds(&account).await.unwrap(), [500, 0, 500, 1_000]);
    assert_eq!(world.gpu.simulator.jobs().len(), 1);
    let shown = customer.get(&path).await.unwrap().data().unwrap()["consent"].clone();
    assert_eq!(shown["state"], "confirmed");
    let receipt = customer.get(&format!("{path}/consent")).await.unwrap().data().unwrap()["receipt"].clone();
    assert_eq!((&receipt["confirmedAt"], &receipt["policy"]), (&shown["confirmed_at"], &json!("confirmed")));
}

#[tokio::test]
async fn what_was_taken_back_is_not_made_not_handed_out_and_deleted() {
    let world = world().await;
    let (customer, account) = world.customer(1_000).await.unwrap();
    let (path, link) = asked(&world, &customer, json!({})).await;
    says(&world, &link, "agree").await;
    assert_eq!(world.until_trained(&customer, &path).await.unwrap(), "ready");
    let generate = async || {
        let named = customer.with_header("idempotency-key", "once");
        named.post(&format!("{path}/generate"), &json!({ "prompt": "x" })).await.unwrap()
    };
    let made = generate().await;
    let url = made.data().unwrap()["output"]["images"][0]["url"].as_str().unwrap().to_owned();
    assert_eq!(world.anybody().get(&url).await.unwrap().status, 200);
    assert!(text(&says(&world, &link, "withdraw").await).contains("You took it back"));
    assert_eq!(seen(&world, &link).await["state"], "withdrawn");
    assert_eq!(generate().await.outcome(), (403, "CONSENT_WITHDRAWN"));
    assert_eq!(customer.get(&path).await.unwrap().outcome(), (403, "CONSENT_WITHDRAWN"));
    assert_eq!(world.anybody().get(&url).await.unwrap().outcome(), (410, "RESULT_EXPIRED"));
    assert_eq!(world.engines.blobs().await.unwrap(), [""; 0]);
    // What was paid stays paid; said again, nothing changes.
    says(&world, &link, "withdraw").await;
    assert_eq!(world.funds(&account).await.unwrap(), [485, 0, 515, 1_000]);
    let listed = customer.get("/api/v1/characters").await.unwrap();
    assert_eq!(listed.data().unwrap()["characters"], json!([]));
}

#[tokio::test]
async fn a_training_under_way_is_canceled_where_it_is_taken_back_and_its_credits_come_back() {
    let world = world().await;
    let (customer, account) = world.customer(500).await.unwrap();
    let (_, link) = asked(&world, &customer, json!({})).await;
    says(&world, &link, "agree").await;
    says(&world, &link, "withdraw").await;
    let [balance, held, spent, _] = world.funds(&account).await.unwrap();
    assert!((balance, held, spent) == (500, 0, 0) || (balance, held, spent) == (0, 0, 500), "it had ended before");
    assert_eq!(world.engines.blobs().await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn who_refuses_is_not_pictured_and_the_owner_is_told() {
    let world = world().await;
    let inbox = Inbox::serve().await.unwrap();
    let (customer, account) = world.customer(1_000).await.unwrap();
    let (path, link) = asked(&world, &customer, json!({ "webhook_url": inbox.url })).await;
    assert!(text(&says(&world, &link, "refuse").await).contains("No pictures of you are made"));
    let shown = customer.get(&path).await.unwrap().data().unwrap().clone();
    assert_eq!((&shown["status"], &shown["error"]["code"]), (&json!("failed"), &json!("CONSENT_REFUSED")));
    assert_eq!((&shown["consent"]["state"], &shown["image_count"]), (&json!("refused"), &json!(0)));
    assert_eq!(world.engines.blobs().await.unwrap(), [""; 0]);
    let told = inbox.until(1).await.unwrap()[0].json();
    assert_eq!((&told["type"], &told["data"]["error"]["code"]), (&json!("task.failed"), &json!("CONSENT_REFUSED")));
    says(&world, &link, "agree").await;
    assert_eq!(customer.get(&path).await.unwrap().data().unwrap()["status"], "failed");
    assert_eq!((world.gpu.simulator.jobs().len(), world.funds(&account).await.unwrap()), (0, [1_000, 0, 0, 1_000]));
}

/// Makes everything that is in these documents so many days older.
async fn grow_older(world: &World, prefix: &str, pointer: &str, days: i64) {
    let stored = world.engines.stored().await.unwrap();
    for key in stored.keys(prefix).await.unwrap() {
        let mut document: Value = serde_json::from_slice(&stored.read(&key).await.unwrap()).unwrap();
        let at = document.pointer_mut(pointer).unwrap();
        *at = json!(at.as_i64().unwrap() - days * 24 * 60 * 60 * 1_000);
        stored.write(&key, document.to_string().as_bytes()).await.unwrap();
    }
}

#[tokio::test]
async fn who_does_not_answer_in_fourteen_days_has_not_agreed() {
    let world = world().await;
    let (customer, _) = world.customer(1_000).await.unwrap();
    let (path, link) = asked(&world, &customer, json!({})).await;
    for (days, state, status) in [(13, "awaiting", "awaiting_consent"), (1, "refused", "failed")] {
        grow_older(&world, "consents:", "/body/at", days).await;
        grow_older(&world, "character:", "/body/created_at", days).await;
        sweep(&world).await;
        assert_eq!(seen(&world, &link).await["state"], state);
        assert_eq!(customer.get(&path).await.unwrap().data().unwrap()["status"], status);
    }
    assert_eq!(world.engines.blobs().await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn who_cannot_pay_when_the_person_agrees_is_told_of_a_failed_training() {
    let world = world().await;
    let inbox = Inbox::serve().await.unwrap();
    let (customer, account) = world.customer(500).await.unwrap();
    let (path, link) = asked(&world, &customer, json!({ "webhook_url": inbox.url })).await;
    let run = json!({ "model": "flux-2-pro-text-to-image", "prompt": "a fox" });
    assert_eq!(customer.post("/api/v1/generate", &run).await.unwrap().status, 200);
    says(&world, &link, "agree").await;
    let shown = customer.get(&path).await.unwrap().data().unwrap().clone();
    assert_eq!((&shown["status"], &shown["error"]["code"]), (&json!("failed"), &json!("TRAINING_SUBMIT_FAILED")));
    assert!(shown["error"]["message"].as_str().unwrap().contains("enough credits"), "{shown}");
    assert_eq!(inbox.until(1).await.unwrap()[0].json()["type"], "task.failed");
    let [balance, held, spent, _] = world.funds(&account).await.unwrap();
    assert_eq!((balance, held + spent), (485, 15));
}

#[tokio::test]
async fn a_character_without_training_waits_likewise_and_is_trained_on_what_the_person_saw() {
    let world = world().await;
    let (customer, account) = world.customer(1_000).await.unwrap();
    let (path, link) = asked(&world, &customer, json!({ "mode": "reference" })).await;
    says(&world, &link, "agree").await;
    let shown = customer.get(&path).await.unwrap().data().unwrap().clone();
    assert_eq!((&shown["status"], &shown["mode"]), (&json!("ready"), &json!("reference")));
    let more = json!({ "image_urls": world.photos.urls(1) });
    assert_eq!(customer.post(&format!("{path}/train"), &more).await.unwrap().outcome(), (422, "CONSENT_REQUIRED"));
    assert_eq!(customer.post(&format!("{path}/train"), &json!({})).await.unwrap().status, 200);
    let [_, held, spent, _] = world.funds(&account).await.unwrap();
    assert!(held + spent >= 500, "{held} {spent}");
}

#[tokio::test]
async fn only_persons_are_asked_and_only_who_has_the_link_can_answer() {
    let world = world().await;
    let (customer, _) = world.customer(1_000).await.unwrap();
    assert_eq!(world.create(&customer, json!({})).await.unwrap().outcome(), (422, "CONSENT_REQUIRED"));
    let nobody = json!({ "consent": { "subject": "synthetic" } });
    assert_eq!(world.create(&customer, nobody).await.unwrap().data().unwrap()["status"], "training");
    let (path, link) = asked(&world, &customer, json!({})).await;
    let (address, mac) = link.split_once("?mac=").unwrap();
    let other = if mac.starts_with('0') { mac.replacen('0', "1", 1) } else { format!("0{}", &mac[1..]) };
    for wrong in [address.to_owned(), format!("{address}?mac={other}"), link.replace("char_", "char_0")] {
        assert_eq!(world.anybody().get(&wrong).await.unwrap().outcome(), (404, "NOT_FOUND"), "{wrong}");
        assert_eq!(says(&world, &wrong, "agree").await.outcome(), (404, "NOT_FOUND"), "{wrong}");
    }
    for odd in ["answer=maybe", "{\"answer\":\"maybe\"}", "", "[]"] {
        let answer = world.anybody().send(Method::POST, &link, odd.as_bytes().to_vec()).await.unwrap();
        assert_eq!(answer.status, 400, "{odd}");
    }
    let said = world.anybody().post(&link, &json!({ "answer": "refuse" })).await.unwrap();
    assert_eq!(said.status, 200);
    assert_eq!(customer.get(&path).await.unwrap().data().unwrap()["status"], "failed");
    // A character that its owner deletes first is not asked about any more.
    let (path, link) = asked(&world, &customer, json!({})).await;
    assert_eq!(customer.send(Method::DELETE, &path, Vec::new()).await.unwrap().data().unwrap()["deleted"], true);
    says(&world, &link, "agree").await;
    assert_eq!(seen(&world, &link).await["state"], "deleted");
    assert_eq!(customer.get(&path).await.unwrap().outcome(), (404, "NOT_FOUND"));
}
