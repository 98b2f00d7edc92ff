//! Between deployments and the gateway, which do not know one another.
//!
//! | module | holds |
//! |---|---|
//! | [`connecting`] | a deployed server is connected to its owner while it runs |
//! | [`starting`] | a server that is described and missing is deployed, once |

pub mod connecting;
pub mod starting;
