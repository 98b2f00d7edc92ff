//! The answers to those who are not let through.

use access::{Refusal, Scopes, Surface};
use authorization::{Issuer, challenge};
use http::{HeaderValue, StatusCode, header};
use web::{Operation, Problem, key_missing};

/// What the answers need to know of a request.
#[derive(Clone, Copy)]
pub(crate) struct Refused<'a> {
    pub(crate) operation: &'static Operation,
    /// This server's name for MCP hosts, where it has one.
    pub(crate) issuer: Option<&'a Issuer>,
    /// Why administration is closed, if it is.
    pub(crate) closed: Option<&'a Problem>,
}

impl Refused<'_> {
    /// For a caller without a credential, or with a bad one.
    pub(crate) fn unauthorized(self, refusal: Option<Refusal>, required: Scopes) -> Problem {
        if let Some(closed) = self.closed.filter(|_| self.operation.is_operators()) {
            return closed.clone();
        }
        let problem = match refusal {
            Some(refusal) => Problem::new(StatusCode::UNAUTHORIZED, refusal.code(), refusal.detail()),
            None => key_missing(),
        };
        let realm = || {
            let error = if refusal.is_some() { ", error=\"invalid_token\"" } else { "" };
            format!("Bearer realm=\"mechafil-edge\"{error}")
        };
        let challenge = self
            .mcp()
            .map_or_else(realm, |issuer| challenge::unauthorized(issuer, required, refusal.is_some()));
        with_challenge(problem, &challenge)
    }

    /// For a caller who lacks scopes.
    pub(crate) fn forbidden(self, required: Scopes, missing: Scopes) -> Problem {
        let detail = format!(
            "This needs the scope {missing}, which your key does not have. It has to have {required}."
        );
        let problem = Problem::new(StatusCode::FORBIDDEN, "INSUFFICIENT_SCOPE", detail);
        let plain = || format!("Bearer error=\"insufficient_scope\", scope=\"{required}\"");
        let challenge =
            self.mcp().map_or_else(plain, |issuer| challenge::insufficient_scope(issuer, required));
        with_challenge(problem, &challenge)
    }

    /// For an anonymous caller of `/mcp` whose quota is spent: 401, because the host then offers to sign in, which 429 does not.
    pub(crate) fn sign_in_for_more(self, required: Scopes, detail: String) -> Option<Problem> {
        let issuer = self.mcp()?;
        let problem = Problem::new(StatusCode::UNAUTHORIZED, "QUOTA_EXCEEDED", detail);
        Some(with_challenge(problem, &challenge::unauthorized(issuer, required, false)))
    }

    /// This server's name, where the caller is an MCP host.
    fn mcp(&self) -> Option<&Issuer> {
        self.issuer.filter(|_| self.operation.surface() == Surface::Mcp)
    }
}

fn with_challenge(problem: Problem, challenge: &str) -> Problem {
    match HeaderValue::from_str(challenge) {
        Ok(value) => problem.with_header(header::WWW_AUTHENTICATE, value),
        // A host name holds nothing that a header may not.
        Err(_) => problem,
    }
}

/// For what cannot be looked up or counted, because the deployment has nothing to do it with.
pub(crate) fn no_database() -> Problem {
    let detail = "This deployment has no database (PUBLISH_WITHOUT_DATABASE, or a grant or binding is missing), so that keys \
                  cannot be looked up and requests not counted. Only the operator is let through.";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "NOTHING_CAN_BE_COUNTED", detail)
}
