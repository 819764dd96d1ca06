//! Errors that say what to do next.

use std::fmt;

use anyhow::{Result, anyhow};

/// What to do about an error, carried along with it.
#[derive(Debug)]
struct Next(String);

impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Adds the next step to an error.
pub(crate) trait OrNext {
    /// The same result; on an error without advice the reader is told to do this.
    #[must_use]
    fn or_next(self, step: impl Into<String>) -> Self;
}

impl<T> OrNext for Result<T> {
    fn or_next(self, step: impl Into<String>) -> Self {
        // The advice closest to the cause is the best there is.
        self.map_err(|error| if error.is::<Next>() { error } else { error.context(Next(step.into())) })
    }
}

/// An error of our own, and the step after it.
pub(crate) fn fail<T>(message: impl fmt::Display, next: impl Into<String>) -> Result<T> {
    Err(anyhow!("{message}")).or_next(next)
}

/// Shows an error and the step after it.
pub(crate) fn print(error: &anyhow::Error) {
    eprintln!("\n{}", describe(error));
}

fn describe(error: &anyhow::Error) -> String {
    // The advice stands among the causes, around the one that it is about; the others are the story.
    let advice = error.downcast_ref::<Next>().map(|next| next.0.as_str());
    let story = error.chain().map(ToString::to_string).filter(|cause| Some(cause.as_str()) != advice);
    let general = "run it again with --verbose; if it stays, report it with what you see";
    format!("error: {}\nnext:  {}", story.collect::<Vec<_>>().join(": "), advice.unwrap_or(general))
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn the_advice_closest_to_the_cause_is_given() {
        let cause: Result<()> = Err(anyhow!("in use")).context("port 3000 cannot be used");
        let error = cause.or_next("choose another port").context("up").or_next("read the log").unwrap_err();
        assert_eq!(describe(&error), "error: up: port 3000 cannot be used: in use\nnext:  choose another port");
    }
}
