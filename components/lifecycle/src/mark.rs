//! What tells a task's job from all others at a provider, where only what was asked for is listed: a seed of the task's own, and the photos
//! of its own character. All of it follows from what is written down before a provider is asked, so every submission has the same.

use domain::limits::DRAWN_SEED_MAX;
use domain::{Digest, ProviderName, ProviderRequest, Run, Task, TaskId, Training, Work};
use provider::{Mark, Proof, Sought};

use crate::links;

/// Hexadecimal digits of a 32-bit number.
const SEED_DIGITS: usize = 8;

/// The seed of a task whose caller gave none.
pub fn seed(task: &TaskId) -> u32 {
    let digest = Digest::of_lines(["seed", task.as_str()]);
    let digits = digest.as_str().get(..SEED_DIGITS).unwrap_or_default();
    u32::from_str_radix(digits, 16).unwrap_or_default() & DRAWN_SEED_MAX
}

/// The seed that a task's files were made with, the caller's or ours; nothing where its provider has no place for one.
pub fn used_seed(task: &Task) -> Option<u64> {
    match &task.work {
        Work::Training(_) | Work::Reference { .. } => None,
        Work::Generation(wanted) => Some(wanted.seed.unwrap_or_else(|| seed(&task.id)).into()),
        Work::Run(run) => {
            let request = run.request_to(task.provider)?;
            if request.seed.is_some() {
                return Some(seed(&task.id).into());
            }
            let has_place = request.ignored.iter().all(|name| name != "seed");
            run.params.get("seed").filter(|_| has_place)?.as_u64()
        }
    }
}

/// How a provider is asked for a run: with the task's seed, where there is a place for it. Nothing where the provider does not have the model.
pub fn request(task: &TaskId, run: &Run, to: ProviderName) -> Option<ProviderRequest> {
    let mut request = run.request_to(to)?.clone();
    if let Some(name) = &request.seed {
        request.input.insert(name.clone(), seed(task).into());
    }
    Some(request)
}

/// How a task's job is recognised at its provider; nothing where what was asked for is not known any more.
pub fn sought(task: &Task) -> Option<Sought> {
    let (mark, proof) = match &task.work {
        Work::Reference { .. } => return None,
        Work::Training(Training { character, .. }) => {
            (Mark::Training { dataset: links::dataset_path(&task.account, character) }, Proof::Unique)
        }
        Work::Generation(wanted) => {
            let proof = if wanted.seed.is_some() { Proof::SameResult } else { Proof::Unique };
            let seed = wanted.seed.unwrap_or_else(|| seed(&task.id));
            (Mark::Generation { prompt: wanted.prompt.clone(), seed }, proof)
        }
        Work::Run(run) => {
            let ProviderRequest { input, seed, .. } = request(&task.id, run, task.provider)?;
            let proof = if seed.is_some() { Proof::Unique } else { Proof::Nothing };
            (Mark::Run { input, seed }, proof)
        }
    };
    Some(Sought { mark, proof, since: task.submitted_at })
}

#[cfg(test)]
mod tests {
    use domain::{AccountId, AspectRatio, CharacterId, Credits, Generation, Timestamp};

    use super::*;
    use crate::testing::order;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn task(id: u8, work: Work) -> Task {
        let (id, account) = (TaskId::from_random([id; 16]), AccountId::from_random([1; 16]));
        Task::new(id, account, work, Credits::new(15), NOW, NOW, None)
    }

    fn generation(seed: Option<u32>) -> Work {
        Work::Generation(Generation {
            character: CharacterId::from_random([2; 16]),
            prompt: "at the sea".to_owned(),
            aspect_ratio: AspectRatio::Square,
            num_outputs: 1,
            seed,
            lora_scale_percent: None,
            output_format: None,
            generator: None,
        })
    }

    #[test]
    fn a_seed_is_its_tasks_own_and_stays_the_same() {
        let seeds: Vec<u32> = (0..200).map(|n| seed(&TaskId::from_random([n; 16]))).collect();
        assert_eq!(seeds.iter().collect::<std::collections::BTreeSet<_>>().len(), seeds.len());
        assert!(seeds.iter().all(|seed| *seed <= DRAWN_SEED_MAX));
        assert_eq!(seed(&TaskId::from_random([7; 16])), seeds[7]);
    }

    #[test]
    fn only_a_seed_of_ours_proves_whose_pictures_they_are() {
        let ours = sought(&task(3, generation(None))).unwrap();
        let seed = seed(&TaskId::from_random([3; 16]));
        assert_eq!(ours.mark, Mark::Generation { prompt: "at the sea".to_owned(), seed });
        assert_eq!((ours.proof, ours.since), (Proof::Unique, NOW));
        let theirs = sought(&task(3, generation(Some(7)))).unwrap();
        assert_eq!(theirs.mark, Mark::Generation { prompt: "at the sea".to_owned(), seed: 7 });
        assert_eq!(theirs.proof, Proof::SameResult);
    }

    #[test]
    fn a_run_has_the_tasks_seed_where_its_caller_gave_none_and_there_is_a_place_for_it() {
        let run = |input: serde_json::Value| {
            let catalogue = catalogue::Catalogue::built_in().unwrap();
            let model = catalogue.get("flux-2-pro-text-to-image").unwrap();
            task(4, Work::Run(model.run(&model.accept(input.as_object().unwrap()).unwrap())))
        };
        let seed = seed(&TaskId::from_random([4; 16]));
        let Sought { mark: Mark::Run { input, seed: name }, proof, .. } =
            sought(&run(serde_json::json!({"prompt": "a fox"}))).unwrap()
        else {
            panic!("no run")
        };
        assert_eq!((input.get("seed"), name.as_deref(), proof), (Some(&seed.into()), Some("seed"), Proof::Unique));
        let given = sought(&run(serde_json::json!({"prompt": "a fox", "seed": 7}))).unwrap();
        assert_eq!(given.proof, Proof::Nothing);
        assert_eq!(used_seed(&run(serde_json::json!({"prompt": "a fox"}))), Some(seed.into()));
        assert_eq!(used_seed(&run(serde_json::json!({"prompt": "a fox", "seed": 7}))), Some(7));
    }

    #[test]
    fn a_training_is_recognised_by_the_path_of_its_photos() {
        let character = CharacterId::from_random([2; 16]);
        let task = task(5, Work::Training(Training::of(character.clone())));
        let Mark::Training { dataset } = sought(&task).unwrap().mark else { panic!("no training") };
        assert_eq!(dataset, format!("/datasets/{}.{character}.zip", task.account));
    }

    #[test]
    fn what_was_removed_is_not_recognised() {
        let mut task = task(6, generation(None));
        task.work = Work::Run(order("gone", domain::MediaKind::Image));
        assert_eq!(sought(&task), None);
    }
}
