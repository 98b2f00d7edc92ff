//! Containers that say by their labels that they are MCP servers, whoever started them.

use ::http::Method;
use serde_json::{Value, json};

use super::{Docker, query};
use crate::engine::EngineError;

/// The label that names an MCP server; its value is the server's name.
const SERVER: &str = "mechafil-edge/mcp-server";
/// The label with the port on which the server listens, where its container publishes several.
const PORT: &str = "mechafil-edge/mcp-port";
/// The label with the path of the server; `/mcp` where it is missing.
const PATH: &str = "mechafil-edge/mcp-path";

/// An MCP server in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// Its name, as the label has it.
    pub name: String,
    /// Its address.
    pub url: String,
}

impl Docker {
    /// The containers that run and say that they are MCP servers; those of one name where it is given.
    ///
    /// # Errors
    /// When the engine does not answer as it should.
    pub async fn labelled(&self, name: Option<&str>) -> Result<Vec<Labelled>, EngineError> {
        let label = name.map_or_else(|| SERVER.to_owned(), |name| format!("{SERVER}={name}"));
        let filters = json!({ "label": [label], "status": ["running"] }).to_string();
        let path = format!("/containers/json?{}", query(&[("filters", &filters)]));
        let list = self.ask(Method::GET, &path, None).await?.ok()?.json()?;
        let engine = self.api.base.parse::<::http::Uri>().ok();
        let engine = engine.as_ref().and_then(::http::Uri::host).unwrap_or_default();
        Ok(list
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|container| labelled(container, engine))
            .collect())
    }
}

/// The server of a container, if a port of it can be reached.
fn labelled(container: &Value, engine: &str) -> Option<Labelled> {
    let label = |name: &str| container["Labels"][name].as_str();
    let published: Vec<&Value> = container["Ports"]
        .as_array()?
        .iter()
        .filter(|port| port["Type"] == "tcp" && port["PublicPort"].is_u64())
        .collect();
    let wanted = label(PORT).and_then(|port| port.parse::<u64>().ok());
    let port = match wanted {
        Some(wanted) => published.iter().find(|port| port["PrivatePort"] == wanted)?,
        None => published.first()?,
    };
    // Published on all addresses, it is reached by the engine's.
    let host = match port["IP"].as_str().unwrap_or_default() {
        "" | "0.0.0.0" | "::" => engine.to_owned(),
        address if address.contains(':') => format!("[{address}]"),
        address => address.to_owned(),
    };
    let path = label(PATH).unwrap_or("/mcp");
    let slash = if path.starts_with('/') { "" } else { "/" };
    Some(Labelled {
        name: label(SERVER)?.to_owned(),
        url: format!("http://{host}:{}{slash}{path}", port["PublicPort"]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(mut labels: Value, ports: &Value) -> Option<String> {
        labels[SERVER] = "docs".into();
        labelled(&json!({ "Labels": labels, "Ports": ports }), "engine.internal").map(|found| found.url)
    }

    #[test]
    fn a_container_is_reached_at_the_port_that_it_publishes() {
        let all = json!([{ "IP": "0.0.0.0", "PrivatePort": 8080, "PublicPort": 32_768, "Type": "tcp" }]);
        assert_eq!(url(json!({}), &all).as_deref(), Some("http://engine.internal:32768/mcp"));
        assert_eq!(url(json!({ PATH: "sse" }), &all).as_deref(), Some("http://engine.internal:32768/sse"));
        let two = json!([
            { "IP": "127.0.0.1", "PrivatePort": 9090, "PublicPort": 1, "Type": "tcp" },
            { "IP": "::1", "PrivatePort": 8080, "PublicPort": 2, "Type": "tcp" },
        ]);
        assert_eq!(url(json!({ PORT: "8080" }), &two).as_deref(), Some("http://[::1]:2/mcp"));
        assert_eq!(url(json!({ PORT: "81" }), &all), None);
        assert_eq!(
            url(json!({}), &json!([{ "PrivatePort": 8080, "Type": "tcp" }])),
            None,
            "nothing is published"
        );
    }
}
