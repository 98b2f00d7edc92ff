use serde_json::Value;

use crate::{Caller, Credential, Hash, Limits, Lookup, Refusal, Scopes, Who};

/// Shortest key of `API_KEYS`, in characters, as of `ADMIN_API_KEY`. Shorter ones can be guessed.
pub const MIN_KEY_LENGTH: usize = 24;

/// The keys that the deployment's settings give: the operator's `ADMIN_API_KEY`, and `API_KEYS`.
#[derive(Clone, Debug, Default)]
pub struct Configured {
    operator: Option<Hash>,
    keys: Vec<ConfiguredKey>,
    problems: Vec<String>,
}

/// A key of `API_KEYS`.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfiguredKey {
    /// `env:<name>:<8 characters of the hash>`. A changed secret changes the id, and so ends the grants it gave.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The secret's hash.
    pub hash: Hash,
}

/// The next step in recognizing a caller.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Nothing more.
    Known(Lookup),
    /// Look up the key with this hash; [`Lookup::Refused`] with [`Refusal::Unknown`] if there is none.
    FindKey(Hash),
    /// Look up the access token with this hash, likewise.
    FindToken(Hash),
}

impl Configured {
    /// Reads the settings. What cannot be read is left out and named in [`Self::problems`], never with a secret in it.
    #[must_use]
    pub fn read(admin_api_key: Option<&str>, api_keys: Option<&str>) -> Self {
        let mut configured = Self::default();
        // A key that comes from a file often has the file's last line break.
        if let Some(key) = admin_api_key.map(str::trim).filter(|key| !key.is_empty()) {
            configured.operator = Some(Hash::of(key));
        }
        if let Some(text) = api_keys.map(str::trim).filter(|text| !text.is_empty()) {
            configured.read_keys(text);
        }
        configured
    }

    fn read_keys(&mut self, text: &str) {
        let Some(pairs) = pairs(text) else {
            self.problems
                .push("API_KEYS cannot be read; write {\"name\":\"key\"} or name:key,name:key.".to_owned());
            return;
        };
        for (name, key) in pairs {
            let (name, key) = (name.trim(), key.trim());
            let shown: String = name.chars().take(40).collect();
            let problem = if name.is_empty() || name.chars().any(char::is_control) {
                Some("has a key without a name".to_owned())
            } else if key.len() < MIN_KEY_LENGTH {
                Some(format!("gives {shown:?} a key of fewer than {MIN_KEY_LENGTH} characters"))
            } else if matches!(Credential::of(key), Credential::Refused(_))
                || key.contains(char::is_whitespace)
            {
                Some(format!("gives {shown:?} a key that is mistyped"))
            } else if self.keys.iter().any(|other| other.name == name || other.hash == Hash::of(key)) {
                Some(format!("names {shown:?} or its key twice"))
            } else {
                None
            };
            match problem {
                Some(problem) => self.problems.push(format!("API_KEYS {problem}; it is left out.")),
                None => self.keys.push(ConfiguredKey::new(name, key)),
            }
        }
    }

    /// Sentences on what could not be read, for `/health` and the log.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// Whether the operator has a key.
    #[must_use]
    pub const fn has_operator(&self) -> bool {
        self.operator.is_some()
    }

    /// The keys of `API_KEYS`.
    #[must_use]
    pub fn keys(&self) -> &[ConfiguredKey] {
        &self.keys
    }

    /// Recognizes a credential, or says what to look up.
    #[must_use]
    pub fn identify(&self, credential: &Credential) -> Step {
        let (hash, step) = match credential {
            Credential::None => return Step::Known(Lookup::Anonymous),
            Credential::Refused(refusal) => return Step::Known(Lookup::Refused(*refusal)),
            Credential::Token(hash) => return Step::FindToken(*hash),
            Credential::Key(hash) => (hash, Step::FindKey(*hash)),
            Credential::Other(hash) => (hash, Step::Known(Lookup::Refused(Refusal::Unknown))),
        };
        if self.operator.as_ref() == Some(hash) {
            return Step::Known(Lookup::Known(Caller::operator()));
        }
        match self.keys.iter().find(|key| key.hash == *hash) {
            Some(key) => Step::Known(Lookup::Known(key.caller())),
            None => step,
        }
    }

    /// What becomes of a token whose key has the id `id` and is one of these; `None` where the id is a stored key's.
    #[must_use]
    pub fn lookup_by_id(&self, id: &str) -> Option<Lookup> {
        id.starts_with("env:").then(|| {
            let key = self.keys.iter().find(|key| key.id == id);
            key.map_or(Lookup::Refused(Refusal::Revoked), |key| Lookup::Known(key.caller()))
        })
    }
}

impl ConfiguredKey {
    fn new(name: &str, key: &str) -> Self {
        let hash = Hash::of(key);
        Self { id: format!("env:{name}:{:.8}", hash.to_string()), name: name.to_owned(), hash }
    }

    fn caller(&self) -> Caller {
        Caller {
            who: Who::Key { id: self.id.clone() },
            name: self.name.clone(),
            // Not the id: what a key owns outlives a change of its secret.
            owner: Some(format!("env:{}", self.name)),
            scopes: Scopes::DEFAULT,
            limits: Some(Limits::DEFAULT),
            tokens_per_day: None,
        }
    }
}

/// Both forms of `API_KEYS`.
fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    if text.starts_with('{') {
        let Value::Object(object) = serde_json::from_str(text).ok()? else { return None };
        return object.into_iter().map(|(name, key)| Some((name, key.as_str()?.to_owned()))).collect();
    }
    let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    entries.map(|entry| entry.split_once(':').map(|(name, key)| (name.to_owned(), key.to_owned()))).collect()
}
