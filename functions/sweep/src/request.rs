use axum::extract::{FromRequest, FromRequestParts, Request};
use forecast::Refusal;
use platform::Platform;
use serde_json::{Map, Value};
use snapshot_store::CurrentSnapshot;
use web::{FieldProblem, JsonObject, NoQuery, Problem};

use crate::limits;

/// A question that a path answers, read from its body.
pub(crate) trait Question: Sized {
    fn parse(body: Map<String, Value>) -> Result<Self, Problem>;
}

/// A question, and what it is to be answered from.
pub(crate) struct Asked<Q> {
    pub(crate) platform: Platform,
    pub(crate) current: CurrentSnapshot,
    pub(crate) question: Q,
}

impl<Q: Question> FromRequest<Platform> for Asked<Q> {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let current = CurrentSnapshot::from_request_parts(&mut parts, platform).await?;
        let NoQuery = NoQuery::from_request_parts(&mut parts, platform).await?;
        let JsonObject(body) = JsonObject::from_request(Request::from_parts(parts, body), platform).await?;
        Ok(Self { platform: platform.clone(), current, question: Q::parse(body)? })
    }
}

/// The body of a sweep, of a size that is answered at once.
pub(crate) struct SweepAsked(pub(crate) sweep::Request);

impl Question for SweepAsked {
    fn parse(body: Map<String, Value>) -> Result<Self, Problem> {
        let request = sweep::Request::parse(body).map_err(refused)?;
        limits::of_request(&request).map_err(Problem::invalid)?;
        Ok(Self(request))
    }
}

/// The body of a goal.
pub(crate) struct GoalAsked(pub(crate) sweep::GoalRequest);

impl Question for GoalAsked {
    fn parse(body: Map<String, Value>) -> Result<Self, Problem> {
        sweep::GoalRequest::parse(body).map(Self).map_err(refused)
    }
}

/// The answer to a request with bad values.
pub(crate) fn refused(refusals: Vec<Refusal>) -> Problem {
    let fields = refusals.into_iter().map(|Refusal { pointer, detail }| FieldProblem { pointer, detail });
    Problem::invalid(fields.collect())
}

pub(crate) use documented::{Goal, Sweep};

/// The schemas come from the tables that read the requests.
mod documented {
    use utoipa::{
        PartialSchema, ToSchema,
        openapi::{RefOr, Schema},
    };

    /// A request of `/simulate/sweep`.
    pub(crate) struct Sweep;

    impl PartialSchema for Sweep {
        fn schema() -> RefOr<Schema> {
            web::openapi::schema(sweep::request_schema())
        }
    }

    impl ToSchema for Sweep {}

    /// A request of `/simulate/goal`.
    pub(crate) struct Goal;

    impl PartialSchema for Goal {
        fn schema() -> RefOr<Schema> {
            web::openapi::schema(sweep::goal_schema())
        }
    }

    impl ToSchema for Goal {}
}
