//! The members of `_meta` in which a request of 2026-07-28 says what it is, and a result who made it.

/// The member of `params` and of results.
pub const META: &str = "_meta";
/// The revision of the request.
pub const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
/// Who sends it.
pub const CLIENT: &str = "io.modelcontextprotocol/clientInfo";
/// What the sender can do.
pub const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
/// The least severe message that the sender wants to read.
pub const LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";
/// What notifications of progress are to name.
pub const PROGRESS: &str = "progressToken";
/// Who answers.
pub const SERVER: &str = "io.modelcontextprotocol/serverInfo";
