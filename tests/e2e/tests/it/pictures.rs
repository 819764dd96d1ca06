//! Pictures that are written anew: by the function that does it, and on their ways in and out.

use std::time::{Duration, SystemTime};

use domain::Secret;
use e2e::{Actor, Answer, SIGNING_SECRET, Settings, World, is_marked};
use image::{DynamicImage, GenericImageView, ImageFormat, RgbImage};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use webhook::link::{LinkKey, Purpose};

/// A link as the functions of a deployment make them for each other, which is over in so many seconds.
pub(crate) fn link(name: &str, seconds: u64) -> String {
    let until = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap() + Duration::from_secs(seconds);
    let expires = until.as_secs().to_string();
    let mac = LinkKey::new(&Secret::new(SIGNING_SECRET)).unwrap().sign(Purpose::Picture, &[name, &expires]);
    format!("/pictures/{name}?expires={expires}&mac={mac}")
}

pub(crate) async fn sent(world: &World, path: &str, picture: Vec<u8>) -> Answer {
    world
        .anybody()
        .with_header("content-type", "application/octet-stream")
        .send(Method::POST, path, picture)
        .await
        .unwrap()
}

pub(crate) async fn marking() -> World {
    let variables = vec![("watermark", "Made by AI".to_owned())];
    World::start(Settings { variables, ..Settings::default() }).await.unwrap()
}

pub(crate) fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A picture, light on the left and dark on the right.
pub(crate) fn halves(width: u32, height: u32) -> DynamicImage {
    let pixel = |x, _| if x < width / 2 { image::Rgb([240, 200, 160]) } else { image::Rgb([20, 40, 60]) };
    RgbImage::from_fn(width, height, pixel).into()
}

/// A JPEG whose Exif data say that it is to be turned to the right by a quarter.
pub(crate) fn turned(picture: &DynamicImage) -> Vec<u8> {
    let exif = [&b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06"[..], &[0; 6]].concat();
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    let mut jpeg = encoded(picture, ImageFormat::Jpeg);
    jpeg.splice(2..2, [b"\xff\xe1", &length[..], &exif].concat());
    jpeg
}

/// Whether "Made by AI" stands in the corner: the left stroke of its first sign is light, and what is between that sign and the next is dark.
fn has_watermark(picture: &DynamicImage) -> bool {
    let (width, height) = picture.dimensions();
    let dot = width.min(height).div_ceil(40).div_ceil(7);
    let (left, top) = (width - 65 * dot, height - 13 * dot);
    let picture = picture.to_luma8();
    let luma =
        |across: u32, down: u32| picture.get_pixel(left + across * dot + dot / 2, top + down * dot + dot / 2).0[0];
    (2..9).all(|down| luma(2, down) > 200 && luma(7, down) < 70)
}

#[tokio::test]
async fn a_photo_is_turned_behind_a_link_and_what_is_upright_is_not() {
    let world = World::shared();
    let answer = sent(&world, &link("upright", 60), turned(&halves(80, 60))).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "image/jpeg"));
    let upright = image::load_from_memory(&answer.bytes).unwrap();
    assert_eq!(upright.dimensions(), (60, 80));
    assert!(upright.get_pixel(30, 10).0[0] > 200 && upright.get_pixel(30, 70).0[0] < 60, "light is above");
    let again = sent(&world, &link("upright", 60), answer.bytes.clone()).await;
    assert_eq!((again.status.as_u16(), again.bytes.len()), (204, 0));
    let cut = turned(&halves(80, 60))[..300].to_vec();
    for (bad, reason) in [(b"no photo at all".to_vec(), "is not"), (Vec::new(), "is empty"), (cut, "cut off")] {
        let answer = sent(&world, &link("upright", 60), bad).await;
        assert_eq!(answer.outcome(), (422, "IMAGE_DOWNLOAD_FAILED"));
        assert!(
            answer.message().starts_with("The picture ") && answer.message().contains(reason),
            "{}",
            answer.message()
        );
    }
}

