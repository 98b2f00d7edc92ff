//! Client ID metadata documents: a client id that is the URL of a document about the client.
//!
//! Known hosts are built in, because fetching their documents from a data centre often meets a bot challenge. Documents
//! are fetched from the listed hosts only (`CIMD_HOSTS`), so that a client id cannot make this server send requests to
//! places that strangers chose. The last good copy is kept for when a document cannot be fetched.

use access::Millis;
use http::Uri;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Client, redirect};

/// Most bytes of a document that are read.
pub const LARGEST_DOCUMENT: usize = 64 * 1024;
/// Most copies of documents that are kept, failures among them.
pub const MOST_DOCUMENTS: i64 = 1_000;
/// Milliseconds that a document may take.
pub const DEADLINE: Millis = 5_000;

/// A document's copy is taken for fresh at least and at most this long.
const SHORTEST_FRESH: Millis = 300_000;
const LONGEST_FRESH: Millis = 86_400_000;
/// How long a failed fetch is not tried again.
const RETRY_AFTER: Millis = 60_000;
/// How long a copy serves while its document cannot be fetched.
const LAST_GOOD: Millis = 30 * 86_400_000;
/// Longest client id that is a URL.
const LONGEST_URL: usize = 512;

/// Known clients as their documents were on 2026-11-21: id, name, redirect URIs. Looked at first; where a redirect URI is
/// not here, the document itself decides.
pub const BUILT_IN: [(&str, &str, &[&str]); 4] = [
    (
        "https://claude.ai/oauth/mcp-oauth-client-metadata",
        "Claude",
        &["https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback"],
    ),
    (
        "https://claude.ai/oauth/claude-code-client-metadata",
        "Claude Code",
        &["http://localhost/callback", "http://127.0.0.1/callback"],
    ),
    (
        "https://chatgpt.com/oauth/client.json",
        "ChatGPT",
        &["https://chatgpt.com/connector_platform_oauth_redirect"],
    ),
    (
        "https://vscode.dev/oauth/client-metadata.json",
        "Visual Studio Code",
        &["http://127.0.0.1:33418/", "https://vscode.dev/redirect"],
    ),
];

/// A copy of a document, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copy {
    /// The last good one.
    pub client: Option<Client>,
    /// When it was fetched.
    pub fetched: Millis,
    /// Until when it is used without asking again; after a failure, when the next attempt may be made.
    pub next: Millis,
}

/// What is known of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// The client.
    Known(Client),
    /// Its document has to be fetched: without following redirects, at most [`LARGEST_DOCUMENT`], within [`DEADLINE`].
    Fetch,
    /// It cannot be known; a sentence for the person.
    Refused(&'static str),
}

/// What came back for a document.
#[derive(Clone, Copy, Debug)]
pub struct Fetched<'a> {
    /// The HTTP status. Only 200 is a document.
    pub status: u16,
    /// The `Content-Type`.
    pub content_type: &'a str,
    /// The `Cache-Control`.
    pub cache_control: &'a str,
    /// The body, cut behind [`LARGEST_DOCUMENT`] by the caller that read it.
    pub body: &'a [u8],
}

const NOT_FETCHED: &str = "The description of this client cannot be fetched at the moment. Try again in a minute, \
     or give the client an API key in its `Authorization: Bearer` header.";

/// Whether a client id is a URL, and so means a document.
#[must_use]
pub fn is_url(client_id: &str) -> bool {
    client_id.contains("://")
}

/// Whether a document may be fetched: https at its own port, a listed host by name, and a plain path.
///
/// # Errors
/// A sentence for the person who wants to sign in.
pub fn check_address(url: &str, hosts: &[String]) -> Result<(), &'static str> {
    const BAD: &str =
        "The client's id is not the URL of a metadata document: https, a path, and nothing unusual.";
    let uri: Uri = url.parse().map_err(|_| BAD)?;
    let (Some("https"), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(BAD) };
    let dots = |segment: &str| {
        matches!(segment.to_ascii_lowercase().as_str(), "." | ".." | "%2e" | "%2e%2e" | ".%2e" | "%2e.")
    };
    // The authority has to be the host alone: no user, no port. An address in numbers is not in the list.
    let plain = authority.as_str() == authority.host()
        && url.len() <= LONGEST_URL
        && !url.contains(['#', '\\'])
        && uri.path().len() > 1
        && !uri.path().split('/').any(dots);
    if !plain {
        return Err(BAD);
    }
    if hosts.iter().any(|host| host == authority.host()) {
        Ok(())
    } else {
        Err(
            "This server does not fetch descriptions of clients from that host. The operator can allow it in CIMD_HOSTS; \
             or give the client an API key in its `Authorization: Bearer` header.",
        )
    }
}

