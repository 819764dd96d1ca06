//! Every name that is stored or sent, to the letter: documents on disk and callers rely on them.
#![expect(clippy::unwrap_used, reason = "what a test cannot do without may fail it")]

use std::fmt::Debug;

use domain::{
    AspectRatio, Change, CharacterState, Failure, FailureCode, Format, Media, MediaKind, Model, ProviderName, TaskId,
    TaskState, Timestamp, WarningCode,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Asserts that these are all names, that each is stored so, and that it is read back.
fn are_stored<T>(all: &[T], names: &[&str])
where
    T: Debug + PartialEq + Copy + Serialize + DeserializeOwned,
{
    assert_eq!(all.len(), names.len());
    for (value, name) in all.iter().zip(names) {
        assert_eq!(serde_json::to_value(value).unwrap(), *name);
        assert_eq!(serde_json::from_value::<T>((*name).into()).unwrap(), *value);
    }
}

#[test]
fn providers_and_ratios_are_stored_written_and_read_by_their_names() {
    let names = ["replicate", "fal", "cog"];
    are_stored(ProviderName::ALL, &names);
    for (provider, name) in ProviderName::ALL.iter().zip(names) {
        assert_eq!((provider.as_str(), provider.to_string().as_str(), name.parse()), (name, name, Ok(*provider)));
    }
    // The one inside is stored, and nobody names it.
    are_stored(&[ProviderName::Test], &["test"]);
    assert!("test".parse::<ProviderName>().is_err());
    let names = ["1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3"];
    are_stored(AspectRatio::ALL, &names);
    for (ratio, name) in AspectRatio::ALL.iter().zip(names) {
        assert_eq!((ratio.as_str(), name.parse()), (name, Ok(*ratio)));
    }
}

#[test]
fn other_texts_name_no_provider_and_no_ratio() {
    for text in ["", "Replicate", "replicate ", "FAL", "square"] {
        assert!(text.parse::<ProviderName>().is_err(), "{text}");
    }
    for text in ["", "21:9", "1x1", " 1:1", "custom", "square", "Square"] {
        assert!(text.parse::<AspectRatio>().is_err(), "{text}");
    }
}

#[test]
fn codes_are_stored_and_written_by_their_names() {
    let names =
        ["TRAINING_SUBMIT_FAILED", "TRAINING_FAILED", "CONSENT_REFUSED", "GENERATION_FAILED", "TRAINING_CANCELED"];
    are_stored(FailureCode::ALL, &names);
    assert_eq!(FailureCode::ALL.iter().map(|code| code.as_str()).collect::<Vec<_>>(), names);
    let warnings = [
        WarningCode::LowResolution,
        WarningCode::DuplicateImage,
        WarningCode::Blurred,
        WarningCode::TooDark,
        WarningCode::TooBright,
        WarningCode::NearDuplicate,
        WarningCode::SameBackground,
        WarningCode::NotUpright,
        WarningCode::LocationRemoved,
        WarningCode::NotLookedAt,
        WarningCode::NoFace,
        WarningCode::SeveralFaces,
        WarningCode::SmallFace,
        WarningCode::Sunglasses,
    ];
    let names = [
        "LOW_RESOLUTION",
        "DUPLICATE_IMAGE",
        "BLURRED",
        "TOO_DARK",
        "TOO_BRIGHT",
        "NEAR_DUPLICATE",
        "SAME_BACKGROUND",
        "NOT_UPRIGHT",
        "LOCATION_REMOVED",
        "NOT_LOOKED_AT",
        "NO_FACE",
        "SEVERAL_FACES",
        "SMALL_FACE",
        "SUNGLASSES",
    ];
    are_stored(&warnings, &names);
}

#[test]
fn types_of_files_are_stored_by_their_names() {
    let kinds = ["image", "music", "video", "report"];
    are_stored(MediaKind::ALL, &kinds);
    assert_eq!(MediaKind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(), kinds);
    let types = ["jpeg", "png", "webp", "svg", "mp3", "wav", "ogg", "flac", "m4a", "mp4", "mov", "webm", "aac", "json"];
    are_stored(Media::ALL, &types);
    are_stored(&[Format::Jpeg, Format::Png, Format::Webp], &["jpeg", "png", "webp"]);
    for media in Media::ALL {
        assert!(media.format().is_none_or(|format| format.media() == *media));
    }
}

#[test]
fn types_of_files_have_these_media_types_and_endings() {
    let all: Vec<_> = Media::ALL.iter().map(|media| (media.media_type(), media.extension())).collect();
    let expected = [
        ("image/jpeg", "jpg"),
        ("image/png", "png"),
        ("image/webp", "webp"),
        ("image/svg+xml", "svg"),
        ("audio/mpeg", "mp3"),
        ("audio/wav", "wav"),
        ("audio/ogg", "ogg"),
        ("audio/flac", "flac"),
        ("audio/mp4", "m4a"),
        ("video/mp4", "mp4"),
        ("video/quicktime", "mov"),
        ("video/webm", "webm"),
        ("audio/aac", "aac"),
        ("application/json", "json"),
    ];
    assert_eq!(all, expected);
}

/// A state's or a change's name, and the name of its variant in documents.
fn stored_as(value: &impl Serialize) -> String {
    match serde_json::to_value(value).unwrap() {
        serde_json::Value::Object(object) => object.keys().next().unwrap().clone(),
        value => value.as_str().unwrap().to_owned(),
    }
}

#[test]
fn states_and_changes_have_these_names_for_callers_and_in_documents() {
    let (at, task) = (Timestamp::from_millis(0), TaskId::from_random([1; 16]));
    let model = Model {
        provider: ProviderName::Fal,
        name: String::new(),
        source: None,
        base: domain::Base::default(),
        weights: None,
    };
    let error = Failure { code: FailureCode::TrainingFailed, message: String::new() };
    let tasks = [
        (TaskState::Pending, "pending", "pending"),
        (TaskState::Processing, "processing", "processing"),
        (TaskState::Trained { model: model.clone() }, "completed", "trained"),
        (TaskState::Delivered { files: Vec::new(), at }, "completed", "delivered"),
        (TaskState::Failed { error: error.clone() }, "failed", "failed"),
        (TaskState::Canceled, "canceled", "canceled"),
    ];
    for (state, told, stored) in tasks {
        assert_eq!((state.as_str(), stored_as(&state).as_str()), (told, stored));
    }
    let characters = [
        (CharacterState::AwaitingConsent, "awaiting_consent"),
        (CharacterState::Training, "training"),
        (CharacterState::Ready { model }, "ready"),
        (CharacterState::Failed { error }, "failed"),
        (CharacterState::Deleted { at }, "deleted"),
    ];
    for (state, name) in characters {
        assert_eq!((state.as_str(), stored_as(&state).as_str()), (name, name));
    }
    let (id, reason) = (String::new, String::new);
    let changes = [
        (Change::Grant { id: id() }, "grant"),
        (Change::AdjustUp { id: id(), reason: reason() }, "adjust_up"),
        (Change::AdjustDown { id: id(), reason: reason() }, "adjust_down"),
        (Change::Hold { task: task.clone() }, "hold"),
        (Change::Capture { task: task.clone() }, "capture"),
        (Change::Release { task }, "release"),
    ];
    for (change, name) in changes {
        assert_eq!((change.kind(), stored_as(&change).as_str()), (name, name));
    }
}
