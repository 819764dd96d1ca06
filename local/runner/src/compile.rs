//! Compiling components, and keeping what was compiled.
//!
//! Compiling takes half a second a component, loading a compiled one a millisecond. A compiled file fits exactly one
//! version of wasmtime, one configuration and one processor, so its name holds a hash of all that and of the Wasm.

use std::fs::{File, read_dir, remove_file};
use std::hash::{Hash as _, Hasher};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};
use wasmtime::component::Component;
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::options::Limits;

/// How often running components look whether others wait for their thread.
const EPOCH: Duration = Duration::from_millis(10);

/// Compiled files that are kept; the ones not used for longest go first.
const KEPT_MAX: usize = 64;

/// What a component needs of the pool beside its memory: Rust's have about four core instances, with a table each.
const CORE_INSTANCES_PER_INSTANCE: u32 = 8;

/// Requests of one instance that are inside a host call at once, each on a stack of its own.
const STACKS_PER_INSTANCE: u32 = 4;

/// An engine with memory for all instances set aside, and a thread that counts time for it.
///
/// # Errors
/// If wasmtime refuses the configuration.
pub(crate) fn engine(limits: &Limits) -> Result<Engine> {
    let pooled = config().allocation_strategy(pool(limits)).clone();
    let engine = Engine::new(&pooled).or_else(|error| {
        // Setting memory aside takes address space, which a strict `ulimit -v` may not give.
        tracing::warn!(%error, "no room for a pool of instances: each will be allocated by itself");
        Engine::new(&config())
    })?;
    let counted = engine.weak();
    std::thread::Builder::new().name("epoch".to_owned()).spawn(move || {
        while let Some(engine) = counted.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(EPOCH);
        }
    })?;
    Ok(engine)
}

fn config() -> Config {
    let mut config = Config::new();
    config.wasm_component_model_async(true);
    config.epoch_interruption(true);
    config
}

fn pool(limits: &Limits) -> InstanceAllocationStrategy {
    let instances = limits.instances_max;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances);
    pool.total_core_instances(instances.saturating_mul(CORE_INSTANCES_PER_INSTANCE));
    pool.total_tables(instances.saturating_mul(CORE_INSTANCES_PER_INSTANCE));
    // Rust's components have one each. A memory takes 4 GiB of address space, so that it needs no bounds checks.
    pool.total_memories(instances);
    pool.total_stacks(instances.saturating_mul(STACKS_PER_INSTANCE));
    pool.max_memory_size(limits.memory_bytes_max);
    InstanceAllocationStrategy::Pooling(pool)
}

/// Compiles a component, or takes it from the cache.
///
/// # Errors
/// If the file can't be read or is not a component. A cache that can't be used is only told in the log.
pub(crate) fn compile(engine: &Engine, wasm: &Path, cache_dir: &Path) -> Result<Component> {
    let bytes = std::fs::read(wasm)?;
    let cached = cache_dir.join(format!("{}.cwasm", fingerprint(engine, &bytes)));
    if let Some(component) = load(engine, &cached) {
        return Ok(component);
    }
    let component = Component::new(engine, &bytes).map_err(anyhow::Error::from);
    let component = component.context("is not a component that can be compiled")?;
    if let Err(error) = keep(&component, &cached) {
        tracing::warn!(error = format!("{error:#}"), "a compiled component can't be kept");
    }
    Ok(component)
}

