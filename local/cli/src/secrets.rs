//! The secrets of a local installation: made once, kept in a file that only its owner can read.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::failure::OrNext;

const FILE: &str = "secrets.json";

/// The secrets.
#[derive(Serialize, Deserialize, PartialEq, Eq)]
pub(crate) struct Secrets {
    pub(crate) signing_secret: String,
    pub(crate) admin_token: String,
    pub(crate) replicate_api_token: String,
    pub(crate) replicate_webhook_secret: String,
    /// The key of the account that `up` opens.
    pub(crate) api_key: Option<String>,
}

impl Secrets {
    /// New ones.
    pub(crate) fn random() -> Self {
        let hex = || hex::encode(rand::random::<[u8; 32]>());
        Self {
            signing_secret: hex(),
            admin_token: hex(),
            replicate_api_token: format!("r8_simulated_{}", hex()),
            replicate_webhook_secret: format!("whsec_{}", STANDARD.encode(rand::random::<[u8; 32]>())),
            api_key: None,
        }
    }

    /// Those in a folder; new ones are made and kept there if there are none.
    pub(crate) fn of(folder: &Path) -> Result<Self> {
        let file = folder.join(FILE);
        if !file.exists() {
            let secrets = Self::random();
            secrets.save(folder)?;
            return Ok(secrets);
        }
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        serde_json::from_str(&text)
            .with_context(|| format!("{} cannot be read", file.display()))
            .or_next(format!("remove {} to begin anew", folder.display()))
    }

    /// Keeps them in a folder.
    pub(crate) fn save(&self, folder: &Path) -> Result<()> {
        let advice = format!("choose another folder with --state-dir; {} cannot be written", folder.display());
        self.write(folder).or_next(advice)
    }

    fn write(&self, folder: &Path) -> Result<()> {
        write_private(folder, FILE, &serde_json::to_string_pretty(self)?)
    }
}

/// Writes a file that only its owner can read, in a folder of its owner's. Beside it first, and moved: a crash leaves the old file or the new one.
pub(crate) fn write_private(folder: &Path, name: &str, text: &str) -> Result<()> {
    runner::private::make_folder(folder)?;
    let (file, draft) = (folder.join(name), folder.join(format!("{name}.new")));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&draft)?.write_all(text.as_bytes())?;
    Ok(std::fs::rename(draft, file)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_stay_the_same_and_only_their_owner_can_read_them() {
        let folder = tempfile::tempdir().unwrap();
        let first = Secrets::of(folder.path()).unwrap();
        assert!(first == Secrets::of(folder.path()).unwrap());
        assert!(first != Secrets::random());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
