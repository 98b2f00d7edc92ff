//! Bodies and queries, read. Every bad field is named at once; `null` means "not given".

use access::{Expiry, Invalid, KeyChange, Limits, NewKey, Scopes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use chrono::DateTime;
use http::request::Parts;
use platform::Platform;
use serde_json::{Map, Value};
use suggest::Unknown;
use web::{FieldProblem, JsonObject, Problem, QueryPairs};

/// Entries of a page where the caller does not say how many.
const PAGE: u32 = 50;
/// How long the former secret of a rotated key stays good where the caller does not say.
const GRACE_SECONDS: u32 = 3600;
const LONGEST_GRACE_SECONDS: u32 = 30 * 86_400;

const FIELDS: [&str; 7] =
    ["name", "owner", "scopes", "requests_per_minute", "requests_per_day", "tokens_per_day", "expires_at"];

/// A new key.
pub(crate) struct CreateKey {
    pub(crate) key: NewKey,
    pub(crate) warnings: Vec<String>,
}

/// Changes of a key.
pub(crate) struct ChangeKey {
    pub(crate) change: KeyChange,
    pub(crate) warnings: Vec<String>,
}

/// A rotation.
pub(crate) struct Rotate {
    pub(crate) grace_seconds: u32,
    pub(crate) warnings: Vec<String>,
}

/// The body of a new key.
#[derive(utoipa::ToSchema)]
#[schema(as = NewKey)]
#[expect(dead_code, reason = "for the document only")]
pub(crate) struct CreateKeySchema {
    /// What to call it: 1 to 100 characters.
    name: String,
    /// Whose jobs and connections it sees; its own id if left out.
    owner: Option<String>,
    /// What it may do; `["read", "jobs"]` if left out.
    scopes: Option<Vec<String>>,
    /// Requests a minute; 60 if left out.
    requests_per_minute: Option<u32>,
    /// Requests a UTC day; 10,000 if left out.
    requests_per_day: Option<u32>,
    /// Tokens of language models a UTC day, read and written; the deployment's `MODEL_TOKENS_PER_DAY` if left out.
    tokens_per_day: Option<u32>,
    /// Until when it is good, RFC 3339; for ever if left out.
    expires_at: Option<String>,
}

/// The body of a change; what is left out stays.
#[derive(utoipa::ToSchema)]
#[schema(as = KeyChange)]
#[expect(dead_code, reason = "for the document only")]
pub(crate) struct ChangeKeySchema {
    /// What to call it: 1 to 100 characters.
    name: Option<String>,
    /// Whose jobs and connections it sees.
    owner: Option<String>,
    /// What it may do.
    scopes: Option<Vec<String>>,
    /// Requests a minute.
    requests_per_minute: Option<u32>,
    /// Requests a UTC day.
    requests_per_day: Option<u32>,
    /// Tokens of language models a UTC day, read and written.
    tokens_per_day: Option<u32>,
    /// Until when it is good, RFC 3339; `never` for ever.
    expires_at: Option<String>,
}

/// The body of a rotation.
#[derive(utoipa::ToSchema)]
#[schema(as = KeyRotation)]
#[expect(dead_code, reason = "for the document only")]
pub(crate) struct RotateSchema {
    /// How long the former secret stays good, 0 to 2,592,000 seconds; 3600 if left out.
    grace_seconds: Option<u32>,
}

impl FromRequest<Platform> for CreateKey {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        let mut fields = Fields::of(request, platform, &FIELDS).await?;
        let change = fields.change();
        if change.name.is_none() && fields.problems.is_empty() {
            fields.problem("name", "is missing: say what the key is for");
        }
        let key = NewKey {
            name: change.name.unwrap_or_default(),
            owner: change.owner,
            scopes: change.scopes.unwrap_or(Scopes::DEFAULT),
            limits: Limits {
                per_minute: change.per_minute.unwrap_or(Limits::DEFAULT.per_minute),
                per_day: change.per_day.unwrap_or(Limits::DEFAULT.per_day),
            },
            tokens_per_day: change.tokens_per_day,
            expires: change.expires.and_then(Expiry::time),
        };
        let invalid = key.problems(platform.clock().now().timestamp_millis());
        let warnings = fields.finish(invalid)?;
        Ok(Self { key, warnings })
    }
}

impl FromRequest<Platform> for ChangeKey {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        let mut fields = Fields::of(request, platform, &FIELDS).await?;
        let change = fields.change();
        let invalid = change.problems(platform.clock().now().timestamp_millis());
        let warnings = fields.finish(invalid)?;
        Ok(Self { change, warnings })
    }
}

impl FromRequest<Platform> for Rotate {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        let mut fields = Fields::of(request, platform, &["grace_seconds"]).await?;
        let grace_seconds = fields.number("grace_seconds").unwrap_or(GRACE_SECONDS);
        if grace_seconds > LONGEST_GRACE_SECONDS {
            fields.problem("grace_seconds", "is more than 2592000, which is 30 days");
        }
        let warnings = fields.finish(Vec::new())?;
        Ok(Self { grace_seconds, warnings })
    }
}

