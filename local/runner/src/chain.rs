//! Service chaining: a request of one component to another of the same application, answered in process.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, OnceLock, Weak};

use http::{Request, Response};

use crate::{Body, answer};

/// The answer of a component.
pub(crate) type Answered<'a> = Pin<Box<dyn Future<Output = Response<Body>> + Send + 'a>>;

/// An application's components.
pub(crate) trait Components: Send + Sync {
    /// Lets the component of this id answer; 404 where there is none.
    fn answer<'a>(&'a self, id: &'a str, request: Request<Body>) -> Answered<'a>;
}

/// The way from a component to the others. It leads nowhere until they are all there, and no longer than they are.
#[derive(Clone, Default)]
pub(crate) struct Chain(Arc<OnceLock<Weak<dyn Components>>>);

impl Chain {
    /// Says which components there are.
    pub(crate) fn lead_to<C: Components + 'static>(&self, components: &Arc<C>) {
        let components: Weak<C> = Arc::downgrade(components);
        // Said once, when the application has been loaded.
        let _ = self.0.set(components);
    }

    /// Lets a component answer, as a part of the request that it is asked for.
    pub(crate) async fn answer(&self, id: &str, request: Request<Body>) -> Response<Body> {
        match self.0.get().and_then(Weak::upgrade) {
            Some(components) => components.answer(id, request).await,
            None => answer::not_found(),
        }
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chain")
    }
}
