//! Photos and pictures in a bucket: a real S3 server that checks every signature.

use e2e::{Engines, Settings, World};
use reqwest::StatusCode;
use reqwest::redirect::Policy;
use serde_json::json;

async fn world(variables: Vec<(&'static str, String)>) -> World {
    let settings = Settings { engines: Engines::Servers, variables, ..Settings::default() };
    World::start(settings).await.unwrap()
}

/// Trains a character and makes a picture of it; returns the picture's URL.
async fn picture(world: &World) -> String {
    let (customer, _) = world.customer(515).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let generated = customer.post(&format!("{path}/generate"), &json!({ "prompt": "x" })).await.unwrap();
    generated.data().unwrap().pointer("/output/images/0/url").unwrap().as_str().unwrap().to_owned()
}

#[tokio::test]
#[cfg_attr(not(has_redis), ignore = "no redis-server on this machine")]
async fn a_picture_is_fetched_from_the_bucket_under_a_url_that_ends_after_an_hour() {
    let world = world(vec![]).await;
    let url = picture(&world).await;
    let blobs = world.engines.blobs().await.unwrap();
    let count = |kind: &str| blobs.iter().filter(|name| name.starts_with(kind)).count();
    assert_eq!((count("photo:"), count("result:")), (10, 1), "{blobs:?}");
    let stored = world.engines.stored().await.unwrap();
    assert_eq!(stored.keys("photo:").await.unwrap(), [""; 0]);

    let client = e2e::client().redirect(Policy::none()).build().unwrap();
    let sent = client.get(&url).send().await.unwrap();
    assert_eq!(sent.status(), StatusCode::FOUND);
    assert_eq!(sent.headers()["x-robots-tag"], "noindex, noai");
    let location = sent.headers()["location"].to_str().unwrap().to_owned();
    let lifetime: u64 = location.split("X-Amz-Expires=").nth(1).unwrap().split('&').next().unwrap().parse().unwrap();
    assert_eq!(lifetime, 3_600, "{location}");
    assert_eq!(sent.headers()["cache-control"], "private, max-age=3600, immutable");
    let picture = client.get(&location).send().await.unwrap();
    assert_eq!((picture.status().as_u16(), picture.headers()["content-type"].to_str().unwrap()), (200, "image/png"));
    let bytes = picture.bytes().await.unwrap();
    assert_eq!(image::load_from_memory(&bytes).unwrap().width(), 1_024);
    assert!(e2e::is_marked(&bytes));

    // The bucket serves parts itself.
    let part = client.get(&location).header("range", "bytes=100-199").send().await.unwrap();
    let range = part.headers()["content-range"].to_str().unwrap().to_owned();
    assert_eq!((part.status().as_u16(), range), (206, format!("bytes 100-199/{}", bytes.len())));
    assert_eq!(part.bytes().await.unwrap(), bytes[100..200]);

    let other = location.replace("/0?", "/1?");
    let longer = location.replace("X-Amz-Expires=3", "X-Amz-Expires=4");
    let unsigned = location.split('?').next().unwrap().to_owned();
    for refused in [other, longer, unsigned] {
        assert_eq!(client.get(&refused).send().await.unwrap().status(), StatusCode::FORBIDDEN, "{refused}");
    }
}

#[tokio::test]
#[cfg_attr(not(has_redis), ignore = "no redis-server on this machine")]
async fn pictures_of_a_bucket_that_callers_cannot_reach_pass_through() {
    let world = world(vec![("s3_redirect", "false".to_owned())]).await;
    let url = picture(&world).await;
    let client = e2e::client().redirect(Policy::none()).build().unwrap();
    let picture = client.get(&url).send().await.unwrap();
    assert_eq!((picture.status().as_u16(), picture.headers()["content-type"].to_str().unwrap()), (200, "image/png"));
    let length = picture.content_length().unwrap();
    let bytes = picture.bytes().await.unwrap();
    assert_eq!(u64::try_from(bytes.len()).unwrap(), length);
    assert_eq!(image::load_from_memory(&bytes).unwrap().width(), 1_024);
    assert!(e2e::is_marked(&bytes));
}

#[tokio::test]
#[cfg_attr(not(has_redis), ignore = "no redis-server on this machine")]
async fn photos_that_do_not_say_their_size_are_kept_too_and_those_that_change_are_not() {
    let world = world(vec![]).await;
    let (customer, _) = world.customer(1_000).await.unwrap();
    let mut urls: Vec<String> = (1..=10).map(|n| world.photos.url(&format!("unsized/portrait-{n:02}.jpg"))).collect();
    for (n, extension) in [(4, "png"), (5, "webp"), (9, "png"), (10, "webp")] {
        urls[n - 1] = world.photos.url(&format!("unsized/portrait-{n:02}.{extension}"));
    }
    let body = json!({ "image_urls": urls });
    let created = customer.post("/api/v1/characters/create", &body).await.unwrap();
    assert_eq!(created.status, 200, "{}", created.json);
    let before = world.engines.blobs().await.unwrap().len();
    urls[2] = world.photos.url("growing/portrait-01.jpg");
    let refused = customer.post("/api/v1/characters/create", &json!({ "image_urls": urls })).await.unwrap();
    assert_eq!(refused.outcome(), (422, "IMAGE_DOWNLOAD_FAILED"));
    assert!(refused.message().contains("another size every time"), "{}", refused.message());
    assert_eq!(world.engines.blobs().await.unwrap().len(), before, "nothing of it is kept");
}

#[tokio::test]
#[cfg_attr(not(has_redis), ignore = "no redis-server on this machine")]
async fn what_is_in_the_bucket_is_measured_by_parts() {
    let world = world(vec![]).await;
    let (customer, _) = world.customer(50).await.unwrap();
    let film = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/media/video.mp4")).unwrap();
    // Its header is behind more than what is read at once.
    let free = [&700_008_u32.to_be_bytes(), &b"free"[..], &vec![0; 700_000]].concat();
    let film = [&film[..32], &free, &film[32..]].concat();
    let announced = customer.post("/api/v1/upload", &json!({ "contentType": "video/mp4" })).await.unwrap();
    let data = announced.data().unwrap();
    let nobody = world.anybody().with_header("content-type", "video/mp4");
    let put = nobody.send(reqwest::Method::PUT, data["uploadUrl"].as_str().unwrap(), film.clone()).await.unwrap();
    assert_eq!(put.status, 200, "{}", put.json);
    let body = json!({ "video_url": data["publicUrl"], "audio_url": world.photos.url("media/sound.ogg") });
    let estimate = json!({ "model": "lipsync", "input": body });
    let estimate = customer.post("/api/v1/estimate", &estimate).await.unwrap();
    assert_eq!(estimate.data().unwrap()["credits"], 50);
    assert_eq!(world.engines.stored().await.unwrap().keys("file:").await.unwrap(), [""; 0]);

    // A stranger's file is copied into the bucket, too.
    let done = customer.post("/api/v1/tools/lipsync", &body).await.unwrap();
    assert_eq!(done.status, 200, "{}", done.json);
    let blobs = world.engines.blobs().await.unwrap();
    assert_eq!(blobs.iter().filter(|name| name.starts_with("file:")).count(), 2, "{blobs:?}");
}

#[tokio::test]
#[cfg_attr(not(has_redis), ignore = "no redis-server on this machine")]
async fn a_bucket_that_refuses_costs_nobody_a_credit_and_no_secret_is_told() {
    let wrong = [
        vec![("s3_secret_access_key", "a-wrong-secret-access-key".to_owned())],
        vec![("s3_access_key_id", "SOMEBODYELSE".to_owned())],
        vec![("s3_bucket", "Not a bucket".to_owned())],
    ];
    for variables in wrong {
        let world = world(variables).await;
        let (customer, account) = world.customer(1_000).await.unwrap();
        let answer = world.create(&customer, json!({})).await.unwrap();
        assert_eq!(answer.outcome(), (503, "STORE_UNAVAILABLE"), "{}", answer.json);
        assert!(!answer.json.to_string().contains("X-Amz"), "{}", answer.json);
        assert_eq!(world.funds(&account).await.unwrap(), [1_000, 0, 0, 1_000]);
        assert_eq!(world.engines.blobs().await.unwrap(), [""; 0]);
    }
}
