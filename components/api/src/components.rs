//! The components: each is one Wasm file, a crate of its name under `functions/`, and answers for the routes listed here.
//!
//! From this list follow the dispatch inside a component, the OpenAPI document, and the routes and grants of `spin.toml`.

use std::rc::Rc;
use std::sync::LazyLock;

use lifecycle::Ports;
use lifecycle::ports::Body;
use matchit::Router;

use crate::live::Live;
use crate::needs::Need;
use crate::openapi::description::Description;
use crate::router::{self, Route};
use crate::routes::{
    admin, characters, consents, credits, deliveries, files, mcp, models, photos, pictures, provider_files, results,
    runs, site, studio, tasks, tools, uploads, webhook_secret, webhooks, well_known,
};
use crate::serve::{Payload, Pieces};
use crate::wire::{Part, Request, Response};

/// A component and its routes.
#[derive(Debug)]
pub struct Component {
    /// Its name: of its crate, and in `spin.toml`.
    pub name: &'static str,
    /// The routes it answers for.
    pub routes: &'static [Route],
}

impl Component {
    /// What its routes need from the host.
    pub fn needs(&self) -> Vec<Need> {
        let mut needs = Vec::new();
        for need in self.routes.iter().flat_map(Route::all_needs) {
            if !needs.contains(&need) {
                needs.push(need);
            }
        }
        needs
    }
}

/// The body of any component's answer, where one host answers for all of them.
pub enum Any<P> {
    /// There whole, or read as it is sent.
    Parts(Vec<Part>),
    /// There whole, or going on.
    Live(Live<P>),
}

impl<P: Ports + 'static> Payload<P> for Any<P> {
    fn length(&self) -> Option<u64> {
        match self {
            Self::Parts(parts) => Payload::<P>::length(parts),
            Self::Live(live) => live.length(),
        }
    }

    fn pieces(self, ports: Rc<P>) -> Pieces {
        match self {
            Self::Parts(parts) => parts.pieces(ports),
            Self::Live(live) => live.pieces(ports),
        }
    }
}

impl<P> From<Vec<u8>> for Any<P> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Parts(vec![Part::Bytes(bytes)])
    }
}

impl<P> From<Vec<Part>> for Any<P> {
    fn from(parts: Vec<Part>) -> Self {
        Self::Parts(parts)
    }
}

impl<P> From<Live<P>> for Any<P> {
    fn from(live: Live<P>) -> Self {
        Self::Live(live)
    }
}

/// The name of the component that answers for every path that no other answers for.
pub const FALLBACK: &str = "site";

/// Makes the function of each component, the list of all, and the list of descriptions.
macro_rules! components {
    ($($name:ident $id:literal $answer:ty: $($($module:ident)::+),+;)+) => {
        $(
            #[doc = concat!("Answers a request to the component `", $id, "`.")]
            pub async fn $name<P: Ports, B: Body>(ports: &P, request: Request<B>) -> Response<$answer> {
                router::serve(ports, request, &[$($($module)::+::handler()),+]).await
            }
        )+

        /// All components.
        pub const ALL: &[Component] = &[
            $(Component { name: $id, routes: &[$($($module)::+::ROUTE),+] }),+
        ];

        /// The descriptions of all routes, in the order in which they are shown.
        pub(crate) fn descriptions() -> Vec<Description> {
            vec![$($($($module)::+::describe()),+),+]
        }

        /// Answers a request with the component of this name; nothing where there is none.
        pub async fn answer<P: Ports, B: Body>(
            name: &str,
            ports: &P,
            request: Request<B>,
        ) -> Option<Response<Any<P>>> {
            match name {
                $($id => Some($name(ports, request).await.map(Any::from)),)+
                _ => None,
            }
        }
    };
}

/// The name of the component that answers for a path; that of the site where no other does.
pub fn name_of(path: &str) -> &'static str {
    static TABLE: LazyLock<Router<&'static str>> =
        LazyLock::new(|| router::table(ALL.iter().flat_map(|component| component.routes).map(|route| route.path)));
    let matched = router::matching(&TABLE, path).map(|matched| matched.path);
    let answers = |component: &&Component| component.routes.iter().any(|route| Some(route.path) == matched);
    ALL.iter().find(answers).map_or(FALLBACK, |component| component.name)
}

components! {
    create_character "create-character" Vec<u8>: characters::create, characters::train;
    check_photos "check-photos" Vec<u8>: photos::check;
    list_characters "list-characters" Vec<u8>: characters::list;
    character "character" Live<P>: characters::show, characters::rename, characters::delete;
    generate_images "generate-images" Vec<u8>: characters::generate;
    generate "generate" Vec<u8>: runs::generate, runs::estimate;
    models "models" Vec<u8>: models::list;
    tools "tools" Vec<u8>: tools::lipsync, tools::upscale_image, tools::upscale_video;
    upload "upload" Vec<u8>: uploads::create;
    uploads "uploads" Vec<Part>: uploads::get, uploads::put;
    tasks "tasks" Live<P>: tasks::list, tasks::show, tasks::cancel, tasks::delete;
    credits "credits" Vec<u8>: credits::show, credits::ledger, credits::verify;
    deliveries "deliveries" Vec<u8>: deliveries::list, deliveries::replay, webhook_secret::show, webhook_secret::rotate;
    results "results" Vec<Part>: files::result;
    consent "consent" Vec<u8>: consents::show, consents::answer;
    pictures "pictures" Vec<u8>: pictures::upright, pictures::watermark;
    proofs "proofs" Vec<u8>: well_known::likeness_keys, results::provenance, results::verify, characters::receipt;
    dataset "dataset" Vec<Part>: files::dataset, files::photo;
    model_weights "model-weights" Vec<Part>: files::weights;
    provider_files "provider-files" Vec<Part>: provider_files::get, provider_files::put;
    provider_webhook "provider-webhook" Vec<u8>: webhooks::provider;
    site "site" Vec<u8>: site::home, site::openapi, site::docs, site::llms, site::privacy;
    mcp "mcp" Vec<u8>: mcp::message;
    studio "studio" Vec<u8>: studio::page, studio::file;
    admin "admin" Vec<u8>:
        admin::accounts::create, admin::accounts::list, admin::accounts::show, admin::accounts::delete, admin::accounts::suspend,
        admin::accounts::resume, admin::grant, admin::adjust, admin::keys::list,
        admin::keys::create, admin::keys::revoke, admin::models::show, admin::models::replace, admin::doctor, admin::audit;
    takedowns "takedowns" Vec<u8>:
        admin::takedowns::open, admin::takedowns::list, admin::takedowns::erase, admin::takedowns::lift;
    reconcile "reconcile" Vec<u8>: admin::reconcile, admin::rounds, admin::withheld;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_is_asked_for_where_it_is_answered() {
        assert_eq!(name_of("/results/acct_1.task_1.0.png"), crate::routes::mcp::calls::RESULTS);
        assert_eq!(name_of("/pictures/upright"), lifecycle::links::PICTURES);
    }
}
