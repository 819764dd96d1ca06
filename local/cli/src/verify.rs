//! `cargo likeness verify`: whether a signed document is genuine, and what it says.

mod document;
mod keys;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use domain::Hasher;
use proof::{NotGenuine, Verified};
use serde_json::{Value, json};

use crate::failure::{OrNext, fail};
use document::Document;
use keys::Keys;

/// Longest file with a document, in bytes: the document, and what can be read beside it.
const FILE_BYTES_MAX: u64 = 512 * 1024;
/// How much of a result is read at once, in bytes.
const CHUNK_BYTES: usize = 256 * 1024;

/// What is proven with keys from the deployment that the document names.
const NAMED_BY_DOCUMENT: &str = "The document names that place itself, so this proves that whoever has the place says so, and no more: see that it is\nwho you expect, or give --keys with keys that you have from them.";
/// What is proven with keys that were given.
const GIVEN: &str = "This proves as much as you trust these keys.";

/// Verify a signed document, such as the recipe of a picture: who signed it, and that nothing was changed since
#[derive(clap::Args)]
#[command(
    after_help = "For example: curl -s $API/api/v1/results/$NAME/provenance >recipe.json; cargo likeness verify recipe.json --result picture.png"
)]
pub(crate) struct Args {
    /// The API's answer, the document with what can be read beside it, or the `jws` alone; `-` reads it from the standard input
    file: PathBuf,
    /// The keys to believe: a file, or a URL; without it those of the deployment that the document itself names
    #[arg(long, value_name = "URL_OR_FILE")]
    keys: Option<String>,
    /// Also verify that this file, as it was downloaded, is the one that the recipe is of
    #[arg(long, value_name = "FILE")]
    result: Option<PathBuf>,
    /// Print what was verified, as JSON, and nothing else
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) async fn run(args: Args) -> Result<()> {
    let text = read(&args.file).or_next("give it the file with the answer of the API, or the `jws` alone")?;
    let document = Document::parse(&text).or_next("give it the answer of the API as it came, or the `jws` alone")?;
    let keys = match &args.keys {
        Some(from) => keys::load(from).await?,
        None => keys::of_issuer(&document.jws).await?,
    };
    let verified = proof::verify(&document.jws, &keys.set).or_else(|reason| refused(&reason, &keys))?;
    document.check_readable(&verified).or_next("believe only what is signed: give it the `jws` alone to see that")?;
    if let Some(result) = &args.result {
        check_result(&verified, result)?;
    }
    if args.json {
        println!("{:#}", as_json(&verified, &keys));
    } else {
        println!("{}", describe(&verified, &keys, args.result.as_deref()));
    }
    Ok(())
}

fn refused<T>(reason: &NotGenuine, keys: &Keys) -> Result<T> {
    let next = match reason {
        NotGenuine::UnknownKey => {
            "ask whoever gave it to you for the keys, and say --keys; a deployment that changed its secret publishes old keys only where `retired_proof_keys` is set"
        }
        _ => "ask for it again where it came from",
    };
    fail(format!("this proves nothing: {reason} (keys from {})", keys.source), next)
}

fn read(file: &Path) -> Result<String> {
    let source: Box<dyn Read> = if file == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(file).with_context(|| file.display().to_string())?)
    };
    let mut text = String::new();
    let read = source.take(FILE_BYTES_MAX.saturating_add(1)).read_to_string(&mut text);
    let read = read.with_context(|| format!("{} is no text", file.display()))?;
    anyhow::ensure!(
        u64::try_from(read).is_ok_and(|read| read <= FILE_BYTES_MAX),
        "{} is longer than any document",
        file.display()
    );
    Ok(text)
}

/// Whether the file has the digest that the recipe says.
fn check_result(verified: &Verified, result: &Path) -> Result<()> {
    let Some(expected) = verified.payload.get("sha256").and_then(Value::as_str) else {
        return fail("the document says nothing of a file's bytes", "leave --result out");
    };
    let mut file = File::open(result).with_context(|| result.display().to_string())?;
    let (mut hasher, mut chunk) = (Hasher::default(), vec![0; CHUNK_BYTES]);
    loop {
        let read = file.read(&mut chunk).with_context(|| result.display().to_string())?;
        match chunk.get(..read) {
            Some(bytes) if read > 0 => hasher.push(bytes),
            _ => break,
        }
    }
    if hasher.finish().as_str() == expected {
        return Ok(());
    }
    let next = "compare it with the file as it was downloaded: one that a program saved anew has other bytes";
    fail(format!("the recipe is genuine, and not that of {}", result.display()), next)
}

