use serde_json::{Value, json};

use super::{own, parse};
use crate::Catalogue;

/// What is said when `pointer` of the own model is `value`; `null` takes it away.
fn said(pointer: &str, value: Value) -> String {
    let mut model = own();
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    match model.pointer_mut(parent).unwrap() {
        Value::Object(object) if value.is_null() => {
            object.remove(field);
        }
        Value::Object(object) => {
            object.insert(field.to_owned(), value);
        }
        Value::Array(array) => array[field.parse::<usize>().unwrap()] = value,
        other => panic!("{other}"),
    }
    parse(&json!([model])).map(|_| ()).expect_err(pointer).to_string()
}

#[test]
fn mistakes_name_the_model_and_the_field() {
    let cases = [
        ("/input/1/default", json!(7), "model `own-model`: `input[1].default` has to be one of 5, 10"),
        ("/input/0/typo", json!(1), "model `own-model`: `input[0].typo` cannot be read: unknown field `typo`"),
        ("/media", json!("text"), "model `own-model`: `media` cannot be read: unknown variant `text`"),
        (
            "/price/values/credits/5/true",
            json!(0),
            "model `own-model`: `price.values.credits[5][true]` has to be from 1 to",
        ),
        ("/price/values/credits/10", Value::Null, "model `own-model`: `price.values.credits[10]` is missing"),
        (
            "/input/1/default",
            Value::Null,
            "model `own-model`: `price.values.by` names `seconds`: is neither required nor has",
        ),
        (
            "/providers/fal/outputs/files",
            json!("videos"),
            "model `own-model`: `providers.fal.outputs.files` is no JSON pointer",
        ),
        (
            "/providers/fal/fields/0/from",
            json!("promt"),
            "model `own-model`: `providers.fal.fields[0].from` is no parameter",
        ),
        ("/id", json!("Own Model"), "model `Own Model`: `id` has to be"),
        ("/id", Value::Null, "model `models[0]`: cannot be read: missing field `id`"),
    ];
    for (pointer, value, expected) in cases {
        let said = said(pointer, value);
        assert!(said.starts_with(expected), "{said}");
    }
}

#[test]
fn every_other_mistake_is_found() {
    let cases = [
        ("/id", json!("")),
        ("/id", json!("own_model")),
        ("/id", json!("a".repeat(65))),
        ("/aliases/0", json!("Old")),
        ("/name", json!(" ")),
        ("/count", json!(0)),
        ("/count", json!(9)),
        ("/typo", json!(1)),
        ("/providers", json!({})),
        ("/providers/aws", json!({"model": "m"})),
        ("/providers/cog/model", json!("m")),
        ("/providers/fal/model", json!("")),
        ("/providers/fal/model", json!("a b")),
        ("/providers/fal/outputs/video", json!("/v")),
        ("/providers/fal/outputs/files", json!("")),
        ("/providers/fal/outputs/files", json!("/a~2")),
        ("/providers/fal/fields/0/by", json!(["seconds"])),
        ("/providers/fal/fields/0/values", json!({"a": "b"})),
        ("/providers/fal/fields/0/list", json!(true)),
        ("/providers/fal/fields/0/when", json!({"steps": 1})),
        ("/providers/fal/fields/2/values/5/true", Value::Null),
        ("/providers/fal/fields/2/values/7", json!({})),
        ("/providers/fal/fields/2/by", json!(["seconds", "prompt"])),
        ("/providers/fal/fields/3/to", json!("text")),
        ("/providers/fal/fields/4/always", Value::Null),
        ("/providers/fal/fields/4/to", Value::Null),
        ("/input/0/name", json!("Prompt")),
        ("/input/0/type", json!("integer")),
        ("/input/0/min", json!(21)),
        ("/input/0/min", json!(-1)),
        ("/input/0/max", json!(1.5)),
        ("/input/0/default", json!("p")),
        ("/input/1/enum", json!([5, "10"])),
        ("/input/1/min", json!(5)),
        ("/input/2/max", json!(1)),
        ("/input/2/data_uri", json!(true)),
        ("/input/3/when", json!({"sound": 1})),
        ("/input/3/when", json!({"steps": 1})),
        ("/input/3/name", json!("sound")),
        ("/input/3/description", Value::Null),
        ("/input/6/max", json!(1)),
        ("/price", json!({"flat": {"credits": 0}})),
        ("/price", json!({"flat": {"credits": -1}})),
        ("/price", json!({"flat": {"credits": 1.5}})),
        ("/price", json!({"flat": {"credits": u64::MAX}})),
        ("/price", json!({"flat": {"credits": 1, "typo": 1}})),
        ("/price", json!({"values": {"by": [], "credits": {}}})),
        ("/price", json!({"values": {"by": ["seconds", "sound", "steps"], "credits": {}}})),
        ("/price", json!({"values": {"by": ["voice"], "credits": {}}})),
        ("/price", json!({"values": {"by": ["seconds"], "credits": {"5": 1, "10": "2"}}})),
        ("/price", json!({"megapixels": {"of": "start", "tiers": [{"max_megapixels": 1, "credits": 1}]}})),
        ("/price", json!({"seconds": {"of": "prompt", "block_seconds": 5, "max_seconds": 30, "credits": 50}})),
        ("/price", json!({"bonus": {}})),
    ];
    for (pointer, value) in cases {
        let said = said(pointer, value.clone());
        assert!(said.starts_with("model `"), "{pointer} {value}: {said}");
    }
}

