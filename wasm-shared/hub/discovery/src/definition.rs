//! What an operator says of a server: in `MCP_SERVERS`, or with `PUT /api/admin/mcp-servers/{name}`, in the shape of `.mcp.json`.

use std::{collections::BTreeMap, time::Duration};

use outbound::PublicUrl;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::candidates::Source;

/// The longest name of a server.
pub const LONGEST_NAME: usize = 32;
/// The most addresses of one server.
const MOST_CANDIDATES: usize = 10;
/// The most servers in `MCP_SERVERS`.
const MOST_SERVERS: usize = 200;
const MOST_HEADERS: usize = 20;

/// A server, as its operator describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// `http`, the only transport that is spoken here; what `.mcp.json` calls it.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub transport: Option<String>,
    /// Its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its addresses, in the order in which they are tried, behind `url`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<String>,
    /// Headers for it. `${NAME}` stands for the variable of that name, so that no secret is stored.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// How a token is had, if it asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth: Option<Oauth>,
    /// Whether it may be used.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Its place in lists: 1 comes first, 1000 last.
    #[serde(default = "usual_priority")]
    pub priority: u16,
    /// How long an answer may take, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
    /// How often a call is tried again that may be repeated.
    #[serde(default = "usual_retries")]
    pub retry_attempts: u8,
    /// Which of its tools are there.
    #[serde(default, skip_serializing_if = "Tools::is_everything")]
    pub tools: Tools,
    /// In which order its places are tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority_order: Option<Vec<Source>>,
    /// What is deployed where it is missing and somebody asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<Wanted>,
}

/// A deployment that `ensure` makes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The template's id.
    pub template: String,
    /// Its configuration. A secret is `${NAME}`, the variable of that name.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub configuration: Map<String, Value>,
    /// The engine, where it is not the operator's usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backend: Option<String>,
}

/// An account at an authorization server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oauth {
    /// Its name, or `${NAME}`.
    pub client_id: String,
    /// Its secret: only as `${NAME}`.
    pub client_secret: String,
    /// What to ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The authorization server that has the account: the secret goes to no other one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Where tokens are given, where the server's metadata are not to be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_url: Option<String>,
}

/// Which tools of a server are there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tools {
    /// Only these, where it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow: Option<Vec<String>>,
    /// Not these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<String>,
}

impl Tools {
    fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a tool is there.
    #[must_use]
    pub fn allow(&self, name: &str) -> bool {
        let listed = |list: &[String]| list.iter().any(|one| one == name);
        self.allow.as_deref().is_none_or(listed) && !listed(&self.deny)
    }
}

const fn yes() -> bool {
    true
}

const fn usual_priority() -> u16 {
    100
}

const fn usual_retries() -> u8 {
    1
}

/// What is wrong with a definition: a JSON Pointer into it, and a sentence.
pub type Wrong = (String, String);

