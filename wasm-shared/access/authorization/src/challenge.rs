//! `WWW-Authenticate` of the MCP endpoint: how a host learns where to sign in (RFC 6750, RFC 9728).

use access::Scopes;

use crate::Issuer;

/// For a 401. Without a credential there is no `error` (RFC 6750, section 3.1): the client did nothing wrong yet.
#[must_use]
pub fn unauthorized(issuer: &Issuer, required: Scopes, credential_was_bad: bool) -> String {
    let error = if credential_was_bad {
        ", error=\"invalid_token\", error_description=\"The token or key is not good. Sign in again.\""
    } else {
        ""
    };
    format!("Bearer {}{error}", place(issuer, required))
}

/// For a 403: all scopes of the operation in one challenge, so that the host asks for consent once.
#[must_use]
pub fn insufficient_scope(issuer: &Issuer, required: Scopes) -> String {
    format!(
        "Bearer error=\"insufficient_scope\", {}, error_description=\"This needs the scopes {required}.\"",
        place(issuer, required),
    )
}

fn place(issuer: &Issuer, required: Scopes) -> String {
    // Absolute, because hosts reject a relative one without a word.
    let metadata = issuer.url("/.well-known/oauth-protected-resource/mcp");
    // What cannot be delegated is not asked for; signing in would not give it.
    let scope = required.and(Scopes::DELEGABLE);
    format!("resource_metadata=\"{metadata}\", scope=\"{scope}\"")
}
