//! Working messages off where nobody else does: on Spin, by requests and by a schedule.

use std::time::Duration;

use platform::{Answer, OutsideError, Platform, queue::drain};

use crate::Function;

/// What one call of the schedule works off: messages, and time. A request's own limits hold on every host.
const PORTION: (usize, Duration) = (50, Duration::from_secs(20));
/// What a request that asks for a job's state works off besides.
const SMALL_PORTION: (usize, Duration) = (4, Duration::from_secs(2));

/// Whether messages are worked off by requests: Cloudflare delivers them, and the native server has a worker.
fn by_requests(platform: &Platform) -> bool {
    platform.name() == "spin"
}

/// Works off a few messages, where requests do that. What fails is tried again by the next.
pub(crate) async fn drive(platform: &Platform) {
    if by_requests(platform)
        && let Err(error) = small_portion(platform).await
    {
        web::log::error(platform, "messages could not be worked off", &error);
    }
}

/// Where no message is due, one may have been lost: also without a schedule, a job goes on while somebody asks for it.
async fn small_portion(platform: &Platform) -> Result<(), OutsideError> {
    if work(platform, SMALL_PORTION).await? == 0 {
        jobs::tend(platform).await?;
    }
    Ok(())
}

/// Looks after all jobs, and works off a portion of messages. How many.
pub(crate) async fn portion(platform: &Platform) -> Result<usize, OutsideError> {
    jobs::tend(platform).await?;
    work(platform, PORTION).await
}

/// A delivery is a large future; on the heap it is not part of every handler's.
fn work(platform: &Platform, (most, time): (usize, Duration)) -> Answer<'_, usize> {
    Box::pin(drain::<Function>(platform, most, time))
}
