//! The authorization server against the standards: one file each, named for it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod client_id_metadata_documents;
mod common;
mod consent_page;
mod grants;
mod rfc6749_authorization;
mod rfc6749_tokens;
mod rfc7009_revocation;
mod rfc7591_registration;
mod rfc7636_pkce;
mod rfc8252_loopback;
mod rfc8414_metadata;
mod rfc8707_resource;
mod rfc9207_issuer;
mod rfc9700_refresh_rotation;
mod rfc9728_protected_resource;
