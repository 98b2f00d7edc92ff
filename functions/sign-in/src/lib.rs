//! `/authorize`, `/token`, `/register`, `/revoke` and `/.well-known/*`: how Claude and other MCP hosts get access in a person's
//! name (OAuth 2.1).
//!
//! What is right and wrong is decided in the crate `authorization`; here are the routes, what is looked up for a decision,
//! and the answers. `/authorize` speaks to people and answers with pages, the others to programs.

mod client;
mod deployment;
mod login;
mod outgoing;
mod request;
mod response;
mod shield;

use access::audit::{Act, AuditRow};
use authorization::{
    authorize::{self, Refusal},
    consent::{self, Allowed, Answer, Browser},
    metadata::{self, AUTHORIZATION_SERVER_PATHS, PROTECTED_RESOURCE_PATHS},
    notice, recognize, refusal, registration,
    revocation::RevocationRequest,
    token::{self, TokenRequest},
};
use axum::{
    Router,
    extract::State,
    response::{IntoResponse as _, Response},
};
use client::Undescribed;
use deployment::{Deployment, Server, random};
use http::{HeaderName, StatusCode, header};
use platform::{Application, Platform};
use request::{Asker, Form, Query, Registration, form_limits, registration_limits};
use response::{OauthAnswer, PageAnswer, document, redirect, see_other};
use shield::{Door, shield};
use web::{Operation, Problem, Routes, Verb};

/// The operations of this function. Everybody may ask: who may have access is what is found out here.
pub const OPERATIONS: &[Operation] = &[
    Operation::open(Verb::Get, "/authorize", "authorize"),
    Operation::open(Verb::Post, "/authorize", "consent").reading(form_limits()),
    Operation::open(Verb::Get, authorization::login::CALLBACK, "authorize_after_login"),
    Operation::open(Verb::Post, "/token", "token").reading(form_limits()),
    Operation::open(Verb::Post, "/register", "register_client").reading(registration_limits()),
    Operation::open(Verb::Post, "/revoke", "revoke_token").reading(form_limits()),
    Operation::open(Verb::Get, AUTHORIZATION_SERVER_PATHS[0], "get_authorization_server"),
    Operation::open(Verb::Get, PROTECTED_RESOURCE_PATHS[0], "get_protected_resource"),
];

/// The same documents where other hosts look for them. The OpenAPI document has each once.
const ALIASES: &[Operation] = &[
    Operation::open(Verb::Get, AUTHORIZATION_SERVER_PATHS[1], "get_authorization_server_of_mcp"),
    Operation::open(Verb::Get, AUTHORIZATION_SERVER_PATHS[2], "get_openid_configuration"),
    Operation::open(Verb::Get, AUTHORIZATION_SERVER_PATHS[3], "get_openid_configuration_of_mcp"),
    Operation::open(Verb::Get, AUTHORIZATION_SERVER_PATHS[4], "get_openid_configuration_behind_mcp"),
    Operation::open(Verb::Get, PROTECTED_RESOURCE_PATHS[1], "get_protected_resource_of_mcp"),
];

fn routes() -> Router<Platform> {
    let aliases = Routes::of(ALIASES)
        .handle("get_authorization_server_of_mcp", authorization_server)
        .handle("get_openid_configuration", authorization_server)
        .handle("get_openid_configuration_of_mcp", authorization_server)
        .handle("get_openid_configuration_behind_mcp", authorization_server)
        .handle("get_protected_resource_of_mcp", protected_resource);
    let operations = Routes::of(OPERATIONS)
        .handle("authorize", ask)
        .handle("consent", consent)
        .handle("authorize_after_login", after_login)
        .handle("token", token)
        .handle("register_client", register)
        .handle("revoke_token", revoke)
        .handle("get_authorization_server", authorization_server)
        .handle("get_protected_resource", protected_resource);
    Router::from(operations).merge(Router::from(aliases))
}

/// This function, as its platform sees it.
pub struct Function;

