use domain::{Account, MediaKind, Outputs, ProviderRequest, Run, TaskId, Timestamp, Work};
use serde_json::{Map, json};
use store::keys;

use super::*;
use crate::testing::{World, order, run};

const VARIABLES: [(&str, &str); 5] = [
    ("providers", "replicate,fal"),
    ("replicate_api_token", "r8_x"),
    ("fal_key", "x:y"),
    ("public_url", "https://likeness.example"),
    ("signing_secret", "0123456789abcdef0123456789abcdef"),
];

/// A run that both providers can do, in the store of a world.
async fn furnish(world: &World) -> Task {
    let (account, account_key, _) = keys::new_account([1; 16]);
    let funds = ledger::open(&account);
    let document = Account::new(account.clone(), String::new(), world.now(), funds);
    world.store().create(&account_key, document).await.unwrap();
    let request = |provider| ProviderRequest {
        provider,
        model: "acme/pictures".to_owned(),
        input: Map::from_iter([("prompt".to_owned(), json!("rain"))]),
        seed: Some("seed".to_owned()),
        ignored: Vec::new(),
        outputs: Outputs::default(),
        output_hosts: Vec::new(),
    };
    let work = Work::Run(Run {
        prompt: Some("rain".to_owned()),
        requests: vec![request(ProviderName::Replicate), request(ProviderName::Fal)],
        ..order("pictures", MediaKind::Image)
    });
    let (id, key) = keys::new_task(&account, [2; 16]);
    let deadline = world.now().plus(std::time::Duration::from_mins(10));
    let task = Task::new(id, account, work, domain::Credits::ZERO, world.now(), deadline, None);
    world.store().create(&key, task.clone()).await.unwrap();
    task
}

/// Where a task is after its first provider and its second answered so.
async fn submitted(world: &World) -> (Task, Vec<(TaskId, Timestamp)>) {
    let task = furnish(world).await;
    let plan = Plan::new(world, &task, None).unwrap();
    let task = submit(world, task, &plan, &[ProviderName::Fal]).await;
    let account = crate::funds::document(world, &task.account).await.unwrap();
    (task, account.stops.iter().map(|(id, stop)| (id.clone(), stop.at)).collect())
}

const TAKEN_BY_FAL: &str = r#"{"request_id":"0d1b2c3d-0000-4000-8000-000000000001","status":"IN_QUEUE"}"#;

#[test]
fn a_job_that_may_run_where_its_task_was_passed_over_is_stopped_there() {
    let world = World::new(&VARIABLES);
    // The submission, the look whether it was taken, and the other provider's.
    world.answers(502, "bad gateway");
    world.answers(502, "bad gateway");
    world.answers(200, TAKEN_BY_FAL);
    let (task, stops) = run(submitted(&world));
    assert_eq!((task.provider, &task.state), (ProviderName::Fal, &TaskState::Processing));
    assert_eq!(task.lost.as_ref().map(|lost| (lost.provider, &lost.job)), Some((ProviderName::Replicate, &None)));
    assert_eq!(stops.iter().map(|(id, _)| id).collect::<Vec<_>>(), [&task.id]);

    // The list shows it now: it is stopped at once, and the task goes on at the other.
    let page = json!({ "next": null, "results": [{
        "id": "abc", "status": "processing", "model": "acme/pictures", "created_at": task.created_at.to_string(),
        "input": { "prompt": "rain", "seed": crate::mark::request(&task.id, match &task.work { Work::Run(run) => run, _ => unreachable!() }, ProviderName::Replicate).unwrap().input["seed"] }
    }] });
    world.later(std::time::Duration::from_hours(1));
    world.answers(200, page.to_string());
    world.answers(200, r#"{"id":"abc","status":"canceled"}"#);
    let before = world.asked();
    run(async {
        let account = crate::funds::document(&world, &task.account).await.unwrap();
        stop::sweep(&world, &account, world.now().plus(std::time::Duration::from_mins(1))).await.unwrap();
        let now = world.store().load(&keys::task(&task.account, &task.id)).await.unwrap().unwrap();
        assert_eq!(now.state, TaskState::Processing);
    });
    assert_eq!(world.asked() - before, 2, "it was found in the list, and canceled");
}

#[test]
fn a_job_that_was_certainly_not_taken_is_stopped_nowhere() {
    let world = World::new(&VARIABLES);
    world.answers(503, "{}");
    world.answers(200, r#"{"next":null,"results":[]}"#);
    world.answers(200, TAKEN_BY_FAL);
    let (task, stops) = run(submitted(&world));
    assert_eq!((task.provider, task.lost, stops.len()), (ProviderName::Fal, None, 0));
}
