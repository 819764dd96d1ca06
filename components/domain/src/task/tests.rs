use super::*;
use crate::{AspectRatio, Base, BlobLocation, Media};

fn character() -> CharacterId {
    CharacterId::from_random([3; 16])
}

fn task(state: TaskState) -> Task {
    let work = Work::Generation(Generation {
        character: character(),
        prompt: "x".into(),
        aspect_ratio: AspectRatio::Square,
        num_outputs: 4,
        seed: None,
        lora_scale_percent: None,
        output_format: None,
        generator: None,
    });
    let (id, account) = (TaskId::from_random([1; 16]), AccountId::from_random([2; 16]));
    let (now, deadline) = (Timestamp::from_millis(0), Timestamp::from_millis(1_000));
    Task { state, ..Task::new(id, account, work, price::pictures(4), now, deadline, None) }
}

fn delivered(count: usize) -> TaskState {
    let file = File::kept(Media::Png, 1, None, BlobLocation::Store);
    TaskState::Delivered { files: vec![file; count], at: Timestamp::from_millis(9) }
}

fn failed() -> TaskState {
    TaskState::Failed { error: Failure { code: FailureCode::GenerationFailed, message: String::new() } }
}

fn trained() -> TaskState {
    let (provider, name) = (ProviderName::Replicate, "m".to_owned());
    TaskState::Trained { model: Model { provider, name, source: None, base: Base::default(), weights: None } }
}

const NOW: Timestamp = Timestamp::from_millis(5);

#[test]
fn the_first_end_counts() {
    let ends = [delivered(4), failed(), trained(), TaskState::Canceled];
    for start in [TaskState::Pending, TaskState::Processing] {
        for end in &ends {
            let over = task(start.clone()).ended(end.clone(), NOW).unwrap();
            assert_eq!(over.state, *end);
            for other in &ends {
                assert_eq!(over.ended(other.clone(), NOW), None);
            }
            assert_eq!(over.updated(JobUpdate { job: "job", ..JobUpdate::default() }, NOW), None);
        }
    }
}

#[test]
fn a_running_state_is_no_end() {
    assert_eq!(task(TaskState::Processing).ended(TaskState::Pending, NOW), None);
}

#[test]
fn what_was_trained_is_known_once_and_ends_nothing_before_its_weights_are_here() {
    let model = |provider, name: &str| Model {
        provider,
        name: name.to_owned(),
        source: None,
        base: Base::default(),
        weights: None,
    };
    let cog = Task { provider: ProviderName::Cog, ..task(TaskState::Pending) };
    let waiting = cog.awaiting_weights("job", model(ProviderName::Cog, "first"), NOW).unwrap();
    assert_eq!((waiting.state.clone(), waiting.settlement(), waiting.heard_at), (TaskState::Processing, None, NOW));
    assert_eq!(waiting.awaiting_weights("job", model(ProviderName::Cog, "second"), NOW), None);
    assert_eq!(cog.awaiting_weights("job", model(ProviderName::Replicate, "first"), NOW), None);
    let over = cog.ended(TaskState::Canceled, NOW).unwrap();
    assert_eq!(over.awaiting_weights("job", model(ProviderName::Cog, "first"), NOW), None);
    assert_eq!(waiting.reassigned(ProviderName::Fal, NOW).unwrap().trained, None);
    let late = waiting.ended(trained(), waiting.deadline).unwrap();
    assert!(matches!(late.state, TaskState::Failed { .. }));
}

#[test]
fn a_job_once_known_is_the_only_one() {
    let known = task(TaskState::Pending).updated(JobUpdate { job: "job", ..JobUpdate::default() }, NOW).unwrap();
    assert_eq!(known.state, TaskState::Processing);
    assert!(known.open_for("job"));
    assert!(!known.open_for("another"));
    assert_eq!(known.updated(JobUpdate { job: "another", ..JobUpdate::default() }, NOW), None);
}

