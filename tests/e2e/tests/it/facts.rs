//! What the vendor's public pages say and no other test is about: names of fields, words of messages, defaults, file types.
//! `docs/api/facts.md` has all of it, with where each is proved.

use std::time::Duration;

use e2e::{Actor, Answer, Settings, World};
use gpu_sim::Misbehaviour;
use reqwest::Method;
use serde_json::{Value, json};

const FLUX: &str = "flux-2-pro-text-to-image";

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

async fn estimate(customer: &Actor, model: &str, input: Value) -> Answer {
    customer.post("/api/v1/estimate", &json!({ "model": model, "input": input })).await.unwrap()
}

async fn task(customer: &Actor, id: &Value) -> Answer {
    customer.get(&format!("/api/v1/tasks/{}", id.as_str().unwrap())).await.unwrap()
}

/// Waits until a task ended; the answer that shows it.
async fn ended(customer: &Actor, id: &Value) -> Answer {
    for _ in 0..300 {
        let shown = task(customer, id).await;
        if !matches!(shown.data().unwrap()["status"].as_str(), Some("pending" | "processing")) {
            return shown;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{id} has not ended after 30 seconds")
}

/// A world with fal.
async fn at_fal() -> World {
    let variables = vec![("providers", "fal".to_owned())];
    World::start(Settings { variables, ..Settings::default() }).await.unwrap()
}

/// Uploads a video; its public URL.
async fn upload(world: &World, customer: &Actor, content_type: &str, bytes: Vec<u8>) -> String {
    let announced = customer.post("/api/v1/upload", &json!({ "contentType": content_type })).await.unwrap();
    let data = announced.data().unwrap();
    let nobody = world.anybody().with_header("content-type", content_type);
    let put = nobody.send(Method::PUT, data["uploadUrl"].as_str().unwrap(), bytes).await.unwrap();
    assert_eq!(put.status, 200, "{}", put.json);
    data["publicUrl"].as_str().unwrap().to_owned()
}

fn film(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../fixtures/media/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A film whose header says that it plays so long, three seconds or more: its frames take three.
fn film_of(millis: u32) -> Vec<u8> {
    let mut film = film("video.mp4");
    let duration = place_of(&film, b"mvhd") + 20;
    film.splice(duration..duration + 4, millis.to_be_bytes());
    film
}

/// Where some bytes stand.
fn place_of(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes.windows(wanted.len()).position(|window| window == wanted).unwrap()
}

#[tokio::test]
async fn everything_but_the_models_needs_a_key_and_says_so_in_the_vendors_words() {
    let world = World::shared();
    let nobody = world.anybody();
    let routes = [
        (Method::POST, "/api/v1/generate"),
        (Method::POST, "/api/v1/estimate"),
        (Method::POST, "/api/v1/tools/lipsync"),
        (Method::POST, "/api/v1/tools/upscale-image"),
        (Method::POST, "/api/v1/tools/upscale-video"),
        (Method::POST, "/api/v1/upload"),
        (Method::POST, "/api/v1/characters/create"),
        (Method::GET, "/api/v1/characters/char_1"),
        (Method::POST, "/api/v1/characters/char_1/generate"),
        (Method::GET, "/api/v1/tasks/task_1"),
        (Method::GET, "/api/v1/credits"),
    ];
    for (method, path) in routes {
        let refused = nobody.send(method, path, Vec::new()).await.unwrap();
        assert_eq!(refused.outcome(), (401, "MISSING_AUTH_HEADER"), "{path}");
        assert_eq!((&refused.json["success"], refused.message()), (&json!(false), "Missing Authorization header"));
    }
    assert_eq!(nobody.get("/api/v1/models").await.unwrap().json["success"], true);

    let said = async |actor: &Actor| actor.get("/api/v1/credits").await.unwrap().message().to_owned();
    let form = said(&nobody.with_header("authorization", "Basic x")).await;
    assert!(form.starts_with("Invalid Authorization format"), "{form}");
    let key = said(&nobody.with_token("pk-1")).await;
    assert!(key.starts_with("Invalid API key format"), "{key}");
    assert_eq!(said(&nobody.with_token("sk-abc123def456")).await, "Invalid or inactive API key");
}

#[tokio::test]
async fn the_keys_of_an_account_share_its_credits_and_its_day() {
    let world = World::shared();
    let operator = world.operator();
    let account = json!({ "name": "a", "credits": 4_250, "requests_per_day": 2 });
    let opened = operator.post("/api/v1/admin/accounts", &account).await.unwrap();
    let keys = format!("/api/v1/admin/accounts/{}/keys", opened.data().unwrap()["account_id"].as_str().unwrap());
    let mut customers = Vec::new();
    for _ in 0..2 {
        let key = operator.post(&keys, &json!({})).await.unwrap();
        let key = key.data().unwrap()["key"].as_str().unwrap().to_owned();
        assert!(key.starts_with("sk-"), "the beginning only: the rest is a secret");
        customers.push(world.anybody().with_token(&key));
    }
    for (customer, left) in customers.iter().zip(["1", "0"]) {
        let credits = customer.get("/api/v1/credits").await.unwrap();
        assert_eq!(credits.json, json!({ "success": true, "data": { "credits": 4_250 } }));
        let answer = estimate(customer, FLUX, json!({ "prompt": "a fox" })).await;
        assert_eq!((answer.status.as_u16(), answer.header("x-ratelimit-remaining")), (200, left));
    }
    let refused = estimate(&customers[0], FLUX, json!({ "prompt": "a fox" })).await;
    assert_eq!(refused.outcome(), (429, "RATE_LIMITED"));
    assert_eq!((refused.header("x-ratelimit-limit"), refused.header("x-ratelimit-remaining")), ("2", "0"));
    let reset = refused.header("x-ratelimit-reset");
    assert_eq!(refused.message(), format!("Rate limit exceeded. Limit: 2/day. Resets at: {reset}"));
    let at: jiff::Timestamp = reset.parse().unwrap();
    assert!(at > jiff::Timestamp::now() && reset.ends_with("T00:00:00.000Z"), "{reset}");
}

#[tokio::test]
async fn what_is_generated_is_answered_and_refused_in_the_vendors_words() {
    let world = World::shared();
    let (customer, _) = world.customer(45).await.unwrap();
    let body = json!({ "model": FLUX, "input": { "prompt": "a fox", "resolution": "2K", "aspect_ratio": "16:9" } });
    let started = customer.post("/api/v1/generate", &body).await.unwrap();
    assert_eq!(started.status, 200);
    let data = started.data().unwrap();
    let fields = ["createdAt", "creditsRemaining", "creditsUsed", "id", "ignored", "model", "resolvedParams", "status"];
    assert_eq!(keys(data), fields);
    assert_eq!((&data["creditsUsed"], &data["creditsRemaining"]), (&json!(20), &json!(25)));
    assert_eq!((&data["resolvedParams"]["resolution"], &data["status"]), (&json!("2K"), &json!("pending")));
    assert_eq!(data["resolvedParams"]["aspect_ratio"], "16:9");

    let generate = async |body: &str| customer.send(Method::POST, "/api/v1/generate", body.into()).await.unwrap();
    let refused = generate("{").await;
    assert_eq!(refused.outcome(), (400, "INVALID_JSON"));
    assert!(refused.message().starts_with("Invalid JSON body"), "{}", refused.message());
    let flex = r#"{"model":"flux-2-flex-text-to-image","prompt":"a fox","input":{"resolution":"2K"}}"#;
    for (body, outcome, message) in [
        ("{}", (400, "MISSING_MODEL"), "model is required"),
        (r#"{"model":"flux-2-pro-text-to-image"}"#, (400, "MISSING_PROMPT"), "prompt is required"),
        (flex, (402, "INSUFFICIENT_CREDITS"), "Insufficient credits. Required: 75, Available: 25"),
    ] {
        let refused = generate(body).await;
        assert_eq!((refused.outcome(), refused.message()), (outcome, message));
    }
}

#[tokio::test]
async fn fields_of_other_models_are_taken_and_named_as_ignored() {
    let world = World::shared();
    let (customer, _) = world.customer(0).await.unwrap();
    let url = "https://example.com/a.png";
    let input = json!({
        "prompt": "a fox", "image_urls": [url], "reference_image_urls": [url], "reference_video_urls": [url],
        "reference_audio_urls": [url], "video_url": url, "audio_setting": "auto", "duration": 10, "aspect_ratio": "auto",
        "resolution": "1K", "output_format": "jpeg", "audio": true, "nsfw_checker": true,
    });
    let answer = estimate(&customer, "flux-2-pro-image-to-image", input).await;
    let data = answer.data().unwrap();
    let applied = json!({ "image_urls": [url], "aspect_ratio": "auto", "resolution": "1K", "output_format": "jpeg" });
    assert_eq!((&data["applied"], &data["credits"]), (&applied, &json!(15)));
    let ignored = [
        "audio",
        "audio_setting",
        "duration",
        "nsfw_checker",
        "reference_audio_urls",
        "reference_image_urls",
        "reference_video_urls",
        "video_url",
    ];
    assert_eq!(data["ignored"], json!(ignored));

    // The older form's `image` is a URL or the picture itself.
    for image in [url, "data:image/png;base64,iVBORw0KGgo="] {
        let options = json!({ "aspectRatio": "1:1", "duration": 15, "image": image });
        let body = json!({ "model": "flux-2-flex-image-to-image", "prompt": "a fox", "options": options });
        let answer = customer.post("/api/v1/estimate", &body).await.unwrap();
        let data = answer.data().unwrap();
        assert_eq!((&data["applied"]["image_urls"], &data["ignored"]), (&json!([image]), &json!(["duration"])));
    }
    // Neither capitals nor a name make a private address a public one.
    for private in ["HTTP://10.0.0.1/a.png", "https://metadata/a.png", "Http://box.internal/a.png"] {
        let refused =
            estimate(&customer, "flux-2-pro-image-to-image", json!({ "prompt": "a fox", "image_urls": [private] }))
                .await;
        assert_eq!(refused.outcome(), (400, "INVALID_IMAGE_URL"), "{private}");
    }
}

#[tokio::test]
async fn a_task_is_shown_with_the_vendors_fields_from_its_begin_to_its_end() {
    let world = World::shared();
    let (customer, _) = world.customer(100).await.unwrap();
    let start = async |prompt: &str| {
        let body = json!({ "model": FLUX, "input": { "prompt": prompt } });
        let started = customer.post("/api/v1/generate", &body).await.unwrap();
        started.data().unwrap()["id"].clone()
    };
    let id = start("sim:hang").await;
    let shown = task(&customer, &id).await;
    let data = shown.data().unwrap();
    assert!(matches!(data["status"].as_str(), Some("pending" | "processing")), "{data}");
    assert_eq!((&data["result"], &data["error"]), (&Value::Null, &Value::Null));
    for field in ["id", "model", "mediaType", "prompt", "createdAt", "resolvedParams"] {
        assert!(!data[field].is_null(), "{field}");
    }

    let shown = ended(&customer, &start("a fox").await).await;
    let data = shown.data().unwrap();
    assert_eq!((&data["status"], &data["error"]), (&json!("completed"), &Value::Null));
    assert_eq!((&data["result"]["type"], &data["mediaType"]), (&json!("image"), &json!("image")));
    assert!(data["result"]["url"].is_string() && data["result"]["expires_at"].is_string(), "{data}");

    let shown = ended(&customer, &start("sim:fail").await).await;
    assert_eq!((shown.status.as_u16(), &shown.json["success"]), (200, &json!(true)), "a failed task is shown, too");
    let data = shown.data().unwrap();
    assert_eq!((&data["status"], &data["result"]), (&json!("failed"), &Value::Null));
    assert_eq!(keys(&data["error"]), ["code", "key", "message"]);
    let unknown = task(&customer, &json!("abc123")).await;
    assert_eq!(unknown.outcome(), (404, "TASK_NOT_FOUND"));
}

#[tokio::test]
async fn a_song_has_the_vendors_fields_in_simple_mode() {
    let world = at_fal().await;
    let (customer, _) = world.customer(15).await.unwrap();
    let input = json!({ "prompt": "rain on a roof", "custom_mode": false, "instrumental": true });
    let body = json!({ "model": "suno-v5-generate-music", "input": input });
    let started = customer.post("/api/v1/generate", &body).await.unwrap();
    let shown = ended(&customer, &started.data().unwrap()["id"]).await;
    let data = shown.data().unwrap();
    assert_eq!((&data["status"], &data["mediaType"]), (&json!("completed"), &json!("music")));
    assert!(data["result"].get("url").is_none(), "{data}");
    let songs = data["result"]["songs"].as_array().unwrap();
    assert_eq!(songs.len(), 1);
    for song in songs {
        assert_eq!(keys(song), ["audio_url", "duration", "image_url", "prompt", "tags", "title"]);
        assert_eq!((&song["prompt"], &song["title"]), (&json!("[Instrumental]"), &songs[0]["title"]));
    }
}

#[tokio::test]
async fn a_video_that_is_longer_than_what_was_paid_for_is_withheld() {
    let variables = vec![("providers", "fal".to_owned())];
    let misbehaviour = vec![Misbehaviour::Long];
    let world = World::start(Settings { variables, misbehaviour, ..Settings::default() }).await.unwrap();
    let (customer, account) = world.customer(100).await.unwrap();
    let body = json!({ "video_url": upload(&world, &customer, "video/mp4", film_of(3_500)).await });
    let started = customer.post("/api/v1/tools/upscale-video", &body).await.unwrap();
    let shown = ended(&customer, &started.data().unwrap()["id"]).await;
    assert_eq!(shown.data().unwrap()["status"], "failed", "{}", shown.json);
    assert_eq!(world.funds(&account).await.unwrap(), [100, 0, 0, 100]);
    // The operator is told, once, however often it is looked at again.
    let path = "/api/v1/admin/withheld";
    task(&customer, &started.data().unwrap()["id"]).await;
    world.operator().post("/api/v1/admin/reconcile", &json!({ "all": true })).await.unwrap();
    let told = world.operator().get(path).await.unwrap().data().unwrap()["withheld"].clone();
    assert_eq!(told.as_array().unwrap().len(), 1, "{told:#}");
    let one = &told[0];
    assert_eq!(keys(one), ["account_id", "at", "came", "expected", "model", "provider", "task_id"]);
    assert_eq!((&one["account_id"], &one["task_id"]), (&json!(account), &started.data().unwrap()["id"]));
    assert_eq!((&one["model"], &one["provider"]), (&json!("topaz-video-upscale"), &json!("fal")));
    assert_eq!(one["expected"], "1 video of 4.0 s");
    let came = one["came"].as_str().unwrap();
    let plays = came.strip_prefix("a file that plays ").and_then(|rest| rest.strip_suffix(" s")).unwrap();
    assert!(plays.parse::<f64>().unwrap() > 4.0, "{came}");
    assert_eq!(customer.get(path).await.unwrap().outcome(), (401, "INVALID_ADMIN_TOKEN"));
}

#[tokio::test]
async fn a_video_is_upscaled_by_the_second() {
    let world = at_fal().await;
    let (customer, account) = world.customer(100).await.unwrap();
    let body = json!({ "video_url": upload(&world, &customer, "video/mp4", film_of(3_500)).await });
    let started = customer.post("/api/v1/tools/upscale-video", &body).await.unwrap();
    let data = started.data().unwrap();
    assert_eq!(
        (&data["status"], &data["model"], &data["creditsUsed"], &data["creditsRemaining"]),
        (&json!("pending"), &json!("topaz-video-upscale"), &json!(64), &json!(36))
    );
    let input = json!({
        "video_url": body["video_url"], "upscale_factor": "2", "detected_duration": "3.5s", "billed_seconds": 4,
        "credits_per_second": 16,
    });
    assert_eq!(data["input"], input);
    let shown = ended(&customer, &data["id"]).await;
    let data = shown.data().unwrap();
    assert_eq!((&data["status"], &data["mediaType"]), (&json!("completed"), &json!("video")));
    assert_eq!(data["result"]["type"], "video");
    let made = world.anybody().get(data["result"]["url"].as_str().unwrap()).await.unwrap();
    assert_eq!(made.header("content-type"), "video/mp4");
    assert_eq!(world.funds(&account).await.unwrap(), [36, 0, 64, 100]);
    let job = world.gpu.simulator.jobs().pop().unwrap();
    assert_eq!((&job.input["upscale_factor"], &job.input["video_url"]), (&json!(2), &body["video_url"]));

    let of = async |factor: Value, url: String| {
        let input = json!({ "video_url": url, "upscale_factor": factor });
        estimate(&customer, "topaz-video-upscale", input).await
    };
    for (factor, name, credits) in [("1", "video.mov", 48), ("2", "video.webm", 48), ("4", "video.mp4", 84)] {
        let answer = of(json!(factor), world.photos.url(&format!("parts/{name}"))).await;
        assert_eq!(answer.data().unwrap()["credits"], credits, "{factor} {name}");
    }
    let (longest, longer) = (film_of(60_000), film_of(60_001));
    let longest = of(json!("4"), upload(&world, &customer, "video/mp4", longest).await).await;
    assert_eq!(longest.data().unwrap()["credits"], 1_680);
    let longer = of(json!("4"), upload(&world, &customer, "video/mp4", longer).await).await;
    assert_eq!(longer.message(), "`video_url` is 60.1 s long; the limit is 60 s");
    for (factor, name) in
        [(json!("8"), "parts/video.mp4"), (json!(2), "parts/video.mp4"), (json!("2"), "portrait-01.jpg")]
    {
        assert_eq!(of(factor, world.photos.url(name)).await.outcome(), (400, "INVALID_REQUEST"), "{name}");
    }
}

#[tokio::test]
async fn lip_sync_answers_with_the_vendors_fields_and_takes_its_files() {
    let world = World::shared();
    let (customer, _) = world.customer(51).await.unwrap();
    let audio = world.photos.url("media/sound.wav");
    let body = json!({ "video_url": world.photos.url("media/video.mp4"), "audio_url": audio });
    let done = customer.post("/api/v1/tools/lipsync", &body).await.unwrap();
    let data = done.data().unwrap();
    let fields = ["createdAt", "creditsRemaining", "creditsUsed", "id", "ignored", "model", "output", "status"];
    assert_eq!((keys(data), keys(&data["output"])), (fields.to_vec(), vec!["duration", "url"]));
    // What was waited for is a task like any other.
    assert_eq!(task(&customer, &data["id"]).await.data().unwrap()["status"], "completed");

    // An M4V is an MP4 with another brand, a Matroska file a WebM with another type.
    let (mut m4v, mut mkv) = (film("video.mp4"), film("video.webm"));
    m4v.splice(8..12, *b"M4V ");
    let kind = place_of(&mkv, b"webm");
    mkv.splice(kind - 1..kind + 4, *b"\x88matroska");
    mkv[4] += 4;
    let m4v = upload(&world, &customer, "video/mp4", m4v).await;
    let mkv = upload(&world, &customer, "video/webm", mkv).await;
    for video in [m4v, mkv] {
        let answer = estimate(&customer, "lipsync", json!({ "video_url": video, "audio_url": audio })).await;
        let data = answer.data().unwrap();
        assert_eq!((&data["credits"], &data["applied"]["sync_mode"]), (&json!(50), &json!("cut_off")));
    }
    for (millis, credits) in [(5_001, 100), (30_000, 300)] {
        let video = upload(&world, &customer, "video/mp4", film_of(millis)).await;
        let answer = estimate(&customer, "lipsync", json!({ "video_url": video, "audio_url": audio })).await;
        assert_eq!(answer.data().unwrap()["credits"], credits, "{millis}");
    }
    let long = upload(&world, &customer, "video/mp4", film_of(30_001)).await;
    for video in [long, world.photos.url("gif.jpg"), "data:video/mp4;base64,AAAA".to_owned()] {
        let answer = estimate(&customer, "lipsync", json!({ "video_url": video, "audio_url": audio })).await;
        assert_eq!(answer.outcome(), (400, "INVALID_REQUEST"), "{video}");
    }
}

#[tokio::test]
async fn a_picture_is_upscaled_with_the_vendors_fields() {
    let world = World::shared();
    let (customer, _) = world.customer(40).await.unwrap();
    let url = world.photos.url("portrait-04.png");
    let started = customer.post("/api/v1/tools/upscale-image", &json!({ "image_url": url })).await.unwrap();
    let data = started.data().unwrap();
    let fields = ["createdAt", "creditsRemaining", "creditsUsed", "id", "ignored", "input", "model", "status"];
    assert_eq!((started.status.as_u16(), keys(data)), (200, fields.to_vec()));
    let input = &data["input"];
    assert_eq!(keys(input), ["detected_dimensions", "image_url", "output_tier", "upscale_factor"]);
    assert_eq!((&input["image_url"], &input["upscale_factor"]), (&json!(url), &json!("2")));

    for name in ["portrait-01.jpg", "portrait-04.png", "portrait-05.webp"] {
        for factor in ["1", "2", "4"] {
            let input = json!({ "image_url": world.photos.url(name), "upscale_factor": factor });
            assert_eq!(estimate(&customer, "topaz-image-upscale", input).await.status, 200, "{name} {factor}");
        }
    }
    let again = json!({ "model": "topaz-image-upscale", "input": { "image_url": url } });
    let started = customer.post("/api/v1/generate", &again).await.unwrap();
    assert_eq!(started.data().unwrap()["creditsUsed"], 20);
}

#[tokio::test]
async fn a_tool_that_fails_costs_nothing() {
    let (variables, misbehaviour) = (vec![("providers", "fal".to_owned())], vec![Misbehaviour::Fail]);
    let world = World::start(Settings { variables, misbehaviour, ..Settings::default() }).await.unwrap();
    let (customer, account) = world.customer(200).await.unwrap();
    let [video, audio, image] =
        ["media/video.mp4", "media/sound.wav", "portrait-04.png"].map(|name| world.photos.url(name));

    let body = json!({ "video_url": video, "audio_url": audio });
    let waited_for = customer.post("/api/v1/tools/lipsync", &body).await.unwrap();
    assert_eq!(waited_for.outcome(), (500, "GENERATION_FAILED"));
    assert_eq!(world.funds(&account).await.unwrap(), [200, 0, 0, 200]);

    let bodies = [("image", json!({ "image_url": image })), ("video", json!({ "video_url": video }))];
    for (kind, body) in bodies {
        let started = customer.post(&format!("/api/v1/tools/upscale-{kind}"), &body).await.unwrap();
        let shown = ended(&customer, &started.data().unwrap()["id"]).await;
        let data = shown.data().unwrap();
        assert_eq!((&data["status"], &data["creditsUsed"]), (&json!("failed"), &json!(0)), "{kind}");
        assert_eq!(world.funds(&account).await.unwrap(), [200, 0, 0, 200], "{kind}");
    }
}

#[tokio::test]
async fn every_type_of_file_can_be_announced_up_to_its_size() {
    let world = World::shared();
    let (customer, _) = world.customer(1).await.unwrap();
    let images = ["jpeg", "png", "webp", "gif", "avif", "heic", "heif"].map(|name| (format!("image/{name}"), 20));
    let videos = ["mp4", "quicktime", "webm"].map(|name| (format!("video/{name}"), 100));
    let sounds = ["mpeg", "wav"].map(|name| (format!("audio/{name}"), 20));
    for (name, megabytes) in images.into_iter().chain(videos).chain(sounds) {
        let body = |bytes: u64| json!({ "contentType": name, "sizeBytes": bytes });
        let announced = customer.post("/api/v1/upload", &body(megabytes * 1_000_000)).await.unwrap();
        assert_eq!(keys(announced.data().unwrap()), ["expiresAt", "key", "publicUrl", "uploadUrl"], "{name}");
        let refused = customer.post("/api/v1/upload", &body(megabytes * 1_000_000 + 1)).await.unwrap();
        assert_eq!(refused.outcome(), (400, "INVALID_REQUEST"), "{name}");
    }
}
