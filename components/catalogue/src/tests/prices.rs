use domain::Credits;
use serde_json::{Value, json};

use super::{accept, built_in, own_model};
use crate::{Accepted, InvalidInput, Measure, Measured, Model};

const URL: &str = "https://example.com/file";

fn price(model: &Model, mut input: Value, measured: Option<Measured>) -> Result<u64, InvalidInput> {
    for (name, value) in [
        ("prompt", json!("a fox")),
        ("image_urls", json!([URL])),
        ("image_url", json!(URL)),
        ("video_url", json!(URL)),
        ("audio_url", json!(URL)),
    ] {
        input.as_object_mut().unwrap().entry(name).or_insert(value);
    }
    model.price(&accept(model, &input).unwrap(), measured).map(Credits::amount)
}

#[test]
fn pictures_and_music_cost_what_the_table_says() {
    let cases = [
        ("flux-2-pro-text-to-image", json!({}), 15),
        ("flux-2-pro-text-to-image", json!({"resolution": "1K"}), 15),
        ("flux-2-pro-text-to-image", json!({"resolution": "2K"}), 20),
        ("flux-2-pro-image-to-image", json!({"resolution": "1K"}), 15),
        ("flux-2-pro-image-to-image", json!({"resolution": "2K"}), 20),
        ("flux-2-flex-text-to-image", json!({"resolution": "1K"}), 45),
        ("flux-2-flex-text-to-image", json!({"resolution": "2K"}), 75),
        ("flux-2-flex-image-to-image", json!({"resolution": "1K"}), 45),
        ("flux-2-flex-image-to-image", json!({"resolution": "2K"}), 75),
        ("nano-banana-pro-text-to-image", json!({}), 25),
        ("nano-banana-pro-text-to-image", json!({"resolution": "2K"}), 25),
        ("nano-banana-pro-text-to-image", json!({"resolution": "4K"}), 50),
        ("nano-banana-pro-image-to-image", json!({"resolution": "1K"}), 25),
        ("nano-banana-pro-image-to-image", json!({"resolution": "4K"}), 50),
        ("flux-kontext-max-image-to-image", json!({}), 15),
        ("suno-v5-generate-music", json!({}), 15),
        ("suno-v5-generate-music", json!({"custom_mode": true, "style": "jazz"}), 15),
    ];
    for (id, input, expected) in cases {
        let model = built_in(id);
        assert_eq!(model.measures(), None);
        assert_eq!(price(&model, input.clone(), None), Ok(expected), "{id} {input}");
    }
}

#[test]
fn an_upscale_costs_by_what_comes_out() {
    let model = built_in("topaz-image-upscale");
    assert_eq!(model.measures(), Some(Measure::Pixels { param: "image_url" }));
    let cases = [
        (json!({}), 1_280, 720, Some(20)),
        (json!({}), 3_000, 2_000, Some(20)),
        (json!({}), 3_001, 2_000, Some(40)),
        (json!({}), 4_000, 3_000, Some(40)),
        (json!({}), 4_000, 3_001, Some(80)),
        (json!({}), 6_000, 4_000, Some(80)),
        (json!({}), 6_000, 4_001, None),
        (json!({"upscale_factor": "1"}), 6_000, 4_000, Some(20)),
        (json!({"upscale_factor": "1"}), 12_000, 8_000, Some(80)),
        (json!({"upscale_factor": "4"}), 2_000, 1_000, Some(40)),
        (json!({"upscale_factor": "4"}), 3_000, 2_000, Some(80)),
        (json!({"upscale_factor": "4"}), 3_000, 2_001, None),
        (json!({"upscale_factor": "4"}), u32::MAX, u32::MAX, None),
        (json!({}), 0, 0, Some(20)),
    ];
    for (input, width, height, expected) in cases {
        let is = price(&model, input.clone(), Some(Measured::Pixels { width, height })).ok();
        assert_eq!(is, expected, "{input} {width}x{height}");
    }
    let too_large = price(&model, json!({}), Some(Measured::Pixels { width: 6_000, height: 4_001 })).unwrap_err();
    let said = "`image_url` would become 97 megapixels; the limit is 96: send a smaller picture, or choose a smaller `upscale_factor`";
    assert_eq!(too_large.to_string(), said);
}

