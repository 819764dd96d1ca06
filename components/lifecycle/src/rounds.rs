//! What the latest rounds of the sweep came to, for the operator.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use store::keys;

use crate::sweep::Swept;
use crate::{Error, Ports, latest};

/// Rounds that are kept.
pub const KEPT_MAX: usize = 50;

/// A round of the sweep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// What it came to.
    pub swept: Swept,
}

/// Keeps what a round came to.
pub async fn note<P: Ports>(ports: &P, at: Timestamp, swept: Swept) {
    let took_ms = u64::try_from(ports.now().since(at).as_millis()).unwrap_or(u64::MAX);
    let round = Round { at, took_ms, swept };
    latest::note(ports, &keys::rounds(), KEPT_MAX, "what this round came to", round, |_| false).await;
}

/// The latest rounds, the last one first.
///
/// # Errors
/// What the store answers.
pub async fn latest<P: Ports>(ports: &P) -> Result<Vec<Round>, Error> {
    latest::read(ports, &keys::rounds()).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::testing::{World, run};

    #[test]
    fn the_latest_rounds_are_kept_and_no_more() {
        let world = World::new(&[]);
        run(async {
            assert_eq!(latest(&world).await.unwrap(), []);
            for settled in 0..60 {
                let at = world.now();
                world.later(Duration::from_millis(7));
                note(&world, at, Swept { settled, ..Swept::default() }).await;
            }
            let rounds = latest(&world).await.unwrap();
            assert_eq!((rounds.len(), rounds[0].swept.settled, rounds[49].swept.settled), (KEPT_MAX, 59, 10));
            assert_eq!(rounds[0].took_ms, 7);
        });
    }
}
