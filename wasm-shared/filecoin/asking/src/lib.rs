//! Questions in words about Filecoin's economy: read, answered by a language model with the service's own tools, and checked.
//!
//! `functions/ask` answers them at once, `functions/jobs` in the background.

mod answer;
#[cfg(feature = "jobs")]
mod job;
mod question;
mod tools;

use std::time::Duration;

use assistant::Desk;
use models::{Bounds, Failure, Model, Models, Payer, Request, Tell, converse};
use platform::Platform;
use web::{Caller, Permit, Problem};

pub use answer::{Answer, Chart, shown};
#[cfg(feature = "jobs")]
pub use job::ASK;
pub use question::{FIELDS, MOST_STEPS, Question, STEPS};
pub use tools::{ServerTools, is_connected, own_tools};

/// Tokens of all turns of one question. A model is shown some 20,000 with each turn: the tools and what they gave.
const MOST_TOKENS: u64 = 400_000;

/// What the model is told first.
const PROMPT: &str = include_str!("prompt.md");

/// A question that can be answered: the model and the tools are there.
pub struct Asking {
    model: Model,
    tools: ServerTools,
    request: Request,
    question: Question,
    bounds: Bounds,
}

impl Asking {
    /// Chooses the model, and puts the tools together.
    ///
    /// # Errors
    /// When there is no such model, no tool of a name that was given, or a store does not answer.
    pub async fn of(
        platform: &Platform,
        question: Question,
        caller: Option<Caller>,
        permit: Permit,
        time: Duration,
    ) -> Result<Self, Problem> {
        let model = Models::open(platform).await?.choose(question.model.as_deref())?;
        let desk =
            Desk::open(platform, permit, caller).await.map_err(|error| Problem::unavailable(&error))?;
        let tools = ServerTools::of(desk, question.tools.as_deref()).await?;
        let prompt = format!("{PROMPT}\n{}", models::DATA_RULE);
        let mut request = Request::new(prompt);
        request.messages = question.messages();
        let bounds = Bounds { steps: question.steps, tokens: MOST_TOKENS, time };
        Ok(Self { model, tools, request, question, bounds })
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> String {
        self.model.by()
    }

    /// Answers it.
    ///
    /// # Errors
    /// When the model does not answer.
    pub async fn answer(
        self,
        platform: &Platform,
        payer: &Payer,
        streams: bool,
        tell: Tell<'_>,
    ) -> Result<Answer, Failure> {
        let Self { model, tools, request, question, bounds } = self;
        let conversation = converse(platform, &model, payer, request, &tools, bounds, streams, tell).await?;
        Ok(Answer::of(&question, &model, &conversation))
    }
}
