//! Working messages off where nobody else does: on Spin, by requests and by a schedule.

use std::time::Duration;

use job_tools::Driven;
use platform::{OutsideError, Platform, queue};

use crate::Function;

/// What one call of the schedule works off: messages, and time. A request's own limits hold on every host.
const PORTION: (usize, Duration) = (50, Duration::from_secs(20));

/// Works off a few messages, where requests do that. What fails is tried again by the next.
pub(crate) async fn drive(platform: &Platform, driven: Driven) {
    if let Err(error) = job_tools::drive::<Function>(platform, driven).await {
        web::log::error(platform, "messages could not be worked off", &error);
    }
}

/// Looks after all jobs: by the clock, and where nothing is called by it, by [`portion`].
async fn tend(platform: &Platform) -> Result<(), OutsideError> {
    jobs::approval::tend(platform, &job_tools::limits(platform).await?).await?;
    jobs::tend(platform).await
}

pub(crate) async fn scheduled(platform: Platform) -> Result<(), String> {
    tend(&platform).await.map_err(|error| error.to_string())
}

/// Looks after all jobs, and works off a portion of messages. How many.
pub(crate) async fn portion(platform: &Platform) -> Result<usize, OutsideError> {
    tend(platform).await?;
    let (most, time) = PORTION;
    Box::pin(queue::drain::<Function>(platform, most, time)).await
}
