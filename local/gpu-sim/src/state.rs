//! What the simulator remembers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use image::RgbImage;

use crate::job::{Job, Kind};
use crate::protocol::Protocol;
use crate::{Options, dataset};

/// Everything, behind one lock that is never held across an await.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) started_at: jiff::Timestamp,
    /// Follows no redirects: what photos and callbacks go by.
    pub(crate) client: reqwest::Client,
    /// Follows redirects: what weights and uploads go by.
    pub(crate) downloads: reqwest::Client,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    /// Jobs, oldest first.
    pub(crate) jobs: Vec<Job>,
    /// Destination models, `owner/name`.
    pub(crate) models: BTreeSet<String>,
    /// What was trained, oldest first.
    pub(crate) trained: Vec<Trained>,
    /// Photos of trained versions, by the version's id.
    pub(crate) versions: BTreeMap<String, Arc<Vec<RgbImage>>>,
    /// When the weights of a version are gone that fal made, in seconds since the Unix epoch.
    pub(crate) weights_gone_at: BTreeMap<String, i64>,
    /// Output files, by name.
    pub(crate) files: BTreeMap<String, OutputFile>,
}

/// A version that a training pushed to its destination.
#[derive(Clone, Debug)]
pub(crate) struct Trained {
    /// The destination, `owner/name`.
    pub(crate) model: String,
    pub(crate) version: String,
    pub(crate) at: jiff::Timestamp,
    /// Whether it is pushed later than it is said to be there.
    pub(crate) is_late: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct OutputFile {
    pub(crate) bytes: Arc<Vec<u8>>,
    pub(crate) media_type: &'static str,
    /// When it is gone, in seconds since the Unix epoch.
    pub(crate) gone_at: i64,
}

impl Shared {
    pub(crate) fn new(options: Options) -> Self {
        let client = outbound::https().redirect(reqwest::redirect::Policy::none()).build();
        Self {
            options,
            started_at: jiff::Timestamp::now(),
            client: client.unwrap_or_default(),
            downloads: outbound::https().build().unwrap_or_default(),
            state: Mutex::default(),
        }
    }

    /// Looks at the state or changes it.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes a job, if `room` allows it, and returns its key.
    pub(crate) fn take_if(&self, mut job: Job, room: impl FnOnce(&[Job]) -> bool) -> Option<usize> {
        self.with(|state| {
            if !room(&state.jobs) {
                return None;
            }
            job.key = state.jobs.len();
            state.jobs.push(job);
            Some(state.jobs.len() - 1)
        })
    }

    /// Takes a job and returns it with its key.
    pub(crate) fn take(&self, job: Job) -> Job {
        let key = self.take_if(job.clone(), |_| true).unwrap_or_default();
        Job { key, ..job }
    }

    /// Changes a job, if it is there.
    pub(crate) fn change(&self, key: usize, act: impl FnOnce(&mut Job)) {
        self.with(|state| state.jobs.get_mut(key).map(act));
    }

    /// A copy of a job.
    pub(crate) fn job(&self, key: usize) -> Option<Job> {
        self.with(|state| state.jobs.get(key).cloned())
    }

    /// A copy of the job that came by this protocol and has this id; the newest, if there are more.
    pub(crate) fn find(&self, protocol: Protocol, kind: Kind, id: &str) -> Option<Job> {
        let is_it = |job: &&Job| job.protocol == protocol && job.kind == kind && job.id == id;
        self.with(|state| state.jobs.iter().rev().find(is_it).cloned())
    }

    /// The photos of a version, named `owner/name:id` or by its id alone; from disk after a restart.
    pub(crate) fn photos(&self, version: &str) -> Option<Arc<Vec<RgbImage>>> {
        let id = version.rsplit(':').next().unwrap_or(version).to_owned();
        if let Some(photos) = self.with(|state| state.versions.get(&id).cloned()) {
            return Some(photos);
        }
        let photos = Arc::new(dataset::load(self.options.state_dir.as_deref()?, &id)?);
        self.with(|state| state.versions.insert(id, Arc::clone(&photos)));
        Some(photos)
    }
}
