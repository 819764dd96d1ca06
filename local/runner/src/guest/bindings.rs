//! The interfaces of Spin, from `wit/`, as traits.

wasmtime::component::bindgen!({
    path: "wit",
    world: "likeness:runner/host",
    imports: { default: async | trappable },
    with: {
        "spin:key-value/key-value.store": crate::guest::spin::Store,
        "spin:redis/redis.connection": crate::guest::redis::Connection,
        "wasi:keyvalue/store.bucket": crate::guest::keyvalue::Bucket,
        "wasi:keyvalue/atomics.cas": crate::guest::keyvalue::Cas,
    },
});