const fn both(millis: u64, with_millis: u64) -> Measured {
    Measured::Both { millis, with_millis }
}

#[test]
fn lip_sync_costs_by_five_seconds_begun() {
    let model = built_in("lipsync");
    assert_eq!(model.measures(), Some(Measure::Both { param: "video_url", with: "audio_url" }));
    let cases = [
        (0, 50),
        (1, 50),
        (5_000, 50),
        (5_001, 100),
        (10_000, 100),
        (15_000, 150),
        (20_000, 200),
        (25_000, 250),
        (25_001, 300),
        (30_000, 300),
    ];
    for (millis, expected) in cases {
        assert_eq!(price(&model, json!({}), Some(both(millis, 0))), Ok(expected), "{millis}");
    }
    let too_long = price(&model, json!({}), Some(both(30_001, 0))).unwrap_err();
    assert_eq!(too_long.to_string(), "`video_url` is 30.1 s long; the limit is 30 s");
    assert!(price(&model, json!({}), Some(both(u64::MAX, 0))).is_err());
}

#[test]
fn lip_sync_costs_by_the_longest_that_can_come_out() {
    let model = built_in("lipsync");
    let hour = 3_600_000;
    for (mode, millis, with_millis, expected) in [
        ("cut_off", 5_000, hour, 50),
        ("loop", 5_000, hour, 36_000),
        ("bounce", 5_000, 5_001, 100),
        ("silence", 5_000, 12_000, 150),
        ("remap", 5_000, 12_000, 150),
        ("loop", 12_000, 5_000, 150),
        ("loop", 5_000, 5_000, 50),
    ] {
        let input = json!({ "sync_mode": mode });
        assert_eq!(
            price(&model, input, Some(both(millis, with_millis))),
            Ok(expected),
            "{mode} {millis} {with_millis}"
        );
    }
}

#[test]
fn a_video_upscale_costs_by_the_second_begun_and_its_factor() {
    let model = built_in("topaz-video-upscale");
    assert_eq!(model.measures(), Some(Measure::Seconds { param: "video_url" }));
    for (factor, millis, expected) in
        [("1", 1_000, 16), ("2", 8_500, 144), ("2", 0, 16), ("4", 1_001, 56), ("4", 60_000, 1_680)]
    {
        let input = json!({"upscale_factor": factor});
        assert_eq!(price(&model, input, Some(Measured::Millis(millis))), Ok(expected), "{factor} {millis}");
    }
    assert_eq!(price(&model, json!({}), Some(Measured::Millis(8_500))), Ok(144));
    let too_long = price(&model, json!({}), Some(Measured::Millis(60_001))).unwrap_err();
    assert_eq!(too_long.to_string(), "`video_url` is 60.1 s long; the limit is 60 s");
}

#[test]
fn nothing_has_a_price_that_was_not_measured() {
    let sizes = Some(Measured::Pixels { width: 1, height: 1 });
    for (id, wrong, field) in
        [("topaz-image-upscale", Some(Measured::Millis(1)), "image_url"), ("lipsync", sizes, "video_url")]
    {
        for measured in [None, wrong] {
            let invalid = InvalidInput::NotMeasured { field: field.to_owned() };
            assert_eq!(price(&built_in(id), json!({}), measured), Err(invalid));
        }
    }
}

#[test]
fn a_price_can_go_by_two_parameters() {
    let model = own_model();
    for (seconds, sound, expected) in [(5, false, 10), (5, true, 15), (10, false, 20), (10, true, 30)] {
        let input = json!({"prompt": "p", "seconds": seconds, "sound": sound});
        assert_eq!(price(&model, input, None), Ok(expected));
    }
    let made_up = Accepted { prompt: None, params: serde_json::Map::new(), ignored: Vec::new() };
    assert!(model.price(&made_up, None).is_err());
}
