//! What a task says of its files after they were delivered.

use crate::{PerceptualHash, Song, Task, TaskState, Timestamp};

impl Task {
    /// The task without what it was asked and what it made; nothing while it runs, or where that is done. What it cost stays.
    pub fn erased(&self, now: Timestamp) -> Option<Self> {
        let mut task = Self { erased_at: Some(now), webhook_url: None, work: self.work.erased(), ..self.clone() };
        if let TaskState::Delivered { files, .. } = &mut task.state {
            for file in files {
                file.perceptual_hash = None;
                // That it is a song stays.
                file.song = file.song.as_ref().map(|_| Song::default());
                file.report = None;
            }
        }
        (self.state.is_terminal() && self.erased_at.is_none()).then_some(task)
    }

    /// The task with what its files look like, each in its place; nothing where it says so already, or was erased.
    pub fn looked_at(&self, hashes: &[Option<PerceptualHash>]) -> Option<Self> {
        let mut task = self.clone();
        if let TaskState::Delivered { files, .. } = &mut task.state {
            files.iter_mut().zip(hashes).for_each(|(file, hash)| file.perceptual_hash = *hash);
        }
        (self.erased_at.is_none() && task != *self).then_some(task)
    }
}
