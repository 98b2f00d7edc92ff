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

/// How often, and for how long each, work that is over its limit may still answer.
///
/// In a WebAssembly instance everything happens in turn. While it computes, an answer and the timer may both come, the answer long
/// before the timer, and the host may hand over the timer first. So what has come already gets its turn before the limit counts.
const LAST_TURNS: (u32, Duration) = (3, Duration::from_millis(10));

/// What `work` gives, or `None` where it takes longer than `limit`; then it is dropped.
pub async fn within<T>(sleep: &dyn Sleep, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    // Most work is done at once, and needs no timer.
    let mut over = None;
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => {
            over.get_or_insert_with(|| until_over(sleep, limit)).as_mut().poll(context).map(|()| None)
        }
    })
    .await
}

fn until_over(sleep: &dyn Sleep, limit: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
    Box::pin(async move {
        sleep.sleep(limit).await;
        let (turns, each) = LAST_TURNS;
        for _ in 0..turns {
            sleep.sleep(each).await;
        }
    })
}

service!(Sleep, sleep, "sleep", "Waiting.");

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::{Context, Waker};

    /// Ready when it is asked for the nth time.
    fn ready_at(turn: u32) -> impl Future<Output = ()> + Send {
        let mut asked = 0;
        poll_fn(move |_| {
            asked += 1;
            if asked < turn { Poll::Pending } else { Poll::Ready(()) }
        })
    }

    /// Timers that are over as soon as they are asked again.
    struct Hasty;

    impl Sleep for Hasty {
        fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
            Box::pin(ready_at(2))
        }
    }

    fn answer(turn: u32) -> Option<()> {
        let mut asked = pin!(within(&Hasty, Duration::from_secs(2), ready_at(turn)));
        let mut context = Context::from_waker(Waker::noop());
        (0..20).find_map(|_| match asked.as_mut().poll(&mut context) {
            Poll::Ready(answer) => Some(answer),
            Poll::Pending => None,
        })?
    }

    #[test]
    fn an_answer_that_came_while_the_instance_computed_counts_though_the_timer_is_seen_first() {
        // The timer is over in the second turn.
        assert_eq!(answer(3), Some(()));
        assert_eq!(answer(u32::MAX), None);
    }
}
