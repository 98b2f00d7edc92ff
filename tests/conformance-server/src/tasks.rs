//! Tools that are not done at once. Their tasks are kept where the product keeps its own: beside the records of jobs.

use mcp::{Answers, Ask, Context, Error, Form, Later, NoArguments, Reply, Tool};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Desk, asking::YourName};

type Builder = mcp::Builder<Desk>;
type Answer = Result<Reply<String>, Error>;

pub(crate) fn add(builder: Builder) -> Builder {
    builder
        .tasks()
        .tool(Tool::new("greet", "Greets at once.").read_only(), |_, YourName { name }| async move {
            Ok(format!("Hello, {name}!"))
        })
        .tool(Tool::new("slow_compute", "Takes as many seconds as it is told.").read_only(), slow_compute)
        .tool(Tool::new("failing_job", "Fails after a second.").read_only().only_as_task(), failing_job)
        .tool(
            Tool::new("protocol_error_job", "Fails after a second, as a server does that is broken.")
                .read_only(),
            protocol_error_job,
        )
        .tool(Tool::new("confirm_delete", "Goes on once the user has confirmed.").read_only(), confirm_delete)
        .tool(Tool::new("multi_input", "Goes on once two forms are filled in.").read_only(), multi_input)
        .tool(
            Tool::new("test_tool_with_task", "Asks for a name first, and takes a while then.")
                .read_only()
                .only_as_task(),
            greet_slowly,
        )
}

#[derive(Deserialize, JsonSchema)]
struct Work {
    /// How long it takes.
    seconds: f64,
    /// What it is called in the answer.
    label: String,
}

async fn slow_compute(context: Context<Desk>, Work { seconds, label }: Work) -> Answer {
    let now = context.host().time();
    let ready =
        context.answers().remembered::<u64>()?.unwrap_or(now.saturating_add((seconds * 1000.0) as u64));
    if now >= ready {
        return Ok(Reply::Done(format!("{label}: done after {seconds} s")));
    }
    let left = ready - now;
    Ok(Reply::Later(Later::after_ms(left.min(500)).message(format!("{left} ms to go")).remember(&ready)?))
}

/// Whether a second has passed since the first call; if not, what to answer.
fn after_a_second(answers: &Answers) -> Result<Option<Later>, Error> {
    match answers.remembered::<bool>()? {
        Some(_) => Ok(None),
        None => Ok(Some(Later::after_ms(1_000).remember(&true)?)),
    }
}

async fn failing_job(context: Context<Desk>, _: NoArguments) -> Answer {
    match after_a_second(context.answers())? {
        Some(later) => Ok(Reply::Later(later)),
        None => Err(Error::refused("The job failed, as it always does.")),
    }
}

async fn protocol_error_job(context: Context<Desk>, _: NoArguments) -> Answer {
    match after_a_second(context.answers())? {
        Some(later) => Ok(Reply::Later(later)),
        None => Err(Error::internal("The job broke down, as it always does.")),
    }
}

#[derive(Deserialize, JsonSchema)]
struct File {
    /// What would be deleted, if anything were.
    filename: String,
}

#[derive(Deserialize, JsonSchema)]
struct Confirmation {
    confirm: bool,
}

/// Becomes a task first and asks then, so that the question is the task's.
async fn confirm_delete(context: Context<Desk>, File { filename }: File) -> Answer {
    let answers = context.answers();
    if answers.remembered::<bool>()?.is_none() {
        return Ok(Reply::Later(Later::after_ms(1).remember(&true)?));
    }
    Ok(match answers.form("confirm")? {
        Some(Form::Accepted(Confirmation { confirm: true })) => Reply::Done(format!("Deleted {filename}.")),
        Some(_) => Reply::Done(format!("Kept {filename}.")),
        None => {
            let question = format!("Delete {filename}?");
            Reply::Ask(Ask::new().form_of::<Confirmation>("confirm", question)?.remember(&true)?)
        }
    })
}

async fn multi_input(context: Context<Desk>, _: NoArguments) -> Answer {
    let answers = context.answers();
    if answers.remembered::<bool>()?.is_none() {
        return Ok(Reply::Later(Later::after_ms(1).remember(&true)?));
    }
    Ok(match (answers.form("first")?, answers.form("second")?) {
        (Some(Form::Accepted(YourName { name: first })), Some(Form::Accepted(YourName { name: second }))) => {
            Reply::Done(format!("{first} and {second}"))
        }
        (Some(_), Some(_)) => Reply::Done("Not both were given.".to_owned()),
        _ => Reply::Ask(
            Ask::new()
                .form_of::<YourName>("first", "The first name?")?
                .form_of::<YourName>("second", "The second name?")?
                .remember(&true)?,
        ),
    })
}

async fn greet_slowly(context: Context<Desk>, _: NoArguments) -> Answer {
    let answers = context.answers();
    if let Some(name) = answers.remembered::<String>()? {
        return Ok(Reply::Done(format!("Hello, {name}, at last!")));
    }
    Ok(match answers.form("user_name")? {
        Some(Form::Accepted(YourName { name })) => Reply::Later(Later::after_ms(200).remember(&name)?),
        Some(_) => Reply::Done("Hello, whoever you are!".to_owned()),
        None => Reply::Ask(Ask::new().form_of::<YourName>("user_name", "What is your name?")?),
    })
}
