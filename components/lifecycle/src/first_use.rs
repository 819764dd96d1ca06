//! Documents that are made when they are first needed, with nothing in them: by whoever is the first to count.

use std::time::Duration;

use store::{CounterKey, Decision, Document, NewKey};

use crate::{Error, Ports};

/// How long is waited for somebody else who is about to make the document.
const MOMENT: Duration = Duration::from_millis(300);

/// Changes a document, which is made first where it is not there yet; `counter` counts who would make it.
///
/// # Errors
/// What the store answers.
pub(crate) async fn update<P: Ports, D: Document + Clone + Default, R>(
    ports: &P,
    place: &NewKey<D>,
    counter: CounterKey,
    decide: impl Fn(&D) -> Decision<D, R>,
) -> Result<R, Error> {
    let key = place.document();
    match ports.store().update(key, &decide).await {
        Err(store::Error::Missing { .. }) => {}
        outcome => return Ok(outcome?),
    }
    create(ports, place, counter).await?;
    Ok(ports.store().update(key, &decide).await?)
}

/// Makes the document, once: of those who find none, the first one does.
async fn create<P: Ports, D: Document + Default>(
    ports: &P,
    place: &NewKey<D>,
    counter: CounterKey,
) -> Result<(), Error> {
    if ports.store().next(counter).await? > 1 {
        ports.sleep(MOMENT).await;
        if ports.store().load(place.document()).await?.is_some() {
            return Ok(());
        }
        // The first one has died in between.
    }
    Ok(ports.store().create(place, D::default()).await?)
}
