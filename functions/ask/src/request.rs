//! What is asked.

use asking::Question;
use axum::extract::{FromRequest, FromRequestParts as _, Request};
use forecast::Refusal;
use http::{HeaderMap, header};
use platform::Platform;
use web::{Caller, FieldProblem, JsonObject, NoQuery, Owner, Permit, Problem};

/// A question, who asks it, and in which form it is answered.
pub(crate) struct Asked {
    pub(crate) question: Question,
    pub(crate) caller: Caller,
    pub(crate) permit: Permit,
    pub(crate) streams: bool,
}

impl FromRequest<Platform> for Asked {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let Owner { caller, .. } = Owner::from_request_parts(&mut parts, platform).await?;
        let NoQuery = NoQuery::from_request_parts(&mut parts, platform).await?;
        let Ok(permit) = Permit::from_request_parts(&mut parts, platform).await;
        let streams = wants_events(&parts.headers);
        let JsonObject(object) = JsonObject::from_request(Request::from_parts(parts, body), platform).await?;
        let question = Question::parse(object).map_err(refused)?;
        Ok(Self { question, caller, permit, streams })
    }
}

fn refused(refusals: Vec<Refusal>) -> Problem {
    let problem = |Refusal { pointer, detail }| FieldProblem { pointer, detail };
    Problem::invalid(refusals.into_iter().map(problem).collect())
}

/// Whether the answer is to come as events. Whoever names both forms gets events, as clients of streams do that name JSON for errors.
fn wants_events(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let is_events = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("text/event-stream"));
        let is_refused = parts.any(|parameter| {
            parameter
                .strip_prefix("q=")
                .and_then(|weight| weight.parse::<f64>().ok())
                .is_some_and(|weight| weight <= 0.0)
        });
        is_events && !is_refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wants(accept: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().unwrap());
        wants_events(&headers)
    }

    #[test]
    fn an_answer_comes_as_events_to_those_who_accept_them() {
        assert!(wants("text/event-stream") && wants("application/json, Text/Event-Stream;q=0.5"));
        assert!(!wants("application/json") && !wants("*/*") && !wants("text/event-stream;q=0"));
    }
}
