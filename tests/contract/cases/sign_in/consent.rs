//! The consent page, and forms that are none of its own.

use contract::{
    cases,
    scene::{Scene, Service},
    suite::Case,
};

use super::{CALLBACK, Host, Page, STATE, is_a_page, key, parameter, post, ticket};
use crate::support::mistyped;

pub(crate) fn cases() -> Vec<Case> {
    [
        cases![Scene::Operated =>
            the_page_says_who_asks_for_what_and_cannot_be_framed_or_kept,
            a_wrong_key_shows_the_page_again_and_leads_nowhere,
            a_no_goes_back_to_the_host,
            a_consent_that_another_site_forges_gives_nothing,
            a_page_that_is_opened_in_another_browser_gives_nothing,
            the_operators_key_and_a_token_cannot_be_handed_on,
            what_is_not_ticked_is_not_given,
        ],
        cases![Scene::Imported =>
            a_form_of_another_type_or_too_large_is_refused_with_a_page,
            another_site_cannot_read_the_page,
        ],
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn the_page_says_who_asks_for_what_and_cannot_be_framed_or_kept(service: &Service) {
    let host = Host::new(service, "<b>Evil</b> & Co");
    let page = host.ask(&[]).expect(200);
    for shown in [
        "&lt;b&gt;Evil&lt;/b&gt; &amp; Co",
        "app.example",
        "Read network data and run forecasts",
        "Start jobs that run in the background",
        "<html lang=\"en\">",
    ] {
        assert!(page.text().contains(shown), "{shown}");
    }
    assert!(!page.text().contains("<b>") && !page.text().contains("<script"));
    let policy = page.must_have("content-security-policy");
    for part in [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self' https://app.example;",
    ] {
        assert!(policy.contains(part), "{part} is not in {policy}");
    }
    assert_eq!(page.must_have("x-frame-options"), "DENY");
    assert_eq!(page.must_have("cache-control"), "no-store");
    assert_eq!(page.must_have("referrer-policy"), "same-origin");
    let cookie = page.must_have("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
}

fn a_wrong_key_shows_the_page_again_and_leads_nowhere(service: &Service) {
    let host = Host::new(service, "Wrong key");
    let (_, right) = key(service);
    let page = host.page(&[]);
    let mistyped = mistyped(&right);
    for wrong in ["", "mfe_short", mistyped.as_str(), "password-of-the-person-here"] {
        let again = host.consent(&page, wrong);
        is_a_page(&again, 422);
        assert!(again.text().contains("role=\"alert\""), "the problem is announced");
        assert!(wrong.is_empty() || !again.text().contains(wrong), "the key is not written back");
        assert_eq!(again.header("set-cookie"), None, "the browser keeps its cookie");
        // The page that is shown again works.
        let page = Page { cookie: page.cookie.clone(), ticket: ticket(again.text()) };
        assert_eq!(host.consent(&page, &right).status, 303);
    }
}

fn a_no_goes_back_to_the_host(service: &Service) {
    let host = Host::new(service, "Denied");
    let page = host.page(&[]);
    let answer = host.form(&page, &[("decision", "deny"), ("key", "")]).send().expect(303);
    let location = answer.must_have("location");
    assert!(location.starts_with(&format!("{CALLBACK}?")));
    assert_eq!(parameter(location, "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(location, "state").as_deref(), Some(STATE));
    assert_eq!(parameter(location, "iss").as_deref(), Some(host.origin.as_str()));
}

fn a_consent_that_another_site_forges_gives_nothing(service: &Service) {
    let host = Host::new(service, "Forged");
    let (_, key) = key(service);
    let page = host.page(&[]);
    let fields = [("ticket", page.ticket.as_str()), ("scope", "read"), ("key", &key), ("decision", "allow")];
    let evil = [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ];
    for (name, value) in evil {
        let forged = post(service, "/authorize", &fields).header("cookie", &page.cookie);
        is_a_page(&forged.header(name, value).send(), 400);
    }
    is_a_page(&post(service, "/authorize", &fields).header("origin", &host.origin).send(), 400);
    // What the form says besides its ticket changes nothing: it leads where the ticket says.
    let grafted =
        [("redirect_uri", "https://evil.example/"), ("scope", "read"), ("key", &key), ("decision", "allow")];
    let answer = host.form(&page, &grafted).send().expect(303);
    assert!(answer.must_have("location").starts_with(&format!("{CALLBACK}?")));
}

fn a_page_that_is_opened_in_another_browser_gives_nothing(service: &Service) {
    let host = Host::new(service, "Two browsers");
    let (_, key) = key(service);
    let (mine, attackers) = (host.page(&[]), host.page(&[]));
    let mixed = Page { cookie: mine.cookie, ticket: attackers.ticket };
    is_a_page(&host.consent(&mixed, &key), 400);
}

fn the_operators_key_and_a_token_cannot_be_handed_on(service: &Service) {
    let host = Host::new(service, "Handed on");
    let (_, key) = key(service);
    let (access, refresh) = host.tokens(&key);
    for pasted in [service.admin_key(), &access, &refresh] {
        is_a_page(&host.consent(&host.page(&[]), pasted), 422);
    }
}

fn what_is_not_ticked_is_not_given(service: &Service) {
    let host = Host::new(service, "Ticked");
    let (_, key) = key(service);
    let page = host.page(&[("scope", "read jobs admin deploy")]);
    let fields = [("scope", "read"), ("scope", "admin"), ("key", key.as_str()), ("decision", "allow")];
    let answer = host.form(&page, &fields).send().expect(303);
    let code = parameter(answer.must_have("location"), "code").expect("a code");
    assert_eq!(host.exchange(&code, &[]).ok()["scope"], "read");
    let none = host.form(&host.page(&[]), &[("key", &key), ("decision", "allow")]).send();
    is_a_page(&none, 422);
}

fn a_form_of_another_type_or_too_large_is_refused_with_a_page(service: &Service) {
    is_a_page(&service.post("/authorize").header("content-type", "text/plain").body("x=1").send(), 415);
    let large = "x".repeat(17 << 10);
    is_a_page(&post(service, "/authorize", &[("ticket", &large)]).send(), 413);
    is_a_page(&post(service, "/authorize", &[]).send(), 400);
}

fn another_site_cannot_read_the_page(service: &Service) {
    let page = service.get("/authorize").header("origin", "https://evil.example").send();
    assert_eq!(page.header("access-control-allow-origin"), None);
}
