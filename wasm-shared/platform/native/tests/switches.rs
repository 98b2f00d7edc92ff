//! How an operator's variables are understood.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use platform_native::memory::World;

#[tokio::test]
async fn a_switch_is_on_only_where_it_plainly_says_so() {
    for (value, on) in [
        ("true", true),
        ("TRUE", true),
        ("1", true),
        ("yes", true),
        ("On", true),
        (" true\n", true),
        ("false", false),
        ("0", false),
        ("no", false),
        ("off", false),
        ("treu", false),
        ("2", false),
        (" ", false),
    ] {
        let platform = World::default().with_variable("SWITCH", value).platform();
        for default in [true, false] {
            assert_eq!(platform.config().is_on("SWITCH", default).await, Ok(on), "{value:?}");
        }
    }
}

#[tokio::test]
async fn a_switch_that_is_unset_or_empty_has_its_default() {
    for platform in [World::default().platform(), World::default().with_variable("SWITCH", "").platform()] {
        assert_eq!(platform.config().is_on("SWITCH", true).await, Ok(true));
        assert_eq!(platform.config().is_on("SWITCH", false).await, Ok(false));
        assert_eq!(platform.config().get("SWITCH").await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_switch_that_cannot_be_read_is_neither_on_nor_off() {
    let world = World::default();
    world.fail(Some("config"));
    let error = world.platform().config().is_on("SWITCH", true).await.unwrap_err();
    assert_eq!(error.service, "config");
}
