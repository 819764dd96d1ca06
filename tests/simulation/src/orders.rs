//! What customers do that costs, and what they cancel.

use http::Method;
use serde_json::{Value, json};

use crate::clients::{Answer, Customer, Exchange};
use crate::evidence::{Answered, Asked};
use crate::outside::PHOTOS_URL;
use crate::owners;
use crate::world::World;

/// A model of the deployment's own catalogue, which both providers have: two songs.
pub const SONGS: &str = "songs";
/// A model of ours, which one of them has: a picture.
const PICTURE: &str = "flux-2-pro-text-to-image";

/// The deployment's own catalogue: what keeps photos as references costs something here.
pub const CATALOGUE: &str = r#"{"models": [{
    "id": "flux-2-pro-image-to-image", "name": "Portraits", "media": "image",
    "input": [
        {"name": "prompt", "type": "text", "required": true, "max": 500, "description": "What is seen."},
        {"name": "image_urls", "type": "urls", "required": true, "max": 2, "description": "Who is seen."},
        {"name": "seed", "type": "integer", "min": 0, "max": 2147483647, "description": "The same one makes the same again."}
    ],
    "price": {"flat": {"credits": 25}},
    "references": {"photos": "image_urls", "price": 5},
    "providers": {
        "replicate": {"model": "likeness/portraits"},
        "cog": {"model": ""}
    }
}, {
    "id": "songs", "name": "Songs", "media": "music", "count": 2,
    "input": [{"name": "prompt", "type": "text", "required": true, "max": 500, "description": "What about."}],
    "price": {"flat": {"credits": 15}},
    "providers": {
        "replicate": {
            "model": "likeness/songs",
            "fields": [{"from": "prompt"}, {"to": "num_songs", "always": 2}],
            "outputs": {"files": "/audio/*/url", "lyrics": "/lyrics"}
        },
        "cog": {
            "model": "",
            "fields": [{"from": "prompt"}, {"to": "num_songs", "always": 2}],
            "outputs": {"files": "/audio/*/url", "lyrics": "/lyrics"}
        }
    }
}]}"#;

/// Has a character trained, or its photos kept.
pub async fn create(world: &World, exchange: &Exchange, customer: &Customer) {
    let body = if world.below(3) == 0 { kept() } else { trained() };
    let body = asking_to_be_told(world, body);
    let asked = Asked::new(customer, "/api/v1/characters/create", body, name_of(world));
    drop(order(world, exchange, asked, &[]).await);
}

/// A character to be trained.
pub fn trained() -> Value {
    let urls: Vec<String> = (0..10).map(|n| format!("{PHOTOS_URL}/{n}.png")).collect();
    json!({ "image_urls": urls, "name": "A" })
}

/// A character whose photos are to be kept as references.
pub fn kept() -> Value {
    let urls: Vec<String> = (0..3).map(|n| format!("{PHOTOS_URL}/{n}.png")).collect();
    json!({ "image_urls": urls, "name": "A", "mode": "reference" })
}

/// The photos that complete those of a character whose photos are kept.
pub fn trained_later() -> Value {
    let urls: Vec<String> = (3..10).map(|n| format!("{PHOTOS_URL}/{n}.png")).collect();
    json!({ "image_urls": urls })
}

/// Has a character trained that is pictured by its photos, or that cannot be trained.
pub async fn train_later(world: &World, exchange: &Exchange, customer: &Customer) {
    let characters = world.evidence.borrow().characters_of(&customer.account);
    let Some(character) = world.one_of(&characters) else { return };
    let path = format!("/api/v1/characters/{character}/train");
    let body = asking_to_be_told(world, trained_later());
    drop(order(world, exchange, Asked::new(customer, &path, body, name_of(world)), &[]).await);
}

/// Has pictures of a character made.
pub async fn generate(world: &World, exchange: &Exchange, customer: &Customer) {
    let own = world.evidence.borrow().ready_for(&customer.account);
    let character = own.filter(|_| world.below(2) == 0).unwrap_or_else(|| customer.character.clone());
    generate_of(world, exchange, customer, &character, world.below(2) == 0).await;
}

async fn generate_of(world: &World, exchange: &Exchange, customer: &Customer, character: &str, polls: bool) {
    let body = json!({ "prompt": "at the sea", "num_outputs": 1 + world.below(4) });
    let body = asking_to_be_told(world, body);
    let path = format!("/api/v1/characters/{character}/generate");
    let prefer: &[(&str, &str)] = if polls { &[("prefer", "respond-async")] } else { &[] };
    drop(order(world, exchange, Asked::new(customer, &path, body, name_of(world)), prefer).await);
}

/// Runs a model of the catalogue; at times after asking what that would cost.
pub async fn run(world: &World, exchange: &Exchange, customer: &Customer) {
    let body = run_body(world);
    let estimate = if world.below(3) == 0 {
        let answer = exchange.send(Method::POST, "/api/v1/estimate", Some(&body), &[]).await;
        answer.and_then(|answer| answer.number("credits"))
    } else {
        None
    };
    let asked = Asked::new(customer, "/api/v1/generate", asking_to_be_told(world, body), name_of(world));
    let told = order(world, exchange, asked, &[]).await.and_then(|answer| answer.number("creditsUsed"));
    if let Some((estimate, told)) = estimate.zip(told)
        && estimate != told
    {
        world.accuse(format!("a run was estimated at {estimate} credits and costs {told}"));
    }
}

