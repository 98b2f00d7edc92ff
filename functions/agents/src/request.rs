//! Paths, queries and bodies, read.

use agents::{
    definition::Wrong,
    document::{ID_RULE, Kind, LONGEST, is_id},
    library::Layer,
};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use http::{StatusCode, request::Parts};
use platform::Platform;
use serde_json::{Map, Value};
use suggest::Unknown;
use web::{FieldProblem, JsonObject, NoQuery, PathParameter, Problem, QueryPairs};

/// The longest input of an agent, in characters.
const LONGEST_INPUT: usize = 10_000;
/// The longest search, in characters.
const LONGEST_SEARCH: usize = 200;

/// The id of an agent, from the path.
pub(crate) struct Id(pub(crate) String);

impl FromRequestParts<Platform> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        let PathParameter(id) = PathParameter::from_request_parts(parts, platform).await?;
        checked(id).map(Self)
    }
}

fn checked(id: String) -> Result<String, Problem> {
    if is_id(&id) {
        return Ok(id);
    }
    Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "INVALID_ID", ID_RULE))
}

/// A catalogue, from the path.
pub(crate) struct Kinded(pub(crate) Kind);

impl FromRequestParts<Platform> for Kinded {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        let PathParameter(kind) = PathParameter::from_request_parts(parts, platform).await?;
        catalogue(&kind, false).map(Self)
    }
}

/// A document, from the path; an agent's definition too, where that is allowed.
pub(crate) struct KindedId<const WITH_AGENTS: bool = false>(pub(crate) Kind, pub(crate) String);

impl<const WITH_AGENTS: bool> FromRequestParts<Platform> for KindedId<WITH_AGENTS> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        let (kind, id) = two(parts, platform).await?;
        Ok(Self(catalogue(&kind, WITH_AGENTS)?, checked(id)?))
    }
}

/// A catalogue and a category, from the path.
pub(crate) struct Category(pub(crate) Kind, pub(crate) String);

impl FromRequestParts<Platform> for Category {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        let (kind, category) = two(parts, platform).await?;
        Ok(Self(catalogue(&kind, false)?, category))
    }
}

async fn two(parts: &mut Parts, platform: &Platform) -> Result<(String, String), Problem> {
    let path = Path::<(String, String)>::from_request_parts(parts, platform).await;
    path.map(|Path(two)| two).map_err(|_| {
        let detail = "The path cannot be read: what stands behind % in it must spell UTF-8.";
        Problem::new(StatusCode::BAD_REQUEST, "MALFORMED_PATH", detail)
    })
}

fn catalogue(name: &str, with_agents: bool) -> Result<Kind, Problem> {
    let kind = Kind::named(name).filter(|kind| with_agents || *kind != Kind::Agents);
    kind.ok_or_else(|| {
        let detail = "There are the catalogues standards, commands and scripts.";
        Problem::new(StatusCode::NOT_FOUND, "CATALOGUE_NOT_FOUND", detail)
    })
}

/// A layer, from the query.
pub(crate) struct OfLayer(pub(crate) Option<Layer>);

impl FromRequestParts<Platform> for OfLayer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        let ([layer], problems) = query(parts, platform, ["layer"]).await?;
        none(problems)?;
        let unknown = || invalid("/layer", "It is one of user, project, default and registry.");
        layer.map(|layer| Layer::named(&layer).ok_or_else(unknown)).transpose().map(Self)
    }
}

/// A layer that the operator writes.
pub(crate) struct OfOperator(pub(crate) Layer);

impl FromRequestParts<Platform> for OfOperator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        let OfLayer(layer) = OfLayer::from_request_parts(parts, platform).await?;
        match layer.unwrap_or(Layer::Project) {
            layer @ (Layer::Project | Layer::Registry) => Ok(Self(layer)),
            _ => Err(invalid("/layer", "It is project or registry.")),
        }
    }
}

