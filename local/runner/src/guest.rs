//! What a component instance sees of its host, and what the host keeps for it.

mod bindings;
mod component;
mod console;
mod keyvalue;
mod memory;
mod redis;
mod resources;
mod spin;
mod stores;

use std::sync::Arc;

use wasmtime::Engine;
use wasmtime::component::{Linker, ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

pub(crate) use self::component::Guest;

use self::console::{Console, Stream};
use self::memory::MemoryLimit;
use self::stores::{Stores, StoresView};
use crate::outbound::Outbound;
use crate::turns::Instance;

/// What belongs to one instance.
pub(crate) struct Ctx {
    guest: Arc<Guest>,
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound: Outbound,
    instance: Instance,
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
                (guest.client.clone(), guest.chain.clone()),
                Arc::clone(&guest.allowed_hosts),
                guest.limits.clone(),
                Arc::clone(&guest.calls),
            ),
            instance: Instance::default(),
            memory: MemoryLimit::new(guest.limits.memory_bytes_max),
        }
    }

    fn stores(&mut self) -> StoresView<'_> {
        StoresView { guest: &self.guest, instance: &self.instance, table: &mut self.table }
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

/// Everything a component may import: WASI 0.2 (which Rust's own library uses) and 0.3, HTTP, and Spin's interfaces.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<Ctx>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
    bindings::Host_::add_to_linker::<Ctx, Stores>(&mut linker, Ctx::stores)?;
    Ok(linker)
}
