//! Which form of the outside a target has.

use crate::{Archive, Assets, Cache, Clock, Config, Database, HttpClient, Log, Sleep};

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub(crate) use crate::cloudflare::Isolate as Here;
#[cfg(all(not(target_arch = "wasm32"), feature = "memory"))]
pub(crate) use crate::memory::Process as Here;
#[cfg(all(target_arch = "wasm32", target_os = "wasi"))]
pub(crate) use crate::spin::Component as Here;

/// One form: what stands behind each of [`crate::Platform`]'s methods, which say what they mean.
pub(crate) trait Outside {
    const NAME: &str;

    fn clock(&self) -> &dyn Clock;
    fn config(&self) -> &dyn Config;
    fn cache(&self) -> &dyn Cache;
    fn archive(&self) -> &dyn Archive;
    fn assets(&self) -> &dyn Assets;
    fn database(&self) -> &dyn Database;
    fn http(&self) -> &dyn HttpClient;
    fn itself(&self) -> Option<&dyn HttpClient>;
    fn sleep(&self) -> &dyn Sleep;
    fn log(&self) -> &dyn Log;
}

/// A native program that only describes the functions (the OpenAPI document) has no outside, and compiles no stores.
#[cfg(all(not(target_arch = "wasm32"), not(feature = "memory")))]
pub(crate) enum Here {}

#[cfg(all(not(target_arch = "wasm32"), not(feature = "memory")))]
impl Outside for Here {
    const NAME: &str = "nowhere";

    fn clock(&self) -> &dyn Clock {
        match *self {}
    }
    fn config(&self) -> &dyn Config {
        match *self {}
    }
    fn cache(&self) -> &dyn Cache {
        match *self {}
    }
    fn archive(&self) -> &dyn Archive {
        match *self {}
    }
    fn assets(&self) -> &dyn Assets {
        match *self {}
    }
    fn database(&self) -> &dyn Database {
        match *self {}
    }
    fn http(&self) -> &dyn HttpClient {
        match *self {}
    }
    fn itself(&self) -> Option<&dyn HttpClient> {
        match *self {}
    }
    fn sleep(&self) -> &dyn Sleep {
        match *self {}
    }
    fn log(&self) -> &dyn Log {
        match *self {}
    }
}
