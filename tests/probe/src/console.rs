//! Writing to standard output and error.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "what the host does with it is the question")]

use serde_json::{Value, json};

use crate::Arguments;

/// Prints `text` on both streams.
pub(crate) fn show(arguments: &Arguments) -> Value {
    println!("{}", arguments.text("text"));
    eprintln!("{}", arguments.text("text"));
    json!("printed")
}