impl Application for Function {
    type Services = platform::services![Database, HttpClient, Quota];

    fn routes() -> Router<Platform> {
        routes()
    }
}

#[cfg(feature = "entry")]
entry::export!(Function);

/// Ask a person whether a client may have access: the consent page.
///
/// A client that is not known, or a redirect URI that it did not register, gives a page that says so. Every other error is
/// told to the client by a redirect, with `error`, `state` and `iss`.
#[utoipa::path(
    get, path = "/authorize", operation_id = "authorize", tag = "access",
    params(("client_id" = Option<String>, Query, description = "The client: what `/register` gave it, or the URL of its metadata document."),
           ("redirect_uri" = Option<String>, Query, description = "Where the answer goes; one that the client registered."),
           ("response_type" = Option<String>, Query, description = "`code`."),
           ("code_challenge" = Option<String>, Query, description = "The PKCE challenge."),
           ("code_challenge_method" = Option<String>, Query, description = "`S256`."),
           ("state" = Option<String>, Query, description = "Given back as it came."),
           ("scope" = Option<String>, Query, description = "Names with spaces between them; `read` if left out."),
           ("resource" = Option<String>, Query, description = "This server's MCP endpoint, where it is named.")),
    responses((status = 200, description = "The consent page.", body = String, content_type = "text/html"),
              (status = 302, description = "To the client, with an error."),
              (status = 400, description = "A page: the client or its redirect URI is not known.", body = String, content_type = "text/html"),
              (status = 429, description = "A page: too many clients' descriptions would have to be fetched.", body = String, content_type = "text/html"),
              (status = 503, description = "A page: a store did not answer.", body = String, content_type = "text/html")),
)]
async fn ask(State(platform): State<Platform>, asker: Asker, Query(params): Query) -> PageAnswer {
    let server = Server::of(&platform, &asker).await?;
    let refused = |refusal: Refusal| match refusal {
        Refusal::Page(why) => response::page(authorization::refusal(why)),
        Refusal::Redirect(location) => redirect(&location),
    };
    let (client_id, redirect_uri) = match authorize::who(&params) {
        Ok(who) => who,
        Err(refusal) => return Ok(refused(refusal)),
    };
    let client = match client::find(&platform, &asker, client_id, redirect_uri).await? {
        Ok(client) => client,
        Err(Undescribed::Because(why)) => return Ok(response::page(refusal(why))),
        Err(Undescribed::TooMany(seconds)) => return Ok(response::busy(seconds)),
    };
    let request = match authorize::check(&params, client.as_ref(), &server.issuer) {
        Ok(request) => request,
        Err(refusal) => return Ok(refused(refusal)),
    };
    // There is none only where `check` refused.
    let Some(client) = client else { return Ok(response::page(refusal("This client is not known here."))) };
    let deployment = Deployment::of(&platform, server).await?;
    let browser = Browser::of(asker.cookies(), &deployment.server.issuer, random()?);
    let page = consent::page(&request, &client, &browser, deployment.shown(), None, now(&platform));
    Ok(response::page(page))
}

