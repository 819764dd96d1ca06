//! A component, as all its instances share it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ::outbound::Servers;
use host_calls::Counter;
use key_value::KeyValue;
use manifest::{AllowedHosts, ComponentVariables};

use crate::chain::Chain;
use crate::options::Limits;
use crate::outbound::Client;
use crate::turns::Turns;

/// A component as the manifest describes it, resolved: the same for all its instances.
#[derive(Debug)]
pub(crate) struct Guest {
    /// Its id.
    pub(crate) id: Arc<str>,
    /// The values of its variables.
    pub(crate) variables: ComponentVariables,
    /// Its environment variables.
    pub(crate) environment: BTreeMap<String, String>,
    /// The labels of its key-value stores.
    pub(crate) stores: BTreeSet<String>,
    /// Where the stores are.
    pub(crate) key_value: Arc<KeyValue>,
    /// Who changes what in them now.
    pub(crate) turns: Arc<Turns>,
    /// The Redis servers it may have connections to.
    pub(crate) redis: Arc<Servers>,
    /// Where it may send requests.
    pub(crate) allowed_hosts: Arc<AllowedHosts>,
    /// What sends them.
    pub(crate) client: Client,
    /// The way to the other components.
    pub(crate) chain: Chain,
    /// How often its instances call their host.
    pub(crate) calls: Arc<Counter>,
    /// What an instance may use of everything.
    pub(crate) limits: Limits,
}
