//! `/generate`, `/estimate`, `/models` and the tools.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use e2e::{Actor, Settings, World};
use reqwest::Method;
use serde_json::{Value, json};

/// Waits until a task ended; as it is shown then.
pub(crate) async fn ended(customer: &Actor, id: &Value) -> Value {
    let path = format!("/api/v1/tasks/{}", id.as_str().unwrap());
    for _ in 0..300 {
        let task = customer.get(&path).await.unwrap().data().unwrap().clone();
        if !matches!(task.get("status").and_then(Value::as_str), Some("pending" | "processing")) {
            return task;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{path} has not ended after 30 seconds")
}

async fn with(providers: &str) -> World {
    let variables = vec![("providers", providers.to_owned())];
    World::start(Settings { variables, ..Settings::default() }).await.unwrap()
}

#[tokio::test]
async fn flux_makes_pictures_at_every_provider_that_has_it() {
    for providers in ["replicate", "fal"] {
        let world = with(providers).await;
        let (customer, account) = world.customer(100).await.unwrap();
        let input =
            json!({ "prompt": "a fox in the snow", "resolution": "2K", "aspect_ratio": "16:9", "mood": "calm" });
        let body = json!({ "model": "flux-2-pro-text-to-image", "input": input });
        let estimate = customer.post("/api/v1/estimate", &body).await.unwrap();
        let estimate = estimate.data().unwrap().clone();
        assert_eq!((&estimate["credits"], &estimate["ignored"]), (&json!(20), &json!(["mood"])));
        assert_eq!(world.funds(&account).await.unwrap(), [100, 0, 0, 100], "an estimate creates nothing");

        let started = customer.post("/api/v1/generate", &body).await.unwrap();
        let data = started.data().unwrap().clone();
        assert_eq!(
            (&data["status"], &data["creditsUsed"], &data["creditsRemaining"]),
            (&json!("pending"), &json!(20), &json!(80))
        );
        assert_eq!((&data["resolvedParams"], &data["ignored"]), (&estimate["applied"], &estimate["ignored"]));
        assert_eq!(started.header("location"), format!("/api/v1/tasks/{}", data["id"].as_str().unwrap()));

        let task = ended(&customer, &data["id"]).await;
        assert_eq!(
            (&task["status"], &task["mediaType"], &task["error"]),
            (&json!("completed"), &json!("image"), &Value::Null)
        );
        assert_eq!(
            (&task["model"], &task["prompt"]),
            (&json!("flux-2-pro-text-to-image"), &json!("a fox in the snow"))
        );
        let picture = world.anybody().get(task["result"]["url"].as_str().unwrap()).await.unwrap();
        assert_eq!(picture.header("content-type"), "image/png");
        let decoded = image::load_from_memory(&picture.bytes).unwrap();
        assert!(decoded.width() > decoded.height() && decoded.width() >= 2_000, "{providers}");
        assert_eq!(world.funds(&account).await.unwrap(), [80, 0, 20, 100]);
    }
}

#[tokio::test]
async fn what_cannot_be_generated_is_told_and_costs_nothing() {
    let world = World::shared();
    let (customer, account) = world.customer(10).await.unwrap();
    let model = "flux-2-pro-text-to-image";
    let cases = [
        (json!({}), 400, "MISSING_MODEL"),
        (json!({ "model": " " }), 400, "MISSING_MODEL"),
        (json!({ "model": "sora-9", "input": { "prompt": "a fox" } }), 400, "INVALID_MODEL"),
        (json!({ "model": model }), 400, "MISSING_PROMPT"),
        (json!({ "model": model, "input": { "prompt": "a" } }), 400, "INVALID_REQUEST"),
        (json!({ "model": model, "input": { "prompt": "a fox", "resolution": "8K" } }), 400, "INVALID_REQUEST"),
        (json!({ "model": model, "input": { "prompt": "a fox", "seed": 1.5 } }), 400, "INVALID_REQUEST"),
        (json!({ "model": model, "input": [] }), 400, "INVALID_REQUEST"),
        (json!({ "model": model, "input": { "prompt": "a fox" }, "speed": 1 }), 400, "INVALID_REQUEST"),
        (
            json!({ "model": model, "input": { "prompt": "a fox" }, "webhook_url": "ftp://x" }),
            400,
            "INVALID_WEBHOOK_URL",
        ),
        (
            json!({ "model": "flux-2-pro-image-to-image", "input": { "prompt": "a fox", "image_urls": ["http://10.0.0.1/a.png"] } }),
            400,
            "INVALID_IMAGE_URL",
        ),
        (json!({ "model": model, "input": { "prompt": "a fox" } }), 402, "INSUFFICIENT_CREDITS"),
    ];
    for (body, status, code) in cases {
        assert_eq!(customer.post("/api/v1/generate", &body).await.unwrap().outcome(), (status, code), "{body}");
        if status == 400 {
            assert_eq!(customer.post("/api/v1/estimate", &body).await.unwrap().outcome(), (status, code), "{body}");
        }
    }
    assert_eq!(world.funds(&account).await.unwrap(), [10, 0, 0, 10]);
}

#[tokio::test]
async fn the_older_forms_of_the_body_are_the_same_request() {
    let world = World::shared();
    let (customer, _) = world.customer(0).await.unwrap();
    let expected = json!({ "aspect_ratio": "9:16", "output_format": "png", "resolution": "2K" });
    for body in [
        json!({ "model": "flux-2-pro-text-to-image", "input": { "prompt": "a fox", "aspect_ratio": "9:16", "resolution": "2K" } }),
        json!({ "model": "flux-2-pro-text-to-image", "prompt": "a fox", "input": { "aspect_ratio": "9:16", "resolution": "2K" } }),
        json!({ "model": "flux-2/pro-text-to-image", "prompt": "a fox", "options": { "aspectRatio": "9:16", "resolution": "2K" } }),
    ] {
        let estimate = customer.post("/api/v1/estimate", &body).await.unwrap();
        assert_eq!(estimate.data().unwrap()["applied"], expected, "{body}");
    }
}

#[tokio::test]
async fn a_picture_can_come_with_the_request_itself() {
    let world = World::shared();
    let (customer, _) = world.customer(100).await.unwrap();
    let png = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/photos/portrait-05.webp")).unwrap();
    let data = format!("data:image/webp;base64,{}", STANDARD.encode(&png));
    let body = json!({ "model": "flux-2-pro-image-to-image", "input": { "prompt": "a fox", "image_urls": [data] } });
    let started = customer.post("/api/v1/generate", &body).await.unwrap();
    let url = started.data().unwrap()["resolvedParams"]["image_urls"][0].as_str().unwrap().to_owned();
    assert_eq!(world.anybody().get(&url).await.unwrap().bytes, png);
    assert_eq!(ended(&customer, &started.data().unwrap()["id"]).await["status"], "completed");
}

#[tokio::test]
async fn music_is_a_song_with_a_cover_at_every_provider_that_has_it() {
    for providers in ["replicate", "fal"] {
        song_with_cover(&with(providers).await).await;
    }
}

async fn song_with_cover(world: &World) {
    let (customer, account) = world.customer(30).await.unwrap();
    let input = json!({ "custom_mode": true, "prompt": "la la la", "style": "jazz", "title": "Rain <b>" });
    let body = json!({ "model": "suno-v5-generate-music", "input": input });
    let started = customer.post("/api/v1/generate", &body).await.unwrap();
    let task = ended(&customer, &started.data().unwrap()["id"]).await;
    assert_eq!(
        (&task["status"], &task["mediaType"], &task["creditsUsed"]),
        (&json!("completed"), &json!("music"), &json!(15))
    );
    let songs = task["result"]["songs"].as_array().unwrap();
    assert_eq!(songs.len(), 1);
    for song in songs {
        assert_eq!((&song["title"], &song["duration"]), (&json!("Rain <b>"), &json!(3.0)));
        assert!(song["tags"].as_str().unwrap().contains("jazz"), "{song}");
        let sound = world.anybody().get(song["audio_url"].as_str().unwrap()).await.unwrap();
        assert_eq!((sound.header("content-type"), &sound.bytes[..4]), ("audio/wav", b"RIFF".as_slice()));
        assert!(!e2e::is_marked(&sound.bytes), "only pictures are marked");
        let cover = world.anybody().get(song["image_url"].as_str().unwrap()).await.unwrap();
        assert_eq!(cover.header("content-type"), "image/svg+xml");
        let cover = String::from_utf8(cover.bytes).unwrap();
        assert!(cover.contains("Rain &lt;b&gt;") && cover.contains("/algorithmicMedia\""), "{cover}");
    }
    assert_eq!(world.funds(&account).await.unwrap(), [15, 0, 15, 30]);
}

#[tokio::test]
async fn a_run_that_fails_gives_its_credits_back() {
    let world = World::shared();
    let (customer, account) = world.customer(20).await.unwrap();
    let body = json!({ "model": "flux-2-pro-text-to-image", "input": { "prompt": "sim:fail" } });
    // Whether it fails before or after its answer is the provider's to say.
    let started = customer.post("/api/v1/generate", &body).await.unwrap();
    assert!([(200, ""), (500, "GENERATION_FAILED")].contains(&started.outcome()), "{}", started.json);
    let listed = customer.get("/api/v1/tasks").await.unwrap().data().unwrap()["tasks"].clone();
    let task = ended(&customer, &listed[0]["id"]).await;
    assert_eq!((&task["status"], &task["error"]["code"]), (&json!("failed"), &json!("GENERATION_FAILED")));
    assert_eq!((&task["error"]["key"], &task["result"]), (&json!("generic"), &Value::Null));
    assert_eq!(world.funds(&account).await.unwrap(), [20, 0, 0, 20]);
}

#[tokio::test]
async fn the_same_request_again_is_the_same_task() {
    let world = World::shared();
    let (customer, account) = world.customer(100).await.unwrap();
    let named = customer.with_header("idempotency-key", "one-fox");
    let body = json!({ "model": "flux-2-pro-text-to-image", "input": { "prompt": "a fox" } });
    let first = named.post("/api/v1/generate", &body).await.unwrap();
    let again = named.post("/api/v1/generate", &body).await.unwrap();
    assert_eq!(first.data().unwrap(), again.data().unwrap());
    assert_eq!(again.header("idempotent-replayed"), "true");
    ended(&customer, &first.data().unwrap()["id"]).await;
    assert_eq!(world.funds(&account).await.unwrap(), [85, 0, 15, 100]);
}

#[tokio::test]
async fn lipsync_costs_by_the_length_of_its_video() {
    let world = World::shared();
    let (customer, account) = world.customer(200).await.unwrap();
    let audio = world.photos.url("media/cbr.mp3");
    for name in ["video.mp4", "faststart.mp4", "video.mov", "video.webm"] {
        for folder in ["media", "parts"] {
            let input = json!({ "video_url": world.photos.url(&format!("{folder}/{name}")), "audio_url": audio });
            let estimate = customer.post("/api/v1/estimate", &json!({ "model": "lipsync", "input": input })).await;
            assert_eq!(estimate.unwrap().data().unwrap()["credits"], 50, "{folder}/{name}");
        }
    }
    let body = json!({ "video_url": world.photos.url("parts/video.mp4"), "audio_url": audio, "sync_mode": "loop" });
    let done = customer.post("/api/v1/tools/lipsync", &body).await.unwrap();
    let data = done.data().unwrap();
    assert_eq!((done.status.as_u16(), &data["status"], &data["model"]), (200, &json!("completed"), &json!("lipsync")));
    assert_eq!(
        (&data["creditsUsed"], &data["creditsRemaining"], &data["output"]["duration"]),
        (&json!(50), &json!(150), &json!(2.0))
    );
    let video = world.anybody().get(data["output"]["url"].as_str().unwrap()).await.unwrap();
    assert_eq!((video.header("content-type"), &video.bytes[4..8]), ("video/mp4", b"ftyp".as_slice()));
    assert_eq!(world.funds(&account).await.unwrap(), [150, 0, 50, 200]);

    let later = customer.with_header("prefer", "respond-async").post("/api/v1/tools/lipsync", &body).await.unwrap();
    let task = ended(&customer, &later.data().unwrap()["id"]).await;
    assert_eq!((&task["result"]["type"], &task["result"]["duration"]), (&json!("video"), &json!(2.0)));
    for (video, why) in [("portrait-01.jpg", "does not say"), ("media/nothing.mp4", "404")] {
        let body = json!({ "video_url": world.photos.url(video), "audio_url": audio });
        let refused = customer.post("/api/v1/tools/lipsync", &body).await.unwrap();
        assert_eq!(refused.outcome(), (400, "INVALID_REQUEST"), "{video}");
        assert!(refused.message().contains("`video_url`"), "{video} {why}: {}", refused.message());
    }
}

#[tokio::test]
async fn lipsync_costs_by_its_sound_where_that_makes_it_longer() {
    let world = World::shared();
    let (customer, account) = world.customer(100).await.unwrap();
    let estimate = async |audio: &str, mode: &str| {
        let (video, audio) = (world.photos.url("media/video.mp4"), world.photos.url(audio));
        let input = json!({ "video_url": video, "audio_url": audio, "sync_mode": mode });
        customer.post("/api/v1/estimate", &json!({ "model": "lipsync", "input": input })).await.unwrap()
    };
    for sound in ["sound.wav", "cbr.mp3", "vbr.mp3", "sound.ogg", "sound.m4a", "sound.flac"] {
        let answer = estimate(&format!("media/{sound}"), "loop").await;
        assert_eq!(answer.data().unwrap()["credits"], 50, "{sound}");
    }
    assert_eq!(estimate("sounds/three-seconds.aac", "remap").await.data().unwrap()["credits"], 50);
    for (mode, credits) in
        [("cut_off", 50), ("loop", 36_000), ("bounce", 36_000), ("silence", 36_000), ("remap", 36_000)]
    {
        assert_eq!(estimate("sounds/hour.mp3", mode).await.data().unwrap()["credits"], credits, "{mode}");
    }
    for (sound, why) in [("page.jpg", "not of a type"), ("sounds/none.mp3", "404"), ("half/media.mp3", "is empty")] {
        let refused = estimate(sound, "cut_off").await;
        assert_eq!(refused.outcome(), (400, "INVALID_REQUEST"), "{sound}");
        let message = refused.message();
        assert!(message.starts_with("`audio_url`: the file ") && message.contains(why), "{message}");
    }
    let body = json!({
        "video_url": world.photos.url("media/video.mp4"),
        "audio_url": world.photos.url("sounds/hour.mp3"),
        "sync_mode": "loop",
    });
    let refused = customer.post("/api/v1/tools/lipsync", &body).await.unwrap();
    assert_eq!(refused.outcome(), (402, "INSUFFICIENT_CREDITS"));
    assert_eq!(world.funds(&account).await.unwrap(), [100, 0, 0, 100]);
}

#[tokio::test]
async fn what_is_measured_is_what_the_provider_gets() {
    let world = with("fal").await;
    let (customer, account) = world.customer(200).await.unwrap();
    let (video, audio) = (world.photos.url("media/video.mp4"), world.photos.url("media/sound.wav"));
    let bytes = async |url: &Value| world.anybody().get(url.as_str().unwrap()).await.unwrap().bytes;
    let body = json!({ "video_url": video, "audio_url": audio });
    let done = customer.post("/api/v1/tools/lipsync", &body).await.unwrap();
    assert_eq!(done.status, 200, "{}", done.json);
    let job = world.gpu.simulator.jobs().pop().unwrap();
    assert!(job.input["video_url"].as_str().unwrap().starts_with(&format!("{}/uploads/", world.base)), "{}", job.input);
    assert_eq!(bytes(&job.input["video_url"]).await, bytes(&json!(video)).await);
    let task = ended(&customer, &done.data().unwrap()["id"]).await;
    assert_eq!(task["resolvedParams"]["video_url"], json!(video), "its owner sees what was asked for");

    let image = world.photos.url("unsized/portrait-01.jpg");
    let body = json!({ "model": "topaz-image-upscale", "input": { "image_url": image } });
    let started = customer.post("/api/v1/generate", &body).await.unwrap();
    ended(&customer, &started.data().unwrap()["id"]).await;
    let job = world.gpu.simulator.jobs().pop().unwrap();
    assert_ne!(job.input["image_url"], json!(image));
    assert_eq!(bytes(&job.input["image_url"]).await, bytes(&json!(image)).await);
    assert_eq!(world.funds(&account).await.unwrap(), [130, 0, 70, 200]);

    // For who cannot pay, nothing is copied; and an estimate copies nothing.
    let (poor, _) = world.customer(19).await.unwrap();
    let asked = world.photos.requests();
    let body = json!({ "image_url": world.photos.url("portrait-01.jpg") });
    let refused = poor.post("/api/v1/tools/upscale-image", &body).await.unwrap();
    assert_eq!((refused.outcome(), world.photos.requests()), ((402, "INSUFFICIENT_CREDITS"), asked));
}

#[tokio::test]
async fn a_film_that_is_another_one_the_second_time_is_paid_for_as_it_was_measured() {
    let world = with("fal").await;
    let (customer, _) = world.customer(100).await.unwrap();
    let body = json!({ "video_url": world.photos.url("other/video.mp4") });
    let started = customer.post("/api/v1/tools/upscale-video", &body).await.unwrap();
    let data = started.data().unwrap();
    assert_eq!((&data["creditsUsed"], &data["input"]["billed_seconds"]), (&json!(48), &json!(3)));
    let job = world.gpu.simulator.jobs().pop().unwrap();
    let sent = world.anybody().get(job.input["video_url"].as_str().unwrap()).await.unwrap();
    assert_eq!(sent.header("content-type"), "video/mp4");
    assert_eq!(sent.bytes, std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/media/video.mp4")).unwrap());
}

#[tokio::test]
async fn upscaling_costs_by_what_comes_out() {
    let world = World::shared();
    let (customer, account) = world.customer(100).await.unwrap();
    let body = json!({ "image_url": world.photos.url("portrait-01.jpg"), "upscale_factor": "2" });
    let started = customer.post("/api/v1/tools/upscale-image", &body).await.unwrap();
    let data = started.data().unwrap();
    assert_eq!((&data["status"], &data["model"]), (&json!("pending"), &json!("topaz-image-upscale")));
    assert!(data["input"]["detected_dimensions"].as_str().unwrap().contains('\u{d7}'), "{data}");
    assert_eq!(data["creditsUsed"], 20);
    let task = ended(&customer, &data["id"]).await;
    assert_eq!((&task["status"], &task["result"]["type"]), (&json!("completed"), &json!("image")));
    assert_eq!(world.funds(&account).await.unwrap(), [80, 0, 20, 100]);
    let body = json!({ "image_url": world.photos.url("portrait-01.jpg"), "upscale_factor": "8" });
    let refused = customer.post("/api/v1/tools/upscale-image", &body).await.unwrap();
    assert_eq!(refused.outcome(), (400, "INVALID_REQUEST"));
    assert_eq!(customer.post("/api/v1/tools/mix", &body).await.unwrap().outcome(), (404, "NOT_FOUND"));
}

#[tokio::test]
async fn what_is_only_measured_need_not_say_its_size() {
    let world = World::shared();
    let (customer, _) = world.customer(0).await.unwrap();
    for name in ["portrait-01.jpg", "portrait-04.png", "portrait-05.webp"] {
        let input = json!({ "image_url": world.photos.url(&format!("unsized/{name}")) });
        let body = json!({ "model": "topaz-image-upscale", "input": input });
        assert_eq!(customer.post("/api/v1/estimate", &body).await.unwrap().data().unwrap()["credits"], 20, "{name}");
    }
}

#[tokio::test]
async fn each_provider_alone_has_a_model_for_everything_and_a_container_says_what_is_missing() {
    const ALL: [&str; 6] = ["text_to_image", "image_to_image", "music", "lipsync", "image_upscale", "video_upscale"];
    for providers in ["replicate", "fal", "replicate,cog"] {
        let listed = with(providers).await.anybody().get("/api/v1/models").await.unwrap();
        let data = listed.data().unwrap();
        let kinds: Vec<&str> =
            data["models"].as_array().unwrap().iter().map(|model| model["kind"].as_str().unwrap()).collect();
        assert!(ALL.iter().all(|kind| kinds.contains(kind)), "{providers}: {kinds:?}");
        assert_eq!(data["missing"], json!([]), "{providers}");
    }
    let world = with("cog").await;
    let listed = world.anybody().get("/api/v1/models").await.unwrap();
    assert_eq!(listed.data().unwrap()["models"], json!([]));
    let missing = listed.data().unwrap()["missing"].as_array().unwrap().clone();
    assert_eq!(missing.iter().map(|missing| missing["kind"].as_str().unwrap()).collect::<Vec<_>>(), ALL);
    assert!(missing.iter().all(|missing| missing["reason"].as_str().unwrap().contains("(cog)")), "{missing:?}");
    let songs = world.anybody().get("/api/v1/models?type=music").await.unwrap();
    assert_eq!(songs.data().unwrap()["missing"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn models_are_listed_for_everybody_and_a_deployment_can_add_its_own() {
    let world = with("replicate").await;
    let list = async |query: &str| {
        let models = world.anybody().get(&format!("/api/v1/models{query}")).await.unwrap();
        let models = models.data().unwrap()["models"].as_array().unwrap().clone();
        models.iter().map(|model| model["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(list("").await.contains(&"flux-2-pro-text-to-image".to_owned()));
    assert_eq!(list("?type=music").await, ["suno-v5-generate-music"]);
    assert_eq!(list("?type=video").await, ["topaz-video-upscale", "lipsync"]);
    let refused = world.anybody().get("/api/v1/models?type=text").await.unwrap();
    assert_eq!(refused.outcome(), (400, "INVALID_REQUEST"));

    let own = json!({ "models": [{
        "id": "house-style", "name": "Our style", "media": "image",
        "input": [{ "name": "prompt", "type": "text", "required": true, "min": 1, "max": 100, "description": "What." }],
        "price": { "flat": { "credits": 3 } },
        "providers": { "replicate": { "model": "black-forest-labs/flux-2-pro", "fields": [{ "from": "prompt" }] } },
    }] });
    let put = async |body: &Value| {
        let operator = world.operator();
        operator.send(Method::PUT, "/api/v1/admin/models", body.to_string().into_bytes()).await.unwrap()
    };
    assert_eq!(put(&own).await.data().unwrap()["models"], 1);
    assert!(list("").await.contains(&"house-style".to_owned()));
    let mut wrong = own.clone();
    wrong["models"][0]["price"]["flat"]["credits"] = json!(0);
    let refused = put(&wrong).await;
    assert_eq!(refused.outcome(), (400, "INVALID_REQUEST"));
    assert!(refused.message().contains("house-style"), "{}", refused.message());
    let shown = world.operator().get("/api/v1/admin/models").await.unwrap();
    assert_eq!(shown.data().unwrap(), &own);

    let (customer, account) = world.customer(3).await.unwrap();
    let body = json!({ "model": "house-style", "prompt": "a fox" });
    let started = customer.post("/api/v1/generate", &body).await.unwrap();
    assert_eq!(ended(&customer, &started.data().unwrap()["id"]).await["status"], "completed");
    assert_eq!(world.funds(&account).await.unwrap(), [0, 0, 3, 3]);
    let anybody = world.anybody().send(Method::PUT, "/api/v1/admin/models", b"{}".to_vec()).await.unwrap();
    assert_eq!(anybody.outcome().0, 401);
}

#[tokio::test]
async fn what_is_on_photos_is_told_where_the_operator_has_a_model_for_it() {
    let world = with("replicate").await;
    let (customer, account) = world.customer(20).await.unwrap();
    let photo = |name: &str| world.photos.url(&format!("portrait-01.jpg?{name}"));
    let photos = [photo("her"), photo("nobody"), photo("crowd-far-shades")];
    let body = json!({ "model": "photo-inspection", "input": { "image_urls": photos } });
    let unknown = customer.post("/api/v1/generate", &body).await.unwrap();
    assert_eq!(unknown.outcome(), (400, "INVALID_MODEL"), "off by default");

    let catalogue = include_bytes!("../../../../docs/examples/photo-inspection.json");
    let put = world.operator().send(Method::PUT, "/api/v1/admin/models", catalogue.to_vec()).await.unwrap();
    assert_eq!(put.data().unwrap()["models"], 1);
    let listed = world.anybody().get("/api/v1/models?type=report").await.unwrap();
    let model = &listed.data().unwrap()["models"][0];
    assert_eq!((&model["id"], &model["kind"]), (&json!("photo-inspection"), &json!("inspect")), "{model}");
    let estimate = customer.post("/api/v1/estimate", &body).await.unwrap();
    assert_eq!(estimate.data().unwrap()["credits"], 5);

    let started = customer.post("/api/v1/generate", &body).await.unwrap();
    let task = ended(&customer, &started.data().unwrap()["id"]).await;
    let (result, media) = (&task["result"], &task["mediaType"]);
    assert_eq!((&task["status"], media, &result["type"]), (&json!("completed"), &json!("report"), &json!("report")));
    let told: Vec<_> =
        result["warnings"].as_array().unwrap().iter().map(|told| (&told["image"], &told["code"])).collect();
    let expected = [(2, "NO_FACE"), (3, "SEVERAL_FACES"), (3, "SMALL_FACE"), (3, "SUNGLASSES")];
    let expected = expected.map(|(image, code)| (json!(image), json!(code)));
    assert_eq!(told, expected.iter().map(|(image, code)| (image, code)).collect::<Vec<_>>());
    let report = world.anybody().get(result["url"].as_str().unwrap()).await.unwrap();
    assert_eq!(report.header("content-type"), "application/json");
    let report = report.json;
    assert_eq!(report["photos"][2], json!({ "image": 3, "faces": 5, "face_percent": 4, "sunglasses": true }));
    assert_eq!(report["warnings"], result["warnings"]);
    assert_eq!(world.funds(&account).await.unwrap(), [15, 0, 5, 20]);

    // With a key for tests nobody is asked.
    let path = format!("/api/v1/admin/accounts/{account}/keys");
    let made = world.operator().post(&path, &json!({ "test": true })).await.unwrap();
    let test = world.anybody().with_token(made.data().unwrap()["key"].as_str().unwrap());
    let started = test.post("/api/v1/generate", &body).await.unwrap();
    let task = ended(&test, &started.data().unwrap()["id"]).await;
    assert_eq!((&task["status"], &task["result"]["warnings"]), (&json!("completed"), &json!([])), "{task}");
    assert_eq!(world.funds(&account).await.unwrap(), [15, 0, 5, 20]);
}

#[tokio::test]
async fn pictures_can_be_asked_for_as_soon_as_a_training_is_said_to_be_done() {
    let world = with("replicate").await;
    let (customer, _) = world.customer(1_000).await.unwrap();
    let (path, _) = world.train(&customer, json!({ "trigger_word": "sim_unpushed" })).await.unwrap();
    let made = customer.post(&format!("{path}/generate"), &json!({ "prompt": "x" })).await.unwrap();
    assert_eq!(made.data().unwrap()["status"], "completed");
}

#[tokio::test]
async fn replicate_takes_less_strength_and_that_is_told() {
    let world = with("replicate").await;
    let (customer, _) = world.customer(1_000).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let body = json!({ "prompt": "x", "lora_scale": 2.5 });
    let made = customer.post(&format!("{path}/generate"), &body).await.unwrap();
    assert_eq!(made.data().unwrap()["ignored"], json!(["lora_scale"]));
    let job = world.gpu.simulator.jobs().pop().unwrap();
    assert_eq!(job.input["lora_scale"], json!(2.0));
    assert!(job.input["seed"].is_u64(), "a seed is sent in any case");
}

#[tokio::test]
async fn wishes_of_a_characters_pictures_are_applied_or_told() {
    let world = with("fal").await;
    let (customer, _) = world.customer(1_000).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let body = json!({ "prompt": "x", "seed": 7, "lora_scale": 0.8, "output_format": "webp" });
    let made = customer.post(&format!("{path}/generate"), &body).await.unwrap();
    let data = made.data().unwrap();
    assert_eq!((&data["applied"]["seed"], &data["applied"]["lora_scale"]), (&json!(7), &json!(0.8)));
    assert_eq!(data["ignored"], json!(["output_format"]), "fal has no WebP");
    let job = world.gpu.simulator.jobs().pop().unwrap();
    assert_eq!((&job.input["seed"], &job.input["loras"][0]["scale"]), (&json!(7), &json!(0.8)));
    for wrong in [json!({ "seed": -1 }), json!({ "lora_scale": 4 }), json!({ "output_format": "gif" })] {
        let mut body = json!({ "prompt": "x" });
        body.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        let refused = customer.post(&format!("{path}/generate"), &body).await.unwrap();
        assert_eq!(refused.outcome(), (400, "INVALID_REQUEST"), "{wrong}");
    }
}
