use domain::{Outputs, ProviderName, ProviderRequest, Run};
use serde_json::{Value, json};

use super::{accept, built_in, object, own, own_model, parse};

use ProviderName::{Cog, Fal, Replicate};

const URL: &str = "https://example.com/file";

fn run(id: &str, input: &Value) -> Run {
    let model = built_in(id);
    model.run(&accept(&model, input).unwrap())
}

fn assert_way(run: &Run, provider: ProviderName, model: &str, input: Value) {
    let request = run.request_to(provider).unwrap();
    assert_eq!((request.model.as_str(), &request.input), (model, &object(input)), "{} at {provider}", run.model);
}

#[test]
fn flux_is_asked_as_each_provider_writes_it() {
    for version in ["pro", "flex"] {
        let text = run(
            &format!("flux-2-{version}-text-to-image"),
            &json!({"prompt": "a fox", "output_format": "jpeg", "seed": 7}),
        );
        let model = format!("black-forest-labs/flux-2-{version}");
        let input =
            json!({"prompt": "a fox", "resolution": "1 MP", "aspect_ratio": "1:1", "seed": 7, "output_format": "jpg"});
        assert_way(&text, Replicate, &model, input);
        let size = json!({"width": 1024, "height": 1024});
        let input = json!({"prompt": "a fox", "image_size": size, "seed": 7, "output_format": "jpeg"});
        assert_way(&text, Fal, &format!("fal-ai/flux-2-{version}"), input);

        let edit = json!({"prompt": "a fox", "image_urls": [URL], "resolution": "2K", "aspect_ratio": "auto"});
        let edit = run(&format!("flux-2-{version}-image-to-image"), &edit);
        let input = json!({"prompt": "a fox", "input_images": [URL], "resolution": "4 MP", "aspect_ratio": "match_input_image", "output_format": "png"});
        assert_way(&edit, Replicate, &model, input);
        let input = json!({"prompt": "a fox", "image_urls": [URL], "image_size": "auto", "output_format": "png"});
        assert_way(&edit, Fal, &format!("fal-ai/flux-2-{version}/edit"), input);
        assert_eq!(edit.request_to(Fal).unwrap().outputs.files.as_deref(), Some("/images/*/url"));
        assert_eq!(edit.request_to(Replicate).unwrap().outputs, Outputs::default());
    }
}

#[test]
fn sizes_have_the_shape_that_was_asked_for() {
    for (resolution, least, most) in [("1K", 900_000, 1_100_000), ("2K", 2_300_000, 4_200_000)] {
        for &ratio in domain::AspectRatio::ALL {
            let input = json!({"prompt": "a fox", "resolution": resolution, "aspect_ratio": ratio});
            let run = run("flux-2-pro-text-to-image", &input);
            let size = &run.request_to(Fal).unwrap().input["image_size"];
            let (width, height) = (size["width"].as_u64().unwrap(), size["height"].as_u64().unwrap());
            assert!((least..=most).contains(&(width * height)), "{resolution} {ratio:?}");
            assert_eq!((width % 32, height % 32), (0, 0));
            let (wide, high) = ratio.as_str().split_once(':').unwrap();
            let (wide, high): (u64, u64) = (wide.parse().unwrap(), high.parse().unwrap());
            // Within five per cent.
            assert!((width * high * 100).abs_diff(height * wide * 100) <= height * wide * 5, "{resolution} {ratio:?}");
        }
    }
}

#[test]
fn nano_banana_is_asked_as_each_provider_writes_it() {
    let text = run(
        "nano-banana-pro-text-to-image",
        &json!({"prompt": "a fox", "resolution": "4K", "aspect_ratio": "auto", "seed": 7}),
    );
    let input = json!({"prompt": "a fox", "resolution": "4K", "aspect_ratio": "1:1", "output_format": "png"});
    assert_way(&text, Replicate, "google/nano-banana-pro", input);
    assert_eq!(text.request_to(Replicate).unwrap().ignored, ["seed"]);
    let input = json!({"prompt": "a fox", "resolution": "4K", "aspect_ratio": "1:1", "seed": 7, "output_format": "png", "num_images": 1});
    assert_way(&text, Fal, "fal-ai/nano-banana-pro", input);
    assert!(text.request_to(Fal).unwrap().ignored.is_empty());

    let edit = json!({"prompt": "a fox", "image_urls": [URL, URL], "aspect_ratio": "auto", "output_format": "jpeg"});
    let edit = run("nano-banana-pro-image-to-image", &edit);
    let input = json!({"prompt": "a fox", "image_input": [URL, URL], "resolution": "1K", "aspect_ratio": "match_input_image", "output_format": "jpg"});
    assert_way(&edit, Replicate, "google/nano-banana-pro", input);
    let input = json!({"prompt": "a fox", "image_urls": [URL, URL], "resolution": "1K", "aspect_ratio": "auto", "output_format": "jpeg", "num_images": 1});
    assert_way(&edit, Fal, "fal-ai/nano-banana-pro/edit", input);
}

