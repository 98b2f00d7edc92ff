//! Resources, their templates and prompts of connected servers as they are offered: names that lead back to their server, and texts
//! marked as its own.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::pins::BETWEEN;

/// What begins the address of a resource of a connected server: its name and its own address follow.
const PREFIX: &str = "connected://server/";
/// What begins a template of a connected server, and the addresses that it describes: the server's name and its own template
/// follow as they are, so that a client that puts values in puts them in as the server wants them.
const TEMPLATE_PREFIX: &str = "connected://template/";
/// The longest description that is passed on, in characters.
const LONGEST: usize = 1_000;

/// The address at `/mcp` of a server's resource.
#[must_use]
pub fn address(server: &str, uri: &str) -> String {
    let mut address = format!("{PREFIX}{server}/");
    for byte in uri.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            address.push(char::from(byte));
        } else {
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address
}

/// The server of an address, and its own address of the resource.
#[must_use]
pub fn of_address(address: &str) -> Option<(&str, String)> {
    if let Some(rest) = address.strip_prefix(TEMPLATE_PREFIX) {
        return rest.split_once('/').map(|(server, uri)| (server, uri.to_owned()));
    }
    let (server, encoded) = address.strip_prefix(PREFIX)?.split_once('/')?;
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let [high, low, after @ ..] = after else { return None };
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        bytes.push(digit(*high)? * 16 + digit(*low)?);
        rest = after;
    }
    Some((server, String::from_utf8(bytes).ok()?))
}

/// The name at `/mcp` of a server's prompt.
#[must_use]
pub fn prompt_name(server: &str, name: &str) -> String {
    format!("{server}{BETWEEN}{name}")
}

/// The server of a prompt's name, and its own name of the prompt. No server's name holds what stands between.
#[must_use]
pub fn of_prompt_name(name: &str) -> Option<(&str, &str)> {
    name.split_once(BETWEEN)
}

/// A resource as it is listed at `/mcp`; `None` where it has no address.
#[must_use]
pub fn resource(server: &str, told: &Value) -> Option<Value> {
    let uri = told["uri"].as_str()?;
    let name = told["name"].as_str().unwrap_or(uri);
    let mut shown = json!({
        "uri": address(server, uri), "name": format!("{server}: {}", short(name)), "description": marked(server, told),
    });
    for member in ["mimeType", "size"] {
        if let Some(value) = told.get(member).filter(|value| value.is_string() || value.is_u64()) {
            shown[member] = value.clone();
        }
    }
    Some(shown)
}

/// A template of resources as it is listed at `/mcp`; `None` where it is none.
#[must_use]
pub fn template(server: &str, told: &Value) -> Option<Value> {
    let template = told["uriTemplate"].as_str()?;
    let name = told["name"].as_str().unwrap_or(template);
    let mut shown = json!({
        "uriTemplate": format!("{TEMPLATE_PREFIX}{server}/{template}"), "name": format!("{server}: {}", short(name)),
        "description": marked(server, told),
    });
    if let Some(kind) = told.get("mimeType").filter(|kind| kind.is_string()) {
        shown["mimeType"] = kind.clone();
    }
    Some(shown)
}

/// A prompt as it is listed at `/mcp`; `None` where it has no name.
#[must_use]
pub fn prompt(server: &str, told: &Value) -> Option<Value> {
    let name = told["name"].as_str()?;
    let mut shown = json!({ "name": prompt_name(server, name), "description": marked(server, told) });
    if let Some(arguments) = told.get("arguments").filter(|arguments| arguments.is_array()) {
        shown["arguments"] = arguments.clone();
    }
    Some(shown)
}

fn marked(server: &str, told: &Value) -> String {
    let said = short(told["description"].as_str().unwrap_or("no description"));
    format!("[From the connected MCP server \"{server}\", which wrote this text] {said}")
}

fn short(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_address_leads_back_to_its_server_and_resource(server in "[a-zA-Z0-9]{1,9}(-[a-z0-9]{1,4})?", uri in "\\PC{1,60}") {
            let address = address(&server, &uri);
            prop_assert!(address.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert_eq!(of_address(&address), Some((server.as_str(), uri)));
        }

        #[test]
        fn an_address_that_was_not_given_makes_nothing_panic(text in "\\PC{0,40}") {
            let _ = of_address(&format!("{PREFIX}{text}"));
        }
    }

    #[test]
    fn an_address_that_a_template_describes_is_the_servers_own_as_its_client_wrote_it() {
        assert_eq!(
            of_address("connected://template/docs/a://b%2Fc?x=%20"),
            Some(("docs", "a://b%2Fc?x=%20".to_owned()))
        );
        assert_eq!(of_address("connected://template/docs"), None);
    }

    #[test]
    fn texts_are_marked_as_the_servers_and_what_it_means_for_its_own_clients_is_left_out() {
        let told = json!({ "uri": "a://b", "name": "b", "description": "Text.", "mimeType": "text/plain", "_meta": {}, "icons": [] });
        assert_eq!(
            resource("docs", &told),
            Some(json!({
                "uri": "connected://server/docs/a%3A%2F%2Fb", "name": "docs: b", "mimeType": "text/plain",
                "description": "[From the connected MCP server \"docs\", which wrote this text] Text.",
            }))
        );
        let told = json!({ "uriTemplate": "a://{b}", "name": "b", "icons": [] });
        assert_eq!(
            template("docs", &told),
            Some(json!({
                "uriTemplate": "connected://template/docs/a://{b}", "name": "docs: b",
                "description": "[From the connected MCP server \"docs\", which wrote this text] no description",
            }))
        );
        assert_eq!(prompt("docs", &json!({ "name": "p" })).unwrap()["name"], "docs__p");
        assert_eq!(of_prompt_name("docs__a__b"), Some(("docs", "a__b")));
    }
}
