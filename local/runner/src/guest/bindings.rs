//! The interfaces of Spin, from `wit/`, as traits.

wasmtime::component::bindgen!({
    path: "wit",
    world: "likeness:runner/host",
    imports: { default: async | trappable },
    with: {
        "spin:key-value/key-value.store": crate::guest::resources::Store,
        "spin:redis/redis.connection": crate::guest::resources::Connection,
        "wasi:keyvalue/store.bucket": crate::guest::resources::Bucket,
        "wasi:keyvalue/atomics.cas": crate::guest::resources::Cas,
    },
});
