//! What the guard costs a request: the same operation behind it and without it, over stores in memory.
#![allow(missing_docs, reason = "criterion's macros make functions without documentation")]
#![allow(clippy::unwrap_used, reason = "a measurement fails by panicking")]

use std::hint::black_box;

use axum::{Router, body::Body};
use criterion::{Criterion, criterion_group, criterion_main};
use guard::Guarded;
use http::Request;
use platform::{Application, Platform};
use platform_native::memory::World;
use tokio::runtime::Runtime;
use tower_service::Service as _;
use web::{Operation, Routes, Scope, Verb};

const OPERATIONS: &[Operation] =
    &[Operation::open(Verb::Get, "/open", "open"), Operation::new(Verb::Get, "/read", "read", Scope::Read)];

struct Function;

impl Application for Function {
    type Services = ();

    fn routes() -> Router<Platform> {
        Routes::of(OPERATIONS).handle("open", async || "open").handle("read", async || "read").into()
    }
}

fn measure(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let world = [
        ("API_KEYS", "ci:a-key-of-the-settings-for-tests"),
        ("ADMIN_API_KEY", "the-operators-own-admin-key"),
        ("ANONYMOUS_REQUESTS_PER_MINUTE", "1000000"),
        ("ANONYMOUS_REQUESTS_PER_DAY", "1000000000"),
    ]
    .into_iter()
    .fold(World::default(), |world, (name, value)| world.with_variable(name, value));
    let bare = web::app(Function::routes(), world.platform());
    let guarded = web::app(Guarded::<Function>::routes(), world.platform());
    for (name, app, path, key, status) in [
        ("without the guard", &bare, "/read", None, 200),
        ("an open operation", &guarded, "/open", None, 200),
        ("without a key, counted", &guarded, "/read", None, 200),
        ("the operator, not counted", &guarded, "/read", Some("the-operators-own-admin-key"), 200),
        ("a mistyped key", &guarded, "/read", Some("mfe_mistyped"), 401),
    ] {
        let request = || {
            let request = Request::get(path).header("host", "localhost");
            let request = match key {
                Some(key) => request.header("authorization", format!("Bearer {key}")),
                None => request,
            };
            request.body(Body::empty()).unwrap()
        };
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| {
                let response = runtime.block_on(app.clone().call(request())).unwrap();
                assert_eq!(response.status(), status);
                black_box(response)
            });
        });
    }
}

criterion_group!(benches, measure);
criterion_main!(benches);
