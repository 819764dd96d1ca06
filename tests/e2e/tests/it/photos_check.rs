//! `POST /api/v1/photos/check`, and `strict` on create: photos are looked at before they are paid for.

use e2e::{Actor, Answer, Settings, World};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/photos/check";

/// URLs of ten good photos, none of which shows what another one does.
fn good(world: &World) -> Vec<String> {
    let mut urls = world.photos.urls(12);
    // The third and the fourth fixture are nearly the same.
    urls.remove(3);
    urls.truncate(10);
    urls
}

async fn check(customer: &Actor, urls: &[String]) -> Answer {
    customer.post(PATH, &json!({ "image_urls": urls, "name": "Ada" })).await.unwrap()
}

/// What was told, by photo.
fn told(warnings: &Value) -> Vec<(u64, String)> {
    let told = |warning: &Value| (warning["image"].as_u64().unwrap(), warning["code"].as_str().unwrap().to_owned());
    warnings.as_array().unwrap().iter().map(told).collect()
}

#[tokio::test]
async fn what_is_to_be_changed_is_told_and_nothing_is_kept_or_charged() {
    let world = World::start(Settings::default()).await.unwrap();
    let (customer, account) = world.customer(1_000).await.unwrap();
    let mut urls = good(&world);
    let checked = check(&customer, &urls).await;
    assert_eq!(checked.data().unwrap(), &json!({ "image_count": 10, "checked_count": 10, "warnings": [] }));

    let file = |name: &str| world.photos.url(name);
    urls.splice(4..9, [file("blurred.jpg"), file("dark.jpg"), file("placed.jpg"), file("small.png"), urls[0].clone()]);
    let checked = check(&customer, &urls).await;
    let warnings = &checked.data().unwrap()["warnings"];
    let told = told(warnings);
    for (image, code) in [
        (5, "BLURRED"),
        (6, "TOO_DARK"),
        (7, "LOCATION_REMOVED"),
        (7, "NOT_UPRIGHT"),
        (8, "LOW_RESOLUTION"),
        (9, "DUPLICATE_IMAGE"),
    ] {
        assert!(told.contains(&(image, code.to_owned())), "{image} {code}: {warnings:#}");
    }
    assert!(!told.contains(&(9, "NEAR_DUPLICATE".to_owned())), "it is told once: {warnings:#}");
    assert!(warnings[0]["message"].as_str().unwrap().contains("Photo 5 is blurred"), "{warnings:#}");

    assert_eq!(world.funds(&account).await.unwrap(), [1_000, 0, 0, 1_000]);
    assert_eq!(world.engines.blobs().await.unwrap(), [""; 0]);
    assert!(world.gpu.simulator.jobs().is_empty());
    let listed = customer.get("/api/v1/characters").await.unwrap();
    assert_eq!(listed.data().unwrap()["characters"], json!([]));
}

#[tokio::test]
async fn a_check_that_ran_out_of_time_goes_on_where_it_ended() {
    let world = World::start(Settings::default()).await.unwrap();
    let (customer, _) = world.customer(1_000).await.unwrap();
    let mut urls = good(&world);
    // What is told of the first photos and of the last ones together is told in the end.
    urls[0] = world.photos.url("placed.jpg");
    urls[1] = world.photos.url("small.png");
    urls[9] = urls[3].clone();
    // Four are fetched at a time.
    for first in [2, 6] {
        urls[first] = world.photos.url(&format!("after/6/portrait-{first:02}.jpg"));
    }
    let check = async |resume: Option<&Value>| {
        let body = json!({ "image_urls": urls, "resume": resume });
        customer.post(PATH, &body).await.unwrap()
    };
    let first = check(None).await;
    let first = first.data().unwrap();
    assert_eq!((&first["image_count"], &first["checked_count"]), (&json!(10), &json!(8)), "{first:#}");
    let last = check(Some(&first["resume"])).await;
    let last = last.data().unwrap();
    assert_eq!((&last["checked_count"], last.get("resume")), (&json!(10), None), "{last:#}");
    let told = told(&last["warnings"]);
    for expected in [(1, "LOCATION_REMOVED"), (1, "NOT_UPRIGHT"), (2, "LOW_RESOLUTION"), (10, "DUPLICATE_IMAGE")] {
        assert!(told.contains(&(expected.0, expected.1.to_owned())), "{expected:?}: {last:#}");
    }
    assert_eq!(world.engines.blobs().await.unwrap(), [""; 0]);

    let body = json!({ "image_urls": good(&world), "resume": first["resume"] });
    let others = customer.post(PATH, &body).await.unwrap();
    assert_eq!(others.outcome(), (400, "INVALID_REQUEST"));
    assert!(others.message().contains("`resume`"), "{}", others.message());
}

#[tokio::test]
async fn what_cannot_be_checked_is_refused_with_the_reason() {
    let world = World::shared();
    let (customer, _) = world.customer(1_000).await.unwrap();
    let mut urls = good(&world);
    urls[2] = world.photos.url("garbled.png");
    let refused = check(&customer, &urls).await;
    assert_eq!(refused.outcome(), (422, "IMAGE_DOWNLOAD_FAILED"));
    assert_eq!(refused.json["error"]["details"][0]["image"], 3, "{}", refused.json);

    assert_eq!(check(&customer, &urls[..9]).await.outcome(), (400, "TOO_FEW_IMAGES"));
    let (poor, _) = world.customer(0).await.unwrap();
    assert_eq!(check(&poor, &urls).await.outcome(), (402, "INSUFFICIENT_CREDITS"));
    assert_eq!(check(&world.anybody(), &urls).await.outcome().0, 401);
}

#[tokio::test]
async fn strict_refuses_what_is_to_be_changed_before_anything_is_held() {
    let world = World::start(Settings::default()).await.unwrap();
    let (customer, account) = world.customer(1_000).await.unwrap();
    let mut urls = good(&world);
    // It is the second one that is blurred there.
    let sharp = std::mem::replace(&mut urls[1], world.photos.url("blurred.jpg"));
    let strict = |urls: &[String]| json!({ "image_urls": urls, "strict": true });
    let refused = customer.post("/api/v1/characters/create", &strict(&urls)).await.unwrap();
    assert_eq!(refused.outcome(), (422, "PHOTOS_REFUSED"));
    assert_eq!(told(&refused.json["error"]["details"]), [(2, "BLURRED".to_owned())]);
    assert!(refused.message().contains("nothing was charged"), "{}", refused.message());
    assert_eq!(world.funds(&account).await.unwrap(), [1_000, 0, 0, 1_000]);
    assert_eq!(world.engines.blobs().await.unwrap(), [""; 0]);
    assert!(world.gpu.simulator.jobs().is_empty());

    // Without it they are taken, as ever; and good ones are with it.
    let taken = world.create(&customer, json!({ "image_urls": urls })).await.unwrap();
    assert_eq!(taken.status, 200, "{}", taken.json);
    urls[1] = sharp;
    let taken = customer.post("/api/v1/characters/create", &strict(&urls)).await.unwrap();
    assert_eq!((taken.status.as_u16(), taken.json["data"].get("warnings")), (200, None), "{}", taken.json);
}
