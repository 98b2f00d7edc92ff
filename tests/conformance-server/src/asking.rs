//! Tools that ask the client for more before they answer.

use mcp::{
    Ask, Context, Error, Form, NoArguments, Reply, Tool,
    model::{
        ClientCapabilities, CreateMessageRequestParams, CreateMessageResult, ElicitationSchema, JsonObject,
        Root, SamplingMessage,
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Desk;

type Builder = mcp::Builder<Desk>;
type Answer = Result<Reply<String>, Error>;

pub(crate) fn add(builder: Builder) -> Builder {
    builder
        .tool(asking("test_sampling", "Has the client's model answer a prompt."), sampling)
        .tool(asking("test_elicitation", "Has the user give a name and an address."), elicitation)
        .tool(
            asking("test_elicitation_sep1034_defaults", "Shows a form with defaults."),
            |context, _: NoArguments| form(context, form_with_defaults()),
        )
        .tool(
            asking("test_elicitation_sep1330_enums", "Shows a form with choices."),
            |context, _: NoArguments| form(context, form_with_choices()),
        )
        .tool(asking("test_input_required_result_elicitation", "Greets the user by name."), greet)
        .tool(asking("test_input_required_result_sampling", "Asks the client's model."), capital)
        .tool(asking("test_input_required_result_list_roots", "Lists the client's roots."), roots)
        .tool(asking("test_input_required_result_request_state", "Remembers that it asked."), remember)
        .tool(asking("test_input_required_result_tampered_state", "Remembers that it asked."), remember)
        .tool(
            asking("test_input_required_result_multiple_inputs", "Asks three things at once."),
            three_at_once,
        )
        .tool(asking("test_input_required_result_multi_round", "Asks twice in a row."), twice)
        .tool(
            asking("test_input_required_result_capabilities", "Asks what the client can answer."),
            what_you_can,
        )
}

fn asking(name: &'static str, description: &'static str) -> Tool {
    Tool::new(name, description).read_only()
}

/// The form that many of the suite's scenarios have.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct YourName {
    pub(crate) name: String,
}

#[derive(Deserialize, JsonSchema)]
struct Prompt {
    /// What the client's model is asked.
    prompt: String,
}

async fn sampling(context: Context<Desk>, Prompt { prompt }: Prompt) -> Answer {
    Ok(match context.answers().sampled("sampling")? {
        Some(said) => Reply::Done(format!("LLM response: {}", words(&said))),
        None => Reply::Ask(Ask::new().sample("sampling", question(&prompt, 100))),
    })
}

#[derive(Deserialize, JsonSchema)]
struct Message {
    /// What the user is told.
    message: String,
}

#[derive(Deserialize, Serialize, JsonSchema)]
struct Account {
    /// User's response
    username: String,
    /// User's email address
    email: String,
}

async fn elicitation(context: Context<Desk>, Message { message }: Message) -> Answer {
    Ok(match context.answers().form::<Account>("account")? {
        Some(given) => Reply::Done(format!("User response: {}", told(&given))),
        None => Reply::Ask(Ask::new().form_of::<Account>("account", message)?),
    })
}

async fn form(context: Context<Desk>, schema: Value) -> Answer {
    if let Some(given) = context.answers().form::<JsonObject>("form")? {
        return Ok(Reply::Done(format!("Elicitation completed: {}", told(&given))));
    }
    let schema = ElicitationSchema::from_json_schema(mcp::model::object(schema))
        .map_err(|why| Error::internal(format!("The form is wrong: {why}")))?;
    Ok(Reply::Ask(Ask::new().form("form", "Please fill in the form", schema)))
}

async fn greet(context: Context<Desk>, _: NoArguments) -> Answer {
    Ok(match context.answers().form("user_name")? {
        Some(Form::Accepted(YourName { name })) => Reply::Done(format!("Hello, {name}!")),
        Some(_) => Reply::Done("Hello, whoever you are!".to_owned()),
        None => Reply::Ask(Ask::new().form_of::<YourName>("user_name", "What is your name?")?),
    })
}

async fn capital(context: Context<Desk>, _: NoArguments) -> Answer {
    Ok(match context.answers().sampled("capital_question")? {
        Some(said) => Reply::Done(words(&said)),
        None => {
            Reply::Ask(Ask::new().sample("capital_question", question("What is the capital of France?", 100)))
        }
    })
}

async fn roots(context: Context<Desk>, _: NoArguments) -> Answer {
    Ok(match context.answers().roots("client_roots")? {
        Some(roots) => Reply::Done(listed(&roots)),
        None => Reply::Ask(Ask::new().roots("client_roots")),
    })
}

#[derive(Deserialize, JsonSchema)]
struct Confirmation {
    ok: bool,
}

async fn remember(context: Context<Desk>, _: NoArguments) -> Answer {
    let answers = context.answers();
    Ok(match (answers.form("confirm")?, answers.remembered::<String>()?) {
        (Some(Form::Accepted(Confirmation { ok })), Some(state)) => Reply::Done(format!("{state}: {ok}")),
        (Some(Form::Declined | Form::Cancelled), Some(state)) => {
            Reply::Done(format!("{state}: not confirmed"))
        }
        _ => Reply::Ask(
            Ask::new().form_of::<Confirmation>("confirm", "Please confirm")?.remember(&"state-ok")?,
        ),
    })
}

async fn three_at_once(context: Context<Desk>, _: NoArguments) -> Answer {
    let answers = context.answers();
    let name = answers.form::<YourName>("user_name")?;
    let (greeting, roots) = (answers.sampled("greeting")?, answers.roots("client_roots")?);
    Ok(match (name, greeting, roots) {
        (Some(Form::Accepted(YourName { name })), Some(greeting), Some(roots)) => {
            Reply::Done(format!("{} {name}. Your roots: {}", words(&greeting), listed(&roots)))
        }
        _ => Reply::Ask(
            Ask::new()
                .form_of::<YourName>("user_name", "What is your name?")?
                .sample("greeting", question("Generate a greeting", 50))
                .roots("client_roots")
                .remember(&"asked for three")?,
        ),
    })
}

#[derive(Deserialize, JsonSchema)]
struct FavoriteColor {
    color: String,
}

/// Asks for a name, remembers it, asks for a color.
async fn twice(context: Context<Desk>, _: NoArguments) -> Answer {
    let answers = context.answers();
    let color = answers.form::<FavoriteColor>("step2")?;
    if let (Some(Form::Accepted(FavoriteColor { color })), Some(name)) =
        (color, answers.remembered::<String>()?)
    {
        return Ok(Reply::Done(format!("{name} likes {color}.")));
    }
    Ok(Reply::Ask(match answers.form::<YourName>("step1")? {
        Some(Form::Accepted(YourName { name })) => Ask::new()
            .form_of::<FavoriteColor>("step2", "Step 2: What is your favorite color?")?
            .remember(&name)?,
        _ => Ask::new().form_of::<YourName>("step1", "Step 1: What is your name?")?.remember(&"")?,
    }))
}

async fn what_you_can(context: Context<Desk>, _: NoArguments) -> Answer {
    let ClientCapabilities { elicitation, sampling, .. } = context.client_capabilities();
    let answered = context.answers().sampled("greeting")?.map(|said| words(&said));
    if let Some(answered) = answered {
        return Ok(Reply::Done(answered));
    }
    let mut ask = Ask::new();
    if elicitation.is_some() {
        ask = ask.form_of::<YourName>("user_name", "What is your name?")?;
    }
    if sampling.is_some() {
        ask = ask.sample("greeting", question("Generate a greeting", 50));
    }
    if elicitation.is_none() && sampling.is_none() {
        return Err(Error::refused("The client can answer nothing that this tool could ask."));
    }
    Ok(Reply::Ask(ask))
}

fn question(text: &str, max_tokens: u32) -> CreateMessageRequestParams {
    CreateMessageRequestParams::new(vec![SamplingMessage::user_text(text)], max_tokens)
}

fn words(said: &CreateMessageResult) -> String {
    said.message.content.iter().filter_map(|part| part.as_text()).map(|part| part.text.as_str()).collect()
}

fn listed(roots: &[Root]) -> String {
    roots.iter().map(|root| root.uri.as_str()).collect::<Vec<_>>().join(", ")
}

fn told<T: Serialize>(form: &Form<T>) -> String {
    match form {
        Form::Accepted(content) => format!("action=accept, content={}", json!(content)),
        Form::Declined => "action=decline, content={}".to_owned(),
        Form::Cancelled => "action=cancel, content={}".to_owned(),
    }
}

fn form_with_defaults() -> Value {
    json!({
        "type": "object",
        "properties": {
            "name": { "type": "string", "default": "John Doe" },
            "age": { "type": "integer", "default": 30 },
            "score": { "type": "number", "default": 95.5 },
            "status": { "type": "string", "enum": ["active", "inactive", "pending"], "default": "active" },
            "verified": { "type": "boolean", "default": true }
        }
    })
}

fn form_with_choices() -> Value {
    let choices = json!(["option1", "option2", "option3"]);
    json!({
        "type": "object",
        "properties": {
            "untitledSingle": { "type": "string", "enum": choices },
            "titledSingle": { "type": "string", "oneOf": [
                { "const": "value1", "title": "First Option" },
                { "const": "value2", "title": "Second Option" },
                { "const": "value3", "title": "Third Option" }
            ] },
            "legacyEnum": {
                "type": "string", "enum": ["opt1", "opt2", "opt3"],
                "enumNames": ["Option One", "Option Two", "Option Three"]
            },
            "untitledMulti": { "type": "array", "items": { "type": "string", "enum": choices } },
            "titledMulti": { "type": "array", "items": { "anyOf": [
                { "const": "value1", "title": "First Choice" },
                { "const": "value2", "title": "Second Choice" },
                { "const": "value3", "title": "Third Choice" }
            ] } }
        }
    })
}
