//! Characters listed, renamed and deleted.

use std::time::Duration;

use e2e::{Actor, Settings, World};
use reqwest::Method;
use serde_json::{Value, json};

async fn names(customer: &Actor, query: &str) -> Vec<String> {
    let page = customer.get(&format!("/api/v1/characters{query}")).await.unwrap();
    let characters = page.data().unwrap()["characters"].as_array().unwrap().clone();
    characters.iter().map(|character| character["name"].as_str().unwrap().to_owned()).collect()
}

async fn delete(customer: &Actor, path: &str) -> e2e::Answer {
    customer.send(Method::DELETE, path, Vec::new()).await.unwrap()
}

#[tokio::test]
async fn characters_are_listed_newest_first_and_can_be_renamed() {
    let world = World::shared();
    let (customer, _) = world.customer(2_000).await.unwrap();
    let mut paths = Vec::new();
    for name in ["Ada", "Bea", "Cy"] {
        paths.push(world.train(&customer, json!({ "name": name })).await.unwrap().0);
    }
    assert_eq!(names(&customer, "").await, ["Cy", "Bea", "Ada"]);
    let first = customer.get("/api/v1/characters?limit=2").await.unwrap();
    let cursor = first.data().unwrap()["next_cursor"].as_str().unwrap().to_owned();
    assert_eq!(names(&customer, &format!("?limit=2&cursor={cursor}")).await, ["Ada"]);
    assert_eq!(names(&customer, "?status=training").await, Vec::<String>::new());

    let rename = async |path: &str, body: Value| {
        customer.send(Method::PATCH, path, body.to_string().into_bytes()).await.unwrap()
    };
    let renamed = rename(&paths[1], json!({ "name": "Beatrice" })).await;
    assert_eq!(renamed.data().unwrap()["name"], "Beatrice");
    assert_eq!(names(&customer, "").await, ["Cy", "Beatrice", "Ada"]);
    for body in [json!({}), json!({ "name": "" }), json!({ "name": "x".repeat(101) }), json!({ "status": "ready" })] {
        assert_eq!(rename(&paths[1], body).await.outcome(), (400, "INVALID_REQUEST"));
    }
    let (stranger, _) = world.customer(0).await.unwrap();
    assert_eq!(names(&stranger, "").await, Vec::<String>::new());
    let refused = stranger.send(Method::PATCH, &paths[1], br#"{"name":"x"}"#.to_vec()).await.unwrap();
    assert_eq!(refused.outcome(), (404, "NOT_FOUND"));
}

#[tokio::test]
async fn a_deleted_character_leaves_nothing_but_what_it_cost() {
    let world = World::shared();
    let (customer, account) = world.customer(1_000).await.unwrap();
    let (path, _) = world.train(&customer, json!({ "name": "Ada" })).await.unwrap();
    let made = customer.post(&format!("{path}/generate"), &json!({ "prompt": "secret", "num_outputs": 2 })).await;
    let made = made.unwrap();
    let picture = made.data().unwrap()["output"]["images"][0]["url"].as_str().unwrap().to_owned();
    let task = format!("/api/v1/tasks/{}", made.data().unwrap()["id"].as_str().unwrap());
    let (stranger, _) = world.customer(0).await.unwrap();
    assert_eq!(delete(&stranger, &path).await.outcome(), (404, "NOT_FOUND"));

    let outcome = |data: &Value, object: &str| {
        let objects = data["objects"].as_array().unwrap();
        let found = objects.iter().find(|found| found["object"] == object).unwrap();
        (found["outcome"].as_str().unwrap().to_owned(), found["count"].as_u64())
    };
    let deleted = delete(&customer, &path).await;
    let data = deleted.data().unwrap();
    assert_eq!(data["deleted"], true, "{data}");
    assert_eq!(outcome(data, "photos"), ("deleted".to_owned(), Some(10)));
    assert_eq!(outcome(data, "results"), ("deleted".to_owned(), Some(2)));
    assert_eq!(outcome(data, "provider_model").0, "deleted");
    assert_eq!(outcome(data, "provider_inputs").0, "remains");

    assert_eq!(customer.get(&path).await.unwrap().outcome(), (404, "NOT_FOUND"));
    assert_eq!(names(&customer, "").await, Vec::<String>::new());
    let generate = customer.post(&format!("{path}/generate"), &json!({ "prompt": "x" })).await.unwrap();
    assert_eq!(generate.outcome(), (404, "NOT_FOUND"));
    assert_eq!(world.anybody().get(&picture).await.unwrap().outcome(), (410, "RESULT_EXPIRED"));
    let shown = customer.get(&task).await.unwrap();
    let shown = shown.data().unwrap();
    assert_eq!((&shown["prompt"], &shown["result"], &shown["creditsUsed"]), (&Value::Null, &Value::Null, &json!(30)));
    assert_eq!(world.funds(&account).await.unwrap(), [470, 0, 530, 1_000]);

    // Again: it is as deleted as before.
    let again = delete(&customer, &path).await;
    assert_eq!(again.data().unwrap()["deleted"], true);
    assert_eq!(outcome(again.data().unwrap(), "photos"), ("none".to_owned(), Some(0)));
    let audit = world.operator().get(&format!("/api/v1/admin/audit?account={account}")).await.unwrap();
    assert_eq!(audit.data().unwrap()["violations"], json!([]));
}

/// What only its provider can remove does not make anybody ask again for ever.
#[tokio::test]
async fn a_deletion_is_over_where_its_provider_lets_nobody_delete() {
    for provider in ["fal", "cog"] {
        let settings = Settings { variables: vec![("providers", provider.to_owned())], ..Settings::default() };
        let world = World::start(settings).await.unwrap();
        let (customer, _) = world.customer(500).await.unwrap();
        let (path, status) = world.train(&customer, json!({})).await.unwrap();
        assert_eq!(status, "ready");
        let deleted = delete(&customer, &path).await;
        let data = deleted.data().unwrap();
        let model = data["objects"].as_array().unwrap().iter().find(|object| object["object"] == "provider_model");
        let (outcome, reason) = (&model.unwrap()["outcome"], model.unwrap()["reason"].as_str().unwrap());
        assert_eq!((&data["deleted"], outcome), (&json!(true), &json!("remains")), "{data}");
        assert!(reason.starts_with(provider), "{reason}");
    }
}

/// A character that was trained and pictured at fal, which deletes for us, and its owner.
async fn pictured_at_fal() -> (World, Actor, String) {
    let admin_key = gpu_sim::Options::default().fal_admin_key;
    let variables = vec![("providers", "fal".to_owned()), ("fal_admin_key", admin_key)];
    let world = World::start(Settings { variables, ..Settings::default() }).await.unwrap();
    let (customer, _) = world.customer(600).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    customer.post(&format!("{path}/generate"), &json!({ "prompt": "secret" })).await.unwrap().data().unwrap();
    (world, customer, path)
}

#[tokio::test]
async fn what_fal_keeps_goes_with_the_character_where_there_is_an_admin_key() {
    let (world, customer, path) = pictured_at_fal().await;
    let deleted = delete(&customer, &path).await;
    let data = deleted.data().unwrap();
    for name in ["provider_model", "provider_inputs", "provider_results"] {
        let object = data["objects"].as_array().unwrap().iter().find(|object| object["object"] == name).unwrap();
        assert_eq!(object["outcome"], "deleted", "{name}: {data}");
    }
    assert_eq!(data["deleted"], true);
    assert!(world.gpu.simulator.jobs().iter().all(|job| job.input == json!({})), "nothing of it is left at fal");
}

#[tokio::test]
async fn what_fal_keeps_goes_with_one_task_and_a_training_stays_its_characters() {
    let (world, customer, path) = pictured_at_fal().await;
    let tasks = customer.get("/api/v1/tasks").await.unwrap().data().unwrap()["tasks"].clone();
    for task in tasks.as_array().unwrap() {
        let deleted = delete(&customer, &format!("/api/v1/tasks/{}", task["id"].as_str().unwrap())).await;
        assert_eq!(deleted.data().unwrap()["deleted"], true, "{}", deleted.json);
    }
    let inputs: Vec<Value> = world.gpu.simulator.jobs().into_iter().map(|job| job.input).collect();
    assert!(inputs[0] != json!({}) && inputs[1] == json!({}), "{inputs:?}");
    let again = customer.post(&format!("{path}/generate"), &json!({ "prompt": "at the sea" })).await.unwrap();
    assert_eq!(again.status, 200, "{}", again.json);
}

#[tokio::test]
async fn deleting_a_character_in_training_gives_its_credits_back() {
    let world = World::shared();
    let (customer, account) = world.customer(500).await.unwrap();
    let created = world.create(&customer, json!({ "trigger_word": "sim_hang" })).await.unwrap();
    let path = format!("/api/v1/characters/{}", created.data().unwrap()["character_id"].as_str().unwrap());
    // Without the photos it would fail, and not hang.
    let of_it = |job: &gpu_sim::JobView| job.webhook.as_ref().is_some_and(|url| url.contains(&account));
    world.until_job(|job| of_it(job) && job.logs.contains("Extracted")).await.unwrap();
    let deleted = delete(&customer, &path).await;
    let listed = customer.get("/api/v1/tasks").await.unwrap();
    let tasks: Vec<&Value> = listed.data().unwrap()["tasks"].as_array().unwrap().iter().collect();
    assert_eq!((tasks.len(), &tasks[0]["status"]), (1, &json!("canceled")), "{} {}", deleted.json, listed.json);
    assert_eq!(world.funds(&account).await.unwrap(), [500, 0, 0, 500]);
    // Its provider stops it, too; until then the character is not reported as deleted.
    for _ in 0..50 {
        let deleted = delete(&customer, &path).await;
        let data = deleted.data().unwrap().clone();
        let jobs =
            data["objects"].as_array().unwrap().iter().find(|object| object["object"] == "provider_jobs").unwrap();
        assert_eq!(data["deleted"] == true, jobs["outcome"] != "remains", "{data}");
        if data["deleted"] == true {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the job goes on");
}
