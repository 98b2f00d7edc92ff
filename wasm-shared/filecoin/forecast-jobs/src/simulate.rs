//! A forecast, as `POST /simulate` answers it.

use forecast::{Question, Refusal, Scope};
use jobs::{Done, Failure, Product, Work};
use network_data::calendar::Resolution;
use serde_json::{Map, Value};

use crate::{failed, network, object, refused};

pub(crate) fn check(input: Map<String, Value>) -> Result<usize, Vec<Refusal>> {
    Question::parse(input).map(|_| 0)
}

pub(crate) async fn finish(work: Work<'_>) -> Result<Done, Failure> {
    let question = Question::parse(object(work.input)?).map_err(refused)?;
    let snapshot = network::named(&work).await?;
    let today = work.platform.clock().now().date_naive();
    let resolved = question.resolve(&snapshot);
    let answer = resolved
        .answer(Scope::Forecast, Resolution::Weekly, today)
        .map_err(|error| failed("The model refused its input", &error))?;
    let json = answer.to_json().map_err(|error| failed("The answer is not JSON", &error))?;
    Ok(Done::Product(Product { json, csv: Some(answer.to_csv().into_bytes()) }))
}
