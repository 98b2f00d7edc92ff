//! Asking the client for more, and reading what it answered.
//!
//! A server of 2026-07-28 does not send requests. It answers a request with what it still wants ([`Ask`]), the client
//! finds that out, and sends the request again with it ([`Answers`]). Nothing is kept on the server in between: what
//! it wants to find again it gives the client to carry, [sealed](crate::SealingKey).

use rmcp::model::{
    ClientCapabilities, CreateMessageRequest, CreateMessageRequestParams, CreateMessageResult, ElicitRequest,
    ElicitRequestParams, ElicitResult, ElicitationAction, ElicitationCapability, ElicitationSchema,
    FormElicitationCapability, InputRequest, InputRequests, JsonObject, ListRootsRequest, ListRootsResult,
    Root, RootsCapabilities, SamplingCapability, UrlElicitationCapability,
};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Error, schema};

/// What a tool, prompt or resource wants from the client before it can go on.
///
/// ```
/// use mcp::{Answers, Ask, Error, Form, Reply};
///
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct Who {
///     /// Your name.
///     name: String,
/// }
///
/// fn greet(answers: &Answers) -> Result<Reply<String>, Error> {
///     match answers.form("who")? {
///         Some(Form::Accepted(Who { name })) => Ok(Reply::Done(format!("Hello, {name}!"))),
///         Some(_) => Err(Error::refused("Without a name there is no greeting.")),
///         None => Ok(Reply::Ask(Ask::new().form_of::<Who>("who", "What is your name?")?)),
///     }
/// }
/// # assert!(matches!(greet(&Answers::default()), Ok(Reply::Ask(_))));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Ask {
    pub(crate) requests: InputRequests,
    pub(crate) state: Option<Value>,
}

impl Ask {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the user to fill in a form. `key` finds the answer again ([`Answers::form`]).
    #[must_use]
    pub fn form(self, key: impl Into<String>, message: impl Into<String>, schema: ElicitationSchema) -> Self {
        let params = ElicitRequestParams::FormElicitationParams {
            meta: None,
            message: message.into(),
            requested_schema: schema,
        };
        self.request(key, InputRequest::Elicitation(ElicitRequest::new(params)))
    }

    /// Asks the user to fill in a form with the fields of `T`, which must be texts, numbers, truth values or choices.
    ///
    /// # Errors
    ///
    /// A type that has other fields.
    pub fn form_of<T: JsonSchema>(
        self,
        key: impl Into<String>,
        message: impl Into<String>,
    ) -> Result<Self, Error> {
        let schema = ElicitationSchema::from_json_schema(schema::of_input::<T>())
            .map_err(|why| Error::internal(format!("A form cannot have such fields: {why}")))?;
        Ok(self.form(key, message, schema))
    }

    /// Asks the client's model to go on with a conversation ([`Answers::sampled`]).
    #[must_use]
    pub fn sample(self, key: impl Into<String>, params: CreateMessageRequestParams) -> Self {
        self.request(key, InputRequest::CreateMessage(CreateMessageRequest::new(params)))
    }

    /// Asks for the client's root directories ([`Answers::roots`]).
    #[must_use]
    pub fn roots(self, key: impl Into<String>) -> Self {
        self.request(key, InputRequest::ListRoots(ListRootsRequest::default()))
    }

    /// Asks anything the protocol allows to be asked. A [task](crate::Later) may use a key once only: to ask again it takes
    /// another.
    #[must_use]
    pub fn request(mut self, key: impl Into<String>, request: InputRequest) -> Self {
        self.requests.insert(key.into(), request);
        self
    }

    /// Gives the client something to bring back ([`Answers::remembered`]). The client can read it, but not change it.
    ///
    /// # Errors
    ///
    /// What cannot be written as JSON cannot be remembered.
    pub fn remember(mut self, state: &impl Serialize) -> Result<Self, Error> {
        self.state = Some(state_of(state)?);
        Ok(self)
    }