fn run_body(world: &World) -> Value {
    if world.below(2) == 0 {
        return json!({ "model": SONGS, "input": { "prompt": "rain" } });
    }
    let resolution = if world.below(2) == 0 { "1K" } else { "2K" };
    json!({ "model": PICTURE, "input": { "prompt": "at the sea", "resolution": resolution } })
}

fn asking_to_be_told(world: &World, mut body: Value) -> Value {
    if let (Some(url), Some(fields)) = (owners::webhook_url(world), body.as_object_mut()) {
        fields.insert("webhook_url".to_owned(), url.into());
    }
    body
}

/// Writes down what a customer was answered.
pub fn write_down(world: &World, customer: &Customer, path: &str, body: Value, name: Option<String>, answer: Answer) {
    let asked = Asked::new(customer, path, body, name);
    world.evidence.borrow_mut().answered.push(Answered::new(asked, answer));
}

/// Sends a request that costs, again and again until there is a clear answer, and writes down every answer. Comes back with the last.
async fn order(world: &World, exchange: &Exchange, asked: Asked, more: &[(&str, &str)]) -> Option<Answer> {
    let mut headers = more.to_vec();
    if let Some(name) = &asked.name {
        headers.push(("idempotency-key", name));
    }
    let mut last = None;
    for _ in 0..4 {
        let Some(answer) = exchange.send(Method::POST, &asked.path, Some(&asked.body), &headers).await else {
            if asked.name.is_none() {
                return last;
            }
            continue;
        };
        let (status, code) = (answer.status, answer.code());
        last = Some(answer.clone());
        world.evidence.borrow_mut().answered.push(Answered::new(asked.clone(), answer));
        if !matches!((status, code.as_str()), (503, _) | (409, "IDEMPOTENCY_IN_PROGRESS")) {
            break;
        }
        world.until(world.time.get() + world.millis(500, 60_000)).await;
    }
    if asked.name.is_some() && world.below(4) == 0 {
        // The same name for something else is a mistake, and must never begin anything.
        let mut other = asked.clone();
        let field = match other.path.rsplit('/').next() {
            Some("generate") => "prompt",
            Some("train") => "caption",
            _ => "name",
        };
        if let Some(fields) = other.body.as_object_mut() {
            fields.insert(field.to_owned(), json!("something else"));
        }
        let answer = exchange.send(Method::POST, &other.path, Some(&other.body), &headers).await;
        if let Some(answer) = answer {
            world.evidence.borrow_mut().answered.push(Answered::new(other, answer));
        }
    }
    last
}

fn name_of(world: &World) -> Option<String> {
    (world.below(5) > 1).then(|| format!("k{}", world.below(1_000_000)))
}

/// Cancels a task that somebody was told of: often one's own, and often one that is over.
pub async fn cancel(world: &World, exchange: &Exchange) {
    let mut paths = world.evidence.borrow().paths_told();
    paths.retain(|path| path.starts_with("/api/v1/tasks/"));
    let Some(path) = world.one_of(&paths) else { return };
    let last_word = world.evidence.borrow().last_word(path);
    let answer = exchange.send(Method::POST, &format!("{path}/cancel"), None, &[]).await;
    if let Some(answer) = answer.filter(|answer| answer.status == 200) {
        world.evidence.borrow_mut().polled(path, last_word, &answer);
    }
}

/// Deletes a character, again and again until that is done. Some owners do not come back.
pub async fn erase(world: &World, exchange: &Exchange, customer: &Customer) {
    let mut characters = world.evidence.borrow().characters_of(&customer.account);
    characters.push(customer.character.clone());
    let Some(character) = world.one_of(&characters) else { return };
    if world.below(2) == 0 {
        // Most pictures take up to a minute, and copying them is the moment to be deleted in.
        generate_of(world, exchange, customer, character, true).await;
        world.until(world.time.get() + world.millis(0, 40_000)).await;
    }
    for _ in 0..if world.below(3) == 0 { 1 } else { 4 } {
        if erase_once(world, exchange, character).await {
            return;
        }
        world.until(world.time.get() + world.millis(500, 60_000)).await;
    }
}

/// Deletes a character; whether all is gone that is up to us.
pub async fn erase_once(world: &World, exchange: &Exchange, character: &str) -> bool {
    let answer = exchange.send(Method::DELETE, &format!("/api/v1/characters/{character}"), None, &[]).await;
    let Some(answer) = answer.filter(|answer| answer.status == 200) else { return false };
    let objects = answer.json.pointer("/data/objects").and_then(Value::as_array).cloned().unwrap_or_default();
    let outcome = |name: &str| {
        let object = objects.iter().find(|object| object.get("object").is_some_and(|object| object == name))?;
        object.get("outcome").and_then(Value::as_str)
    };
    let all = ["character", "running_tasks", "weights", "photos", "results"];
    let is_done = all.iter().all(|name| outcome(name).is_some_and(|outcome| outcome != "remains"));
    if is_done {
        let with_model = outcome("provider_model") == Some("deleted");
        world.evidence.borrow_mut().erased.entry(character.to_owned()).or_insert(with_model);
    }
    is_done
}
