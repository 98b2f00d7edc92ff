//! By which address anonymous callers are counted.

use crate::common::{Instance, instance, with};

async fn left(one: &Instance, headers: &[(&str, &str)]) -> i64 {
    one.send("GET", "/read", headers, "").await.left()
}

#[tokio::test]
async fn headers_that_a_client_may_send_change_nothing() {
    let one = instance();
    let mut expected = 60;
    for (name, value) in [
        ("x-forwarded-for", "192.0.2.1"),
        ("x-forwarded-for", "192.0.2.2"),
        ("cf-connecting-ip", "192.0.2.3"),
        ("spin-client-addr", "192.0.2.4:99"),
        ("forwarded", "for=192.0.2.5"),
        ("x-real-ip", "192.0.2.6"),
    ] {
        expected -= 1;
        assert_eq!(left(&one, &[(name, value)]).await, expected, "{name}");
    }
}

#[tokio::test]
async fn behind_a_proxy_of_the_operator_the_last_address_of_its_header_counts() {
    let one = with(&[("CLIENT_ADDRESS_HEADER", "X-Forwarded-For")]);
    assert_eq!(left(&one, &[("x-forwarded-for", "192.0.2.1")]).await, 59);
    assert_eq!(
        left(&one, &[("x-forwarded-for", "198.51.100.9, 192.0.2.1")]).await,
        58,
        "what a client said first"
    );
    assert_eq!(left(&one, &[("x-forwarded-for", "8.8.8.8"), ("x-forwarded-for", "192.0.2.1")]).await, 57);
    assert_eq!(left(&one, &[("x-forwarded-for", "192.0.2.2")]).await, 59);
}

#[tokio::test]
async fn the_addresses_of_one_ipv6_network_share_a_window() {
    let one = with(&[("CLIENT_ADDRESS_HEADER", "x-forwarded-for")]);
    for (address, expected) in [
        ("2001:db8:1:2::1", 59),
        ("2001:db8:1:2:ffff::9", 58),
        ("[2001:db8:1:2::7]:443", 57),
        ("2001:db8:1:3::1", 59),
        ("::ffff:192.0.2.1", 59),
        ("192.0.2.1", 58),
    ] {
        assert_eq!(left(&one, &[("x-forwarded-for", address)]).await, expected, "{address}");
    }
}
