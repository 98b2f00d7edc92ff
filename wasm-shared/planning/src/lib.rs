//! Planning agents: from a product's idea to strategy, design, architecture and code, written by a language model.
//!
//! - [`tool`] is the table of tools with what they take; [`input`] reads what a caller gives.
//! - [`phase`] is the table of phases: what each writes, in sections that are short enough for one answer of a model.
//! - [`Draft`] is a phase at work: the next request to the model, and what its answer is worth. It is pure, and it is stored between two calls,
//!   so that a worker that dies costs one call at most. An answer that does not fit its schema is repaired once; what the input names
//!   and the answer leaves out is asked for once more; then the phase has failed, with the reason.
//! - [`files`] and [`contrast`] check and compute what a model cannot be trusted with.
//! - [`artifact`] makes documents of a result: JSON, Markdown, HTML without scripts, zip. [`link`] signs their addresses.
//! - [`run`] is a step of a job, [`store`] keeps times, tokens and outputs, [`status`] says how far a job is.

pub mod artifact;
pub mod contrast;
mod draft;
pub mod files;
pub mod input;
pub mod link;
mod names;
pub mod phase;
pub mod run;
pub mod schema;
pub mod status;
pub mod store;
pub mod tool;
mod zip;

pub use draft::{Assignment, Draft, Spoiled};
pub use input::Refusal;
pub use phase::Phase;
pub use tool::Tool;
