//! Templates: which image, with which configuration, by which environment variables.

use std::collections::{BTreeMap, BTreeSet};

use json_schema::Schema;
pub use json_schema::Violation;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What stands for a secret in every answer. As a value in a change it means: as it was.
pub const MASK: &str = "********";

/// The longest id: with `mcp-`, eight digits and a revision's number a name has to fit the 63 characters of a DNS label.
const LONGEST_ID: usize = 40;
/// Bytes of a secret, or of a part of one, that are looked for in texts: what is shorter is found everywhere.
const SHORTEST_SECRET: usize = 4;
/// The longest value of an environment variable, in bytes; Linux takes 128 KiB for each.
const LONGEST_VALUE: usize = 32 << 10;

/// Something that can be deployed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Its id: lower-case letters, digits and hyphens.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What the server is good for, in a sentence or two.
    pub description: String,
    /// Who publishes the image.
    pub publisher: String,
    /// Where the server is documented.
    pub homepage: String,
    /// The image, by digest where it is known.
    pub image: String,
    /// What an operator should know of it, such as where the digest comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The port on which the server listens.
    pub port: u16,
    /// The path of its MCP endpoint.
    #[serde(default = "mcp_path")]
    pub path: String,
    /// The path that says whether the process is alive; without one only the port is tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<String>,
    /// The path that says whether it takes requests; without one, as [`health`](Self::health).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready: Option<String>,
    /// The command, where it is not the image's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// The arguments, where they are not the image's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// Environment variables that do not depend on the configuration.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// A JSON Schema of the configuration. A property that is `writeOnly` is a secret.
    pub configuration_schema: Value,
    /// Which environment variable each property becomes.
    pub env_mapping: BTreeMap<String, String>,
    /// The user that the server runs as; never root.
    #[serde(default = "nonroot")]
    pub user: u32,
    /// Whether the server writes to its own file system. `/tmp` it may always write to.
    #[serde(default)]
    pub writable: bool,
    /// What it needs.
    #[serde(default)]
    pub resources: Resources,
}

fn mcp_path() -> String {
    "/mcp".to_owned()
}

/// The number that distroless images give the user `nonroot`.
const fn nonroot() -> u32 {
    65_532
}

/// What a server is given, at least and at most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Resources {
    /// Thousandths of a processor that are reserved.
    pub cpu_millis: u32,
    /// Mebibytes that are reserved.
    pub memory_mib: u32,
    /// Thousandths of a processor at most.
    pub cpu_millis_limit: u32,
    /// Mebibytes at most.
    pub memory_mib_limit: u32,
}

impl Default for Resources {
    fn default() -> Self {
        Self { cpu_millis: 50, memory_mib: 64, cpu_millis_limit: 1_000, memory_mib_limit: 512 }
    }
}

/// What an engine runs: all that does not depend on where, without any secret. It is kept with each revision, so that an older
/// revision comes back as it was when the template is another by now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in the template")]
pub struct Workload {
    pub image: String,
    pub command: Vec<String>,
    pub args: Vec<String>,
    pub port: u16,
    pub path: String,
    pub health: Option<String>,
    pub ready: Option<String>,
    pub user: u32,
    pub writable: bool,
    pub resources: Resources,
    /// Environment variables that are no secrets.
    pub env: BTreeMap<String, String>,
    /// The names of those that are.
    pub secret_env: BTreeSet<String>,
}

/// The values of secrets by the names of their environment variables. Its debugging form has no value.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets(pub BTreeMap<String, String>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Secrets {
    /// A text without the secrets: what an engine or a server says may repeat one, and may have been cut within it.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        use base64::{Engine as _, prelude::BASE64_STANDARD};
        let mut values: Vec<&String> =
            self.0.values().filter(|value| value.len() >= SHORTEST_SECRET).collect();
        // The longest first: one may be part of another.
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        values.iter().fold(text.to_owned(), |text, value| {
            let quoted = Value::from(value.as_str()).to_string();
            let forms = [value.as_str(), &quoted[1..quoted.len() - 1], &BASE64_STANDARD.encode(value)];
            forms.into_iter().fold(text, |text, form| without_ends(text.replace(form, MASK), form))
        })
    }
}

