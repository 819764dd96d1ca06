//! Another account's things are not there.

use e2e::World;
use serde_json::json;

#[tokio::test]
async fn anothers_character_and_task_look_like_ones_that_never_were() {
    let world = World::shared();
    let (owner, _) = world.customer(1_000).await.unwrap();
    let (stranger, _) = world.customer(1_000).await.unwrap();
    let (path, _) = world.train(&owner, json!({})).await.unwrap();
    let generated = owner.post(&format!("{path}/generate"), &json!({ "prompt": "x" })).await.unwrap();
    let task = format!("/api/v1/tasks/{}", generated.data().unwrap()["id"].as_str().unwrap());
    assert_eq!(owner.get(&task).await.unwrap().status, 200);

    let absent = "00000000000000000000000000000000";
    let pairs = [
        (path.clone(), format!("/api/v1/characters/char_{absent}"), "NOT_FOUND"),
        (task, format!("/api/v1/tasks/task_{absent}"), "TASK_NOT_FOUND"),
    ];
    for (anothers, nobodys, code) in pairs {
        let (seen, absent) = (stranger.get(&anothers).await.unwrap(), stranger.get(&nobodys).await.unwrap());
        assert_eq!(seen.outcome(), (404, code));
        assert_eq!(seen.json, absent.json);
    }
    let answer = stranger.post(&format!("{path}/generate"), &json!({ "prompt": "x" })).await.unwrap();
    assert_eq!(answer.outcome(), (404, "NOT_FOUND"));
    assert_eq!(world.balance(&stranger).await.unwrap(), 1_000);
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