fn as_json(verified: &Verified, keys: &Keys) -> Value {
    json!({
        "verified": true,
        "type": verified.kind.typ(),
        "kid": verified.key_id,
        "keys": keys.source,
        "keysAreNamedByTheDocument": keys.is_named_by_document,
        "payload": verified.payload,
    })
}

fn describe(verified: &Verified, keys: &Keys, result: Option<&Path>) -> String {
    let mut lines = vec![format!("\u{2713} Genuine: a {}, and nothing of it was changed", verified.kind.field())];
    lines.extend(result.map(|result| format!("\u{2713} {} is the file that it is of", result.display())));
    lines.push(String::new());
    for (name, value) in verified.payload.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        lines.push(format!("  {:<18} {}", printable(name), printable(&value)));
    }
    lines.push(format!("\n  key                {}", verified.key_id));
    lines.push(format!("  keys from          {}\n", printable(&keys.source)));
    let proves = if keys.is_named_by_document { NAMED_BY_DOCUMENT } else { GIVEN };
    lines.push(proves.to_owned());
    lines.join("\n")
}

/// A text with nothing in it that a terminal would obey.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use domain::Secret;
    use proof::{KeySet, Kind, Signer};

    use super::*;

    fn verified(payload: Value) -> Verified {
        Verified { kind: Kind::Recipe, key_id: "kid".to_owned(), payload }
    }

    fn keys(is_named_by_document: bool) -> Keys {
        Keys { set: KeySet::default(), source: "https://likeness.example".to_owned(), is_named_by_document }
    }

    #[test]
    fn it_is_said_how_much_is_proven() {
        let told =
            |named| describe(&verified(json!({ "model": "a\u{1b}[31m", "seed": 7, "base": null })), &keys(named), None);
        assert!(told(true).contains("whoever has the place says so") && !told(false).contains("whoever has"));
        let text = told(true);
        assert!(
            text.contains("model              a\u{fffd}[31m")
                && text.contains("seed               7")
                && !text.contains("base"),
            "{text}"
        );
    }

    #[test]
    fn a_result_is_told_from_another_by_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("picture.png");
        std::fs::write(&file, b"a\nb\n").unwrap();
        let with = |sha256: &str| check_result(&verified(json!({ "sha256": sha256 })), &file);
        assert!(with("911169ddaaf146aff539f58c26c489af3b892dff0fe283c1c264c65ae5aa59a2").is_ok());
        assert!(with("911169ddaaf146aff539f58c26c489af3b892dff0fe283c1c264c65ae5aa59a3").is_err());
        assert!(check_result(&verified(json!({ "sha256": null })), &file).is_err());
    }

    #[tokio::test]
    async fn a_file_is_verified_with_a_file_of_keys_and_refused_with_others() {
        let folder = tempfile::tempdir().unwrap();
        let signer = |n| Signer::new(&Secret::new(format!("a secret of sixteen bytes, {n}"))).unwrap();
        let write = |name: &str, text: String| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let keys = |n: u8| serde_json::to_string(&KeySet::of([signer(n).public_key()])).unwrap();
        let (good, other) = (write("keys.json", keys(1)), write("other.json", keys(2)));
        let recipe = json!({ "iss": "https://likeness.example" });
        let jws = signer(1).sign(Kind::Recipe, &recipe).unwrap();
        let verify = async |text: String, keys: &Path| {
            let file = write("document", text);
            run(Args { file, keys: Some(keys.display().to_string()), result: None, json: true }).await
        };
        let whole = json!({ "success": true, "data": { "recipe": recipe, "jws": jws } });
        assert!(verify(whole.to_string(), &good).await.is_ok());
        assert!(verify(format!("{jws}\n"), &good).await.is_ok());
        assert!(verify(jws.clone(), &other).await.unwrap_err().to_string().contains("retired_proof_keys"));
        let changed = whole.to_string().replace("likeness.example", "likeness.test");
        assert!(verify(changed, &good).await.is_err(), "what can be read is not what was signed");
    }
}
