//! The operations of the product, in one table for each function: method, path, name, scope, cost and the size of its body.
//!
//! A function exports `OPERATIONS` and builds its routes from it with [`Routes`]: a handler without a row is not reachable. The
//! row goes with the request, so whatever stands in front of a handler (the reader of its body, a guard) reads it there. The
//! OpenAPI document takes names, scopes and costs from the same rows.

use access::{Access, Scope, Scopes, Surface, audit::Act};
use axum::{
    Router,
    handler::Handler,
    middleware::from_fn_with_state,
    routing::{MethodFilter, MethodRouter, any, on},
};
use bounded_json::Limits;
use platform::Platform;

use crate::{body::SMALL, guard::attend};

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
    /// Whether its handler counts more by what was asked for, with [`Permit`](crate::Permit). `cost` is then the least: what a
    /// request costs whose handler did not come to count.
    pub is_costed_by_size: bool,
    /// How much its body may hold.
    pub body: Limits,
    /// What the guard notes in the audit trail when it was done. Acts on keys note themselves, in one transaction with the act.
    pub act: Option<Act>,
}

impl Operation {
    /// An operation for those who have this scope, of cost 1 and with a small body.
    #[must_use]
    pub const fn new(verb: Verb, path: &'static str, id: &'static str, scope: Scope) -> Self {
        Self::with_access(verb, path, id, Access::Requires(Scopes::of(&[scope]))).costing(1)
    }

    /// An operation for everybody, free of cost and with a small body. Nobody looks at a credential that comes with it.
    #[must_use]
    pub const fn open(verb: Verb, path: &'static str, id: &'static str) -> Self {
        Self::with_access(verb, path, id, Access::Open)
    }

    /// An operation on what belongs to the caller, whatever scopes the caller has; free of cost and with a small body. Without a
    /// key it is open where reading is: a handler that needs one takes [`Owner`](crate::Owner).
    #[must_use]
    pub const fn own(verb: Verb, path: &'static str, id: &'static str) -> Self {
        Self::with_access(verb, path, id, Access::Requires(Scopes::NONE))
    }

    const fn with_access(verb: Verb, path: &'static str, id: &'static str, access: Access) -> Self {
        Self { verb, path, id, access, cost: 0, is_costed_by_size: false, body: SMALL, act: None }
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

    /// What its refusals look like.
    #[must_use]
    pub fn surface(&self) -> Surface {
        if self.path == "/mcp" { Surface::Mcp } else { Surface::Http }
    }

    /// The same with another cost.
    #[must_use]
    pub const fn costing(self, cost: u32) -> Self {
        Self { cost, ..self }
    }

    /// The same with a cost that its handler counts when it knows the size, and of this much at least.
    #[must_use]
    pub const fn costing_by_size(self, least: u32) -> Self {
        Self { cost: least, is_costed_by_size: true, ..self }
    }

    /// The same, noted in the audit trail as `act`.
    #[must_use]
    pub const fn audited(self, act: Act) -> Self {
        Self { act: Some(act), ..self }
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

/// A route whose requests carry their operation, and pass the guard.
fn with_row(operation: &'static Operation, methods: MethodRouter<Platform>) -> Router<Platform> {
    Router::new().route(operation.path, methods.layer(from_fn_with_state(operation, attend)))
}

impl From<Routes> for Router<Platform> {
    fn from(routes: Routes) -> Self {
        routes.router
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "make_a has no row in its function's table of operations")]
    fn a_handler_of_an_operation_without_a_row_is_noticed_by_every_test_of_its_function() {
        const ROWS: &[Operation] = &[Operation::open(Verb::Get, "/a", "get_a")];
        let _routes = Routes::of(ROWS).handle("get_a", async || "a").handle("make_a", async || "made");
    }
}
