//! Writing to standard output and error.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "what the host does with it is the question")]

use serde_json::json;

use crate::{Arguments, Shown};

/// Prints `text` on both streams.
pub(crate) fn show(arguments: &Arguments) -> Shown {
    println!("{}", arguments.text("text"));
    eprintln!("{}", arguments.text("text"));
    Ok(json!("printed"))
}
