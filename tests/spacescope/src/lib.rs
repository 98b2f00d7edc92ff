//! A server that speaks Spacescope's API, for tests and for trying a refresh without a token.
//!
//! Its rows are [rebuilt](rows::Rows) from a snapshot, so that ingesting them gives the snapshot back, to the last digit
//! that survives. It can be told to end on any [day](Server::set_newest), and to [misbehave](Fault) in all the ways in
//! which a source does.

mod extend;
mod fault;
mod reply;
pub mod rows;
mod server;

pub use extend::extended_to;
pub use fault::{Fault, Kind};
pub use server::Server;
