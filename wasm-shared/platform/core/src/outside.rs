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
macro_rules! nowhere {
    ($($service:ident: $of:ty),+ $(,)?) => { $(fn $service(&self) -> $of { match *self {} })+ };
}

#[cfg(all(not(target_arch = "wasm32"), not(feature = "memory")))]
impl Outside for Here {
    const NAME: &str = "nowhere";

    nowhere! {
        clock: &dyn Clock, config: &dyn Config, cache: &dyn Cache, archive: &dyn Archive, assets: &dyn Assets,
        database: &dyn Database, http: &dyn HttpClient, itself: Option<&dyn HttpClient>, sleep: &dyn Sleep, log: &dyn Log,
    }
}
