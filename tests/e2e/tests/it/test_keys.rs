//! Keys for tests: the whole API, with pictures and disasters made inside, apart from what is real.

use std::time::Duration;

use e2e::{Actor, Inbox, Settings, World};
use reqwest::Method;
use serde_json::{Value, json};

/// What an account for tests is opened with.
const CREDITS: u64 = 1_000_000;

/// A customer, the account, and the same customer with a key for tests and the account of that.
struct Both {
    live: Actor,
    account: String,
    test: Actor,
    test_account: String,
}

async fn both(world: &World, credits: u64) -> Both {
    let (live, account) = world.customer(credits).await.unwrap();
    let (test, test_account) = key(world, &account, json!({ "test": true })).await;
    Both { live, account, test, test_account }
}

/// A key of an account, and whose it is.
async fn key(world: &World, account: &str, asked: Value) -> (Actor, String) {
    let made = world.operator().post(&format!("/api/v1/admin/accounts/{account}/keys"), &asked).await.unwrap();
    let data = made.data().unwrap();
    let (key, account) = (data["key"].as_str().unwrap(), data["account_id"].as_str().unwrap());
    assert_eq!(key.starts_with("sk-test-"), account.starts_with("acct_test_"), "{data}");
    (world.anybody().with_token(key), account.to_owned())
}

/// A deployment whose only provider is not configured.
async fn bare(wait: Duration) -> World {
    let variables = vec![("replicate_api_token", String::new()), ("replicate_webhook_secret", String::new())];
    World::start(Settings { generation_wait: wait, variables, ..Settings::default() }).await.unwrap()
}

fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

