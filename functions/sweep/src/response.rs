use std::fmt::Display;

use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use sweep::{Findings, Plan};
use web::{Format, Problem};

use crate::{
    limits,
    request::{Asked, GoalAsked, SweepAsked, refused},
};

/// Computes all runs and answers with what they say together.
pub(crate) fn sweep(asked: &Asked<SweepAsked>, format: Format) -> Result<Response, Problem> {
    let Asked { platform, current, question: SweepAsked(request) } = asked;
    let snapshot = &current.0.snapshot;
    let plan = Plan::new(request, snapshot).map_err(refused)?;
    limits::of_plan(&plan).map_err(Problem::invalid)?;
    let mut findings = findings(&plan)?;
    let today = platform.clock().now().date_naive();
    for warning in forecast::data_warnings(snapshot, request.days(), today) {
        findings.warn(warning);
    }
    let reply = match format {
        Format::Json => web::json(&findings),
        Format::Csv => {
            let table = findings.end_values_csv().unwrap_or_default();
            ([(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"))], table)
                .into_response()
        }
    };
    Ok((NO_STORE, current.cache_hit(), reply).into_response())
}

fn findings(plan: &Plan<'_>) -> Result<Findings, Problem> {
    let chunk =
        plan.run_chunk(0..plan.runs()).map_err(|error| internal("The model refused its input", &error))?;
    sweep::finish(plan, &[chunk]).map_err(|error| internal("The runs could not be put together", &error))
}

/// Seeks the value and answers with it, or with the nearest that there is.
pub(crate) fn goal(asked: &Asked<GoalAsked>) -> Result<Response, Problem> {
    let Asked { platform, current, question: GoalAsked(request) } = asked;
    let snapshot = &current.0.snapshot;
    limits::of_goal(request, snapshot).map_err(Problem::invalid)?;
    let mut goal = request.seek(snapshot).map_err(refused)?;
    let today = platform.clock().now().date_naive();
    let days = (goal.date - snapshot.current_date()).num_days() + 1;
    let days = usize::try_from(days).unwrap_or_default();
    goal.warnings.extend(forecast::data_warnings(snapshot, days, today));
    Ok((NO_STORE, current.cache_hit(), web::json(&goal)).into_response())
}

/// No cache keeps the answer to a POST, and this one is made anew every day.
const NO_STORE: [(header::HeaderName, HeaderValue); 1] =
    [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];

fn internal(what: &str, error: &dyn Display) -> Problem {
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "INTERNAL_ERROR",
        format!("{what} ({error}); please report it with the request id."),
    )
    .with_cause(error)
}

pub(crate) use documented::{GoalDocumented, GoalReply, SweepDocumented, SweepReply};

mod documented {
    use std::{borrow::Cow, collections::BTreeMap};

    use utoipa::{
        IntoResponses, PartialSchema, ToSchema,
        openapi::{Content, ContentBuilder, Ref, RefOr, Response, ResponseBuilder, Schema},
    };
    use web::openapi::{problem, responses};

    /// The reply of a sweep, described beside what writes it.
    pub(crate) struct SweepReply;

    impl PartialSchema for SweepReply {
        fn schema() -> RefOr<Schema> {
            web::openapi::schema(sweep::reply_schema())
        }
    }

    impl ToSchema for SweepReply {
        fn name() -> Cow<'static, str> {
            "SweepReply".into()
        }
    }

    /// The reply of a goal.
    pub(crate) struct GoalReply;

    impl PartialSchema for GoalReply {
        fn schema() -> RefOr<Schema> {
            web::openapi::schema(sweep::goal_reply_schema())
        }
    }

    impl ToSchema for GoalReply {
        fn name() -> Cow<'static, str> {
            "GoalReply".into()
        }
    }

    fn content(schema: &str) -> Content {
        ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build()
    }

    const NO_DATA: &str = "No network data yet, or a store did not answer.";

    pub(crate) struct SweepDocumented;

    impl IntoResponses for SweepDocumented {
        fn responses() -> BTreeMap<String, RefOr<Response>> {
            let csv = ContentBuilder::new().schema(Some(String::schema())).build();
            let found = ResponseBuilder::new()
                .description("What the runs say; with `Accept: text/csv` a table with inputs and end values, a line a run.")
                .content("application/json", content("SweepReply"))
                .content("text/csv", csv)
                .build();
            responses([
                ("200", found),
                ("406", problem("Neither JSON nor CSV is accepted.")),
                (
                    "422",
                    problem(
                        "Some values are not possible, or the sweep is too large to be answered at once; `errors` names each.",
                    ),
                ),
                ("503", problem(NO_DATA)),
            ])
        }
    }

    pub(crate) struct GoalDocumented;

    impl IntoResponses for GoalDocumented {
        fn responses() -> BTreeMap<String, RefOr<Response>> {
            let found = ResponseBuilder::new()
                .description("The value, or that there is none.")
                .content("application/json", content("GoalReply"))
                .build();
            responses([
                ("200", found),
                ("422", problem("Some values are not possible; `errors` names each.")),
                ("503", problem(NO_DATA)),
            ])
        }
    }
}
