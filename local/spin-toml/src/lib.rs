//! What follows from the list of components, from what their routes need, and from the settings: each a file that is committed.
//!
//! A test compares what is committed with what follows, and writes it anew when it is asked to: nobody writes these files by hand.

mod functions;
mod manifest;
mod triggers;
mod variables;

use api::components::{self, Component};

/// A file and what has to be in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where it is, from the root of the repository.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// All files.
pub fn files() -> Vec<File> {
    let mut files = vec![
        File { path: "spin.toml".to_owned(), text: manifest::manifest() },
        File { path: "docs/operations/configuration.md".to_owned(), text: variables::page() },
    ];
    for component in components::ALL {
        files.extend(functions::of(component));
    }
    files
}

/// The names of the components, in the order of the alphabet.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = components::ALL.iter().map(|component| component.name).collect();
    names.sort_unstable();
    names
}

/// The name of a component's library.
fn library(component: &Component) -> String {
    component.name.replace('-', "_")
}
