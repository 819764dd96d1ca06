use domain::ProviderName::{Cog, Fal, Replicate};
use domain::{Base, ProviderName, TriggerWord};

use crate::{Trainers, TrainingOptions, TrainingQuote};

const OSTRIS: &str = "ostris/flux-dev-lora-trainer";
const FAST: &str = "fal-ai/flux-lora-fast-training";
const PORTRAIT: &str = "fal-ai/flux-lora-portrait-trainer";
const ANY: [(ProviderName, &str); 3] = [(Replicate, ""), (Fal, ""), (Cog, "")];

fn quote(providers: &[(ProviderName, &str)], base: &str, options: TrainingOptions) -> Result<TrainingQuote, String> {
    Trainers::built_in().unwrap().asked(providers).quote(&Base::parse(base).unwrap(), options)
}

fn names(providers: &[(ProviderName, &str)], base: &str) -> Vec<String> {
    let quote = quote(providers, base, TrainingOptions::default()).unwrap();
    let requests = quote.requests(&TriggerWord::parse("SARAH").unwrap());
    requests.into_iter().map(|request| request.trainer).collect()
}

#[test]
fn a_setting_that_names_no_trainer_is_told_with_those_that_there_are() {
    let ours = Trainers::built_in().unwrap();
    let fast = "replicate/fast-flux-trainer";
    for (name, good) in [(Replicate, OSTRIS), (Replicate, ""), (Fal, "fal-ai/krea-2-trainer"), (Cog, "")] {
        assert_eq!(ours.instead_of(name, good), None, "{good}");
    }
    assert_eq!(ours.instead_of(Replicate, &format!("{fast}:8b10794665")), None);
    assert_eq!(ours.instead_of(Replicate, "acme/trainer"), Some(vec![OSTRIS, fast]));
    assert!(ours.instead_of(Fal, "fal-ai/flux").unwrap().contains(&"fal-ai/z-image-turbo-trainer-v2"));
}

#[test]
fn the_setting_chooses_among_the_trainers_of_a_base() {
    assert_eq!(names(&ANY, "flux-1"), [OSTRIS, FAST, ""]);
    assert_eq!(names(&[(Fal, PORTRAIT), (Replicate, "")], "flux-1"), [PORTRAIT, OSTRIS], "in the order of providers");
    assert_eq!(names(&[(Fal, PORTRAIT)], "z-image"), ["fal-ai/z-image-turbo-trainer-v2"]);
    assert_eq!(names(&[(Fal, "fal-ai/krea-2-trainer")], "flux-1"), [FAST]);
    let pinned = "replicate/fast-flux-trainer:8b10794665";
    assert_eq!(names(&[(Replicate, pinned)], "flux-1"), [pinned]);
}

#[test]
fn only_who_can_train_so_is_asked() {
    let word = TriggerWord::parse("SARAH").unwrap();
    let asked = |options| quote(&ANY, "flux-1", options).map(|quote| quote.requests(&word).len());
    assert_eq!(asked(TrainingOptions { steps: Some(500), ..TrainingOptions::default() }), Ok(3));
    assert_eq!(asked(TrainingOptions { steps: Some(200), ..TrainingOptions::default() }), Ok(1), "fal takes fewer");
    assert_eq!(asked(TrainingOptions { rank: Some(32), ..TrainingOptions::default() }), Ok(1), "Replicate's has one");
    let refused = asked(TrainingOptions { steps: Some(50_000), ..TrainingOptions::default() }).unwrap_err();
    assert!(refused.contains("`steps` has to be from 500 to 4000"), "{refused}");
    let unknown = quote(&[(Replicate, "")], "z-image", TrainingOptions::default()).unwrap_err();
    assert!(unknown.ends_with("one that this deployment trains on: flux-1"), "{unknown}");
}
