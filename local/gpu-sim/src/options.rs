//! What can be set.

use std::path::PathBuf;
use std::time::Duration;

use crate::Misbehaviour;

/// How the simulator behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it is reached, without a trailing slash: the base of all URLs it gives.
    pub base_url: String,
    /// The bearer token it demands as Replicate.
    pub token: String,
    /// `whsec_...`: what its callbacks as Replicate are signed with.
    pub webhook_secret: String,
    /// The key it demands as fal. What it signs its callbacks with follows from it, so that it stays the same over a restart.
    pub fal_key: String,
    /// The key it demands as fal where requests are deleted.
    pub fal_admin_key: String,
    /// The account at fal that its callbacks name.
    pub fal_user_id: String,
    /// The bearer token that its callbacks as Cog carry.
    pub cog_token: String,
    /// Where its outputs as Cog are uploaded to, each as `{url}/{name}`; if not set they are `data:` URIs.
    pub cog_upload_url: Option<String>,
    /// How many jobs it runs at a time as Cog.
    pub cog_slots: usize,
    /// What its trainer returns as Cog.
    pub cog_trainer: CogTrainer,
    /// How long a training takes.
    pub training_time: Duration,
    /// How long a picture takes.
    pub picture_time: Duration,
    /// The pause before the first repetition of a terminal callback that was not taken; it doubles with every one.
    pub retry_pause: Duration,
    /// How every job misbehaves; more can be asked for in a prompt or trigger word.
    pub misbehaviour: Vec<Misbehaviour>,
    /// Where trained versions are kept over a restart; nowhere if not set.
    pub state_dir: Option<PathBuf>,
}

/// What the trainer in a Cog container returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CogTrainer {
    /// The path of its weights, which Cog uploads.
    #[default]
    Path,
    /// An object with the path in it, as flux-fine-tuner does: Cog writes the weights into the callback, whether or not it may upload.
    Object,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            base_url: "http://127.0.0.1:3001".to_owned(),
            token: "r8_simulated".to_owned(),
            webhook_secret: "whsec_c2ltdWxhdGVkLXNlY3JldC1vZi10aGUtc2ltdWxhdG9y".to_owned(),
            fal_key: "fal_id:simulated".to_owned(),
            fal_admin_key: "fal_admin:simulated".to_owned(),
            fal_user_id: "user-simulated".to_owned(),
            cog_token: "cog-simulated-token".to_owned(),
            cog_upload_url: None,
            cog_slots: 8,
            cog_trainer: CogTrainer::default(),
            training_time: Duration::from_secs(3),
            picture_time: Duration::from_millis(500),
            retry_pause: Duration::from_millis(500),
            misbehaviour: Vec::new(),
            state_dir: None,
        }
    }
}