/// A text without the beginning of a secret at its end, and without the end of one at its beginning.
fn without_ends(mut text: String, secret: &str) -> String {
    let cuts = || secret.char_indices().map(|(at, _)| at).filter(|at| *at > 0);
    let begun =
        cuts().rev().take_while(|at| *at >= SHORTEST_SECRET).find(|at| text.ends_with(&secret[..*at]));
    if let Some(begun) = begun {
        text.replace_range(text.len() - begun.., MASK);
    }
    let ended = cuts()
        .map(|at| &secret[at..])
        .take_while(|end| end.len() >= SHORTEST_SECRET)
        .find(|end| text.starts_with(end));
    if let Some(ended) = ended {
        text.replace_range(..ended.len(), MASK);
    }
    text
}

/// A configuration that was checked, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Configured {
    /// The properties that are no secrets.
    pub shown: Map<String, Value>,
    /// The properties that are secrets, and the environment variable of each.
    pub secrets: BTreeMap<String, String>,
    /// The values of secrets that were given now. The others are as they were.
    pub given: Secrets,
    /// What is run.
    pub workload: Workload,
}

impl Template {
    /// Everything that is wrong with it, in sentences; empty where it can be deployed.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut refuse = |wrong: bool, sentence: &str| {
            if wrong {
                faults.push(sentence.to_owned());
            }
        };
        refuse(
            !is_label(&self.id, LONGEST_ID),
            "The id must be lower-case letters, digits and hyphens, 40 at most.",
        );
        refuse(
            !is_image(&self.image),
            "The image must be a reference with a tag other than latest, or with a digest.",
        );
        refuse(self.port == 0, "The port must not be 0.");
        refuse(self.user == 0, "The server must not run as root.");
        let paths = [Some(&self.path), self.health.as_ref(), self.ready.as_ref()];
        refuse(paths.into_iter().flatten().any(|path| !path.starts_with('/')), "A path must begin with /.");
        refuse(
            !self.env.keys().chain(self.env_mapping.values()).all(|name| is_variable(name)),
            "The name of an environment variable must be letters, digits and underscores.",
        );
        let mut targets = BTreeSet::new();
        refuse(
            !self.env_mapping.values().all(|name| targets.insert(name) && !self.env.contains_key(name)),
            "Each environment variable must be written once.",
        );
        let schema = &self.configuration_schema;
        refuse(
            schema["type"] != "object" || schema["additionalProperties"] != false,
            "The configuration must be an object without additional properties.",
        );
        let properties = self.properties();
        let names: BTreeSet<&String> = properties.map(|all| all.keys().collect()).unwrap_or_default();
        refuse(
            names != self.env_mapping.keys().collect(),
            "Each property must have its environment variable, and each environment variable its property.",
        );
        refuse(
            self.secret_names().any(|name| schema["properties"][name]["type"] != "string"),
            "A secret must be a text.",
        );
        if let Err(unreadable) = Schema::read(schema) {
            faults.extend(unreadable.iter().map(|fault| format!("The schema cannot be checked: {fault}.")));
        }
        faults
    }

    fn properties(&self) -> Option<&Map<String, Value>> {
        self.configuration_schema.get("properties")?.as_object()
    }

    /// The properties that are secrets.
    pub fn secret_names(&self) -> impl Iterator<Item = &str> {
        let properties = self.properties().into_iter().flatten();
        properties.filter(|(_, schema)| schema["writeOnly"] == true).map(|(name, _)| name.as_str())
    }

    fn is_secret(&self, name: &str) -> bool {
        self.secret_names().any(|secret| secret == name)
    }

    /// A configuration with every secret masked.
    #[must_use]
    pub fn masked(&self, configuration: &Map<String, Value>) -> Map<String, Value> {
        let mask = |(name, value): (&String, &Value)| {
            (name.clone(), if self.is_secret(name) { Value::from(MASK) } else { value.clone() })
        };
        configuration.iter().map(mask).collect()
    }

    /// Checks a configuration. A secret that is [`MASK`] is kept as it was, where `kept` names it.
    ///
    /// # Errors
    /// Everything that is wrong with it, with pointers into the configuration.
    pub fn configure(
        &self,
        configuration: &Map<String, Value>,
        kept: &BTreeSet<String>,
        registry: Option<&str>,
    ) -> Result<Configured, Vec<Violation>> {
        let is_kept =
            |name: &str| kept.contains(name) && configuration.get(name).is_some_and(|value| value == MASK);
        let schema = Schema::read(&self.configuration_schema).map_err(|_| {
            vec![Violation {
                pointer: String::new(),
                detail: "the template's schema cannot be checked".to_owned(),
            }]
        })?;
        let mut violations = schema.check(&Value::Object(configuration.clone()));
        // What was kept was right when it was given; it is not known here.
        violations.retain(|violation| !violation.pointer.strip_prefix('/').is_some_and(&is_kept));
        let mut configured = Configured {
            shown: Map::new(),
            secrets: BTreeMap::new(),
            given: Secrets::default(),
            workload: self.workload(registry),
        };
        for (name, value) in configuration {
            let Some(variable) = self.env_mapping.get(name) else { continue };
            let text = text_of(value);
            let mut refuse = |detail: &str| {
                violations.push(Violation { pointer: format!("/{name}"), detail: detail.to_owned() });
            };
            if text.contains('\0') {
                refuse("must not hold the character NUL");
            }
            if text.len() > LONGEST_VALUE {
                refuse("is longer than 32 KiB");
            }
            if !self.is_secret(name) {
                configured.shown.insert(name.clone(), value.clone());
                configured.workload.env.insert(variable.clone(), text);
                continue;
            }
            configured.secrets.insert(name.clone(), variable.clone());
            configured.workload.secret_env.insert(variable.clone());
            if is_kept(name) {
                continue;
            }
            if value == MASK {
                refuse("is the mask that stands for a secret, and there is none yet: give the secret itself");
            }
            configured.given.0.insert(variable.clone(), text);
        }
        if violations.is_empty() { Ok(configured) } else { Err(violations) }
    }

    fn workload(&self, registry: Option<&str>) -> Workload {
        Workload {
            image: registry.map_or_else(|| self.image.clone(), |registry| self.image_in(registry)),
            command: self.command.clone(),
            args: self.args.clone(),
            port: self.port,
            path: self.path.clone(),
            health: self.health.clone(),
            ready: self.ready.clone(),
            user: self.user,
            writable: self.writable,
            resources: self.resources.clone(),
            env: self.env.clone(),
            secret_env: BTreeSet::new(),
        }
    }

    /// The operator's own copy of the image: `<registry>/mcp-<template>:<tag>`. A digest goes along: a copy has the same.
    fn image_in(&self, registry: &str) -> String {
        let (name, digest) =
            self.image.split_once('@').map_or((self.image.as_str(), ""), |(name, digest)| (name, digest));
        let tag = name.rsplit('/').next().and_then(|last| last.split_once(':')).map_or("", |(_, tag)| tag);
        let tag = if tag.is_empty() { String::new() } else { format!(":{tag}") };
        let digest = if digest.is_empty() { String::new() } else { format!("@{digest}") };
        format!("{registry}/mcp-{}{tag}{digest}", self.id)
    }
}

