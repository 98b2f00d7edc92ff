//! The core of an OAuth 2.1 authorization server for MCP hosts such as Claude.
//!
//! A person adds `https://<address>/mcp` in a host. The host registers or names itself, sends the person to
//! `/authorize`, the person pastes an API key on the consent page, and the host gets tokens that stand for the key.
//!
//! Everything here but [`store`] is a pure decision over values: requests, records, time and randomness go in, and what
//! to answer and to write comes out. [`recognize`] is the one call that a guard needs to know who presents a credential.
//!
//! | module | path | standard |
//! |---|---|---|
//! | [`metadata`] | `/.well-known/*` | RFC 8414, RFC 9728 |
//! | [`registration`] | `/register` | RFC 7591 |
//! | [`client_metadata`] | a client id that is a URL | Client ID Metadata Documents |
//! | [`authorize`] | `GET /authorize` | OAuth 2.1, RFC 7636, RFC 8707, RFC 9207 |
//! | [`consent`] | the page, `POST /authorize` | OAuth 2.1 section 7 |
//! | [`login`] | `GET /authorize/callback` | OpenID Connect Core 1.0 |
//! | [`token`] | `POST /token` | OAuth 2.1, RFC 6749, RFC 9700 |
//! | [`revocation`] | `POST /revoke` | RFC 7009 |
//! | [`challenge`] | `WWW-Authenticate` of `/mcp` | RFC 6750, RFC 9728 |
//!
//! Tokens are opaque. A [`Grant`] binds them to a key, a client and this server; the store keeps their hashes only.

pub mod authorize;
pub mod challenge;
pub mod client_metadata;
pub mod consent;
pub mod login;
pub mod metadata;
pub mod registration;
pub mod revocation;
pub mod store;
pub mod token;

mod client;
mod error;
mod grant;
mod issuer;
mod page;
mod params;
mod pkce;
mod recognize;
mod redirect;
mod seal;

pub use client::Client;
pub use error::OauthError;
pub use grant::{AccessToken, Code, Grant, RefreshToken};
pub use issuer::{Issuer, NotAnIssuer};
pub use page::{Page, notice, refusal};
pub use params::{Params, Repeated};
pub use recognize::recognize;
pub use seal::SealingKey;