impl Definition {
    /// Reads a definition.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(value: Value) -> Result<Self, Vec<Wrong>> {
        let read = serde_json::from_value::<Self>(value);
        let definition =
            read.map_err(|why| vec![(String::new(), format!("The server cannot be read: {why}."))])?;
        let wrong = definition.wrong();
        if wrong.is_empty() { Ok(definition) } else { Err(wrong) }
    }

    fn wrong(&self) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        let mut say = |pointer: String, what: &str| wrong.push((pointer, what.to_owned()));
        if !matches!(self.transport.as_deref(), None | Some("http" | "streamable-http")) {
            say("/type".to_owned(), "Only `http` is spoken here: a server on standard input needs a bridge.");
        }
        if self.candidates.len() > MOST_CANDIDATES {
            say("/candidates".to_owned(), "There are more than 10.");
        }
        let urls = self.url.iter().map(|url| ("/url".to_owned(), url));
        let candidates = self.candidates.iter().enumerate();
        let candidates = candidates.map(|(place, url)| (format!("/candidates/{place}"), url));
        for (pointer, url) in urls.chain(candidates) {
            if let Err(why) = PublicUrl::from_operator(url) {
                say(pointer, &why.to_string());
            }
        }
        if !(1..=1_000).contains(&self.priority) {
            say("/priority".to_owned(), "It must be from 1 to 1000.");
        }
        if self.timeout.is_some_and(|ms| !(100..=120_000).contains(&ms)) {
            say("/timeout".to_owned(), "It must be from 100 to 120000 milliseconds.");
        }
        if self.retry_attempts > 5 {
            say("/retry_attempts".to_owned(), "It must be at most 5.");
        }
        if self.headers.len() > MOST_HEADERS {
            say("/headers".to_owned(), "There are more than 20.");
        }
        for (name, value) in &self.headers {
            let pointer = || format!("/headers/{name}");
            let forbidden =
                ["host", "content-length", "mcp-session-id", "mcp-protocol-version", "transfer-encoding"];
            if http::HeaderName::try_from(name.as_str()).is_err()
                || http::HeaderValue::try_from(value.as_str()).is_err()
            {
                say(pointer(), "It is not a header.");
            } else if forbidden.contains(&name.to_ascii_lowercase().as_str()) {
                say(pointer(), "This header is written by the gateway.");
            }
            for reference in references(value) {
                if let Some(why) = refused_reference(reference) {
                    say(pointer(), why);
                }
            }
        }
        if let Some(wanted) = &self.deployment {
            for (name, value) in &wanted.configuration {
                for reference in value.as_str().into_iter().flat_map(references) {
                    if let Some(why) = refused_reference(reference) {
                        say(format!("/deployment/configuration/{name}"), why);
                    }
                }
            }
        }
        if let Some(oauth) = &self.oauth {
            match references(&oauth.client_secret).as_slice() {
                [one] if oauth.client_secret.trim() == format!("${{{one}}}") => {
                    if let Some(why) = refused_reference(one) {
                        say("/oauth/client_secret".to_owned(), why);
                    }
                }
                _ => say(
                    "/oauth/client_secret".to_owned(),
                    "A secret is not stored: write ${NAME}, and set the variable of that name.",
                ),
            }
            for (member, url) in [("issuer", &oauth.issuer), ("token_url", &oauth.token_url)] {
                if let Some(why) = url.as_deref().and_then(|url| PublicUrl::from_operator(url).err()) {
                    say(format!("/oauth/{member}"), &why.to_string());
                }
            }
            if oauth.issuer.is_some() && oauth.token_url.is_some() {
                say(
                    "/oauth".to_owned(),
                    "Give `issuer` or `token_url`: one of them says where the secret goes.",
                );
            }
        }
        wrong
    }

    /// Every address that its operator gave, in order.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        self.url.iter().chain(&self.candidates).map(String::as_str)
    }

    /// How long an answer may take.
    #[must_use]
    pub fn time(&self, usual: Duration) -> Duration {
        self.timeout.map_or(usual, Duration::from_millis)
    }
}

/// A server of which nobody said more than that it is there.
impl Default for Definition {
    fn default() -> Self {
        Self {
            transport: None,
            url: None,
            candidates: Vec::new(),
            headers: BTreeMap::new(),
            oauth: None,
            enabled: true,
            priority: usual_priority(),
            timeout: None,
            retry_attempts: usual_retries(),
            tools: Tools::default(),
            priority_order: None,
            deployment: None,
        }
    }
}

/// The servers that `MCP_SERVERS` describes: `{"name": {...}}`, or that under `mcpServers` as `.mcp.json` has it.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_all(text: &str) -> Result<BTreeMap<String, Definition>, Vec<Wrong>> {
    let value: Value =
        serde_json::from_str(text).map_err(|why| vec![(String::new(), format!("It is not JSON: {why}."))])?;
    let wrong = |what: &str| vec![(String::new(), what.to_owned())];
    let Value::Object(mut object) = value else { return Err(wrong("It must be an object.")) };
    let servers: Map<String, Value> = match object.remove("mcpServers") {
        Some(Value::Object(servers)) if object.is_empty() => servers,
        Some(_) => return Err(wrong("`mcpServers` must be an object, and stand alone.")),
        None => object,
    };
    if servers.len() > MOST_SERVERS {
        return Err(wrong("It has more than 200 servers."));
    }
    let (mut all, mut problems) = (BTreeMap::new(), Vec::new());
    for (name, value) in servers {
        if !is_name(&name) {
            problems.push((format!("/{name}"), NAME_RULE.to_owned()));
        }
        match Definition::read(value) {
            Ok(definition) => drop(all.insert(name, definition)),
            Err(wrong) => problems.extend(wrong.into_iter().map(|(at, what)| (format!("/{name}{at}"), what))),
        }
    }
    if problems.is_empty() { Ok(all) } else { Err(problems) }
}

