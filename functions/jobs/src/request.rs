//! What is asked: a new job, a page of jobs, an address to be tested.

use std::time::Duration;

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use http::{StatusCode, request::Parts};
use job_tools::{Refused, Tool, webhooks};
use jobs::{Approval, Cursor, NewJob, Priority, Status, Submission};
use platform::Platform;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use suggest::Unknown;
use web::{FieldProblem, JsonObject, NoQuery, Owner, Permit, Problem, QueryPairs, idempotency_key};

use crate::tools;

/// Entries of a page of jobs, where the caller does not say.
const PAGE: u32 = 50;
/// The longest id of an approval.
const LONGEST_ID: usize = 255;

/// The members of a body, taken one by one.
struct Fields {
    object: Map<String, Value>,
    problems: Vec<FieldProblem>,
}

impl Fields {
    async fn of(request: Request, platform: &Platform, known: &[&str]) -> Result<Self, Problem> {
        let JsonObject(object) = JsonObject::from_request(request, platform).await?;
        let unknown = object.keys().filter(|name| !known.contains(&name.as_str())).take(20);
        let problems = unknown.map(|name| {
            let shown: String = name.chars().take(80).collect();
            FieldProblem {
                pointer: format!("/{}", shown.replace('~', "~0").replace('/', "~1")),
                detail: Unknown::new(name, known.iter().copied()).listing(known),
            }
        });
        let problems = problems.collect();
        Ok(Self { object, problems })
    }

    fn problem(&mut self, name: &str, detail: impl Into<String>) {
        self.problems.push(FieldProblem { pointer: format!("/{name}"), detail: detail.into() });
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.object.remove(name).filter(|value| !value.is_null())
    }

    fn text(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) => Some(text),
            other => {
                self.problem(name, format!("must be a text, not {}", forecast::kind_of(&other)));
                None
            }
        }
    }

    /// The one of `all` with the name that is given.
    fn one_of<T: Copy>(&mut self, name: &str, all: &[(&'static str, T)]) -> Option<T> {
        let given = self.text(name)?;
        let found = all.iter().find(|(known, _)| *known == given).map(|(_, value)| *value);
        if found.is_none() {
            let known: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
            self.problem(name, Unknown::new(&given, known.iter().copied()).listing(&known));
        }
        found
    }
}

/// A new job, checked.
pub(crate) struct Asked(pub(crate) Submission);

impl FromRequest<Platform> for Asked {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let Owner { owner, caller, .. } = Owner::from_request_parts(&mut parts, platform).await?;
        let Ok(permit) = Permit::from_request_parts(&mut parts, platform).await;
        let NoQuery = NoQuery::from_request_parts(&mut parts, platform).await?;
        let key = idempotency_key(&parts.headers)?;
        let request = Request::from_parts(parts, body);
        let known = ["tool", "input", "webhook_url", "priority", "approval_id"];
        let mut fields = Fields::of(request, platform, &known).await?;
        let digest = key.is_some().then(|| format!("{:x}", Hex(&fields.object)));
        let known: Vec<_> = tools::all().into_iter().map(|tool| (tool.name, tool)).collect();
        let tool: Option<&'static Tool> = fields.one_of("tool", &known);
        if tool.is_none() && fields.problems.iter().all(|problem| problem.pointer != "/tool") {
            fields.problem("tool", format!("is missing: name one of {}", tools::names().join(", ")));
        }
        let input = match fields.take("input") {
            None => Map::new(),
            Some(Value::Object(input)) => input,
            Some(other) => {
                fields.problem("input", format!("must be an object, not {}", forecast::kind_of(&other)));
                Map::new()
            }
        };
        let webhook = fields.text("webhook_url");
        let priority = fields.one_of("priority", &Priority::ALL.map(|priority| (priority.name(), priority)));
        let approval = fields.text("approval_id");
        if approval.as_ref().is_some_and(|id| id.len() > LONGEST_ID) {
            fields.problem("approval_id", "is no id of an approval");
        }
        let (Some(tool), true) = (tool, fields.problems.is_empty()) else {
            return Err(Problem::invalid(fields.problems));
        };
        let webhook = match webhook {
            Some(url) => {
                let settings = webhooks::required(platform, &job_tools::account(&caller)).await?;
                Some(webhooks::address(&settings, &url, "/webhook_url")?.as_str().to_owned())
            }
            None => None,
        };
        // What it costs was counted: that of every job is the same.
        permit.take(tool.scopes, 0).await?;
        let job = job_tools::new_job(platform, tool, input, owner, &caller).await.map_err(in_input)?;
        let needed =
            job_tools::approval(platform, tool).await.map_err(|error| Problem::unavailable(&error))?;
        // An approval that nobody asks for is not spent.
        let approval = match (needed, approval) {
            (Approval::Needed, Some(id)) => Approval::Given(id),
            (needed, _) => needed,
        };
        let webhook = webhook.or(job.webhook);
        let job = NewJob { priority: priority.unwrap_or_default(), webhook, approval, ..job };
        Ok(Self(Submission { job, idempotency: key.zip(digest) }))
    }
}

