//! Only the operator gets through, and nobody learns the key on the way.

mod common;

use common::{Reply, get_with};
use platform_native::memory::World;
use web::{OperatorsKey, operators_key};

const KEY: &str = "correct-horse-battery-staple";

fn world() -> World {
    World::default().with_variable("ADMIN_API_KEY", KEY)
}

async fn with(headers: &[(&str, &str)]) -> Reply {
    get_with(&world(), "/operator", headers).await
}

#[tokio::test]
async fn the_key_opens_in_either_header() {
    for (name, value) in [
        ("authorization", format!("Bearer {KEY}")),
        ("authorization", format!("bearer {KEY}")),
        ("Authorization", format!("BEARER   {KEY} ")),
        ("x-admin-key", KEY.to_owned()),
        ("X-Admin-Key", format!(" {KEY} ")),
    ] {
        assert_eq!(with(&[(name, &value)]).await.text(), "in", "{name}: {value}");
    }
    let both = [("authorization", "Basic dXNlcjpwYXNz"), ("x-admin-key", KEY)];
    assert_eq!(with(&both).await.text(), "in", "another scheme is not the operator's business");
}

#[tokio::test]
async fn anything_like_the_key_does_not() {
    let (shorter, longer) = (&KEY[..KEY.len() - 1], format!("{KEY}x"));
    let upper = KEY.to_uppercase();
    for value in [shorter, &longer, &upper, "x", "Bearer", "null", "undefined"] {
        let header = format!("Bearer {value}");
        let reply = with(&[("authorization", &header)]).await;
        assert_eq!(reply.refused(401), "ADMIN_KEY_WRONG", "{value}");
        assert!(!reply.text().contains(value) && !reply.text().contains(KEY));
        assert_eq!(reply.header("www-authenticate"), Some("Bearer realm=\"admin\""));
    }
}

#[tokio::test]
async fn without_a_key_the_caller_is_told_how_to_send_it() {
    for headers in [
        vec![],
        vec![("authorization", KEY)],
        vec![("authorization", "Basic dXNlcjpwYXNz")],
        vec![("authorization", "Bearer ")],
        vec![("authorization", "Bearer")],
        vec![("x-admin-key", "")],
        vec![("x-admin-key", "  ")],
        vec![("cookie", KEY)],
    ] {
        let reply = with(&headers).await;
        assert_eq!(reply.refused(401), "ADMIN_KEY_MISSING", "{headers:?}");
        assert!(reply.text().contains("Authorization: Bearer"));
        assert!(reply.header("www-authenticate").is_some());
    }
}

#[tokio::test]
async fn a_key_in_the_url_is_refused_with_the_reason_even_beside_a_right_one() {
    let right = format!("Bearer {KEY}");
    for headers in [vec![], vec![("authorization", right.as_str())]] {
        for path in [format!("/operator?admin_key={KEY}"), "/operator?a=1&admin_key=".to_owned()] {
            let reply = get_with(&world(), &path, &headers).await;
            assert_eq!(reply.refused(401), "ADMIN_KEY_IN_QUERY", "{path}");
            assert!(reply.text().contains("logs") && !reply.text().contains(KEY), "{}", reply.text());
        }
    }
}

#[tokio::test]
async fn a_key_in_the_url_opens_only_by_the_operators_switch() {
    let path = format!("/operator?admin_key={KEY}");
    for (switch, status) in
        [("true", 200), ("1", 200), ("TRUE", 200), ("false", 401), ("0", 401), ("", 401), ("maybe", 401)]
    {
        let world = world().with_variable("ALLOW_ADMIN_KEY_IN_QUERY", switch);
        assert_eq!(get_with(&world, &path, &[]).await.status, status, "{switch:?}");
    }
    let world = world().with_variable("ALLOW_ADMIN_KEY_IN_QUERY", "true");
    assert_eq!(get_with(&world, "/operator?admin_key=wrong", &[]).await.refused(401), "ADMIN_KEY_WRONG");
    assert_eq!(get_with(&world, "/operator?admin_key=", &[]).await.refused(401), "ADMIN_KEY_MISSING");
    let header_first = [("authorization", "Bearer wrong")];
    assert_eq!(get_with(&world, &path, &header_first).await.refused(401), "ADMIN_KEY_WRONG");
}

#[tokio::test]
async fn without_a_key_set_nobody_is_the_operator() {
    for unset in [None, Some(""), Some("  "), Some("\n")] {
        let world =
            unset.into_iter().fold(World::default(), |world, key| world.with_variable("ADMIN_API_KEY", key));
        for headers in [
            vec![],
            vec![("authorization", "Bearer ")],
            vec![("x-admin-key", " ")],
            vec![("x-admin-key", "x")],
        ] {
            let reply = get_with(&world, "/operator", &headers).await;
            assert_eq!(reply.refused(503), "ADMIN_DISABLED", "{unset:?} {headers:?}");
            assert!(reply.text().contains("ADMIN_API_KEY"));
        }
    }
}

#[tokio::test]
async fn a_key_that_was_set_from_a_file_opens_without_its_line_break() {
    let world = World::default().with_variable("ADMIN_API_KEY", &format!("{KEY}\n"));
    assert_eq!(get_with(&world, "/operator", &[("x-admin-key", KEY)]).await.text(), "in");
}

#[tokio::test]
async fn where_the_key_cannot_be_read_nobody_gets_in() {
    let world = world();
    world.fail(Some("config"));
    let right = format!("Bearer {KEY}");
    let reply = get_with(&world, "/operator", &[("authorization", &right)]).await;
    assert_eq!(reply.refused(503), "STORAGE_UNAVAILABLE");
}

#[tokio::test]
async fn the_key_is_in_no_log_line() {
    let world = world().with_variable("ALLOW_ADMIN_KEY_IN_QUERY", "true");
    let right = format!("Bearer {KEY}");
    get_with(
        &world,
        &format!("/operator?admin_key={KEY}"),
        &[("authorization", &right), ("x-admin-key", KEY)],
    )
    .await;
    get_with(&world, &format!("/{KEY}"), &[]).await;
    assert!(!format!("{:?}", world.log_lines()).contains(KEY));
}

#[tokio::test]
async fn a_key_that_could_be_guessed_closes_administration_and_says_what_to_set() {
    for weak in [
        "hunter2",
        "correct-horse-battery",
        "a-key-with-ümlauts-and-enough-letters",
        "two\nlines-that-no-header-carries",
    ] {
        let world = World::default().with_variable("ADMIN_API_KEY", weak);
        let right = format!("Bearer {weak}");
        let sent: &[(&str, &str)] =
            if weak.is_ascii() && !weak.contains('\n') { &[("authorization", &right)] } else { &[] };
        let reply = get_with(&world, "/operator", sent).await;
        assert_eq!(reply.refused(503), "ADMIN_DISABLED", "{weak}");
        assert!(reply.text().contains("24 or more characters"), "{}", reply.text());
        assert!(!reply.text().contains(weak));
    }
}

#[tokio::test]
async fn callers_and_the_service_itself_read_the_key_alike() {
    for around in ["", " ", "\n", "\r\n\t "] {
        let world = World::default().with_variable("ADMIN_API_KEY", &format!("{around}{KEY}{around}"));
        let OperatorsKey::Set(own) = operators_key(&world.platform()).await.unwrap() else {
            panic!("{around:?}")
        };
        let bearer = format!("Bearer {own}");
        assert_eq!(
            get_with(&world, "/operator", &[("authorization", &bearer)]).await.text(),
            "in",
            "{around:?}"
        );
    }
}
