//! Each provider alone, and two of them when the first one fails: one result and one charge, whatever happens.

use std::time::Duration;

use e2e::{Actor, Gpu, Settings, World};
use gpu_sim::{CogTrainer, Misbehaviour, Options};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

/// A world whose providers are these, in this order; the second of two is a machine of its own.
async fn world(providers: &str, misbehaviour: Vec<Misbehaviour>, more: Vec<(&'static str, String)>) -> World {
    let mut variables = vec![("providers", providers.to_owned())];
    variables.extend(more);
    World::start(Settings { variables, misbehaviour, ..Settings::default() }).await.unwrap()
}

/// A second machine that is fal.
fn fal() -> Gpu {
    let (training_time, picture_time) = (Duration::from_millis(300), Duration::from_millis(50));
    Gpu::start(Options { training_time, picture_time, ..Options::default() }).unwrap()
}

async fn sweep(world: &World) -> Value {
    world.operator().post("/api/v1/admin/reconcile", &json!({ "all": true })).await.unwrap().data().unwrap().clone()
}

/// Asks for pictures and expects so many of them, each of which can be fetched and has the size of its shape.
async fn pictures(customer: &Actor, path: &str, prompt: &str, count: usize) {
    let body = json!({ "prompt": prompt, "num_outputs": 2, "aspect_ratio": "3:2" });
    let answer = customer.post(&format!("{path}/generate"), &body).await.unwrap();
    assert_eq!(answer.status, 200, "{prompt}: {}", answer.json);
    let images = answer.data().unwrap().pointer("/output/images").unwrap().as_array().unwrap().clone();
    assert_eq!(images.len(), count, "{prompt}");
    for picture in images {
        let bytes = e2e::get(picture.get("url").unwrap().as_str().unwrap()).await.unwrap().bytes().await.unwrap();
        let picture = image::load_from_memory(&bytes).unwrap();
        assert_eq!((picture.width(), picture.height()), (1_216, 832), "{prompt}");
    }
}

/// Trains and makes pictures at one provider alone: for these words so many pictures, each charged, and for those none and no charge.
async fn alone(provider: &str, delivered: &[(&str, usize)], failed: &[&str]) {
    let world = world(provider, vec![], vec![]).await;
    let (customer, account) = world.customer(800).await.unwrap();
    let (path, status) = world.train(&customer, json!({ "trigger_word": "sim_null" })).await.unwrap();
    assert_eq!(status, "ready");
    assert_eq!(world.funds(&account).await.unwrap(), [300, 0, 500, 800]);
    assert_eq!(sweep(&world).await.get("failed"), Some(&json!(0)));
    let mut spent = 500;
    for (word, count) in delivered {
        pictures(&customer, &path, &format!("sim:{word}"), *count).await;
        spent += 15 * *count as u64;
        assert_eq!(world.funds(&account).await.unwrap(), [800 - spent, 0, spent, 800], "{word}");
    }
    for word in failed {
        let body = json!({ "prompt": format!("sim:{word}") });
        let answer = customer.post(&format!("{path}/generate"), &body).await.unwrap();
        assert_eq!(answer.outcome(), (500, "GENERATION_FAILED"), "{word}: {}", answer.json);
        assert_eq!(world.funds(&account).await.unwrap(), [800 - spent, 0, spent, 800], "{word}");
    }
    assert_eq!(world.gpu.jobs_of("replicate"), 0);
}

#[tokio::test]
async fn fal_alone_trains_and_makes_pictures() {
    let delivered = [("slow", 2), ("null", 2), ("repeat", 2), ("forge", 2), ("nsfw1", 1)];
    alone("fal", &delivered, &["fail", "nsfw", "abort", "broke", "throttle", "refuse", "badoutput"]).await;
}

#[tokio::test]
async fn cog_alone_trains_and_makes_pictures() {
    let delivered = [("slow", 2), ("drop", 2), ("repeat", 2), ("forge", 2), ("nsfw1", 1)];
    alone("cog", &delivered, &["fail", "nsfw", "broke", "throttle", "refuse"]).await;
}

#[tokio::test]
async fn a_provider_that_does_not_take_a_job_is_passed_over() {
    for misbehaviour in [Misbehaviour::Throttle, Misbehaviour::Broke, Misbehaviour::Error] {
        let second = fal();
        let world = world("replicate,fal", vec![misbehaviour], second.as_fal()).await;
        let (customer, account) = world.customer(530).await.unwrap();
        let (path, status) = world.train(&customer, json!({})).await.unwrap();
        assert_eq!(status, "ready", "{misbehaviour:?}");
        pictures(&customer, &path, "at the sea", 2).await;
        assert_eq!(world.funds(&account).await.unwrap(), [0, 0, 530, 530], "{misbehaviour:?}");
        assert_eq!((world.gpu.jobs_of("replicate"), second.jobs_of("fal")), (0, 2), "{misbehaviour:?}");
    }
}

#[tokio::test]
async fn what_one_refuses_as_it_is_no_other_is_asked() {
    let second = fal();
    let world = world("replicate,fal", vec![Misbehaviour::Refuse], second.as_fal()).await;
    let (customer, account) = world.customer(500).await.unwrap();
    let answer = world.create(&customer, json!({})).await.unwrap();
    assert_eq!(answer.outcome(), (500, "TRAINING_SUBMIT_FAILED"));
    assert_eq!(world.funds(&account).await.unwrap(), [500, 0, 0, 500]);
    assert_eq!(second.jobs_of("fal"), 0);
}

#[tokio::test]
async fn a_provider_killed_before_it_is_asked_costs_nothing() {
    let second = fal();
    let mut world = world("replicate,fal", vec![], second.as_fal()).await;
    world.gpu.kill();
    let (customer, account) = world.customer(500).await.unwrap();
    assert_eq!(world.train(&customer, json!({})).await.unwrap().1, "ready");
    assert_eq!(world.funds(&account).await.unwrap(), [0, 0, 500, 500]);
    assert_eq!(second.jobs_of("fal"), 1);
    let stored = world.engines.stored().await.unwrap();
    assert_eq!(stored.keys("troubled:").await.unwrap(), ["troubled:replicate"], "it is asked last for a while");
}

/// A machine that dies of the first thing it is sent, having read it.
async fn dying() -> Vec<(&'static str, String)> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await?;
        connection.read(&mut [0; 16_384]).await
    });
    let urls = ["fal_queue_url", "fal_rest_url", "fal_output_host"].map(|name| (name, url.clone()));
    urls.into()
}

