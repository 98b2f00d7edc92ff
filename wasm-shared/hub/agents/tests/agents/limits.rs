//! Loading agents, within limits that hold whatever happens at once.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
};

use agents::{
    definition::{Agent, Family},
    library::Layer,
    loads::{Limits, Load, Loading, Loads, Use},
};
use platform_native::memory::World;
use proptest::prelude::*;

const LIMITS: Limits = Limits { agents: 10, memory: 2_048, families: [3, 8, 15] };

fn agent(id: &str, family: Family, memory: u32) -> Load {
    let text = format!("---\nmodel: {}\nmemory: {memory}\n---\nText.", family.name());
    Load { id: id.to_owned(), layer: Layer::User, family, agent: Agent::read(id, &text).unwrap(), loaded: 0 }
}

async fn load(world: &World, owner: &str, wanted: &[Load]) -> Loading {
    let platform = world.platform();
    Loads::open(&platform).await.unwrap().load(owner, wanted, &LIMITS).await.unwrap()
}

fn over(limited_by: &'static str, used: u64, limit: u64) -> Loading {
    Loading::Over(Use { limited_by, used, limit })
}

#[tokio::test]
async fn the_fourth_opus_is_refused_by_name_and_unloading_one_frees_its_place() {
    let world = World::default();
    for id in ["a", "b", "c"] {
        assert_eq!(load(&world, "owner", &[agent(id, Family::Opus, 1)]).await, Loading::Done(1));
    }
    let fourth = agent("d", Family::Opus, 1);
    assert_eq!(load(&world, "owner", std::slice::from_ref(&fourth)).await, over("MAX_OPUS_AGENTS", 4, 3));
    assert_eq!(load(&world, "owner", &[agent("e", Family::Haiku, 1)]).await, Loading::Done(1));
    assert_eq!(load(&world, "another", std::slice::from_ref(&fourth)).await, Loading::Done(1));
    let platform = world.platform();
    let loads = Loads::open(&platform).await.unwrap();
    assert!(loads.unload("owner", "b").await.unwrap() && !loads.unload("owner", "b").await.unwrap());
    assert_eq!(load(&world, "owner", std::slice::from_ref(&fourth)).await, Loading::Done(1));
    // Whoever is loaded takes no second place.
    assert_eq!(load(&world, "owner", &[fourth]).await, Loading::Done(0));
}

#[tokio::test]
async fn memory_and_number_are_limits_of_their_own() {
    let world = World::default();
    assert_eq!(load(&world, "a", &[agent("x", Family::Other, 2_000)]).await, Loading::Done(1));
    assert_eq!(
        load(&world, "a", &[agent("y", Family::Other, 49)]).await,
        over("AGENT_MEMORY_LIMIT", 2_049, 2_048)
    );
    assert_eq!(load(&world, "a", &[agent("y", Family::Other, 48)]).await, Loading::Done(1));
    for number in 0..10 {
        assert_eq!(
            load(&world, "b", &[agent(&format!("n{number}"), Family::Other, 1)]).await,
            Loading::Done(1)
        );
    }
    assert_eq!(
        load(&world, "b", &[agent("one-more", Family::Other, 1)]).await,
        over("MAX_CONCURRENT_AGENTS", 11, 10)
    );
}

#[tokio::test]
async fn agents_that_belong_together_are_loaded_all_or_none() {
    let world = World::default();
    let four: Vec<Load> = ["a", "b", "c", "d"].map(|id| agent(id, Family::Opus, 1)).into();
    assert_eq!(load(&world, "owner", &four).await, over("MAX_OPUS_AGENTS", 4, 3));
    let platform = world.platform();
    let loads = Loads::open(&platform).await.unwrap();
    assert!(loads.of("owner").await.unwrap().is_empty());
    assert_eq!(load(&world, "owner", &four[..3]).await, Loading::Done(3));
    // Of those that are asked for, only the new ones count.
    let mixed = [four[0].clone(), agent("e", Family::Haiku, 1)];
    assert_eq!(load(&world, "owner", &mixed).await, Loading::Done(1));
    // What was loaded stays as it was loaded.
    let mut changed = agent("a", Family::Haiku, 500);
    changed.agent.instructions = "Other.".to_owned();
    assert_eq!(load(&world, "owner", &[changed]).await, Loading::Done(0));
    assert_eq!(loads.of("owner").await.unwrap()["a"].agent, four[0].agent);
}

#[tokio::test]
async fn of_fifty_at_once_no_more_are_loaded_than_may() {
    let world = World::default();
    let mut all: Vec<Pin<Box<dyn Future<Output = Loading>>>> = Vec::new();
    for number in 0..50 {
        let world = &world;
        let family = if number % 2 == 0 { Family::Opus } else { Family::Sonnet };
        // An instance each.
        all.push(Box::pin(async move {
            load(world, "owner", &[agent(&format!("n{number}"), family, 100)]).await
        }));
    }
    let mut ended = Vec::new();
    poll_fn(|context| {
        all.retain_mut(|one| match one.as_mut().poll(context) {
            Poll::Ready(outcome) => {
                ended.push(outcome);
                false
            }
            Poll::Pending => true,
        });
        if all.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    assert_eq!(ended.iter().filter(|outcome| **outcome == Loading::Done(1)).count(), 10);
    let platform = world.platform();
    let held = Loads::open(&platform).await.unwrap().of("owner").await.unwrap();
    assert_eq!(held.values().filter(|load| load.family == Family::Opus).count(), 3);
    assert_eq!(held.len(), 10);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn whatever_is_loaded_and_unloaded_no_limit_is_ever_passed(acts in proptest::collection::vec((any::<bool>(), 0..20_u8, 0..4_usize, 1..900_u32), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let world = World::default();
            let platform = world.platform();
            let loads = Loads::open(&platform).await.unwrap();
            for (is_load, id, family, memory) in acts {
                let id = format!("n{id}");
                if is_load {
                    let family = [Family::Opus, Family::Sonnet, Family::Haiku, Family::Other][family];
                    let _ = loads.load("owner", &[agent(&id, family, memory)], &LIMITS).await.unwrap();
                } else {
                    let _ = loads.unload("owner", &id).await.unwrap();
                }
                let held = loads.of("owner").await.unwrap();
                let memory: u32 = held.values().map(|load| load.agent.memory).sum();
                let count = |family| held.values().filter(|load| load.family == family).count();
                assert!(held.len() <= 10 && memory <= 2_048 && count(Family::Opus) <= 3 && count(Family::Sonnet) <= 8);
            }
        });
    }
}
