use proptest::prelude::*;
use serde_json::{Map, Number, Value};

use crate::{Catalogue, Measured};

/// The highest price that is in our catalogue.
const CREDITS_MAX: u64 = 1_680;

fn scalar() -> impl Strategy<Value = Value> {
    let words = [
        "1K",
        "2K",
        "4K",
        "auto",
        "16:9",
        "png",
        "1",
        "2",
        "4",
        "loop",
        "https://e.org/a",
        "data:image/png,a",
        "a fox",
        "",
    ];
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| Number::from_f64(number).map_or(Value::Null, Value::Number)),
        proptest::sample::select(words.to_vec()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(2, 12, 4, |inner| {
        let list = proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from);
        let object = proptest::collection::vec((any::<String>(), inner), 0..3);
        prop_oneof![list, object.prop_map(|fields| Value::Object(fields.into_iter().collect()))]
    })
}

/// Inputs that are near what the models take.
fn input() -> impl Strategy<Value = Map<String, Value>> {
    let names = [
        "prompt",
        "resolution",
        "aspect_ratio",
        "seed",
        "output_format",
        "image_urls",
        "image_url",
        "upscale_factor",
        "video_url",
        "audio_url",
        "sync_mode",
        "custom_mode",
        "instrumental",
        "style",
        "title",
        "other",
    ];
    let usual = || {
        let url = "https://e.org/a";
        let fields = serde_json::json!({"prompt": "a fox", "image_urls": [url], "image_url": url, "video_url": url, "audio_url": url});
        fields.as_object().cloned().unwrap_or_default()
    };
    let field = (proptest::sample::select(names.to_vec()), value());
    (any::<bool>(), proptest::collection::vec(field, 0..5)).prop_map(move |(near, fields)| {
        let mut input = if near { usual() } else { Map::new() };
        input.extend(fields.into_iter().map(|(name, value)| (name.to_owned(), value)));
        input
    })
}

fn measured() -> impl Strategy<Value = Option<Measured>> {
    prop_oneof![
        Just(None),
        (any::<u32>(), any::<u32>()).prop_map(|(width, height)| Some(Measured::Pixels { width, height })),
        (0..6_000_u32, 0..6_000_u32).prop_map(|(width, height)| Some(Measured::Pixels { width, height })),
        any::<u64>().prop_map(|millis| Some(Measured::Millis(millis))),
        (0..70_000_u64).prop_map(|millis| Some(Measured::Millis(millis))),
        (0..70_000_u64, any::<u64>()).prop_map(|(millis, with_millis)| Some(Measured::Both { millis, with_millis })),
    ]
}

proptest! {
    #[test]
    fn whatever_is_sent_has_a_fair_price_and_one_meaning(input in input(), measured in measured()) {
        let catalogue = Catalogue::built_in().unwrap();
        for model in catalogue.models() {
            let Ok(accepted) = model.accept(&input) else { continue };
            prop_assert_eq!(&model.accept(&input).unwrap(), &accepted);
            if let Ok(price) = model.price(&accepted, measured) {
                prop_assert!((1..=CREDITS_MAX).contains(&price.amount()));
            } else {
                prop_assert!(model.measures().is_some());
            }
            let run = model.run(&accepted);
            prop_assert_eq!(&model.run(&accepted), &run);
            prop_assert_eq!(run.requests.len(), model.providers().count());
            // What was accepted once is accepted again, as it is.
            let mut again = run.params.clone();
            again.extend(run.prompt.iter().map(|prompt| ("prompt".to_owned(), Value::from(prompt.as_str()))));
            let again = model.accept(&again).unwrap();
            prop_assert_eq!((again.prompt, again.params), (accepted.prompt, accepted.params));
        }
    }

    #[test]
    fn no_file_is_too_odd_to_be_read(bytes in proptest::collection::vec(any::<u8>(), 0..64), place in 0_usize..200, value in value()) {
        let _ = Catalogue::parse(&bytes);
        // Our own file with one value somewhere replaced.
        let mut file: Value = serde_json::from_str(crate::BUILT_IN).unwrap();
        replace(&mut file, &mut { place * 7 }, &value);
        if let Ok(catalogue) = Catalogue::parse(file.to_string().as_bytes()) {
            for model in catalogue.models() {
                let _ = serde_json::to_value(model.describe()).unwrap();
            }
        }
    }
}

fn replace(value: &mut Value, countdown: &mut usize, with: &Value) {
    if *countdown == 0 {
        value.clone_from(with);
    }
    *countdown = countdown.wrapping_sub(1);
    match value {
        Value::Array(array) => array.iter_mut().for_each(|value| replace(value, countdown, with)),
        Value::Object(object) => object.values_mut().for_each(|value| replace(value, countdown, with)),
        _ => {}
    }
}
