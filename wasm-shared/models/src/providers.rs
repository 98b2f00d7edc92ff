//! The providers that the operator's settings name, and which model is asked.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use platform::{OutsideError, Platform};
use serde::Deserialize;
use serde_json::Value;
use suggest::Unknown;
use web::settings::{
    ANTHROPIC_API_KEY, GOOGLE_API_KEY, MODEL_DEFAULT, MODEL_MAX_TOKENS, MODEL_PROVIDERS, MODEL_TIMEOUT,
    OPENAI_API_KEY,
};

use crate::{
    Failure, Kind, Protocol,
    known::{self, Known},
    protocol::Target,
};

/// A provider of models.
#[derive(Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its name here.
    pub name: String,
    /// How it is spoken to.
    pub protocol: Protocol,
    /// Its address, with the version and without a slash at its end; empty where it is called by a binding.
    pub url: String,
    /// The model that is asked where nobody says which.
    pub model: String,
    /// The others that callers may name.
    pub models: Vec<String>,
    /// Its key.
    pub(crate) key: Option<String>,
}

/// Without the key.
impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Provider({}: {} at {}, {})", self.name, self.protocol.name(), self.url, self.model)
    }
}

/// A model that can be called.
#[derive(Clone, Debug)]
pub struct Model {
    pub(crate) provider: Arc<Provider>,
    pub(crate) name: String,
    pub(crate) timeout: Duration,
    pub(crate) most_tokens: u32,
}

/// The providers of a deployment.
#[derive(Clone, Debug)]
pub struct Models {
    providers: Vec<Arc<Provider>>,
    default: Option<String>,
    timeout: Duration,
    most_tokens: u32,
}

/// An entry of `MODEL_PROVIDERS`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    protocol: Option<Protocol>,
    url: Option<String>,
    key: Option<String>,
    model: Option<String>,
    #[serde(default)]
    models: Vec<String>,
}

/// Where the makers of the protocols are; nothing where a binding leads to them.
const fn address(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Anthropic => "https://api.anthropic.com/v1",
        Protocol::Google => "https://generativelanguage.googleapis.com/v1",
        Protocol::OpenAi => "https://api.openai.com/v1",
        Protocol::WorkersAi => "",
    }
}

/// The settings' values.
#[derive(Clone, Default)]
pub struct Settings {
    /// The keys of the makers of the protocols.
    pub keys: BTreeMap<&'static str, String>,
    /// Whether Workers AI is bound.
    pub workers_ai: bool,
    /// `MODEL_PROVIDERS`.
    pub providers: Option<String>,
    /// `MODEL_DEFAULT`.
    pub default: Option<String>,
    /// `MODEL_TIMEOUT`.
    pub timeout: Duration,
    /// `MODEL_MAX_TOKENS`.
    pub most_tokens: u32,
}

/// What is wrong with the settings of models: a sentence for every entry that is left out, for `/health`.
pub async fn faults(platform: &Platform) -> Vec<String> {
    // What cannot be read at the moment is told by whoever reads all settings.
    match read(platform).await {
        Ok(settings) => Models::of(&settings).1,
        Err(_) => Vec::new(),
    }
}

impl Models {
    /// Those that the settings name.
    ///
    /// # Errors
    /// Where none is set, or the settings cannot be read.
    pub async fn open(platform: &Platform) -> Result<Self, Failure> {
        let settings = read(platform).await?;
        let (models, complaints) = Self::of(&settings);
        for complaint in complaints {
            web::log::warning(platform, &complaint, None);
        }
        if models.providers.is_empty() { Err(Failure::no_model()) } else { Ok(models) }
    }

    /// Those that these settings name, and a sentence for every entry that cannot be read and is left out. No sentence holds a value.
    #[must_use]
    pub fn of(settings: &Settings) -> (Self, Vec<String>) {
        let mut complaints = Vec::new();
        let mut entries = Vec::new();
        if let Some(text) = &settings.providers {
            match serde_json::from_str::<serde_json::Map<String, Value>>(text) {
                Ok(map) => entries.extend(map),
                Err(_) => complaints.push("MODEL_PROVIDERS is no JSON object.".to_owned()),
            }
        }
        let mut providers = Vec::new();
        for protocol in Protocol::ALL {
            let name = protocol.name();
            let own = entries.iter().position(|(entry, _)| entry == name).map(|at| entries.remove(at).1);
            let key = settings.keys.get(name).cloned();
            let bound = protocol == Protocol::WorkersAi && settings.workers_ai;
            if own.is_some() || key.is_some() || bound {
                let given = Given { key, maker: Some(protocol), workers_ai: settings.workers_ai };
                add(&mut providers, &mut complaints, name, own.unwrap_or_default(), given);
            }
        }
        for (name, entry) in entries {
            let given = Given { key: None, maker: None, workers_ai: settings.workers_ai };
            add(&mut providers, &mut complaints, &name, entry, given);
        }
        let models = Self {
            providers,
            default: settings.default.clone(),
            timeout: settings.timeout,
            most_tokens: settings.most_tokens,
        };
        (models, complaints)
    }

