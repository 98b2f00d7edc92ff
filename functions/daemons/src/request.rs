//! Bodies and queries, read. Every bad field is named at once; `null` means "not given".

use axum::extract::{FromRequest, FromRequestParts, Request};
use chrono::DateTime;
use daemons::{Definition, Filter, Kind, is_name};
use http::{StatusCode, request::Parts};
use platform::Platform;
use serde_json::{Map, Value};
use suggest::Unknown;
use web::{FieldProblem, JsonObject, PathParameter, Problem, QueryPairs};

/// Entries of a page, where the caller does not say.
const PAGE: u32 = 50;
/// The longest task, in characters.
pub(crate) const LONGEST_TASK: usize = 10_000;
/// The longest command in plain words, in characters: a task and what stands around it.
const LONGEST_SPELL: usize = LONGEST_TASK + 200;
/// The longest search, in characters.
const LONGEST_SEARCH: usize = 200;
/// The days of a purge, where the caller does not say.
const PURGE_DAYS: u32 = 30;

/// The members of a body, taken one by one.
pub(crate) struct Fields {
    object: Map<String, Value>,
    pub(crate) problems: Vec<FieldProblem>,
}

impl Fields {
    pub(crate) async fn of(request: Request, platform: &Platform, known: &[&str]) -> Result<Self, Problem> {
        let JsonObject(object) = JsonObject::from_request(request, platform).await?;
        let mut fields = Self { object, problems: Vec::new() };
        fields.refuse_unknown(known);
        Ok(fields)
    }

    fn refuse_unknown(&mut self, known: &[&str]) {
        let unknown = self.object.keys().filter(|name| !known.contains(&name.as_str())).take(20);
        let problems = unknown.map(|name| {
            let shown: String = name.chars().take(80).collect();
            FieldProblem {
                pointer: format!("/{}", shown.replace('~', "~0").replace('/', "~1")),
                detail: Unknown::new(name, known.iter().copied()).listing(known),
            }
        });
        self.problems = problems.collect();
    }

    pub(crate) fn problem(&mut self, name: &str, detail: impl Into<String>) {
        self.problems.push(FieldProblem { pointer: format!("/{name}"), detail: detail.into() });
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.object.remove(name).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        if let Value::String(text) = self.take(name)? {
            return Some(text);
        }
        self.problem(name, "is not a text");
        None
    }

    /// A text that has to be there, of 1 to so many characters.
    pub(crate) fn required(&mut self, name: &str, longest: usize) -> String {
        let known = self.problems.len();
        let text = self.text(name).unwrap_or_default();
        let length = text.chars().count();
        if self.problems.len() == known && (text.trim().is_empty() || length > longest) {
            let what = if text.trim().is_empty() { "is missing or empty" } else { "is too long" };
            self.problem(name, format!("{what}: give 1 to {longest} characters"));
        }
        text
    }

    fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        let value = self.take(name)?;
        let texts =
            value.as_array().map(|all| all.iter().map(|text| text.as_str().map(str::to_owned)).collect());
        let texts: Option<Option<Vec<String>>> = texts;
        if texts.as_ref().is_none_or(Option::is_none) {
            self.problem(name, "is not a list of texts");
        }
        texts.flatten()
    }

    fn one_of<T: Copy>(&mut self, name: &str, all: &[(&'static str, T)]) -> Option<T> {
        let given = self.text(name)?;
        let found = all.iter().find(|(known, _)| *known == given).map(|(_, value)| *value);
        if found.is_none() {
            let known: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
            self.problem(name, Unknown::new(&given, known.iter().copied()).listing(&known));
        }
        found
    }

    fn time(&mut self, name: &str) -> Option<i64> {
        let text = self.text(name)?;
        let time = time(&text);
        if time.is_none() {
            self.problem(name, NO_TIME);
        }
        time
    }

    pub(crate) fn finish(self) -> Result<(), Problem> {
        if self.problems.is_empty() { Ok(()) } else { Err(Problem::invalid(self.problems)) }
    }
}

const NO_TIME: &str = "is not a time such as 2027-01-31T00:00:00Z";

fn time(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_millis())
}

fn kinds() -> Vec<(&'static str, Kind)> {
    Kind::ALL.map(|kind| (kind.name(), kind)).into()
}

/// A daemon's name in a body: `{"daemon_name": "claude"}`. `name` and `daemon` say the same.
pub(crate) struct Named(pub(crate) String);

