//! `/api/admin/keys`, `/api/admin/audit`: the operator gives keys and takes them back. `/api/auth`, `/api/keys`,
//! `/api/grants`: a caller sees what a key may do, which other keys there are of the same owner, and which clients hold access.

mod request;
mod response;

use access::{
    KeyRecord, Kind, Secret,
    audit::Act,
    store::{KeyStore, Page},
};
use authorization::store::GrantStore;
use axum::{Router, extract::State, response::Response};
use http::{HeaderValue, StatusCode, header};
use platform::{Application, Platform, Quota};
use request::{ChangeKey, CreateKey, Cursor, Rotate};
use response::{Audit, Auth, Created, Grants, Key, Keys};
use web::openapi::{BodyProblems, OperatorProblems};
use web::{Admin, Calling, KeyHolder, Operation, Owner, PathParameter, Problem, Routes, Scope, Verb};

/// The operations of this function.
pub const OPERATIONS: &[Operation] = &[
    Operation::new(Verb::Get, "/api/admin/keys", "list_keys", Scope::Admin),
    Operation::new(Verb::Post, "/api/admin/keys", "create_key", Scope::Admin),
    Operation::new(Verb::Get, "/api/admin/keys/{id}", "get_key", Scope::Admin),
    Operation::new(Verb::Patch, "/api/admin/keys/{id}", "change_key", Scope::Admin),
    Operation::new(Verb::Delete, "/api/admin/keys/{id}", "revoke_key", Scope::Admin),
    Operation::new(Verb::Post, "/api/admin/keys/{id}/rotate", "rotate_key", Scope::Admin),
    Operation::new(Verb::Get, "/api/admin/audit", "list_audit", Scope::Admin),
    Operation::own(Verb::Get, "/api/auth", "who_am_i"),
    Operation::own(Verb::Post, "/api/auth", "who_am_i_by_post"),
    Operation::own(Verb::Get, "/api/keys", "list_own_keys"),
    Operation::own(Verb::Get, "/api/grants", "list_grants"),
    Operation::own(Verb::Delete, "/api/grants/{id}", "end_grant"),
];

fn routes() -> Router<Platform> {
    Routes::of(OPERATIONS)
        .handle("list_keys", list)
        .handle("create_key", create)
        .handle("get_key", show)
        .handle("change_key", change)
        .handle("revoke_key", revoke)
        .handle("rotate_key", rotate)
        .handle("list_audit", audit)
        .handle("who_am_i", auth)
        .handle("who_am_i_by_post", auth)
        .handle("list_own_keys", own)
        .handle("list_grants", grants)
        .handle("end_grant", end_grant)
        .into()
}

/// This function, as its platform sees it.
pub struct Function;

impl Application for Function {
    type Services = platform::services![Database];

    fn routes() -> Router<Platform> {
        routes()
    }
}

#[cfg(feature = "entry")]
entry::export!(guarded Function);

/// The keys, newest first; revoked ones too.
#[utoipa::path(
    get, path = "/api/admin/keys", operation_id = "list_keys", tag = "operation", security(("admin_key" = [])),
    params(("cursor" = Option<String>, Query, description = "`next_cursor` of the page before."),
           ("limit" = Option<u32>, Query, description = "Entries of a page, 1 to 100; 50 if left out.")),
    responses((status = 200, description = "A page of keys, without their secrets.", body = Keys), OperatorProblems),
)]
async fn list(_: Admin, State(platform): State<Platform>, cursor: Cursor) -> Result<Response, Problem> {
    let store = open(&platform).await?;
    let Page { entries, next } = store.list(cursor.before, cursor.limit).await.map_err(unavailable)?;
    Ok(private(&Keys { keys: entries.iter().map(Key::from).collect(), next_cursor: response::cursor(next) }))
}

/// Make a key. The answer has the key itself, once and never again.
#[utoipa::path(
    post, path = "/api/admin/keys", operation_id = "create_key", tag = "operation", security(("admin_key" = [])),
    request_body(content = request::CreateKeySchema),
    responses((status = 201, description = "The key.", body = Created), OperatorProblems, BodyProblems),
)]
async fn create(
    administrator: Admin,
    State(platform): State<Platform>,
    CreateKey { key, warnings }: CreateKey,
) -> Result<Response, Problem> {
    let secret = Secret::mint(Kind::Key, random()?);
    let record = KeyRecord::new(key, access::identifier("key_", random()?), &secret, now(&platform));
    let row = administrator.audit(Act::KeyCreated, &record.id, now(&platform));
    open(&platform).await?.create(&record, &row).await.map_err(unavailable)?;
    Ok(created(StatusCode::CREATED, &record, &secret, warnings))
}

