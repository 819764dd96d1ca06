//! The training zip: behind its link, whole, and for nobody else.

use std::io::Cursor;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::Secret;
use e2e::{Settings, World};
use reqwest::Method;
use serde_json::json;
use webhook::link::{LinkKey, Purpose};

fn link(account: &str, character: &str, lifetime: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let expires = (i64::try_from(now.as_secs()).unwrap() + lifetime).to_string();
    let key = LinkKey::new(&Secret::new(e2e::SIGNING_SECRET)).unwrap();
    let mac = key.sign(Purpose::Dataset, &[account, character, &expires]);
    format!("/datasets/{account}.{character}.zip?expires={expires}&mac={mac}")
}

#[tokio::test]
async fn the_zip_holds_every_photo_as_it_was_sent() {
    let world = World::shared();
    let (customer, account) = world.customer(500).await.unwrap();
    let urls = world.photos.urls(20);
    let created = customer.post("/api/v1/characters/create", &json!({ "image_urls": urls })).await.unwrap();
    let character = created.data().unwrap()["character_id"].as_str().unwrap().to_owned();
    let link = link(&account, &character, 60);

    let answer = world.anybody().get(&link).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/zip"));
    assert_eq!(answer.header("content-length"), answer.bytes.len().to_string());
    let head = world.anybody().send(Method::HEAD, &link, vec![]).await.unwrap();
    assert_eq!((head.status.as_u16(), head.bytes.len()), (200, 0));
    assert_eq!(head.header("content-length"), answer.header("content-length"));

    let mut archive = zip::ZipArchive::new(Cursor::new(answer.bytes)).unwrap();
    assert_eq!(archive.len(), 20);
    for (n, url) in urls.iter().enumerate() {
        let photo = world.anybody().get(url).await.unwrap().bytes;
        let mut entry = archive.by_index(n).unwrap();
        let mut bytes = Vec::new();
        std::io::copy(&mut entry, &mut bytes).unwrap();
        assert!(bytes == photo, "photo {n} differs");
    }
}

#[tokio::test]
async fn the_zip_says_nothing_of_where_a_photo_was_taken() {
    let world = World::shared();
    let (customer, account) = world.customer(500).await.unwrap();
    let located = world.photos.url("located.jpg");
    let sent = world.anybody().get(&located).await.unwrap().bytes;
    let place = e2e::PLACE.as_bytes();
    let says = |photo: &[u8], what: &[u8]| photo.windows(what.len()).filter(|bytes| *bytes == what).count();
    assert_eq!((says(&sent, b"Exif\0\0"), says(&sent, place)), (1, 2));
    let mut urls = world.photos.urls(10);
    urls.push(located);
    let created = customer.post("/api/v1/characters/create", &json!({ "image_urls": urls })).await.unwrap();
    assert_eq!(created.status.as_u16(), 200, "{}", created.json);
    let character = created.data().unwrap()["character_id"].as_str().unwrap().to_owned();

    let answer = world.anybody().get(&link(&account, &character, 60)).await.unwrap();
    assert_eq!(says(&answer.bytes, place), 0);
    let mut archive = zip::ZipArchive::new(Cursor::new(answer.bytes)).unwrap();
    let mut kept = Vec::new();
    std::io::copy(&mut archive.by_index(10).unwrap(), &mut kept).unwrap();
    // It was turned the way it was shown, so it has nothing to say.
    assert_eq!(says(&kept, b"Exif\0\0"), 0);
}

/// A hundred megabytes pass through a function that may use 128 MiB for everything, and so does the zip of them.
#[tokio::test]
async fn the_largest_photos_pass_in_flat_memory() {
    let world = World::start(Settings::default()).await.unwrap();
    let (customer, account) = world.customer(500).await.unwrap();
    let urls: Vec<String> = (0..10).map(|n| world.photos.url(&format!("large.jpg?n={n}"))).collect();
    let created = customer.post("/api/v1/characters/create", &json!({ "image_urls": urls })).await.unwrap();
    assert_eq!(created.status.as_u16(), 200, "{}", created.json);
    let character = created.data().unwrap()["character_id"].as_str().unwrap().to_owned();
    let zip = world.anybody().get(&link(&account, &character, 60)).await.unwrap();
    assert_eq!(zip.header("content-length"), zip.bytes.len().to_string());
    assert!(zip.bytes.len() > 99 * 1024 * 1024, "{}", zip.bytes.len());
    let path = format!("/api/v1/characters/{character}");
    assert_eq!(world.until_trained(&customer, &path).await.unwrap(), "ready");
}

#[tokio::test]
async fn a_link_that_was_changed_or_is_too_old_opens_nothing() {
    let world = World::shared();
    let (customer, account) = world.customer(1_000).await.unwrap();
    let mut characters = Vec::new();
    for _ in 0..2 {
        let created = world.create(&customer, json!({})).await.unwrap();
        characters.push(created.data().unwrap()["character_id"].as_str().unwrap().to_owned());
    }
    let good = link(&account, &characters[0], 60);
    assert_eq!(world.anybody().get(&good).await.unwrap().status, 200);
    let bad = [
        good.replace(&characters[0], &characters[1]),
        good.replace("expires=", "expires=9"),
        good.replace(".zip", ""),
        good.replace("mac=", "mac=00"),
        good.split('?').next().unwrap().to_owned(),
        link(&account, &characters[0], -1),
        link(&account, "char_00000000000000000000000000000000", 60),
        "/datasets/x".to_owned(),
    ];
    let mut answers = Vec::new();
    for link in bad {
        let answer = customer.get(&link).await.unwrap();
        assert_eq!(answer.outcome(), (404, "NOT_FOUND"), "{link}");
        answers.push(answer.json);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "all of them look the same");
}
