//! Requests and publications that run at once: everybody gets one snapshot, whole, and the newest one stays.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::{
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use common::{RECHECK, after, publish, served, served_anew, three, world_after};
use snapshot_store::current;

/// Lets a task run for as many turns, one call to the outside each.
fn turns<F: Future>(mut task: Pin<&mut F>, turns: usize) -> Option<F::Output> {
    let mut context = Context::from_waker(Waker::noop());
    (0..turns).find_map(|_| match task.as_mut().poll(&mut context) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    })
}

#[tokio::test(start_paused = true)]
async fn many_first_requests_at_once_all_get_the_snapshot() {
    let [a, ..] = three();
    let world = world_after([&a]).await;
    let platform = world.platform();
    let mut requests: Vec<_> = (0..50).map(|_| Box::pin(current(&platform))).collect();
    let mut answers = Vec::new();
    // In turns, so that each is at another point of its way.
    for round in 0..200 {
        requests.retain_mut(|request| match turns(request.as_mut(), 1 + round % 2) {
            Some(answer) => {
                answers.push(answer.unwrap());
                false
            }
            None => true,
        });
    }
    assert_eq!((requests.len(), answers.len()), (0, 50));
    assert!(answers.iter().all(|answer| *answer.snapshot == a));
}

#[tokio::test(start_paused = true)]
async fn a_publication_in_the_middle_of_a_request_changes_neither_its_answer_nor_its_own_success() {
    let [a, b, _] = three();
    let mut interrupted = 0;
    for before in 0..10 {
        let world = world_after([&a]).await;
        let platform = world.platform();
        served(&platform).await;
        // The request has to ask the store again.
        after(&world, RECHECK);
        let mut request = pin!(current(&platform));
        let answer = turns(request.as_mut(), before);
        interrupted += usize::from(answer.is_none());
        publish(&platform, &b).await;
        let answer = match answer {
            Some(answer) => answer,
            None => request.await,
        };
        let answer = answer.unwrap();
        assert!(*answer.snapshot == a || *answer.snapshot == b);
        assert_eq!(*answer.id, snapshot_store::name_of(&answer.snapshot));
        assert_eq!(served(&platform).await, b, "a request that began before it puts the old one back");
    }
    assert!(interrupted > 2, "the requests were indeed interrupted");
}

#[tokio::test(start_paused = true)]
async fn of_two_publications_at_once_one_wins_everywhere() {
    let [a, b, c] = three();
    // Every way in which the first eight turns of the two can alternate.
    for pattern in 0..256_u32 {
        let world = world_after([&a]).await;
        let (one, two) = (world.platform(), world.platform());
        let mut first = pin!(snapshot_store::publish(&one, b.clone()));
        let mut second = pin!(snapshot_store::publish(&two, c.clone()));
        let (mut first_done, mut second_done) = (false, false);
        for turn in 0..8 {
            if pattern >> turn & 1 == 0 {
                first_done = first_done || turns(first.as_mut(), 1).is_some();
            } else {
                second_done = second_done || turns(second.as_mut(), 1).is_some();
            }
            let seen = served_anew(&world).await.unwrap();
            assert!([&a, &b, &c].contains(&&*seen.snapshot), "{pattern:#b}");
        }
        if !first_done {
            first.await.unwrap();
        }
        if !second_done {
            second.await.unwrap();
        }
        after(&world, RECHECK);
        let winner = served_anew(&world).await.unwrap();
        assert!([&b, &c].contains(&&*winner.snapshot), "{pattern:#b}");
        assert_eq!(
            (&served(&one).await, &served(&two).await),
            (&*winner.snapshot, &*winner.snapshot),
            "{pattern:#b}"
        );
    }
}