/// Deletes the compiled files that were not used for longest.
///
/// # Errors
/// If the folder can't be read.
pub(crate) fn tidy(cache_dir: &Path) -> std::io::Result<()> {
    let mut kept: Vec<(SystemTime, PathBuf)> = Vec::new();
    for entry in read_dir(cache_dir)? {
        let entry = entry?;
        if entry.path().extension().is_some_and(|extension| extension == "cwasm") {
            kept.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    kept.sort();
    let surplus = kept.len().saturating_sub(KEPT_MAX);
    for (_used, path) in kept.into_iter().take(surplus) {
        // Another runner may have been quicker.
        let _ = remove_file(path);
    }
    Ok(())
}

#[expect(unsafe_code, reason = "wasmtime trusts a compiled file as it trusts itself")]
fn load(engine: &Engine, cached: &Path) -> Option<Component> {
    let file = File::open(cached).ok()?;
    // Its time tells when it was last used.
    let _ = file.set_modified(SystemTime::now());
    // SAFETY: the file was made by `keep`, from `Component::serialize` of an engine with this version, configuration
    // and processor: its name says so, and wasmtime checks it again. It was written whole before it got that name,
    // and lies in a folder that only the owner of the state writes to, who could as well change the program.
    let loaded = unsafe { Component::deserialize_file(engine, cached) };
    loaded.inspect_err(|error| tracing::warn!(%error, "a compiled component can't be used again")).ok()
}

fn keep(component: &Component, cached: &Path) -> Result<()> {
    let folder = cached.parent().context("the cache has no folder")?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&component.serialize()?)?;
    file.persist(cached)?;
    Ok(())
}

fn fingerprint(engine: &Engine, wasm: &[u8]) -> String {
    let mut hasher = Fingerprint(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.write(wasm);
    hex::encode(hasher.0.finalize())
}

/// A hasher that gives the same in every process, which the standard library's does not promise.
struct Fingerprint(Sha256);

impl Hasher for Fingerprint {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Not used: the whole hash is read instead.
    fn finish(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALLEST: &str = "(component)";

    fn modified_before_now(path: &Path, seconds: u64) {
        let time = SystemTime::now() - Duration::from_secs(seconds);
        File::create(path).unwrap().set_modified(time).unwrap();
    }

    #[test]
    fn component_is_compiled_once_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::new(&config()).unwrap();
        let wasm = folder.path().join("smallest.wasm");
        std::fs::write(&wasm, wat(SMALLEST)).unwrap();
        compile(&engine, &wasm, folder.path()).unwrap();
        let cached = folder.path().join(format!("{}.cwasm", fingerprint(&engine, &wat(SMALLEST))));
        assert!(load(&engine, &cached).is_some());
    }

    #[test]
    fn damaged_cache_is_compiled_again() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::new(&config()).unwrap();
        let wasm = folder.path().join("smallest.wasm");
        std::fs::write(&wasm, wat(SMALLEST)).unwrap();
        let cached = folder.path().join(format!("{}.cwasm", fingerprint(&engine, &wat(SMALLEST))));
        std::fs::write(&cached, "not a compiled component").unwrap();
        compile(&engine, &wasm, folder.path()).unwrap();
        assert!(load(&engine, &cached).is_some());
    }

    #[test]
    fn another_configuration_has_another_fingerprint() {
        let plain = Engine::new(&config()).unwrap();
        let other = Engine::new(config().epoch_interruption(false)).unwrap();
        assert_ne!(fingerprint(&plain, b"wasm"), fingerprint(&other, b"wasm"));
        assert_ne!(fingerprint(&plain, b"wasm"), fingerprint(&plain, b"other"));
    }

    #[test]
    fn tidying_keeps_the_files_used_last() {
        let folder = tempfile::tempdir().unwrap();
        for age in 0..=KEPT_MAX as u64 {
            modified_before_now(&folder.path().join(format!("{age}.cwasm")), age * 60);
        }
        tidy(folder.path()).unwrap();
        assert!(folder.path().join("0.cwasm").exists());
        assert!(!folder.path().join(format!("{KEPT_MAX}.cwasm")).exists());
        assert_eq!(read_dir(folder.path()).unwrap().count(), KEPT_MAX);
    }

    /// The smallest component, as bytes: the magic number, the version and the layer.
    fn wat(text: &str) -> Vec<u8> {
        assert_eq!(text, SMALLEST);
        b"\0asm\x0d\0\x01\0".to_vec()
    }
}