/// The form of the consent page.
#[utoipa::path(
    post, path = "/authorize", operation_id = "consent", tag = "access",
    request_body(content = request::ConsentForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "To the client with a code or an error, or to the login provider."),
              (status = 400, description = "A page: the form is not one of ours.", body = String, content_type = "text/html"),
              (status = 413, description = "A page: the form is too large.", body = String, content_type = "text/html"),
              (status = 415, description = "A page: this is no form.", body = String, content_type = "text/html"),
              (status = 422, description = "The page again: the key is not good.", body = String, content_type = "text/html"),
              (status = 429, description = "A page: too many attempts.", body = String, content_type = "text/html"),
              (status = 503, description = "A page: a store did not answer.", body = String, content_type = "text/html")),
)]
async fn consent(State(platform): State<Platform>, asker: Asker, form: Form) -> PageAnswer {
    let form = form.read()?;
    let deployment = Deployment::of(&platform, Server::of(&platform, &asker).await?).await?;
    let headers = consent::Headers {
        cookie: asker.cookies(),
        origin: asker.header(header::ORIGIN),
        fetch_site: asker.header(FETCH_SITE),
    };
    let allowed = match consent::read(&form, headers, deployment.shown(), now(&platform)) {
        Answer::Refused(why) => return Ok(response::page(refusal(why))),
        Answer::Denied(location) => return Ok(see_other(&location)),
        Answer::Allowed(allowed) => allowed,
    };
    if let Some(seconds) = shield(&platform, &deployment.seal, &asker, Door::Consent).await {
        return Ok(response::busy(seconds));
    }
    if let Some(kind) = allowed.by {
        return login::begin(&platform, &deployment, &allowed, kind).await;
    }
    let server = &deployment.server;
    let credential = &allowed.credential;
    let key =
        recognize(&platform, &server.configured, credential, Some(&server.issuer), now(&platform)).await?;
    grant(&platform, &deployment, &asker, &allowed, &key).await
}

/// Where a login provider sends a person back to.
#[utoipa::path(
    get, path = "/authorize/callback", operation_id = "authorize_after_login", tag = "access",
    params(("state" = Option<String>, Query, description = "What this server gave the provider."),
           ("code" = Option<String>, Query, description = "What the provider gives for the person."),
           ("error" = Option<String>, Query, description = "Why the provider gives nothing.")),
    responses((status = 303, description = "To the client, with a code or an error."),
              (status = 400, description = "A page: this browser began no such sign-in.", body = String, content_type = "text/html"),
              (status = 403, description = "A page: this account may not sign in here.", body = String, content_type = "text/html"),
              (status = 503, description = "A page: the provider or a store did not answer.", body = String, content_type = "text/html")),
)]
async fn after_login(State(platform): State<Platform>, asker: Asker, Query(params): Query) -> PageAnswer {
    let deployment = Deployment::of(&platform, Server::of(&platform, &asker).await?).await?;
    match login::end(&platform, &deployment, &asker, &params).await? {
        login::End::Signed(allowed, key) => grant(&platform, &deployment, &asker, &allowed, &key).await,
        login::End::Denied(location) => Ok(see_other(&location)),
        login::End::Page(page) => Ok(response::page(page)),
    }
}

/// From where a browser says that a request was sent.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Gives a client its code, or shows the page again.
async fn grant(
    platform: &Platform,
    deployment: &Deployment,
    asker: &Asker,
    allowed: &Allowed,
    key: &access::Lookup,
) -> PageAnswer {
    let now = now(platform);
    let randomness = consent::Randomness { code: random()?, grant: random()? };
    let consented = match allowed.grant(key, &deployment.server.issuer, randomness, now) {
        Ok(consented) => consented,
        // After a login there is no key on the page that could be mended.
        Err(why) if allowed.by.is_some() => return Ok(response::page(notice(403, why))),
        Err(why) => return Ok(response::page(allowed.again(why, deployment.shown(), now))),
    };
    let row = AuditRow {
        at: now,
        actor: consented.grant.key.clone(),
        act: Act::GrantCreated,
        target: consented.grant.id.clone(),
        address: asker.address(platform).await?.map(|address| address.to_string()),
        request_id: asker.request_id.clone(),
    };
    deployment::grants(platform).await?.save(&consented, &row).await?;
    Ok(see_other(&consented.location))
}

/// Give tokens for a code or for a refresh token.
#[utoipa::path(
    post, path = "/token", operation_id = "token", tag = "access",
    request_body(content = request::TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "The tokens.", body = response::Tokens),
              (status = 401, description = "The client sent a secret; clients have none here.", body = response::OauthProblem),
              response::Refusals),
)]
async fn token(State(platform): State<Platform>, asker: Asker, form: Form) -> OauthAnswer {
    let form = form.read()?;
    let server = Server::of(&platform, &asker).await?;
    shielded(&platform, &asker, Door::Token).await?;
    let request = TokenRequest::read(&form, asker.authorization(), &server.issuer)?;
    let randomness = token::Randomness { access: random()?, refresh: random()? };
    let grants = deployment::grants(&platform).await?;
    let tokens = grants.redeem(&request, &server.configured, randomness, now(&platform)).await??;
    Ok(response::uncached(&tokens))
}

