//! The answers: pages for people, JSON for programs.

use authorization::{OauthError, Page, metadata::CACHE_CONTROL, notice};
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use platform::OutsideError;
use serde::Serialize;
use serde_json::Value;
use web::{PageMayRead, Problem, Validator};

use crate::request::{Asker, Unread};

/// The answer of a handler that speaks to people.
pub(crate) type PageAnswer = Result<Response, Ended>;

/// The answer of a handler that speaks to programs.
pub(crate) type OauthAnswer = Result<Response, Refused>;

/// A sign-in that ends with a page.
pub(crate) struct Ended(Box<Response>);

/// A request of a program that is refused.
pub(crate) struct Refused(Box<Response>);

impl IntoResponse for Ended {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl From<Problem> for Ended {
    /// The problem's sentence as a page, with its status, headers and cause.
    fn from(problem: Problem) -> Self {
        let shown = notice(500, problem.detail());
        let mut response = problem.into_response();
        *response.body_mut() = Body::from(shown.body);
        response.headers_mut().remove(header::CONTENT_LENGTH);
        set(&mut response, shown.headers);
        Self(Box::new(response))
    }
}

impl From<OutsideError> for Ended {
    fn from(error: OutsideError) -> Self {
        Problem::unavailable(&error).into()
    }
}

impl From<Unread> for Ended {
    fn from(unread: Unread) -> Self {
        let (status, why) = unread.told();
        Self(Box::new(page(notice(status.as_u16(), why))))
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem.into_response()))
    }
}

impl From<OutsideError> for Refused {
    fn from(error: OutsideError) -> Self {
        Problem::unavailable(&error).into()
    }
}

impl From<OauthError> for Refused {
    fn from(error: OauthError) -> Self {
        let mut response = uncached(&error.body());
        *response.status_mut() = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
        if let Some(challenge) = error.challenge() {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        Self(Box::new(response))
    }
}

impl From<Unread> for Refused {
    fn from(unread: Unread) -> Self {
        let (status, why) = unread.told();
        let mut refused: Self = OauthError { error: "invalid_request", description: why.to_owned() }.into();
        *refused.0.status_mut() = status;
        refused
    }
}

impl Unread {
    const fn told(self) -> (StatusCode, &'static str) {
        match self {
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "The body is larger than this path reads."),
            Self::WrongType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The body has another media type than this path reads, or is compressed.",
            ),
            Self::Broken => {
                (StatusCode::BAD_REQUEST, "The body ended before it was complete; send it again.")
            }
        }
    }
}

/// A page.
pub(crate) fn page(page: Page) -> Response {
    let mut response = Response::new(Body::from(page.body));
    *response.status_mut() = StatusCode::from_u16(page.status).unwrap_or(StatusCode::BAD_REQUEST);
    set(&mut response, page.headers);
    response
}

fn set(response: &mut Response, headers: Vec<(&'static str, String)>) {
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    for_this_browser(response);
}

/// A page of another site must not read what a person is shown or where a person is sent.
fn for_this_browser(response: &mut Response) {
    uncache(response);
    response.extensions_mut().insert(PageMayRead(false));
}

/// A page for somebody who asked too often.
pub(crate) fn busy(seconds: u32) -> Response {
    let why = format!("There were too many attempts from your network. Try again in {seconds} seconds.");
    let mut response = page(notice(StatusCode::TOO_MANY_REQUESTS.as_u16(), &why));
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    response
}

/// The refusal of a program that asked too often.
pub(crate) fn too_many(seconds: u32) -> Problem {
    let detail = format!("There were too many requests from this address. Try again in {seconds} seconds.");
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS", detail)
        .with_header(header::RETRY_AFTER, seconds.into())
}

/// Sends a browser on that asked by GET.
pub(crate) fn redirect(location: &str) -> Response {
    redirected(StatusCode::FOUND, location)
}

/// Sends a browser on that sent a form: what it asks for next is a GET, whatever it sent.
pub(crate) fn see_other(location: &str) -> Response {
    redirected(StatusCode::SEE_OTHER, location)
}

fn redirected(status: StatusCode, location: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(location) else {
        return page(notice(400, "The client's address cannot be redirected to."));
    };
    let mut response = status.into_response();
    response.headers_mut().insert(header::LOCATION, location);
    // The address has the client's code in it, which is no other site's to know.
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    for_this_browser(&mut response);
    response
}

/// JSON that no cache keeps.
pub(crate) fn uncached(value: &Value) -> Response {
    let mut response = web::json(value);
    uncache(&mut response);
    response
}

/// Marks an answer so that no cache keeps it (RFC 6749, section 5.1).
pub(crate) fn uncache(response: &mut Response) {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
}

/// A metadata document.
pub(crate) fn document(value: &Value, asker: &Asker) -> Response {
    Validator::of(&[value.to_string()]).answer(&asker.headers, || {
        let mut response = web::json(value);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE_CONTROL));
        response
    })
}

/// New tokens.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Tokens {
    /// What `/mcp` takes, for an hour.
    access_token: String,
    /// `Bearer`.
    token_type: String,
    /// Seconds for which the access token is good.
    expires_in: i64,
    /// What `/token` takes for the next ones.
    refresh_token: String,
    /// The scopes, with spaces between them.
    scope: String,
}

/// A client as it was registered.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RegisteredClient {
    /// Its id.
    client_id: String,
    /// When it was registered first, in seconds since 1970.
    client_id_issued_at: i64,
    /// What it is called.
    client_name: String,
    /// Where it may be answered.
    redirect_uris: Vec<String>,
    /// What it may ask `/token` for.
    grant_types: Vec<String>,
    /// What it may ask `/authorize` for.
    response_types: Vec<String>,
    /// `none`.
    token_endpoint_auth_method: String,
}

/// Why a program is refused (RFC 6749, section 5.2).
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct OauthProblem {
    /// The standard's name for it.
    error: String,
    /// A sentence that says what to do.
    error_description: String,
}

/// The refusals of every path that programs send something to.
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "for the document")]
pub(crate) enum Refusals {
    /// What was sent is not good, or something is missing.
    #[response(status = 400)]
    NotGood(OauthProblem),
    /// The body is larger than this path reads: 16 KiB of a form, 4 KiB of metadata.
    #[response(status = 413)]
    TooLarge(OauthProblem),
    /// The body has another media type than this path reads.
    #[response(status = 415)]
    WrongType(OauthProblem),
    /// Too many requests from this address.
    #[response(status = 429)]
    TooMany(Problem),
    /// A store did not answer.
    #[response(status = 503)]
    Unavailable(Problem),
}

/// A metadata document.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(value_type = Object)]
pub(crate) struct Metadata(Value);