/// The members of a body, taken one by one.
struct Fields {
    object: Map<String, Value>,
    problems: Vec<FieldProblem>,
    warnings: Vec<String>,
}

impl Fields {
    async fn of(request: Request, platform: &Platform, known: &[&str]) -> Result<Self, Problem> {
        let JsonObject(object) = JsonObject::from_request(request, platform).await?;
        let mut fields = Self { object, problems: Vec::new(), warnings: Vec::new() };
        let unknown = fields.object.keys().filter(|name| !known.contains(&name.as_str()));
        let problems = unknown.take(20).map(|name| FieldProblem {
            pointer: format!(
                "/{}",
                name.chars().take(80).collect::<String>().replace('~', "~0").replace('/', "~1")
            ),
            detail: Unknown::new(name, known.iter().copied()).listing(known),
        });
        fields.problems = problems.collect();
        Ok(fields)
    }

    fn problem(&mut self, name: &str, detail: impl Into<String>) {
        self.problems.push(FieldProblem { pointer: format!("/{name}"), detail: detail.into() });
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.object.remove(name).filter(|value| !value.is_null())
    }

    fn text(&mut self, name: &str) -> Option<String> {
        let value = self.take(name)?;
        if !value.is_string() {
            self.problem(name, "is not a text");
        }
        value.as_str().map(str::to_owned)
    }

    fn number(&mut self, name: &str) -> Option<u32> {
        let value = self.take(name)?;
        let number = match &value {
            Value::String(text) => text.trim().parse().ok().inspect(|_| {
                self.warnings.push(format!("/{name} came as text and was taken as the number."));
            }),
            other => other.as_u64().and_then(|number| number.try_into().ok()),
        };
        if number.is_none() {
            self.problem(name, "is not a whole number of a possible size");
        }
        number
    }

    fn scopes(&mut self) -> Option<Scopes> {
        let value = self.take("scopes")?;
        let names: Option<Vec<&str>> = match &value {
            Value::Array(names) => names.iter().map(Value::as_str).collect(),
            Value::String(names) => Some(names.split_ascii_whitespace().collect()),
            _ => None,
        };
        match names.map(Scopes::from_names) {
            Some(Ok(scopes)) => Some(scopes),
            Some(Err(unknown)) => {
                self.problem("scopes", unknown.to_string());
                None
            }
            None => {
                self.problem("scopes", "is not a list of names");
                None
            }
        }
    }

    fn expires(&mut self) -> Option<Expiry> {
        let text = self.text("expires_at")?;
        if text == "never" {
            return Some(Expiry::Never);
        }
        let time = DateTime::parse_from_rfc3339(&text).ok();
        if time.is_none() {
            self.problem("expires_at", "is not a time such as 2027-01-31T00:00:00Z, and not \"never\"");
        }
        time.map(|time| Expiry::At(time.timestamp_millis()))
    }

    fn change(&mut self) -> KeyChange {
        KeyChange {
            name: self.text("name"),
            owner: self.text("owner"),
            scopes: self.scopes(),
            per_minute: self.number("requests_per_minute"),
            per_day: self.number("requests_per_day"),
            tokens_per_day: self.number("tokens_per_day"),
            expires: self.expires(),
        }
    }

    fn finish(mut self, invalid: Vec<Invalid>) -> Result<Vec<String>, Problem> {
        for Invalid { field, detail } in invalid {
            // One problem a field: what cannot be read cannot be judged either.
            if self.problems.iter().all(|problem| problem.pointer != format!("/{field}")) {
                self.problem(field, detail);
            }
        }
        if self.problems.is_empty() { Ok(self.warnings) } else { Err(Problem::invalid(self.problems)) }
    }
}

/// Which page of a list.
pub(crate) struct Cursor {
    pub(crate) before: Option<i64>,
    pub(crate) limit: u32,
}

impl FromRequestParts<Platform> for Cursor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        let pairs = QueryPairs::from_request_parts(parts, platform).await?.without_admin_key();
        let ([before, limit], mut problems) = pairs.each_once(["cursor", "limit"]);
        let mut cursor = Self { before: None, limit: PAGE };
        let mut refuse =
            |name: &str, detail: &str| problems.push(FieldProblem::in_query(name, detail.to_owned()));
        if let Some(before) = before {
            cursor.before = before.parse().ok();
            if cursor.before.is_none() {
                refuse("cursor", "is not a `next_cursor` of this list");
            }
        }
        match limit.map(|limit| limit.parse()) {
            None => {}
            Some(Ok(limit @ 1..=100)) => cursor.limit = limit,
            Some(_) => refuse("limit", "is not a whole number from 1 to 100"),
        }
        if problems.is_empty() { Ok(cursor) } else { Err(Problem::invalid(problems)) }
    }
}
