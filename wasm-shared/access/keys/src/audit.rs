//! The audit trail: one row for every act of administration.

use serde::Serialize;

use crate::Millis;

/// Something that was done, as it is kept. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// When.
    pub at: Millis,
    /// Who: a key's id, or `operator`.
    pub actor: String,
    /// What.
    pub act: Act,
    /// To what: a key's id, a grant's, a snapshot's date.
    pub target: String,
    /// From which address, as the platform says it.
    pub address: Option<String>,
    /// The id of the request, by which the log can be searched.
    pub request_id: Option<String>,
}

/// An act of administration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Act {
    /// A key was made.
    KeyCreated,
    /// A key's name, owner, scopes, limits or expiry was changed.
    KeyChanged,
    /// A key got a new secret.
    KeyRotated,
    /// A key was taken back.
    KeyRevoked,
    /// A client was given access by a sign-in.
    GrantCreated,
    /// A client's access was ended.
    GrantEnded,
    /// A snapshot was imported.
    SnapshotImported,
    /// A snapshot was published again.
    SnapshotRestored,
    /// A pinned snapshot was left to refreshes again.
    SnapshotUnpinned,
    /// The data were refreshed.
    DataRefreshed,
    /// A job was allowed.
    JobApproved,
    /// A job was not allowed.
    JobRejected,
    /// A key got a webhook secret of its own, or another one.
    WebhookSecretRotated,
    /// A key has no webhook secret of its own any more.
    WebhookSecretRemoved,
    /// A daemon was added or changed.
    DaemonDefined,
    /// A daemon was taken away.
    DaemonRemoved,
    /// An MCP server was described.
    McpServerDescribed,
    /// An MCP server was forgotten.
    McpServerForgotten,
    /// An agent was defined.
    AgentDefined,
    /// An agent's definition was taken away.
    AgentRemoved,
    /// A document was stored.
    DocumentStored,
    /// A document was taken away.
    DocumentRemoved,
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::KeyCreated,
        Self::KeyChanged,
        Self::KeyRotated,
        Self::KeyRevoked,
        Self::GrantCreated,
        Self::GrantEnded,
        Self::SnapshotImported,
        Self::SnapshotRestored,
        Self::SnapshotUnpinned,
        Self::DataRefreshed,
        Self::JobApproved,
        Self::JobRejected,
        Self::WebhookSecretRotated,
        Self::WebhookSecretRemoved,
        Self::DaemonDefined,
        Self::DaemonRemoved,
        Self::McpServerDescribed,
        Self::McpServerForgotten,
        Self::AgentDefined,
        Self::AgentRemoved,
        Self::DocumentStored,
        Self::DocumentRemoved,
    ];

    /// Its name on the wire and in the table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::KeyCreated => "key_created",
            Self::KeyChanged => "key_changed",
            Self::KeyRotated => "key_rotated",
            Self::KeyRevoked => "key_revoked",
            Self::GrantCreated => "grant_created",
            Self::GrantEnded => "grant_ended",
            Self::SnapshotImported => "snapshot_imported",
            Self::SnapshotRestored => "snapshot_restored",
            Self::SnapshotUnpinned => "snapshot_unpinned",
            Self::DataRefreshed => "data_refreshed",
            Self::JobApproved => "job_approved",
            Self::JobRejected => "job_rejected",
            Self::WebhookSecretRotated => "webhook_secret_rotated",
            Self::WebhookSecretRemoved => "webhook_secret_removed",
            Self::DaemonDefined => "daemon_defined",
            Self::DaemonRemoved => "daemon_removed",
            Self::McpServerDescribed => "mcp_server_described",
            Self::McpServerForgotten => "mcp_server_forgotten",
            Self::AgentDefined => "agent_defined",
            Self::AgentRemoved => "agent_removed",
            Self::DocumentStored => "document_stored",
            Self::DocumentRemoved => "document_removed",
        }
    }

    /// The act of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.name() == name)
    }
}