/// One key.
#[utoipa::path(
    get, path = "/api/admin/keys/{id}", operation_id = "get_key", tag = "operation", security(("admin_key" = [])),
    params(("id" = String, Path, description = "The key's id.")),
    responses((status = 200, description = "The key, without its secret.", body = Key), OperatorProblems),
)]
async fn show(
    _: Admin,
    State(platform): State<Platform>,
    PathParameter(id): PathParameter,
) -> Result<Response, Problem> {
    let record = open(&platform).await?.get(&id).await.map_err(unavailable)?;
    record.map(|record| private(&Key::from(&record))).ok_or_else(no_such_key)
}

/// Change a key's name, owner, scopes, limits or expiry.
#[utoipa::path(
    patch, path = "/api/admin/keys/{id}", operation_id = "change_key", tag = "operation", security(("admin_key" = [])),
    params(("id" = String, Path, description = "The key's id.")),
    request_body(content = request::ChangeKeySchema),
    responses((status = 200, description = "The key as it is now.", body = Key), OperatorProblems, BodyProblems),
)]
async fn change(
    administrator: Admin,
    State(platform): State<Platform>,
    PathParameter(id): PathParameter,
    ChangeKey { change, warnings }: ChangeKey,
) -> Result<Response, Problem> {
    let row = administrator.audit(Act::KeyChanged, &id, now(&platform));
    let changed = open(&platform).await?.change(&id, &change, &row).await.map_err(unavailable)?;
    changed.map(|record| private(&Key::from(&record).with(warnings))).ok_or_else(no_such_key)
}

/// Revoke a key: it, and every token that stands for it, is refused at once and everywhere.
#[utoipa::path(
    delete, path = "/api/admin/keys/{id}", operation_id = "revoke_key", tag = "operation", security(("admin_key" = [])),
    params(("id" = String, Path, description = "The key's id.")),
    responses((status = 200, description = "The revoked key.", body = Key), OperatorProblems),
)]
async fn revoke(
    administrator: Admin,
    State(platform): State<Platform>,
    PathParameter(id): PathParameter,
) -> Result<Response, Problem> {
    let row = administrator.audit(Act::KeyRevoked, &id, now(&platform));
    let revoked = open(&platform).await?.revoke(&id, &row).await.map_err(unavailable)?;
    revoked.map(|record| private(&Key::from(&record))).ok_or_else(no_such_key)
}

/// Give a key another secret, under the same id, quota and grants. The former one stays good for `grace_seconds`.
#[utoipa::path(
    post, path = "/api/admin/keys/{id}/rotate", operation_id = "rotate_key", tag = "operation", security(("admin_key" = [])),
    params(("id" = String, Path, description = "The key's id.")),
    request_body(content = request::RotateSchema),
    responses((status = 200, description = "The key with its new secret.", body = Created), OperatorProblems, BodyProblems),
)]
async fn rotate(
    administrator: Admin,
    State(platform): State<Platform>,
    PathParameter(id): PathParameter,
    Rotate { grace_seconds, warnings }: Rotate,
) -> Result<Response, Problem> {
    let secret = Secret::mint(Kind::Key, random()?);
    let row = administrator.audit(Act::KeyRotated, &id, now(&platform));
    let grace = i64::from(grace_seconds) * 1000;
    let rotated = open(&platform).await?.rotate(&id, &secret, grace, &row).await.map_err(unavailable)?;
    rotated.map(|record| created(StatusCode::OK, &record, &secret, warnings)).ok_or_else(no_such_key)
}

/// What administrators did, newest first.
#[utoipa::path(
    get, path = "/api/admin/audit", operation_id = "list_audit", tag = "operation", security(("admin_key" = [])),
    params(("cursor" = Option<String>, Query, description = "`next_cursor` of the page before."),
           ("limit" = Option<u32>, Query, description = "Entries of a page, 1 to 100; 50 if left out.")),
    responses((status = 200, description = "A page of acts.", body = Audit), OperatorProblems),
)]
async fn audit(_: Admin, State(platform): State<Platform>, cursor: Cursor) -> Result<Response, Problem> {
    let store = open(&platform).await?;
    let Page { entries, next } = store.list_audit(cursor.before, cursor.limit).await.map_err(unavailable)?;
    Ok(private(&Audit {
        entries: entries.into_iter().map(Into::into).collect(),
        next_cursor: response::cursor(next),
    }))
}

/// Who the caller is, what the caller may do, and what is left of the caller's limits.
#[utoipa::path(
    method(get, post), path = "/api/auth", operation_id = "who_am_i", tag = "access", security((), ("key" = [])),
    responses((status = 200, description = "The caller.", body = Auth),
              (status = 401, description = "The key or token is not good.", body = Problem)),
)]
async fn auth(Calling(caller): Calling, State(platform): State<Platform>) -> Result<Response, Problem> {
    let now = now(&platform);
    let counted = caller.as_ref().and_then(|caller| caller.limits.zip(caller.quota_subject()));
    let remaining = match (counted, platform.find::<dyn Quota>()) {
        (Some((limits, subject)), Some(quota)) => {
            // What costs nothing reads the counter.
            let verdict = quota.spend(&subject, 0, limits.into(), now).await.map_err(unavailable)?;
            Some(access::quota::remaining(verdict.spent, now, limits))
        }
        _ => None,
    };
    Ok(private(&Auth::of(caller.as_ref(), remaining)))
}

