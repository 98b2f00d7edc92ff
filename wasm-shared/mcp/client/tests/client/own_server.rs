//! This product's own server library, in every revision.

use std::collections::BTreeMap;

use axum::{Router, extract::Request};
use mcp::{Context, Error, NoArguments, Server, Tool};
use mcp_client::{Call, Called, Client, Endpoint, Revision, model::object};
use outbound::{Development, PublicUrl};
use serde_json::{Value, json};

use crate::common::{Heard, client, only, platform};

async fn serving() -> (String, tokio::task::JoinHandle<()>) {
    let server = Server::<()>::builder("trips", "1.0.0")
        .page_size(2)
        .tool(
            Tool::new("echo", "Gives back what it gets.").input_schema(object(json!({
                "type": "object",
                "properties": { "said": { "type": "string", "x-mcp-header": "Said" } },
            }))),
            |_, arguments: BTreeMap<String, Value>| async move { Ok(json!(arguments).to_string()) },
        )
        .tool(
            Tool::new("slow", "Reports while it works."),
            |context: Context<()>, _: NoArguments| async move {
                context.progress(1.0, Some(2.0), Some("half"));
                Ok("done".to_owned())
            },
        )
        .tool(Tool::new("wrong", "Refuses."), |_, _: NoArguments| async {
            Err::<String, _>(Error::refused("Not so."))
        })
        .build()
        .unwrap();
    let router = Router::new().fallback(move |request: Request| {
        let server = server.clone();
        async move { mcp::answer(&server, (), request).await }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://127.0.0.1:{}/mcp", listener.local_addr().unwrap().port());
    (url, tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }))
}

async fn call(client: &Client<'_>, name: &str, arguments: Value, heard: &mut Heard) -> Value {
    let session = client.connect().await.unwrap();
    let tools = client.tools(&session).await.unwrap();
    let schema = tools.entries.iter().find(|tool| tool.name == name).map(|tool| tool.input_schema.as_ref());
    let call = Call { name, arguments: object(arguments), schema, with_progress: true, ..Call::default() };
    match client.call(&session, call, heard).await.unwrap() {
        Called::Done(result) => serde_json::to_value(result).unwrap(),
        asks @ Called::Asks { .. } => panic!("{asks:?}"),
    }
}

#[tokio::test]
async fn every_revision_lists_and_calls_tools_and_hears_their_progress() {
    let (platform, (url, running)) = (platform(), serving().await);
    let endpoint = Endpoint::new(PublicUrl::from_user(&url, Development::Loopback).unwrap());
    for revision in Revision::ALL {
        let profile = only(revision);
        let client = client(&platform, &endpoint, &profile);
        let session = client.connect().await.unwrap();
        assert_eq!(session.revision, revision);
        assert_eq!(session.server["name"], "trips");
        let names: Vec<_> =
            client.tools(&session).await.unwrap().entries.into_iter().map(|tool| tool.name).collect();
        assert_eq!(names, ["echo", "slow", "wrong"], "{revision}");
        client.probe(&session).await.unwrap();
        // The argument is repeated in a header, which cannot carry it as it is.
        let said = call(&client, "echo", json!({ "said": " Grüße" }), &mut Heard::default()).await;
        assert_eq!(said["content"][0]["text"], r#"{"said":" Grüße"}"#, "{revision}");
        let mut heard = Heard::default();
        let slow = call(&client, "slow", json!({}), &mut heard).await;
        assert_eq!(
            (&slow["content"][0]["text"], heard.0[0].1["message"].as_str()),
            (&json!("done"), Some("half"))
        );
        let wrong = call(&client, "wrong", json!({}), &mut Heard::default()).await;
        assert_eq!((&wrong["isError"], &wrong["content"][0]["text"]), (&json!(true), &json!("Not so.")));
    }
    running.abort();
}