impl FromRequest<Platform> for Named {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        let mut fields = Fields::of(request, platform, &["daemon_name"]).await?;
        let name = fields.required("daemon_name", daemons::LONGEST_NAME);
        fields.finish()?;
        Ok(Self(name))
    }
}

#[derive(utoipa::ToSchema)]
#[schema(as = DaemonName)]
#[expect(dead_code, reason = "for the document only")]
pub(crate) struct NamedSchema {
    /// The daemon's name, such as `claude`.
    daemon_name: String,
}

/// A command in plain words.
pub(crate) struct Spoken(pub(crate) String);

impl FromRequest<Platform> for Spoken {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        let mut fields = Fields::of(request, platform, &["spell"]).await?;
        let spell = fields.required("spell", LONGEST_SPELL);
        fields.finish()?;
        Ok(Self(spell))
    }
}

#[derive(utoipa::ToSchema)]
#[schema(as = DaemonSpell)]
#[expect(dead_code, reason = "for the document only")]
pub(crate) struct SpokenSchema {
    /// A command in plain words: "ask claude to name three risks".
    spell: String,
}

/// A search in the record.
pub(crate) struct Searched(pub(crate) Filter);

impl FromRequest<Platform> for Searched {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        let known = ["query", "daemon_name", "kind", "from", "to", "limit"];
        let mut fields = Fields::of(request, platform, &known).await?;
        let words = fields.required("query", LONGEST_SEARCH);
        let mut filter = Filter { words: Some(words), limit: PAGE, ..Filter::default() };
        filter.daemon = fields.text("daemon_name");
        filter.kind = fields.one_of("kind", &kinds());
        filter.from = fields.time("from");
        filter.to = fields.time("to");
        if let Some(limit) = fields.take("limit") {
            match limit.as_u64() {
                Some(limit @ 1..=100) => filter.limit = limit as u32,
                _ => fields.problem("limit", "is not a whole number from 1 to 100"),
            }
        }
        fields.finish()?;
        Ok(Self(filter))
    }
}

#[derive(utoipa::ToSchema)]
#[schema(as = GrimoireSearch)]
#[expect(dead_code, reason = "for the document only")]
pub(crate) struct SearchedSchema {
    /// Words that stand in a task, an answer or the particulars, one behind the other as given.
    query: String,
    /// Of this daemon only.
    daemon_name: Option<String>,
    /// Of this kind only: `summon`, `invoke`, `banish` or `purge`.
    kind: Option<String>,
    /// At this time or later.
    from: Option<String>,
    /// Before this time.
    to: Option<String>,
    /// Rows at most, 1 to 100; 50 if left out.
    limit: Option<u32>,
}

/// Which page of the record.
pub(crate) struct Recalled(pub(crate) Filter);

impl FromRequestParts<Platform> for Recalled {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        let pairs = QueryPairs::from_request_parts(parts, platform).await?;
        let known = ["daemon_name", "kind", "from", "to", "cursor", "limit"];
        let ([daemon, kind, from, to, cursor, limit], mut problems) = pairs.each_once(known);
        let mut refuse = |name: &str, detail: String| problems.push(FieldProblem::in_query(name, detail));
        let mut filter = Filter { daemon, limit: PAGE, ..Filter::default() };
        if let Some(name) = kind {
            let names = Kind::ALL.map(Kind::name);
            filter.kind = Kind::ALL.into_iter().find(|kind| kind.name() == name);
            if filter.kind.is_none() {
                refuse("kind", Unknown::new(&name, names).listing(&names));
            }
        }
        for (name, text, place) in [("from", from, &mut filter.from), ("to", to, &mut filter.to)] {
            *place = text.as_deref().and_then(time);
            if text.is_some() && place.is_none() {
                refuse(name, NO_TIME.to_owned());
            }
        }
        if let Some(cursor) = cursor {
            filter.before = cursor.parse().ok();
            if filter.before.is_none() {
                refuse("cursor", "is not a `next_cursor` of this list".to_owned());
            }
        }
        if let Some(limit) = limit {
            match limit.parse() {
                Ok(limit @ 1..=100) => filter.limit = limit,
                _ => refuse("limit", "is not a whole number from 1 to 100".to_owned()),
            }
        }
        if problems.is_empty() { Ok(Self(filter)) } else { Err(Problem::invalid(problems)) }
    }
}

