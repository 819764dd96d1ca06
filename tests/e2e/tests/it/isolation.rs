//! Another account's things are not there: every route, by every id, for whoever has no business with it.

use std::collections::BTreeMap;

use e2e::{Access, Actor, Answer, Inbox, Operation, World};
use serde_json::{Value, json};

/// Ids for the parameters of a path.
type Ids = BTreeMap<&'static str, String>;

/// Somebody who has a character, a task whose end was told, and a key of an account.
struct Owner {
    actor: Actor,
    ids: Ids,
    /// What their own server is told; it has to be there as long as they are.
    _inbox: Inbox,
}

async fn owner(world: &World) -> Owner {
    let inbox = Inbox::serve().await.unwrap();
    let (actor, account) = world.customer(1_000).await.unwrap();
    let consent = json!({ "subject": "synthetic" });
    let more = json!({ "webhook_url": inbox.url, "consent": consent });
    let (path, status) = world.train(&actor, more).await.unwrap();
    assert_eq!(status, "ready");
    inbox.until(1).await.unwrap();
    let tasks = actor.get("/api/v1/tasks").await.unwrap();
    let task = tasks.data().unwrap()["tasks"][0]["id"].as_str().unwrap().to_owned();
    let character = path.rsplit('/').next().unwrap().to_owned();
    let ids = [("character_id", character), ("task_id", task), ("account_id", account)];
    Owner { actor, ids: ids.into(), _inbox: inbox }
}

/// Ids of the same form, of nothing.
fn absent() -> Ids {
    let nothing = "0".repeat(32);
    let id = |prefix: &str| format!("{prefix}_{nothing}");
    [("character_id", id("char")), ("task_id", id("task")), ("account_id", id("acct"))].into()
}

/// The operations of customers, those that end something last.
async fn operations(world: &World) -> Vec<Operation> {
    let document = world.anybody().get("/openapi.json").await.unwrap().json;
    let mut all = Operation::all(&document).unwrap();
    all.retain(|operation| operation.access == Access::Customer);
    all.sort_by_key(|operation| operation.method == reqwest::Method::DELETE);
    all
}

/// All of an answer that is the same for two who may know the same.
fn told(answer: &Answer) -> (u16, &Value, Vec<(&str, &str)>) {
    let own = ["x-request-id", "date", "ratelimit", "x-ratelimit-remaining", "x-ratelimit-reset"];
    let names = answer.headers.keys().map(reqwest::header::HeaderName::as_str).filter(|name| !own.contains(name));
    let mut headers: Vec<(&str, &str)> = names.map(|name| (name, answer.header(name))).collect();
    headers.sort_unstable();
    (answer.status.as_u16(), &answer.json, headers)
}

#[tokio::test]
async fn a_stranger_is_told_of_anothers_things_what_is_told_of_nothing() {
    let world = World::shared();
    let owner = owner(&world).await;
    let (stranger, _) = world.customer(1_000).await.unwrap();
    let (operations, absent) = (operations(&world).await, absent());
    let mut compared = 0;
    for operation in operations.iter().filter(|operation| operation.has_id()) {
        let anothers = operation.ask(&stranger, &owner.ids).await.unwrap();
        let nothings = operation.ask(&stranger, &absent).await.unwrap();
        assert_eq!(anothers.status, 404, "{}: {}", operation.name, anothers.json);
        assert_eq!(told(&anothers), told(&nothings), "{}", operation.name);
        compared += 1;
    }
    assert!(compared >= 7, "{compared}");
    assert_eq!(world.balance(&stranger).await.unwrap(), 1_000);

    // All of it is there, and as it was, for its owner.
    for operation in operations.iter().filter(|operation| operation.has_id()) {
        let answer = operation.ask(&owner.actor, &owner.ids).await.unwrap();
        assert_ne!(answer.status, 404, "{}: {}", operation.name, answer.json);
        // What has ended cannot be canceled, and what is trained cannot be trained again.
        let is_over = [(409, "TASK_ENDED"), (409, "CHARACTER_TRAINED")].contains(&answer.outcome());
        assert!(answer.status.is_success() || is_over, "{}: {}", operation.name, answer.json);
    }
}

