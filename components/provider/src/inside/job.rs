//! A job of the provider inside: what it is, and how it is at a time.

use std::fmt;
use std::time::Duration;

use domain::limits::TEST_TASK_TIME_MAX;
use domain::{AspectRatio, Timestamp};
use serde_json::json;

use super::{film, picture, song};
use crate::exchange::Answered;
use crate::{Conversation, FailureKind, Job, JobFailure, JobState, Output};

/// How long a training takes.
const TRAINING_TIME: Duration = Duration::from_secs(2);
/// How long any other job takes.
const JOB_TIME: Duration = Duration::from_secs(1);
/// How long a slow one takes, whatever it is.
const SLOW_TIME: Duration = Duration::from_mins(1);
/// The most that one job makes, or is about.
const COUNT_MAX: u8 = 16;

/// What goes wrong with a job: whoever orders it says so by a word in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disaster {
    /// The provider fails.
    Fail,
    /// Its safety filter lets nothing through.
    Unsafe,
    /// It is never heard of again.
    Lost,
    /// It comes to a good end, after a minute.
    Slow,
}

/// The disasters, by their words; of several in a text the first of these counts.
const WORDS: [(Disaster, &str); 4] =
    [(Disaster::Fail, "fail"), (Disaster::Unsafe, "nsfw"), (Disaster::Lost, "lost"), (Disaster::Slow, "slow")];
/// What an id has in the place of a disaster where there is none.
const NO_DISASTER: &str = "none";

impl Disaster {
    /// The one that a text asks for: `sim:fail`, `sim:nsfw`, `sim:lost` or `sim:slow`, in letters of any size.
    pub fn in_text(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        WORDS.iter().find(|(_, word)| text.contains(&format!("sim:{word}"))).map(|(disaster, _)| *disaster)
    }

    fn word(self) -> &'static str {
        WORDS.iter().find(|(disaster, _)| *disaster == self).map_or(NO_DISASTER, |(_, word)| word)
    }
}

/// What a job makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// A model.
    Model,
    /// Pictures of this shape.
    Pictures(AspectRatio),
    /// Songs.
    Songs,
    /// Films.
    Films,
    /// One report, about so many photos.
    Reports,
}

/// A job of the provider inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestJob {
    /// What it makes.
    pub made: Made,
    /// How many, or about how many; at most 16.
    pub count: u8,
    /// What goes wrong.
    pub disaster: Option<Disaster>,
    /// When it was ordered.
    pub begun_at: Timestamp,
    /// What tells it from others: it stands on its pictures.
    pub label: u32,
}

/// The id: five words and numbers, with `-` between them.
impl fmt::Display for TestJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { made, count, disaster, begun_at, label } = self;
        match made {
            Made::Model => f.write_str("model")?,
            Made::Pictures(ratio) => f.write_str(&ratio.as_str().replace(':', "x"))?,
            Made::Songs => f.write_str("song")?,
            Made::Films => f.write_str("film")?,
            Made::Reports => f.write_str("report")?,
        }
        let disaster = disaster.map_or(NO_DISASTER, Disaster::word);
        write!(f, "-{count}-{disaster}-{}-{label:08x}", begun_at.as_millis())
    }
}

impl TestJob {
    /// The conversation that starts it, in which nobody is asked.
    pub fn start(&self) -> Conversation<Job> {
        Box::new(Answered::with(Ok(self.told(JobState::Queued, None))))
    }

    /// The job that has this id, if it is one.
    pub(super) fn from_id(id: &str) -> Option<Self> {
        let parts: Vec<&str> = id.split('-').collect();
        let [made, count, disaster, begun_at, label] = parts.as_slice() else { return None };
        let job = Self {
            made: match *made {
                "model" => Made::Model,
                "song" => Made::Songs,
                "film" => Made::Films,
                "report" => Made::Reports,
                ratio => Made::Pictures(ratio.replace('x', ":").parse().ok()?),
            },
            count: count.parse().ok().filter(|count| *count <= COUNT_MAX)?,
            disaster: WORDS.iter().find(|(_, word)| word == disaster).map(|(disaster, _)| *disaster),
            begun_at: Timestamp::from_millis(begun_at.parse().ok()?),
            label: u32::from_str_radix(label, 16).ok()?,
        };
        (job.to_string() == id).then_some(job)
    }

    /// Whether it can be asked about still: by then whoever waited for a lost one has given it up.
    pub(super) fn is_known_at(&self, now: Timestamp) -> bool {
        now.since(self.begun_at) < TEST_TASK_TIME_MAX
    }

    /// How it is at this time.
    pub(super) fn at(&self, now: Timestamp) -> Job {
        let (passed, time) = (now.since(self.begun_at), self.time());
        if self.disaster == Some(Disaster::Lost) || passed < time {
            let percent = passed.as_millis().saturating_mul(100).checked_div(time.as_millis()).unwrap_or_default();
            return self.told(JobState::Running, u8::try_from(percent).ok().filter(|percent| *percent <= 100));
        }
        let failed = |kind, message: &str| JobState::Failed(JobFailure { kind, message: message.to_owned() });
        let state = match self.disaster {
            Some(Disaster::Fail) => failed(FailureKind::Other, "It was asked to fail"),
            Some(Disaster::Unsafe) => failed(FailureKind::Unsafe, "It was asked to make what is filtered"),
            Some(Disaster::Slow | Disaster::Lost) | None => JobState::Succeeded(self.output()),
        };
        self.told(state, None)
    }

    fn told(&self, state: JobState, progress_percent: Option<u8>) -> Job {
        Job { id: self.to_string(), location: None, state, callback_url: None, progress_percent }
    }

    const fn time(&self) -> Duration {
        match (self.disaster, self.made) {
            (Some(Disaster::Slow), _) => SLOW_TIME,
            (_, Made::Model) => TRAINING_TIME,
            (_, Made::Pictures(_) | Made::Songs | Made::Films | Made::Reports) => JOB_TIME,
        }
    }

    fn output(&self) -> Output {
        let files = |make: &dyn Fn(u8) -> String| Output::Images((1..=self.count).map(make).collect());
        match self.made {
            Made::Model => Output::Model { name: format!("test-{:08x}", self.label), weights: None },
            Made::Pictures(ratio) => files(&|n| picture::url(ratio, self.label, n)),
            Made::Songs => files(&|_| song::url()),
            Made::Films => files(&|_| film::url()),
            Made::Reports => report(self.count),
        }
    }
}

/// What is seen on so many photos: on each one face.
fn report(photos: u8) -> Output {
    let seen = json!({ "faces": 1, "face_percent": 40, "sunglasses": false });
    Output::object(&json!({ "photos": vec![seen; photos.into()] }))
}