    /// Fails if there is nothing in it: its tool would be called again and again.
    pub(crate) fn require_something(self) -> Result<Self, Error> {
        if self.requests.is_empty() && self.state.is_none() {
            return Err(Error::internal("A handler asked for nothing"));
        }
        Ok(self)
    }

    /// What the client would have to be able to do, and has not said that it is. A server may not ask it then.
    pub(crate) fn missing(&self, declared: &ClientCapabilities) -> Option<ClientCapabilities> {
        missing(&self.requests, declared)
    }
}

/// What a client would have to be able to do to answer `requests`, and has not said that it is.
pub(crate) fn missing(requests: &InputRequests, declared: &ClientCapabilities) -> Option<ClientCapabilities> {
    let mut missing = ClientCapabilities::default();
    for request in requests.values() {
        match request {
            InputRequest::CreateMessage(request) => match &declared.sampling {
                None => missing.sampling = Some(SamplingCapability::default()),
                Some(declared) if declared.tools.is_none() && uses_tools(&request.params) => {
                    missing.sampling.get_or_insert_default().tools = Some(JsonObject::new());
                }
                Some(_) => {}
            },
            InputRequest::Elicitation(request) => {
                if let Some(lacking) = missing_elicitation(&request.params, declared.elicitation.as_ref()) {
                    missing.elicitation = Some(lacking);
                }
            }
            InputRequest::ListRoots(_) if declared.roots.is_none() => {
                missing.roots = Some(RootsCapabilities::default());
            }
            _ => {}
        }
    }
    (missing != ClientCapabilities::default()).then_some(missing)
}

/// What a handler wants to find again.
pub(crate) fn state_of(state: &impl Serialize) -> Result<Value, Error> {
    serde_json::to_value(state)
        .map_err(|why| Error::internal(format!("What is to be remembered is not JSON: {why}")))
}

fn uses_tools(params: &CreateMessageRequestParams) -> bool {
    params.tools.is_some() || params.tool_choice.is_some()
}

/// The same with its kinds: a client that declares elicitation without one means forms, as before there were kinds.
pub(crate) fn with_kinds(declared: &ElicitationCapability) -> ElicitationCapability {
    let mut declared = declared.clone();
    if declared.form.is_none() && declared.url.is_none() {
        declared.form = Some(FormElicitationCapability::new());
    }
    declared
}

fn missing_elicitation(
    params: &ElicitRequestParams,
    declared: Option<&ElicitationCapability>,
) -> Option<ElicitationCapability> {
    let wants_url = matches!(params, ElicitRequestParams::UrlElicitationParams { .. });
    let has = declared
        .map(with_kinds)
        .is_some_and(|declared| if wants_url { declared.url.is_some() } else { declared.form.is_some() });
    let capability = ElicitationCapability::new();
    match (has, wants_url) {
        (true, _) => None,
        (false, true) => Some(capability.with_url(UrlElicitationCapability::new())),
        // What a client of any revision understands as "forms".
        (false, false) if declared.is_none() => Some(capability),
        (false, false) => Some(capability.with_form(FormElicitationCapability::new())),
    }
}

/// What the client sent along with a request that it sends again.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    given: JsonObject,
    state: Option<Value>,
}

/// How the user took a form.
#[derive(Clone, Debug, PartialEq)]
pub enum Form<T> {
    /// Filled in.
    Accepted(T),
    /// Refused.
    Declined,
    /// Closed without an answer.
    Cancelled,
}

impl Answers {
    pub(crate) fn new(given: JsonObject, state: Option<Value>) -> Self {
        Self { given, state }
    }

