//! Daemons: four tools to summon, banish, list and inspect them, and one more for each that the caller has summoned.

use std::sync::Arc;

use asking::ServerTools;
use assistant::Desk;
use daemons::{
    Calling, Circle, DaemonStore, Definition, Opening, Refusal, Rules, State, Summoned, Task, Workshop, time,
    usage,
};
use mcp::{
    Context, Error, ListedTool, Reply, Sourcing, ToolSource,
    model::{CallToolResult, ContentBlock, JsonObject, Tool, ToolAnnotations},
};
use models::{Payer, Toolbox};
use platform::OutsideError;
use serde_json::{Value, json};
use suggest::Unknown;
use web::{Caller, Scope, Scopes, log};

/// What the name of a summoned daemon's tool begins with.
const INVOKE: &str = "invoke_";
/// What a call costs of the caller's quota, as `POST /invoke` does, less what was counted before.
const COST: u32 = 4;
/// The longest task, in characters, as of `POST /invoke`.
const LONGEST_TASK: usize = 10_000;

/// The source of these tools.
pub(super) struct Daemons;

impl ToolSource<Desk> for Daemons {
    fn list(&self, context: Context<Desk>) -> Sourcing<'_, Option<Vec<ListedTool>>> {
        Box::pin(async move {
            let desk = context.host();
            let Some((caller, owner)) = desk.member() else { return Ok(None) };
            if !caller.scopes.contains(Scopes::of(&[Scope::Models])) {
                return Ok(None);
            }
            let circle = circle(desk, owner).await?;
            let mut tools = fixed(&circle);
            tools.extend(circle.active().map(|(name, definition, _)| invoke_tool(name, definition)));
            Ok(Some(tools.into_iter().map(ListedTool::from).collect()))
        })
    }

    fn call<'a>(
        &'a self,
        context: Context<Desk>,
        name: &'a str,
        arguments: JsonObject,
    ) -> Sourcing<'a, Option<Reply<CallToolResult>>> {
        Box::pin(async move {
            let desk = context.host();
            let known = FIXED.iter().any(|(tool, ..)| *tool == name) || name.starts_with(INVOKE);
            let Some((caller, owner)) = desk.member().filter(|_| known) else { return Ok(None) };
            desk.demand(Scopes::of(&[Scope::Models]), 0).await?;
            let result = match name {
                "summon_daemon" => summon(desk, owner, &daemon_name(&arguments)?).await?,
                "banish_daemon" => banish(desk, owner, &daemon_name(&arguments)?).await?,
                "list_daemons" => listed(&circle(desk, owner).await?),
                "daemon_state" => inspect(desk, owner, &daemon_name(&arguments)?).await?,
                _ => {
                    let daemon = name.strip_prefix(INVOKE).unwrap_or_default();
                    // A name that is no daemon's may be that of another source's tool.
                    if !circle(desk, owner).await?.catalogue.contains_key(daemon) {
                        return Ok(None);
                    }
                    desk.demand(Scopes::NONE, COST).await?;
                    invoke(desk, caller, owner, daemon, &arguments).await?
                }
            };
            Ok(Some(Reply::Done(result)))
        })
    }
}

