//! Where a guard stands: between a route and its handler, for every operation.
//!
//! The guard itself is a crate of its own, so that a deployment without keys carries none of it. Here is what routes and
//! handlers know of it.

use std::{convert::Infallible, future::Future, pin::Pin, sync::Arc};

use access::{Caller, Scope, Scopes};
use axum::{
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, StatusCode, header, request::Parts};
use platform::Platform;

use crate::{Operation, Problem};

/// What stands in front of the handlers, among a request's extensions. It is given the operation's row, and calls the handler
/// or answers itself.
#[derive(Clone, Copy)]
pub struct Guard(pub fn(Platform, &'static Operation, Request, Next) -> Answer<Response>);

/// A future of the guard's.
pub type Answer<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Answers a request of an operation: through the guard, where there is one.
pub(crate) async fn attend(
    State(operation): State<&'static Operation>,
    mut request: Request,
    next: Next,
) -> Response {
    let extensions = request.extensions_mut();
    extensions.insert(operation);
    let guard = extensions.get::<Guard>().copied();
    let mut response = match (guard, extensions.get::<Platform>().cloned()) {
        (Some(Guard(guard)), Some(platform)) => guard(platform, operation, request, next).await,
        (None, _) if is_open_without_guard(operation) || extensions.get::<Caller>().is_some() => {
            next.run(request).await
        }
        _ => not_guarded().into_response(),
    };
    if operation.is_operators() {
        // Neither a proxy nor the browser keeps the operator's answers.
        let private = HeaderValue::from_static("private, no-store");
        response.headers_mut().insert(header::CACHE_CONTROL, private);
    }
    response
}

/// Reading is open to everybody, and an operator's handler asks for the operator's key itself.
fn is_open_without_guard(operation: &Operation) -> bool {
    operation.is_operators() || Scopes::of(&[Scope::Read]).contains(operation.scopes())
}

fn not_guarded() -> Problem {
    let detail = "This needs a key, and this deployment was built without keys (the group `access`).";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "ACCESS_NOT_DEPLOYED", detail)
}

/// What a guard lets the caller of a request do beyond what the operation's row says.
pub trait Allowance: Send + Sync {
    /// Whether the caller has these scopes and, in its quota, room for this cost, which is then counted.
    fn take(self: Arc<Self>, scopes: Scopes, cost: u32) -> Answer<Result<(), Problem>>;
}

/// For handlers that know only from the body what a request needs and costs: a sweep by its size, a tool of `/mcp`.
#[derive(Clone, Default)]
pub struct Permit(Option<Arc<dyn Allowance>>);

impl Permit {
    /// The permit of a request that a guard let through.
    #[must_use]
    pub fn of(allowance: Arc<dyn Allowance>) -> Self {
        Self(Some(allowance))
    }

    /// Demands these scopes of the caller, besides those of the operation, and counts `cost`. Without a guard nothing is
    /// counted, and reading is all that is allowed.
    ///
    /// # Errors
    /// The answer to a caller who lacks a scope, or whose quota has no room for it.
    pub async fn take(&self, scopes: Scopes, cost: u32) -> Result<(), Problem> {
        match &self.0 {
            Some(allowance) => Arc::clone(allowance).take(scopes, cost).await,
            None if Scopes::of(&[Scope::Read]).contains(scopes) => Ok(()),
            None => Err(not_guarded()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Permit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}
