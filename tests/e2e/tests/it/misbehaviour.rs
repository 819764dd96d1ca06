//! A provider that fails, lies, repeats itself or says nothing: the caller sees one outcome and one charge.

use e2e::{Actor, World};
use serde_json::json;

async fn trained(world: &World, credits: u64) -> (Actor, String, String) {
    let (customer, account) = world.customer(500 + credits).await.unwrap();
    let (path, status) = world.train(&customer, json!({})).await.unwrap();
    assert_eq!(status, "ready");
    (customer, account, format!("{path}/generate"))
}

/// Trainings whose trigger word makes the simulator misbehave, with the status they have to end in.
#[tokio::test]
async fn a_training_ends_once_and_is_charged_only_when_ready() {
    let world = World::shared();
    let cases = [
        ("sim_fail", "failed"),
        ("sim_abort", "failed"),
        ("sim_repeat", "ready"),
        ("sim_reorder", "ready"),
        ("sim_forge", "ready"),
        ("sim_drop", "ready"),
        ("sim_contradict", "failed"),
    ];
    for (word, expected) in cases {
        let (customer, account) = world.customer(500).await.unwrap();
        let (path, status) = world.train(&customer, json!({ "trigger_word": word })).await.unwrap();
        assert_eq!(status, expected, "{word}");
        let funds = if expected == "ready" { [0, 0, 500, 500] } else { [500, 0, 0, 500] };
        assert_eq!(world.funds(&account).await.unwrap(), funds, "{word}");
        let error = customer.get(&path).await.unwrap().data().unwrap()["error"].clone();
        assert_eq!(error["code"].as_str(), (expected == "failed").then_some("TRAINING_FAILED"), "{word}: {error}");
        assert_eq!(error["message"].is_string(), expected == "failed", "{word}: {error}");
    }
}

#[tokio::test]
async fn a_training_that_is_not_taken_is_told_and_given_back() {
    let world = World::shared();
    let cases = [
        ("sim_error", "is out of order or out of reach; try again later"),
        ("sim_throttle", "has too much to do; try again in 2 seconds"),
        ("sim_broke", "does not serve this deployment at the moment; its operator has to see to that"),
        ("sim_refuse", "refused the job as it is; change it, or ask the operator"),
    ];
    for (word, reason) in cases {
        let (customer, account) = world.customer(500).await.unwrap();
        let answer = world.create(&customer, json!({ "trigger_word": word })).await.unwrap();
        assert_eq!(answer.outcome(), (500, "TRAINING_SUBMIT_FAILED"), "{word}");
        assert_eq!(answer.message(), format!("The GPU provider {reason}; your credits were given back"), "{word}");
        assert_eq!(world.funds(&account).await.unwrap(), [500, 0, 0, 500], "{word}");
    }
}

#[tokio::test]
async fn a_lost_callback_only_delays() {
    let world = World::shared();
    let (customer, account) = world.customer(500).await.unwrap();
    let (_, status) = world.train(&customer, json!({ "trigger_word": "sim_lose" })).await.unwrap();
    assert_eq!(status, "ready");
    assert_eq!(world.funds(&account).await.unwrap(), [0, 0, 500, 500]);
}

#[tokio::test]
async fn pictures_are_charged_once_whatever_the_callbacks_do() {
    let world = World::shared();
    let (customer, account, path) = trained(&world, 300).await;
    let mut spent = 500;
    for word in ["slow", "lose", "repeat", "delay", "reorder", "forge", "drop"] {
        let body = json!({ "prompt": format!("sim:{word}"), "num_outputs": 2 });
        let answer = customer.post(&path, &body).await.unwrap();
        assert_eq!(answer.status, 200, "{word}: {}", answer.json);
        assert_eq!(answer.data().unwrap()["output"]["images"].as_array().unwrap().len(), 2, "{word}");
        spent += 30;
        assert_eq!(world.funds(&account).await.unwrap(), [800 - spent, 0, spent, 800], "{word}");
    }
}

#[tokio::test]
async fn a_generation_that_fails_is_told_and_given_back() {
    let world = World::shared();
    let (customer, account, path) = trained(&world, 60).await;
    for word in ["fail", "nsfw", "abort", "error", "throttle", "badoutput", "contradict"] {
        let body = json!({ "prompt": format!("sim:{word}"), "num_outputs": 4 });
        let answer = customer.post(&path, &body).await.unwrap();
        assert_eq!(answer.outcome(), (500, "GENERATION_FAILED"), "{word}");
        assert!(answer.message().contains("given back"), "{word}: {}", answer.message());
        assert_eq!(world.funds(&account).await.unwrap(), [60, 0, 500, 560], "{word}");
    }
}

#[tokio::test]
async fn withheld_pictures_are_not_charged() {
    let world = World::shared();
    let (customer, account, path) = trained(&world, 60).await;
    let answer = customer.post(&path, &json!({ "prompt": "sim:nsfw1", "num_outputs": 4 })).await.unwrap();
    let data = answer.data().unwrap();
    assert_eq!(data["output"]["images"].as_array().unwrap().len(), 3);
    assert_eq!((&data["credits_used"], &data["credits_remaining"]), (&json!(45), &json!(15)));
    assert_eq!(world.funds(&account).await.unwrap(), [15, 0, 545, 560]);
}
