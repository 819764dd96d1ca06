//! Suspended characters: nothing begins with them, and no picture of them is handed out, as long as they are.

use e2e::{Actor, Answer, Inbox, World};
use serde_json::{Value, json};

const AT: &str = "1800000000000";

/// Suspends a character for this reason, in its document; lifts that where there is none.
async fn suspend(world: &World, account: &str, path: &str, reason: Option<&str>) {
    let stored = world.engines.stored().await.unwrap();
    let key = format!("character:{account}:{}", path.rsplit('/').next().unwrap());
    let mut document: Value = serde_json::from_slice(&stored.read(&key).await.unwrap()).unwrap();
    let body = document["body"].as_object_mut().unwrap();
    match reason {
        Some(reason) => drop(body.insert("suspended".to_owned(), json!(format!("{reason} {AT}")))),
        None => drop(body.remove("suspended")),
    }
    stored.write(&key, document.to_string().as_bytes()).await.unwrap();
}

async fn generate(customer: &Actor, path: &str, more: Value) -> Answer {
    let mut body = json!({ "prompt": "SARAH at the sea" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    customer.post(&format!("{path}/generate"), &body).await.unwrap()
}

const REASONS: [(&str, &str); 2] = [("takedown", "CHARACTER_SUSPENDED"), ("withdrawn", "CONSENT_WITHDRAWN")];

#[tokio::test]
async fn no_picture_of_a_suspended_character_is_handed_out_in_any_way() {
    let world = World::shared();
    let inbox = Inbox::serve().await.unwrap();
    let (customer, account) = world.customer(545).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let named = customer.with_header("idempotency-key", "once");
    let made = generate(&named, &path, json!({ "webhook_url": inbox.url })).await;
    let data = made.data().unwrap().clone();
    let url = data["output"]["images"][0]["url"].as_str().unwrap();
    let task = format!("/api/v1/tasks/{}", data["id"].as_str().unwrap());
    let provenance = format!("/api/v1/results/{}/provenance", url.rsplit('/').next().unwrap());
    let replay = format!("/api/v1/deliveries/{}/replay", data["id"].as_str().unwrap());
    assert_eq!(world.anybody().get(url).await.unwrap().status, 200);
    let told = inbox.until(1).await.unwrap();
    assert!(told[0].json().to_string().contains("/results/"), "otherwise the rest says nothing");

    for (n, (reason, code)) in REASONS.into_iter().enumerate() {
        suspend(world.as_ref(), &account, &path, Some(reason)).await;
        for gone in [url, &provenance] {
            assert_eq!(world.anybody().get(gone).await.unwrap().outcome(), (404, "NOT_FOUND"), "{gone}");
        }
        let shown = customer.get(&task).await.unwrap();
        assert_eq!(
            (&shown.data().unwrap()["status"], &shown.data().unwrap()["result"]),
            (&json!("completed"), &Value::Null)
        );
        let listed = customer.get("/api/v1/tasks").await.unwrap();
        assert!(!listed.json.to_string().contains("/results/"), "{}", listed.json);
        let again = generate(&named, &path, json!({ "webhook_url": inbox.url })).await;
        assert_eq!(again.outcome(), (403, code));
        customer.post(&replay, &json!({})).await.unwrap();
        let told = inbox.until(n + 2).await.unwrap().pop().unwrap().json();
        assert_eq!((&told["type"], &told["data"]["result"]), (&json!("task.completed"), &Value::Null), "{told}");
    }

    // A takedown that was wrong ends, and everything is as it was.
    suspend(world.as_ref(), &account, &path, None).await;
    assert_eq!(world.anybody().get(url).await.unwrap().status, 200);
    let again = generate(&named, &path, json!({ "webhook_url": inbox.url })).await;
    assert_eq!((again.header("idempotent-replayed"), &again.bytes), ("true", &made.bytes));
    assert_eq!(customer.get(&task).await.unwrap().data().unwrap()["result"]["url"], url);
}

#[tokio::test]
async fn nothing_begins_with_a_suspended_character_and_its_owner_sees_why() {
    let world = World::shared();
    let (customer, account) = world.customer(1_000).await.unwrap();
    let body = json!({ "mode": "reference", "image_urls": world.photos.urls(3) });
    let created = customer.post("/api/v1/characters/create", &body).await.unwrap();
    let path = format!("/api/v1/characters/{}", created.data().unwrap()["character_id"].as_str().unwrap());
    assert_eq!(generate(&customer, &path, json!({})).await.status, 200);
    let jobs = || world.gpu.simulator.jobs();
    let is_of_it = |link: &&str| link.contains(path.rsplit('/').next().unwrap());
    let inputs: Vec<String> = jobs().iter().map(|job| job.input.to_string()).collect();
    let links: Vec<&str> = inputs.iter().flat_map(|input| input.split('"')).filter(is_of_it).collect();
    assert_eq!(links.len(), 3, "{inputs:?}");
    let before = world.funds(&account).await.unwrap();

    for (reason, code) in REASONS {
        suspend(world.as_ref(), &account, &path, Some(reason)).await;
        assert_eq!(generate(&customer, &path, json!({})).await.outcome(), (403, code));
        let more = json!({ "image_urls": world.photos.urls(10)[3..].to_vec() });
        assert_eq!(customer.post(&format!("{path}/train"), &more).await.unwrap().outcome(), (403, code));
        for link in &links {
            assert_eq!(world.anybody().get(link).await.unwrap().outcome(), (404, "NOT_FOUND"), "{link}");
        }
        let expected = json!({ "reason": reason, "at": "2027-01-15T08:00:00.000Z" });
        let shown = customer.get(&path).await.unwrap();
        assert_eq!(
            (&shown.data().unwrap()["status"], &shown.data().unwrap()["suspended"]),
            (&json!("ready"), &expected)
        );
        let listed = customer.get("/api/v1/characters").await.unwrap();
        assert_eq!(listed.data().unwrap()["characters"][0]["suspended"], expected);
    }
    assert_eq!(world.funds(&account).await.unwrap(), before);

    suspend(world.as_ref(), &account, &path, None).await;
    assert_eq!(customer.get(&path).await.unwrap().data().unwrap().get("suspended"), None);
    assert_eq!(generate(&customer, &path, json!({})).await.status, 200);
    assert_eq!(world.anybody().get(links[0]).await.unwrap().status, 200);
}
