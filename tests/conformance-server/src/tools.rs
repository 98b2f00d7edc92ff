//! Tools that answer at once, or report while they work.

use mcp::{
    Ask, Context, Error, NoArguments, Reply, Tool,
    model::{
        CallToolResult, ClientCapabilities, ContentBlock, JsonObject, LoggingLevel, ResourceContents,
        SamplingCapability,
    },
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Desk,
    asking::YourName,
    fixtures::{RED_PIXEL_PNG, SILENCE_WAV},
};

type Builder = mcp::Builder<Desk>;

pub(crate) fn add(builder: Builder) -> Builder {
    builder
        .tool(Tool::new("test_simple_text", "Returns a text.").read_only(), |_, _: NoArguments| async {
            Ok("This is a simple text response for testing.".to_owned())
        })
        .tool(Tool::new("test_image_content", "Returns a picture.").read_only(), |_, _: NoArguments| async {
            Ok(ContentBlock::image(RED_PIXEL_PNG, "image/png"))
        })
        .tool(Tool::new("test_audio_content", "Returns a sound.").read_only(), |_, _: NoArguments| async {
            Ok(ContentBlock::audio(SILENCE_WAV, "audio/wav"))
        })
        .tool(
            Tool::new("test_embedded_resource", "Returns a resource.").read_only(),
            |_, _: NoArguments| async {
                Ok(embedded(
                    "test://embedded-resource",
                    "text/plain",
                    "This is an embedded resource content.",
                ))
            },
        )
        .tool(
            Tool::new("test_multiple_content_types", "Returns a text, a picture and a resource.").read_only(),
            |_, _: NoArguments| async {
                Ok(vec![
                    ContentBlock::text("Multiple content types test:"),
                    ContentBlock::image(RED_PIXEL_PNG, "image/png"),
                    embedded(
                        "test://mixed-content-resource",
                        "application/json",
                        r#"{"test":"data","value":123}"#,
                    ),
                ])
            },
        )
        .tool(Tool::new("test_error_handling", "Always fails.").read_only(), |_, _: NoArguments| async {
            Err::<String, _>(Error::refused("This tool intentionally returns an error for testing"))
        })
        .tool(
            Tool::new("test_tool_with_logging", "Logs three times while it works.").read_only(),
            log_three_times,
        )
        .tool(Tool::new("test_logging_tool", "Logs once.").read_only(), log_once)
        .tool(
            Tool::new("test_tool_with_progress", "Reports its progress three times.").read_only(),
            report_progress,
        )
        .tool(
            Tool::new("test_missing_capability", "Works only for clients that declare sampling.").read_only(),
            |context: Context<Desk>, _: NoArguments| async move {
                let mut required = ClientCapabilities::default();
                required.sampling = Some(SamplingCapability::default());
                context.require(&required)?;
                Ok("The client declares sampling.".to_owned())
            },
        )
        .tool(
            Tool::new("test_streaming_elicitation", "Reports progress, then asks for a name.").read_only(),
            |context: Context<Desk>, _: NoArguments| async move {
                context.progress(1.0, Some(2.0), Some("Before the question"));
                context.host().breathe().await;
                Ok(Reply::<CallToolResult>::Ask(
                    Ask::new().form_of::<YourName>("user_name", "What is your name?")?,
                ))
            },
        )
        .tool(
            Tool::new("test_x_mcp_header", "Takes an argument that is repeated in a header.").read_only(),
            in_region,
        )
        .tool(
            Tool::new("json_schema_2020_12_tool", "Tool with JSON Schema 2020-12 features")
                .read_only()
                .input_schema(json_schema_2020_12()),
            |_, arguments: JsonObject| async move { Ok(Value::Object(arguments).to_string()) },
        )
}

fn embedded(uri: &str, mime_type: &str, text: &str) -> ContentBlock {
    ContentBlock::resource(ResourceContents::text(text, uri).with_mime_type(mime_type))
}

async fn log_three_times(context: Context<Desk>, _: NoArguments) -> Result<String, Error> {
    context.log(LoggingLevel::Info, json!("Tool execution started"));
    context.host().breathe().await;
    context.log(LoggingLevel::Info, json!("Tool processing data"));
    context.host().breathe().await;
    context.log(LoggingLevel::Info, json!("Tool execution completed"));
    Ok("Logged three times.".to_owned())
}

async fn log_once(context: Context<Desk>, _: NoArguments) -> Result<String, Error> {
    context.log(LoggingLevel::Info, json!("Logged"));
    Ok("Logged, if that was asked for.".to_owned())
}

async fn report_progress(context: Context<Desk>, _: NoArguments) -> Result<String, Error> {
    for percent in [0.0, 50.0, 100.0] {
        if percent > 0.0 {
            context.host().breathe().await;
        }
        context.progress(percent, Some(100.0), None);
    }
    Ok("Reported three times.".to_owned())
}

#[derive(Deserialize, JsonSchema)]
struct Region {
    /// Any text. Clients repeat it in the header `Mcp-Param-Region`.
    #[schemars(extend("x-mcp-header" = "Region"))]
    region: String,
}

async fn in_region(_: Context<Desk>, Region { region }: Region) -> Result<String, Error> {
    Ok(format!("Region: {region}"))
}

/// The schema that the suite wants to see unchanged, word for word.
fn json_schema_2020_12() -> JsonObject {
    mcp::model::object(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": { "street": { "type": "string" }, "city": { "type": "string" } }
            }
        },
        "properties": {
            "name": { "type": "string" },
            "address": { "$ref": "#/$defs/address" },
            "contactMethod": { "type": "string", "enum": ["phone", "email"] },
            "phone": { "type": "string" },
            "email": { "type": "string" }
        },
        "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
        "if": { "properties": { "contactMethod": { "const": "phone" } }, "required": ["contactMethod"] },
        "then": { "required": ["phone"] },
        "else": { "required": ["email"] },
        "additionalProperties": false
    }))
}
