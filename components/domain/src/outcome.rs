//! What a task came to: the files it delivered, or why it failed.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use crate::{BlobLocation, Digest, Media, PerceptualHash, Seen};

/// A delivered file that is kept here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// What it is.
    pub media: Media,
    /// Size in bytes.
    pub size_bytes: u32,
    /// SHA-256 of its bytes as they are kept. Files of before this was written down have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
    /// What it looks like: found out by the sweep, where it is a picture that can be decoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub perceptual_hash: Option<PerceptualHash>,
    /// Where its bytes are.
    #[serde(default)]
    #[serde(rename = "place")]
    pub location: BlobLocation,
    /// How long it plays, in milliseconds, where that could be found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// What is known of a song.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub song: Option<Song>,
    /// What was seen on the photos that it is about, in their order, where it is a report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Vec<Seen>>,
}

impl File {
    /// A file that was just kept, of which no more is known yet.
    pub const fn kept(media: Media, size_bytes: u32, sha256: Option<Digest>, location: BlobLocation) -> Self {
        Self { media, size_bytes, sha256, perceptual_hash: None, location, duration_ms: None, song: None, report: None }
    }
}

/// What is known of a song.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Song {
    /// Its title.
    pub title: String,
    /// Its style, in words.
    pub tags: String,
    /// Its lyrics; `[Instrumental]` where there are none.
    pub lyrics: String,
}

/// Why a task failed, in words fit for the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// For programs.
    pub code: FailureCode,
    /// For people.
    pub message: String,
}

/// The codes of failed tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, VariantArray)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum FailureCode {
    /// The provider did not take the training.
    TrainingSubmitFailed,
    /// The training failed, was canceled, was lost or took too long.
    TrainingFailed,
    /// The person pictured refused, or did not answer in time.
    ConsentRefused,
    /// The generation failed, was canceled, was lost or took too long.
    GenerationFailed,
    /// The owner took the training back.
    TrainingCanceled,
}

impl FailureCode {
    /// All of them.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The code as the API writes it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