#[tokio::test]
async fn a_provider_killed_while_it_accepts_is_given_up_for_the_next() {
    let world = world("fal,replicate", vec![], dying().await).await;
    let (customer, account) = world.customer(500).await.unwrap();
    let created = world.create(&customer, json!({})).await.unwrap();
    assert_eq!(created.status, 200, "{}", created.json);
    let path = format!("/api/v1/characters/{}", created.data().unwrap()["character_id"].as_str().unwrap());
    assert_eq!(world.funds(&account).await.unwrap(), [0, 500, 0, 500], "it may have it");
    assert_eq!(world.gpu.jobs_of("replicate"), 0);

    world.age("submitted_at", Duration::from_mins(3)).await.unwrap();
    world.age("heard_at", Duration::from_mins(3)).await.unwrap();
    assert_eq!(sweep(&world).await["failed"], 0);
    assert_eq!(world.until_trained(&customer, &path).await.unwrap(), "ready");
    assert_eq!(world.funds(&account).await.unwrap(), [0, 0, 500, 500]);
    assert_eq!(world.gpu.jobs_of("replicate"), 1);
}

#[tokio::test]
async fn a_provider_silent_for_half_of_the_time_is_given_up_for_the_next() {
    let second = fal();
    let mut world = world("replicate,fal", vec![Misbehaviour::Hang], second.as_fal()).await;
    let (customer, account) = world.customer(500).await.unwrap();
    let created = world.create(&customer, json!({})).await.unwrap();
    let path = format!("/api/v1/characters/{}", created.data().unwrap()["character_id"].as_str().unwrap());
    // Its last word, so that none comes after its silence is made long.
    assert_eq!(first_answer(&world).await, Some(200));
    world.gpu.kill();
    for time in ["submitted_at", "heard_at", "deadline"] {
        world.age(time, Duration::from_mins(40)).await.unwrap();
    }
    let sweeps = tokio::join!(sweep(&world), sweep(&world), customer.get(&path));
    assert_eq!((&sweeps.0["failed"], &sweeps.1["failed"]), (&json!(0), &json!(0)));
    assert_eq!(world.until_trained(&customer, &path).await.unwrap(), "ready");
    assert_eq!(world.funds(&account).await.unwrap(), [0, 0, 500, 500]);
    assert_eq!(second.jobs_of("fal"), 1, "three looked at once, and one began it again");
}

