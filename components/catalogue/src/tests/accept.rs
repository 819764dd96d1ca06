use serde_json::{Value, json};

use super::{accept, built_in, object, own, own_model, parse};
use crate::InvalidInput;

fn problem(id: &str, input: &Value) -> String {
    accept(&built_in(id), input).unwrap_err().to_string()
}

#[test]
fn defaults_are_filled_in_and_the_prompt_stands_apart() {
    let accepted = accept(&built_in("flux-2-pro-text-to-image"), &json!({"prompt": "a fox", "seed": 30.0})).unwrap();
    assert_eq!(accepted.prompt.as_deref(), Some("a fox"));
    let params = json!({"resolution": "1K", "aspect_ratio": "1:1", "output_format": "png", "seed": 30});
    assert_eq!(accepted.params, object(params));
    assert_eq!(accepted.ignored, Vec::<String>::new());
}

#[test]
fn a_prompt_has_to_be_there_and_of_the_right_length() {
    let flux = built_in("flux-2-pro-text-to-image");
    for missing in [json!({}), json!({"prompt": null}), json!({"prompt": ""}), json!({"prompt": " \n "})] {
        assert_eq!(accept(&flux, &missing), Err(InvalidInput::MissingPrompt));
    }
    for (length, fits) in [(2, false), (3, true), (5_000, true), (5_001, false)] {
        let input = json!({"prompt": "\u{e9}".repeat(length)});
        assert_eq!(accept(&flux, &input).is_ok(), fits, "{length}");
    }
    assert!(accept(&flux, &json!({"prompt": "line\n\tline"})).is_ok());
    let said = problem("flux-2-pro-text-to-image", &json!({"prompt": "ab"}));
    assert_eq!(said, "`prompt` has to have 3 to 5000 characters, not 2");
    assert!(accept(&flux, &json!({"prompt": "nul\u{0}"})).is_err());
}

#[test]
fn values_that_cannot_be_are_refused_with_those_that_can() {
    let cases = [
        (json!({"resolution": "8K"}), "`resolution` has to be one of \"1K\", \"2K\""),
        (json!({"resolution": 1}), "`resolution` has to be one of \"1K\", \"2K\""),
        (json!({"seed": 30.5}), "`seed` has to be a whole number from 0 to 2147483647"),
        (json!({"seed": -1}), "`seed` has to be a whole number from 0 to 2147483647"),
        (json!({"seed": 1e300}), "`seed` has to be a whole number from 0 to 2147483647"),
        (json!({"seed": u64::MAX}), "`seed` has to be a whole number from 0 to 2147483647"),
    ];
    for (mut input, expected) in cases {
        input["prompt"] = "a fox".into();
        assert_eq!(problem("flux-2-pro-text-to-image", &input), expected);
    }
    assert_eq!(problem("flux-2-pro-text-to-image", &json!({"prompt": ["a fox"]})), "`prompt` has to be a string");
}

#[test]
fn files_are_as_many_as_the_model_takes() {
    let url = "https://example.com/a.png";
    for (id, most) in [
        ("flux-2-pro-image-to-image", 8),
        ("flux-2-flex-image-to-image", 8),
        ("nano-banana-pro-image-to-image", 14),
        ("flux-kontext-max-image-to-image", 4),
    ] {
        for (count, fits) in [(0, false), (1, true), (most, true), (most + 1, false)] {
            let input = json!({"prompt": "a fox", "image_urls": vec![url; count]});
            assert_eq!(accept(&built_in(id), &input).is_ok(), fits, "{id} {count}");
        }
    }
    let flux = "flux-2-pro-image-to-image";
    assert_eq!(problem(flux, &json!({"prompt": "a fox"})), "`image_urls` is required");
    assert_eq!(
        problem(flux, &json!({"prompt": "a fox", "image_urls": url})),
        "`image_urls` has to be a list of 1 to 8 URLs"
    );
    let said = problem(flux, &json!({"prompt": "a fox", "image_urls": [url, "file:///etc/passwd"]}));
    assert!(
        said.starts_with("`image_urls` cannot be used: number 2 of it has to be a URL that begins with http://"),
        "{said}"
    );
    let data = json!({"prompt": "a fox", "image_urls": ["data:image/png;base64,iVBO"]});
    assert!(accept(&built_in(flux), &data).is_ok());
    let video = json!({"video_url": "data:video/mp4;base64,AAAA", "audio_url": url});
    assert!(problem("lipsync", &video).starts_with("`video_url` has to be a URL"));
}

