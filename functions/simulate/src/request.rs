use axum::extract::{FromRequest, FromRequestParts as _, Request};
use forecast::{Question, Refusal};
use platform::Platform;
use web::{FieldProblem, JsonObject, Problem, QueryPairs};

/// The body of a request: assumptions about the future, all of them optional.
pub(crate) struct Assumptions(pub(crate) Question);

impl FromRequest<Platform> for Assumptions {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let QueryPairs(query) = QueryPairs::from_request_parts(&mut parts, platform).await?;
        // An assumption in the URL would be ignored without a word, and the forecast would not be the one meant.
        if let Some((name, _)) = query.into_iter().find(|(name, _)| Question::has_field(name)) {
            return Err(Problem::invalid(vec![FieldProblem {
                pointer: format!("?{name}"),
                detail: "assumptions belong into the JSON body, not into the query".to_owned(),
            }]));
        }
        let JsonObject(object) = JsonObject::from_request(Request::from_parts(parts, body), platform).await?;
        Question::parse(object)
            .map(Self)
            .map_err(|refused| Problem::invalid(refused.into_iter().map(named).collect()))
    }
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