/// What is known of a client without asking anybody.
#[must_use]
pub fn resolve(
    url: &str,
    redirect_uri: &str,
    copy: Option<&Copy>,
    hosts: &[String],
    now: Millis,
) -> Resolution {
    if let Some(client) = built_in(url).filter(|client| client.may_redirect_to(redirect_uri)) {
        return Resolution::Known(client);
    }
    if let Err(why) = check_address(url, hosts) {
        return Resolution::Refused(why);
    }
    match copy {
        Some(copy) if now < copy.next => {
            copy.client.clone().map_or(Resolution::Refused(NOT_FETCHED), Resolution::Known)
        }
        _ => Resolution::Fetch,
    }
}

/// What is known after the document was fetched, and the copy to keep. `fetched` is `None` where nothing came back in
/// time.
#[must_use]
pub fn after_fetch(
    url: &str,
    copy: Option<&Copy>,
    fetched: Option<Fetched<'_>>,
    now: Millis,
) -> (Resolution, Copy) {
    match fetched.map(|fetched| (read(url, fetched), fetched.cache_control)) {
        Some((Ok(client), cache_control)) => {
            let copy =
                Copy { client: Some(client.clone()), fetched: now, next: now + fresh_for(cache_control) };
            (Resolution::Known(client), copy)
        }
        // What the document itself says holds, also against an older copy.
        Some((Err(Unusable::Wrong(why)), _)) => {
            (Resolution::Refused(why), Copy { client: None, fetched: now, next: now + RETRY_AFTER })
        }
        Some((Err(Unusable::NoDocument), _)) | None => {
            let good = copy.filter(|copy| now < copy.fetched + LAST_GOOD);
            let client = good.and_then(|copy| copy.client.clone());
            let fetched = good.map_or(now, |copy| copy.fetched);
            let copy = Copy { client: client.clone(), fetched, next: now + RETRY_AFTER };
            (client.map_or(Resolution::Refused(NOT_FETCHED), Resolution::Known), copy)
        }
    }
}

enum Unusable {
    /// An error page, a challenge, something too large: not what the client wrote.
    NoDocument,
    /// The client's document, and it cannot be accepted.
    Wrong(&'static str),
}

fn read(url: &str, fetched: Fetched<'_>) -> Result<Client, Unusable> {
    let media_type = fetched.content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = media_type == "application/json"
        || (media_type.starts_with("application/") && media_type.ends_with("+json"));
    if fetched.status != 200 || !is_json || fetched.body.len() > LARGEST_DOCUMENT {
        return Err(Unusable::NoDocument);
    }
    let Ok(Value::Object(document)) = serde_json::from_slice(fetched.body) else {
        return Err(Unusable::NoDocument);
    };
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    if text("client_id") != Some(url) {
        return Err(Unusable::Wrong(
            "The client's description names another client id than its own address.",
        ));
    }
    let name = text("client_name").filter(|name| !name.trim().is_empty());
    let uris = document.get("redirect_uris").and_then(Value::as_array);
    let (Some(name), Some(uris)) = (name, uris) else {
        return Err(Unusable::Wrong("The client's description lacks client_name or redirect_uris."));
    };
    let symmetric = ["client_secret_basic", "client_secret_post", "client_secret_jwt"];
    let method = text("token_endpoint_auth_method");
    if document.contains_key("client_secret") || method.is_some_and(|method| symmetric.contains(&method)) {
        return Err(Unusable::Wrong(
            "The client's description has a secret, which a public document cannot keep.",
        ));
    }
    Client::new(url, Some(name), uris.iter().filter_map(Value::as_str))
        .ok_or(Unusable::Wrong("The client's description has no redirect URI with https or on localhost."))
}

/// How long a document says that it is fresh, within bounds.
fn fresh_for(cache_control: &str) -> Millis {
    let directives = cache_control.split(',').map(|directive| directive.trim().to_ascii_lowercase());
    let seconds = directives.filter_map(|directive| directive.strip_prefix("max-age=")?.parse::<i64>().ok());
    let millis = seconds.min().unwrap_or(0).saturating_mul(1000);
    millis.clamp(SHORTEST_FRESH, LONGEST_FRESH)
}

fn built_in(url: &str) -> Option<Client> {
    let (id, name, uris) = BUILT_IN.into_iter().find(|(id, ..)| *id == url)?;
    debug_assert!(uris.iter().all(|uri| redirect::is_acceptable(uri)));
    Client::new(id, Some(name), uris.iter().copied())
}
