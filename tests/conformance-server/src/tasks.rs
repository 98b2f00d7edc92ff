//! Tools that are not done at once, and the table in which their tasks are kept.

use mcp::{Answers, Ask, Context, Error, Form, Later, NoArguments, Reply, Stored, TaskStore, Tool};
use platform::{Outcome, OutsideError, Statement, Value, migrate};
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

const MIGRATIONS: [&str; 1] = [include_str!("../migrations/0001_tasks.sql")];

impl Desk {
    async fn run(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, Error> {
        let failed = |why: OutsideError| {
            self.0.log().line(&serde_json::json!({ "level": "error", "message": why.to_string() }));
            Error::internal("The tasks cannot be reached; try again")
        };
        migrate(&self.0, "tasks", &MIGRATIONS).await.map_err(failed)?;
        self.0.database().run(statements).await.map_err(failed)
    }
}

fn milliseconds(time: u64) -> Value {
    i64::try_from(time).unwrap_or(i64::MAX).into()
}

/// The tasks lie in the platform's database.
impl TaskStore for Desk {
    fn new_id(&self) -> String {
        uuid::Uuid::new_v4().to_string()
    }

    fn create<'a>(&'a self, id: &'a str, task: String, expires_ms: u64) -> Stored<'a, ()> {
        let sql = "INSERT INTO tasks (id, version, expires, task) VALUES (?1, 1, ?2, ?3)";
        let statements = vec![
            Statement::new("DELETE FROM tasks WHERE expires <= ?1", [milliseconds(self.time())]),
            Statement::new(sql, [id.into(), milliseconds(expires_ms), task.into()]),
        ];
        Box::pin(async move { self.run(statements).await.map(drop) })
    }

    fn read<'a>(&'a self, id: &'a str) -> Stored<'a, Option<(String, u64)>> {
        let sql = "SELECT task, version FROM tasks WHERE id = ?1 AND expires > ?2";
        let statement = Statement::new(sql, [id.into(), milliseconds(self.time())]);
        Box::pin(async move {
            let outcomes = self.run(vec![statement]).await?;
            Ok(outcomes.first().and_then(|outcome| {
                let row = outcome.rows.first()?;
                Some((row.first()?.as_text()?.to_owned(), u64::try_from(row.get(1)?.as_i64()?).ok()?))
            }))
        })
    }

    fn replace<'a>(&'a self, id: &'a str, version: u64, task: String) -> Stored<'a, bool> {
        let sql = "UPDATE tasks SET task = ?3, version = version + 1 WHERE id = ?1 AND version = ?2";
        let version = i64::try_from(version).unwrap_or(i64::MAX);
        let statement = Statement::new(sql, [id.into(), version.into(), task.into()]);
        Box::pin(async move {
            Ok(self.run(vec![statement]).await?.first().is_some_and(|outcome| outcome.changes == 1))
        })
    }
}