/// What the tool's reader refuses, where it stands in the body.
fn in_input(refused: Refused) -> Problem {
    let in_body =
        |FieldProblem { pointer, detail }| FieldProblem { pointer: format!("/input{pointer}"), detail };
    match refused {
        Refused::Fields(fields) => Problem::invalid(fields.into_iter().map(in_body).collect()),
        Refused::Problem(problem) => *problem,
    }
}

/// The SHA-256 of a body, whose members are in the order of their names.
struct Hex<'a>(&'a Map<String, Value>);

impl std::fmt::LowerHex for Hex<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = serde_json::to_string(self.0).unwrap_or_default();
        Sha256::digest(text).iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Which page of the caller's jobs.
pub(crate) struct Listed(pub(crate) Cursor);

impl FromRequestParts<Platform> for Listed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        let pairs = QueryPairs::from_request_parts(parts, platform).await?;
        let ([status, tool, cursor, limit], mut problems) =
            pairs.without_admin_key().each_once(["status", "tool", "cursor", "limit"]);
        let mut page = Cursor { limit: PAGE, ..Cursor::default() };
        let mut refuse = |name: &str, detail: String| problems.push(FieldProblem::in_query(name, detail));
        if let Some(name) = status {
            let names = Status::ALL.map(Status::name);
            page.status = names.into_iter().find(|known| *known == name);
            if page.status.is_none() {
                refuse("status", Unknown::new(&name, names).listing(&names));
            }
        }
        if let Some(name) = tool {
            let known = tools::names();
            if !known.contains(&name.as_str()) {
                refuse("tool", Unknown::new(&name, known.iter().copied()).listing(&known));
            }
            page.tool = Some(name);
        }
        if let Some(cursor) = cursor {
            page.before = cursor.parse().ok();
            if page.before.is_none() {
                refuse("cursor", "is not a `next_cursor` of this list".to_owned());
            }
        }
        if let Some(limit) = limit {
            match limit.parse() {
                Ok(limit @ 1..=100) => page.limit = limit,
                _ => refuse("limit", "is not a whole number from 1 to 100".to_owned()),
            }
        }
        if problems.is_empty() { Ok(Self(page)) } else { Err(Problem::invalid(problems)) }
    }
}

/// A job's id and the number of one of its deliveries, from the path.
pub(crate) struct DeliveryPath {
    pub(crate) id: String,
    pub(crate) number: Option<i64>,
}

impl FromRequestParts<Platform> for DeliveryPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        let path = Path::<(String, String)>::from_request_parts(parts, platform).await;
        let Path((id, number)) = path.map_err(|_| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "MALFORMED_PATH",
                "The path cannot be read: what stands behind % in it must spell UTF-8.",
            )
        })?;
        Ok(Self { id, number: number.parse().ok() })
    }
}

/// An address to which a test event is sent.
pub(crate) struct Tested(pub(crate) String);

impl FromRequest<Platform> for Tested {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        let mut fields = Fields::of(request, platform, &["url"]).await?;
        let url = fields.text("url");
        if url.is_none() && fields.problems.is_empty() {
            fields.problem("url", "is missing: give the address of your receiver");
        }
        match url {
            Some(url) if fields.problems.is_empty() => Ok(Self(url)),
            _ => Err(Problem::invalid(fields.problems)),
        }
    }
}

/// Seconds for which a key's former webhook secret signs too, where the caller does not say: a day, in which receivers can be told.
const GRACE: u64 = 86_400;
/// The most that a caller may say: 30 days.
const LONGEST_GRACE: u64 = 2_592_000;

/// For how long a former webhook secret signs beside the new one.
pub(crate) struct Rotation(pub(crate) Duration);

impl FromRequest<Platform> for Rotation {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        let mut fields = Fields::of(request, platform, &["grace_seconds"]).await?;
        let grace = fields.take("grace_seconds").map_or(Some(GRACE), |value| value.as_u64());
        let grace = grace.filter(|seconds| *seconds <= LONGEST_GRACE);
        if grace.is_none() {
            fields.problem("grace_seconds", format!("must be a whole number from 0 to {LONGEST_GRACE}"));
        }
        match grace {
            Some(grace) if fields.problems.is_empty() => Ok(Self(Duration::from_secs(grace))),
            _ => Err(Problem::invalid(fields.problems)),
        }
    }
}
