//! Where a certificate is configured, every picture has a signed manifest, whoever copies it. The official reader looks at them in
//! tests/libraries.

use c2pa::{Content, Credential};
use domain::{Digest, Secret};
use e2e::{Settings, World};
use gpu_sim::Misbehaviour;
use serde_json::{Value, json};

fn pem(name: &str) -> String {
    std::fs::read_to_string(format!("{}/../fixtures/c2pa/{name}.pem", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

async fn signing(misbehaviour: Vec<Misbehaviour>) -> World {
    let variables = vec![("c2pa_certificate", pem("certificate")), ("c2pa_key", pem("key"))];
    World::start(Settings { variables, misbehaviour, ..Settings::default() }).await.unwrap()
}

/// Whether a picture has the one manifest that says what the rest of it hashes to.
fn is_signed(file: &[u8]) -> bool {
    let credential = Credential::read(&pem("certificate"), &Secret::new(pem("key"))).unwrap().unwrap();
    let bytes = credential.manifest(&Content::nothing()).len();
    // What names it in a PNG, a JPEG and a WebP, how much stands before that and behind it, and what behind the manifest.
    let wrapped = [(&b"caBX"[..], 4, 0, 4), (b"\xff\xeb", 0, 10, 0), (b"C2PA", 0, 4, 0)];
    wrapped.into_iter().any(|(name, before, between, behind)| {
        let Some(at) = file.windows(name.len()).position(|window| window == name) else { return false };
        let (start, manifest) = (at - before, at + name.len() + between);
        let end = manifest + bytes + behind;
        let around = [&file[..start], file.get(end..).unwrap_or_default()].concat();
        let number = |number: usize| u32::try_from(number).unwrap();
        let of = Content { start: number(start), length: number(end - start), sha256: Digest::of(around) };
        file.get(manifest..manifest + bytes) == Some(&credential.manifest(&of)[..])
    })
}

async fn picture(world: &World, url: &Value) -> Vec<u8> {
    world.anybody().get(url.as_str().unwrap()).await.unwrap().bytes
}

#[tokio::test]
async fn every_format_has_a_manifest_and_every_size_and_hash_is_that_of_what_is_delivered() {
    let world = signing(Vec::new()).await;
    let (customer, _) = world.customer(600).await.unwrap();
    let (path, _) = world.train(&customer, json!({ "name": "Ada" })).await.unwrap();
    for format in ["png", "jpg", "webp"] {
        let body = json!({ "prompt": "zebra", "output_format": format, "num_outputs": 2 });
        let generated = customer.post(&format!("{path}/generate"), &body).await.unwrap();
        for image in generated.data().unwrap()["output"]["images"].as_array().unwrap() {
            let file = picture(&world, &image["url"]).await;
            assert!(is_signed(&file), "{format}");
            let packets = file.windows(9).filter(|window| *window == b"<?xpacket").count();
            assert_eq!(packets, 2, "{format} has its mark, too, which begins and ends");
            assert!(image::load_from_memory(&file).is_ok(), "{format}");
            let name = image["url"].as_str().unwrap().rsplit('/').next().unwrap();
            let told = world.anybody().get(&format!("/api/v1/results/{name}/provenance")).await.unwrap();
            let recipe = &told.data().unwrap()["recipe"];
            assert_eq!(recipe["sha256"], Digest::of(&file).as_str(), "{format}");
            assert_eq!(recipe["sizeBytes"], file.len(), "{format}");
        }
    }
}

#[tokio::test]
async fn whoever_copies_a_picture_signs_it() {
    // By the callback, or by who asks.
    for misbehaviour in [Vec::new(), vec![Misbehaviour::Lose]] {
        let world = signing(misbehaviour).await;
        let (customer, _) = world.customer(100).await.unwrap();
        let input = json!({ "prompt": "a fox in the snow" });
        let body = json!({ "model": "flux-2-pro-text-to-image", "input": input });
        let started = customer.post("/api/v1/generate", &body).await.unwrap();
        let task = crate::models::ended(&customer, &started.data().unwrap()["id"]).await;
        assert!(is_signed(&picture(&world, &task["result"]["url"]).await), "{task}");
    }
}

#[tokio::test]
async fn the_doctor_says_whether_the_certificate_can_be_used() {
    let mut world = signing(Vec::new()).await;
    let mut verdicts = Vec::new();
    for key in [pem("key"), "-----BEGIN PRIVATE KEY-----".to_owned()] {
        world.stop().await.unwrap();
        world.set("c2pa_key", &key);
        world.restart().await.unwrap();
        let report = world.operator().get("/api/v1/admin/doctor").await.unwrap().data().unwrap().clone();
        let checks = report["checks"].as_array().unwrap();
        verdicts.extend(checks.iter().filter(|check| check["about"] == "certificate").cloned());
    }
    let [good, bad] = &verdicts[..] else { panic!("{verdicts:?}") };
    assert_eq!((&good["verdict"], &bad["verdict"]), (&json!("passed"), &json!("failed")), "{verdicts:?}");
    assert!(bad["note"].as_str().unwrap().contains("c2pa_key has to be"), "{bad}");
}
