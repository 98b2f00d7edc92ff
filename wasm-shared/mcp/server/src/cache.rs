//! How long clients may keep what they were given.

use rmcp::model::CacheScope;

/// How long, and by whom, a list or a resource may be kept. Only 2026-07-28 knows of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheHint {
    pub(crate) ttl_ms: u64,
    pub(crate) scope: CacheScope,
}

impl CacheHint {
    /// Not to be kept.
    pub const NONE: Self = Self { ttl_ms: 0, scope: CacheScope::Private };

    /// The same for everybody: caches in between may keep it too.
    #[must_use]
    pub const fn public(ttl_ms: u64) -> Self {
        Self { ttl_ms, scope: CacheScope::Public }
    }

    /// For this caller only.
    #[must_use]
    pub const fn private(ttl_ms: u64) -> Self {
        Self { ttl_ms, scope: CacheScope::Private }
    }
}
