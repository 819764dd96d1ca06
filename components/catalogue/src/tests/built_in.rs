use domain::{MediaKind, ProviderName};
use serde_json::{Value, json};

use super::{built_in, own, parse};
use crate::{Catalogue, Purpose};

use ProviderName::{Fal, Replicate};

#[test]
fn our_models_are_these() {
    let catalogue = Catalogue::built_in().unwrap();
    let is: Vec<_> =
        catalogue.models().map(|model| (model.id(), model.media(), model.providers().collect::<Vec<_>>())).collect();
    // A container of one's own has whatever model it has: its operator says so.
    let all = [Replicate, Fal];
    let expected: [(&str, MediaKind, &[ProviderName]); 11] = [
        ("flux-2-pro-text-to-image", MediaKind::Image, &all),
        ("flux-2-pro-image-to-image", MediaKind::Image, &all),
        ("flux-2-flex-text-to-image", MediaKind::Image, &all),
        ("flux-2-flex-image-to-image", MediaKind::Image, &all),
        ("nano-banana-pro-text-to-image", MediaKind::Image, &all),
        ("nano-banana-pro-image-to-image", MediaKind::Image, &all),
        ("flux-kontext-max-image-to-image", MediaKind::Image, &[Fal]),
        ("suno-v5-generate-music", MediaKind::Music, &all),
        ("topaz-image-upscale", MediaKind::Image, &all),
        ("topaz-video-upscale", MediaKind::Video, &all),
        ("lipsync", MediaKind::Video, &all),
    ];
    assert_eq!(is, expected.map(|(id, media, providers)| (id, media, providers.to_vec())));
}

#[test]
fn each_provider_alone_has_a_model_for_everything() {
    let catalogue = Catalogue::built_in().unwrap();
    for provider in [Replicate, Fal] {
        for purpose in Purpose::EXPECTED {
            let mut models = catalogue.models().filter(|model| model.purpose() == Some(purpose));
            let is_there = models.any(|model| model.providers().any(|name| name == provider));
            assert!(is_there, "{provider} has nothing for {purpose:?}");
        }
    }
    assert!(catalogue.models().all(|model| model.purpose().is_some()));
}

#[test]
fn what_a_model_is_for_has_to_fit_what_it_makes() {
    let mut model = own();
    model["kind"] = json!("music");
    let refused = parse(&json!([model])).unwrap_err();
    assert_eq!(refused.field.as_deref(), Some("kind"));
    model["kind"] = json!("lipsync");
    assert!(parse(&json!([model])).is_ok());
}

#[test]
fn old_ids_still_name_their_models() {
    let catalogue = Catalogue::built_in().unwrap();
    for (old, id) in [
        ("flux-2/pro-text-to-image", "flux-2-pro-text-to-image"),
        ("flux-2/flex-text-to-image", "flux-2-flex-text-to-image"),
        ("nano-banana-pro", "nano-banana-pro-text-to-image"),
    ] {
        assert_eq!(catalogue.get(old).unwrap().id(), id);
    }
    for unknown in ["", "sora-2", "FLUX-2-PRO-TEXT-TO-IMAGE"] {
        assert!(catalogue.get(unknown).is_none());
    }
}

#[test]
fn own_models_come_in_addition_or_take_a_place() {
    let with = |id: &str, alias: &str| {
        let mut model = own();
        (model["id"], model["aliases"]) = (json!(id), json!([alias]));
        Catalogue::built_in().unwrap().with(parse(&json!([model])).unwrap())
    };
    let ours = Catalogue::built_in().unwrap().models().count();
    let added = with("own-model", "nano-banana-pro");
    assert_eq!(added.models().count(), ours + 1);
    assert_eq!(added.get("nano-banana-pro").unwrap().id(), "own-model");
    assert!(added.get("nano-banana-pro-text-to-image").is_some());

    let replaced = with("lipsync", "own/old");
    assert_eq!(replaced.models().count(), ours);
    assert_eq!(replaced.get("lipsync").unwrap().name(), "Own");
    assert_eq!(replaced.get("own/old").unwrap().id(), "lipsync");
}

#[test]
fn callers_see_what_they_need() {
    let show = |id: &str| serde_json::to_value(built_in(id).describe()).unwrap();
    assert_eq!(
        show("topaz-image-upscale"),
        json!({
            "id": "topaz-image-upscale", "name": "Topaz, image upscale", "type": "image", "kind": "image_upscale", "count": 1, "maxImages": 1,
            "parameters": [
                {"name": "image_url", "type": "url", "required": true, "dataUri": true, "description": "The picture."},
                {
                    "name": "upscale_factor", "type": "string", "required": false, "enum": ["1", "2", "4"], "default": "2",
                    "description": "How many times wider and higher it becomes; 1 only makes it better."
                }
            ],
            "pricing": {"megapixels": {"of": "image_url", "factor": "upscale_factor", "tiers": [
                {"maxMegapixels": 24, "credits": 20}, {"maxMegapixels": 48, "credits": 40}, {"maxMegapixels": 96, "credits": 80}
            ]}}
        })
    );
    let with = json!({"of": "audio_url", "by": "sync_mode", "longer": ["loop", "bounce", "silence", "remap"]});
    let pricing =
        json!({"seconds": {"of": "video_url", "blockSeconds": 5, "maxSeconds": 30, "credits": 50, "with": with}});
    assert_eq!(show("lipsync")["pricing"], pricing);
    let pricing = json!({"seconds": {
        "of": "video_url", "blockSeconds": 1, "maxSeconds": 60, "by": ["upscale_factor"], "credits": {"1": 16, "2": 16, "4": 28}
    }});
    assert_eq!(show("topaz-video-upscale")["pricing"], pricing);
    assert_eq!(show("flux-2-pro-text-to-image")["aliases"], json!(["flux-2/pro-text-to-image"]));
    let pictures = |id: &str| show(id)["maxImages"].clone();
    assert_eq!(pictures("flux-2-pro-text-to-image"), 0);
    assert_eq!(pictures("flux-2-pro-image-to-image"), 8);
    assert_eq!(pictures("nano-banana-pro-image-to-image"), 14);
    assert_eq!(pictures("lipsync"), 0);

    let music = show("suno-v5-generate-music");
    assert_eq!((&music["count"], &music["pricing"]), (&json!(1), &json!({"flat": {"credits": 15}})));
    let title = music["parameters"].as_array().unwrap().iter().find(|shown| shown["name"] == "title").unwrap();
    let expected = json!({
        "name": "title", "type": "string", "required": false, "min": 0, "max": 80, "when": {"custom_mode": true},
        "description": "The title of the song."
    });
    assert_eq!(title, &expected);
    assert!(!music.to_string().contains("minimax"), "providers are nobody's business");
    assert_eq!(show("flux-2-pro-text-to-image")["parameters"][0]["name"], Value::from("prompt"));
}
