//! Working messages off.

use std::time::Duration;

use jobs::RunStep;
use platform::{
    Answer, Application, Delivery, Message, OutsideError, Platform,
    queue::{drain_topics, is_slow},
};

use crate::{Tool, limits};

/// Runs the step that a message names, of a job of one of these tools.
///
/// # Errors
/// When the settings cannot be read.
pub async fn deliver(
    platform: &Platform,
    tools: &[&'static Tool],
    message: &Message,
) -> Result<Delivery, OutsideError> {
    let step = |name: &str| tools.iter().find(|tool| tool.name == name).map(|tool| tool.step as RunStep);
    Ok(jobs::deliver(platform, &limits(platform).await?, &step, message).await)
}

/// After what time a message is delivered again whose settings could not be read.
pub const SETTINGS_FAILED: Duration = Duration::from_secs(5);

/// What a request that asks for a job's state works off besides, where nobody else does: steps, and time.
const SMALL_PORTION: (usize, Duration) = (4, Duration::from_secs(2));

/// Which messages a request works off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driven {
    /// Those that end soon: for a request whose caller waits for its answer.
    Quick,
    /// Slow ones too: for a request that goes on for minutes, such as a stream.
    All,
}

/// Whether messages are worked off by requests: Cloudflare delivers them, and the native server has workers.
#[must_use]
pub fn by_requests(platform: &Platform) -> bool {
    platform.name() == "spin"
}

/// Works off a few messages of `A`'s topics, where requests do that. Where none is due, one may have been lost: so also without a
/// schedule a job goes on while somebody asks for it.
///
/// # Errors
/// When a store does not answer. The next request tries again.
#[expect(clippy::must_use_candidate, reason = "a future has to be used anyway")]
pub fn drive<A: Application>(platform: &Platform, driven: Driven) -> Answer<'_, ()> {
    // A delivery is a large future; on the heap it is not part of every handler's.
    Box::pin(async move {
        if !by_requests(platform) {
            return Ok(());
        }
        let mut topics = A::topics();
        topics.retain(|topic| driven == Driven::All || !is_slow(topic));
        let (most, time) = SMALL_PORTION;
        if drain_topics::<A>(platform, &topics, most, time).await? == 0 {
            jobs::tend(platform).await?;
        }
        Ok(())
    })
}