#[test]
fn prices_by_size_have_to_make_sense() {
    let with = |price: Value| {
        let mut model = own();
        model["input"][6] = json!({"name": "start", "type": "url", "required": true, "description": "s"});
        model["price"] = price;
        parse(&json!([model])).map(|_| ())
    };
    let tiers = |tiers: Value, factor: &str| json!({"megapixels": {"of": "start", "factor": factor, "tiers": tiers}});
    let tier = |most: u64, credits: u64| json!({"max_megapixels": most, "credits": credits});
    with(tiers(json!([tier(1, 1), tier(2, 2)]), "seconds")).unwrap();
    for wrong in [
        tiers(json!([]), "seconds"),
        tiers(json!([tier(2, 1), tier(2, 2)]), "seconds"),
        tiers(json!([tier(2, 0)]), "seconds"),
        tiers(json!([tier(0, 1)]), "seconds"),
        tiers(json!([tier(1, 1)]), "sound"),
        tiers(json!([tier(1, 1)]), "strength"),
    ] {
        assert!(with(wrong.clone()).is_err(), "{wrong}");
    }
    let seconds = |block: u64, most: u64, credits: u64| json!({"seconds": {"of": "start", "block_seconds": block, "max_seconds": most, "credits": credits}});
    with(seconds(5, 30, 50)).unwrap();
    for wrong in [seconds(0, 30, 50), seconds(5, 0, 50), seconds(5, 30, 0), seconds(u64::MAX, 30, 50)] {
        assert!(with(wrong.clone()).is_err(), "{wrong}");
    }
    let by = |by: Value, credits: Value| json!({"seconds": {"of": "start", "block_seconds": 1, "max_seconds": 30, "by": by, "credits": credits}});
    with(by(json!(["sound"]), json!({"false": 1, "true": 2}))).unwrap();
    with(by(json!([]), json!(1))).unwrap();
    for wrong in [
        by(json!(["sound"]), json!({"false": 1})),
        by(json!(["sound"]), json!({"false": 1, "true": 0})),
        by(json!(["sound"]), json!(1)),
        by(json!([]), json!({"false": 1, "true": 2})),
        by(json!(["start"]), json!({})),
    ] {
        assert!(with(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn names_are_given_once() {
    let mut other = own();
    let twice = parse(&json!([own(), other])).unwrap_err().to_string();
    assert_eq!(twice, "model `own-model`: `id` has `own-model`, which names a model already");
    other["id"] = json!("other");
    let twice = parse(&json!([own(), other])).unwrap_err().to_string();
    assert_eq!(twice, "model `other`: `aliases` has `own/old`, which names a model already");
    other["aliases"] = json!(["other"]);
    assert!(parse(&json!([other])).is_err());
}

#[test]
fn what_is_no_catalogue_is_said_to_be_none() {
    for text in ["", "[]", "{}", "{\"models\": {}}", "{\"models\": [], \"version\": 1}", "\u{0}"] {
        let said = Catalogue::parse(text.as_bytes()).unwrap_err().to_string();
        assert!(said.starts_with("catalogue: is not of the form"), "{said}");
    }
    assert!(parse(&json!([1])).unwrap_err().to_string().starts_with("model `models[0]`: cannot be read"));
    assert_eq!(parse(&json!([])).unwrap().models().count(), 0);
}
