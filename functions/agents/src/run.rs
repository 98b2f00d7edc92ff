//! Running an agent: its model is given the input, the agent's instructions and documents, and calls the agent's tools in process
//! until it has an answer.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use agents::{
    definition::{Agent, Family},
    document::{Kind, split},
    library::Library,
    loads::Load,
};
use asking::{ServerTools, shown};
use assistant::Desk;
use models::{
    Bounds, Calling, Conversation, DATA_RULE, Failure, Model, Models, Outcome, Payer, Request, ToolCall,
    ToolSpec, Toolbox, as_question, converse,
};
use platform::Platform;
use serde_json::{Value, json};
use web::{Caller, Permit, Problem};

/// What a run takes of the caller's quota; its tools are counted besides.
pub(crate) const COST: u32 = 10;
/// For one run: some proxies end a request after five minutes.
const TIME: Duration = Duration::from_secs(280);
/// For an agent that another one asks.
const TIME_ASKED: Duration = Duration::from_secs(90);
/// Tokens of all turns.
const MOST_TOKENS: u64 = 400_000;
/// Bytes of the documents that an agent is given to read.
const MOST_READ: usize = 100 << 10;
/// What begins the name of the tool that asks another agent.
const ASK: &str = "ask_agent_";

/// What a run works with.
pub(crate) struct Bench<'a> {
    platform: &'a Platform,
    caller: Caller,
    owner: String,
    permit: Permit,
    payer: Payer,
    models: Models,
    loads: &'a BTreeMap<String, Load>,
}

/// The model of an agent. A family's name is its first model that callers may ask.
pub(crate) fn model_of(models: &Models, agent: &Agent) -> Result<Model, Failure> {
    let Some(wanted) = agent.model.as_deref() else { return models.choose(None) };
    let is_family = Family::LIMITED.iter().any(|family| family.name() == wanted);
    let names = models.names();
    let of_family = names.iter().find(|name| is_family && Family::of(name).name() == wanted);
    models.choose(Some(of_family.map_or(wanted, String::as_str)))
}

impl<'a> Bench<'a> {
    pub(crate) async fn of(
        platform: &'a Platform,
        caller: Caller,
        owner: String,
        permit: Permit,
        loads: &'a BTreeMap<String, Load>,
    ) -> Result<Self, Problem> {
        let models = Models::open(platform).await?;
        let payer = Payer::of(platform, &caller).await?;
        Ok(Self { platform, caller, owner, permit, payer, models, loads })
    }

    /// Runs an agent that the caller asks.
    pub(crate) async fn run(&self, load: &Load, input: &str) -> Result<Value, Problem> {
        let model = model_of(&self.models, &load.agent)?;
        let bounds = Bounds { steps: load.agent.max_steps, tokens: MOST_TOKENS, time: TIME };
        let (tools, mut warnings) = self.tools(&load.agent, true).await?;
        let conversation = self.converse(&model, &load.agent, &tools, bounds, input).await?;
        if conversation.answer.trim().is_empty() {
            warnings.push("The agent gave no answer.".to_owned());
        }
        let cost = model.known().map(|known| known.cost(conversation.tokens) as f64 / 1e6);
        Ok(json!({
            "agent": load.id,
            "answer": conversation.answer,
            "ended": conversation.ended.name(),
            "model": conversation.model,
            "steps": conversation.steps,
            "tool_calls": conversation.calls.iter().map(shown).collect::<Vec<_>>(),
            "tokens": { "input": conversation.tokens.input, "output": conversation.tokens.output },
            "cost": cost,
            "warnings": warnings,
        }))
    }

    async fn converse(
        &self,
        model: &Model,
        agent: &Agent,
        tools: &Tools<'_>,
        bounds: Bounds,
        input: &str,
    ) -> Result<Conversation, Problem> {
        let request = Request::new(self.told(agent).await?).user(as_question(input));
        let conversation =
            converse(self.platform, model, &self.payer, request, tools, bounds, false, &mut |_| {}).await?;
        Ok(conversation)
    }