#[tokio::test]
async fn a_watermark_is_put_in_where_one_is_configured() {
    let (plain, world) = (World::shared(), marking().await);
    for (format, media_type) in [(ImageFormat::Png, "image/png"), (ImageFormat::Jpeg, "image/jpeg")] {
        let picture = encoded(&halves(300, 200), format);
        let answer = sent(&world, &link("watermark", 60), picture.clone()).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, media_type));
        assert!(has_watermark(&image::load_from_memory(&answer.bytes).unwrap()));
        assert_eq!(sent(&plain, &link("watermark", 60), picture).await.outcome(), (404, "NOT_FOUND"));
    }
    let answer = sent(&world, &link("watermark", 60), encoded(&halves(300, 200), ImageFormat::WebP)).await;
    assert_eq!(answer.outcome(), (422, "IMAGE_DOWNLOAD_FAILED"));
    assert!(answer.message().contains("without loss"), "{}", answer.message());
}

#[tokio::test]
async fn only_who_has_a_link_of_this_deployment_sends_pictures() {
    let world = marking().await;
    let picture = encoded(&halves(300, 200), ImageFormat::Png);
    let good = link("watermark", 60);
    let of_another = good.replace("/watermark", "/upright");
    let longer = good.replace("expires=1", "expires=2");
    for bad in ["/pictures/watermark", &of_another, &longer, &link("watermark", 0)] {
        assert_eq!(sent(&world, bad, picture.clone()).await.outcome(), (404, "NOT_FOUND"), "{bad}");
    }
    assert_eq!(sent(&world, &good, picture).await.status, 200);
    assert_eq!(sent(&world, &good, vec![0; 16_000_001]).await.outcome(), (413, "PAYLOAD_TOO_LARGE"));
    assert_eq!(sent(&world, &link("upright", 60), vec![0; 10_485_761]).await.outcome(), (413, "PAYLOAD_TOO_LARGE"));
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The pictures of a generation that was waited for.
async fn generated(world: &World, customer: &Actor, path: &str, format: &str) -> Vec<Vec<u8>> {
    let body = json!({ "prompt": "at the sea", "output_format": format });
    let generated = customer.post(&format!("{path}/generate"), &body).await.unwrap();
    let images = generated.data().unwrap()["output"]["images"].as_array().unwrap().clone();
    let mut files = Vec::new();
    for image in images {
        files.push(world.anybody().get(image["url"].as_str().unwrap()).await.unwrap().bytes);
    }
    files
}

#[tokio::test]
async fn every_picture_that_is_delivered_has_the_watermark_and_is_known_with_it() {
    let world = marking().await;
    let (customer, _) = world.customer(1_000).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    for format in ["png", "jpg"] {
        let files = generated(&world, &customer, &path, format).await;
        assert_eq!(files.len(), 1);
        for file in files {
            assert!(is_marked(&file) && has_watermark(&image::load_from_memory(&file).unwrap()), "{format}");
            let verified = customer.post("/api/v1/verify", &json!({ "sha256": sha256(&file) })).await.unwrap();
            assert_eq!(verified.data().unwrap()["match"], "exact", "{format}");
        }
    }
}

#[tokio::test]
async fn a_picture_with_a_manifest_has_the_watermark_too() {
    let pem = |name: &str| {
        std::fs::read_to_string(format!("{}/../fixtures/c2pa/{name}.pem", env!("CARGO_MANIFEST_DIR"))).unwrap()
    };
    let variables = vec![
        ("watermark", "Made by AI".to_owned()),
        ("c2pa_certificate", pem("certificate")),
        ("c2pa_key", pem("key")),
    ];
    let world = World::start(Settings { variables, ..Settings::default() }).await.unwrap();
    let (customer, _) = world.customer(1_000).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    for file in generated(&world, &customer, &path, "png").await {
        assert!(file.windows(4).any(|name| name == b"caBX"), "there is a manifest");
        assert!(has_watermark(&image::load_from_memory(&file).unwrap()));
    }
}

#[tokio::test]
async fn pictures_of_keys_for_tests_have_the_watermark() {
    let world = marking().await;
    let (_, account) = world.customer(0).await.unwrap();
    let keys = format!("/api/v1/admin/accounts/{account}/keys");
    let made = world.operator().post(&keys, &json!({ "test": true })).await.unwrap();
    let test = world.anybody().with_token(made.data().unwrap()["key"].as_str().unwrap());
    let (path, _) = world.train(&test, json!({})).await.unwrap();
    for file in generated(&world, &test, &path, "png").await {
        assert!(is_marked(&file) && has_watermark(&image::load_from_memory(&file).unwrap()));
    }
}

#[tokio::test]
async fn what_cannot_be_given_the_watermark_is_not_delivered_and_not_charged() {
    let world = marking().await;
    let (customer, _) = world.customer(1_000).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let before = world.balance(&customer).await.unwrap();
    // The simulator's are without loss.
    let body = json!({ "prompt": "at the sea", "output_format": "webp" });
    let failed = customer.post(&format!("{path}/generate"), &body).await.unwrap();
    assert_eq!(failed.outcome(), (500, "GENERATION_FAILED"), "{}", failed.json);
    assert_eq!(world.balance(&customer).await.unwrap(), before);
}

#[tokio::test]
async fn a_photo_that_lies_on_its_side_reaches_the_provider_upright() {
    let world = World::start(Settings::default()).await.unwrap();
    let (customer, account) = world.customer(1_000).await.unwrap();
    let located = world.photos.url("located.jpg");
    let sent = image::load_from_memory(&world.anybody().get(&located).await.unwrap().bytes).unwrap();
    let urls = [world.photos.urls(10), vec![located]].concat();
    let consent = json!({ "subject": "self", "how": "on paper", "agreed_at": "2026-01-01T00:00:00Z" });
    let body = json!({ "image_urls": urls, "strict": false, "consent": consent });
    let created = customer.post("/api/v1/characters/create", &body).await.unwrap();
    assert_eq!(created.status, 200, "{}", created.json);
    let told = created.data().unwrap()["warnings"].as_array().cloned().unwrap_or_default();
    assert!(told.is_empty(), "{told:?}");

    let stored = world.engines.stored().await.unwrap();
    let keys = stored.keys("character:").await.unwrap();
    let document: Value = serde_json::from_slice(&stored.read(&keys[0]).await.unwrap()).unwrap();
    let photo = &document["body"]["photos"][10];
    let kept = dataset(&world, &account, created.data().unwrap()["character_id"].as_str().unwrap(), 10).await;
    assert_eq!((photo["sha256"].as_str().unwrap(), &photo["size_bytes"]), (&*sha256(&kept), &json!(kept.len())));
    assert!(!kept.windows(4).any(|bytes| bytes == b"Exif"));
    let upright = image::load_from_memory(&kept).unwrap();
    assert_eq!(upright.dimensions(), (sent.height(), sent.width()));
    let (upright, expected) = (upright.to_luma8(), sent.rotate90().to_luma8());
    let differ = upright.pixels().zip(expected.pixels()).map(|(one, other)| u64::from(one.0[0].abs_diff(other.0[0])));
    assert!(differ.sum::<u64>() / u64::try_from(upright.len()).unwrap() < 4);
}

/// A photo of the zip that a provider gets.
async fn dataset(world: &World, account: &str, character: &str, n: usize) -> Vec<u8> {
    let until = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap() + Duration::from_mins(1);
    let expires = until.as_secs().to_string();
    let key = LinkKey::new(&Secret::new(SIGNING_SECRET)).unwrap();
    let mac = key.sign(Purpose::Dataset, &[account, character, &expires]);
    let zip = world.anybody().get(&format!("/datasets/{account}.{character}.zip?expires={expires}&mac={mac}")).await;
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip.unwrap().bytes)).unwrap();
    let mut photo = Vec::new();
    std::io::copy(&mut archive.by_index(n).unwrap(), &mut photo).unwrap();
    photo
}
