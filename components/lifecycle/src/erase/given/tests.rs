use domain::{AccountId, CharacterId, Credits, MediaKind, Outputs, ProviderName, ProviderRequest, TaskId, Timestamp};
use serde_json::{Map, json};

use super::*;
use crate::testing::{World, run};

/// A picture of one pixel.
const PICTURE: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

fn fields(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// A run that was given what is in `params`, and of which this provider is asked what is in `input`.
fn task(account: &AccountId, params: &Value, input: &Value) -> Task {
    let request = ProviderRequest {
        provider: ProviderName::Replicate,
        model: "upscaler".to_owned(),
        input: fields(input),
        seed: None,
        ignored: Vec::new(),
        outputs: Outputs::default(),
        output_hosts: Vec::new(),
    };
    let work = Work::Run(Run {
        model: "upscale".to_owned(),
        media: MediaKind::Image,
        prompt: None,
        params: fields(params),
        count: 1,
        paid_ms: None,
        character: None::<CharacterId>,
        requests: vec![request],
    });
    let at = Timestamp::from_millis(0);
    Task::new(TaskId::from_random([1; 16]), account.clone(), work, Credits::ZERO, at, at, None)
}

#[test]
fn what_a_task_was_given_goes_wherever_it_stands_and_nothing_of_others() {
    let world = World::new(&[("public_url", "https://likeness.test")]);
    run(async {
        let (owner, stranger) = (AccountId::from_random([1; 16]), AccountId::from_random([2; 16]));
        let keep = async |account: &AccountId| inputs::keep_data(&world, account, "image", PICTURE).await.unwrap();
        let (alone, listed, nested, anothers) =
            (keep(&owner).await, keep(&owner).await, keep(&owner).await, keep(&stranger).await);
        let params = json!({ "image_url": alone, "scale": 2, "more": { "deep": [{ "url": nested }] } });
        let input = json!({ "image": alone, "images": [listed, anothers, "https://elsewhere.test/uploads/1.2.png"] });
        let there = async |url: &str| inputs::locate(&world, url).await.is_ok();
        assert!(there(&alone).await && there(&listed).await && there(&nested).await);

        let task = task(&owner, &params, &input);
        assert_eq!(remove(&world, &task).await.unwrap(), 4, "each once");
        assert!(!there(&alone).await && !there(&listed).await && !there(&nested).await);
        assert!(there(&anothers).await, "it is not this account's");
        assert_eq!(remove(&world, &task).await.unwrap(), 4, "again, after a request that died");
    });
}
