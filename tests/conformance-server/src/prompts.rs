//! Prompts of fixed names.

use mcp::{
    Ask, Completion, Context, Error, Form, NoArguments, Reply,
    model::{ContentBlock, Prompt, PromptMessage, ResourceContents, Role},
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Desk, fixtures::RED_PIXEL_PNG};

type Builder = mcp::Builder<Desk>;

pub(crate) fn add(builder: Builder) -> Builder {
    builder
        .prompt(prompt("test_simple_prompt", "A prompt without arguments."), |_, _: NoArguments| async {
            Ok("This is a simple prompt for testing.".to_owned())
        })
        .prompt(
            prompt("test_prompt_with_arguments", "A prompt with two arguments."),
            |_, two: Two| async move {
                Ok(format!("Prompt with arguments: arg1='{}', arg2='{}'", two.arg1, two.arg2))
            },
        )
        .complete(Completion::of_prompt("test_prompt_with_arguments", "arg1"), |_, typed| async move {
            Ok(mcp::matching(["paris", "park", "party", "test"], &typed.value))
        })
        .prompt(prompt("test_prompt_with_embedded_resource", "A prompt about a resource."), with_resource)
        .prompt(prompt("test_prompt_with_image", "A prompt about a picture."), |_, _: NoArguments| async {
            Ok(vec![
                from_user(ContentBlock::image(RED_PIXEL_PNG, "image/png")),
                from_user(ContentBlock::text("Please analyze the image above.")),
            ])
        })
        .prompt(
            prompt("test_input_required_result_prompt", "A prompt that asks for its context."),
            with_context,
        )
}

fn prompt(name: &str, description: &str) -> Prompt {
    Prompt::new(name, Some(description), None)
}

fn from_user(content: ContentBlock) -> PromptMessage {
    PromptMessage::new(Role::User, content)
}

#[derive(Deserialize, JsonSchema)]
struct Two {
    /// First test argument
    arg1: String,
    /// Second test argument
    arg2: String,
}

#[derive(Deserialize, JsonSchema)]
struct Embedded {
    /// URI of the resource to embed
    #[serde(rename = "resourceUri")]
    resource_uri: String,
}

async fn with_resource(
    _: Context<Desk>,
    Embedded { resource_uri }: Embedded,
) -> Result<Vec<PromptMessage>, Error> {
    let resource = ResourceContents::text("Embedded resource content for testing.", resource_uri);
    Ok(vec![
        from_user(ContentBlock::resource(resource)),
        from_user(ContentBlock::text("Please process the embedded resource above.")),
    ])
}

#[derive(Deserialize, JsonSchema)]
struct PromptContext {
    context: String,
}

async fn with_context(context: Context<Desk>, _: NoArguments) -> Result<Reply<String>, Error> {
    Ok(match context.answers().form("user_context")? {
        Some(Form::Accepted(PromptContext { context })) => {
            Reply::Done(format!("Prompt with context: {context}"))
        }
        Some(_) => Reply::Done("Prompt without context".to_owned()),
        None => Reply::Ask(
            Ask::new().form_of::<PromptContext>("user_context", "What context should the prompt use?")?,
        ),
    })
}