#[test]
fn music_is_asked_for_in_every_mode() {
    let ask = |input: Value, expected: Value| {
        let run = run("suno-v5-generate-music", &input);
        assert_eq!(run.count, 1);
        let with = |name: &str, value: Value| {
            let mut fields = object(expected.clone());
            fields.insert(name.to_owned(), value);
            Value::from(fields)
        };
        assert_way(&run, Replicate, "minimax/music-2.6", with("audio_format", json!("mp3")));
        assert_way(&run, Fal, "fal-ai/minimax-music/v2.6", with("audio_setting", json!({"format": "mp3"})));
        assert_eq!(run.request_to(Fal).unwrap().outputs.files.as_deref(), Some("/audio/url"));
        run
    };
    ask(json!({"prompt": "a fox"}), json!({"prompt": "a fox", "is_instrumental": false, "lyrics_optimizer": true}));
    ask(json!({"prompt": "a fox", "instrumental": true}), json!({"prompt": "a fox", "is_instrumental": true}));
    let sung = json!({"custom_mode": true, "prompt": "la la", "style": "jazz", "title": "Fox"});
    let sung = ask(sung, json!({"prompt": "jazz", "lyrics": "la la", "is_instrumental": false}));
    assert_eq!(sung.request_to(Fal).unwrap().ignored, ["title"]);
    let played = json!({"custom_mode": true, "instrumental": true, "style": "jazz"});
    ask(played, json!({"prompt": "jazz", "is_instrumental": true}));
}

#[test]
fn tools_are_asked_as_each_provider_writes_them() {
    for (factor, replicate, fal) in [("1", "None", 1), ("2", "2x", 2), ("4", "4x", 4)] {
        let run = run("topaz-image-upscale", &json!({"image_url": URL, "upscale_factor": factor}));
        let input =
            json!({"image": URL, "upscale_factor": replicate, "enhance_model": "Standard V2", "output_format": "png"});
        assert_way(&run, Replicate, "topazlabs/image-upscale", input);
        let input = json!({"image_url": URL, "upscale_factor": fal, "model": "Standard V2", "output_format": "png"});
        assert_way(&run, Fal, "fal-ai/topaz/upscale/image", input);
        assert_eq!(run.request_to(Fal).unwrap().outputs.files.as_deref(), Some("/image/url"));
        assert_eq!(run.prompt, None);
    }
    for (factor, replicate, fal) in [("1", "1080p", 1), ("2", "4k", 2), ("4", "4k", 4)] {
        let run = run("topaz-video-upscale", &json!({"video_url": URL, "upscale_factor": factor}));
        let input = json!({"video": URL, "target_resolution": replicate, "target_fps": 30});
        assert_way(&run, Replicate, "topazlabs/video-upscale", input);
        let input = json!({"video_url": URL, "upscale_factor": fal, "H264_output": true});
        assert_way(&run, Fal, "fal-ai/topaz/upscale/video", input);
        assert_eq!(run.request_to(Fal).unwrap().outputs.files.as_deref(), Some("/video/url"));
    }
    for mode in ["cut_off", "loop", "bounce", "silence", "remap"] {
        let run = run("lipsync", &json!({"video_url": URL, "audio_url": URL, "sync_mode": mode}));
        assert_way(&run, Replicate, "sync/lipsync-2", json!({"video": URL, "audio": URL, "sync_mode": mode}));
        let input = json!({"video_url": URL, "audio_url": URL, "sync_mode": mode});
        assert_way(&run, Fal, "fal-ai/sync-lipsync/v2", input);
        assert_eq!(run.request_to(Fal).unwrap().outputs.files.as_deref(), Some("/video/url"));
    }
}

