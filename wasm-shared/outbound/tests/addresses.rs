//! Which addresses are sent to on a user's behalf, and which are not.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use http::Method;
use outbound::{Development, PublicUrl, Refusal};

const REFUSED: &[(&str, Refusal)] = &[
    // No URL, or one that programs read differently.
    ("", Refusal::Invalid),
    ("example.com/hook", Refusal::Invalid),
    ("//example.com/hook", Refusal::Invalid),
    ("https://", Refusal::Invalid),
    ("https:// example.com/", Refusal::Invalid),
    (" https://example.com/", Refusal::Invalid),
    ("https://example.com/\nHost: localhost", Refusal::Invalid),
    ("https://exa\tmple.com/", Refusal::Invalid),
    ("https:\\\\example.com\\", Refusal::Invalid),
    ("https://example.com\\@127.0.0.1/", Refusal::Invalid),
    ("https://exa mple.com/", Refusal::Invalid),
    ("https://example.com:65536/", Refusal::Invalid),
    ("https://[::1", Refusal::Invalid),
    ("https://[fe80::1%25eth0]/", Refusal::Invalid),
    ("https://256.256.256.256/", Refusal::Invalid),
    ("https://1.2.3.4.5/", Refusal::Invalid),
    ("https://%00/", Refusal::Invalid),
    // Schemes.
    ("http://example.com/hook", Refusal::Scheme),
    ("ftp://example.com/", Refusal::Scheme),
    ("ws://example.com/", Refusal::Scheme),
    ("wss://example.com/", Refusal::Scheme),
    ("gopher://example.com:443/", Refusal::Scheme),
    // Credentials.
    ("https://user@example.com/", Refusal::Credentials),
    ("https://user:password@example.com/", Refusal::Credentials),
    ("https://:password@example.com/", Refusal::Credentials),
    ("https://example.com@127.0.0.1/", Refusal::Credentials),
    ("https://example.com%40127.0.0.1@10.0.0.1/", Refusal::Credentials),
    // Ports.
    ("https://example.com:80/", Refusal::Port),
    ("https://example.com:8443/", Refusal::Port),
    ("https://example.com:22/", Refusal::Port),
    ("https://8.8.8.8:53/", Refusal::Port),
    ("https://[2606:4700:4700::1111]:6443/", Refusal::Port),
    // Loopback, in every form that a browser understands.
    ("https://127.0.0.1/", Refusal::Host),
    ("https://127.0.0.1:443/", Refusal::Host),
    ("https://127.1/", Refusal::Host),
    ("https://127.255.255.254/", Refusal::Host),
    ("https://2130706433/", Refusal::Host),
    ("https://0x7f000001/", Refusal::Host),
    ("https://0x7f.1/", Refusal::Host),
    ("https://0177.0.0.1/", Refusal::Host),
    ("https://017700000001/", Refusal::Host),
    ("https://127.0.0.1./", Refusal::Host),
    ("https://%31%32%37.0.0.1/", Refusal::Host),
    ("https://１２７.０.０.１/", Refusal::Host),
    ("https://127。0。0。1/", Refusal::Host),
    ("https://①②⑦.0.0.1/", Refusal::Host),
    ("https://[::1]/", Refusal::Host),
    ("https://[0:0:0:0:0:0:0:1]/", Refusal::Host),
    ("https://[::]/", Refusal::Host),
    ("https://0.0.0.0/", Refusal::Host),
    ("https://0/", Refusal::Host),
    // IPv6 addresses that hold an IPv4 address.
    ("https://[::ffff:127.0.0.1]/", Refusal::Host),
    ("https://[::ffff:7f00:1]/", Refusal::Host),
    ("https://[::ffff:8.8.8.8]/", Refusal::Host),
    ("https://[::127.0.0.1]/", Refusal::Host),
    ("https://[64:ff9b::7f00:1]/", Refusal::Host),
    ("https://[64:ff9b:1::a9fe:a9fe]/", Refusal::Host),
    ("https://[2002:7f00:1::]/", Refusal::Host),
    ("https://[2002:a9fe:a9fe::1]/", Refusal::Host),
    ("https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", Refusal::Host),
    // Private, shared, link-local, reserved.
    ("https://10.0.0.1/", Refusal::Host),
    ("https://172.16.0.1/", Refusal::Host),
    ("https://172.31.255.255/", Refusal::Host),
    ("https://192.168.1.1/", Refusal::Host),
    ("https://100.64.0.1/", Refusal::Host),
    ("https://192.0.0.192/", Refusal::Host),
    ("https://192.0.2.1/", Refusal::Host),
    ("https://198.18.0.1/", Refusal::Host),
    ("https://198.51.100.7/", Refusal::Host),
    ("https://203.0.113.7/", Refusal::Host),
    ("https://224.0.0.1/", Refusal::Host),
    ("https://255.255.255.255/", Refusal::Host),
    ("https://[fc00::1]/", Refusal::Host),
    ("https://[fd12:3456:789a::1]/", Refusal::Host),
    ("https://[fe80::1]/", Refusal::Host),
    ("https://[fec0::1]/", Refusal::Host),
    ("https://[ff02::1]/", Refusal::Host),
    ("https://[2001:db8::1]/", Refusal::Host),
    ("https://[3fff::1]/", Refusal::Host),
    ("https://[100::1]/", Refusal::Host),
    // Clouds' metadata.
    ("https://169.254.169.254/latest/meta-data/", Refusal::Host),
    ("https://0xa9fea9fe/", Refusal::Host),
    ("https://[fd00:ec2::254]/", Refusal::Host),
    ("https://168.63.129.16/", Refusal::Host),
    ("https://100.100.100.200/", Refusal::Host),
    ("https://metadata.google.internal/computeMetadata/v1/", Refusal::Host),
    ("https://metadata/", Refusal::Host),
    ("https://instance-data/", Refusal::Host),
    // Names of this machine and of private networks.
    ("https://localhost/", Refusal::Host),
    ("https://LOCALHOST/", Refusal::Host),
    ("https://localhost./", Refusal::Host),
    ("https://app.localhost/", Refusal::Host),
    ("https://localhost.localdomain/", Refusal::Host),
    ("https://ⓛocalhost/", Refusal::Host),
    ("https://printer.local/", Refusal::Host),
    ("https://router.lan/", Refusal::Host),
    ("https://nas.home.arpa/", Refusal::Host),
    ("https://wiki.corp/", Refusal::Host),
    ("https://kubernetes.default.svc/", Refusal::Host),
    ("https://api.default.svc.cluster.local/", Refusal::Host),
    ("https://host.docker.internal/", Refusal::Host),
    ("https://hidden.onion/", Refusal::Host),
    ("https://intranet/", Refusal::Host),
    // Names that are none, or that resolve to what they spell.
    ("https://example.com./", Refusal::Host),
    ("https://example..com/", Refusal::Host),
    ("https://under_score.example.org/", Refusal::Host),
    ("https://-dash.org/", Refusal::Host),
    ("https://127.0.0.1.nip.io/", Refusal::Host),
    ("https://10-0-0-1.sslip.io/", Refusal::Host),
    ("https://localtest.me/", Refusal::Host),
    ("https://app.lvh.me/", Refusal::Host),
];

