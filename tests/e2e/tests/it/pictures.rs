//! Pictures that are written anew: by the function that does it, and on their ways in and out.

use std::time::{Duration, SystemTime};

use domain::Secret;
use e2e::{Answer, SIGNING_SECRET, Settings, World};
use image::{DynamicImage, GenericImageView, ImageFormat, RgbImage};
use reqwest::Method;
use webhook::link::{LinkKey, Purpose};

/// A link as the functions of a deployment make them for each other, which is over in so many seconds.
fn link(name: &str, seconds: u64) -> String {
    let until = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap() + Duration::from_secs(seconds);
    let expires = until.as_secs().to_string();
    let mac = LinkKey::new(&Secret::new(SIGNING_SECRET)).unwrap().sign(Purpose::Picture, &[name, &expires]);
    format!("/pictures/{name}?expires={expires}&mac={mac}")
}

async fn sent(world: &World, path: &str, picture: Vec<u8>) -> Answer {
    world
        .anybody()
        .with_header("content-type", "application/octet-stream")
        .send(Method::POST, path, picture)
        .await
        .unwrap()
}

async fn marking() -> World {
    let variables = vec![("watermark", "Made by AI".to_owned())];
    World::start(Settings { variables, ..Settings::default() }).await.unwrap()
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A picture, light on the left and dark on the right.
fn halves(width: u32, height: u32) -> DynamicImage {
    let pixel = |x, _| if x < width / 2 { image::Rgb([240, 200, 160]) } else { image::Rgb([20, 40, 60]) };
    RgbImage::from_fn(width, height, pixel).into()
}

/// A JPEG whose Exif data say that it is to be turned to the right by a quarter.
fn turned(picture: &DynamicImage) -> Vec<u8> {
    let exif = [&b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06"[..], &[0; 6]].concat();
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    let mut jpeg = encoded(picture, ImageFormat::Jpeg);
    jpeg.splice(2..2, [b"\xff\xe1", &length[..], &exif].concat());
    jpeg
}

/// Whether there is a watermark in the corner of what was of one tone there: a darkened box, and light signs in it.
fn has_watermark(picture: &DynamicImage) -> bool {
    let (width, height) = picture.dimensions();
    let corner = picture.crop_imm(width - 30, height - 9, 28, 7).to_luma8();
    let lumas = corner.pixels().map(|pixel| pixel.0[0]);
    lumas.clone().any(|luma| luma > 200) && lumas.clone().any(|luma| luma < 60)
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
