//! An operation's place: what it takes, where it is, who may ask.

use domain::Scope;
use http::Method;
use lifecycle::config::settings;

use crate::needs::Need;

/// What a route takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// GET, and HEAD for its headers.
    Get,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

impl Verb {
    /// The methods, as an `Allow` header has them.
    pub const fn methods(self) -> &'static str {
        match self {
            Self::Get => "GET, HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    pub(crate) fn takes(self, method: &Method) -> bool {
        self.methods().split(", ").any(|known| known == method.as_str())
    }
}

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Anyone,
    /// Who has a link that was made here; the handler checks it before it reads a body.
    Link,
    /// A customer, by an API key: one with any of these scopes, or one that is not limited to scopes.
    Customer(&'static [Scope]),
    /// The operator, by the admin token.
    Operator,
}

impl Access {
    /// A key to look at things with.
    pub const READ: Self = Self::Customer(&[Scope::Read]);
    /// A key to make pictures, music and films with.
    pub const GENERATE: Self = Self::Customer(&[Scope::Generate]);
    /// A key to create characters with.
    pub const TRAIN: Self = Self::Customer(&[Scope::Train]);
    /// A key to delete with.
    pub const DELETE: Self = Self::Customer(&[Scope::Delete]);
    /// A key to begin something with, whatever it is.
    pub const ORDER: Self = Self::Customer(&[Scope::Generate, Scope::Train]);
    /// Any key.
    pub const ANY_KEY: Self = Self::Customer(Scope::ALL);
    /// A key that is not limited to scopes.
    pub const UNLIMITED: Self = Self::Customer(&[]);

    /// Whether it takes an API key.
    pub(crate) const fn is_customers(self) -> bool {
        matches!(self, Self::Customer(_))
    }

    /// What it takes to find out, and to count what a customer asks.
    const fn needs(self) -> &'static [Need] {
        match self {
            Self::Anyone => &[],
            Self::Link => &[Need::LinkKey],
            Self::Customer(_) => &[
                Need::Store,
                Need::Setting(&settings::REQUESTS_PER_DAY),
                Need::Setting(&settings::REQUESTS_PER_MINUTE),
                Need::Setting(&settings::CLIENT_ADDRESS_HEADER),
                // What an agent's calls say of where its message came from is signed.
                Need::LinkKey,
            ],
            Self::Operator => &[Need::Store, Need::Setting(&settings::ADMIN_TOKEN)],
        }
    }
}

/// What every route needs.
const EVERYWHERE: &[Need] = &[Need::Setting(&settings::CORS_ORIGINS)];

/// One operation's place among the routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// What it takes.
    pub verb: Verb,
    /// Its path, with named segments: `/api/v1/tasks/{task_id}`; `{*name}` takes the rest of a path.
    pub path: &'static str,
    /// Who may ask.
    pub access: Access,
    /// What it needs from the host, beside what follows from who may ask.
    pub needs: &'static [Need],
}

impl Route {
    /// All that it needs from the host.
    pub fn all_needs(&self) -> impl Iterator<Item = Need> + use<> {
        EVERYWHERE.iter().chain(self.access.needs()).chain(self.needs).copied()
    }
}