    /// What the model is told first: the instructions, and the documents that the agent depends on.
    async fn told(&self, agent: &Agent) -> Result<String, Problem> {
        let unavailable = |error: platform::OutsideError| Problem::unavailable(&error);
        let mut told = agent.instructions.clone();
        let mut left = MOST_READ;
        let library = Library::open(self.platform).await.map_err(unavailable)?;
        for one in agent.dependencies.iter().filter(|one| one.kind != Kind::Agents) {
            let Some(found) = library.find(&self.owner, one.kind, &one.id).await.map_err(unavailable)? else {
                continue;
            };
            let body = split(&found.text).map_or(found.text.clone(), |parts| parts.body);
            left = left.saturating_sub(body.len());
            if left == 0 {
                break;
            }
            let _ = write!(told, "\n\n# {one}\n\n{body}");
        }
        told.push_str("\n\n");
        told.push_str(DATA_RULE);
        Ok(told)
    }

    /// The tools of an agent, and a sentence for each that is not there.
    async fn tools(&self, agent: &Agent, may_ask: bool) -> Result<(Tools<'_>, Vec<String>), Problem> {
        let desk = Desk::open(self.platform, self.permit.clone(), Some(self.caller.clone())).await;
        let desk = desk.map_err(|error| Problem::unavailable(&error))?;
        let own = ServerTools::allowed(desk, &agent.tools).await;
        let own = own.map_err(|error| Problem::unavailable(&error))?;
        let mut specs: Vec<ToolSpec> = own.specs().to_vec();
        let mut warnings: Vec<String> = agent
            .tools
            .iter()
            .filter(|name| specs.iter().all(|spec| spec.name != **name))
            .map(|name| format!("The tool {name} is not there: it is none of this service's, nor of a server that you have connected."))
            .collect();
        let mut others = BTreeMap::new();
        for one in agent.dependencies.iter().filter(|one| may_ask && one.kind == Kind::Agents) {
            let Some(load) = self.loads.get(&one.id) else {
                warnings.push(format!("{one} is not loaded any more."));
                continue;
            };
            let name: String = format!("{ASK}{}", one.id).chars().take(64).collect();
            specs.push(ToolSpec {
                name: name.clone(),
                description: format!("Asks the agent {}. {}", load.agent.name, load.agent.description),
                schema: json!({
                    "type": "object", "required": ["input"], "additionalProperties": false,
                    "properties": { "input": { "type": "string", "description": "What the agent is asked." } },
                }),
            });
            others.insert(name, load);
        }
        Ok((Tools { bench: self, own, others, specs }, warnings))
    }

    /// Runs an agent that another one asks.
    async fn asked(&self, load: &Load, input: &str) -> Result<String, Problem> {
        let model = model_of(&self.models, &load.agent)?;
        let bounds = Bounds { steps: load.agent.max_steps, tokens: MOST_TOKENS / 4, time: TIME_ASKED };
        let (tools, _) = self.tools(&load.agent, false).await?;
        Ok(self.converse(&model, &load.agent, &tools, bounds, input).await?.answer)
    }
}

/// The tools of one agent.
struct Tools<'a> {
    bench: &'a Bench<'a>,
    own: ServerTools,
    others: BTreeMap<String, &'a Load>,
    specs: Vec<ToolSpec>,
}

impl Toolbox for Tools<'_> {
    fn specs(&self) -> &[ToolSpec] {
        &self.specs
    }

    fn call<'a>(&'a self, call: &'a ToolCall) -> Calling<'a> {
        Box::pin(async move {
            if let Some(load) = self.others.get(&call.name) {
                let input = call.arguments.get("input").and_then(Value::as_str).unwrap_or_default();
                return match self.bench.asked(load, input).await {
                    Ok(answer) => Outcome { content: answer, ..Outcome::default() },
                    Err(problem) => refused(problem.detail()),
                };
            }
            self.own.call(call).await
        })
    }
}

fn refused(why: &str) -> Outcome {
    Outcome { content: why.to_owned(), data: None, is_error: true }
}
