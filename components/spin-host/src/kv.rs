//! The key-value store of the component: plain reads and writes over `spin:key-value`, compare-and-swap over `wasi:keyvalue`.
//!
//! Both see the same store. `wasi:keyvalue` is reached through a module of the SDK that is marked experimental: this file is the only one that
//! has to change with it.

use std::cell::OnceCell;
use std::time::Duration;

use spin_sdk::experimental::wasi::keyvalue::atomics::{self, Cas, CasError};
use spin_sdk::experimental::wasi::keyvalue::store::{self as wasi, Bucket};
use spin_sdk::key_value;
use store::{Backend, Entropy, Timer, Unavailable};

use crate::random;

const LABEL: &str = "default";

/// The component's default key-value store, opened when it is first needed: not every function has one.
#[derive(Default)]
pub struct KeyValue {
    plain: OnceCell<key_value::Store>,
    // Kept open for as long as a swap may follow: a store reports a failed swap through it.
    bucket: OnceCell<Bucket>,
}

impl KeyValue {
    async fn plain(&self) -> Result<&key_value::Store, Unavailable> {
        if self.plain.get().is_none() {
            let opened = key_value::Store::open(LABEL).await.map_err(|error| unavailable(&error))?;
            // Another call of the same request may have been faster; one of the two handles is as good as the other.
            drop(self.plain.set(opened));
        }
        self.plain.get().ok_or_else(|| Unavailable("not opened".into()))
    }

    fn bucket(&self) -> Result<&Bucket, Unavailable> {
        if self.bucket.get().is_none() {
            drop(self.bucket.set(wasi::open(LABEL).map_err(|error| unavailable(&error))?));
        }
        self.bucket.get().ok_or_else(|| Unavailable("not opened".into()))
    }
}

fn unavailable(error: &dyn std::fmt::Debug) -> Unavailable {
    Unavailable(format!("{error:?}"))
}

impl Entropy for KeyValue {
    fn random<const N: usize>(&self) -> [u8; N] {
        random::bytes()
    }
}

impl Timer for KeyValue {
    async fn sleep(&self, duration: Duration) {
        spin_sdk::time::sleep(duration).await;
    }
}

impl Backend for KeyValue {
    type Swap = Cas;

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        self.plain().await?.get(key).await.map_err(|error| unavailable(&error))
    }

    async fn set(&self, key: &str, value: &[u8], _lifetime: Option<Duration>) -> Result<(), Unavailable> {
        self.plain().await?.set(key, value).await.map_err(|error| unavailable(&error))
    }

    async fn delete(&self, key: &str) -> Result<(), Unavailable> {
        self.plain().await?.delete(key).await.map_err(|error| unavailable(&error))
    }

    async fn increment(&self, key: &str, by: i64) -> Result<i64, Unavailable> {
        atomics::increment(self.bucket()?, key, by).map_err(|error| unavailable(&error))
    }

    async fn current(&self, key: &str) -> Result<(Option<Vec<u8>>, Cas), Unavailable> {
        let cas = Cas::new(self.bucket()?, key).map_err(|error| unavailable(&error))?;
        let value = cas.current().map_err(|error| unavailable(&error))?;
        Ok((value, cas))
    }

    async fn swap(&self, swap: Cas, value: &[u8]) -> Result<bool, Unavailable> {
        match atomics::swap(swap, value) {
            Ok(()) => Ok(true),
            Err(CasError::CasFailed(_)) => Ok(false),
            Err(CasError::StoreError(error)) => Err(unavailable(&error)),
        }
    }
}
