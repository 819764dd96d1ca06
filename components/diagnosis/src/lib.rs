//! Whether what a deployment is made of beside its store can be used: the bucket, the providers' accounts, its own public address, the
//! certificate that pictures are signed with.
//!
//! Each check has its time, and what needs no other is made at once. None of them says whether money is safe: that is the store's to show.

mod bucket;
mod certificate;
mod finding;
mod providers;
mod public;

use futures_util::future::join3;
use lifecycle::Ports;

pub use finding::{About, Finding};
pub use store::doctor::Verdict;

/// Examines all of it.
pub async fn examine<P: Ports>(ports: &P) -> Vec<Finding> {
    let (bucket, providers, public) =
        join3(bucket::examine(ports), providers::examine(ports), public::examine(ports)).await;
    bucket.into_iter().chain(providers).chain([public]).chain(certificate::examine(ports)).collect()
}
