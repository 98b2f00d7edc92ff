use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

use crate::service::service;

/// Waiting, which costs nothing but time.
pub trait Sleep: Send + Sync {
    /// Comes back when `duration` has passed.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// What `work` gives, or `None` where it takes longer than `limit`; then it is dropped.
pub async fn within<T>(sleep: &dyn Sleep, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    // Most work is done at once, and needs no timer.
    let mut over = None;
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => over.get_or_insert_with(|| sleep.sleep(limit)).as_mut().poll(context).map(|()| None),
    })
    .await
}

service!(Sleep, sleep, "sleep", "Waiting.");