/// One whole number in the query.
async fn number(
    parts: &mut Parts,
    platform: &Platform,
    name: &'static str,
    range: std::ops::RangeInclusive<u32>,
) -> Result<Option<u32>, Problem> {
    let pairs = QueryPairs::from_request_parts(parts, platform).await?;
    let ([given], mut problems) = pairs.each_once([name]);
    let number = given.as_deref().and_then(|text| text.parse().ok()).filter(|number| range.contains(number));
    if given.is_some() && number.is_none() {
        let detail = format!("is not a whole number from {} to {}", range.start(), range.end());
        problems.push(FieldProblem::in_query(name, detail));
    }
    if problems.is_empty() { Ok(number) } else { Err(Problem::invalid(problems)) }
}

/// How many of the newest events.
pub(crate) struct Count(pub(crate) u32);

impl FromRequestParts<Platform> for Count {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        Ok(Self(number(parts, platform, "count", 1..=100).await?.unwrap_or(PAGE)))
    }
}

/// After how many events a stream ends.
pub(crate) struct Limit(pub(crate) Option<u32>);

impl FromRequestParts<Platform> for Limit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        Ok(Self(number(parts, platform, "limit", 1..=10_000).await?))
    }
}

/// How old the rows are that go.
pub(crate) struct Days(pub(crate) u32);

impl FromRequestParts<Platform> for Days {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        Ok(Self(number(parts, platform, "days", 0..=36_500).await?.unwrap_or(PURGE_DAYS)))
    }
}

/// A definition by the operator: of a built-in daemon, what is left out stays as it is built in.
pub(crate) struct Defined {
    pub(crate) name: String,
    pub(crate) definition: Definition,
}

impl FromRequest<Platform> for Defined {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let PathParameter(name) = PathParameter::from_request_parts(&mut parts, platform).await?;
        let request = Request::from_parts(parts, body);
        let known = ["provider", "model", "role", "color_code", "capabilities", "system_prompt", "tools"];
        let mut fields = Fields::of(request, platform, &known).await?;
        if !is_name(&name) {
            let detail = "The daemon's name in the path is 1 to 40 lower-case letters, digits, - and _, and begins with a letter.";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "INVALID_DAEMON_NAME", detail));
        }
        let mut definition = Definition::beginning(&name);
        definition.provider = fields.text("provider").or(definition.provider);
        definition.model = fields.text("model").or(definition.model);
        definition.role = fields.text("role").unwrap_or(definition.role);
        definition.color_code = fields.text("color_code").unwrap_or(definition.color_code);
        definition.capabilities = fields.texts("capabilities").unwrap_or(definition.capabilities);
        definition.system_prompt = fields.text("system_prompt").unwrap_or(definition.system_prompt);
        definition.tools = fields.texts("tools").unwrap_or(definition.tools);
        let known: Vec<&str> = asking::own_tools().collect();
        // Those of connected servers are each owner's own.
        let is_known = |name: &str| known.contains(&name) || asking::is_connected(name);
        if let Some(unknown) = definition.tools.iter().find(|name| !is_known(name)) {
            let shown: String = unknown.chars().take(80).collect();
            let listing = Unknown::new(&shown, known.iter().copied()).listing(&known);
            fields.problem("tools", listing);
        }
        for (field, detail) in definition.problems() {
            fields.problem(field, detail);
        }
        fields.finish()?;
        Ok(Self { name, definition })
    }
}

#[derive(utoipa::ToSchema)]
#[schema(as = DaemonDefinition)]
#[expect(dead_code, reason = "for the document only")]
pub(crate) struct DefinedSchema {
    /// The model's provider: `anthropic`, `google`, `openai`, or one of `MODEL_PROVIDERS`; the deployment's first if left out.
    provider: Option<String>,
    /// The model; the provider's default if left out.
    model: Option<String>,
    /// What it is for, in a few words.
    role: Option<String>,
    /// The colour in which a page shows it: `#8B5CF6`.
    color_code: Option<String>,
    /// What it can do, in words.
    capabilities: Option<Vec<String>>,
    /// What its model is told before every task.
    system_prompt: Option<String>,
    /// The tools of `/mcp` that its model may call while it works on a task, for whoever gives it; also `server__tool` of servers that they
    /// have connected. None if left out.
    tools: Option<Vec<String>>,
}