#[test]
fn music_has_two_modes() {
    let suno = built_in("suno-v5-generate-music");
    let long = |length| "a".repeat(length);
    let simple = accept(&suno, &json!({"prompt": long(500), "title": "t", "style": "s"})).unwrap();
    assert_eq!(simple.params, object(json!({"custom_mode": false, "instrumental": false})));
    assert_eq!(simple.ignored, ["style", "title"]);
    assert!(accept(&suno, &json!({"prompt": long(501)})).is_err());
    assert_eq!(accept(&suno, &json!({"instrumental": true})), Err(InvalidInput::MissingPrompt));

    let custom = json!({"custom_mode": true, "prompt": long(3_500), "style": long(1_000), "title": long(80)});
    let accepted = accept(&suno, &custom).unwrap();
    assert_eq!(accepted.prompt.map(|prompt| prompt.len()), Some(3_500));
    assert_eq!(accepted.params["title"], long(80));
    for (field, value) in
        [("prompt", long(3_501)), ("style", long(1_001)), ("title", long(81)), ("title", "a\nb".into())]
    {
        let mut input = custom.clone();
        input[field] = value.into();
        assert!(accept(&suno, &input).is_err(), "{field}");
    }
    assert_eq!(accept(&suno, &json!({"custom_mode": true, "style": "jazz"})), Err(InvalidInput::MissingPrompt));
    let said = problem("suno-v5-generate-music", &json!({"custom_mode": true, "prompt": "la"}));
    assert_eq!(said, "`style` is required when `custom_mode` is true");
    let wordless = json!({"custom_mode": true, "instrumental": true, "style": "jazz", "prompt": "la"});
    let wordless = accept(&suno, &wordless).unwrap();
    assert_eq!((wordless.prompt, wordless.ignored), (None, vec!["prompt".to_owned()]));
    assert_eq!(
        problem("suno-v5-generate-music", &json!({"custom_mode": "true"})),
        "`custom_mode` has to be true or false"
    );
}

#[test]
fn what_has_no_meaning_is_named_but_not_without_end() {
    let flux = built_in("flux-2-pro-text-to-image");
    let accepted = accept(&flux, &json!({"prompt": "a fox", "duration": 5, "nothing": null})).unwrap();
    assert_eq!(accepted.ignored, ["duration"]);
    let mut many: serde_json::Map<_, _> = (0..100).map(|n| (format!("{n:03}{}", "x".repeat(500)), json!(1))).collect();
    many.insert("prompt".to_owned(), json!("a fox"));
    let ignored = flux.accept(&many).unwrap().ignored;
    assert_eq!(ignored.len(), 32);
    assert!(ignored.iter().all(|name| name.len() == 64));
}

#[test]
fn every_type_of_an_own_model_is_held_to_its_limits() {
    let model = own_model();
    let cases = [
        (json!({"seconds": 10.0}), true),
        (json!({"seconds": 7}), false),
        (json!({"seconds": "10"}), false),
        (json!({"strength": 0.5}), true),
        (json!({"strength": 1}), true),
        (json!({"strength": 1.51}), false),
        (json!({"strength": "1"}), false),
        (json!({"steps": 50}), true),
        (json!({"steps": 0}), false),
        (json!({"sound": true, "voice": "calm"}), true),
        (json!({"sound": true, "voice": "c\u{7}alm"}), false),
        (json!({"sound": true, "voice": "longer than ten"}), false),
        (json!({"voice": "longer than ten"}), true),
        (json!({"start": "data:image/png,x"}), true),
        (json!({"start": 5}), false),
        (json!({"clips": []}), true),
        (json!({"clips": ["https://e.org", "https://e.org"]}), true),
        (json!({"clips": ["https://e.org", "https://e.org", "https://e.org"]}), false),
        (json!({"clips": ["data:image/png,x"]}), false),
    ];
    for (mut input, fits) in cases {
        input["prompt"] = "p".into();
        assert_eq!(accept(&model, &input).is_ok(), fits, "{input}");
    }
}

#[test]
fn of_several_modes_that_apply_the_first_counts() {
    let mut model = own();
    model["input"][3]["max"] = json!(20);
    model["input"][4] =
        json!({"name": "voice", "type": "string", "max": 10, "when": {"seconds": 10}, "description": "v"});
    let catalogue = parse(&json!([model])).unwrap();
    let model = catalogue.get("own-model").unwrap();
    let fits = |seconds: u8, sound: bool| {
        let input = json!({"prompt": "p", "seconds": seconds, "sound": sound, "voice": "longer than ten"});
        accept(model, &input).is_ok_and(|accepted| accepted.ignored.is_empty())
    };
    assert!(fits(5, true));
    assert!(fits(10, true));
    assert!(!fits(10, false));
    assert!(!fits(5, false));
}
