//! The application, loaded: each component with what it is granted, and the way from a request to its handler.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use api::components::{self, Any};
use api::room::Room;
use api::serve::{self, Answer, X_REQUEST_ID};
use api::wire;
use host_calls::HostCalls;
use http::{Request, Response, StatusCode};
use http_body_util::StreamBody;
use key_value::{KeyValue, private};
use manifest::{AllowedHosts, ComponentVariables, Manifest, Routes, Variables};
use outbound::Loopback;
use store::Queues;

use crate::backend::LABEL;
use crate::component::Component;
use crate::options::Options;
use crate::outside::Outside;
use crate::ports::Ports;
use crate::random::random;
use crate::received::Received;

thread_local! {
    /// The room for the bodies of a thread's requests, as an instance under Spin has it.
    static ROOM: Room = Room::default();
}

/// Longest time for a request, to the head of its answer.
const REQUEST_TIME_MAX: Duration = Duration::from_mins(3);

/// An application that is ready to serve.
pub struct Host {
    routes: Routes,
    /// By id; each route's is among them.
    components: BTreeMap<String, Arc<Component>>,
    pub(crate) loopback: Loopback,
    pub(crate) threads: usize,
}

impl Host {
    /// Reads the manifest and opens the key-value file.
    ///
    /// # Errors
    /// Whatever keeps the application from being served, with the component: a manifest with something in it that is not served here, a
    /// required variable without a value, a component that is no function of ours.
    pub fn load(options: &Options) -> Result<Self> {
        let manifest = Manifest::read(&options.manifest)?;
        let routes = Routes::new(manifest.triggers.iter().map(|(route, id)| (route.as_str(), id.as_str())))?;
        let environment = |name: &str| std::env::var(name).ok();
        let variables = Variables::resolve(&manifest.variables, &options.variables, environment)?;
        let folder = &options.state_dir;
        private::make_folder(folder).with_context(|| format!("can't make the folder {}", folder.display()))?;
        let file = Arc::new(KeyValue::open(folder)?);
        let mut components = BTreeMap::new();
        for (id, described) in &manifest.components {
            let component = component(id, described, &variables, &file);
            components.insert(id.clone(), Arc::new(component.with_context(|| format!("component {id}"))?));
        }
        let loopback = if options.allow_loopback { Loopback::Allowed } else { Loopback::Prohibited };
        Ok(Self { routes, components, loopback, threads: options.threads.max(1) })
    }

    /// What the requests of a component asked of this host so far, under the names by which its Wasm file would; nothing for a component
    /// there is not.
    pub fn host_calls(&self, component: &str) -> Option<HostCalls> {
        self.components.get(component).map(|component| component.calls.so_far())
    }

    /// Answers a request, and tells of it in one line.
    pub(crate) async fn answer(&self, outside: &Rc<Outside>, request: Request<Received>) -> Answer {
        let started = Instant::now();
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        let matched = self.routes.find(&path).and_then(|matched| self.components.get(matched.component));
        let answer = match matched {
            Some(component) => {
                let answering = run(component, outside, request);
                tokio::time::timeout(REQUEST_TIME_MAX, answering).await.unwrap_or_else(|_| {
                    tracing::error!(component = %component.id, "a request took too long");
                    empty(StatusCode::GATEWAY_TIMEOUT)
                })
            }
            None => empty(StatusCode::NOT_FOUND),
        };
        let request_id = answer.headers().get(X_REQUEST_ID).and_then(|id| id.to_str().ok());
        tracing::info!(
            %method,
            path = %lifecycle::loggable(&path),
            status = answer.status().as_u16(),
            component = matched.map_or("-", |component| component.id.as_str()),
            milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            request_id = request_id.map(tracing::field::display),
            "request"
        );
        answer
    }
}

fn component(
    id: &str,
    described: &manifest::Component,
    variables: &Variables,
    file: &Arc<KeyValue>,
) -> Result<Component> {
    ensure!(components::ALL.iter().any(|known| known.name == id), "it is no component of this application");
    for label in &described.stores {
        ensure!(label == LABEL, "`key_value_stores`: there is no store {label}, only {LABEL}");
    }
    Ok(Component {
        id: id.to_owned(),
        variables: ComponentVariables::fill(&described.variables, variables)?,
        key_value: (!described.stores.is_empty()).then(|| Arc::clone(file)),
        queues: Queues::default(),
        allowed_hosts: Arc::new(AllowedHosts::resolve(&described.allowed_outbound_hosts, variables)?),
        calls: Arc::default(),
    })
}

async fn run(component: &Arc<Component>, outside: &Rc<Outside>, request: Request<Received>) -> Answer {
    let id: Rc<str> = serve::new_id(random()).into();
    match Ports::open(component, outside) {
        Ok(ports) => {
            let answer = async |ports: &Ports, request| match components::answer(&component.id, ports, request).await {
                Some(response) => response,
                // Loading made sure of it.
                None => no_component(&component.id),
            };
            serve::serve(Rc::new(ports), ROOM.with(Room::clone), &id, request, answer).await
        }
        Err(invalid) => {
            component.log(&format!("request {id}: 500 {}", invalid.0));
            serve::misconfigured(&id, request.method(), invalid)
        }
    }
}

fn no_component(id: &str) -> wire::Response<Any<Ports>> {
    let answer: wire::Response = api::Error::internal(format!("there is no component {id}")).into();
    answer.map(Any::from)
}

pub(crate) fn empty(status: StatusCode) -> Answer {
    let nothing: serve::Pieces = Box::pin(futures_util::stream::empty());
    let mut response = Response::new(StreamBody::new(nothing));
    *response.status_mut() = status;
    response
}
