//! The application, loaded: from a request to its component's answer.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use host_calls::HostCalls;
use http::header::{CONTENT_LENGTH, HOST, HeaderValue};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Request, Response, Uri};
use http_body_util::{BodyExt as _, Full};
use key_value::KeyValue;
use manifest::{AllowedHosts, Component, ComponentVariables, Manifest, Match, Routes, Variables};
use outbound::{Loopback, Servers};
use tokio::sync::Semaphore;

use crate::chain::Chain;
use crate::components::{ById, Workshop};
use crate::guest::Guest;
use crate::options::{Limits, Options, When};
use crate::outbound::Client;
use crate::pool::Instances;
use crate::turns::Turns;
use crate::{Body, answer, compile, headers, private};

/// What answers with this header has told its caller the request's id.
const REQUEST_ID: &str = "x-request-id";

/// An application that is ready to serve.
pub struct Runner {
    name: String,
    routes: Routes,
    /// Each route's is among them.
    components: Arc<ById>,
    requests: Arc<Semaphore>,
    limits: Limits,
    nodelay: bool,
}

impl Runner {
    /// Reads the manifest, opens the stores and compiles the components, or begins to ([`Options::compiled`]).
    ///
    /// # Errors
    /// Whatever keeps the application from being served, with the component and what to do about it: a manifest with
    /// something in it that is not served here, a required variable without a value, a Wasm file that is not built.
    pub async fn load(options: Options) -> Result<Self> {
        let manifest = Manifest::read(&options.manifest)?;
        let routes = Routes::new(manifest.triggers.iter().map(|(route, id)| (route.as_str(), id.as_str())))?;
        let environment = |name: &str| std::env::var(name).ok();
        let variables = Variables::resolve(&manifest.variables, &options.variables, environment)?;
        for folder in [&options.state_dir, &options.cache_dir] {
            private::make_folder(folder).with_context(|| format!("can't make the folder {}", folder.display()))?;
        }
        let loopback = if options.allow_loopback { Loopback::Allowed } else { Loopback::Prohibited };
        let shared = Shared {
            key_value: Arc::new(KeyValue::open(&options.state_dir)?),
            turns: Arc::default(),
            redis: Arc::default(),
            client: Client::new(loopback)?,
            chain: Chain::default(),
            variables,
        };
        let engine = compile::engine(&options.limits)?;
        let mut guests = BTreeMap::new();
        for (id, component) in &manifest.components {
            is_built(id, component)?;
            let guest = shared.guest(id, component, &options).with_context(|| format!("component {id}"))?;
            guests.insert(id.clone(), (component.source.clone(), Arc::new(guest)));
        }
        let components = Arc::new(ById::new(guests.keys().cloned(), options.limits.request_timeout));
        shared.chain.lead_to(&components);
        let workshop = Workshop::new(engine, guests, &options)?;
        match options.compiled {
            When::BeforeServing => workshop.make_all(&components).await?,
            When::Asked => drop(tokio::spawn(workshop.make_as_asked(Arc::downgrade(&components)))),
        }
        let requests = Arc::new(Semaphore::new(options.limits.requests_at_once_max));
        Ok(Self { name: manifest.name, routes, components, requests, limits: options.limits, nodelay: options.nodelay })
    }

