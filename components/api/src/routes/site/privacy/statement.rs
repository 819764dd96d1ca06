//! What is kept of people by a deployment with this configuration. Every number is the one that the code goes by.

use std::time::Duration;

use domain::ProviderName;
use domain::limits::CONSENT_WAIT_MAX;
use lifecycle::expiry::{ANSWERS_KEPT, MESSAGES_KEPT};
use lifecycle::uploads::{FILE_LIFETIME, INPUT_LIFETIME};
use lifecycle::{Config, jobs, withheld};
use schemars::JsonSchema;
use serde::Serialize;

use crate::words::span;

/// What is kept of people.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Privacy")]
pub(super) struct Statement {
    /// Where to ask to have pictures of oneself removed: an e-mail address or a URL. Nothing where the operator named none.
    contact: Option<String>,
    /// What this deployment keeps.
    pub(super) kept: Vec<Kept>,
    /// What those keep who do the work.
    pub(super) providers: Vec<AtProvider>,
}

/// A kind of thing that is kept.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "KeptData")]
pub(super) struct Kept {
    /// What it is.
    pub(super) what: &'static str,
    /// What it is kept for.
    pub(super) why: &'static str,
    /// For how long.
    pub(super) how_long: String,
    /// The same in seconds, where it is a span of time that is known.
    pub(super) seconds: Option<u64>,
    /// How it is removed.
    pub(super) removed: &'static str,
}

/// What a provider keeps.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "KeptAtProvider")]
pub(super) struct AtProvider {
    /// Its name.
    name: &'static str,
    /// Who it is.
    pub(super) who: &'static str,
    /// What it keeps, and for how long.
    pub(super) kept: String,
    /// How that is removed earlier.
    pub(super) removed: &'static str,
}

impl Statement {
    /// What a deployment with this configuration keeps.
    pub(super) fn of(config: &Config) -> Self {
        let contact = config.privacy_contact.as_ref().map(|contact| contact.text.clone());
        let kept = [of_photos(config), of_work(config), of_business()].into_iter().flatten().collect();
        Self { contact, kept, providers: config.providers.iter().copied().map(at).collect() }
    }
}

/// Something that is kept so long, as `how_long` goes on to say.
fn timed(what: &'static str, why: &'static str, time: Duration, how_long: &str, removed: &'static str) -> Kept {
    Kept { what, why, how_long: format!("{}{how_long}", span(time)), seconds: Some(time.as_secs()), removed }
}

/// Something whose end is no matter of time.
fn untimed(what: &'static str, why: &'static str, how_long: impl Into<String>, removed: &'static str) -> Kept {
    Kept { what, why, how_long: how_long.into(), seconds: None, removed }
}

fn of_photos(config: &Config) -> Vec<Kept> {
    let photos = timed(
        "Photos that a model is trained on",
        "A model learns from them what the person looks like. They stay for a while, so that the training can be done again elsewhere.",
        config.photos_kept,
        " after the training",
        "By themselves after that time; at once when the character is deleted.",
    );
    let at_once = "removed soon after the training".to_owned();
    vec![
        if config.photos_kept.is_zero() { Kept { how_long: at_once, ..photos } } else { photos },
        timed(
            "Photos that a person is asked about first",
            "The person sees them behind a link, and agrees or refuses. Nothing is made of them before.",
            CONSENT_WAIT_MAX,
            " at most, until the person answers; then as above, or removed",
            "When the person refuses, does not answer in time, or takes it back.",
        ),
        untimed(
            "Photos of a character without training",
            "Every picture of the person is made by them.",
            "as long as the character",
            "When the character is deleted.",
        ),
        untimed(
            "The trained model of a person (its weights)",
            "Pictures of the person are made with it.",
            "as long as the character",
            "When the character is deleted.",
        ),
        untimed(
            "What was said of how a person agreed",
            "It is the record of the person's consent, with the hashes of the photos.",
            "as long as the character",
            "When the character is deleted.",
        ),
        timed(
            "Uploads, and pictures sent within a request",
            "They are given to the model that was asked for. This also goes for copies of files whose length or size decides a price.",
            FILE_LIFETIME,
            &format!("; the links to them work for {}", span(INPUT_LIFETIME)),
            "By themselves; at once when the character or the task is deleted that they were given to.",
        ),
    ]
}

fn of_work(config: &Config) -> Vec<Kept> {
    vec![
        timed(
            "Pictures, songs and videos that were made",
            "Whoever asked for them fetches them here.",
            config.results_kept,
            " after they were made",
            "By themselves; at once when the task or the character is deleted.",
        ),
        timed(
            "What was asked for: prompt and settings",
            "Whoever asked can look up what they asked for and what became of it.",
            config.tasks_kept,
            " after the task ended",
            "By itself; at once when the task or the character is deleted.",
        ),
        timed(
            "Digests of the files that were made",
            "They tell whether a file was made here. Nobody gets the file back from its digest.",
            config.tasks_kept,
            " after the task ended",
            "By themselves; at once when the task or the character is deleted.",
        ),
        timed(
            "What the pictures that were made look like, in 64 bits each",
            "A copy that was saved anew is found by it. Nobody gets the picture back from it.",
            config.tasks_kept,
            " after the task ended",
            "By themselves; at once when the task or the character is deleted.",
        ),
        timed(
            "Answers to requests that may be sent twice",
            "So a request that is sent twice is done once.",
            ANSWERS_KEPT,
            "; a digest of the request's name stays with the ledger",
            "By themselves; at once when the task or the character is deleted.",
        ),
        timed(
            "Messages to customers' servers",
            "They tell that a task ended. It is kept whether they arrived.",
            MESSAGES_KEPT,
            " after the task ended",
            "By themselves.",
        ),
    ]
}

fn of_business() -> Vec<Kept> {
    vec![
        untimed(
            "The ledger",
            "It proves what was paid and given back, when, and for which task. No prompt, no picture and no person's name is in it.",
            "for good",
            "Never.",
        ),
        untimed(
            "Customers' accounts",
            "The name of the account and of its keys. Of a key itself only a digest is kept.",
            "as long as the account; the digests for good",
            "When the operator deletes the account, with all of its characters and tasks.",
        ),
        untimed(
            "Results that could not be handed out",
            "The operator sees which task they were of, what was paid for and what came. There is no prompt and no picture in it.",
            format!("the latest {}", withheld::KEPT_MAX),
            "When newer ones take their place.",
        ),
        untimed(
            "Requests to take something down",
            "They show what was asked, when, and what became of it. They name a character or a task by its id; there is no picture in them.",
            "for good",
            "Never.",
        ),
        untimed(
            "Logs",
            "They say what went wrong. No prompt, no photo, no key and no link that opens something is in them.",
            "as long as the operator keeps logs",
            "By the operator.",
        ),
    ]
}

fn at(name: ProviderName) -> AtProvider {
    let of = jobs::jobs_kept(name);
    let job = |what: &str, time: Duration| format!("{what}: {}.", span(time));
    let of_jobs = if of.training.is_zero() && of.other.is_zero() {
        "Nothing beyond the job itself.".to_owned()
    } else if of.training == of.other {
        job("What a job was given and made", of.other)
    } else {
        format!("{} {}", job("The files of a training", of.training), job("The files of any other job", of.other))
    };
    let kept = match jobs::models_kept(name) {
        Duration::MAX => format!("{of_jobs} A trained model: until it is deleted."),
        _ => of_jobs,
    };
    AtProvider { name: name.as_str(), who: of.who, kept, removed: of.removed }
}
