//! What the interfaces of Spin are implemented on.

use std::sync::Arc;

use wasmtime::component::{HasData, ResourceTable};

use super::component::Guest;
use crate::turns::Instance;

/// What the interfaces of Spin need of an instance.
pub(super) struct StoresView<'a> {
    pub(super) guest: &'a Arc<Guest>,
    pub(super) instance: &'a Instance,
    pub(super) table: &'a mut ResourceTable,
}

/// Marks [`StoresView`] as what those interfaces are implemented on.
pub(super) struct Stores;

impl HasData for Stores {
    type Data<'a> = StoresView<'a>;
}
