//! The least value that reaches a goal, as `POST /simulate/goal` answers it.

use forecast::Refusal;
use jobs::{Done, Failure, Product, Work};
use serde_json::{Map, Value};
use sweep::GoalRequest;

use crate::{failed, network, object, refused};

pub(crate) fn check(input: Map<String, Value>) -> Result<usize, Vec<Refusal>> {
    GoalRequest::parse(input).map(|_| 0)
}

pub(crate) async fn finish(work: Work<'_>) -> Result<Done, Failure> {
    let request = GoalRequest::parse(object(work.input)?).map_err(refused)?;
    let snapshot = network::named(&work).await?;
    let mut goal = request.seek(&snapshot).map_err(refused)?;
    let today = work.platform.clock().now().date_naive();
    let days = (goal.date - snapshot.current_date()).num_days() + 1;
    goal.warnings.extend(forecast::data_warnings(
        &snapshot,
        usize::try_from(days).unwrap_or_default(),
        today,
    ));
    let json = serde_json::to_vec(&goal).map_err(|error| failed("The answer is not JSON", &error))?;
    Ok(Done::Product(Product { json, csv: None }))
}