/// An address, and what is sent to.
const ACCEPTED: &[(&str, &str)] = &[
    ("https://example.com", "https://example.com/"),
    ("https://example.com/hook?id=1&x=%20", "https://example.com/hook?id=1&x=%20"),
    ("HTTPS://EXAMPLE.COM/Hook", "https://example.com/Hook"),
    ("https://example.com:443/hook", "https://example.com/hook"),
    ("https://example.com/hook#part", "https://example.com/hook"),
    ("https://example.com/a/../b/./c", "https://example.com/b/c"),
    ("https://hooks.slack.com/services/T0/B0/x", "https://hooks.slack.com/services/T0/B0/x"),
    ("https://a.b.c.d.example.co.uk/", "https://a.b.c.d.example.co.uk/"),
    ("https://bücher.example.org/", "https://xn--bcher-kva.example.org/"),
    ("https://xn--bcher-kva.example.org/", "https://xn--bcher-kva.example.org/"),
    ("https://例え.jp/フック", "https://xn--r8jz45g.jp/%E3%83%95%E3%83%83%E3%82%AF"),
    ("https://8.8.8.8/", "https://8.8.8.8/"),
    ("https://1.1.1.1/dns-query", "https://1.1.1.1/dns-query"),
    ("https://134744072/", "https://8.8.8.8/"),
    ("https://50.500/", "https://50.0.1.244/"),
    ("https://9.255.255.255/", "https://9.255.255.255/"),
    ("https://11.0.0.0/", "https://11.0.0.0/"),
    ("https://172.15.255.255/", "https://172.15.255.255/"),
    ("https://172.32.0.1/", "https://172.32.0.1/"),
    ("https://100.63.255.255/", "https://100.63.255.255/"),
    ("https://169.253.0.1/", "https://169.253.0.1/"),
    ("https://223.255.255.255/", "https://223.255.255.255/"),
    ("https://[2606:4700:4700::1111]/", "https://[2606:4700:4700::1111]/"),
    ("https://[2A00:1450:4001:0:0:0:0:200E]/", "https://[2a00:1450:4001::200e]/"),
    ("https://localhost.example.org/", "https://localhost.example.org/"),
    ("https://notnip.io/", "https://notnip.io/"),
    ("https://internal.example.org/", "https://internal.example.org/"),
    (
        "https://my-host-1.example.org/?url=http://127.0.0.1/",
        "https://my-host-1.example.org/?url=http://127.0.0.1/",
    ),
    ("https://example.com/user@host", "https://example.com/user@host"),
];

