//! Callbacks that nobody sent, that say too much, or that come again.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::Secret;
use e2e::{Actor, Settings, World};
use reqwest::Method;
use serde_json::{Value, json};
use webhook::standard::sign;

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

/// A sender of callbacks that are signed as the provider signs them.
fn provider(world: &World, body: &[u8], at: i64) -> Actor {
    let signature = sign(&Secret::new(e2e::WEBHOOK_SECRET), "msg_1", at, body).unwrap();
    world
        .anybody()
        .with_header("webhook-id", "msg_1")
        .with_header("webhook-timestamp", &at.to_string())
        .with_header("webhook-signature", &signature)
}

async fn deliver(world: &World, url: &str, job: &Value) -> u16 {
    let body = job.to_string().into_bytes();
    provider(world, &body, now()).send(Method::POST, url, body).await.unwrap().status.as_u16()
}

/// A deployment for one test: long reports take the room that an instance has for bodies, and others would be answered 503 meanwhile.
async fn undisturbed() -> World {
    World::start(Settings::default()).await.unwrap()
}

/// A training under way, and the callback URL and id of its job.
async fn training(world: &World) -> (Actor, String, String, String) {
    let (customer, account) = world.customer(500).await.unwrap();
    let word = format!("sim_hang_{}", &account[5..15]);
    let created = world.create(&customer, json!({ "trigger_word": word })).await.unwrap();
    let path = format!("/api/v1/characters/{}", created.data().unwrap()["character_id"].as_str().unwrap());
    let job = world
        .gpu
        .simulator
        .jobs()
        .into_iter()
        .find(|job| job.webhook.as_deref().is_some_and(|url| url.contains(&account)))
        .unwrap();
    (customer, path, job.webhook.unwrap(), job.id)
}

fn succeeded(id: &str) -> Value {
    json!({ "id": id, "status": "succeeded", "output": { "version": format!("someone/likeness:{}", "a".repeat(64)) } })
}

#[tokio::test]
async fn only_the_provider_is_believed_and_only_about_what_the_link_says() {
    let world = World::shared();
    let (customer, path, url, job) = training(&world).await;
    let body = succeeded(&job).to_string().into_bytes();
    let status = async |actor: Actor, url: &str, body: &[u8]| {
        actor.send(Method::POST, url, body.to_vec()).await.unwrap().status.as_u16()
    };

    assert_eq!(status(world.anybody(), &url, &body).await, 401, "no signature");
    assert_eq!(status(provider(&world, b"{}", now()), &url, &body).await, 401, "another body's signature");
    assert_eq!(status(provider(&world, &body, now() - 301), &url, &body).await, 401, "too old");
    assert_eq!(status(provider(&world, &body, now() + 302), &url, &body).await, 401, "from the future");
    let (other_customer, _, other_url, _) = training(&world).await;
    for changed in [
        url.replace("mac=", "mac=0"),
        url.split("&mac=").next().unwrap().to_owned(),
        url.split('?').next().unwrap().to_owned(),
        format!("{}&mac={}", url.split("&mac=").next().unwrap(), other_url.split("&mac=").nth(1).unwrap()),
    ] {
        assert_eq!(status(provider(&world, &body, now()), &changed, &body).await, 401, "{changed}");
    }
    let elsewhere = url.replace("/webhooks/replicate", "/webhooks/nobody");
    assert_eq!(status(provider(&world, &body, now()), &elsewhere, &body).await, 404);
    assert_eq!(customer.get(&path).await.unwrap().data().unwrap()["status"], "training");
    drop(other_customer);

    assert_eq!(status(provider(&world, &body, now()), &url, &body).await, 200);
    assert_eq!(customer.get(&path).await.unwrap().data().unwrap()["status"], "ready");
}

#[tokio::test]
async fn another_jobs_report_moves_nothing() {
    let world = World::shared();
    let (customer, path, url, _) = training(&world).await;
    assert_eq!(deliver(&world, &url, &succeeded("someotherjobsid0123456789")).await, 200);
    assert_eq!(customer.get(&path).await.unwrap().data().unwrap()["status"], "training");
}

#[tokio::test]
async fn the_first_end_counts_and_repeats_do_nothing() {
    let world = World::shared();
    let (customer, path, url, job) = training(&world).await;
    let failed = json!({ "id": job, "status": "failed", "error": "out of memory" });
    let starting = json!({ "id": job, "status": "starting" });
    for report in [&failed, &starting, &succeeded(&job), &failed, &failed] {
        assert_eq!(deliver(&world, &url, report).await, 200);
        assert_eq!(customer.get(&path).await.unwrap().data().unwrap()["status"], "failed");
        assert_eq!(world.balance(&customer).await.unwrap(), 500);
    }
}