/// The keys of the caller's owner, newest first; revoked ones too.
#[utoipa::path(
    get, path = "/api/keys", operation_id = "list_own_keys", tag = "access", security(("key" = [])),
    params(("cursor" = Option<String>, Query, description = "`next_cursor` of the page before."),
           ("limit" = Option<u32>, Query, description = "Entries of a page, 1 to 100; 50 if left out.")),
    responses((status = 200, description = "A page of keys, without their secrets.", body = Keys),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 403, description = "A token instead of a key.", body = Problem)),
)]
async fn own(
    KeyHolder(Owner { owner, .. }): KeyHolder,
    State(platform): State<Platform>,
    cursor: Cursor,
) -> Result<Response, Problem> {
    let page = open(&platform).await?.list_of(&owner, cursor.before, cursor.limit).await;
    let Page { entries, next } = page.map_err(unavailable)?;
    Ok(private(&Keys { keys: entries.iter().map(Key::from).collect(), next_cursor: response::cursor(next) }))
}

/// Which clients hold access by the caller's keys, newest first.
#[utoipa::path(
    get, path = "/api/grants", operation_id = "list_grants", tag = "access", security(("key" = [])),
    params(("cursor" = Option<String>, Query, description = "`next_cursor` of the page before."),
           ("limit" = Option<u32>, Query, description = "Entries of a page, 1 to 100; 50 if left out.")),
    responses((status = 200, description = "A page of grants.", body = Grants),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 403, description = "A token instead of a key.", body = Problem)),
)]
async fn grants(
    KeyHolder(Owner { owner, .. }): KeyHolder,
    State(platform): State<Platform>,
    cursor: Cursor,
) -> Result<Response, Problem> {
    let store = GrantStore::open(&platform).await.map_err(unavailable)?;
    let page = store.list(&owner, cursor.before, cursor.limit, now(&platform)).await;
    let Page { entries, next } = page.map_err(unavailable)?;
    Ok(private(&Grants {
        grants: entries.into_iter().map(Into::into).collect(),
        next_cursor: response::cursor(next),
    }))
}

/// End a client's access: all its tokens are refused at once.
#[utoipa::path(
    delete, path = "/api/grants/{id}", operation_id = "end_grant", tag = "access", security(("key" = [])),
    params(("id" = String, Path, description = "The grant's id.")),
    responses((status = 204, description = "Ended."),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 403, description = "A token instead of a key.", body = Problem),
              (status = 404, description = "No such grant of this owner.", body = Problem)),
)]
async fn end_grant(
    KeyHolder(Owner { owner, actor, .. }): KeyHolder,
    State(platform): State<Platform>,
    PathParameter(id): PathParameter,
) -> Result<StatusCode, Problem> {
    let row = actor.audit(Act::GrantEnded, &id, now(&platform));
    let store = GrantStore::open(&platform).await.map_err(unavailable)?;
    if store.end_for_owner(&id, &owner, &row).await.map_err(unavailable)? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let detail = "No such grant is yours. GET /api/grants lists them.";
    Err(Problem::new(StatusCode::NOT_FOUND, "GRANT_NOT_FOUND", detail))
}

async fn open(platform: &Platform) -> Result<KeyStore<'_>, Problem> {
    KeyStore::open(platform).await.map_err(unavailable)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unavailable(error: platform::OutsideError) -> Problem {
    Problem::unavailable(&error)
}

fn no_such_key() -> Problem {
    let detail = "No such key, or it is revoked and cannot be changed. GET /api/admin/keys lists the keys.";
    Problem::new(StatusCode::NOT_FOUND, "KEY_NOT_FOUND", detail)
}

fn now(platform: &Platform) -> i64 {
    platform.clock().now().timestamp_millis()
}

fn random<const N: usize>() -> Result<[u8; N], Problem> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| {
        let detail = "The platform gave no random numbers. No key was made; please try again in a moment.";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "NO_RANDOMNESS", detail).with_cause(&error)
    })?;
    Ok(bytes)
}

fn created(status: StatusCode, record: &KeyRecord, secret: &Secret, warnings: Vec<String>) -> Response {
    let about = Key::from(record).with(warnings);
    let mut response = private(&Created { key: secret.reveal().to_owned(), about });
    *response.status_mut() = status;
    response
}

/// JSON that no cache keeps.
fn private<T: serde::Serialize>(value: &T) -> Response {
    let mut response = web::json(value);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}

/// This function's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(paths(list, create, show, change, revoke, rotate, audit, auth, own, grants, end_grant))]
    struct Part;
    web::openapi::described(<Part as utoipa::OpenApi>::openapi(), OPERATIONS)
}