#[tokio::test]
async fn a_provider_that_is_not_configured_any_more_keeps_no_credits() {
    let mut world = world("fal", vec![Misbehaviour::Hang], vec![]).await;
    let (customer, account) = world.customer(500).await.unwrap();
    assert_eq!(world.create(&customer, json!({})).await.unwrap().status, 200);
    world.stop().await.unwrap();
    world.set("fal_key", "");
    world.restart().await.unwrap();
    world.age("deadline", Duration::from_hours(1)).await.unwrap();
    assert_eq!(sweep(&world).await["failed"], 0);
    assert_eq!(world.funds(&account).await.unwrap(), [500, 0, 0, 500]);
}

#[tokio::test]
async fn what_one_trained_another_makes_pictures_with() {
    let second = fal();
    let mut world = world("replicate,fal", vec![], second.as_fal()).await;
    let (customer, account) = world.customer(560).await.unwrap();
    let (path, status) = world.train(&customer, json!({})).await.unwrap();
    assert_eq!(status, "ready");
    assert_eq!(sweep(&world).await["failed"], 0);
    pictures(&customer, &path, "in an office", 2).await;
    assert_eq!((world.gpu.jobs_of("replicate"), second.jobs_of("fal")), (2, 0), "who trained it is asked first");
    world.gpu.kill();
    pictures(&customer, &path, "at the sea", 2).await;
    assert_eq!(second.jobs_of("fal"), 1);
    assert_eq!(world.funds(&account).await.unwrap(), [0, 0, 560, 560]);
}

#[tokio::test]
async fn fal_is_given_the_file_that_it_keeps_itself_and_others_one_link_a_day() {
    let mut world = world("fal", vec![], vec![]).await;
    let (customer, _) = world.customer(560).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    assert_eq!(sweep(&world).await["failed"], 0);
    let input = |world: &World| world.gpu.simulator.jobs().last().unwrap().input.clone();
    pictures_of_one(&customer, &path).await;
    let file = input(&world)["loras"][0]["path"].as_str().unwrap().to_owned();
    assert!(file.starts_with(&world.gpu.url), "{file}");

    world.stop().await.unwrap();
    world.set("providers", "replicate");
    world.restart().await.unwrap();
    let mut links = Vec::new();
    let day = || jiff::Timestamp::now().as_second() / (24 * 60 * 60);
    for _ in 0..2 {
        let before = day();
        pictures_of_one(&customer, &path).await;
        let link = input(&world)["lora_weights"].as_str().unwrap().to_owned();
        assert!(link.starts_with(&world.base), "{link}");
        // It may have been made the day before.
        links.extend((before == day()).then_some((before, link)));
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    if let [(first, link), (second, again)] = links.as_slice() {
        assert_eq!(first == second, link == again, "{link} and {again}");
    }
}

#[tokio::test]
async fn weights_and_uploads_are_for_those_who_were_given_the_link() {
    let world = World::start(Settings { variables: vec![("providers", "cog".to_owned())], ..Settings::default() });
    let world = world.await.unwrap();
    let (customer, account) = world.customer(515).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    assert_eq!(sweep(&world).await["failed"], 0);
    pictures_of_one(&customer, &path).await;
    let input = world.gpu.simulator.jobs().last().unwrap().input.clone();
    let link = input["lora_weights"].as_str().unwrap().to_owned();
    let client = e2e::client().build().unwrap();
    let weights = client.get(&link).send().await.unwrap();
    assert_eq!(weights.status(), 200);
    assert!(weights.bytes().await.unwrap().len() > 10_000);
    let bare = link.split('?').next().unwrap().to_owned();
    for other in [bare, link.replace("expires=1", "expires=2"), link.replace(&account, "acct_0")] {
        assert_eq!(world.anybody().get(&other).await.unwrap().outcome(), (404, "NOT_FOUND"), "{other}");
    }
    let wrong = client.put(format!("{}/provider-files/0011/x.png", world.base)).body("x").send().await.unwrap();
    assert_eq!(wrong.status(), 404, "nobody uploads without the code");
}

/// One picture, as cheap as can be.
async fn pictures_of_one(customer: &Actor, path: &str) {
    let answer = customer.post(&format!("{path}/generate"), &json!({ "prompt": "x" })).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.json);
}

