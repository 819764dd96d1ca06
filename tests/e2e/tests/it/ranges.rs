//! Files as the web serves them: whole, by parts, and by their heads; out of the store, and out of a bucket.

use domain::Secret;
use e2e::{Actor, Engines, Settings, World};
use reqwest::Method;
use serde_json::{Value, json};
use webhook::link::{LinkKey, Purpose};

/// Where two chunks of a file meet in the store.
const CHUNK: usize = 256 * 1024;

/// A world in which a container works, and every file passes through the application.
async fn world(engines: Engines) -> World {
    let variables = [("providers", "cog"), ("s3_redirect", "false")].map(|(name, value)| (name, value.to_owned()));
    World::start(Settings { engines, variables: variables.into(), ..Settings::default() }).await.unwrap()
}

/// One file of every route: its URL and its type.
async fn files(world: &World) -> Vec<(String, &'static str)> {
    let (customer, _) = world.customer(600).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let swept = world.operator().post("/api/v1/admin/reconcile", &json!({ "all": true })).await.unwrap();
    assert_eq!(swept.data().unwrap()["failed"], 0);
    let generated = customer.post(&format!("{path}/generate"), &json!({ "prompt": "x" })).await.unwrap();
    let picture = text(generated.data().unwrap(), "/output/images/0/url");
    let jobs = world.gpu.simulator.jobs();
    let input = |n: usize, field: &str| jobs[n].input[field].as_str().unwrap().to_owned();
    vec![
        (input(0, "input_images"), "application/zip"),
        (input(jobs.len() - 1, "lora_weights"), "application/octet-stream"),
        (picture, "image/webp"),
        (upload(world, &customer).await, "video/mp4"),
        (containers(world).await, "application/octet-stream"),
    ]
}

fn text(data: &Value, pointer: &str) -> String {
    data.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer} in {data}")).to_owned()
}

/// A caller's film that is in several chunks.
async fn upload(world: &World, customer: &Actor) -> String {
    let film = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/media/video.mp4")).unwrap();
    let free = [&700_008_u32.to_be_bytes(), &b"free"[..], &noise(700_000)].concat();
    let film = [&film[..32], &free, &film[32..]].concat();
    let announced = customer.post("/api/v1/upload", &json!({ "contentType": "video/mp4" })).await.unwrap();
    let (to, at) = (text(announced.data().unwrap(), "/uploadUrl"), text(announced.data().unwrap(), "/publicUrl"));
    let nobody = world.anybody().with_header("content-type", "video/mp4");
    assert_eq!(nobody.send(Method::PUT, &to, film).await.unwrap().status, 200);
    at
}

/// What a container made.
async fn containers(world: &World) -> String {
    let code = LinkKey::new(&Secret::new(e2e::SIGNING_SECRET)).unwrap().sign(Purpose::Upload, &[]);
    let put = world.anybody().send(Method::PUT, &format!("/provider-files/{code}/made.bin"), noise(600_000)).await;
    let put = put.unwrap();
    assert_eq!(put.status, 201, "{}", put.json);
    put.header("location").to_owned()
}

/// Bytes of which no two stretches are alike.
fn noise(count: u32) -> Vec<u8> {
    (0..count).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect()
}

#[tokio::test]
async fn every_file_in_the_store_is_served_by_parts() {
    let world = world(Engines::Own).await;
    for (url, media_type) in files(&world).await {
        is_served_by_parts(&world, &url, media_type).await;
    }
}

#[tokio::test]
#[cfg_attr(not(has_redis), ignore = "no redis-server on this machine")]
async fn every_file_in_a_bucket_is_served_by_parts() {
    let world = world(Engines::Servers).await;
    for (url, media_type) in files(&world).await {
        is_served_by_parts(&world, &url, media_type).await;
    }
}

async fn is_served_by_parts(world: &World, url: &str, media_type: &str) {
    let nobody = world.anybody();
    let whole = nobody.get(url).await.unwrap();
    assert_eq!((whole.status.as_u16(), whole.header("content-type")), (200, media_type), "{url}");
    assert_eq!(whole.header("content-length"), whole.bytes.len().to_string(), "{url}");
    assert_eq!((whole.header("accept-ranges"), whole.header("content-range")), ("bytes", ""), "{url}");
    let etag = whole.header("etag");
    assert!(etag.len() > 2 && etag.starts_with('"') && etag.ends_with('"'), "{url}: {etag}");

    for asking in [nobody.clone(), nobody.with_header("range", "bytes=1-2")] {
        let head = asking.send(Method::HEAD, url, vec![]).await.unwrap();
        assert_eq!((head.status.as_u16(), head.bytes.len()), (200, 0), "{url}");
        for name in ["accept-ranges", "content-length", "content-range", "content-type", "etag"] {
            assert_eq!(head.header(name), whole.header(name), "{url}: {name}");
        }
        // The seconds that a picture is kept count down between the two.
        let [then, now] =
            [&whole, &head].map(|answer| answer.header("cache-control").replace(|c: char| c.is_ascii_digit(), ""));
        assert_eq!(now, then, "{url}");
    }

    let size = whole.bytes.len();
    let across = if size > CHUNK + 10 { CHUNK - 5 } else { size / 2 };
    for (range, first, last) in [
        ("bytes=0-0".to_owned(), 0, 0),
        (format!("bytes={across}-{}", across + 9), across, across + 9),
        (format!("bytes=1-{}", size - 2), 1, size - 2),
        (format!("bytes={}-", size - 5), size - 5, size - 1),
        ("bytes=-7".to_owned(), size - 7, size - 1),
        // As Cog's downloader begins.
        ("bytes=0-131071999".to_owned(), 0, size - 1),
    ] {
        let part = nobody.with_header("range", &range).get(url).await.unwrap();
        assert_eq!((part.status.as_u16(), part.header("content-type")), (206, media_type), "{url}: {range}");
        assert_eq!(part.header("content-range"), format!("bytes {first}-{last}/{size}"), "{url}: {range}");
        assert_eq!(part.header("content-length"), part.bytes.len().to_string(), "{url}: {range}");
        assert_eq!((part.header("accept-ranges"), part.header("etag")), ("bytes", etag), "{url}: {range}");
        assert!(part.bytes == whole.bytes[first..=last], "{url}: {range} differs");
    }

    let behind = nobody.with_header("range", &format!("bytes={size}-"));
    let refused = behind.get(url).await.unwrap();
    assert_eq!(refused.outcome(), (416, "RANGE_NOT_SATISFIABLE"), "{url}");
    assert_eq!(refused.header("content-range"), format!("bytes */{size}"), "{url}");

    let some = nobody.with_header("range", "bytes=1-2");
    let same = some.with_header("if-range", etag).get(url).await.unwrap();
    assert!(same.status == 206 && same.bytes == whole.bytes[1..=2], "{url}");
    for others in [
        some.with_header("if-range", "\"another\""),
        some.with_header("if-range", &format!("W/{etag}")),
        behind.with_header("if-range", "\"another\""),
        nobody.with_header("range", "bytes=0-0,2-2"),
        nobody.with_header("range", "bytes=2-1"),
        nobody.with_header("range", "lines=1-2"),
    ] {
        let all = others.get(url).await.unwrap();
        assert_eq!((all.status.as_u16(), all.header("content-range")), (200, ""), "{url}");
        assert!(all.bytes == whole.bytes, "{url}");
    }
}