/// What a value is as an environment variable: texts as they are, lists of texts with commas between them.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")
        }
        other => other.to_string(),
    }
}

/// A DNS label (RFC 1123).
pub(crate) fn is_label(text: &str, longest: usize) -> bool {
    let inner = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
    let bytes = text.as_bytes();
    (1..=longest).contains(&bytes.len())
        && bytes.iter().all(inner)
        && bytes.first() != Some(&b'-')
        && bytes.last() != Some(&b'-')
}

fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A reference to an image that does not mean another one tomorrow without anybody saying so.
fn is_image(image: &str) -> bool {
    let is_plain = image.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"./:@_-".contains(&byte));
    let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    let tag = name.rsplit('/').next().and_then(|last| last.split_once(':')).map(|(_, tag)| tag);
    is_plain
        && !name.is_empty()
        && digest.is_none_or(is_digest)
        && tag.is_none_or(|tag| !tag.is_empty() && tag != "latest")
        && (digest.is_some() || tag.is_some())
}

fn is_digest(digest: &str) -> bool {
    digest
        .strip_prefix("sha256:")
        .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether an image is named by its digest.
#[must_use]
pub fn is_pinned(image: &str) -> bool {
    image.split_once('@').is_some_and(|(_, digest)| is_digest(digest))
}
