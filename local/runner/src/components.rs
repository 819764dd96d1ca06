//! The components of an application: each is compiled and linked once, and answers from then on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use anyhow::{Context as _, Result};
use futures_util::future::try_join_all;
use http::Request;
use tokio::sync::SetOnce;
use wasmtime::Engine;
use wasmtime::component::Linker;

use crate::chain::{Answered, Components};
use crate::guest::{self, Ctx, Guest};
use crate::options::{Limits, Options};
use crate::order::Order;
use crate::pool::Instances;
use crate::{Body, answer, compile, headers};

/// An application's components, by their ids. A request to one that is not made yet waits for it.
pub(crate) struct ById {
    /// Nothing in those that cannot be made.
    made: BTreeMap<String, SetOnce<Option<Instances>>>,
    order: Order,
    wait_max: Duration,
}

impl ById {
    /// Components that are still to be made.
    pub(crate) fn new(ids: impl Iterator<Item = String> + Clone, wait_max: Duration) -> Self {
        Self { made: ids.clone().map(|id| (id, SetOnce::new())).collect(), order: Order::new(ids), wait_max }
    }

    /// A component that is made.
    pub(crate) fn made(&self, id: &str) -> Option<&Instances> {
        self.made.get(id)?.get()?.as_ref()
    }

    /// Lets a component answer; 404 where there is none.
    pub(crate) async fn answer(&self, id: &str, request: Request<Body>) -> http::Response<Body> {
        let Some(made) = self.made.get(id) else { return answer::not_found() };
        if made.get().is_none() {
            self.order.ask(id);
        }
        match tokio::time::timeout(self.wait_max, made.wait()).await {
            Ok(Some(instances)) => instances.answer(request).await,
            Ok(None) => answer::failed(),
            Err(_) => answer::timed_out(),
        }
    }
}

impl Components for ById {
    fn answer<'a>(&'a self, id: &'a str, mut request: Request<Body>) -> Answered<'a> {
        headers::set_chained(&mut request);
        Box::pin(self.answer(id, request))
    }
}

/// Where components are made.
pub(crate) struct Workshop {
    engine: Engine,
    linker: Linker<Ctx>,
    /// Of each component its file, and what it is given.
    guests: BTreeMap<String, (PathBuf, Arc<Guest>)>,
    cache_dir: PathBuf,
    limits: Limits,
}

impl Workshop {
    /// Gets everything ready that components are made with.
    ///
    /// # Errors
    /// If wasmtime refuses what is served here.
    pub(crate) fn new(
        engine: Engine,
        guests: BTreeMap<String, (PathBuf, Arc<Guest>)>,
        options: &Options,
    ) -> Result<Self> {
        let linker = guest::linker(&engine)?;
        let (cache_dir, limits) = (options.cache_dir.clone(), options.limits.clone());
        Ok(Self { engine, linker, guests, cache_dir, limits })
    }

    /// Makes all of them, as many at once as there are processors.
    ///
    /// # Errors
    /// One that cannot be made, and why.
    pub(crate) async fn make_all(&self, components: &ById) -> Result<()> {
        let at_once = std::thread::available_parallelism().map_or(1, usize::from);
        let one_by_one = async || {
            while let Some(id) = components.order.next() {
                self.make(&id, components).await?;
            }
            anyhow::Ok(())
        };
        try_join_all((0..at_once).map(|_| one_by_one())).await?;
        tidy(&self.cache_dir);
        Ok(())
    }

    /// Makes them one after the other, each on all processors, as long as somebody has the components.
    pub(crate) async fn make_as_asked(self, components: Weak<ById>) {
        while let Some(components) = components.upgrade()
            && let Some(id) = components.order.next()
        {
            if let Err(error) = self.make(&id, &components).await {
                tracing::error!(component = id, error = format!("{error:#}"), "a component can't be served");
            }
        }
        tidy(&self.cache_dir);
    }

    /// Makes one, and lets those know that wait for it.
    async fn make(&self, id: &str, components: &ById) -> Result<()> {
        let (Some(made), Some((source, guest))) = (components.made.get(id), self.guests.get(id)) else { return Ok(()) };
        let (made_of_it, outcome) = match self.link(source, guest).await {
            Ok(instances) => (Some(instances), Ok(())),
            Err(error) => (None, Err(error.context(format!("component {id}")))),
        };
        // Each is taken from the order once.
        drop(made.set(made_of_it));
        outcome
    }

    async fn link(&self, source: &Path, guest: &Arc<Guest>) -> Result<Instances> {
        let (engine, file, cache_dir) = (self.engine.clone(), source.to_owned(), self.cache_dir.clone());
        let compiling = tokio::task::spawn_blocking(move || compile::compile(&engine, &file, &cache_dir));
        let compiled = compiling.await?.with_context(|| source.display().to_string())?;
        Instances::new(&self.linker, &compiled, Arc::clone(guest), &self.limits)
    }
}

fn tidy(cache_dir: &Path) {
    if let Err(error) = compile::tidy(cache_dir) {
        tracing::warn!(%error, "the folder of compiled components can't be tidied");
    }
}
