use axum::extract::{FromRequest, FromRequestParts, Request};
use forecast::{Question, Refusal};
use http::request::Parts;
use platform::Platform;
use snapshot_store::CurrentSnapshot;
use web::{FieldProblem, Format, JsonObject, NoQuery, Problem, QueryPairs};

/// A question, and what it is to be answered from.
pub(crate) struct Asked {
    pub(crate) platform: Platform,
    pub(crate) format: Format,
    pub(crate) current: CurrentSnapshot,
    pub(crate) question: Question,
}

impl Asked {
    async fn read(
        parts: &mut Parts,
        platform: &Platform,
        question: impl AsyncFnOnce(&mut Parts) -> Result<Question, Problem>,
    ) -> Result<Self, Problem> {
        let format = Format::from_request_parts(parts, platform).await?;
        let current = CurrentSnapshot::from_request_parts(parts, platform).await?;
        let question = question(parts).await?;
        Ok(Self { platform: platform.clone(), format, current, question })
    }
}

/// Asked by POST, with the assumptions in the body.
impl FromRequest<Platform> for Asked {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        Self::read(&mut parts, platform, async |parts| {
            let request = Request::from_parts(parts.clone(), body);
            Ok(Assumptions::from_request(request, platform).await?.0)
        })
        .await
    }
}

/// Asked by GET, with the assumptions in the query.
pub(crate) struct Linked(pub(crate) Asked);

impl FromRequestParts<Platform> for Linked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        let asked = Asked::read(parts, platform, async |parts| {
            let QueryPairs(pairs) = QueryPairs::from_request_parts(parts, platform).await?;
            Question::from_query(pairs).map_err(|refused| {
                let in_query = |Refusal { pointer, detail }: Refusal| FieldProblem {
                    pointer: pointer.replacen('/', "?", 1),
                    detail,
                };
                Problem::invalid(refused.into_iter().map(in_query).collect())
            })
        });
        Ok(Self(asked.await?))
    }
}

/// The body of a request: assumptions about the future, all of them optional.
pub(crate) struct Assumptions(Question);

impl FromRequest<Platform> for Assumptions {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let NoQuery = NoQuery::from_request_parts(&mut parts, platform).await?;
        let JsonObject(object) = JsonObject::from_request(Request::from_parts(parts, body), platform).await?;
        Question::parse(object)
            .map(Self)
            .map_err(|refused| Problem::invalid(refused.into_iter().map(in_body).collect()))
    }
}

fn in_body(Refusal { pointer, detail }: Refusal) -> FieldProblem {
    FieldProblem { pointer, detail }
}

pub(crate) use documented::Parameters;

mod documented {
    use forecast::FIELDS;
    use utoipa::{
        IntoParams, PartialSchema, ToSchema,
        openapi::{
            RefOr, Required, Schema,
            path::{Parameter, ParameterBuilder, ParameterIn},
        },
    };

    // The schemas come from the table that reads the request, not from a second description of it.
    impl PartialSchema for super::Assumptions {
        fn schema() -> RefOr<Schema> {
            web::openapi::schema(forecast::request_schema())
        }
    }

    impl ToSchema for super::Assumptions {}

    /// The fields that can stand in a query.
    pub(crate) struct Parameters;

    impl IntoParams for Parameters {
        fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
            let parameter = |field: &forecast::Field| {
                let schema = forecast::query_schema(field)?;
                Some(
                    ParameterBuilder::new()
                        .name(field.name)
                        .parameter_in(ParameterIn::Query)
                        .required(Required::False)
                        .description(Some(forecast::description(field)))
                        .schema(Some(web::openapi::schema(schema)))
                        .build(),
                )
            };
            FIELDS.iter().filter_map(parameter).collect()
        }
    }
}
