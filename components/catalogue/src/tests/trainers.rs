use domain::{Base, Credits, ProviderName, TriggerWord};
use serde_json::{Value, json};

use crate::{Trainer, Trainers, TrainingOptions};

const URL: &str = "https://us.example/datasets/1.zip?mac=abcd";

fn trainer(id: &str) -> Trainer {
    Trainers::built_in().unwrap().iter().find(|trainer| trainer.id() == id).unwrap().clone()
}

fn input(id: &str, options: &TrainingOptions) -> Value {
    let mut request = trainer(id).request(&TriggerWord::parse("CHAR1N2K3M4").unwrap(), options);
    request.input.insert(request.zip, URL.into());
    Value::Object(request.input)
}

#[test]
fn each_of_our_trainers_is_told_of_the_photos_and_the_word_in_its_own_fields() {
    let (url, word, told) = (URL, "CHAR1N2K3M4", "a photo of CHAR1N2K3M4");
    let expected = [
        (
            "flux-dev-lora-trainer",
            json!({"input_images": url, "trigger_word": word, "steps": 1000, "lora_rank": 16, "autocaption": true}),
        ),
        (
            "fast-flux-trainer",
            json!({"input_images": url, "trigger_word": word, "lora_type": "subject", "training_steps": 1000}),
        ),
        (
            "flux-lora-fast-training",
            json!({
                "images_data_url": url, "trigger_word": word, "steps": 1000, "create_masks": true, "is_style": false,
                "data_archive_format": "zip"
            }),
        ),
        (
            "flux-lora-portrait-trainer",
            json!({
                "images_data_url": url, "trigger_phrase": word, "steps": 2500, "subject_crop": true,
                "create_masks": true, "data_archive_format": "zip"
            }),
        ),
        ("flux-2-trainer", json!({"image_data_url": url, "default_caption": told, "steps": 1000})),
        ("z-image-turbo-trainer-v2", json!({"image_data_url": url, "default_caption": told, "steps": 1000})),
        ("qwen-image-2512-trainer", json!({"image_data_url": url, "default_caption": told, "steps": 1000})),
        ("krea-2-trainer", json!({"images_data_url": url, "trigger_phrase": word, "steps": 100})),
        ("flux-fine-tuner", json!({"input_images": url, "trigger_word": word, "steps": 1000})),
    ];
    let ids: Vec<_> = Trainers::built_in().unwrap().iter().map(|trainer| trainer.id().to_owned()).collect();
    assert_eq!(ids, expected.clone().map(|(id, _)| id));
    for (id, expected) in expected {
        assert_eq!(input(id, &TrainingOptions::default()), expected, "{id}");
        assert_eq!(trainer(id).price(), Credits::new(500), "{id}");
    }
}

#[test]
fn what_is_chosen_takes_the_place_of_the_default() {
    let chosen = TrainingOptions { steps: Some(2000), rank: Some(32), ..TrainingOptions::default() };
    let replicate = input("flux-dev-lora-trainer", &chosen);
    assert_eq!((&replicate["steps"], &replicate["lora_rank"]), (&json!(2000), &json!(32)));
    let caption = |text: &str| {
        let options = TrainingOptions { caption: Some(text.to_owned()), ..TrainingOptions::default() };
        input("z-image-turbo-trainer-v2", &options)["default_caption"].clone()
    };
    assert_eq!(caption("portrait of a woman"), "CHAR1N2K3M4, portrait of a woman");
    assert_eq!(caption("portrait of CHAR1N2K3M4"), "portrait of CHAR1N2K3M4");
}

#[test]
fn what_a_trainer_cannot_do_is_told_with_its_limits() {
    let (none, limits) = (TrainingOptions::default(), |steps, rank, caption: Option<&str>| {
        let caption = caption.map(str::to_owned);
        trainer("flux-dev-lora-trainer").takes(&TrainingOptions { steps, rank, caption })
    });
    assert!(Trainers::built_in().unwrap().iter().all(|trainer| trainer.takes(&none).is_ok()));
    assert_eq!(limits(Some(500), Some(1), None), Ok(()));
    assert_eq!(limits(Some(4000), Some(128), None), Ok(()));
    let steps = Err("`steps` has to be from 500 to 4000 for this base here".to_owned());
    assert_eq!((limits(Some(499), None, None), limits(Some(4001), None, None)), (steps.clone(), steps));
    assert!(limits(None, Some(129), None).unwrap_err().starts_with("`rank` has to be from 1 to 128"));
    assert!(limits(None, None, Some("x")).unwrap_err().starts_with("`caption` cannot be given"));
    let fal = trainer("krea-2-trainer").takes(&TrainingOptions { rank: Some(16), ..TrainingOptions::default() });
    assert!(fal.unwrap_err().starts_with("`rank` cannot be chosen"));
}