    /// The providers.
    pub fn providers(&self) -> impl Iterator<Item = &Provider> {
        self.providers.iter().map(AsRef::as_ref)
    }

    /// What callers may ask for: `provider/model`, the default first.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for provider in &self.providers {
            let others = provider.models.iter().filter(|name| **name != provider.model);
            for model in std::iter::once(&provider.model).chain(others) {
                names.push(format!("{}/{model}", provider.name));
            }
        }
        if let Ok(default) = self.choose(None) {
            let default = default.by();
            names.retain(|name| *name != default);
            names.insert(0, default);
        }
        names
    }

    /// The model that a caller asks for: a provider's name for its default model, `provider/model` or a model's name for one of
    /// those that the operator allows; nothing for the default.
    ///
    /// # Errors
    /// When there is none of this name for callers.
    pub fn choose(&self, wanted: Option<&str>) -> Result<Model, Failure> {
        let Some(wanted) = wanted else { return self.default() };
        let allowed = |provider: &Provider, model: &str| {
            provider.model == model || provider.models.iter().any(|one| one == model)
        };
        let of_provider = self.providers.iter().find_map(|provider| {
            let model = match wanted.strip_prefix(provider.name.as_str())? {
                "" => Some(provider.model.as_str()),
                rest => rest.strip_prefix('/').filter(|model| allowed(provider, model)),
            };
            Some(self.model(provider, model?))
        });
        let of_name = || {
            let provider = self.providers.iter().find(|provider| allowed(provider, wanted))?;
            Some(self.model(provider, wanted))
        };
        of_provider.or_else(of_name).ok_or_else(|| self.unknown(wanted))
    }

    /// A provider's model, be it for callers or not: for what the operator says. Without a model it is the provider's default, and
    /// without a provider the one whose default it is or whose list has it, else the deployment's default.
    ///
    /// # Errors
    /// When there is no such provider.
    pub fn named(&self, provider: Option<&str>, model: Option<&str>) -> Result<Model, Failure> {
        match (provider, model) {
            (None, model) => self.choose(model),
            (Some(name), model) => {
                let provider = self.providers.iter().find(|provider| provider.name == name);
                let provider = provider.ok_or_else(|| self.unknown(name))?;
                Ok(self.model(provider, model.unwrap_or(&provider.model)))
            }
        }
    }

    fn default(&self) -> Result<Model, Failure> {
        let Some(default) = self.default.as_deref() else {
            let first = self.providers.first().ok_or_else(Failure::no_model)?;
            return Ok(self.model(first, &first.model));
        };
        let split = default.split_once('/');
        let (name, model) = split.map_or((default, None), |(name, model)| (name, Some(model)));
        self.named(Some(name), model)
    }

    fn model(&self, provider: &Arc<Provider>, name: &str) -> Model {
        let most = known::find(name).map_or(self.most_tokens, |known| known.output.min(self.most_tokens));
        Model {
            provider: Arc::clone(provider),
            name: name.to_owned(),
            timeout: self.timeout,
            most_tokens: most,
        }
    }

    fn unknown(&self, wanted: &str) -> Failure {
        let mut names: Vec<String> = Vec::new();
        for provider in &self.providers {
            names.push(provider.name.clone());
            names.extend(
                std::iter::once(&provider.model)
                    .chain(&provider.models)
                    .map(|model| format!("{}/{model}", provider.name)),
            );
        }
        names.dedup();
        let wanted: String = wanted.chars().take(80).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let unknown = Unknown::new(&wanted, names.iter().copied());
        Failure::new(Kind::UnknownModel, format!("model: {}", unknown.listing(&names)))
    }
}

fn add(
    providers: &mut Vec<Arc<Provider>>,
    complaints: &mut Vec<String>,
    name: &str,
    entry: Value,
    given: Given,
) {
    if name.is_empty() || name.len() > 64 || !name.chars().all(is_name) {
        // What stands there may be meant as something else.
        complaints.push(
            "An entry of MODEL_PROVIDERS is left out: a name is 1 to 64 letters, digits, `-`, `_` or `.`."
                .to_owned(),
        );
        return;
    }
    match provider(name, entry, given) {
        Ok(provider) => providers.push(Arc::new(provider)),
        Err(why) => complaints.push(format!("The entry {name} of MODEL_PROVIDERS is left out: {why}.")),
    }
}

