//! The queue as a table: each message is delivered at least once, or becomes a dead letter.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{sync::Arc, time::Duration};

use axum::Router;
use chrono::{DateTime, TimeDelta, Utc};
use platform::{
    Application, Delivery, Message, Outgoing, Platform,
    queue::{LARGEST_MESSAGE, LEASE, LONGEST_DELAY, MOST_ATTEMPTS, drain},
};
use platform_native::{Machine, Storage, memory::World};

/// Keeps what it takes in the cache, a key for each delivery.
struct Recorder;

impl Application for Recorder {
    type Services = platform::services![Cache, Database, Queue, Sleep];
    const TOPICS: &'static [&'static str] = &["record", "fail", "hang", "refuse", "panic"];

    fn routes() -> Router<Platform> {
        Router::new()
    }

    async fn deliver(platform: Platform, message: Message) -> Delivery {
        let key = format!("{} {} {}", message.topic, message.body, message.attempts);
        platform.cache().put(&key, b"").await.unwrap();
        match message.topic.as_str() {
            "fail" => Delivery::Retry { after: Duration::from_secs(2) },
            "hang" => std::future::pending().await,
            "panic" => panic!("as a test wants it"),
            "refuse" => Delivery::Dead { reason: "never".to_owned() },
            _ => Delivery::Done,
        }
    }
}

/// Takes another topic than [`Recorder`].
struct Other;

impl Application for Other {
    type Services = ();
    const TOPICS: &'static [&'static str] = &["other"];

    fn routes() -> Router<Platform> {
        Router::new()
    }

    async fn deliver(platform: Platform, message: Message) -> Delivery {
        platform.cache().put(&format!("other {}", message.body), b"").await.unwrap();
        Delivery::Done
    }
}

fn noon() -> DateTime<Utc> {
    "2026-11-01T12:00:00Z".parse().unwrap()
}

fn world() -> World {
    World::default().at(noon())
}

async fn send(platform: &Platform, topic: &str, body: &str) {
    platform.queue().send(Outgoing::new(topic, body)).await.unwrap();
}

async fn drained(platform: &Platform) -> usize {
    drain::<Recorder>(platform, 1_000, Duration::from_hours(1)).await.unwrap()
}

async fn claimed(platform: &Platform) -> Option<Message> {
    platform.queue().claim(Recorder::TOPICS).await.unwrap()
}

#[tokio::test]
async fn a_message_is_delivered_once_where_nothing_fails() {
    let world = world();
    let platform = world.platform();
    send(&platform, "record", "a").await;
    assert_eq!(drained(&platform).await, 1);
    assert_eq!(drained(&platform).await, 0);
    assert_eq!(world.cache_keys(), ["record a 1"]);
}

#[tokio::test]
async fn a_message_is_not_delivered_before_its_delay_has_passed() {
    let world = world();
    let platform = world.platform();
    let late = Outgoing::new("record", "late").after(Duration::from_secs(10));
    platform.queue().send(late).await.unwrap();
    world.set_now(noon() + TimeDelta::milliseconds(9_999));
    assert_eq!(drained(&platform).await, 0);
    world.set_now(noon() + TimeDelta::seconds(10));
    assert_eq!(drained(&platform).await, 1);
}

#[tokio::test]
async fn a_message_that_always_fails_becomes_a_dead_letter_that_can_be_sent_again() {
    let world = world();
    let platform = world.platform();
    send(&platform, "fail", "x").await;
    for attempt in 0..MOST_ATTEMPTS {
        world.set_now(noon() + TimeDelta::seconds(2 * i64::from(attempt)));
        assert_eq!(drained(&platform).await, 1, "attempt {attempt}");
        assert_eq!(drained(&platform).await, 0, "not before two seconds have passed");
    }
    world.set_now(noon() + TimeDelta::days(1));
    assert_eq!(drained(&platform).await, 0);
    let letters = platform.queue().dead_letters(None, 10).await.unwrap();
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!((letter.topic.as_str(), letter.body.as_str(), letter.attempts), ("fail", "x", MOST_ATTEMPTS));
    assert_eq!(letter.reason, "6 attempts failed");
    assert!(platform.queue().resend(letter.id).await.unwrap());
    assert!(!platform.queue().resend(letter.id).await.unwrap(), "it is a letter no more");
    assert!(platform.queue().dead_letters(None, 10).await.unwrap().is_empty());
    let again = claimed(&platform).await.unwrap();
    assert_eq!((again.body.as_str(), again.attempts), ("x", 1));
}