/// What a name must be.
pub const NAME_RULE: &str = "A server's name has 1 to 32 letters, digits, `-` and single `_`, and begins and ends with a letter or digit.";

/// Whether a server may have this name: it begins the names of its tools, with `__` behind it.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let outer = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    name.len() <= LONGEST_NAME
        && outer(name.bytes().next())
        && outer(name.bytes().last())
        && !name.contains("__")
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// The variables to which a text refers as `${NAME}`.
#[must_use]
pub fn references(text: &str) -> Vec<&str> {
    let parts = text.split("${").skip(1);
    parts.filter_map(|part| part.split_once('}').map(|(name, _)| name)).collect()
}

/// Why a variable may not be referred to, if it may not: this service's own are nobody else's.
fn refused_reference(name: &str) -> Option<&'static str> {
    let is_name = (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    if !is_name {
        return Some("The name of a variable has capital letters, digits and `_`.");
    }
    let own = web::settings::all().any(|setting| setting.name() == name);
    own.then_some("This variable is this service's own, which it sends to nobody.")
}

/// The text with the values in the place of the references; `None` where one is not set.
#[must_use]
pub fn resolved(text: &str, values: &BTreeMap<String, String>) -> Option<String> {
    let mut resolved = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, behind) = after.split_once('}')?;
        resolved.push_str(before);
        resolved.push_str(values.get(name)?);
        rest = behind;
    }
    resolved.push_str(rest);
    Some(resolved)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_shape_of_mcp_json_is_read_with_and_without_its_wrapper() {
        let servers = json!({ "docs": { "type": "http", "url": "http://10.0.0.1:8080/mcp", "headers": { "Authorization": "Bearer ${DOCS_TOKEN}" } } });
        let plain = read_all(&servers.to_string()).unwrap();
        let wrapped = read_all(&json!({ "mcpServers": servers }).to_string()).unwrap();
        assert_eq!(plain, wrapped);
        assert_eq!(plain["docs"].urls().collect::<Vec<_>>(), ["http://10.0.0.1:8080/mcp"]);
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once_and_where() {
        let wrong = read_all(
            &json!({
                "a__b": { "url": "http://x.example/mcp" },
                "ok": {
                    "url": "ftp://x.example", "priority": 0, "timeout": 1, "retry_attempts": 9, "type": "stdio",
                    "headers": { "host": "x", "authorization": "${ADMIN_API_KEY}" },
                    "oauth": { "client_id": "me", "client_secret": "plain", "issuer": "me", "token_url": "https://a.example" },
                },
                "typo": { "ulr": "http://x.example" },
            })
            .to_string(),
        )
        .unwrap_err();
        let places: Vec<_> = wrong.iter().map(|(at, _)| at.as_str()).collect();
        for place in [
            "/a__b",
            "/ok/url",
            "/ok/priority",
            "/ok/timeout",
            "/ok/retry_attempts",
            "/ok/type",
            "/ok/headers/host",
            "/ok/headers/authorization",
            "/ok/oauth/client_secret",
            "/ok/oauth/issuer",
            "/ok/oauth",
            "/typo",
        ] {
            assert!(places.contains(&place), "{place} is not in {places:?}");
        }
    }

    #[test]
    fn a_name_of_a_server_and_of_its_tool_can_be_told_apart() {
        for good in ["a", "docs", "my-server", "my_server", "A1"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "_a", "a_", "a__b", "a b", "ä", "a.b", &"a".repeat(33)] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_reference_that_is_not_set_is_not_sent_as_it_stands() {
        let values = BTreeMap::from([("A".to_owned(), "1".to_owned())]);
        assert_eq!(resolved("x ${A} y ${A}", &values).as_deref(), Some("x 1 y 1"));
        assert_eq!(resolved("x ${B}", &values), None);
        assert_eq!(resolved("x ${A", &values), None);
        assert_eq!(resolved("plain", &values).as_deref(), Some("plain"));
    }

    #[test]
    fn tools_are_allowed_and_denied_by_name() {
        let some = Tools { allow: Some(vec!["a".to_owned(), "b".to_owned()]), deny: vec!["b".to_owned()] };
        assert_eq!(["a", "b", "c"].map(|name| some.allow(name)), [true, false, false]);
        assert!(Tools::default().allow("anything"));
    }
}
