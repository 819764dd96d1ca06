//! What a container says of itself, read: how it is, and what it does.

use std::fmt;

use anyhow::Result;
use serde_json::Value;

use crate::failure::fail;

/// What a container is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Trainer,
    Model,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Trainer => "the trainer",
            Self::Model => "the model",
        })
    }
}

/// Reads `/health-check`; the version of a container that is well.
pub(super) fn health(role: Role, url: &str, told: &Value) -> Result<String> {
    let text = |pointer: &str| told.pointer(pointer).and_then(Value::as_str);
    let log = text("/setup/logs").and_then(|log| log.trim().lines().last()).unwrap_or("nothing in its log");
    let at = format!("{role} at {url}");
    match text("/status") {
        // One that is busy works.
        Some("READY" | "BUSY") => Ok(text("/version/coglet").unwrap_or("0.16 or older").to_owned()),
        Some("STARTING") => fail(
            format!("{at} is still starting"),
            "wait until its weights are loaded, some minutes the first time; then ask again",
        ),
        Some("SETUP_FAILED") => fail(
            format!("{at} could not be set up: {log}"),
            "read the container's whole log: weights that cannot be fetched and a GPU that is too small end so; then start it again",
        ),
        Some("DEFUNCT") => fail(
            format!("{at} has lost its worker and takes nothing any more: {log}"),
            "start the container again; where that repeats itself, its log says what ended the worker, often the memory",
        ),
        Some(other) => fail(format!("{at} says that it is {other}"), "read the container's log, and start it again"),
        None => {
            fail(format!("what answers at {url} is no Cog container"), "give scheme, host and port of the container")
        }
    }
}

/// Reads `/openapi.json`. A container of Cog 0.17 or later (`coglet`) uploads no path inside an object.
pub(super) fn schema(role: Role, url: &str, told: &Value, coglet: bool) -> Result<()> {
    let takes =
        |schema: &str, field: &str| told.pointer(&format!("/components/schemas/{schema}/properties/{field}")).is_some();
    let at = format!("{role} at {url}");
    match role {
        Role::Trainer if !takes("TrainingInput", "input_images") => fail(
            format!("{at} does not train: no input of its training is called input_images"),
            "start the image built as docs/operations/cog says, with --x-mode train; see that the two addresses are not swapped",
        ),
        Role::Trainer if coglet && returns_an_object(told) => fail(
            format!(
                "{at} returns an object, whose weights Cog would send inside its callback, which is too large to be taken"
            ),
            "have it return the bare path: wrap it with docs/operations/cog/likeness_train.py",
        ),
        Role::Model if !takes("Input", "prompt") || !takes("Input", "lora_weights") => fail(
            format!("{at} does not make pictures with weights: it has no inputs called prompt and lora_weights"),
            "start cog-flux's dev-lora, without --x-mode; see that the two addresses are not swapped",
        ),
        Role::Trainer | Role::Model => Ok(()),
    }
}

fn returns_an_object(told: &Value) -> bool {
    let output = |name: &str| told.pointer(&format!("/components/schemas/{name}"));
    let trained = output("TrainingOutput");
    let named = trained.and_then(|trained| trained.get("$ref").or_else(|| trained.pointer("/allOf/0/$ref")));
    let named = named.and_then(|name| output(name.as_str()?.rsplit('/').next()?));
    named.or(trained).is_some_and(|output| output.get("properties").is_some())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const AT: &str = "http://trainer:5000";

    #[test]
    fn every_state_but_ready_and_busy_is_an_error_with_a_next_step() {
        let told = |status: &str| {
            let version = json!({ "coglet": "0.23.1" });
            let setup = json!({ "logs": "loading\nno such file: model.bin\n" });
            health(Role::Trainer, AT, &json!({ "status": status, "setup": setup, "version": version }))
        };
        assert_eq!((told("READY").unwrap(), told("BUSY").unwrap()), ("0.23.1".to_owned(), "0.23.1".to_owned()));
        for (status, words) in [
            ("STARTING", "still starting"),
            ("SETUP_FAILED", "could not be set up: no such file: model.bin"),
            ("DEFUNCT", "lost its worker"),
            ("UNHEALTHY", "is UNHEALTHY"),
        ] {
            let error = format!("{:?}", told(status).unwrap_err());
            assert!(error.contains(words), "{status}: {error}");
        }
        assert_eq!(health(Role::Model, AT, &json!({ "status": "READY" })).unwrap(), "0.16 or older");
        let error = format!("{:?}", health(Role::Model, AT, &Value::Null).unwrap_err());
        assert!(error.contains("no Cog container"), "{error}");
    }

    #[test]
    fn each_container_is_told_apart_by_what_it_takes_and_returns() {
        let path = json!({ "type": "string", "format": "uri" });
        let object = json!({ "type": "object", "properties": { "weights": path } });
        let trainer = |output: &Value| {
            json!({ "components": { "schemas": {
                "TrainingInput": { "properties": { "input_images": path } }, "TrainingOutput": output, "Trained": object,
            } } })
        };
        let model =
            json!({ "components": { "schemas": { "Input": { "properties": { "prompt": {}, "lora_weights": {} } } } } });
        let reference = trainer(&json!({ "$ref": "#/components/schemas/Trained" }));
        assert!(schema(Role::Trainer, AT, &trainer(&path), true).is_ok());
        assert!(schema(Role::Trainer, AT, &trainer(&object), false).is_ok(), "up to 0.16 it uploads");
        assert!(schema(Role::Model, AT, &model, true).is_ok());
        for (role, told, words) in [
            (Role::Trainer, &trainer(&object), "likeness_train.py"),
            (Role::Trainer, &reference, "likeness_train.py"),
            (Role::Trainer, &model, "swapped"),
            (Role::Model, &trainer(&path), "swapped"),
            (Role::Model, &Value::Null, "swapped"),
        ] {
            let error = format!("{:?}", schema(role, AT, told, true).unwrap_err());
            assert!(error.contains(words), "{role}: {error}");
        }
    }
}
