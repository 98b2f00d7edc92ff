//! An error says what went wrong, in a form for programs and in a sentence for people.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use web::{FieldProblem, Problem};

async fn body(response: Response) -> Value {
    serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
}

fn field(pointer: &str, detail: &str) -> FieldProblem {
    FieldProblem { pointer: pointer.to_owned(), detail: detail.to_owned() }
}

#[tokio::test]
async fn a_problem_has_the_fields_of_rfc_9457_and_a_stable_code() {
    let problem = Problem::new(StatusCode::NOT_FOUND, "SNAPSHOT_NOT_FOUND", "None of that date.");
    let response = problem.into_response();
    assert_eq!(response.status(), 404);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let expected = json!({
        "type": "urn:mechafil-edge:problem:snapshot-not-found", "title": "Not Found", "status": 404,
        "detail": "None of that date.", "code": "SNAPSHOT_NOT_FOUND",
    });
    assert_eq!(body(response).await, expected);
}

#[tokio::test]
async fn one_bad_value_is_told_in_the_sentence_too() {
    let problem = body(Problem::invalid(vec![field("/rbp", "must be 0 to 1000")]).into_response()).await;
    assert_eq!(problem["detail"], "/rbp: must be 0 to 1000");
    assert_eq!(problem["errors"], json!([{"pointer": "/rbp", "detail": "must be 0 to 1000"}]));
    let whole = body(Problem::invalid(vec![field("", "The body must be an object.")]).into_response()).await;
    assert_eq!(whole["detail"], "The body must be an object.");
}

#[tokio::test]
async fn several_bad_values_are_counted_and_listed() {
    let response = Problem::invalid(vec![field("/rbp", "a"), field("/rr", "b")]).into_response();
    assert_eq!(response.status(), 422);
    let problem = body(response).await;
    assert!(problem["detail"].as_str().unwrap().starts_with("2 values"));
    assert_eq!(problem["errors"].as_array().unwrap().len(), 2);
}

#[test]
fn headers_go_with_a_problem() {
    let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", "Wait.")
        .with_header(header::RETRY_AFTER, HeaderValue::from_static("7"))
        .with_header(header::CACHE_CONTROL, HeaderValue::from_static("private"));
    let response = problem.into_response();
    assert_eq!(response.headers()["retry-after"], "7");
    assert_eq!(response.headers()["cache-control"], "private");
}

#[tokio::test]
async fn the_cause_is_no_part_of_the_answer() {
    let problem = Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", "Report it, please.");
    let response = problem.with_cause(&"secret\r\nreason").into_response();
    assert!(response.headers().values().all(|value| !value.to_str().unwrap().contains("secret")));
    assert!(!body(response).await.to_string().contains("secret"));
}

#[tokio::test]
async fn deployed_files_have_the_type_that_their_name_says() {
    for (name, media_type) in [
        ("docs/index.html", "text/html; charset=utf-8"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.css", "text/css; charset=utf-8"),
        ("openapi.json", "application/json"),
        ("a.png", "image/png"),
        ("a.svg", "image/svg+xml"),
        ("LICENSE", "application/octet-stream"),
        ("a.html.exe", "application/octet-stream"),
    ] {
        let response = web::asset(name, b"x".to_vec());
        assert_eq!(response.headers()["content-type"], media_type, "{name}");
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_written_is_a_problem_and_no_empty_200() {
    struct Unwritable;
    impl serde::Serialize for Unwritable {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("no"))
        }
    }
    let response = web::json(&Unwritable);
    assert_eq!(response.status(), 500);
    assert_eq!(body(response).await["code"], "INTERNAL_ERROR");
}