#[tokio::test]
async fn long_logs_are_taken_and_endless_ones_are_not() {
    let world = undisturbed().await;
    let (customer, path, url, job) = training(&world).await;
    let noisy = |size: usize| {
        let mut report = succeeded(&job);
        report["logs"] = Value::String("x".repeat(size));
        report
    };
    assert_eq!(deliver(&world, &url, &noisy(10 * 1024 * 1024)).await, 413);
    assert_eq!(customer.get(&path).await.unwrap().data().unwrap()["status"], "training");
    assert_eq!(deliver(&world, &url, &noisy(9 * 1024 * 1024)).await, 200);
    assert_eq!(customer.get(&path).await.unwrap().data().unwrap()["status"], "ready");
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_long_reports_as_an_instance_answers_do_not_end_it() {
    let world = undisturbed().await;
    let (customer, path, url, job) = training(&world).await;
    let values = json!(vec![json!({ "a": 1 }); 30_000]);
    let logs = json!({ "values": values, "text": "x".repeat(9 * 1024 * 1024) });
    let mut report = succeeded(&job);
    report["logs"] = logs;
    let body = report.to_string().into_bytes();
    let reports = (0..16).map(|_| {
        let (provider, url, body) = (provider(&world, &body, now()), url.clone(), body.clone());
        async move { provider.send(Method::POST, &url, body).await }
    });
    // What finds no room is refused before it was read, and sent again by its provider: 503, or a connection that ends.
    let answers: Vec<_> = futures_util::future::join_all(reports).await.into_iter().flatten().collect();
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert!(statuses.contains(&200) && statuses.iter().all(|status| [200, 503].contains(status)), "{statuses:?}");
    assert_eq!(customer.get(&path).await.unwrap().data().unwrap()["status"], "ready");
}

#[tokio::test]
async fn a_signed_body_that_is_no_job_is_refused() {
    let world = World::shared();
    let (_, _, url, _) = training(&world).await;
    for body in ["", "{}", "[]", "null", "not json"] {
        let answer = provider(&world, body.as_bytes(), now()).send(Method::POST, &url, body.into()).await.unwrap();
        assert_eq!(answer.outcome(), (400, "INVALID_REQUEST"), "{body}");
    }
}

#[tokio::test]
async fn a_provider_that_a_task_has_left_moves_it_no_more() {
    let world = World::start(Settings::default()).await.unwrap();
    let (customer, path, url, job) = training(&world).await;
    // Given to another, whose answer is still to come.
    let stored = world.engines.stored().await.unwrap();
    let [key] = stored.keys("task:").await.unwrap().try_into().unwrap();
    let mut document: Value = serde_json::from_slice(&stored.read(&key).await.unwrap()).unwrap();
    let task = document.pointer_mut("/body").unwrap().as_object_mut().unwrap();
    assert_eq!(task.insert("provider".to_owned(), json!("cog")), Some(json!("replicate")));
    task.insert("job".to_owned(), Value::Null);
    stored.write(&key, document.to_string().as_bytes()).await.unwrap();

    let running = json!({ "id": job, "status": "processing" });
    let failed = json!({ "id": job, "status": "failed", "error": "CUDA out of memory" });
    for report in [&running, &succeeded(&job), &failed] {
        assert_eq!(deliver(&world, &url, report).await, 200, "{report}");
        let unmoved = stored.read(&key).await.unwrap();
        assert_eq!(String::from_utf8(unmoved).unwrap(), document.to_string(), "{report}");
    }
    assert_eq!(customer.get(&path).await.unwrap().data().unwrap()["status"], "training");
    let canceled = world.gpu.simulator.jobs().into_iter().find(|known| known.id == job).unwrap();
    assert_eq!(canceled.status, "canceled", "nobody waits for it");
}

#[tokio::test]
async fn a_report_of_more_values_than_there_can_be_use_for_is_refused_and_changes_nothing() {
    let world = World::shared();
    let (customer, path, url, job) = training(&world).await;
    let with = |logs: Value| {
        let mut report = succeeded(&job);
        report["logs"] = logs;
        report.to_string().into_bytes()
    };
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    for (logs, says) in [(json!(vec![json!({}); 100_000]), "100000 values and names"), (deep, "more than 32 deep")] {
        let body = with(logs);
        let answer = provider(&world, &body, now()).send(Method::POST, &url, body).await.unwrap();
        assert_eq!(answer.outcome(), (400, "INVALID_REQUEST"));
        assert!(answer.message().contains(says), "{}", answer.message());
    }
    assert_eq!(customer.get(&path).await.unwrap().data().unwrap()["status"], "training");
}
