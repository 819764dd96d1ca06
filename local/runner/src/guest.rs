//! What a component instance sees of its host, and what the host keeps for it.

mod bindings;
mod console;
mod keyvalue;
mod memory;
mod redis;
mod spin;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ::outbound::Servers;
use key_value::KeyValue;
use manifest::{AllowedHosts, ComponentVariables};
use wasmtime::Engine;
use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use self::console::{Console, Stream};
use self::memory::MemoryLimit;
use crate::host_calls::Counter;
use crate::options::Limits;
use crate::outbound::{Client, Outbound};

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
    /// The Redis servers it may have connections to.
    pub(crate) redis: Arc<Servers>,
    /// Where it may send requests.
    pub(crate) allowed_hosts: Arc<AllowedHosts>,
    /// What sends them.
    pub(crate) client: Client,
    /// How often its instances call their host.
    pub(crate) calls: Arc<Counter>,
    /// What an instance may use of everything.
    pub(crate) limits: Limits,
}

/// What belongs to one instance.
pub(crate) struct Ctx {
    guest: Arc<Guest>,
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound: Outbound,
    /// Counts and bounds the instance's memory.
    pub(crate) memory: MemoryLimit,
}

impl Ctx {
    /// A fresh instance's: no files, no sockets, no arguments, its console in the log.
    pub(crate) fn new(guest: &Arc<Guest>) -> Self {
        let mut wasi = WasiCtxBuilder::new();
        wasi.stdout(Console::new(&guest.id, Stream::Stdout)).stderr(Console::new(&guest.id, Stream::Stderr));
        for (name, value) in &guest.environment {
            wasi.env(name, value);
        }
        Self {
            guest: Arc::clone(guest),
            table: ResourceTable::new(),
            wasi: wasi.allow_tcp(false).allow_udp(false).allow_ip_name_lookup(false).build(),
            http: WasiHttpCtx::new(),
            outbound: Outbound::new(
                guest.client.clone(),
                Arc::clone(&guest.allowed_hosts),
                guest.limits.clone(),
                Arc::clone(&guest.calls),
            ),
            memory: MemoryLimit::new(guest.limits.memory_bytes_max),
        }
    }

    fn stores(&mut self) -> StoresView<'_> {
        StoresView { guest: &self.guest, table: &mut self.table }
    }
}

impl WasiView for Ctx {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for Ctx {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.outbound, table: &mut self.table, ctx: &mut self.http }
    }
}

/// What the interfaces of Spin need of an instance.
struct StoresView<'a> {
    guest: &'a Arc<Guest>,
    table: &'a mut ResourceTable,
}

/// Marks [`StoresView`] as what those interfaces are implemented on.
struct Stores;

impl HasData for Stores {
    type Data<'a> = StoresView<'a>;
}

/// Everything a component may import: WASI 0.2 (which Rust's own library uses) and 0.3, HTTP, and Spin's interfaces.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<Ctx>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
    bindings::Host_::add_to_linker::<Ctx, Stores>(&mut linker, Ctx::stores)?;
    Ok(linker)
}
