//! What follows from the list of components, from what their routes need, and from the settings: each a file that is committed.
//!
//! A test compares what is committed with what follows, and writes it anew when it is asked to: nobody writes these files by hand.

mod file;
mod functions;
mod manifest;
mod triggers;
mod variables;

pub use file::File;

use api::components;

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
