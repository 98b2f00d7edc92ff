//! Which address a request counts for.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{net::IpAddr, str::FromStr as _};

use access::address::{AddressHash, Source, network};

/// The headers of a request, as they arrive.
struct Headers(&'static [(&'static str, &'static str)]);

impl Headers {
    fn seen_by(&self, source: Source<'_>) -> Option<String> {
        let values = |name: &str| {
            let name = name.to_owned();
            self.0
                .iter()
                .filter(move |(known, _)| *known == name)
                .map(|(_, value)| *value)
                .collect::<Vec<_>>()
        };
        source.address(values).map(|address| address.to_string())
    }
}

#[test]
fn forged_headers_change_nothing() {
    let forged = Headers(&[
        ("x-forwarded-for", "9.9.9.9"),
        ("x-real-ip", "9.9.9.9"),
        ("forwarded", "for=9.9.9.9"),
        ("cf-connecting-ip", "1.2.3.4"),
        ("spin-client-addr", "9.9.9.9:1"),
        ("spin-client-addr", "5.6.7.8:51000"),
    ]);
    assert_eq!(forged.seen_by(Source::Cloudflare).unwrap(), "1.2.3.4");
    // Spin appends its own behind what the client sent.
    assert_eq!(forged.seen_by(Source::Spin).unwrap(), "5.6.7.8");
    let peer = "10.0.0.1:9".parse().ok();
    assert_eq!(forged.seen_by(Source::Connection(peer)).unwrap(), "10.0.0.1");
}

#[test]
fn behind_a_proxy_the_entry_that_the_proxy_appended_counts() {
    let headers =
        Headers(&[("x-forwarded-for", "9.9.9.9, 8.8.8.8"), ("x-forwarded-for", "7.7.7.7, 5.6.7.8")]);
    assert_eq!(headers.seen_by(Source::Proxy("x-forwarded-for")).unwrap(), "5.6.7.8");
}

#[test]
fn addresses_come_with_and_without_ports_in_both_families() {
    for (header, address) in [
        ("127.0.0.1:53152", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1"),
        ("[2001:db8::1]:53152", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
    ] {
        let seen = Source::Spin.address(|_| [header]).unwrap();
        assert_eq!(seen.to_string(), address);
    }
    assert_eq!(Source::Spin.address(|_| ["unknown"]), None);
    assert_eq!(Source::Spin.address(|_| []), None);
}

#[test]
fn each_platform_has_its_own_witness_and_an_unknown_one_has_none() {
    let peer = "10.0.0.1:9".parse().ok();
    assert_eq!(Source::of_platform("cloudflare", peer), Source::Cloudflare);
    assert_eq!(Source::of_platform("spin", peer), Source::Spin);
    assert_eq!(Source::of_platform("native", peer), Source::Connection(peer));
    assert_eq!(Source::of_platform("elsewhere", None).address(|_| ["1.2.3.4"]), None);
}

fn hash(address: &str) -> AddressHash {
    AddressHash::of(Some(IpAddr::from_str(address).unwrap()), b"salt")
}

#[test]
fn addresses_of_one_ipv6_network_of_64_bits_count_as_one() {
    assert_eq!(hash("2001:db8:1:2::1"), hash("2001:db8:1:2:ffff:ffff:ffff:ffff"));
    assert_ne!(hash("2001:db8:1:2::1"), hash("2001:db8:1:3::1"));
    assert_ne!(hash("192.0.2.1"), hash("192.0.2.2"));
}

#[test]
fn an_ipv4_address_counts_as_itself_in_either_notation() {
    assert_eq!(hash("192.0.2.1"), hash("::ffff:192.0.2.1"));
    assert_eq!(network("::ffff:192.0.2.1".parse().unwrap()).to_string(), "192.0.2.1");
}

#[test]
fn an_address_is_kept_as_a_hash_that_needs_the_salt() {
    let kept = hash("192.0.2.1").to_string();
    assert_eq!(kept.len(), 22);
    assert!(!kept.contains("192"));
    assert_ne!(AddressHash::of("192.0.2.1".parse().ok(), b"other").to_string(), kept);
}

#[test]
fn callers_of_unknown_address_share_one_limit() {
    assert_eq!(AddressHash::of(None, b"salt"), AddressHash::of(None, b"salt"));
}