#[test]
fn another_provider_begins_from_nothing_and_a_lost_task_once() {
    let known =
        task(TaskState::Pending).updated(JobUpdate { job: "job", location: Some("x"), ..JobUpdate::default() }, NOW);
    let again = known.clone().unwrap().retried(ProviderName::Fal, NOW).unwrap();
    assert_eq!((again.provider, &again.job, &again.job_location), (ProviderName::Fal, &None, &None));
    assert_eq!((&again.state, again.submitted_at, again.retried), (&TaskState::Pending, NOW, true));
    assert_eq!(again.deadline, known.clone().unwrap().deadline, "somebody waits for a generation");
    assert_eq!(again.retried(ProviderName::Cog, NOW), None);
    assert!(again.reassigned(ProviderName::Cog, NOW).is_some_and(|task| task.retried));
    let training = Task { work: Work::Training(Training::of(character())), ..known.unwrap() };
    let deadline = training.retried(ProviderName::Fal, NOW).map(|task| task.deadline);
    assert_eq!(deadline, Some(Timestamp::from_millis(1_005)));
    assert_eq!(task(TaskState::Pending).retried(ProviderName::Fal, NOW), None, "nobody may have it");
    let unanswered = task(TaskState::Pending).left_unanswered().unwrap();
    assert!(unanswered.retried(ProviderName::Fal, NOW).is_some_and(|again| !again.unanswered));
    assert_eq!(task(TaskState::Processing).left_unanswered(), None);
    assert_eq!(task(failed()).reassigned(ProviderName::Fal, NOW), None);
    assert_eq!(task(trained()).retried(ProviderName::Fal, NOW), None);
}

#[test]
fn what_is_charged_is_what_was_delivered_and_never_more_than_held() {
    let cases = [
        (TaskState::Pending, None),
        (TaskState::Processing, None),
        (delivered(4), Some(Settlement::Capture(Credits::new(60)))),
        (delivered(1), Some(Settlement::Capture(Credits::new(15)))),
        (delivered(9), Some(Settlement::Capture(Credits::new(60)))),
        (failed(), Some(Settlement::Release)),
        (TaskState::Canceled, Some(Settlement::Release)),
    ];
    for (state, settlement) in cases {
        assert_eq!(task(state).settlement(), settlement);
    }
}

#[test]
fn a_run_that_is_erased_or_an_outline_tells_nothing_of_what_it_was_asked_and_made() {
    let secret = || "secret".to_owned();
    let some: serde_json::Map<_, _> = [(secret(), secret().into())].into_iter().collect();
    let request = crate::ProviderRequest {
        provider: ProviderName::Replicate,
        model: "model".to_owned(),
        input: some.clone(),
        seed: None,
        ignored: vec![secret()],
        outputs: crate::Outputs::default(),
        output_hosts: vec![],
    };
    let run = Run {
        model: "songs".to_owned(),
        media: crate::MediaKind::Music,
        prompt: Some(secret()),
        params: some,
        count: 1,
        requests: vec![request],
        paid_ms: None,
        character: None,
    };
    let song = crate::Song { title: secret(), tags: secret(), lyrics: secret() };
    let TaskState::Delivered { mut files, at } = delivered(1) else { return };
    for file in &mut files {
        file.song = Some(song.clone());
    }
    let webhook_url = Some(secret());
    let made = Task { work: Work::Run(run), webhook_url, ..task(TaskState::Delivered { files, at }) };
    assert_eq!(Task { state: TaskState::Processing, ..made.clone() }.erased(NOW), None, "it runs");
    let begun = Task { state: TaskState::Pending, webhook_url: None, ..made.clone() };
    let outline = begun.outline();
    assert!(!serde_json::to_string(&outline).unwrap().contains("secret"), "{outline:?}");
    assert_eq!((outline.outline(), outline.filled_in(&begun.work)), (outline.clone(), Some(begun.clone())));
    assert!(outline.is_outline() && !begun.is_outline());
    assert_eq!(outline.abandoned(TaskState::Canceled, NOW).unwrap().abandoned_at, None, "nobody has it");
    assert_eq!(begun.abandoned(TaskState::Canceled, NOW).unwrap().abandoned_at, Some(NOW));
    let canceled = Task { state: TaskState::Canceled, ..outline };
    assert_eq!(canceled.filled_in(&begun.work), None, "nobody is asked for it any more");
    let erased = made.erased(NOW).unwrap();
    assert!(!serde_json::to_string(&erased).unwrap().contains("secret"), "{erased:?}");
    assert_eq!(erased.settlement(), made.settlement());
    assert_eq!(erased.erased(NOW), None, "it is done");
}
