//! Errors that say what to do next.

use std::fmt;

use anyhow::Result;

/// What to do about an error, carried along with it.
#[derive(Debug)]
struct Next(String);

impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Adds the next step to an error.
pub(crate) trait OrNext<T> {
    /// The same result; on an error the reader is told to do this.
    fn or_next(self, step: impl Into<String>) -> Result<T>;
}

impl<T, E> OrNext<T> for Result<T, E>
where
    Result<T, E>: anyhow::Context<T, E>,
{
    fn or_next(self, step: impl Into<String>) -> Result<T> {
        anyhow::Context::with_context(self, || Next(step.into()))
    }
}

/// Shows an error and the step after it.
pub(crate) fn print(error: &anyhow::Error) {
    // The advice wraps the error it is about; the causes below it are the story.
    let advice = error.downcast_ref::<Next>();
    let story: Vec<String> = error.chain().skip(usize::from(advice.is_some())).map(ToString::to_string).collect();
    eprintln!("\nerror: {}", story.join(": "));
    let next =
        advice.map_or("run it again with --verbose; if it stays, report it with what you see", |next| next.0.as_str());
    eprintln!("next:  {next}");
}