/// What is there for an entry besides it.
struct Given {
    /// The key that a setting of its own has.
    key: Option<String>,
    /// The protocol whose maker it is.
    maker: Option<Protocol>,
    /// Whether Workers AI is bound.
    workers_ai: bool,
}

const fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

fn provider(name: &str, entry: Value, given: Given) -> Result<Provider, &'static str> {
    let Given { key, maker, workers_ai } = given;
    let entry = if entry.is_null() {
        Entry::default()
    } else {
        serde_json::from_value(entry).map_err(
            |_| "it takes `protocol` (anthropic, google, openai or workers-ai), `url`, `key`, `model` and `models`, and nothing else",
        )?
    };
    let protocol =
        entry.protocol.or(maker).ok_or("it has no `protocol`: anthropic, google, openai or workers-ai")?;
    let by_binding = protocol == Protocol::WorkersAi;
    let own = (by_binding || maker == Some(protocol)).then(|| address(protocol).to_owned());
    if by_binding && !workers_ai {
        return Err(
            "Workers AI is called by a binding (`[ai]` in wrangler.toml), which only a Worker on Cloudflare has, and this \
                    deployment has none",
        );
    }
    if by_binding && (entry.url.is_some() || entry.key.is_some()) {
        return Err(
            "Workers AI is called by its binding and takes no `url` and no `key`; over HTTPS its `protocol` is openai",
        );
    }
    let url = entry.url.or(own).ok_or("it has no `url`")?;
    let url = url.trim().trim_end_matches('/');
    let is_url = by_binding
        || url.parse::<http::Uri>().is_ok_and(|url| {
            matches!(url.scheme_str(), Some("http" | "https"))
                && url.host().is_some()
                && url.query().is_none()
        });
    if !is_url {
        return Err("its `url` is no address such as https://api.example.com/v1");
    }
    let default = if by_binding { Some(protocol) } else { maker };
    let default = default.and_then(known::default_of).map(str::to_owned);
    let model = entry.model.or(default).ok_or("it has no `model`")?;
    let key = entry.key.or(key).map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
    if key.as_ref().is_some_and(|key| !key.chars().all(|c| matches!(c, '!'..='~'))) {
        return Err("its `key` has characters that a header cannot carry");
    }
    // A model's name stands in Google's addresses.
    let is_model =
        |name: &String| !name.is_empty() && name.chars().all(|c| is_name(c) || matches!(c, '/' | ':' | '@'));
    if !is_model(&model) || !entry.models.iter().all(is_model) {
        return Err("a model's name is letters, digits and `-_./:@`");
    }
    Ok(Provider { name: name.to_owned(), protocol, url: url.to_owned(), model, models: entry.models, key })
}

async fn read(platform: &Platform) -> Result<Settings, OutsideError> {
    let mut keys = BTreeMap::new();
    for (name, setting) in
        [("anthropic", &ANTHROPIC_API_KEY), ("google", &GOOGLE_API_KEY), ("openai", &OPENAI_API_KEY)]
    {
        keys.extend(setting.read(platform).await?.map(|key| (name, key)));
    }
    Ok(Settings {
        keys,
        workers_ai: platform.inference().is_some(),
        providers: MODEL_PROVIDERS.read(platform).await?,
        default: MODEL_DEFAULT.read(platform).await?,
        timeout: Duration::from_secs(MODEL_TIMEOUT.read(platform).await?),
        most_tokens: u32::try_from(MODEL_MAX_TOKENS.read(platform).await?).unwrap_or(u32::MAX),
    })
}

impl Model {
    /// The provider.
    #[must_use]
    pub fn provider(&self) -> &Provider {
        &self.provider
    }

    /// The model's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The model with its provider.
    #[must_use]
    pub fn by(&self) -> String {
        format!("{}/{}", self.provider.name, self.name)
    }

    /// What is known of it.
    #[must_use]
    pub fn known(&self) -> Option<&'static Known> {
        known::find(&self.name)
    }

    /// The same with another deadline, no later than the operator's.
    #[must_use]
    pub fn within(mut self, timeout: Duration) -> Self {
        self.timeout = self.timeout.min(timeout);
        self
    }

    pub(crate) fn target(&self, max_tokens: u32) -> Target<'_> {
        Target {
            provider: &self.provider.name,
            url: &self.provider.url,
            key: self.provider.key.as_deref(),
            model: &self.name,
            max_tokens,
            takes_temperature: self.known().is_none_or(|known| known.takes_temperature),
        }
    }
}
