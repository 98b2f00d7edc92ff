//! How a server introduces itself: `server/discover`, and `initialize` for older clients.

use rmcp::model::{
    CacheScope, DiscoverResult, Implementation, InitializeResult, JsonObject, PromptsCapability,
    ProtocolVersion, ResourcesCapability, ServerCapabilities, ToolsCapability,
};
use serde_json::Value;

use crate::{Error, Revision, server::Offer, tasks::tasks_extension};

/// What the server can do, for a client of this revision.
///
/// Changed lists are never announced, because no connection to a client stays open. So `listChanged` is absent, and clients
/// go by the cache hints.
pub(crate) fn capabilities<S>(offer: &Offer<S>, revision: Revision) -> ServerCapabilities {
    let mut capabilities = ServerCapabilities::default();
    capabilities.tools = offer.has_tools().then(ToolsCapability::default);
    capabilities.prompts = offer.has_prompts().then(PromptsCapability::default);
    capabilities.resources = offer.has_resources().then(|| {
        let mut resources = ResourcesCapability::default();
        resources.subscribe = (offer.accepts_subscriptions && !revision.is_stateless()).then_some(true);
        resources
    });
    // 2024-11-05 has completion, but no capability to declare it with; its clients skip members they do not know.
    capabilities.completions = (!offer.completions.is_empty()).then(JsonObject::new);
    capabilities.logging = offer.logging.then(JsonObject::new);
    capabilities.extensions = (!offer.extensions.is_empty()).then(|| offer.extensions.clone());
    capabilities
}

/// The revision that `initialize` settles on: the one asked for, or the newest that has a handshake.
pub(crate) fn negotiate(params: &JsonObject) -> Result<Revision, Error> {
    let asked = params.get("protocolVersion").and_then(Value::as_str);
    let asked =
        asked.ok_or_else(|| Error::invalid_params("Invalid params: `protocolVersion` must be a string"))?;
    let known = Revision::parse(asked).filter(|revision| !revision.is_stateless());
    Ok(known.unwrap_or(Revision::NEWEST_BY_HANDSHAKE))
}

pub(crate) fn initialize<S>(offer: &Offer<S>, revision: Revision) -> InitializeResult {
    let mut result = InitializeResult::new(capabilities(offer, revision))
        .with_protocol_version(version(revision))
        .with_server_info(implementation(offer));
    result.instructions.clone_from(&offer.instructions);
    result
}

/// `tasks`: whether calls may become tasks here.
pub(crate) fn discover<S>(offer: &Offer<S>, revision: Revision, tasks: bool) -> DiscoverResult {
    let versions = Revision::ALL.map(version).to_vec();
    let mut capabilities = capabilities(offer, revision);
    if tasks {
        capabilities.extensions.get_or_insert_default().append(&mut tasks_extension());
    }
    let mut result = DiscoverResult::new(versions, capabilities)
        .with_ttl_ms(offer.lists.ttl_ms)
        .with_cache_scope(match offer.lists.scope {
            CacheScope::Public => CacheScope::Public,
            _ => CacheScope::Private,
        })
        .with_server_info(implementation(offer));
    result.instructions.clone_from(&offer.instructions);
    result
}

fn implementation<S>(offer: &Offer<S>) -> Implementation {
    offer.implementation.clone()
}

const fn version(revision: Revision) -> ProtocolVersion {
    match revision {
        Revision::V2024_11_05 => ProtocolVersion::V_2024_11_05,
        Revision::V2025_03_26 => ProtocolVersion::V_2025_03_26,
        Revision::V2025_06_18 => ProtocolVersion::V_2025_06_18,
        Revision::V2025_11_25 => ProtocolVersion::V_2025_11_25,
        Revision::V2026_07_28 => ProtocolVersion::V_2026_07_28,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_client_gets_the_revision_it_asked_for_or_the_newest_with_a_handshake() {
        let negotiated = |asked: &str| negotiate(&rmcp::model::object(json!({ "protocolVersion": asked })));
        assert_eq!(negotiated("2024-11-05"), Ok(Revision::V2024_11_05));
        assert_eq!(negotiated("2025-11-25"), Ok(Revision::V2025_11_25));
        assert_eq!(negotiated("2026-07-28"), Ok(Revision::V2025_11_25));
        assert_eq!(negotiated("1999-01-01"), Ok(Revision::V2025_11_25));
        assert!(negotiate(&JsonObject::new()).is_err());
    }
}
