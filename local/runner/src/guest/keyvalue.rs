//! `wasi:keyvalue@0.2.0-draft2`: `store`, `atomics` and `batch`.
//!
//! These calls are synchronous to the component: while one runs, nothing else in its instance does.

use std::sync::Arc;

use host_calls::ATOMICS;
use key_value::{Exchange, Swap};
use wasmtime::Result;
use wasmtime::component::Resource;

use super::bindings::wasi::keyvalue::atomics::{self, CasError};
use super::bindings::wasi::keyvalue::batch;
use super::bindings::wasi::keyvalue::store::{self, Error, KeyResponse};
use super::resources::{Bucket, Cas};
use super::stores::StoresView;

/// The interfaces, as their calls are counted.
const STORE: &str = "wasi:keyvalue/store";
const BATCH: &str = "wasi:keyvalue/batch";

impl store::Host for StoresView<'_> {
    async fn open(&mut self, label: String) -> Result<Result<Resource<Bucket>, Error>> {
        self.count(STORE, "open");
        if !self.guest.stores.contains(&label) {
            return Ok(Err(Error::AccessDenied));
        }
        Ok(Ok(self.table.push(Bucket { label: label.into() })?))
    }
}

impl store::HostBucket for StoresView<'_> {
    async fn get(&mut self, bucket: Resource<Bucket>, key: String) -> Result<Result<Option<Vec<u8>>, Error>> {
        self.count(STORE, "get");
        let label = self.label(&bucket)?;
        Ok(self.guest.key_value.get(&label, &key).await.map_err(Error::from))
    }

    async fn set(&mut self, bucket: Resource<Bucket>, key: String, value: Vec<u8>) -> Result<Result<(), Error>> {
        self.count(STORE, "set");
        let label = self.label(&bucket)?;
        Ok(self.guest.key_value.set_many(&label, vec![(key, value)]).await.map_err(Error::from))
    }

    async fn delete(&mut self, bucket: Resource<Bucket>, key: String) -> Result<Result<(), Error>> {
        self.count(STORE, "delete");
        let label = self.label(&bucket)?;
        Ok(self.guest.key_value.delete_many(&label, vec![key]).await.map_err(Error::from))
    }

    async fn exists(&mut self, bucket: Resource<Bucket>, key: String) -> Result<Result<bool, Error>> {
        self.count(STORE, "exists");
        let label = self.label(&bucket)?;
        Ok(self.guest.key_value.exists(&label, &key).await.map_err(Error::from))
    }

    /// All keys at once, and so no cursor to go on from: as in Spin.
    async fn list_keys(
        &mut self,
        bucket: Resource<Bucket>,
        cursor: Option<String>,
    ) -> Result<Result<KeyResponse, Error>> {
        self.count(STORE, "list-keys");
        if cursor.is_some() {
            return Ok(Err(Error::Other("a cursor is not supported: all keys came with the first answer".to_owned())));
        }
        let label = self.label(&bucket)?;
        let keys = self.guest.key_value.keys(&label).await;
        Ok(keys.map(|keys| KeyResponse { keys, cursor: None }).map_err(Error::from))
    }

    async fn drop(&mut self, bucket: Resource<Bucket>) -> Result<()> {
        self.table.delete(bucket)?;
        Ok(())
    }
}

impl atomics::Host for StoresView<'_> {
    async fn increment(&mut self, bucket: Resource<Bucket>, key: String, delta: i64) -> Result<Result<i64, Error>> {
        self.count(ATOMICS, "increment");
        let label = self.label(&bucket)?;
        Ok(self.guest.key_value.increment(&label, key, delta).await.map_err(Error::from))
    }

    /// Whoever loses gets a handle that has seen the value that won.
    async fn swap(&mut self, cas: Resource<Cas>, value: Vec<u8>) -> Result<Result<(), CasError>> {
        self.count(ATOMICS, "swap");
        self.guest.calls.pass(ATOMICS, "swap", value.len());
        let Cas { label, key, seen, turn } = self.table.delete(cas)?;
        let exchange = Exchange { key: key.clone(), expected: seen, value };
        match self.guest.key_value.swap(&label, exchange).await {
            Ok(Swap::Done) => Ok(Ok(())),
            Ok(Swap::Changed(seen)) => Ok(Err(CasError::CasFailed(self.table.push(Cas { label, key, seen, turn })?))),
            Err(error) => Ok(Err(CasError::StoreError(error.into()))),
        }
    }
}

impl atomics::HostCas for StoresView<'_> {
    async fn new(&mut self, bucket: Resource<Bucket>, key: String) -> Result<Result<Resource<Cas>, Error>> {
        self.count(ATOMICS, "new");
        let label = self.label(&bucket)?;
        Ok(Ok(self.table.push(Cas { label, key, seen: None, turn: None })?))
    }

    async fn current(&mut self, cas: Resource<Cas>) -> Result<Result<Option<Vec<u8>>, Error>> {
        self.count(ATOMICS, "current");
        let Cas { label, key, turn, .. } = self.table.get_mut(&cas)?;
        let (label, key) = (Arc::clone(label), key.clone());
        if turn.is_none() {
            let taken = self.guest.turns.take(self.instance, &label, &key).await;
            self.table.get_mut(&cas)?.turn = taken;
        }
        let current = self.guest.key_value.get(&label, &key).await;
        if let Ok(value) = &current {
            self.guest.calls.pass(ATOMICS, "current", value.as_ref().map_or(0, Vec::len));
            self.table.get_mut(&cas)?.seen.clone_from(value);
        }
        Ok(current.map_err(Error::from))
    }

    async fn drop(&mut self, cas: Resource<Cas>) -> Result<()> {
        self.table.delete(cas)?;
        Ok(())
    }
}

impl batch::Host for StoresView<'_> {
    async fn get_many(
        &mut self,
        bucket: Resource<Bucket>,
        keys: Vec<String>,
    ) -> Result<Result<Vec<(String, Option<Vec<u8>>)>, Error>> {
        self.count(BATCH, "get-many");
        let label = self.label(&bucket)?;
        Ok(self.guest.key_value.get_many(&label, keys).await.map_err(Error::from))
    }

    async fn set_many(
        &mut self,
        bucket: Resource<Bucket>,
        key_values: Vec<(String, Vec<u8>)>,
    ) -> Result<Result<(), Error>> {
        self.count(BATCH, "set-many");
        let label = self.label(&bucket)?;
        Ok(self.guest.key_value.set_many(&label, key_values).await.map_err(Error::from))
    }

    async fn delete_many(&mut self, bucket: Resource<Bucket>, keys: Vec<String>) -> Result<Result<(), Error>> {
        self.count(BATCH, "delete-many");
        let label = self.label(&bucket)?;
        Ok(self.guest.key_value.delete_many(&label, keys).await.map_err(Error::from))
    }
}

impl StoresView<'_> {
    fn count(&self, interface: &'static str, function: &'static str) {
        self.guest.calls.count(interface, function);
    }

    fn label(&self, bucket: &Resource<Bucket>) -> Result<Arc<str>> {
        Ok(Arc::clone(&self.table.get(bucket)?.label))
    }
}

impl From<key_value::Error> for Error {
    fn from(error: key_value::Error) -> Self {
        Self::Other(error.to_string())
    }
}
