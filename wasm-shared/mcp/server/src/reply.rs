//! What handlers give back.

use rmcp::model::{
    CallToolResult, ContentBlock, GetPromptResult, JsonObject, PromptMessage, ReadResourceResult,
    ResourceContents, Role,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Ask, Error, Later, schema};

/// Done, in need of more from the client, or of more time.
#[derive(Clone, Debug)]
pub enum Reply<T> {
    /// The answer.
    Done(T),
    /// What the client must find out first. Only for clients of 2026-07-28.
    Ask(Ask),
    /// To be called again. Only from tools.
    Later(Later),
}

/// What a tool may return.
pub trait ToolOutput: Sized {
    /// The schema of its structured content, if it has any.
    #[must_use]
    fn schema() -> Option<JsonObject> {
        None
    }

    /// The result that goes to the client.
    ///
    /// # Errors
    ///
    /// What cannot be written as JSON.
    fn into_reply(self) -> Result<Reply<CallToolResult>, Error>;
}

/// What a prompt may return.
pub trait PromptOutput: Sized {
    /// The result that goes to the client.
    fn into_reply(self) -> Reply<GetPromptResult>;
}

/// What reading a resource may return.
pub trait ResourceOutput: Sized {
    /// The result that goes to the client. `uri` is what was read, `mime_type` what was declared for it.
    fn into_reply(self, uri: &str, mime_type: Option<&str>) -> Reply<ReadResourceResult>;
}

/// A value for programs, with its schema declared by the tool, and the same as text for models.
///
/// The text is the value's JSON, as the protocol advises, unless [`Structured::with_text`] says it better.
#[derive(Clone, Debug)]
pub struct Structured<T> {
    value: T,
    text: Option<String>,
}

impl<T> Structured<T> {
    /// `value`, and its JSON as text.
    pub const fn new(value: T) -> Self {
        Self { value, text: None }
    }

    /// Says the same in words, or in fewer digits.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }
}

impl<T: Serialize + JsonSchema> ToolOutput for Structured<T> {
    fn schema() -> Option<JsonObject> {
        Some(schema::of_output::<T>())
    }

    fn into_reply(self) -> Result<Reply<CallToolResult>, Error> {
        let value = serde_json::to_value(self.value)
            .map_err(|why| Error::internal(format!("The result is not JSON: {why}")))?;
        let text = self.text.unwrap_or_else(|| value.to_string());
        let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
        result.structured_content = Some(value);
        Ok(Reply::Done(result))
    }
}

impl ToolOutput for CallToolResult {
    fn into_reply(self) -> Result<Reply<CallToolResult>, Error> {
        Ok(Reply::Done(self))
    }
}

impl ToolOutput for Vec<ContentBlock> {
    fn into_reply(self) -> Result<Reply<CallToolResult>, Error> {
        Ok(Reply::Done(CallToolResult::success(self)))
    }
}

impl ToolOutput for ContentBlock {
    fn into_reply(self) -> Result<Reply<CallToolResult>, Error> {
        vec![self].into_reply()
    }
}

impl ToolOutput for String {
    fn into_reply(self) -> Result<Reply<CallToolResult>, Error> {
        ContentBlock::text(self).into_reply()
    }
}

impl<T: ToolOutput> ToolOutput for Reply<T> {
    fn schema() -> Option<JsonObject> {
        T::schema()
    }

    fn into_reply(self) -> Result<Reply<CallToolResult>, Error> {
        match self {
            Self::Done(output) => output.into_reply(),
            Self::Ask(ask) => Ok(Reply::Ask(ask)),
            Self::Later(later) => Ok(Reply::Later(later)),
        }
    }
}

impl PromptOutput for GetPromptResult {
    fn into_reply(self) -> Reply<GetPromptResult> {
        Reply::Done(self)
    }
}

impl PromptOutput for Vec<PromptMessage> {
    fn into_reply(self) -> Reply<GetPromptResult> {
        Reply::Done(GetPromptResult::new(self))
    }
}

/// One message from the user.
impl PromptOutput for String {
    fn into_reply(self) -> Reply<GetPromptResult> {
        vec![PromptMessage::new_text(Role::User, self)].into_reply()
    }
}

impl<T: PromptOutput> PromptOutput for Reply<T> {
    fn into_reply(self) -> Reply<GetPromptResult> {
        match self {
            Self::Done(output) => output.into_reply(),
            Self::Ask(ask) => Reply::Ask(ask),
            Self::Later(later) => Reply::Later(later),
        }
    }
}

impl ResourceOutput for ReadResourceResult {
    fn into_reply(self, _: &str, _: Option<&str>) -> Reply<ReadResourceResult> {
        Reply::Done(self)
    }
}

impl ResourceOutput for Vec<ResourceContents> {
    fn into_reply(self, _: &str, _: Option<&str>) -> Reply<ReadResourceResult> {
        Reply::Done(ReadResourceResult::new(self))
    }
}

/// The text of the resource.
impl ResourceOutput for String {
    fn into_reply(self, uri: &str, mime_type: Option<&str>) -> Reply<ReadResourceResult> {
        let contents = ResourceContents::text(self, uri);
        vec![match mime_type {
            Some(mime_type) => contents.with_mime_type(mime_type),
            None => contents,
        }]
        .into_reply(uri, mime_type)
    }
}

impl<T: ResourceOutput> ResourceOutput for Reply<T> {
    fn into_reply(self, uri: &str, mime_type: Option<&str>) -> Reply<ReadResourceResult> {
        match self {
            Self::Done(output) => output.into_reply(uri, mime_type),
            Self::Ask(ask) => Reply::Ask(ask),
            Self::Later(later) => Reply::Later(later),
        }
    }
}
