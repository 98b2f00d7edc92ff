//! What the server asks of the platform it runs on.

use std::{task::Poll, time::Duration};

use axum::extract::FromRef;
use jobs::{Limits, Tasks};
use mcp::{Host, SealingKey, TaskStore, Waiting};
use platform::Platform;

/// The platform, as the server sees it. It knows no caller: the suite has none.
#[derive(Clone)]
pub(crate) struct Desk(Platform, Tasks);

impl FromRef<Platform> for Desk {
    fn from_ref(platform: &Platform) -> Self {
        let tasks = Tasks::new(platform.clone(), |_| Box::pin(async { Ok(Limits::default()) }));
        Self(platform.clone(), tasks)
    }
}

impl Desk {
    /// Lets what was reported so far go out before the work goes on.
    pub(crate) async fn breathe(&self) {
        let mut waited = false;
        std::future::poll_fn(|context| {
            if waited {
                return Poll::Ready(());
            }
            waited = true;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// Milliseconds of Unix time.
    pub(crate) fn time(&self) -> u64 {
        u64::try_from(self.0.clock().now().timestamp_millis()).unwrap_or(0)
    }
}

impl Host for Desk {
    fn now_ms(&self) -> Option<u64> {
        Some(self.time())
    }

    fn session_id(&self) -> Option<String> {
        Some(uuid::Uuid::new_v4().to_string())
    }

    /// A key that everybody can read here, for a server that guards nothing.
    fn sealing_key(&self) -> Option<SealingKey> {
        SealingKey::new(*b"conformance tests guard nothing.").ok()
    }

    fn tasks(&self) -> Option<&dyn TaskStore> {
        Some(&self.1)
    }

    fn wait(&self, ms: u64) -> Option<Waiting> {
        Some(self.0.sleep().sleep(Duration::from_millis(ms)))
    }
}
