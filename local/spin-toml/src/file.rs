//! Files, and how components are called in them.

use api::components::Component;

/// A file and what has to be in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where it is, from the root of the repository.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// The name of a component's library.
pub(crate) fn library(component: &Component) -> String {
    component.name.replace('-', "_")
}
