//! RFC 8252: native applications, which are answered on a port of their choice.

use crate::common::register;
use authorization::Client;
use serde_json::json;

fn client(uris: &[&str]) -> Client {
    register(&json!({ "redirect_uris": uris })).unwrap()
}

#[test]
fn any_port_of_a_registered_loopback_address_is_accepted() {
    let client =
        client(&["http://127.0.0.1/callback", "http://localhost:1/callback", "http://[::1]/callback"]);
    for uri in [
        "http://127.0.0.1:51234/callback",
        "http://127.0.0.1/callback",
        "http://localhost:51234/callback",
        "http://localhost/callback",
        "http://[::1]:8/callback",
    ] {
        assert!(client.may_redirect_to(uri), "{uri}");
    }
}

#[test]
fn everything_but_the_port_has_to_be_equal() {
    let client = client(&["http://127.0.0.1/callback"]);
    for uri in [
        "http://localhost:51234/callback",
        "http://127.0.0.1:51234/callback2",
        "http://127.0.0.1:51234/callback?x=1",
        "http://127.0.0.1:51234/",
        "https://127.0.0.1:51234/callback",
        "http://127.0.0.2:51234/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://127.0.0.1:51234@evil.example/callback",
        "http://127.0.0.1:x/callback",
        "http://127.0.0.1:99999/callback",
        "http://127.0.0.1:/callback",
        "HTTP://127.0.0.1:1/callback",
    ] {
        assert!(!client.may_redirect_to(uri), "{uri}");
    }
}

#[test]
fn an_https_redirect_has_no_port_of_choice() {
    let client = client(&["https://app.example/callback", "https://localhost/callback"]);
    assert!(!client.may_redirect_to("https://app.example:8443/callback"));
    assert!(!client.may_redirect_to("https://localhost:8443/callback"));
}

#[test]
fn a_client_on_loopback_only_is_known_as_such() {
    assert!(client(&["http://localhost/cb", "http://[::1]/cb"]).is_on_loopback_only());
    assert!(!client(&["http://localhost/cb", "https://app.example/cb"]).is_on_loopback_only());
}
