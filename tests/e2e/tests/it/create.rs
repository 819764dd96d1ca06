//! `POST /api/v1/characters/create`: every parameter, limit, default and error.

use e2e::World;
use serde_json::{Value, json};

const PATH: &str = "/api/v1/characters/create";

#[tokio::test]
async fn ten_to_thirty_photos_are_taken() {
    let world = World::shared();
    let (customer, _) = world.customer(1_000).await.unwrap();
    for (body, code) in [
        (json!({}), "TOO_FEW_IMAGES"),
        (json!({ "image_urls": null }), "TOO_FEW_IMAGES"),
        (json!({ "image_urls": [] }), "TOO_FEW_IMAGES"),
        (json!({ "image_urls": world.photos.urls(9) }), "TOO_FEW_IMAGES"),
        (json!({ "image_urls": world.photos.urls(31) }), "TOO_MANY_IMAGES"),
    ] {
        let answer = customer.post(PATH, &body).await.unwrap();
        assert_eq!(answer.outcome(), (400, code));
    }
    for count in [10, 30] {
        let answer = customer.post(PATH, &json!({ "image_urls": world.photos.urls(count) })).await.unwrap();
        assert_eq!(answer.data().unwrap()["image_count"], count);
    }
    assert_eq!(world.balance(&customer).await.unwrap(), 0);
}

#[tokio::test]
async fn an_image_url_has_to_be_http_or_https() {
    let world = World::shared();
    let (customer, _) = world.customer(500).await.unwrap();
    let long = format!("https://example.com/{}", "a".repeat(2_048));
    for bad in [
        "",
        "photo.jpg",
        "ftp://example.com/a.jpg",
        "data:image/png;base64,AAAA",
        "https://",
        "file:///etc/passwd",
        "https://user:secret@example.com/a.jpg",
        &long,
    ] {
        let mut urls = world.photos.urls(11);
        urls[2] = bad.to_owned();
        urls[7] = bad.to_owned();
        let answer = customer.post(PATH, &json!({ "image_urls": urls })).await.unwrap();
        assert_eq!(answer.outcome(), (400, "INVALID_IMAGE_URL"), "{bad:.40}");
        assert!(answer.message().contains("3, 8") && !answer.message().contains("secret"), "{}", answer.message());
    }
}

#[tokio::test]
async fn name_and_trigger_word_have_defaults_and_limits() {
    let world = World::shared();
    let (customer, _) = world.customer(1_500).await.unwrap();
    let cases = [
        (json!({ "name": "x".repeat(101) }), "INVALID_REQUEST"),
        (json!({ "name": "" }), "INVALID_REQUEST"),
        (json!({ "name": "a\nb" }), "INVALID_REQUEST"),
        (json!({ "trigger_word": "ab" }), "INVALID_TRIGGER_WORD"),
        (json!({ "trigger_word": "x".repeat(33) }), "INVALID_TRIGGER_WORD"),
        (json!({ "trigger_word": "two words" }), "INVALID_TRIGGER_WORD"),
        (json!({ "trigger_word": "naïve" }), "INVALID_TRIGGER_WORD"),
    ];
    for (more, code) in cases {
        let answer = world.create(&customer, more.clone()).await.unwrap();
        assert_eq!(answer.outcome(), (400, code), "{more}");
    }
    let named = json!({ "name": "é".repeat(100), "trigger_word": "SARAH_1" });
    let answer = world.create(&customer, named.clone()).await.unwrap();
    assert_eq!(answer.data().unwrap()["name"], named["name"]);
    assert_eq!(answer.data().unwrap()["trigger_word"], "SARAH_1");

    let answer = world.create(&customer, json!({})).await.unwrap();
    assert_eq!(answer.data().unwrap()["name"], "Character");
    let word = answer.data().unwrap()["trigger_word"].as_str().unwrap().to_owned();
    assert!(word.len() == 11 && word.starts_with("CHAR"), "{word}");
    let form = |(i, b): (usize, u8)| if i % 2 == 0 { b.is_ascii_digit() } else { b.is_ascii_uppercase() };
    assert!(word.bytes().skip(4).enumerate().all(form), "{word} is not like CHAR1N2K3M4");
    let other = world.create(&customer, json!({})).await.unwrap();
    assert_ne!(other.data().unwrap()["trigger_word"], word.as_str());
}

#[tokio::test]
async fn without_the_credits_no_photo_is_fetched() {
    let world = World::start(e2e::Settings::default()).await.unwrap();
    let (customer, _) = world.customer(499).await.unwrap();
    let answer = world.create(&customer, json!({})).await.unwrap();
    assert_eq!(answer.outcome(), (402, "INSUFFICIENT_CREDITS"));
    assert_eq!(answer.message(), "Insufficient credits. Required: 500, Available: 499");
    assert_eq!(world.photos.requests(), 0);
    assert_eq!(world.balance(&customer).await.unwrap(), 499);
}

#[tokio::test]
async fn of_two_creations_at_once_only_the_one_that_is_paid_for_begins() {
    let world = World::shared();
    let (customer, account) = world.customer(700).await.unwrap();
    let (first, second) = tokio::join!(world.create(&customer, json!({})), world.create(&customer, json!({})));
    let mut outcomes = [first.unwrap(), second.unwrap()].map(|answer| answer.status.as_u16());
    outcomes.sort_unstable();
    assert_eq!(outcomes, [200, 402]);
    assert_eq!(world.funds(&account).await.unwrap()[..1], [200]);
}

