//! A question as a job: read as `POST /ask` reads it, answered in the name of the key that asked, and paid from its budget.

use std::time::Duration;

use access::{Scope, Scopes};
use forecast::Refusal;
use job_tools::{Asked, Plan, Refused, Tool, on_behalf, permit};
use jobs::{Done, Failure, Product, Work};
use models::Payer;
use web::{FieldProblem, Permit, Problem};

use crate::{Asking, Question};

/// `POST /ask`.
pub static ASK: Tool = Tool {
    name: "ask",
    meaning: "the answer of POST /ask; for keys with the scope `models`",
    scopes: Scopes::of(&[Scope::Models]),
    topic: jobs::SLOW_TOPIC,
    read: |asked| Box::pin(read(asked)),
    step: |work| Box::pin(answer(work)),
};

/// For one question: a little less than a delivery may take.
const TIME: Duration = Duration::from_secs(280);

async fn read(asked: Asked<'_>) -> Result<Plan, Refused> {
    let field = |Refusal { pointer, detail }| FieldProblem { pointer, detail };
    let question = Question::parse(asked.input)
        .map_err(|refusals| Refused::Fields(refusals.into_iter().map(field).collect()))?;
    // That there is such a model, and such tools, is found out now and not when the job runs.
    Asking::of(asked.platform, question, Some(asked.caller.clone()), Permit::default(), TIME).await?;
    Ok(Plan::default())
}

async fn answer(work: Work<'_>) -> Result<Done, Failure> {
    let platform = work.platform;
    let caller = on_behalf(platform, work.job).await?;
    if !caller.scopes.has(Scope::Models) {
        return Err(Failure::lasting("INSUFFICIENT_SCOPE", "The key has the scope `models` no more."));
    }
    let input = serde_json::from_str(work.input).map_err(unreadable)?;
    // It was read before it was accepted, so only another release can have accepted it.
    let question = Question::parse(input).map_err(|_| unreadable("another release accepted it"))?;
    let payer = Payer::of(platform, &caller).await.map_err(failed)?;
    let permit = permit(platform, &caller);
    let asking = Asking::of(platform, question, Some(caller), permit, TIME).await.map_err(refused)?;
    let answer = asking.answer(platform, &payer, false, &mut |_| {}).await.map_err(failed)?;
    let json = serde_json::to_vec(&answer.json).map_err(unreadable)?;
    Ok(Done::Product(Product { json, csv: None }))
}

fn failed(failure: models::Failure) -> Failure {
    let passing = failure.kind.passes();
    Failure { passing, ..Failure::lasting(failure.kind.code().0, failure.detail) }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn refused(problem: Problem) -> Failure {
    let passing = problem.code() == "STORAGE_UNAVAILABLE";
    Failure { passing, ..Failure::lasting(problem.code(), problem.detail()) }
}

fn unreadable(error: impl std::fmt::Display) -> Failure {
    Failure::lasting("INTERNAL_ERROR", format!("The question cannot be read ({error})."))
}
