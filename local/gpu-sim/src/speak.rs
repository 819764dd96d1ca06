//! Speaks the protocol that a job came by.

use std::sync::Arc;

use crate::job::Job;
use crate::protocol::{Callback, End, Made, Protocol};
use crate::state::Shared;
use crate::{cog, fal, replicate};

/// Puts what was made where the protocol has it, and says so.
pub(crate) async fn end(shared: &Arc<Shared>, job: &Job, made: Made) -> End {
    match job.protocol {
        Protocol::Replicate => replicate::end(shared, job, made),
        Protocol::Fal => fal::end(shared, job, made),
        Protocol::Cog => cog::end(shared, job, made).await,
    }
}

/// The callback about a job as it is given; nothing if it cannot be signed.
pub(crate) fn callback(shared: &Shared, job: &Job) -> Option<Callback> {
    match job.protocol {
        Protocol::Replicate => replicate::callback(shared, job),
        Protocol::Fal => Some(fal::callback(shared, job)),
        Protocol::Cog => Some(cog::callback(job, &shared.options.cog_token)),
    }
}

/// A callback that says the job failed, from someone who is not the provider.
pub(crate) fn forged(shared: &Shared, job: &Job) -> Callback {
    match job.protocol {
        Protocol::Replicate => replicate::forged(job),
        Protocol::Fal => fal::forged(shared, job),
        Protocol::Cog => cog::callback(job, "forged"),
    }
}