    /// The application's name in the manifest.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Route and component id of each route, in the order they are tried.
    pub fn routes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.routes.iter()
    }

    /// How often the instances of a component called their host so far; nothing for a component there is not.
    pub fn host_calls(&self, component: &str) -> Option<HostCalls> {
        self.components.made(component).map(Instances::host_calls)
    }

    /// Makes an instance of a component that answers nothing, and gives it up again. How long making it took.
    ///
    /// # Errors
    /// There is no such component, or no instance can be made.
    pub async fn instantiate(&self, component: &str) -> Result<Duration> {
        let instances = self.components.made(component);
        instances.with_context(|| format!("there is no component {component} that is compiled"))?.instantiate().await
    }

    /// Answers one request in process, as one from this machine.
    ///
    /// A request without a `Host` is one to `localhost`; one with a body and without a length gets its length.
    pub async fn call(&self, request: Request<Bytes>) -> Response<Body> {
        let (mut parts, body) = request.into_parts();
        if !parts.headers.contains_key(HOST) {
            let host = parts.uri.authority().map_or("localhost", Authority::as_str);
            if let Ok(host) = HeaderValue::from_str(host) {
                parts.headers.insert(HOST, host);
            }
        }
        if !body.is_empty() && !parts.headers.contains_key(CONTENT_LENGTH) {
            parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        let body = Full::new(body).map_err(|never| match never {}).boxed_unsync();
        self.answer(Request::from_parts(parts, body), SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
    }

    /// The limits it was loaded with.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether its connections send at once.
    pub(crate) const fn nodelay(&self) -> bool {
        self.nodelay
    }

    /// Answers a request, and tells of it in one line.
    pub(crate) async fn answer(&self, request: Request<Body>, client: SocketAddr) -> Response<Body> {
        let started = Instant::now();
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        let (component, response) = match self.routes.find(&path) {
            Some(matched) => (matched.component, self.route(request, &matched, client).await),
            None => ("-", answer::not_found()),
        };
        let request_id = response.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
        tracing::info!(
            %method,
            path = %webhook::loggable(&path),
            status = response.status().as_u16(),
            %component,
            milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            request_id = request_id.map(tracing::field::display),
            "request"
        );
        response
    }

    async fn route(&self, mut request: Request<Body>, matched: &Match<'_>, client: SocketAddr) -> Response<Body> {
        let Some(authority) = authority(&request) else { return answer::bad_host() };
        let path_and_query = request.uri().path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
        let told = headers::Told { matched, authority: &authority, path_and_query: path_and_query.as_str(), client };
        headers::set(request.headers_mut(), &told);
        let uri = Uri::builder().scheme(Scheme::HTTP).authority(authority).path_and_query(path_and_query);
        let Ok(uri) = uri.build() else { return answer::bad_host() };
        *request.uri_mut() = uri;

        // Closed never, so there is always a permit in the end.
        let permit = Arc::clone(&self.requests).acquire_owned().await.ok();
        let response = self.components.answer(matched.component, request).await;
        // An answer counts until its last byte: its instance is busy as long.
        response.map(|body| {
            let held = body.map_frame(move |frame| {
                let _until_the_body_ends = &permit;
                frame
            });
            held.boxed_unsync()
        })
    }
}

/// Who the caller took us for: `Host`, and if the request line says it as well, the same there.
fn authority(request: &Request<Body>) -> Option<Authority> {
    let host = Authority::try_from(request.headers().get(HOST)?.as_bytes()).ok()?;
    match request.uri().authority() {
        Some(stated) if *stated != host => None,
        _ => Some(host),
    }
}

/// What the components of an application have in common.
struct Shared {
    key_value: Arc<KeyValue>,
    turns: Arc<Turns>,
    redis: Arc<Servers>,
    client: Client,
    chain: Chain,
    variables: Variables,
}

impl Shared {
    fn guest(&self, id: &str, component: &Component, options: &Options) -> Result<Guest> {
        for label in &component.stores {
            ensure!(
                options.stores.contains(label),
                "`key_value_stores`: there is no store {label}, only {}",
                options.stores.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
            );
        }
        let allowed = AllowedHosts::resolve(&component.allowed_outbound_hosts, &self.variables)?;
        Ok(Guest {
            id: id.into(),
            variables: ComponentVariables::fill(&component.variables, &self.variables)?,
            environment: component.environment.clone(),
            stores: component.stores.iter().cloned().collect(),
            key_value: Arc::clone(&self.key_value),
            turns: Arc::clone(&self.turns),
            redis: Arc::clone(&self.redis),
            allowed_hosts: Arc::new(allowed),
            client: self.client.clone(),
            chain: self.chain.clone(),
            calls: Arc::default(),
            limits: options.limits.clone(),
        })
    }
}

/// Makes sure that a component's file is there.
fn is_built(id: &str, component: &Component) -> Result<()> {
    ensure!(
        component.source.is_file(),
        "component {id}: there is no {}. Build it first, e.g. with `spin build` or the command in its `[component.{id}.build]`",
        component.source.display()
    );
    Ok(())
}
