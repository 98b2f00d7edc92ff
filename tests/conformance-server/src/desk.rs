//! What the server asks of whoever runs it.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use mcp::{Host, SealingKey};

/// Waits for a while, on whatever runtime there is.
pub type Pause = Arc<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// The runtime of the server under test. It knows no caller: the suite has none.
#[derive(Clone)]
pub struct Desk {
    /// Waits, so that the suite sees reports come one by one.
    pub pause: Pause,
    /// Milliseconds of Unix time.
    pub now_ms: fn() -> u64,
    /// The name of the session that each older client is told.
    pub session_id: fn() -> String,
}

impl Desk {
    /// The pause between two reports of a tool, as the suite describes it.
    pub(crate) async fn breathe(&self) {
        (self.pause)(Duration::from_millis(50)).await;
    }
}

impl Host for Desk {
    fn now_ms(&self) -> Option<u64> {
        Some((self.now_ms)())
    }

    fn session_id(&self) -> Option<String> {
        Some((self.session_id)())
    }

    /// A key that everybody can read here, for a server that guards nothing.
    fn sealing_key(&self) -> Option<SealingKey> {
        SealingKey::new(*b"conformance tests guard nothing.").ok()
    }
}
