//! Jobs that were lost.

use serde::{Deserialize, Serialize};

use crate::{ProviderName, Timestamp};

/// A job at a provider where its task is not any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostJob {
    /// The provider.
    pub provider: ProviderName,
    /// Its id of the job, where it is known.
    pub job: Option<String>,
    /// Where the provider keeps it, where that does not follow from the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_location: Option<String>,
    /// When the provider was asked for it.
    pub submitted_at: Timestamp,
}