/// Register a client. The same metadata give the same client.
#[utoipa::path(
    post, path = "/register", operation_id = "register_client", tag = "access",
    request_body(content = request::ClientMetadata),
    responses((status = 201, description = "The client.", body = response::RegisteredClient), response::Refusals),
)]
async fn register(State(platform): State<Platform>, asker: Asker, body: Registration) -> OauthAnswer {
    let client = registration::read(&body.read()?)?;
    shielded(&platform, &asker, Door::Register).await?;
    let registered = deployment::grants(&platform).await?.register(&client, now(&platform)).await?;
    let mut answer = response::uncached(&registration::response(&client, registered));
    *answer.status_mut() = StatusCode::CREATED;
    Ok(answer)
}

/// Give a token back. The answer is the same whether the token was known or not.
#[utoipa::path(
    post, path = "/revoke", operation_id = "revoke_token", tag = "access",
    request_body(content = request::RevocationForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "The token gives no access any more."),
              (status = 401, description = "The client sent a secret; clients have none here.", body = response::OauthProblem),
              response::Refusals),
)]
async fn revoke(State(platform): State<Platform>, asker: Asker, form: Form) -> OauthAnswer {
    let form = form.read()?;
    shielded(&platform, &asker, Door::Token).await?;
    let request = RevocationRequest::read(&form, asker.authorization())?;
    deployment::grants(&platform).await?.revoke(&request, now(&platform)).await?;
    let mut answer = StatusCode::OK.into_response();
    response::uncache(&mut answer);
    Ok(answer)
}

/// Where this server's authorization endpoints are, and what they can (RFC 8414).
#[utoipa::path(
    get, path = "/.well-known/oauth-authorization-server", operation_id = "get_authorization_server", tag = "access",
    responses((status = 200, description = "The metadata.", body = response::Metadata),
              (status = 503, description = "PUBLIC_URL cannot be read.", body = Problem)),
)]
async fn authorization_server(State(platform): State<Platform>, asker: Asker) -> Result<Response, Problem> {
    let issuer = deployment::issuer(&platform, &asker).await?;
    Ok(document(&metadata::authorization_server(&issuer), &asker))
}

/// What tokens are for, and who gives them (RFC 9728).
#[utoipa::path(
    get, path = "/.well-known/oauth-protected-resource", operation_id = "get_protected_resource", tag = "access",
    responses((status = 200, description = "The metadata.", body = response::Metadata),
              (status = 503, description = "PUBLIC_URL cannot be read.", body = Problem)),
)]
async fn protected_resource(State(platform): State<Platform>, asker: Asker) -> Result<Response, Problem> {
    let issuer = deployment::issuer(&platform, &asker).await?;
    Ok(document(&metadata::protected_resource(&issuer), &asker))
}

/// Refuses a program that asks too often.
async fn shielded(platform: &Platform, asker: &Asker, door: Door) -> Result<(), Problem> {
    let seal = deployment::sealing_key(platform).await.map_err(|error| Problem::unavailable(&error))?;
    match shield(platform, &seal, asker, door).await {
        Some(seconds) => Err(response::too_many(seconds)),
        None => Ok(()),
    }
}

fn now(platform: &Platform) -> i64 {
    platform.clock().now().timestamp_millis()
}

/// This function's part of the OpenAPI document. The other places of the metadata are not described twice.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(paths(
        ask,
        consent,
        after_login,
        token,
        register,
        revoke,
        authorization_server,
        protected_resource
    ))]
    struct Part;
    web::openapi::described(<Part as utoipa::OpenApi>::openapi(), OPERATIONS)
}
