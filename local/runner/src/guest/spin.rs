//! `spin:key-value@3.0.0` and `spin:variables@3.0.0`.
//!
//! These calls are async to the component: while one waits, the instance serves its other requests.

use std::sync::Arc;

use host_calls::{Counter, KEY_VALUE};
use key_value::KeyValue;
use manifest::Missing;
use wasmtime::Result;
use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

use super::bindings::spin::key_value::key_value::{self as api, Error};
use super::bindings::spin::variables::variables;
use super::resources::Store;
use super::stores::{Stores, StoresView};

/// The interface, as its calls are counted.
const VARIABLES: &str = "spin:variables/variables";

impl api::Host for StoresView<'_> {}

impl api::HostStore for StoresView<'_> {
    async fn drop(&mut self, store: Resource<Store>) -> Result<()> {
        self.table.delete(store)?;
        Ok(())
    }
}

impl<T: Send> api::HostStoreWithStore<T> for Stores {
    async fn open(instance: &Accessor<T, Self>, label: String) -> Result<Result<Resource<Store>, Error>> {
        instance.with(|mut access| {
            let StoresView { guest, table, .. } = access.get();
            guest.calls.count(KEY_VALUE, "open");
            if !guest.stores.contains(&label) {
                return Ok(Err(Error::AccessDenied));
            }
            Ok(table.push(Store { label: label.into() }).map_err(|_full| Error::StoreTableFull))
        })
    }

    async fn get(
        instance: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
    ) -> Result<Result<Option<Vec<u8>>, Error>> {
        let (file, label) = opened(instance, &store, "get")?;
        let value = file.get(&label, &key).await.map_err(Error::from);
        let bytes = value.as_ref().ok().and_then(Option::as_ref).map_or(0, Vec::len);
        calls(instance).pass(KEY_VALUE, "get", bytes);
        Ok(value)
    }

    async fn set(
        instance: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
        value: Vec<u8>,
    ) -> Result<Result<(), Error>> {
        let (file, label) = opened(instance, &store, "set")?;
        calls(instance).pass(KEY_VALUE, "set", value.len());
        Ok(file.set_many(&label, vec![(key, value)]).await.map_err(Error::from))
    }

    async fn delete(instance: &Accessor<T, Self>, store: Resource<Store>, key: String) -> Result<Result<(), Error>> {
        let (file, label) = opened(instance, &store, "delete")?;
        Ok(file.delete_many(&label, vec![key]).await.map_err(Error::from))
    }

    async fn exists(instance: &Accessor<T, Self>, store: Resource<Store>, key: String) -> Result<Result<bool, Error>> {
        let (file, label) = opened(instance, &store, "exists")?;
        Ok(file.exists(&label, &key).await.map_err(Error::from))
    }

    /// The keys are read before the first one is given, so a component that stops reading holds nothing up.
    async fn get_keys(
        instance: &Accessor<T, Self>,
        store: Resource<Store>,
    ) -> Result<(StreamReader<String>, FutureReader<Result<(), Error>>)> {
        let (file, label) = opened(instance, &store, "get-keys")?;
        let (keys, outcome) = match file.keys(&label).await {
            Ok(keys) => (keys, Ok(())),
            Err(error) => (Vec::new(), Err(Error::from(error))),
        };
        instance.with(|mut access| {
            let keys = StreamReader::new(&mut access, keys)?;
            let outcome = FutureReader::new(&mut access, async move { wasmtime::error::Ok(outcome) })?;
            Ok((keys, outcome))
        })
    }
}

/// The file, and which of its stores, for a call of this function.
fn opened<T>(
    instance: &Accessor<T, Stores>,
    store: &Resource<Store>,
    function: &'static str,
) -> Result<(Arc<KeyValue>, Arc<str>)> {
    instance.with(|mut access| {
        let StoresView { guest, table, .. } = access.get();
        guest.calls.count(KEY_VALUE, function);
        Ok((Arc::clone(&guest.key_value), Arc::clone(&table.get(store)?.label)))
    })
}

fn calls<T>(instance: &Accessor<T, Stores>) -> Arc<Counter> {
    instance.with(|mut access| Arc::clone(&access.get().guest.calls))
}

impl From<key_value::Error> for Error {
    fn from(error: key_value::Error) -> Self {
        Self::Other(error.to_string())
    }
}

impl variables::Host for StoresView<'_> {}

impl<T: Send> variables::HostWithStore<T> for Stores {
    async fn get(instance: &Accessor<T, Self>, name: String) -> Result<Result<String, variables::Error>> {
        instance.with(|mut access| {
            let guest = access.get().guest;
            guest.calls.count(VARIABLES, "get");
            Ok(match guest.variables.get(&name) {
                Ok(value) => Ok(value.to_owned()),
                Err(Missing::BadName) => Err(variables::Error::InvalidName(name)),
                Err(Missing::Undefined) => Err(variables::Error::Undefined(name)),
            })
        })
    }
}
