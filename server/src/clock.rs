use std::time::Duration;

use platform::{Application as _, Platform};
use tokio::time::{MissedTickBehavior, interval};

/// How often it is looked what is due.
const TICK: Duration = Duration::from_mins(1);

/// Does what is due by the clock, from the start on; what became due while no server ran is made up for. What came of it
/// stands in the log and in `/health`.
pub(crate) async fn keep_schedule(platform: Platform) {
    let mut ticks = interval(TICK);
    // A long run is not followed by as many short ones.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(reason) = edge::Function::scheduled(platform.clone()).await {
            web::log::error(&platform, "a scheduled run failed", &reason);
        }
    }
}