/// A trainer of a deployment's own.
fn own() -> Value {
    json!({
        "id": "own-trainer", "name": "Own", "base": "own-base", "provider": "fal", "model": "acme/trainer",
        "zip": "photos", "trigger_word": "word", "steps": {"field": "steps", "default": 5, "min": 1, "max": 9},
        "generates": {"model": "acme/maker", "formats": ["png"]}, "price": 700
    })
}

fn parse(trainers: &[Value]) -> Result<Trainers, String> {
    let file = json!({ "models": [], "trainers": trainers }).to_string();
    crate::Catalogue::parse(file.as_bytes()).unwrap();
    Trainers::parse(file.as_bytes()).map_err(|error| error.to_string())
}

#[test]
fn a_deployments_own_trainer_is_added_or_takes_the_place_of_ours() {
    let ours = || Trainers::built_in().unwrap();
    let all = ours().with(parse(&[own()]).unwrap());
    assert_eq!(all.iter().count(), ours().iter().count() + 1);
    let first = all.iter().next().unwrap();
    assert_eq!((first.price(), first.base()), (Credits::new(700), &Base::parse("own-base").unwrap()));
    let mut other = own();
    other["id"] = json!("krea-2-trainer");
    let all = ours().with(parse(&[other]).unwrap());
    assert_eq!(all.iter().count(), ours().iter().count());
    assert!(all.iter().all(|trainer| trainer.model() != "fal-ai/krea-2-trainer"));
}

#[test]
fn a_mistake_names_the_trainer_and_the_field() {
    let cases = [
        ("id", json!("Own"), "trainer `Own`: `id` has to be 1 to 64 of"),
        ("name", json!(""), "trainer `own-trainer`: `name` has to be"),
        ("base", json!("Own base"), "trainer `own-trainer`: `base` cannot be read"),
        ("provider", json!("cog"), "trainer `own-trainer`: `model` has to be as the provider names it"),
        ("zip", json!("word"), "trainer `own-trainer`: `constants` or others name the provider's field `word` twice"),
        ("zip", json!(""), "trainer `own-trainer`: `zip` and all other fields have to have names"),
        ("caption", json!("said"), "trainer `own-trainer`: `trigger_word` or `caption` has to be there, and not both"),
        (
            "steps",
            json!({"field": "s", "default": 0, "min": 0, "max": 9}),
            "trainer `own-trainer`: `steps` has to have",
        ),
        (
            "rank",
            json!({"field": "r", "default": 1, "min": 1, "max": 999}),
            "trainer `own-trainer`: `rank` has to have",
        ),
        ("generates", Value::Null, "trainer `own-trainer`: `generates` has to be there for `fal`"),
        ("price", json!(0), "trainer `own-trainer`: `price` has to be at least 1"),
        ("typo", json!(1), "trainer `own-trainer`: `typo` cannot be read: unknown field `typo`"),
    ];
    for (field, value, expected) in cases {
        let mut trainer = own();
        trainer[field] = value;
        let said = parse(&[trainer]).unwrap_err();
        assert!(said.contains(expected), "{field}: {said}");
    }
    assert!(parse(&[own(), own()]).unwrap_err().contains("trainer `own-trainer`: `id` names a trainer already"));
}

#[test]
fn only_fal_trains_on_what_is_not_flux_1() {
    let all = Trainers::built_in().unwrap();
    let others: Vec<_> = all.iter().filter(|trainer| !trainer.base().is_default()).collect();
    assert!(others.iter().all(|trainer| trainer.provider() == ProviderName::Fal));
    let bases = others.iter().map(|trainer| trainer.base().as_str());
    assert_eq!(bases.collect::<Vec<_>>(), ["flux-2", "z-image", "qwen-image", "krea-2"]);
}