/// Name, title, description, whether it takes a daemon's name, whether it only reads.
type Fixed = (&'static str, &'static str, &'static str, bool, bool);

const FIXED: [Fixed; 4] = [
    (
        "summon_daemon",
        "Summon a daemon",
        "Summons a daemon, a named persona bound to a language model. From then on it is a tool of its own, invoke_ and its name, until it is \
         banished or idle for too long: list the tools again. list_daemons says which there are.",
        true,
        false,
    ),
    (
        "banish_daemon",
        "Banish a daemon",
        "Banishes a summoned daemon: its tool goes. Returns its figures.",
        true,
        false,
    ),
    (
        "list_daemons",
        "List daemons",
        "Lists all daemons with their roles and capabilities, and which of them are summoned.",
        false,
        true,
    ),
    (
        "daemon_state",
        "Inspect a daemon",
        "Says where a daemon stands: whether it is summoned, how often it was called, tokens and times.",
        true,
        true,
    ),
];

fn fixed(circle: &Circle) -> Vec<Tool> {
    let names: Vec<&str> = circle.catalogue.keys().map(String::as_str).collect();
    let tool = |(name, title, description, takes_name, reads): Fixed| {
        let schema = if takes_name {
            json!({
                "type": "object", "required": ["daemon_name"], "additionalProperties": false,
                "properties": {"daemon_name": {"type": "string", "enum": names, "description": "The daemon's name."}},
            })
        } else {
            json!({"type": "object", "properties": {}, "additionalProperties": false})
        };
        let mut tool = Tool::new(name, description, object(schema));
        tool.title = Some(title.to_owned());
        let hints =
            ToolAnnotations::new().read_only(reads).destructive(false).idempotent(reads).open_world(false);
        tool.annotations = Some(hints);
        tool
    };
    FIXED.into_iter().map(tool).collect()
}

fn invoke_tool(name: &str, definition: &Definition) -> Tool {
    let description = format!(
        "Gives the daemon {name} a task and returns its answer. It is a language model in the role {}, good at: {}. It sees nothing but the \
         task, so say all that it needs. It may cost the operator money.",
        definition.role,
        definition.capabilities.join(", ")
    );
    let schema = json!({
        "type": "object", "required": ["task"], "additionalProperties": false,
        "properties": {
            "task": {"type": "string", "minLength": 1, "maxLength": LONGEST_TASK, "description": "What it is to do, with all that it has to know."},
            "system": {"type": "string", "maxLength": LONGEST_TASK, "description": "What it is told besides its own prompt."},
            "max_tokens": {"type": "integer", "minimum": 1, "maximum": 1_000_000, "description": "The most tokens of the answer."},
        },
    });
    let mut tool = Tool::new(format!("{INVOKE}{name}"), description, object(schema));
    tool.title = Some(format!("Ask {name}"));
    tool.annotations =
        Some(ToolAnnotations::new().read_only(false).destructive(false).idempotent(false).open_world(true));
    tool
}

fn object(schema: Value) -> Arc<JsonObject> {
    Arc::new(match schema {
        Value::Object(schema) => schema,
        _ => JsonObject::new(),
    })
}

fn daemon_name(arguments: &JsonObject) -> Result<String, Error> {
    refuse_others(arguments, &["daemon_name"])?;
    let name = arguments.get("daemon_name").and_then(Value::as_str);
    name.map(str::to_owned)
        .ok_or_else(|| Error::refused("`daemon_name` is missing: give the daemon's name as a text."))
}

fn refuse_others(arguments: &JsonObject, known: &[&str]) -> Result<(), Error> {
    match arguments.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(Error::refused(Unknown::new(name, known.iter().copied()).listing(known))),
    }
}

async fn circle(desk: &Desk, owner: &str) -> Result<Circle, Error> {
    let platform = desk.platform();
    let read = async {
        let rules = Rules::read(platform).await?;
        DaemonStore::open(platform).await?.circle(owner, &rules).await
    };
    read.await.map_err(|error| failed(desk, &error))
}

fn failed(desk: &Desk, error: &OutsideError) -> Error {
    log::error(desk.platform(), "the daemons could not be reached", error);
    Error::refused(format!("The {} did not answer; call again in a moment.", error.service))
}

fn unknown(name: &str, circle: &Circle) -> Error {
    let known: Vec<&str> = circle.catalogue.keys().map(String::as_str).collect();
    Error::refused(format!(
        "There is no such daemon: {}",
        Unknown::new(name, known.iter().copied()).listing(&known)
    ))
}

fn told(text: String, value: Value) -> CallToolResult {
    let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
    result.structured_content = Some(value);
    result
}

async fn summon(desk: &Desk, owner: &str, name: &str) -> Result<CallToolResult, Error> {
    let circle = circle(desk, owner).await?;
    if !circle.catalogue.contains_key(name) {
        return Err(unknown(name, &circle));
    }
    let platform = desk.platform();
    let summoned = async {
        let rules = Rules::read(platform).await?;
        Ok((rules, DaemonStore::open(platform).await?.summon(owner, name, &rules).await?))
    };
    let (rules, summoned) = summoned.await.map_err(|error: OutsideError| failed(desk, &error))?;
    match summoned {
        Summoned::New => {
            let tool = format!("{INVOKE}{name}");
            let text = format!("{name} is summoned: the tool {tool} is there now.");
            Ok(told(text, json!({"status": "summoned", "daemon": name, "tool": tool})))
        }
        Summoned::Already => Err(Error::refused(format!("{name} is summoned already: call {INVOKE}{name}."))),
        Summoned::Full(active) => Err(Error::refused(format!(
            "{} are summoned, and {} may be at the same time: banish one first.",
            active.join(", "),
            rules.most
        ))),
    }
}