#[tokio::test]
async fn a_message_that_is_refused_is_a_dead_letter_at_once_and_letters_are_forgotten_after_two_weeks() {
    let world = world();
    let platform = world.platform();
    send(&platform, "refuse", "first").await;
    send(&platform, "refuse", "second").await;
    drained(&platform).await;
    let letters = platform.queue().dead_letters(None, 1).await.unwrap();
    assert_eq!((letters[0].body.as_str(), letters[0].reason.as_str()), ("second", "never"));
    let older = platform.queue().dead_letters(Some(letters[0].id), 10).await.unwrap();
    assert_eq!(older.len(), 1);
    assert_eq!(older[0].body, "first");
    world.set_now(noon() + TimeDelta::days(15));
    send(&platform, "refuse", "third").await;
    drained(&platform).await;
    let letters = platform.queue().dead_letters(None, 10).await.unwrap();
    assert_eq!(letters.iter().map(|letter| letter.body.as_str()).collect::<Vec<_>>(), ["third"]);
}

#[tokio::test]
async fn a_message_whose_worker_died_comes_back_after_its_lease_and_the_late_worker_changes_nothing() {
    let world = world();
    let platform = world.platform();
    send(&platform, "record", "a").await;
    let first = claimed(&platform).await.unwrap();
    world.set_now(noon() + LEASE - TimeDelta::milliseconds(1));
    assert_eq!(claimed(&platform).await, None, "it is still claimed");
    world.set_now(noon() + LEASE);
    let second = claimed(&platform).await.unwrap();
    assert_eq!((second.id.as_str(), second.attempts), (first.id.as_str(), 2));
    for late in
        [Delivery::Done, Delivery::Retry { after: Duration::ZERO }, Delivery::Dead { reason: String::new() }]
    {
        assert!(!platform.queue().settle(&first, late).await.unwrap(), "the first claim is lost");
    }
    assert!(platform.queue().dead_letters(None, 10).await.unwrap().is_empty());
    assert!(platform.queue().settle(&second, Delivery::Done).await.unwrap());
    world.set_now(noon() + TimeDelta::days(1));
    assert_eq!(claimed(&platform).await, None);
}

#[tokio::test]
async fn a_message_that_kills_every_worker_becomes_a_dead_letter() {
    let world = world();
    let platform = world.platform();
    send(&platform, "record", "deadly").await;
    for attempt in 0..MOST_ATTEMPTS {
        world.set_now(noon() + LEASE * attempt);
        assert!(claimed(&platform).await.is_some());
    }
    world.set_now(noon() + LEASE * MOST_ATTEMPTS);
    assert_eq!(claimed(&platform).await, None);
    let letters = platform.queue().dead_letters(None, 10).await.unwrap();
    assert_eq!((letters.len(), letters[0].attempts), (1, MOST_ATTEMPTS));
}

#[tokio::test]
async fn a_delivery_that_hangs_is_given_up_and_does_not_hold_up_the_next() {
    // The minute of a lease takes a second and a half, and a store still has 50 ms to answer.
    let world = world().hurried(40);
    let platform = world.platform();
    send(&platform, "hang", "a").await;
    assert_eq!(drain::<Recorder>(&platform, 1, Duration::from_secs(1)).await.unwrap(), 1);
    send(&platform, "record", "b").await;
    assert_eq!(drain::<Recorder>(&platform, 2, Duration::from_hours(1)).await.unwrap(), 2);
    assert_eq!(world.cache_keys(), ["hang a 1", "hang a 2", "record b 1"]);
}

#[tokio::test]
async fn a_list_of_applications_delivers_by_topic_and_leaves_what_belongs_to_others() {
    let world = world();
    let platform = world.platform();
    for topic in ["record", "other", "nobody"] {
        send(&platform, topic, "x").await;
    }
    let drained = drain::<(Other, (Recorder, ()))>(&platform, 10, Duration::from_secs(1)).await;
    assert_eq!(drained, Ok(2));
    assert_eq!(world.cache_keys(), ["other x", "record x 1"]);
    assert!(platform.queue().claim(&["nobody"]).await.unwrap().is_some());
}

