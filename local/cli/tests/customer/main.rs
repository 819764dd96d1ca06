//! `likeness` as a customer runs it: the program, the functions, a folder of photos.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without may fail it")]

mod https;

use std::path::Path;
use std::process::Output;

use e2e::{Settings, World};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

/// A folder with this many photos, and with something that is none.
fn folder(photos: usize) -> TempDir {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/photos");
    let mut names: Vec<_> = fixtures.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|file| file.extension().is_some_and(|extension| extension != "md"));
    names.sort();
    let folder = TempDir::new().unwrap();
    for file in names.iter().take(photos) {
        std::fs::copy(file, folder.path().join(file.file_name().unwrap())).unwrap();
    }
    std::fs::write(folder.path().join("notes.txt"), "taken in May").unwrap();
    folder
}

async fn train(world: &World, key: &str, folder: &TempDir, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_likeness"));
    command.arg("train").arg(folder.path()).args(["--url", &world.base]).args(more).env("LIKENESS_API_KEY", key);
    command.output().await.unwrap()
}

#[tokio::test]
async fn a_folder_of_photos_becomes_a_character() {
    let world = World::start(Settings::default()).await.unwrap();
    let (key, account) = world.key(1_000).await.unwrap();
    let wanted = ["--name", "Sarah", "--trigger-word", "SARAH", "--json"];
    let output = train(&world, &key, &folder(12), &wanted).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let character: Value = serde_json::from_slice(&output.stdout).unwrap();
    let shown = ["name", "trigger_word", "status"].map(|field| character[field].as_str().unwrap());
    assert_eq!(shown, ["Sarah", "SARAH", "ready"]);
    assert_eq!(character["image_count"], 12);
    assert_eq!(world.photos.requests(), 0, "no photo was anywhere on the web");
    assert_eq!(world.funds(&account).await.unwrap(), [500, 0, 500, 1_000]);

    // The same for people: what it is called, and what to do next.
    let output = train(&world, &key, &folder(10), &[]).await;
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && told.contains("trigger word CHAR") && told.contains("likeness generate char_"),
        "{told}"
    );
    assert!(!told.contains(&key), "a key is not repeated");
}

#[tokio::test]
async fn what_cannot_be_trained_costs_nothing_and_says_what_to_change() {
    let world = World::start(Settings::default()).await.unwrap();
    let (key, account) = world.key(1_000).await.unwrap();
    let (poor, _) = world.key(499).await.unwrap();
    let few = train(&world, &key, &folder(9), &[]).await;
    let no_key = train(&world, "sk-of-nobody", &folder(10), &[]).await;
    let no_credits = train(&world, &poor, &folder(10), &[]).await;
    let bad_word = train(&world, &key, &folder(10), &["--trigger-word", "no spaces"]).await;
    for (output, says) in [(few, "10"), (no_key, "--key"), (no_credits, "credits"), (bad_word, "trigger_word")] {
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && told.contains(says), "{told}");
    }
    assert_eq!(world.funds(&account).await.unwrap(), [1_000, 0, 0, 1_000]);
}

async fn likeness(world: &World, key: &str, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_likeness"));
    command.args(words).env("LIKENESS_URL", &world.base).env("LIKENESS_API_KEY", key).output().await.unwrap()
}

#[tokio::test]
async fn pictures_are_saved_and_what_there_is_is_listed() {
    let world = World::start(Settings::default()).await.unwrap();
    let (key, account) = world.key(530).await.unwrap();
    let trained = train(&world, &key, &folder(10), &["--name", "Sarah", "--json"]).await;
    let character: Value = serde_json::from_slice(&trained.stdout).unwrap();
    let id = character["character_id"].as_str().unwrap();

    let out = TempDir::new().unwrap();
    let folder = out.path().join("pictures");
    let wanted = ["generate", id, "at the sea", "--count", "2", "--format", "webp", "--out", folder.to_str().unwrap()];
    let output = likeness(&world, &key, &wanted).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8(output.stdout).unwrap();
    let saved: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(saved.len(), 2, "{told}");
    for file in &saved {
        assert!(told.contains(file.to_str().unwrap()), "{told}");
        assert_eq!(
            image::ImageReader::open(file).unwrap().with_guessed_format().unwrap().format(),
            Some(image::ImageFormat::WebP)
        );
    }
    assert_eq!(world.funds(&account).await.unwrap(), [0, 0, 530, 530]);

    for (words, says) in [
        (["characters"].as_slice(), "Sarah"),
        (&["tasks"], "completed"),
        (&["credits"], "0"),
        (&["ledger"], "capture"),
        (&["models"], "flux-2-pro-text-to-image"),
        (&["credits", "--json"], "\"credits\": 0"),
    ] {
        let output = likeness(&world, &key, words).await;
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && told.contains(says), "{words:?}: {told}");
    }
    let refused = likeness(&world, &key, &["generate", id, "at the sea"]).await;
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && told.contains("INSUFFICIENT_CREDITS"), "{told}");
}

#[tokio::test]
async fn a_key_is_kept_under_a_name_for_its_own_address_and_its_owner_alone() {
    let world = World::start(Settings::default()).await.unwrap();
    let (key, _) = world.key(530).await.unwrap();
    let settings = TempDir::new().unwrap();
    let likeness = async |words: &[&str], key: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_likeness"));
        command
            .args(words)
            .env("XDG_CONFIG_HOME", settings.path())
            .env_remove("LIKENESS_URL")
            .env_remove("LIKENESS_API_KEY");
        let output = command.envs(key.map(|key| ("LIKENESS_API_KEY", key))).output().await.unwrap();
        (output.status.success(), [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat())
    };
    let (found, told) = likeness(&["credits"], None).await;
    assert!(!found && told.contains("cargo likeness login"), "{told}");
    let login = ["login", "--url", &world.base, "--profile", "studio"];
    assert!(!likeness(&login, Some("sk-of-nobody")).await.0, "a key is tried first");
    let (kept, told) = likeness(&login, Some(&key)).await;
    assert!(kept && told.contains("530 credits") && !told.contains(&key), "{told}");
    assert_eq!(likeness(&["credits", "--profile", "studio"], None).await, (true, "530\n".to_owned()));
    let (found, told) = likeness(&["credits"], None).await;
    assert!(!found && told.contains("studio"), "{told}");
    let elsewhere = ["credits", "--profile", "studio", "--url", "http://127.0.0.1:1"];
    let (asked, told) = likeness(&elsewhere, None).await;
    assert!(!asked && told.contains("--key"), "{told}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let file = settings.path().join("likeness/profiles.json");
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
