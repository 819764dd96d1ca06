//! The apps there are.

use crate::job::Kind;
use crate::models;
use crate::picture::Format;
use crate::work::FLUX_1;

/// An app that trains.
#[derive(Debug)]
pub(super) struct Trainer {
    app: &'static str,
    /// The field of the photos' address.
    pub(super) zip: &'static str,
    /// The field that says what is on every photo, where there is no other way to say who is meant: without captions it has to be there.
    pub(super) caption: Option<&'static str>,
    /// On what it trains.
    pub(super) family: &'static str,
    /// What its output calls the weights.
    pub(super) output: &'static str,
}

/// An app that makes pictures with weights of one family.
#[derive(Debug)]
pub(super) struct Generator {
    app: &'static str,
    pub(super) family: &'static str,
    pub(super) formats: &'static [Format],
    /// The shortest side of a picture, in pixels.
    pub(super) side_min: u64,
}

const fn of_flux_1(app: &'static str) -> Trainer {
    Trainer { app, zip: "images_data_url", caption: None, family: FLUX_1, output: "diffusers_lora_file" }
}

const fn captioned(app: &'static str, family: &'static str) -> Trainer {
    let caption = Some("default_caption");
    Trainer { app, zip: "image_data_url", caption, family, output: "diffusers_lora_file" }
}

static TRAINERS: [Trainer; 6] = [
    of_flux_1("fal-ai/flux-lora-fast-training"),
    of_flux_1("fal-ai/flux-lora-portrait-trainer"),
    captioned("fal-ai/flux-2-trainer", "flux-2"),
    captioned("fal-ai/z-image-turbo-trainer-v2", "z-image"),
    captioned("fal-ai/qwen-image-2512-trainer", "qwen-image"),
    Trainer {
        zip: "images_data_url",
        caption: None,
        family: "krea-2",
        output: "lora_file",
        app: "fal-ai/krea-2-trainer",
    },
];

const fn all_formats(app: &'static str, family: &'static str, side_min: u64) -> Generator {
    Generator { app, family, formats: &[Format::Jpg, Format::Png, Format::Webp], side_min }
}

static GENERATORS: [Generator; 5] = [
    Generator { app: "fal-ai/flux-lora", family: FLUX_1, formats: &[Format::Jpg, Format::Png], side_min: 64 },
    all_formats("fal-ai/flux-2/lora", "flux-2", 512),
    all_formats("fal-ai/z-image/turbo/lora", "z-image", 64),
    all_formats("fal-ai/qwen-image-2512/lora", "qwen-image", 64),
    Generator { app: "fal-ai/krea-2/turbo/lora", family: "krea-2", formats: &[Format::Png], side_min: 64 },
];

/// The trainer of this name.
pub(super) fn trainer(app: &str) -> Option<&'static Trainer> {
    TRAINERS.iter().find(|trainer| trainer.app == app)
}

/// What makes pictures under this name, path included.
pub(super) fn generator(app: &str) -> Option<&'static Generator> {
    GENERATORS.iter().find(|generator| generator.app == app)
}

/// The kind of job that an app does, whatever its path; nothing where there is none.
pub(super) fn kind_of(app: &str) -> Option<Kind> {
    let is_of = |generator: &Generator| {
        generator.app.strip_prefix(app).is_some_and(|path| path.is_empty() || path.starts_with('/'))
    };
    if trainer(app).is_some() {
        Some(Kind::Training)
    } else if models::is_of_fal(app) || GENERATORS.iter().any(is_of) {
        Some(Kind::Prediction)
    } else {
        None
    }
}
