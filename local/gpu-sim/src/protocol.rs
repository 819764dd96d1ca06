//! The protocols, and how each does what all do.

use serde_json::Value;

use crate::fault::Fault;
use crate::picture::Format;

/// Whose protocol a job came by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Replicate,
    Fal,
    Cog,
}

/// What a job made.
#[derive(Debug)]
pub(crate) enum Made {
    /// A trained version, by its id.
    Version(String),
    Pictures(Vec<Picture>),
    /// What a run made.
    Files(Vec<File>),
}

/// A picture that was made.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) format: Format,
    pub(crate) bytes: Vec<u8>,
    /// The safety filter withholds it; it is black.
    pub(crate) is_unsafe: bool,
}

/// A file that a run made.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) extension: &'static str,
    pub(crate) media_type: &'static str,
    pub(crate) bytes: Vec<u8>,
}

impl From<Picture> for File {
    fn from(picture: Picture) -> Self {
        let Picture { format, bytes, .. } = picture;
        Self { extension: format.extension(), media_type: format.media_type(), bytes }
    }
}

/// How a job ended.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) status: &'static str,
    pub(crate) output: Value,
    pub(crate) fault: Option<Fault>,
}

impl End {
    pub(crate) fn succeeded(output: Value) -> Self {
        Self { status: "succeeded", output, fault: None }
    }

    pub(crate) fn failed(fault: Fault) -> Self {
        Self { status: "failed", output: Value::Null, fault: Some(fault) }
    }

    pub(crate) fn aborted() -> Self {
        Self { status: "aborted", output: Value::Null, fault: None }
    }
}

/// A callback to be sent.
#[derive(Debug)]
pub(crate) struct Callback {
    pub(crate) body: String,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Protocol {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Replicate => "replicate",
            Self::Fal => "fal",
            Self::Cog => "cog",
        }
    }

    /// Whether a terminal callback that was answered so is sent again.
    pub(crate) fn repeats(self, answer: Option<u16>) -> bool {
        match (self, answer) {
            (_, None) => true,
            (Self::Cog, Some(status)) => matches!(status, 429 | 500 | 502 | 503 | 504),
            (Self::Fal, Some(status)) => !(200..400).contains(&status),
            (Self::Replicate, Some(status)) => !(200..300).contains(&status),
        }
    }

    /// How often a terminal callback is sent before it is given up. With the default pause, Replicate's last one is about a minute
    /// after the end.
    pub(crate) const fn attempts_max(self) -> u32 {
        match self {
            Self::Replicate => 8,
            Self::Fal => 10,
            Self::Cog => 13,
        }
    }
}

/// An object without the fields that are null.
pub(crate) fn without_nulls(mut object: Value) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    object
}