#[tokio::test]
async fn every_photo_that_cannot_be_used_is_listed_and_nothing_is_charged() {
    let world = World::shared();
    let (customer, account) = world.customer(500).await.unwrap();
    let bad = [
        ("missing.jpg", "404"),
        ("broken.jpg", "500"),
        ("empty.jpg", "empty"),
        ("page.jpg", "not a JPEG, PNG or WebP"),
        ("gif.jpg", "is GIF"),
        ("cut.jpg", "header"),
        ("huge.jpg", "10 MB"),
        ("heic.jpg", "is HEIC"),
        ("half/portrait-01.jpg", "is cut off"),
        ("half/portrait-04.png", "is cut off"),
        ("half/portrait-05.webp", "is cut off"),
        ("redirect/11", "redirects more than 10 times"),
        ("moved/302/nowhere", "redirects without saying where to"),
        ("moved/302/elsewhere", "not an HTTP(S) URL"),
        ("moved/304/beside", "status 304"),
    ];
    let mut urls = world.photos.urls(10);
    urls.extend(bad.map(|(path, _)| world.photos.url(path)));
    let forbidden = [
        "http://10.0.0.1/a.jpg",
        "http://169.254.169.254/latest",
        "http://[::ffff:10.0.0.1]/a.jpg",
        "http://metadata/a.jpg",
    ];
    urls.extend(forbidden.map(str::to_owned));
    urls.push("http://127.0.0.1:1/refused.jpg".to_owned());

    let answer = customer.post(PATH, &json!({ "image_urls": urls })).await.unwrap();
    assert_eq!(answer.outcome(), (422, "IMAGE_DOWNLOAD_FAILED"), "{}", answer.json);
    let details = answer.json["error"]["details"].as_array().unwrap();
    let numbers: Vec<u64> = details.iter().map(|detail| detail["image"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (11..=30).collect::<Vec<_>>());
    for (detail, (path, reason)) in details.iter().zip(bad) {
        assert_eq!(detail["url"], world.photos.url(path));
        assert!(detail["reason"].as_str().unwrap().contains(reason), "{detail}");
        assert!(answer.message().contains(path), "{}", answer.message());
    }
    for detail in &details[bad.len()..bad.len() + forbidden.len()] {
        assert!(detail["reason"].as_str().unwrap().contains("address that is not allowed"), "{detail}");
    }
    assert_eq!(world.funds(&account).await.unwrap(), [500, 0, 0, 500]);
}

#[tokio::test]
async fn a_photo_that_takes_too_long_is_given_up() {
    let world = World::shared();
    let (customer, _) = world.customer(500).await.unwrap();
    let mut urls = world.photos.urls(10);
    urls[4] = world.photos.url("slow.jpg");
    let answer = customer.post(PATH, &json!({ "image_urls": urls })).await.unwrap();
    assert_eq!(answer.outcome(), (422, "IMAGE_DOWNLOAD_FAILED"));
    let detail = &answer.json["error"]["details"][0];
    assert_eq!(detail["image"], 5);
    assert!(detail["reason"].as_str().unwrap().contains("too"), "{detail}");
}

#[tokio::test]
async fn three_redirects_are_followed() {
    let world = World::shared();
    let (customer, _) = world.customer(500).await.unwrap();
    let mut urls = world.photos.urls(9);
    urls.push(world.photos.url("redirect/3"));
    let answer = customer.post(PATH, &json!({ "image_urls": urls })).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.json);
}

#[tokio::test]
async fn redirects_are_followed_as_browsers_do() {
    let world = World::shared();
    let (customer, _) = world.customer(500).await.unwrap();
    let mut urls = world.photos.urls(5);
    urls.extend(["301", "303", "307", "308"].map(|status| world.photos.url(&format!("moved/{status}/beside"))));
    urls.push(world.photos.url("moved/301/letters"));
    let answer = customer.post(PATH, &json!({ "image_urls": urls })).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.json);
}

#[tokio::test]
async fn a_host_that_is_busy_at_first_is_asked_again() {
    for status in ["429", "502", "503", "504"] {
        // Of its own: others fetch photos all the time.
        let world = World::start(e2e::Settings::default()).await.unwrap();
        let (customer, _) = world.customer(500).await.unwrap();
        let mut urls: Vec<String> = (1..10).map(|_| world.photos.url("unsized/portrait-01.jpg")).collect();
        urls.push(world.photos.url(&format!("busy/{status}/portrait-02.jpg")));
        let answer = customer.post(PATH, &json!({ "image_urls": urls })).await.unwrap();
        assert_eq!(answer.status, 200, "{status}: {}", answer.json);
        let image = world.photos.url(&format!("busy/{status}/portrait-02.jpg"));
        let estimate = json!({ "model": "topaz-image-upscale", "input": { "image_url": image } });
        let estimate = customer.post("/api/v1/estimate", &estimate).await.unwrap();
        assert_eq!(estimate.status, 200, "{status}: {}", estimate.json);
    }
}

#[tokio::test]
async fn small_and_repeated_photos_are_accepted_and_told() {
    let world = World::shared();
    let (customer, _) = world.customer(500).await.unwrap();
    let mut urls = world.photos.urls(10);
    urls[3] = world.photos.url("small.png");
    urls.push(urls[0].clone());
    let answer = customer.post(PATH, &json!({ "image_urls": urls })).await.unwrap();
    let warnings = answer.data().unwrap()["warnings"].as_array().unwrap().clone();
    let told: Vec<(&Value, &Value)> = warnings.iter().map(|warning| (&warning["image"], &warning["code"])).collect();
    assert_eq!(told, [(&json!(4), &json!("LOW_RESOLUTION")), (&json!(11), &json!("DUPLICATE_IMAGE"))]);
}
