//! Deployments without HTTP: templates, the life cycle, crashes at each step, the index of templates.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod crashes;
mod index;
mod life;
mod links;
mod templates;