/// A task, once it has ended.
async fn ended(customer: &Actor, task: &str) -> Value {
    for _ in 0..100 {
        let task = customer.get(&format!("/api/v1/tasks/{task}")).await.unwrap().data().unwrap().clone();
        if !["pending", "processing"].contains(&task["status"].as_str().unwrap()) {
            return task;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{task} goes on after 10 seconds")
}

#[tokio::test]
async fn a_whole_life_takes_no_provider_and_no_real_credit() {
    let world = bare(Duration::from_mins(1)).await;
    let Both { live, account, test, test_account } = both(&world, 1_000).await;
    assert_eq!(world.balance(&test).await.unwrap(), CREDITS);
    let (path, status) = world.train(&test, json!({ "name": "Ada", "trigger_word": "ADA" })).await.unwrap();
    assert_eq!(status, "ready");
    assert_eq!(world.funds(&test_account).await.unwrap(), [CREDITS - 500, 0, 500, CREDITS]);

    let wanted =
        json!({ "prompt": "at the sea", "aspect_ratio": "3:4", "num_outputs": 2, "seed": 7, "output_format": "webp" });
    let made = test.post(&format!("{path}/generate"), &wanted).await.unwrap();
    let made = made.data().unwrap();
    assert_eq!((&made["status"], &made["credits_used"]), (&json!("completed"), &json!(30)));
    assert_eq!(made["ignored"], json!(["output_format"]));
    let mut pictures = Vec::new();
    for image in made["output"]["images"].as_array().unwrap() {
        let url = image["url"].as_str().unwrap();
        let picture = world.anybody().get(url).await.unwrap();
        let decoded = image::load_from_memory(&picture.bytes).unwrap();
        assert_eq!((decoded.width(), decoded.height(), picture.header("content-type")), (896, 1_152, "image/png"));
        assert!(String::from_utf8_lossy(&picture.bytes).contains("digitalsourcetype/trainedAlgorithmicMedia"));
        let recipe = test.get(&format!("/api/v1/results/{}/provenance", id(url))).await.unwrap();
        let recipe = &recipe.data().unwrap()["recipe"];
        assert_eq!(recipe["provider"], "test");
        let verified = test.post("/api/v1/verify", &json!({ "sha256": recipe["sha256"] })).await.unwrap();
        assert_eq!(verified.data().unwrap()["made_here"], true);
        pictures.push(picture.bytes);
    }
    assert_ne!(pictures[0], pictures[1]);
    let again = test.post(&format!("{path}/generate"), &wanted).await.unwrap();
    let again = again.data().unwrap()["output"]["images"][1]["url"].as_str().unwrap().to_owned();
    assert_eq!(world.anybody().get(&again).await.unwrap().bytes, pictures[1], "the same seed makes the same picture");

    let deleted = test.send(Method::DELETE, &path, vec![]).await.unwrap();
    assert_eq!(deleted.data().unwrap()["deleted"], true, "{}", deleted.json);
    assert_eq!(world.anybody().get(&again).await.unwrap().status, 410);
    assert_eq!(world.funds(&account).await.unwrap(), [1_000, 0, 0, 1_000]);
    assert_eq!(world.balance(&live).await.unwrap(), 1_000);
    let audit = world.operator().get(&format!("/api/v1/admin/audit?account={test_account}")).await.unwrap();
    assert_eq!(audit.data().unwrap()["violations"], json!([]));
    assert!(world.gpu.simulator.jobs().is_empty(), "nobody was asked");
}

#[tokio::test]
async fn what_is_real_and_what_is_for_tests_do_not_know_of_each_other() {
    let world = World::shared();
    let Both { live, test, .. } = both(&world, 1_000).await;
    let (real, _) = world.train(&live, json!({})).await.unwrap();
    let (tried, _) = world.train(&test, json!({})).await.unwrap();
    for (stranger, path) in [(&live, &tried), (&test, &real)] {
        assert_eq!(stranger.get(path).await.unwrap().outcome(), (404, "NOT_FOUND"));
        let refused = stranger.post(&format!("{path}/generate"), &json!({ "prompt": "x" })).await.unwrap();
        assert_eq!(refused.outcome(), (404, "NOT_FOUND"));
        let listed = stranger.get("/api/v1/characters").await.unwrap();
        assert!(!listed.json.to_string().contains(id(path)));
    }
    let made = live.post(&format!("{real}/generate"), &json!({ "prompt": "x" })).await.unwrap();
    assert_eq!(made.status, 200, "{}", made.json);
    assert_eq!(world.balance(&live).await.unwrap(), 485);
    assert_eq!(world.balance(&test).await.unwrap(), CREDITS - 500);
}

#[tokio::test]
async fn a_disaster_in_its_name_befalls_a_training() {
    let world = bare(Duration::from_mins(1)).await;
    let Both { test, test_account, .. } = both(&world, 0).await;
    for (name, message) in [("Ada sim:fail", "The provider could not do it"), ("sim:nsfw", "safety filter")] {
        let (path, status) = world.train(&test, json!({ "name": name })).await.unwrap();
        assert_eq!(status, "failed", "{name}");
        let character = test.get(&path).await.unwrap();
        let error = &character.data().unwrap()["error"];
        assert_eq!(error["code"], "TRAINING_FAILED");
        assert!(error["message"].as_str().unwrap().contains(message), "{error}");
        assert_eq!(world.funds(&test_account).await.unwrap(), [CREDITS, 0, 0, CREDITS], "{name}");
    }
    for name in ["sim:slow", "sim:lost"] {
        let created = world.create(&test, json!({ "name": name })).await.unwrap();
        let path = format!("/api/v1/characters/{}", created.data().unwrap()["character_id"].as_str().unwrap());
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert_eq!(test.get(&path).await.unwrap().data().unwrap()["status"], "training", "{name}");
        let tasks = test.get("/api/v1/tasks").await.unwrap();
        let task = &tasks.data().unwrap()["tasks"][0];
        assert_eq!(task["status"], "processing");
        let canceled = test.post(&format!("/api/v1/tasks/{}/cancel", task["id"].as_str().unwrap()), &json!({})).await;
        assert_eq!(canceled.unwrap().status, 200);
        assert_eq!(world.funds(&test_account).await.unwrap(), [CREDITS, 0, 0, CREDITS], "{name}");
    }
}

#[tokio::test]
async fn a_disaster_in_its_prompt_befalls_a_generation() {
    let world = bare(Duration::from_secs(3)).await;
    let Both { test, test_account, .. } = both(&world, 0).await;
    let (path, _) = world.train(&test, json!({})).await.unwrap();
    let left = CREDITS - 500;
    for (prompt, message) in [
        ("a cat, sim:fail", "The provider could not do it"),
        ("SIM:NSFW", "safety filter withheld every picture"),
        ("sim:lost", "your credits were given back"),
        ("sim:slow", "your credits were given back"),
    ] {
        let failed = test.post(&format!("{path}/generate"), &json!({ "prompt": prompt })).await.unwrap();
        assert_eq!(failed.outcome(), (500, "GENERATION_FAILED"), "{prompt}: {}", failed.json);
        assert!(failed.message().contains(message), "{prompt}: {}", failed.message());
        assert_eq!(world.funds(&test_account).await.unwrap(), [left, 0, 500, CREDITS], "{prompt}");
    }
    let polls = test.with_header("prefer", "respond-async");
    let begun = polls.post(&format!("{path}/generate"), &json!({ "prompt": "sim:fail" })).await.unwrap();
    assert_eq!(begun.status, 202);
    let task = ended(&test, begun.data().unwrap()["id"].as_str().unwrap()).await;
    assert_eq!((&task["status"], &task["error"]["code"]), (&json!("failed"), &json!("GENERATION_FAILED")));
}

#[tokio::test]
async fn models_make_pictures_songs_and_films_and_fail_when_they_are_asked_to() {
    /// What no other test asks the simulator for.
    const ALONE: &str = "a fox that nobody else asks for";
    let world = World::shared();
    let Both { test, test_account, .. } = both(&world, 0).await;
    let run = async |body: Value| {
        let begun = test.post("/api/v1/generate", &body).await.unwrap();
        ended(&test, begun.data().unwrap()["id"].as_str().unwrap()).await
    };
    let picture =
        run(json!({ "model": "flux-2-pro-text-to-image", "input": { "prompt": "a fox", "aspect_ratio": "16:9" } }))
            .await;
    assert_eq!((&picture["status"], &picture["result"]["type"]), (&json!("completed"), &json!("image")), "{picture}");
    let file = world.anybody().get(picture["result"]["url"].as_str().unwrap()).await.unwrap();
    let decoded = image::load_from_memory(&file.bytes).unwrap();
    assert_eq!((decoded.width(), decoded.height()), (1_344, 768));
    let song = run(json!({ "model": "suno-v5-generate-music", "input": { "prompt": "la la la" } })).await;
    assert_eq!(
        (&song["status"], &song["result"]["songs"][0]["duration"]),
        (&json!("completed"), &json!(1.0)),
        "{song}"
    );
    let (video, audio) = (world.photos.url("media/video.mp4"), world.photos.url("media/cbr.mp3"));
    let synced = test.post("/api/v1/tools/lipsync", &json!({ "video_url": video, "audio_url": audio })).await.unwrap();
    assert_eq!(synced.data().unwrap()["output"]["duration"], json!(1.0), "{}", synced.json);
    let doomed = format!("{audio}?sim:nsfw");
    let failed = test.post("/api/v1/tools/lipsync", &json!({ "video_url": video, "audio_url": doomed })).await.unwrap();
    assert_eq!(failed.outcome(), (500, "GENERATION_FAILED"), "{}", failed.json);
    let before = world.funds(&test_account).await.unwrap();
    let failed =
        run(json!({ "model": "flux-2-pro-text-to-image", "input": { "prompt": format!("{ALONE}, sim:fail") } })).await;
    assert_eq!((&failed["status"], &failed["error"]["code"]), (&json!("failed"), &json!("GENERATION_FAILED")));
    assert_eq!(world.funds(&test_account).await.unwrap(), before);
    assert!(world.gpu.simulator.jobs().iter().all(|job| !format!("{job:?}").contains(ALONE)), "nobody was asked");
}

#[tokio::test]
async fn whoever_never_looks_is_told_after_a_sweep() {
    let world = bare(Duration::from_mins(1)).await;
    let Both { test, .. } = both(&world, 0).await;
    let inbox = Inbox::serve().await.unwrap();
    for name in ["Ada", "sim:fail"] {
        world.create(&test, json!({ "name": name, "webhook_url": inbox.url })).await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let swept = world.operator().post("/api/v1/admin/reconcile", &json!({ "all": true })).await.unwrap();
    assert_eq!((&swept.data().unwrap()["settled"], &swept.data().unwrap()["failed"]), (&json!(2), &json!(0)));
    world.operator().post("/api/v1/admin/reconcile", &json!({ "all": true })).await.unwrap();
    inbox.until(2).await.unwrap();
}

#[tokio::test]
async fn photos_and_limits_of_keys_are_as_real_as_ever() {
    let world = World::shared();
    let (_, account) = world.customer(0).await.unwrap();
    let (test, test_account) = key(&world, &account, json!({ "test": true, "scopes": ["train", "read"] })).await;
    let refused = test.post("/api/v1/characters/create", &json!({ "image_urls": ["https://x.example/1.jpg"] })).await;
    assert_eq!(refused.unwrap().outcome(), (400, "TOO_FEW_IMAGES"));
    let absent: Vec<String> = (0..10).map(|n| world.photos.url(&format!("absent/{n}.jpg"))).collect();
    let refused = test.post("/api/v1/characters/create", &json!({ "image_urls": absent })).await.unwrap();
    assert_eq!(refused.outcome(), (422, "IMAGE_DOWNLOAD_FAILED"));
    let (path, _) = world.train(&test, json!({})).await.unwrap();
    let refused = test.post(&format!("{path}/generate"), &json!({ "prompt": "x" })).await.unwrap();
    assert_eq!(refused.outcome(), (403, "KEY_SCOPE"));
    // Another key for tests is of the same account, whoever's name it is made under.
    for (account, asked) in [(&account, json!({ "test": true })), (&test_account, json!({}))] {
        assert_eq!(key(&world, account, asked).await.1, test_account);
    }
    let one = |account: &str| format!("/api/v1/admin/accounts/{account}");
    let (live, test) =
        (world.operator().get(&one(&account)).await.unwrap(), world.operator().get(&one(&test_account)).await.unwrap());
    let (live, test) = (live.data().unwrap(), test.data().unwrap());
    assert_eq!((&live["is_test"], &live["test_account_id"]), (&json!(false), &json!(test_account)));
    assert_eq!((&test["is_test"], &test["granted"], &test["name"]), (&json!(true), &json!(CREDITS), &live["name"]));
}

#[tokio::test]
async fn of_keys_made_at_once_all_are_of_one_account() {
    let world = World::shared();
    let (_, account) = world.customer(0).await.unwrap();
    let made = futures_util::future::join_all((0..6).map(|_| key(&world, &account, json!({ "test": true })))).await;
    let accounts: std::collections::BTreeSet<&str> = made.iter().map(|(_, account)| account.as_str()).collect();
    assert_eq!(accounts.len(), 1);
    for (test, _) in &made {
        assert_eq!(world.balance(test).await.unwrap(), CREDITS);
    }
}

#[tokio::test]
async fn an_account_is_suspended_and_deleted_with_the_one_for_tests() {
    let world = World::shared();
    let Both { account, test, test_account, .. } = both(&world, 0).await;
    let (path, _) = world.train(&test, json!({})).await.unwrap();
    let operator = world.operator();
    let one = format!("/api/v1/admin/accounts/{account}");
    assert_eq!(operator.post(&format!("{one}/suspend"), &json!({})).await.unwrap().status, 200);
    let refused = test.post(&format!("{path}/generate"), &json!({ "prompt": "x" })).await.unwrap();
    assert_eq!(refused.outcome(), (403, "ACCOUNT_SUSPENDED"));
    assert_eq!(operator.post(&format!("{one}/resume"), &json!({})).await.unwrap().status, 200);
    assert_eq!(test.post(&format!("{path}/generate"), &json!({ "prompt": "x" })).await.unwrap().status, 200);

    assert_eq!(operator.post(&format!("{one}/suspend"), &json!({})).await.unwrap().status, 200);
    let (mut cursor, mut characters, mut rounds) = (String::new(), 0, 0);
    loop {
        let deleted = operator.send(Method::DELETE, &format!("{one}{cursor}"), vec![]).await.unwrap();
        let data = deleted.data().unwrap();
        assert_eq!(test.get(&path).await.unwrap().outcome(), (401, "INVALID_API_KEY"), "its keys go first");
        characters += data["characters"].as_u64().unwrap();
        rounds += 1;
        if data["deleted"] == true {
            break;
        }
        assert!(rounds < 5, "{data}");
        cursor = data["next_cursor"].as_u64().map(|at| format!("?cursor={at}")).unwrap_or_default();
    }
    assert_eq!(characters, 1);
    let gone = operator.get(&format!("/api/v1/admin/accounts/{test_account}")).await.unwrap();
    assert_eq!(gone.outcome(), (404, "NOT_FOUND"));
}
