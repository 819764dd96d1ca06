//! The apps there are.

use super::problem::Problem;
use crate::job::Kind;
use crate::models;

/// The app that trains.
const TRAINER: &str = "fal-ai/flux-lora-fast-training";
/// The app that makes pictures.
const MODEL: &str = "fal-ai/flux-lora";

/// The kind of job that an app does.
pub(super) fn kind_of(app: &str) -> Result<Kind, Problem> {
    match app {
        TRAINER => Ok(Kind::Training),
        MODEL => Ok(Kind::Prediction),
        app if models::is_of_fal(app) => Ok(Kind::Prediction),
        _ => Err(Problem::no_app(app)),
    }
}
