//! What was agreed with a server.

use mcp_protocol::{Revision, model::JsonObject};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What was agreed with a server: it can be stored, and used by another instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// The revision that it speaks.
    #[serde(serialize_with = "write", deserialize_with = "read")]
    pub revision: Revision,
    /// Its name for the session, where it keeps one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name and version, as it says itself.
    #[serde(default)]
    pub server: JsonObject,
    /// What it says it can do.
    #[serde(default)]
    pub capabilities: JsonObject,
}

impl Session {
    /// Whether the server says that it has tools, resources, prompts.
    #[must_use]
    pub fn has(&self, capability: &str) -> bool {
        self.capabilities.contains_key(capability)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn write<S: Serializer>(revision: &Revision, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(revision.name())
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Revision, D::Error> {
    let name = String::deserialize(deserializer)?;
    Revision::parse(&name).ok_or_else(|| serde::de::Error::custom("no known revision"))
}
