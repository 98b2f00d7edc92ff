//! What `wit/spin.wit` becomes in Rust.

wasmtime::component::bindgen!({
    path: "wit",
    world: "platform",
    imports: { default: trappable },
    with: {
        "spin:key-value/key-value.store": crate::key_value::Store,
        "spin:sqlite/sqlite.connection": crate::sqlite::Connection,
    },
});