/// The words of a search.
pub(crate) struct Searched(pub(crate) String);

impl FromRequestParts<Platform> for Searched {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        let ([words], problems) = query(parts, platform, ["q"]).await?;
        none(problems)?;
        let words = words.filter(|words| !words.trim().is_empty() && words.chars().count() <= LONGEST_SEARCH);
        words.map(Self).ok_or_else(|| invalid("/q", "Give one to eight words, of 200 characters together."))
    }
}

async fn query<const N: usize>(
    parts: &mut Parts,
    platform: &Platform,
    known: [&str; N],
) -> Result<([Option<String>; N], Vec<FieldProblem>), Problem> {
    let pairs = QueryPairs::from_request_parts(parts, platform).await?;
    Ok(pairs.without_admin_key().each_once(known))
}

/// An agent's definition.
pub(crate) struct Defined(pub(crate) String);

impl FromRequest<Platform> for Defined {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        text(request, platform, "definition", LONGEST, true).await.map(Self)
    }
}

/// A document.
pub(crate) struct Text(pub(crate) String);

impl FromRequest<Platform> for Text {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        text(request, platform, "text", LONGEST, true).await.map(Self)
    }
}

/// What an agent is given.
pub(crate) struct Input(pub(crate) String);

impl FromRequest<Platform> for Input {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        text(request, platform, "input", LONGEST_INPUT, false).await.map(Self)
    }
}

/// The one field of a body, which has to be there.
async fn text(
    request: Request,
    platform: &Platform,
    field: &'static str,
    most: usize,
    has_query: bool,
) -> Result<String, Problem> {
    let (mut parts, body) = request.into_parts();
    if !has_query {
        let NoQuery = NoQuery::from_request_parts(&mut parts, platform).await?;
    }
    let JsonObject(mut object) = JsonObject::from_request(Request::from_parts(parts, body), platform).await?;
    let mut problems = unknown(&object, &[field]);
    let given = object.remove(field);
    let text = match given {
        Some(Value::String(text)) if !text.trim().is_empty() && text.chars().count() <= most => Some(text),
        _ => {
            let detail = format!("Give a text of 1 to {most} characters.");
            problems.insert(0, FieldProblem { pointer: format!("/{field}"), detail });
            None
        }
    };
    none(problems)?;
    Ok(text.unwrap_or_default())
}

fn unknown(object: &Map<String, Value>, known: &[&str]) -> Vec<FieldProblem> {
    let unknown = object.keys().filter(|name| !known.contains(&name.as_str())).take(20);
    let problem = |name: &String| FieldProblem {
        pointer: format!("/{}", format!("{name:.80}").replace('~', "~0").replace('/', "~1")),
        detail: Unknown::new(name, known.iter().copied()).listing(known),
    };
    unknown.map(problem).collect()
}

fn none(problems: Vec<FieldProblem>) -> Result<(), Problem> {
    if problems.is_empty() { Ok(()) } else { Err(Problem::invalid(problems)) }
}

pub(crate) fn invalid(pointer: &str, detail: &str) -> Problem {
    Problem::invalid(vec![FieldProblem { pointer: pointer.to_owned(), detail: detail.to_owned() }])
}

/// What is wrong with a definition.
pub(crate) fn wrong_definition(wrong: Vec<Wrong>) -> Problem {
    wrong_in("/definition", wrong)
}

/// What is wrong with a definition that came as a document.
pub(crate) fn wrong_text(wrong: Vec<Wrong>) -> Problem {
    wrong_in("/text", wrong)
}

fn wrong_in(pointer: &str, wrong: Vec<Wrong>) -> Problem {
    let problem = |(field, what): Wrong| {
        let detail = if field.is_empty() { what } else { format!("`{field}` {what}") };
        FieldProblem { pointer: pointer.to_owned(), detail }
    };
    Problem::invalid(wrong.into_iter().map(problem).collect())
}
