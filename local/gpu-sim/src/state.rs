//! What the simulator remembers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use image::RgbImage;

use crate::job::{Job, Kind};
use crate::{Options, dataset};

/// Everything, behind one lock that is never held across an await.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) client: reqwest::Client,
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
}

#[derive(Clone, Debug)]
pub(crate) struct OutputFile {
    pub(crate) bytes: Arc<Vec<u8>>,
    pub(crate) media_type: &'static str,
    pub(crate) made_at: jiff::Timestamp,
}

impl Shared {
    pub(crate) fn new(options: Options) -> Self {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
        Self { options, client: client.unwrap_or_default(), state: Mutex::default() }
    }

    /// Looks at the state or changes it.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes a job, if it is there.
    pub(crate) fn change(&self, id: &str, act: impl FnOnce(&mut Job)) {
        self.with(|state| state.jobs.iter_mut().find(|job| job.id == id).map(act));
    }

    /// A copy of a job of this kind.
    pub(crate) fn job(&self, kind: Kind, id: &str) -> Option<Job> {
        self.with(|state| state.jobs.iter().find(|job| job.kind == kind && job.id == id).cloned())
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
