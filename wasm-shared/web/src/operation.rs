//! The operations of the product, in one table for each function: method, path, name, scope, cost and the size of its body.
//!
//! A function exports `OPERATIONS` and builds its routes from it with [`Routes`]: a handler without a row is not reachable. The
//! row goes with the request, so whatever stands in front of a handler (the reader of its body, a guard) reads it there. The
//! OpenAPI document takes names, scopes and costs from the same rows.

use access::{Access, Scope, Scopes};
use axum::{
    Extension, Router,
    handler::Handler,
    middleware::map_response,
    response::Response,
    routing::{MethodFilter, MethodRouter, any, on},
};
use bounded_json::Limits;
use http::{HeaderValue, header};
use platform::Platform;

use crate::body::SMALL;

/// The method of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are those of HTTP")]
pub enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    const fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
            Self::Patch => MethodFilter::PATCH,
            Self::Delete => MethodFilter::DELETE,
        }
    }
}

/// A row of a function's table.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// The method; `HEAD` comes with `GET`, and `OPTIONS` with everything.
    pub verb: Verb,
    /// The path as axum and OpenAPI write it: `/admin/snapshots/{date}`.
    pub path: &'static str,
    /// A name that makes a good function: `export_snapshot`.
    pub id: &'static str,
    /// What it requires of its caller.
    pub access: Access,
    /// What it takes of a caller's quota; a forecast is 1.
    pub cost: u32,
    /// How much its body may hold.
    pub body: Limits,
}

impl Operation {
    /// An operation for those who have this scope, of cost 1 and with a small body.
    #[must_use]
    pub const fn new(verb: Verb, path: &'static str, id: &'static str, scope: Scope) -> Self {
        Self { verb, path, id, access: Access::Requires(Scopes::of(&[scope])), cost: 1, body: SMALL }
    }

    /// An operation for everybody, free of cost and with a small body.
    #[must_use]
    pub const fn open(verb: Verb, path: &'static str, id: &'static str) -> Self {
        Self { verb, path, id, access: Access::Open, cost: 0, body: SMALL }
    }

    /// The scopes that it requires.
    #[must_use]
    pub const fn scopes(&self) -> Scopes {
        match self.access {
            Access::Open => Scopes::NONE,
            Access::Requires(scopes) => scopes,
        }
    }

    /// Whether only the operator may ask for it.
    #[must_use]
    pub const fn is_operators(&self) -> bool {
        self.scopes().contains(Scopes::of(&[Scope::Admin]))
    }

    /// The same with another cost.
    #[must_use]
    pub const fn costing(self, cost: u32) -> Self {
        Self { cost, ..self }
    }

    /// The same with another limit of its body.
    #[must_use]
    pub const fn reading(self, body: Limits) -> Self {
        Self { body, ..self }
    }
}

/// Routes made from a function's table.
pub struct Routes {
    table: &'static [Operation],
    router: Router<Platform>,
}

impl Routes {
    /// Begins with no route.
    #[must_use]
    pub fn of(table: &'static [Operation]) -> Self {
        Self { table, router: Router::new() }
    }

    /// Answers the operation of this name by `handler`.
    #[must_use]
    pub fn handle<H, T>(self, id: &str, handler: H) -> Self
    where
        H: Handler<T, Platform>,
        T: 'static,
    {
        self.route(id, |operation| with_row(operation, on(operation.verb.filter(), handler)))
    }

    /// Answers the operation of this name by `handler`, and every other method on its path too: for a protocol that has its own
    /// answers to those.
    #[must_use]
    pub fn handle_any_method<H, T>(self, id: &str, handler: H) -> Self
    where
        H: Handler<T, Platform>,
        T: 'static,
    {
        self.route(id, |operation| with_row(operation, any(handler)))
    }

    fn route(mut self, id: &str, route: impl FnOnce(&'static Operation) -> Router<Platform>) -> Self {
        let row = self.table.iter().find(|operation| operation.id == id);
        debug_assert!(row.is_some(), "{id} has no row in its function's table of operations");
        // Without a row there is no route: the table does not say who may call it.
        if let Some(operation) = row {
            self.router = self.router.merge(route(operation));
        }
        self
    }
}

/// A route whose requests carry their operation.
fn with_row(operation: &'static Operation, methods: MethodRouter<Platform>) -> Router<Platform> {
    let methods = if operation.is_operators() { methods.layer(map_response(private)) } else { methods };
    Router::new().route(operation.path, methods.layer(Extension(operation)))
}

/// Marks the operator's answers so that no cache keeps them, neither a proxy's nor the browser's.
async fn private(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}

impl From<Routes> for Router<Platform> {
    fn from(routes: Routes) -> Self {
        routes.router
    }
}
