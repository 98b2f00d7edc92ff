//! Mistakes that are told when a server is built, and not to its clients.

use mcp::{
    Completion, Context, Error, NoArguments, Server, Tool,
    model::{JsonObject, Prompt, ResourceTemplate},
};
use schemars::JsonSchema;
use serde::Deserialize;

type Builder = mcp::Builder<()>;

fn why(build: impl FnOnce(Builder) -> Builder) -> String {
    match build(Server::builder("s", "1")).build() {
        Ok(_) => panic!("it was built"),
        Err(why) => why.to_string(),
    }
}

async fn nothing<A>(_: Context<()>, _: A) -> Result<String, Error> {
    Ok(String::new())
}

fn tool(name: &'static str) -> Tool {
    Tool::new(name, "A tool.")
}

#[test]
fn two_tools_of_one_name() {
    let said = why(|builder| {
        builder.tool(tool("a"), nothing::<NoArguments>).tool(tool("a"), nothing::<NoArguments>)
    });
    assert_eq!(said, "There are two of the tool `a`");
}

#[test]
fn a_name_that_clients_do_not_accept() {
    assert!(why(|builder| builder.tool(tool("a b"), nothing::<NoArguments>)).contains("letters"));
}

#[test]
fn arguments_that_are_no_object() {
    assert!(why(|builder| builder.tool(tool("a"), nothing::<u32>)).contains("object"));
    assert!(
        why(|builder| builder.tool(tool("a").input_schema(JsonObject::new()), nothing::<JsonObject>))
            .contains("object")
    );
}

#[test]
fn a_header_for_an_argument_that_cannot_be_in_one() {
    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Wrong {
        #[schemars(extend("x-mcp-header" = "Rate"))]
        rate: f64,
    }
    assert!(why(|builder| builder.tool(tool("a"), nothing::<Wrong>)).contains("x-mcp-header of `rate`"));
}

#[test]
fn a_template_that_is_not_understood() {
    let said = why(|builder| {
        builder.resource_template(ResourceTemplate::new("a://{?q}", "a"), |_, _| async { Ok(String::new()) })
    });
    assert!(said.contains("a://{?q}"));
}

#[test]
fn a_completion_of_nothing() {
    let complete = |completion| {
        why(move |builder| {
            builder
                .prompt(Prompt::new("p", Some("A prompt."), None), nothing::<NoArguments>)
                .complete(completion, |_, _| async { Ok(Vec::new()) })
        })
    };
    assert!(complete(Completion::of_prompt("p", "argument")).contains("nothing to complete"));
    assert!(complete(Completion::of_template("a://{b}", "b")).contains("nothing to complete"));
}
