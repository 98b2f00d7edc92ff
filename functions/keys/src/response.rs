use access::{Caller, KeyRecord, Scopes, Who, audit::AuditRow, quota::Remaining};
use authorization::Grant;
use chrono::{DateTime, SecondsFormat};
use serde::Serialize;

/// A key, without its secret.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Key {
    /// Its id; stays the same when the secret is rotated.
    id: String,
    /// What it is called.
    name: String,
    /// Whose jobs and connections it sees.
    owner: String,
    /// The secret's first characters, for recognition.
    prefix: String,
    /// What it may do.
    #[schema(value_type = Vec<String>)]
    scopes: Scopes,
    /// Requests a minute.
    requests_per_minute: u32,
    /// Requests a UTC day.
    requests_per_day: u32,
    /// Tokens of language models a UTC day; null where the deployment's budget holds.
    tokens_per_day: Option<u32>,
    /// When it was made.
    created_at: String,
    /// When it was last used, to the minute.
    last_used_at: Option<String>,
    /// From when on it is not good any more.
    expires_at: Option<String>,
    /// When it was revoked.
    revoked_at: Option<String>,
    /// Until when the secret before the last rotation is good.
    previous_good_until: Option<String>,
    /// What the request said in an unusual way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

impl From<&KeyRecord> for Key {
    fn from(record: &KeyRecord) -> Self {
        Self {
            id: record.id.clone(),
            name: record.name.clone(),
            owner: record.owner.clone(),
            prefix: record.prefix.clone(),
            scopes: record.scopes,
            requests_per_minute: record.limits.per_minute,
            requests_per_day: record.limits.per_day,
            tokens_per_day: record.tokens_per_day,
            created_at: time(record.created),
            last_used_at: record.last_used.map(time),
            expires_at: record.expires.map(time),
            revoked_at: record.revoked.map(time),
            previous_good_until: record.previous.as_ref().map(|previous| time(previous.good_until)),
            warnings: Vec::new(),
        }
    }
}

impl Key {
    /// With what the request said in an unusual way.
    pub(crate) fn with(self, warnings: Vec<String>) -> Self {
        Self { warnings, ..self }
    }
}

/// A key with its secret, which is shown this once.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Created {
    /// The secret. Keep it: it cannot be shown again.
    pub(crate) key: String,
    #[serde(flatten)]
    pub(crate) about: Key,
}

/// A page of keys.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Keys {
    /// Newest first.
    pub(crate) keys: Vec<Key>,
    /// `cursor` of the next page; null on the last.
    pub(crate) next_cursor: Option<String>,
}

/// A page of what administrators did.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Audit {
    /// Newest first.
    pub(crate) entries: Vec<AuditEntry>,
    /// `cursor` of the next page; null on the last.
    pub(crate) next_cursor: Option<String>,
}

/// Something that was done.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AuditEntry {
    /// When.
    at: String,
    /// Who: a key's id, or `operator`.
    actor: String,
    /// What, such as `key_created`.
    act: &'static str,
    /// To what: the id of a key or grant, a snapshot's date.
    target: String,
    /// From which address.
    address: Option<String>,
    /// The request's id, as in the log.
    request_id: Option<String>,
}

impl From<AuditRow> for AuditEntry {
    fn from(row: AuditRow) -> Self {
        let AuditRow { at, actor, act, target, address, request_id } = row;
        Self { at: time(at), actor, act: act.name(), target, address, request_id }
    }
}

/// The caller.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Auth {
    /// Whether a key or token was recognized.
    authenticated: bool,
    /// The key's name; null for a caller without one.
    name: Option<String>,
    /// The client that holds the token, if it is one.
    client: Option<String>,
    /// What the caller may do.
    #[schema(value_type = Vec<String>)]
    scopes: Scopes,
    /// How often; null for the operator, who is not counted.
    limits: Option<Requests>,
    /// What is left; null where it is not counted.
    remaining: Option<Requests>,
}

/// Numbers of requests.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Requests {
    /// In a minute.
    requests_per_minute: i64,
    /// In a UTC day.
    requests_per_day: i64,
}

impl Auth {
    pub(crate) fn of(caller: Option<&Caller>, remaining: Option<[Remaining; 2]>) -> Self {
        let limits = caller.and_then(|caller| caller.limits);
        let client = caller.and_then(|caller| match &caller.who {
            Who::Token { client, .. } => Some(client.clone()),
            _ => None,
        });
        Self {
            authenticated: caller.is_some_and(Caller::is_authenticated),
            name: caller.filter(|caller| caller.is_authenticated()).map(|caller| caller.name.clone()),
            client,
            scopes: caller.map_or(Scopes::NONE, |caller| caller.scopes),
            limits: limits.map(|limits| Requests {
                requests_per_minute: limits.per_minute.into(),
                requests_per_day: limits.per_day.into(),
            }),
            remaining: remaining.map(|[minute, day]| Requests {
                requests_per_minute: minute.remaining,
                requests_per_day: day.remaining,
            }),
        }
    }
}

/// A page of grants.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Grants {
    /// Newest first.
    pub(crate) grants: Vec<GrantEntry>,
    /// `cursor` of the next page; null on the last.
    pub(crate) next_cursor: Option<String>,
}

/// A client that holds access.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct GrantEntry {
    /// The grant's id.
    id: String,
    /// The key that it stands for.
    key_id: String,
    /// The client.
    client_id: String,
    /// What the client says it is called.
    client_name: String,
    /// Where the client was answered.
    redirect_host: String,
    /// What was consented to.
    #[schema(value_type = Vec<String>)]
    scopes: Scopes,
    /// When.
    created_at: String,
    /// When its tokens were last renewed.
    last_used_at: Option<String>,
    /// Until when, at most.
    expires_at: String,
}

impl From<Grant> for GrantEntry {
    fn from(grant: Grant) -> Self {
        Self {
            id: grant.id,
            key_id: grant.key,
            client_id: grant.client_id,
            client_name: grant.client_name,
            redirect_host: grant.redirect_host,
            scopes: grant.scopes,
            created_at: time(grant.created),
            last_used_at: grant.last_used.map(time),
            expires_at: time(grant.expires),
        }
    }
}

pub(crate) fn cursor(next: Option<i64>) -> Option<String> {
    next.map(|next| next.to_string())
}

/// RFC 3339 in UTC.
fn time(millis: i64) -> String {
    DateTime::from_timestamp_millis(millis).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}
