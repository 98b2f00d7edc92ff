//! What one instance remembers, and what all of them share.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use platform::InstanceMemory;
use platform_native::memory::World;

#[derive(Clone, Debug, PartialEq)]
struct Decoded(u32);

#[test]
fn an_instance_remembers_one_value_of_each_kind() {
    let memory = InstanceMemory::default();
    assert_eq!(memory.get::<Decoded>(), None);
    memory.set(Decoded(1));
    memory.set("text");
    memory.set(Decoded(2));
    assert_eq!(memory.get(), Some(Decoded(2)));
    assert_eq!(memory.get(), Some("text"));
    assert_eq!(memory.get::<u32>(), None);
}

/// Cloning happens under the lock.
struct Bad;

impl Clone for Bad {
    fn clone(&self) -> Self {
        panic!("while the memory is locked")
    }
}

#[test]
fn a_request_that_panicked_leaves_the_memory_usable() {
    let memory = InstanceMemory::default();
    memory.set(Decoded(1));
    memory.set(Bad);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| memory.get::<Bad>())).is_err());
    assert_eq!(memory.get(), Some(Decoded(1)));
}

#[tokio::test]
async fn instances_share_the_stores_and_not_their_memory() {
    let world = World::default();
    let (one, two) = (world.platform(), world.platform());
    one.instance().set(Decoded(1));
    assert_eq!(one.clone().instance().get(), Some(Decoded(1)), "a handler's copy is the same instance");
    assert_eq!(two.instance().get::<Decoded>(), None);
    one.cache().put("key", b"cached").await.unwrap();
    assert_eq!(two.cache().get("key").await.unwrap().as_deref(), Some(&b"cached"[..]));
    assert_eq!(two.archive().get("key").await.unwrap(), None, "cache and archive are two stores");
}
