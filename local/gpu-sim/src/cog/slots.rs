//! How many jobs a container does at a time.

use crate::job::Job;
use crate::protocol::Protocol;
use crate::state::Shared;

/// Whether one more job finds a slot among these.
pub(super) fn has_room(shared: &Shared, jobs: &[Job]) -> bool {
    let running = jobs.iter().filter(|job| job.protocol == Protocol::Cog && !job.is_terminal()).count();
    running < shared.options.cog_slots
}