#[tokio::test]
async fn what_is_too_large_or_too_late_is_not_sent() {
    let platform = world().platform();
    let queue = platform.queue();
    let largest = "x".repeat(LARGEST_MESSAGE);
    queue.send(Outgoing::new("record", &*largest).after(LONGEST_DELAY)).await.unwrap();
    let messages = [
        Outgoing::new("record", largest + "x"),
        Outgoing::new("record", "").after(LONGEST_DELAY + Duration::from_secs(1)),
        Outgoing::new("", ""),
        Outgoing::new("two words", ""),
        Outgoing::new("x".repeat(65), ""),
    ];
    for message in messages {
        let both = vec![Outgoing::new("record", "with it"), message];
        assert_eq!(queue.send_all(both).await.unwrap_err().service, "queue");
    }
    assert_eq!(claimed(&platform).await, None, "of what was refused, nothing was sent");
}

#[tokio::test]
async fn a_portion_ends_by_number_and_by_time() {
    let world = world();
    let platform = world.platform();
    let messages = (0..10).map(|number| Outgoing::new("record", number.to_string())).collect();
    platform.queue().send_all(messages).await.unwrap();
    assert_eq!(drain::<Recorder>(&platform, 3, Duration::from_secs(1)).await, Ok(3));
    assert_eq!(drain::<Recorder>(&platform, 3, Duration::ZERO).await, Ok(0));
    world.slow_down(Some(("cache", Duration::from_millis(20))));
    let world = world.hurried(1);
    assert_eq!(drain::<Recorder>(&platform, 10, Duration::from_millis(30)).await, Ok(2));
    drop(world);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_servers_on_one_database_deliver_each_of_two_hundred_messages_once() {
    let folder = tempfile::tempdir().unwrap();
    let machine = || {
        let storage = Storage::Folder(folder.path().to_owned());
        // A claim that comes too late is given again after a minute; how slow the disk is, is not the question here.
        let patient = [("STORE_TIMEOUT_MS".to_owned(), "30000".to_owned())];
        Arc::new(Machine::new(&storage, patient.into(), None, [].into()).unwrap())
    };
    let machines = [machine(), machine()];
    let platforms = [machines[0].platform::<Recorder>(), machines[1].platform::<Recorder>()];
    let workers: Vec<_> = (0..4)
        .map(|worker| {
            let (machine, platform) = (Arc::clone(&machines[worker % 2]), platforms[worker % 2].clone());
            tokio::spawn(async move { machine.work::<Recorder>(&platform).await })
        })
        .collect();
    for number in 0..200 {
        send(&platforms[number % 2], "record", &number.to_string()).await;
    }
    // Written once each, or a key of a second attempt would be here too. Files that begin with a point are unfinished.
    let written = || -> Vec<_> {
        std::fs::read_dir(folder.path().join("cache"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|name| !name.starts_with('.'))
            .collect()
    };
    let all = async {
        while written().len() < 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(3), all).await.unwrap();
    while claimed(&platforms[0]).await.is_some() {}
    workers.iter().for_each(tokio::task::JoinHandle::abort);
    let names = written();
    assert_eq!(names.len(), 200);
    assert!(names.iter().all(|name| name.ends_with("%201")), "{names:?}");
}

#[tokio::test]
async fn a_delivery_that_panics_does_not_stop_the_worker() {
    let folder = tempfile::tempdir().unwrap();
    let machine =
        Machine::new(&Storage::Folder(folder.path().to_owned()), [].into(), None, [].into()).unwrap();
    let platform = machine.platform::<Recorder>();
    send(&platform, "panic", "a").await;
    send(&platform, "record", "b").await;
    let delivered = async {
        while platform.cache().get("record b 1").await.unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        () = machine.work::<Recorder>(&platform) => unreachable!("a worker does not end"),
        done = tokio::time::timeout(Duration::from_mins(1), delivered) => done.unwrap(),
    }
}

#[tokio::test]
async fn a_queue_that_cannot_be_reached_says_so() {
    let world = world();
    let platform = world.platform();
    world.fail(Some("database"));
    let sent = platform.queue().send(Outgoing::new("record", "a")).await;
    assert_eq!(sent.unwrap_err().service, "database");
    world.fail(None);
    send(&platform, "record", "a").await;
    assert_eq!(drained(&platform).await, 1);
}