async fn banish(desk: &Desk, owner: &str, name: &str) -> Result<CallToolResult, Error> {
    let platform = desk.platform();
    let banished = async {
        let rules = Rules::read(platform).await?;
        DaemonStore::open(platform).await?.banish(owner, name, &rules).await
    };
    match banished.await.map_err(|error| failed(desk, &error))? {
        Some(state) => {
            let value = json!({"status": "banished", "daemon": name, "statistics": figures(&state)});
            Ok(told(format!("{name} is banished."), value))
        }
        None => Err(Error::refused(format!("{name} is not summoned."))),
    }
}

fn figures(state: &State) -> Value {
    json!({
        "is_summoned": state.is_summoned,
        "invocation_count": state.invocations,
        "total_invocations": state.total,
        "failed_invocations": state.failed,
        "input_tokens": state.input_tokens,
        "output_tokens": state.output_tokens,
        "running": state.running,
        "last_used_at": state.used.map(time),
    })
}

fn listed(circle: &Circle) -> CallToolResult {
    let each = circle.catalogue.iter().map(|(name, definition)| {
        let state = circle.state(name);
        json!({
            "name": name, "role": definition.role, "capabilities": definition.capabilities, "is_summoned": state.is_summoned,
            "invocation_count": state.invocations,
        })
    });
    let value = json!({"daemons": each.collect::<Vec<_>>()});
    told(value.to_string(), value)
}

async fn inspect(desk: &Desk, owner: &str, name: &str) -> Result<CallToolResult, Error> {
    let circle = circle(desk, owner).await?;
    let Some(definition) = circle.catalogue.get(name) else { return Err(unknown(name, &circle)) };
    let value = json!({
        "daemon": name, "role": definition.role, "capabilities": definition.capabilities,
        "statistics": figures(&circle.state(name)),
    });
    Ok(told(value.to_string(), value))
}

/// The server's own tools, for a daemon that may use some of them.
struct Own<'a>(&'a Desk);

impl Workshop for Own<'_> {
    fn open<'a>(&'a self, names: &'a [String]) -> Opening<'a> {
        Box::pin(async move {
            let tools = ServerTools::allowed(self.0.clone(), names).await?;
            Ok(Box::new(tools) as Box<dyn Toolbox>)
        })
    }
}

async fn invoke(
    desk: &Desk,
    caller: &Caller,
    owner: &str,
    name: &str,
    arguments: &JsonObject,
) -> Result<CallToolResult, Error> {
    refuse_others(arguments, &["task", "system", "max_tokens"])?;
    let text = |name: &str| match arguments.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if (1..=LONGEST_TASK).contains(&text.chars().count()) => {
            Ok(Some(text.clone()))
        }
        Some(_) => Err(Error::refused(format!("`{name}` is not a text of 1 to {LONGEST_TASK} characters."))),
    };
    let max_tokens = match arguments.get("max_tokens") {
        None | Some(Value::Null) => None,
        Some(given) => match given.as_u64().and_then(|most| most.try_into().ok()) {
            Some(most @ 1..=1_000_000) => Some(most),
            _ => return Err(Error::refused("`max_tokens` is not a whole number from 1 to 1000000.")),
        },
    };
    let task =
        text("task")?.ok_or_else(|| Error::refused("`task` is missing: say what the daemon is to do."))?;
    let task = Task { text: task, system: text("system")?, max_tokens, ..Task::default() };
    let platform = desk.platform();
    let payer = Payer::of(platform, caller).await.map_err(|failure| Error::refused(failure.detail))?;
    let begun = Box::pin(Calling::begin(platform, payer, owner, name, task, &Own(desk))).await;
    let call = begun.map_err(|refusal| match refusal {
        Refusal::Unknown(_) | Refusal::NotSummoned | Refusal::Tool(..) => {
            Error::refused(format!("{name} is not summoned any more: call summon_daemon first."))
        }
        Refusal::Failed(failure) => Error::refused(failure.detail),
    })?;
    let answer = call.answer(false, &mut |_| {}).await.map_err(|failure| Error::refused(failure.detail))?;
    let value = json!({
        "status": "invoked", "daemon": name, "id": answer.id, "text": answer.text, "model": answer.model, "provider": answer.provider,
        "usage": usage(answer.tokens), "stop_reason": answer.stop, "execution_time": answer.milliseconds as f64 / 1000.0,
    });
    Ok(told(answer.text, value))
}
