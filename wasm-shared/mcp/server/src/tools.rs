//! Tools: typed functions that a model may call.

use std::{borrow::Cow, future::Future, sync::Arc};

use mcp_protocol::ParamHeader;
use rmcp::model::{self, CallToolResult, ContentBlock, Icon, JsonObject, MetaObject, ToolAnnotations};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Context, Error, Reply, ToolOutput, handling::Handling, schema};

/// What a client is told about a tool. Its schemas come from the types of its function.
#[derive(Clone, Debug)]
pub struct Tool {
    listed: model::Tool,
    /// Names under which all arguments may come wrapped.
    wrappers: Vec<&'static str>,
    input_schema: Option<JsonObject>,
    only_as_task: bool,
}

impl Tool {
    /// A tool of this name. `description` is read by a model that has to decide whether and how to call it.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>, description: impl Into<Cow<'static, str>>) -> Self {
        let listed = model::Tool::new(name, description, JsonObject::new());
        Self { listed, wrappers: Vec::new(), input_schema: None, only_as_task: false }
    }

    /// A name for people.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.listed.title = Some(title.into());
        self
    }

    /// What calling it does to the world, as hints that a client may show or act on.
    #[must_use]
    pub fn annotations(mut self, annotations: ToolAnnotations) -> Self {
        self.listed.annotations = Some(annotations);
        self
    }

    /// Says that it changes nothing, and that calling it twice is as good as once.
    #[must_use]
    pub fn read_only(self) -> Self {
        self.annotations(
            ToolAnnotations::new().read_only(true).destructive(false).idempotent(true).open_world(false),
        )
    }

    /// Pictures to show for it.
    #[must_use]
    pub fn icons(mut self, icons: Vec<Icon>) -> Self {
        self.listed.icons = Some(icons);
        self
    }

    /// Metadata for clients that know what it means.
    #[must_use]
    pub fn meta(mut self, meta: MetaObject) -> Self {
        self.listed.meta = Some(meta);
        self
    }

    /// Also accepts all arguments inside one member of one of these names, as clients send them that were written for
    /// servers whose functions took a single object: `{"sim": {...}}` for `{...}`.
    #[must_use]
    pub fn also_wrapped(mut self, names: impl IntoIterator<Item = &'static str>) -> Self {
        self.wrappers.extend(names);
        self
    }

    /// Refuses clients that take no [tasks](crate::Later): it takes too long for a client to wait for one answer.
    #[must_use]
    pub const fn only_as_task(mut self) -> Self {
        self.only_as_task = true;
        self
    }

    /// Declares another schema than that of the arguments' type, where a type cannot say it all.
    #[must_use]
    pub fn input_schema(mut self, schema: JsonObject) -> Self {
        self.input_schema = Some(schema);
        self
    }
}

type Call<S> = Box<dyn Fn(Context<S>, JsonObject) -> Handling<Reply<CallToolResult>> + Send + Sync>;

/// A tool and its function.
pub(crate) struct Entry<S> {
    pub(crate) listed: model::Tool,
    pub(crate) headers: Vec<ParamHeader>,
    pub(crate) only_as_task: bool,
    wrappers: Vec<&'static str>,
    call: Call<S>,
}

impl<S: Send + 'static> Entry<S> {
    pub(crate) fn new<A, O, F, Fut>(tool: Tool, call: F) -> Result<Self, Error>
    where
        A: DeserializeOwned + JsonSchema,
        O: ToolOutput,
        F: Fn(Context<S>, A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<O, Error>> + Send + 'static,
    {
        let Tool { mut listed, wrappers, input_schema, only_as_task } = tool;
        let wrong = |what: String| Error::definition(format!("Tool `{}`: {what}", listed.name));
        if !is_tool_name(&listed.name) {
            return Err(wrong("a name is 1 to 128 letters, digits, `_`, `-` or `.`".to_owned()));
        }
        let input = input_schema.unwrap_or_else(schema::of_input::<A>);
        if !schema::is_object(&input) {
            return Err(wrong("the arguments must be an object".to_owned()));
        }
        let headers = ParamHeader::of_schema(&input).map_err(wrong)?;
        listed.input_schema = Arc::new(input);
        listed.output_schema = O::schema().map(Arc::new);
        let call: Call<S> = Box::new(move |context, arguments| match read_arguments(arguments) {
            Ok(arguments) => {
                let running = call(context, arguments);
                Box::pin(async move { running.await?.into_reply() })
            }
            Err(why) => Box::pin(std::future::ready(Err(why))),
        });
        Ok(Self { listed, headers, only_as_task, wrappers, call })
    }

    /// Takes the arguments out of what they were wrapped in.
    pub(crate) fn unwrapped(&self, mut arguments: JsonObject) -> JsonObject {
        let wrapper =
            self.wrappers.iter().find(|name| arguments.len() == 1 && arguments.contains_key(**name));
        match wrapper.and_then(|name| arguments.remove(*name)) {
            Some(Value::Object(inner)) => inner,
            Some(other) => {
                arguments.extend(wrapper.map(|name| ((*name).to_owned(), other)));
                arguments
            }
            None => arguments,
        }
    }

    /// Calls it. What the caller can correct becomes a result that a model reads.
    pub(crate) async fn call(
        &self,
        context: Context<S>,
        arguments: JsonObject,
    ) -> Result<Reply<CallToolResult>, Error> {
        match (self.call)(context, arguments).await {
            Err(why) if why.kind() == crate::ErrorKind::Refused => Ok(Reply::Done(refused(&why))),
            outcome => outcome,
        }
    }
}

/// The result that tells a model what went wrong.
pub(crate) fn refused(why: &Error) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(why.message().to_owned())])
}

fn read_arguments<A: DeserializeOwned>(arguments: JsonObject) -> Result<A, Error> {
    serde_path_to_error::deserialize(Value::Object(arguments)).map_err(|why| {
        let path = why.path().to_string();
        let place = if path == "." {
            "The arguments do not fit".to_owned()
        } else {
            format!("`{path}` does not fit")
        };
        Error::refused(format!("{place}: {}.", why.inner()))
    })
}

/// The form that the specification recommends, so that every client accepts it.
fn is_tool_name(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

/// The tool of this name, or an error that offers the nearest ones.
pub(crate) fn find<'a, S>(tools: &'a [Entry<S>], name: &str) -> Result<&'a Entry<S>, Error> {
    tools.iter().find(|tool| tool.listed.name == name).ok_or_else(|| {
        let names = tools.iter().map(|tool| tool.listed.name.as_ref());
        Error::unknown("tool", name, names)
    })
}