/// What is not asked for by an id is the asker's own.
#[tokio::test]
async fn a_strangers_lists_have_nothing_of_anothers() {
    let world = World::shared();
    let owner = owner(&world).await;
    let (stranger, _) = world.customer(1_000).await.unwrap();
    let mut seen_by_owner = 0;
    for operation in operations(&world)
        .await
        .iter()
        .filter(|operation| operation.method == reqwest::Method::GET && !operation.has_id())
    {
        let answer = operation.ask(&stranger, &Ids::new()).await.unwrap();
        assert_eq!(answer.status, 200, "{}", operation.name);
        let (anothers, own) =
            (answer.json.to_string(), operation.ask(&owner.actor, &Ids::new()).await.unwrap().json.to_string());
        for id in owner.ids.values() {
            assert!(!anothers.contains(id.as_str()), "{}: {anothers}", operation.name);
            seen_by_owner += usize::from(own.contains(id.as_str()));
        }
    }
    assert!(seen_by_owner >= 4, "characters, tasks, the ledger and deliveries name them: {seen_by_owner}");
}

#[tokio::test]
async fn without_a_key_that_counts_nothing_is_told_of_anything() {
    let world = World::shared();
    let owner = owner(&world).await;
    let revoked = revoked(&world, &owner.ids["account_id"]).await;
    let document = world.anybody().get("/openapi.json").await.unwrap().json;
    for operation in Operation::all(&document).unwrap() {
        let more = [("key_id", "0".repeat(16)), ("takedown_id", "0".to_owned())];
        let ids: Ids = owner.ids.clone().into_iter().chain(more).collect();
        let expected = match operation.access {
            Access::Anyone => continue,
            Access::Customer => "INVALID_API_KEY",
            Access::Operator => "INVALID_ADMIN_TOKEN",
        };
        let unknown = world.anybody().with_token(&format!("sk-{}", "0".repeat(72)));
        let askers = [(world.anybody(), "MISSING_AUTH_HEADER"), (revoked.clone(), expected), (unknown, expected)];
        for (asker, code) in askers {
            let answer = operation.ask(&asker, &ids).await.unwrap();
            assert_eq!(answer.outcome(), (401, code), "{}", operation.name);
        }
        if operation.access == Access::Operator {
            let answer = operation.ask(&owner.actor, &ids).await.unwrap();
            assert_eq!(answer.outcome(), (401, expected), "{}", operation.name);
        }
    }
    assert_eq!(
        owner.actor.get(&format!("/api/v1/characters/{}", owner.ids["character_id"])).await.unwrap().status,
        200
    );
}

/// Somebody whose key of this account was revoked.
async fn revoked(world: &World, account: &str) -> Actor {
    let keys = format!("/api/v1/admin/accounts/{account}/keys");
    let made = world.operator().post(&keys, &json!({ "label": "stolen" })).await.unwrap();
    let (key, id) = (made.data().unwrap()["key"].as_str().unwrap(), made.data().unwrap()["key_id"].as_str().unwrap());
    let actor = world.anybody().with_token(key);
    assert_eq!(actor.get("/api/v1/credits").await.unwrap().status, 200);
    let revoked = world.operator().send(reqwest::Method::DELETE, &format!("{keys}/{id}"), Vec::new()).await.unwrap();
    assert_eq!(revoked.status, 200);
    actor
}

#[tokio::test]
async fn what_is_no_id_is_not_found_either() {
    let world = World::shared();
    let (customer, _) = world.customer(0).await.unwrap();
    for id in ["x", "char_", "abc123-def456", "char_%2e%2e", "char_'%20or%201=1", &"a".repeat(5_000)] {
        let answer = customer.get(&format!("/api/v1/characters/{id}")).await.unwrap();
        assert_eq!(answer.outcome(), (404, "NOT_FOUND"), "{id:.20}");
    }
}