fn judged(text: &str) -> Result<String, Refusal> {
    PublicUrl::from_user(text, Development::Off).map(|url| url.as_str().to_owned())
}

#[test]
fn addresses_that_do_not_lead_to_the_public_internet_are_refused() {
    assert!(REFUSED.len() >= 60, "{}", REFUSED.len());
    let wrong: Vec<_> = REFUSED
        .iter()
        .map(|(text, why)| (text, judged(text), why))
        .filter(|(_, found, why)| *found != Err(**why))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn public_addresses_are_accepted_and_sent_to_as_they_were_judged() {
    assert!(ACCEPTED.len() >= 20, "{}", ACCEPTED.len());
    let wrong: Vec<_> = ACCEPTED
        .iter()
        .map(|(text, to)| (text, judged(text), to))
        .filter(|(_, found, to)| found.as_deref() != Ok(**to))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    for (text, to) in ACCEPTED {
        let url = PublicUrl::from_user(text, Development::Off).unwrap();
        assert_eq!(url.request(Method::POST).body(()).unwrap().uri().to_string(), *to);
    }
}

#[test]
fn what_is_refused_stays_refused_in_development_but_for_this_machine() {
    let this_machine = |host: &str| {
        host.starts_with("127.") || host == "[::1]" || host == "localhost" || host.ends_with(".localhost")
    };
    for (text, why) in REFUSED {
        match PublicUrl::from_user(text, Development::Loopback) {
            Ok(url) => assert!(this_machine(url.host()), "{text}"),
            Err(found) => assert_eq!(found, *why, "{text}"),
        }
    }
    for text in [
        "http://127.0.0.1:8080/hook",
        "http://localhost:3000/",
        "https://localhost/",
        "http://[::1]:9000/",
        "http://app.localhost/",
    ] {
        assert_eq!(PublicUrl::from_user(text, Development::Loopback).unwrap().as_str(), text);
    }
    assert_eq!(PublicUrl::from_user("http://example.com/", Development::Loopback), Err(Refusal::Scheme));
    assert_eq!(PublicUrl::from_user("ftp://localhost/", Development::Loopback), Err(Refusal::Scheme));
    assert_eq!(PublicUrl::from_user("http://10.0.0.1/", Development::Loopback), Err(Refusal::Scheme));
}

#[test]
fn the_operator_may_name_private_hosts_and_no_credentials() {
    for text in [
        "http://10.0.0.1:9090/",
        "http://models.internal:11434/v1",
        "https://localhost:8443/",
        "http://[::1]:80/x",
    ] {
        PublicUrl::from_operator(text).unwrap();
    }
    assert_eq!(PublicUrl::from_operator("http://user:secret@10.0.0.1/"), Err(Refusal::Credentials));
    assert_eq!(PublicUrl::from_operator("file:///etc/passwd").unwrap_err(), Refusal::Invalid);
    assert_eq!(PublicUrl::from_operator("ftp://10.0.0.1/"), Err(Refusal::Scheme));
}

#[test]
fn a_redirect_is_judged_again() {
    let from = PublicUrl::from_user("https://example.com/a/b", Development::Off).unwrap();
    assert_eq!(from.redirected("/c").unwrap().as_str(), "https://example.com/c");
    assert_eq!(from.redirected("https://example.org/").unwrap().as_str(), "https://example.org/");
    for (location, why) in [
        ("http://example.com/", Refusal::Scheme),
        ("https://127.0.0.1/", Refusal::Host),
        ("//169.254.169.254/", Refusal::Host),
        ("https://user@example.com/", Refusal::Credentials),
        ("javascript:alert(1)", Refusal::Invalid),
        ("\\\\127.0.0.1\\", Refusal::Invalid),
    ] {
        assert_eq!(from.redirected(location), Err(why), "{location}");
    }
    // Another host is judged as if a user had named it, whoever named the first.
    let operators = PublicUrl::from_operator("http://10.0.0.1:9090/a").unwrap();
    assert_eq!(operators.redirected("/b").unwrap().as_str(), "http://10.0.0.1:9090/b");
    assert_eq!(operators.redirected("http://10.0.0.2/"), Err(Refusal::Scheme));
    assert_eq!(operators.redirected("https://10.0.0.1/"), Err(Refusal::Host));
}

#[test]
fn an_address_longer_than_its_bound_is_refused() {
    let longest = format!("https://example.com/{}", "x".repeat(outbound::LONGEST - 20));
    assert_eq!(judged(&longest), Ok(longest.clone()));
    assert_eq!(judged(&(longest + "x")), Err(Refusal::TooLong));
    let grows = format!("https://example.com/{}", "ü".repeat(900));
    assert_eq!(judged(&grows), Err(Refusal::TooLong));
}

#[test]
fn a_refusal_does_not_repeat_the_address() {
    let error = PublicUrl::from_user("https://user:secret@example.com/", Development::Off).unwrap_err();
    assert!(!error.to_string().contains("secret"));
}

#[test]
fn a_request_on_a_users_behalf_is_kept_to_public_addresses() {
    let kept = |url: PublicUrl| {
        let request = url.request(Method::POST).body(()).unwrap();
        request.extensions().get::<outbound::PublicOnly>().is_some()
    };
    assert!(kept(PublicUrl::from_user("https://example.com/", Development::Off).unwrap()));
    assert!(kept(PublicUrl::from_user("https://example.com/", Development::Loopback).unwrap()));
    assert!(!kept(PublicUrl::from_user("http://localhost:8080/", Development::Loopback).unwrap()));
    assert!(!kept(PublicUrl::from_operator("http://10.0.0.1/").unwrap()));
}
