use serde::{Deserialize, Serialize};

use crate::redirect;

/// Longest name of a client that is shown, in characters.
const LONGEST_NAME: usize = 80;
/// Most redirect URIs of one client.
pub(crate) const MOST_REDIRECTS: usize = 10;

/// A client as it described itself: an MCP host that asks for access. All clients are public ones, without a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Its id: the URL of its metadata document, or what `/register` gave it.
    pub id: String,
    /// What it says it is called.
    pub name: String,
    /// Where it may be answered.
    pub redirect_uris: Vec<String>,
}

impl Client {
    /// A client; redirect URIs that cannot be accepted are left out. `None` where none is left.
    pub(crate) fn new<'a>(
        id: &str,
        name: Option<&str>,
        redirect_uris: impl IntoIterator<Item = &'a str>,
    ) -> Option<Self> {
        let mut redirect_uris: Vec<String> = redirect_uris
            .into_iter()
            .filter(|uri| redirect::is_acceptable(uri))
            .take(MOST_REDIRECTS)
            .map(str::to_owned)
            .collect();
        redirect_uris.sort_unstable();
        redirect_uris.dedup();
        let first = redirect_uris.first()?;
        let name = name.map(shown).filter(|name| !name.is_empty());
        Some(Self {
            id: id.to_owned(),
            name: name.unwrap_or_else(|| redirect::host(first).to_owned()),
            redirect_uris,
        })
    }

    /// Whether it may be answered at this URI.
    #[must_use]
    pub fn may_redirect_to(&self, uri: &str) -> bool {
        self.redirect_uris.iter().any(|registered| redirect::matches(registered, uri))
    }

    /// The host that vouches for it, if its id is the URL of a document.
    #[must_use]
    pub fn vouching_host(&self) -> Option<&str> {
        self.id.starts_with("https://").then(|| redirect::host(&self.id))
    }

    /// Whether it is answered on the person's own machine only, where any program could pretend to be it.
    #[must_use]
    pub fn is_on_loopback_only(&self) -> bool {
        self.redirect_uris.iter().all(|uri| redirect::is_loopback(uri))
    }
}

/// A name without what would change how the text around it is shown.
fn shown(name: &str) -> String {
    let visible = name.chars().filter(|letter| {
        let reorders = matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        !letter.is_control() && !reorders
    });
    visible.take(LONGEST_NAME).collect::<String>().trim().to_owned()
}