#[test]
fn an_own_model_can_rename_wrap_and_look_up() {
    let model = own_model();
    let input = json!({"prompt": "p", "seconds": 10, "start": URL, "steps": 3, "voice": "calm", "odd": 1});
    let run = model.run(&accept(&model, &input).unwrap());
    let fields = json!({"text": "p", "frames": [URL], "frame_count": 240, "safe": true});
    let outputs = Outputs { files: Some("/videos/*/url".to_owned()), ..Outputs::default() };
    let ignored = ["steps", "odd", "voice"].map(str::to_owned).to_vec();
    let expected = ProviderRequest {
        provider: Fal,
        model: "us/own".to_owned(),
        input: object(fields),
        seed: None,
        ignored,
        outputs,
        output_hosts: vec![],
    };
    assert_eq!(run.request_to(Fal), Some(&expected));
    let all = json!({"prompt": "p", "seconds": 10, "sound": false, "start": URL, "steps": 3});
    assert_way(&run, Cog, "", all);
    assert_eq!(run.request_to(Cog).unwrap().ignored, ["odd", "voice"]);
    assert_eq!(run.request_to(Replicate), None);
}

#[test]
fn a_model_that_takes_any_seed_gets_one_where_its_caller_gave_none() {
    let seed = |input| {
        let run = run("flux-2-pro-text-to-image", &input);
        run.request_to(Replicate).unwrap().seed.clone()
    };
    assert_eq!(seed(json!({"prompt": "a fox"})).as_deref(), Some("seed"));
    assert_eq!(seed(json!({"prompt": "a fox", "seed": 7})), None);
    let seed_of_own = |max: i64, fields: Value| {
        let mut model = own();
        model["input"][7] = json!({"name": "seed", "type": "integer", "min": 0, "max": max, "description": "s"});
        model["providers"]["fal"]["fields"] = fields;
        let catalogue = parse(&json!([model])).unwrap();
        let model = catalogue.get("own-model").unwrap();
        let run = model.run(&accept(model, &json!({"prompt": "p"})).unwrap());
        [Fal, Cog].map(|name| run.request_to(name).unwrap().seed.clone().unwrap_or_default())
    };
    let named = json!([{"to": "random", "from": "seed"}]);
    assert_eq!(seed_of_own(i64::from(i32::MAX), named.clone()), ["random", "seed"]);
    assert_eq!(seed_of_own(100, named), ["", ""], "not any seed");
    let sometimes = json!([{"from": "seed", "when": {"seconds": 5}}]);
    assert_eq!(seed_of_own(i64::from(i32::MAX), sometimes), ["", "seed"]);
}

#[test]
fn an_own_model_can_name_the_hosts_that_its_files_are_at() {
    let with = |hosts: Value| {
        let mut model = own();
        model["providers"]["fal"]["output_hosts"] = hosts;
        let catalogue = parse(&json!([model]))?;
        let model = catalogue.get("own-model").unwrap();
        let run = model.run(&accept(model, &json!({"prompt": "p"})).unwrap());
        Ok::<_, crate::Error>(run.request_to(Fal).unwrap().output_hosts.clone())
    };
    let hosts = ["https://cdn.example.com", "https://*.example.com"];
    assert_eq!(with(json!(hosts)).unwrap(), hosts);
    let wrong = [
        "",
        "cdn.example.com",
        "http://a.example",
        "https://*",
        "https://*.com:80",
        "https://127.0.0.1",
        "https://a.b/c",
        "https://a",
    ];
    for host in wrong {
        assert!(with(json!([host])).is_err(), "{host}");
    }
}

#[test]
fn a_default_that_has_no_place_is_no_loss() {
    let mut model = own();
    model["input"][7] = json!({"name": "loop", "type": "boolean", "default": false, "description": "l"});
    let catalogue = parse(&json!([model])).unwrap();
    let model = catalogue.get("own-model").unwrap();
    for (input, ignored) in [(json!({"prompt": "p"}), vec![]), (json!({"prompt": "p", "loop": true}), vec!["loop"])] {
        let run = model.run(&accept(model, &input).unwrap());
        assert_eq!(run.request_to(Fal).unwrap().ignored, ignored);
        assert!(run.request_to(Cog).unwrap().ignored.is_empty());
    }
}