/// Replaces fal's keys as they are known here by another's, last asked for so long ago.
async fn forget_keys(world: &World, asked: Duration) {
    let stored = world.engines.stored().await.unwrap();
    let mut known: Value = serde_json::from_slice(&stored.read("callback-keys:fal").await.unwrap()).unwrap();
    let others = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    *e2e::find(&mut known, "published").unwrap().get_mut(0).unwrap() = json!(others);
    let now = jiff::Timestamp::now().as_millisecond();
    *e2e::find(&mut known, "asked_at").unwrap() = json!(now - i64::try_from(asked.as_millis()).unwrap());
    stored.write("callback-keys:fal", known.to_string().as_bytes()).await.unwrap();
}

/// What the latest job's first report was answered with; the provider notes that a moment after its caller has the pictures.
async fn first_answer(world: &World) -> Option<u16> {
    for _ in 0..50 {
        let job = world.gpu.simulator.jobs().pop();
        if let Some(delivery) = job.and_then(|job| job.deliveries.into_iter().next()) {
            return delivery.answer;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    None
}

#[tokio::test]
async fn keys_that_changed_are_asked_for_again_and_not_too_often() {
    let world = world("fal", vec![], vec![]).await;
    let (customer, account) = world.customer(530).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    // The keys that no callback matches were asked for long ago: they are asked for again. Or a moment ago: they are not.
    for (asked, answer) in [(Duration::from_mins(2), 200), (Duration::ZERO, 401)] {
        forget_keys(&world, asked).await;
        pictures_of_one(&customer, &path).await;
        assert_eq!(first_answer(&world).await, Some(answer), "asked {asked:?} ago");
    }
    assert_eq!(world.funds(&account).await.unwrap(), [0, 0, 530, 530], "the provider was asked instead");
}

#[tokio::test]
async fn a_trainer_whose_weights_would_come_in_its_callback_is_passed_over() {
    let container = Gpu::start(Options { cog_trainer: CogTrainer::Object, ..Options::default() }).unwrap();
    let both = world("cog,replicate", vec![], container.as_cog()).await;
    let (customer, account) = both.customer(500).await.unwrap();
    assert_eq!(both.train(&customer, json!({})).await.unwrap().1, "ready");
    assert_eq!(both.funds(&account).await.unwrap(), [0, 0, 500, 500]);
    assert_eq!((container.jobs_of("cog"), both.gpu.jobs_of("replicate")), (0, 1));

    let alone = world("cog", vec![], container.as_cog()).await;
    let (customer, account) = alone.customer(500).await.unwrap();
    let refused = alone.create(&customer, json!({})).await.unwrap();
    assert_eq!(refused.outcome(), (500, "TRAINING_SUBMIT_FAILED"));
    assert!(refused.message().contains("its operator has to see to that"), "{}", refused.message());
    assert_eq!(alone.funds(&account).await.unwrap(), [500, 0, 0, 500]);
    assert_eq!(container.jobs_of("cog"), 0);
}

#[tokio::test]
async fn a_character_of_a_container_is_ready_when_its_weights_are_here_and_not_without() {
    let here = world("cog", vec![], vec![]).await;
    let (customer, account) = here.customer(530).await.unwrap();
    let (path, status) = here.train(&customer, json!({})).await.unwrap();
    assert_eq!(status, "ready");
    pictures(&customer, &path, "at the sea", 2).await;
    assert_eq!(here.funds(&account).await.unwrap(), [0, 0, 530, 530]);

    // A container that uploads nothing here: its weights are in its callback, or nowhere.
    let container = Gpu::start(Options::default()).unwrap();
    let nowhere = world("cog", vec![], container.as_cog()).await;
    let (customer, account) = nowhere.customer(500).await.unwrap();
    assert_eq!(nowhere.train(&customer, json!({})).await.unwrap().1, "failed");
    assert_eq!(nowhere.funds(&account).await.unwrap(), [500, 0, 0, 500]);
}