    /// The form asked for under `key`, if it was answered.
    ///
    /// # Errors
    ///
    /// An answer that is not one, or whose content does not fit `T`.
    pub fn form<T: DeserializeOwned>(&self, key: &str) -> Result<Option<Form<T>>, Error> {
        let Some(result) = self.read::<ElicitResult>(key)? else { return Ok(None) };
        match result.action {
            ElicitationAction::Accept => {
                let content = result.content.unwrap_or_else(|| Value::Object(JsonObject::new()));
                serde_json::from_value(content)
                    .map(|content| Some(Form::Accepted(content)))
                    .map_err(|why| wrong(key, &why))
            }
            ElicitationAction::Decline => Ok(Some(Form::Declined)),
            _ => Ok(Some(Form::Cancelled)),
        }
    }

    /// What the client's model said under `key`, if it was asked and answered.
    ///
    /// # Errors
    ///
    /// An answer that is not one.
    pub fn sampled(&self, key: &str) -> Result<Option<CreateMessageResult>, Error> {
        self.read(key)
    }

    /// The client's root directories, if they were asked for under `key` and given.
    ///
    /// # Errors
    ///
    /// An answer that is not one.
    pub fn roots(&self, key: &str) -> Result<Option<Vec<Root>>, Error> {
        Ok(self.read::<ListRootsResult>(key)?.map(|result| result.roots))
    }

    /// What [`Ask::remember`] gave the client to carry, or [`Later::remember`](crate::Later::remember) kept. It is what this
    /// server wrote, for this request and caller.
    ///
    /// # Errors
    ///
    /// A state of another form, as an earlier version of the server may have written.
    pub fn remembered<T: DeserializeOwned>(&self) -> Result<Option<T>, Error> {
        self.state.clone().map(serde_json::from_value).transpose().map_err(|_| {
            Error::invalid_params(
                "Invalid params: `requestState` is of another version; send the request again without it",
            )
        })
    }

    fn read<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        self.given.get(key).cloned().map(serde_json::from_value).transpose().map_err(|why| wrong(key, &why))
    }
}

fn wrong(key: &str, why: &serde_json::Error) -> Error {
    Error::invalid_params(format!("Invalid params: `inputResponses.{key}`: {why}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answers(given: Value) -> Answers {
        Answers::new(rmcp::model::object(given), None)
    }

    fn capabilities(declared: Value) -> ClientCapabilities {
        serde_json::from_value(declared).unwrap()
    }

    fn form() -> Ask {
        Ask::new().form("who", "?", ElicitationSchema::builder().required_string("name").build().unwrap())
    }

    #[test]
    fn an_answer_under_another_key_is_no_answer() {
        let given = answers(json!({ "other": { "action": "accept", "content": {} } }));
        assert_eq!(given.form::<Value>("who").unwrap(), None);
    }

    #[test]
    fn a_form_is_accepted_declined_or_closed() {
        let given = answers(json!({
            "a": { "action": "accept", "content": { "name": "Ada" } }, "d": { "action": "decline" }, "c": { "action": "cancel" }
        }));
        assert_eq!(given.form("a").unwrap(), Some(Form::Accepted(json!({ "name": "Ada" }))));
        assert_eq!(given.form::<Value>("d").unwrap(), Some(Form::Declined));
        assert_eq!(given.form::<Value>("c").unwrap(), Some(Form::Cancelled));
        assert!(answers(json!({ "a": 12345 })).form::<Value>("a").is_err());
    }

    #[test]
    fn a_client_is_not_asked_for_what_it_cannot_do() {
        assert!(form().missing(&capabilities(json!({ "elicitation": {} }))).is_none());
        assert!(form().missing(&capabilities(json!({ "elicitation": { "form": {} } }))).is_none());
        assert!(form().missing(&capabilities(json!({ "elicitation": { "url": {} } }))).is_some());
        let missing = form().missing(&capabilities(json!({ "sampling": {} }))).unwrap();
        assert_eq!(serde_json::to_value(missing).unwrap(), json!({ "elicitation": {} }));
        let missing = Ask::new().roots("r").missing(&capabilities(json!({}))).unwrap();
        assert_eq!(serde_json::to_value(missing).unwrap(), json!({ "roots": {} }));
    }
}
