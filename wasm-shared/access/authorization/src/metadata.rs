//! What clients read to find their way: RFC 8414 and RFC 9728.

use access::{Scope, Scopes};
use serde_json::{Value, json};

use crate::Issuer;

/// Paths of the authorization server's metadata. All give the same document: hosts look for it at the root, behind the
/// path of the resource, and where `openid-configuration` is expected.
pub const AUTHORIZATION_SERVER_PATHS: [&str; 5] = [
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-authorization-server/mcp",
    "/.well-known/openid-configuration",
    "/.well-known/openid-configuration/mcp",
    "/mcp/.well-known/openid-configuration",
];

/// Paths of the protected resource's metadata.
pub const PROTECTED_RESOURCE_PATHS: [&str; 2] =
    ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"];

/// `Cache-Control` of both documents.
pub const CACHE_CONTROL: &str = "public, max-age=300";

/// The scope with which clients ask for a refresh token. One is always given; clients that look for the name find it.
pub const OFFLINE_ACCESS: &str = "offline_access";

/// The authorization server's metadata (RFC 8414). Everything that is advertised works.
#[must_use]
pub fn authorization_server(issuer: &Issuer) -> Value {
    let scopes: Vec<&str> = Scopes::DELEGABLE.iter().map(Scope::name).chain([OFFLINE_ACCESS]).collect();
    json!({
        "issuer": issuer.as_str(),
        "authorization_endpoint": issuer.url("/authorize"),
        "token_endpoint": issuer.url("/token"),
        "registration_endpoint": issuer.url("/register"),
        "revocation_endpoint": issuer.url("/revoke"),
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "client_id_metadata_document_supported": true,
        "authorization_response_iss_parameter_supported": true,
        "service_documentation": issuer.url("/docs"),
    })
}

/// The protected resource's metadata (RFC 9728): the MCP endpoint and who issues tokens for it.
///
/// The scopes are the least that is of use. `offline_access` is none of a resource's scopes.
#[must_use]
pub fn protected_resource(issuer: &Issuer) -> Value {
    json!({
        "resource": issuer.resource(),
        "authorization_servers": [issuer.as_str()],
        "scopes_supported": [Scope::Read.name()],
        "bearer_methods_supported": ["header"],
        "resource_name": "MechaFil Edge",
        "resource_documentation": issuer.url("/docs"),
    })
}
