use axum::extract::{FromRequest, FromRequestParts as _, Request};
use forecast::{Question, Refusal};
use platform::Platform;
use snapshot_store::CurrentSnapshot;
use web::{FieldProblem, Format, JsonObject, Problem, QueryPairs};

/// A request for a forecast, and what it is to be answered from.
pub(crate) struct Asked {
    pub(crate) platform: Platform,
    pub(crate) format: Format,
    pub(crate) current: CurrentSnapshot,
    pub(crate) question: Question,
}

impl FromRequest<Platform> for Asked {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let format = Format::from_request_parts(&mut parts, platform).await?;
        let current = CurrentSnapshot::from_request_parts(&mut parts, platform).await?;
        let request = Request::from_parts(parts, body);
        let Assumptions(question) = Assumptions::from_request(request, platform).await?;
        Ok(Self { platform: platform.clone(), format, current, question })
    }
}

/// The body of a request: assumptions about the future, all of them optional.
pub(crate) struct Assumptions(Question);

impl FromRequest<Platform> for Assumptions {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let QueryPairs(query) = QueryPairs::from_request_parts(&mut parts, platform).await?;
        // An assumption in the URL would be ignored without a word, and the forecast would not be the one meant; a
        // misspelled one too.
        if !query.is_empty() {
            return Err(Problem::invalid(query.iter().take(20).map(|(name, _)| in_query(name)).collect()));
        }
        let JsonObject(object) = JsonObject::from_request(Request::from_parts(parts, body), platform).await?;
        Question::parse(object)
            .map(Self)
            .map_err(|refused| Problem::invalid(refused.into_iter().map(named).collect()))
    }
}

fn in_query(name: &str) -> FieldProblem {
    let name: String = name.chars().take(80).collect();
    let detail = "assumptions belong into the JSON body, and nothing into the query".to_owned();
    FieldProblem { pointer: format!("?{name}"), detail }
}

fn named(Refusal { pointer, detail }: Refusal) -> FieldProblem {
    FieldProblem { pointer, detail }
}

#[cfg(feature = "openapi")]
mod openapi {
    use utoipa::{
        PartialSchema, ToSchema,
        openapi::{RefOr, Schema},
    };

    // The schema comes from the tables that read the request, not from a second description of it.
    impl PartialSchema for super::Assumptions {
        fn schema() -> RefOr<Schema> {
            web::openapi::schema(forecast::request_schema())
        }
    }

    impl ToSchema for super::Assumptions {}
}
