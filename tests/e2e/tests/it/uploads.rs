//! `POST /api/v1/upload` and what is put there.

use e2e::{Actor, Answer, Settings, World};
use reqwest::Method;
use serde_json::{Value, json};

fn photo(n: usize) -> Vec<u8> {
    let name = format!("{}/../fixtures/photos/portrait-{n:02}.jpg", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(name).unwrap()
}

async fn announce(customer: &Actor, body: Value) -> Answer {
    customer.post("/api/v1/upload", &body).await.unwrap()
}

async fn put(world: &World, url: &str, content_type: &str, bytes: Vec<u8>) -> Answer {
    let nobody = world.anybody().with_header("content-type", content_type);
    nobody.send(Method::PUT, url, bytes).await.unwrap()
}

/// Uploads a JPEG; its public URL.
async fn upload(world: &World, customer: &Actor, bytes: Vec<u8>) -> String {
    upload_as(world, customer, "image/jpeg", bytes).await
}

async fn upload_as(world: &World, customer: &Actor, content_type: &str, bytes: Vec<u8>) -> String {
    let announced = announce(customer, json!({ "contentType": content_type, "sizeBytes": bytes.len() })).await;
    let data = announced.data().unwrap();
    let answer = put(world, data["uploadUrl"].as_str().unwrap(), content_type, bytes).await;
    assert_eq!(answer.status, 200, "{}", answer.json);
    data["publicUrl"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_upload_is_fetched_as_it_was_put() {
    let world = World::shared();
    let (customer, _) = world.customer(1).await.unwrap();
    let url = upload(&world, &customer, photo(1)).await;
    let fetched = world.anybody().get(&url).await.unwrap();
    assert_eq!((fetched.status.as_u16(), fetched.header("content-type")), (200, "image/jpeg"));
    assert_eq!(fetched.header("x-content-type-options"), "nosniff");
    assert_eq!(fetched.bytes, photo(1));
}

#[tokio::test]
async fn a_picture_that_is_put_here_says_nothing_of_where_it_was_taken() {
    let variables = vec![("providers", "fal".to_owned())];
    let world = World::start(Settings { variables, ..Settings::default() }).await.unwrap();
    let (customer, _) = world.customer(100).await.unwrap();
    let located = world.photos.url("located.jpg");
    let sent = world.anybody().get(&located).await.unwrap().bytes;
    let says = |bytes: &[u8]| bytes.windows(e2e::PLACE.len()).any(|part| part == e2e::PLACE.as_bytes());
    assert!(says(&sent));
    let url = upload(&world, &customer, sent.clone()).await;
    let kept = world.anybody().get(&url).await.unwrap().bytes;
    assert_eq!((kept.len(), says(&kept)), (sent.len(), false));

    // The same of a stranger's that is copied because its price goes by its size.
    let body = json!({ "model": "topaz-image-upscale", "input": { "image_url": located } });
    customer.post("/api/v1/generate", &body).await.unwrap().data().unwrap();
    world.until_job(|job| job.input["image_url"].is_string()).await.unwrap();
    let job = world.gpu.simulator.jobs().pop().unwrap();
    let copy = world.anybody().get(job.input["image_url"].as_str().unwrap()).await.unwrap().bytes;
    assert_eq!((copy.len(), says(&copy)), (sent.len(), false));
}

#[tokio::test]
async fn a_character_is_trained_on_uploads() {
    // Of its own: others fetch photos all the time.
    let world = World::start(Settings::default()).await.unwrap();
    let (customer, account) = world.customer(1_000).await.unwrap();
    let mut urls = Vec::new();
    for n in [1, 2, 3, 6, 7, 8, 11, 12, 13, 16] {
        urls.push(upload(&world, &customer, photo(n)).await);
    }
    let asked = world.photos.requests();
    let (path, status) = world.train(&customer, json!({ "image_urls": urls })).await.unwrap();
    assert_eq!(status, "ready");
    assert_eq!(customer.get(&path).await.unwrap().data().unwrap()["image_count"], 10);
    assert_eq!(world.photos.requests(), asked, "nothing is fetched from anywhere");
    assert_eq!(world.funds(&account).await.unwrap(), [500, 0, 500, 1_000]);

    // One that was never put there is a photo that cannot be had.
    let announced = announce(&customer, json!({ "contentType": "image/jpeg" })).await;
    urls[4] = announced.data().unwrap()["publicUrl"].as_str().unwrap().to_owned();
    let refused = world.create(&customer, json!({ "image_urls": urls })).await.unwrap();
    assert_eq!(refused.outcome(), (422, "IMAGE_DOWNLOAD_FAILED"));
    assert!(refused.message().contains("photo 5"), "{}", refused.message());

    // They go with the character.
    assert_eq!(world.anybody().get(&urls[0]).await.unwrap().status, 200);
    let deleted = customer.send(Method::DELETE, &path, Vec::new()).await.unwrap();
    assert_eq!(deleted.data().unwrap()["deleted"], true);
    assert_eq!(world.anybody().get(&urls[0]).await.unwrap().outcome(), (404, "NOT_FOUND"));
}

#[tokio::test]
async fn what_a_run_was_given_goes_with_it() {
    let world = World::shared();
    let (customer, _) = world.customer(100).await.unwrap();
    let (given, other) = (upload(&world, &customer, photo(1)).await, upload(&world, &customer, photo(2)).await);
    let body = json!({ "model": "topaz-image-upscale", "input": { "image_url": given } });
    let begun = customer.post("/api/v1/generate", &body).await.unwrap();
    let task = format!("/api/v1/tasks/{}", begun.data().unwrap()["id"].as_str().unwrap());
    // A task that is asked for with `wait` is answered when there is news, so a few are enough.
    for _ in 0..10 {
        let state = customer.get(&format!("{task}?wait=20")).await.unwrap().data().unwrap()["status"].clone();
        if state == "completed" {
            break;
        }
    }
    let deleted = customer.send(Method::DELETE, &task, Vec::new()).await.unwrap();
    let data = deleted.data().unwrap();
    assert_eq!((data["deleted"].clone(), data["uploads"].clone()), (json!(true), json!(1)), "{data}");
    assert_eq!(world.anybody().get(&given).await.unwrap().outcome(), (404, "NOT_FOUND"));
    assert_eq!(world.anybody().get(&other).await.unwrap().status, 200);
}

#[tokio::test]
async fn what_cannot_be_announced_is_told() {
    let world = World::shared();
    let (customer, _) = world.customer(1).await.unwrap();
    for body in [
        json!({}),
        json!({ "contentType": "image/svg+xml" }),
        json!({ "contentType": "text/html" }),
        json!({ "contentType": "image/jpeg", "sizeBytes": 0 }),
        json!({ "contentType": "image/jpeg", "sizeBytes": 20_000_001 }),
        json!({ "contentType": "video/mp4", "sizeBytes": 100_000_001 }),
        json!({ "contentType": "image/jpeg", "size": 1 }),
    ] {
        assert_eq!(announce(&customer, body.clone()).await.outcome(), (400, "INVALID_REQUEST"), "{body}");
    }
    assert_eq!(world.anybody().post("/api/v1/upload", &json!({})).await.unwrap().outcome().0, 401);
}

#[tokio::test]
async fn only_what_was_announced_can_be_put() {
    let world = World::shared();
    let (customer, _) = world.customer(1).await.unwrap();
    let size = photo(1).len();
    let announced = announce(&customer, json!({ "contentType": "image/jpeg", "sizeBytes": size })).await;
    let data = announced.data().unwrap();
    let (url, public) = (data["uploadUrl"].as_str().unwrap(), data["publicUrl"].as_str().unwrap());
    assert_eq!(put(&world, url, "image/png", photo(1)).await.outcome(), (400, "INVALID_REQUEST"));
    assert_eq!(put(&world, url, "image/jpeg", vec![0xff; size + 1]).await.outcome(), (413, "PAYLOAD_TOO_LARGE"));
    assert_eq!(put(&world, url, "image/jpeg", b"<html>".to_vec()).await.outcome(), (400, "INVALID_REQUEST"));
    assert_eq!(put(&world, url, "image/jpeg", Vec::new()).await.outcome(), (400, "INVALID_REQUEST"));
    assert_eq!(put(&world, public, "image/jpeg", photo(1)).await.outcome(), (404, "NOT_FOUND"));
    let other = url.replace("mac=", "mac=0");
    assert_eq!(put(&world, &other, "image/jpeg", photo(1)).await.outcome(), (404, "NOT_FOUND"));
    assert_eq!(world.anybody().get(public).await.unwrap().outcome(), (404, "NOT_FOUND"));
    assert_eq!(put(&world, url, "image/jpeg", photo(1)).await.status, 200);
    // What was put there first stays there.
    let shorter = photo(1)[..size / 2].to_vec();
    for other in [photo(1), shorter] {
        assert_eq!(put(&world, url, "image/jpeg", other).await.outcome(), (409, "UPLOAD_EXISTS"));
        assert_eq!(world.anybody().get(public).await.unwrap().bytes, photo(1));
    }
}

#[tokio::test]
async fn of_two_that_are_put_at_once_one_counts_and_is_whole() {
    let world = World::shared();
    let (customer, _) = world.customer(1).await.unwrap();
    for _ in 0..5 {
        let announced = announce(&customer, json!({ "contentType": "image/jpeg" })).await;
        let data = announced.data().unwrap();
        let (url, public) = (data["uploadUrl"].as_str().unwrap(), data["publicUrl"].as_str().unwrap());
        let photos = [photo(1), photo(2), photo(3), photo(6)];
        let puts = photos.iter().map(|photo| put(&world, url, "image/jpeg", photo.clone()));
        let answers = futures_util::future::join_all(puts).await;
        let won: Vec<usize> = (0..photos.len()).filter(|n| answers[*n].status == 200).collect();
        assert_eq!(won.len(), 1, "{won:?}");
        assert_eq!(world.anybody().get(public).await.unwrap().bytes, photos[won[0]]);
        assert!(answers.iter().all(|answer| answer.status == 200 || answer.outcome() == (409, "UPLOAD_EXISTS")));
    }
}

#[tokio::test]
async fn a_file_is_what_it_was_announced_as() {
    let world = World::shared();
    let (customer, _) = world.customer(1).await.unwrap();
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec();
    let cases = [
        ("image/jpeg", heic.clone(), "The file is HEIC, and was announced as image/jpeg"),
        ("video/mp4", photo(1), "The file is image/jpeg, and was announced as video/mp4"),
        (
            "video/webm",
            b"<html>nothing of a film</html>".to_vec(),
            "The file is something else, and was announced as video/webm",
        ),
        (
            "audio/wav",
            b"ID3\x04\0\0\0\0\0\0\xff\xfb\x90\0".to_vec(),
            "The file is audio/mpeg, and was announced as audio/wav",
        ),
    ];
    for (content_type, bytes, message) in cases {
        let announced = announce(&customer, json!({ "contentType": content_type })).await;
        let url = announced.data().unwrap()["uploadUrl"].as_str().unwrap().to_owned();
        let refused = put(&world, &url, content_type, bytes).await;
        assert_eq!((refused.outcome(), refused.message()), ((400, "INVALID_REQUEST"), message));
    }
    upload_as(&world, &customer, "image/heif", heic).await;
}

#[tokio::test]
async fn an_account_has_room_for_so_much_and_says_how_much_is_left() {
    let room = [("upload_bytes_per_account", "1000000"), ("upload_files_per_account", "3")];
    let variables = room.map(|(name, value)| (name, value.to_owned())).to_vec();
    let world = World::start(Settings { variables, ..Settings::default() }).await.unwrap();
    let (customer, _) = world.customer(1).await.unwrap();
    let left = |answer: &Answer| {
        ["x-upload-bytes-limit", "x-upload-bytes-remaining", "x-upload-files-limit", "x-upload-files-remaining"]
            .map(|name| answer.header(name).parse::<u64>().unwrap())
    };
    let announced = announce(&customer, json!({ "contentType": "image/jpeg", "sizeBytes": 600_000 })).await;
    assert_eq!(left(&announced), [1_000_000, 400_000, 3, 2]);
    let full = announce(&customer, json!({ "contentType": "image/jpeg", "sizeBytes": 400_001 })).await;
    assert_eq!(full.outcome(), (429, "RATE_LIMITED"));
    assert!(full.message().contains("3 uploads of 1000000 bytes"), "{}", full.message());
    let after: u64 = full.header("retry-after").parse().unwrap();
    assert!((60 * 60..=66 * 60).contains(&after), "{after}");

    // Once it is there, it counts with what it has.
    let bytes = photo(1);
    let url = announced.data().unwrap()["uploadUrl"].as_str().unwrap();
    assert_eq!(put(&world, url, "image/jpeg", bytes.clone()).await.status, 200);
    let rest = 1_000_000 - u64::try_from(bytes.len()).unwrap();
    let second = announce(&customer, json!({ "contentType": "image/jpeg", "sizeBytes": 1 })).await;
    assert_eq!(left(&second), [1_000_000, rest - 1, 3, 1]);
    assert_eq!(announce(&customer, json!({ "contentType": "image/jpeg", "sizeBytes": 1 })).await.status, 200);
    let full = announce(&customer, json!({ "contentType": "image/jpeg", "sizeBytes": 1 })).await;
    assert_eq!(full.outcome(), (429, "RATE_LIMITED"));
    // What one account has is none of another's business.
    let (other, _) = world.customer(1).await.unwrap();
    assert_eq!(announce(&other, json!({ "contentType": "image/jpeg", "sizeBytes": 1 })).await.status, 200);
    let (poor, _) = world.customer(0).await.unwrap();
    assert_eq!(announce(&poor, json!({ "contentType": "image/jpeg" })).await.outcome(), (402, "INSUFFICIENT_CREDITS"));
}

#[tokio::test]
async fn an_upload_is_measured_wherever_its_header_is() {
    let world = World::shared();
    let (customer, _) = world.customer(1).await.unwrap();
    let film = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/media/video.mp4")).unwrap();
    let (kind, rest) = film.split_at(32);
    // Three chunks of the store before the film's header, which is its last box.
    let free = [&700_008_u32.to_be_bytes(), &b"free"[..], &vec![0; 700_000]].concat();
    let video = upload_as(&world, &customer, "video/mp4", [kind, &free, rest].concat()).await;
    let body = json!({ "model": "lipsync", "input": { "video_url": video, "audio_url": world.photos.url("media/sound.wav") } });
    let estimate = customer.post("/api/v1/estimate", &body).await.unwrap();
    assert_eq!(estimate.data().unwrap()["credits"], 50);
}
