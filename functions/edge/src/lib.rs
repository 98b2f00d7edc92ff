//! Every function in one: Cloudflare's Worker answers all routes from one script, so that a cold start is paid once, and
//! the native server does the same.
//!
//! Which functions those are is read from this crate's `Cargo.toml` when it is built (`build.rs`): every dependency
//! below `functions/` is one. A function whose group is not among this crate's features is left out.
//!
//! On Spin each function is a component of its own instead (`spin.toml`).

include!(concat!(env!("OUT_DIR"), "/functions.rs"));

/// Every function of the groups that are switched on, behind the guard that asks for keys and counts requests.
#[cfg(feature = "access")]
pub type Function = guard::Guarded<Functions>;
/// Every function of the groups that are switched on. Without the group `access` everybody may read.
#[cfg(not(feature = "access"))]
pub type Function = Functions;

#[cfg(feature = "entry")]
entry::export!(Function);

mod assets;
pub use assets::assets;
mod openapi;
pub use openapi::openapi;
