//! The consent page: what a person sees, and which forms are taken.

use crate::common::{
    CALLBACK, NOW, answer, asking, client, form, header, here, issuer, one, register, ticket,
};
use access::{Caller, Configured, Credential, Kind, Lookup, Refusal, Secret, Step};
use authorization::{
    Client, Issuer, Page, SealingKey,
    authorize::{self, AuthorizationRequest},
    consent::{self, Allowed, Answer, Browser, Deployment, Headers, Randomness},
    refusal,
};
use serde_json::json;

fn request(client: &Client) -> AuthorizationRequest {
    authorize::check(&asking(client, &[]), Some(client), &issuer()).unwrap()
}

fn page_of(client: &Client) -> Page {
    let browser = Browser::of(None, &issuer(), [5; 32]);
    consent::page(&request(client), client, &browser, here(), None, NOW)
}

fn cookie(page: &Page) -> String {
    header(page, "set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

/// A form as a browser sends it.
fn send(fields: &[(&str, &str)], headers: Headers<'_>, now: i64) -> Answer {
    consent::read(&form(fields), headers, here(), now)
}

fn own(cookie: &str) -> Headers<'_> {
    Headers {
        cookie: Some(cookie),
        origin: Some("https://mechafil.example"),
        fetch_site: Some("same-origin"),
    }
}

fn allow(ticket: &str) -> [(&str, &str); 5] {
    [("ticket", ticket), ("decision", "allow"), ("scope", "read"), ("scope", "jobs"), ("key", "mfe_x")]
}

fn is_refused(answer: &Answer) -> bool {
    matches!(answer, Answer::Refused(_))
}

#[test]
fn the_page_shows_client_redirect_host_and_scopes_in_words() {
    let page = page_of(&client());
    assert_eq!(page.status, 200);
    for shown in [
        "called <strong>App</strong>",
        "<dt>Answer goes to</dt><dd><strong>app.example</strong></dd>",
        "Read network data and run forecasts",
        "Start jobs that run in the background",
        "Nobody vouches for this name.",
    ] {
        assert!(page.body.contains(shown), "{shown}");
    }
    assert!(!page.body.contains("Deploy"), "only what is asked for");
}

#[test]
fn a_client_on_loopback_is_warned_of() {
    let native =
        register(&json!({ "redirect_uris": [CALLBACK.replace("https://app.example", "http://localhost")] }));
    let native = native.unwrap();
    let uri = native.redirect_uris[0].clone();
    let request =
        authorize::check(&asking(&native, &[("redirect_uri", &uri)]), Some(&native), &issuer()).unwrap();
    let browser = Browser::of(None, &issuer(), [5; 32]);
    let page = consent::page(&request, &native, &browser, here(), None, NOW);
    assert!(page.body.contains("Only go on if you started this yourself."));
    assert!(!page_of(&client()).body.contains("Only go on if"));
}

#[test]
fn what_a_client_says_of_itself_is_shown_as_text() {
    let evil = r#"</strong><script>alert(1)</script><img src=x onerror=alert(1)>'"&"#;
    let client = register(&json!({ "client_name": evil, "redirect_uris": [CALLBACK] })).unwrap();
    let page = page_of(&client);
    assert!(!page.body.contains("<script") && !page.body.contains("<img"), "{}", page.body);
    assert!(page.body.contains("&lt;script&gt;"));
    assert!(!refusal("<script>").body.contains("<script"));
}

#[test]
fn the_page_needs_no_script_and_cannot_be_framed() {
    for page in [page_of(&client()), refusal("Why.")] {
        let policy = header(&page, "content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("script-src"));
        assert!(!page.body.contains("<script"));
        let is_handler = |word: &str| word.starts_with("on") && word.contains('=');
        assert!(!page.body.split(' ').any(is_handler), "{}", page.body);
        assert_eq!(header(&page, "x-frame-options"), Some("DENY"));
        assert_eq!(header(&page, "cache-control"), Some("no-store"));
    }
}

#[test]
fn the_form_may_lead_on_to_the_redirect_and_nowhere_else() {
    let page = page_of(&client());
    let policy = header(&page, "content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self' https://app.example;"), "{policy}");
    assert!(header(&refusal("Why."), "content-security-policy").unwrap().contains("form-action 'self';"));
}

#[test]
fn browsers_send_an_origin_with_the_form() {
    // Under `no-referrer` they would send `Origin: null`.
    assert_eq!(header(&page_of(&client()), "referrer-policy"), Some("same-origin"));
}

#[test]
fn every_control_has_a_name_for_screen_readers_and_the_page_a_language() {
    let body = page_of(&client()).body;
    for part in [
        "<html lang=\"en\">",
        "<h1>",
        "<label class=\"key\" for=\"key\">",
        "id=\"key\"",
        "aria-describedby=\"key-help\"",
        "id=\"key-help\"",
        "<legend>It may</legend>",
        "autocomplete=\"current-password\"",
        "prefers-color-scheme:dark",
        "name=\"viewport\"",
    ] {
        assert!(body.contains(part), "{part}");
    }
}

#[test]
fn a_problem_is_announced_with_the_field() {
    let browser = Browser::of(None, &issuer(), [5; 32]);
    let client = client();
    let page = consent::page(&request(&client), &client, &browser, here(), Some("Paste your API key."), NOW);
    assert_eq!(page.status, 422);
    assert!(page.body.contains("role=\"alert\" id=\"problem\">Paste your API key.</p>"));
    assert!(page.body.contains("aria-describedby=\"problem key-help\""));
}

#[test]
fn the_cookie_is_locked_to_this_host_over_https() {
    let set = header(&page_of(&client()), "set-cookie").unwrap().to_owned();
    assert!(set.starts_with("__Host-mfe-consent="), "{set}");
    for attribute in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
        assert!(set.contains(attribute), "{attribute}: {set}");
    }
    let local = Issuer::parse("http://127.0.0.1:8787").unwrap();
    let browser = Browser::of(None, &local, [5; 32]);
    let client = client();
    let page = consent::page(
        &request(&client),
        &client,
        &browser,
        Deployment { issuer: &local, ..here() },
        None,
        NOW,
    );
    let set = header(&page, "set-cookie").unwrap();
    assert!(
        set.starts_with("mfe-consent=") && !set.contains("Secure"),
        "browsers refuse __Host- there: {set}"
    );
}

#[test]
fn a_browser_keeps_its_cookie_so_that_two_tabs_work() {
    let first = page_of(&client());
    let cookie = format!("other=1; {}", cookie(&first));
    let browser = Browser::of(Some(&cookie), &issuer(), [6; 32]);
    let client = client();
    let second = consent::page(&request(&client), &client, &browser, here(), None, NOW);
    assert_eq!(header(&second, "set-cookie"), None);
    for page in [&first, &second] {
        assert!(matches!(send(&allow(&ticket(page)), own(&cookie), NOW), Answer::Allowed(_)));
    }
}

#[test]
fn the_persons_own_form_is_taken() {
    let page = page_of(&client());
    let (ticket, cookie) = (ticket(&page), cookie(&page));
    let Answer::Allowed(allowed) = send(&allow(&ticket), own(&cookie), NOW) else { panic!("refused") };
    assert_eq!(allowed.request, request(&client()));
    assert_eq!(allowed.scopes.to_string(), "read jobs");
    // Browsers without these headers.
    let bare = Headers { origin: None, fetch_site: None, ..own(&cookie) };
    assert!(matches!(send(&allow(&ticket), bare, NOW), Answer::Allowed(_)));
}

#[test]
fn a_form_from_another_site_is_refused() {
    let page = page_of(&client());
    let (ticket, cookie) = (ticket(&page), cookie(&page));
    for headers in [
        Headers { origin: Some("https://evil.example"), ..own(&cookie) },
        Headers { origin: Some("null"), ..own(&cookie) },
        Headers { origin: Some("http://mechafil.example"), ..own(&cookie) },
        Headers { fetch_site: Some("cross-site"), ..own(&cookie) },
        Headers { fetch_site: Some("same-site"), ..own(&cookie) },
        Headers { cookie: None, ..own(&cookie) },
        Headers { cookie: Some("__Host-mfe-consent=short"), ..own(&cookie) },
        Headers { cookie: Some("mfe-consent=BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU"), ..own(&cookie) },
    ] {
        assert!(is_refused(&send(&allow(&ticket), headers, NOW)), "{headers:?}");
    }
}

#[test]
fn an_attackers_own_ticket_does_not_fit_the_persons_browser() {
    let attackers = page_of(&client());
    let persons = Browser::of(None, &issuer(), [6; 32]);
    let client = client();
    let page = consent::page(&request(&client), &client, &persons, here(), None, NOW);
    assert!(is_refused(&send(&allow(&ticket(&attackers)), own(&cookie(&page)), NOW)));
}

#[test]
fn a_changed_ticket_another_deployments_and_an_old_one_are_refused() {
    let page = page_of(&client());
    let (ticket, cookie) = (ticket(&page), cookie(&page));
    let (text, tag) = ticket.split_once('.').unwrap();
    let other = Client { name: "Other".to_owned(), ..client() };
    let forged = crate::common::ticket(&page_of(&other));
    let grafted = format!("{}.{tag}", forged.split('.').next().unwrap());
    for bad in ["", "x", text, &format!("{text}."), &grafted, &format!("{ticket}x")] {
        assert!(is_refused(&send(&allow(bad), own(&cookie), NOW)), "{bad}");
    }
    assert!(matches!(send(&allow(&ticket), own(&cookie), NOW + 599_999), Answer::Allowed(_)));
    assert!(is_refused(&send(&allow(&ticket), own(&cookie), NOW + 600_000)));
    let elsewhere = consent::read(
        &form(&allow(&ticket)),
        own(&cookie),
        Deployment { seal: &SealingKey::new([43; 32]), ..here() },
        NOW,
    );
    assert!(is_refused(&elsewhere));
}

#[test]
fn a_no_goes_back_to_the_client_without_looking_at_the_key() {
    let page = page_of(&client());
    let fields = [("ticket", ticket(&page)), ("decision", "deny".to_owned()), ("key", "x".to_owned())];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let Answer::Denied(location) = send(&fields, own(&cookie(&page)), NOW) else { panic!("not denied") };
    assert_eq!(one(&answer(&location), "error"), Some("access_denied"));
}

#[test]
fn a_form_without_a_decision_does_nothing() {
    let page = page_of(&client());
    let ticket = ticket(&page);
    for decision in ["", "maybe"] {
        let fields = [("ticket", ticket.as_str()), ("decision", decision), ("key", "mfe_x")];
        assert!(is_refused(&send(&fields, own(&cookie(&page)), NOW)));
    }
}

fn allowed(key: &str, ticked: &[&str]) -> Allowed {
    let page = page_of(&client());
    let ticket = ticket(&page);
    let mut fields = vec![("ticket", ticket.as_str()), ("decision", "allow"), ("key", key)];
    fields.extend(ticked.iter().map(|scope| ("scope", *scope)));
    let Answer::Allowed(allowed) = send(&fields, own(&cookie(&page)), NOW) else { panic!("refused") };
    *allowed
}

const RANDOM: Randomness = Randomness { code: [1; 32], grant: [1; 12] };

fn configured() -> (Configured, String) {
    let key = Secret::mint(Kind::Key, [1; 32]);
    let read =
        Configured::read(Some("the-operators-own-admin-key"), Some(&format!("person:{}", key.reveal())));
    (read, key.reveal().to_owned())
}

fn grant(allowed: &Allowed) -> Result<consent::Consented, &'static str> {
    let lookup = match configured().0.identify(&allowed.credential) {
        Step::Known(lookup) => lookup,
        Step::FindKey(_) | Step::FindToken(_) => Lookup::Refused(Refusal::Unknown),
    };
    allowed.grant(&lookup, &issuer(), RANDOM, NOW)
}

#[test]
fn a_good_key_makes_a_grant_with_the_ticked_scopes() {
    let consented = grant(&allowed(&format!(" {}\n", configured().1), &["read"])).unwrap();
    assert_eq!(consented.grant.scopes.to_string(), "read");
    assert_eq!(consented.grant.redirect_host, "app.example");
    assert_eq!(consented.code.redirect_uri, CALLBACK);
    assert!(consented.location.starts_with(&format!("{CALLBACK}?code=mfc_")));
}

#[test]
fn a_form_cannot_tick_what_was_not_asked_for() {
    let allowed = allowed(&configured().1, &["read", "models", "admin", "connect"]);
    assert_eq!(allowed.scopes.to_string(), "read");
}

#[test]
fn nothing_ticked_a_bad_key_the_operators_key_and_a_token_make_no_grant() {
    let mistyped = format!("{}x", &configured().1[..52]);
    let unknown = Secret::mint(Kind::Key, [9; 32]);
    for (key, ticked, sentence) in [
        (configured().1.as_str(), &[][..], "none of the permissions"),
        ("", &["read"], "Paste your API key"),
        (&mistyped, &["read"], "mistyped"),
        (unknown.reveal(), &["read"], "not good here"),
        ("some-password-of-the-person", &["read"], "not good here"),
        ("the-operators-own-admin-key", &["read"], "operator's own key"),
    ] {
        let allowed = allowed(key, ticked);
        let why = grant(&allowed).unwrap_err();
        assert!(why.contains(sentence), "{why}");
        let again = allowed.again(why, here(), NOW);
        assert_eq!(again.status, 422);
        if !key.is_empty() {
            assert!(!again.body.contains(key), "the key is not written back");
        }
    }
    let token = Lookup::Known(Caller {
        who: access::Who::Token { key: "k".to_owned(), grant: "g".to_owned(), client: "c".to_owned() },
        ..Caller::operator()
    });
    let allowed = allowed(unknown.reveal(), &["read"]);
    assert!(allowed.grant(&token, &issuer(), RANDOM, NOW).is_err(), "a token cannot beget tokens");
    assert!(!format!("{:?}", allowed.credential).contains(unknown.reveal()));
    assert_eq!(Credential::of(unknown.reveal()), Credential::Key(unknown.hash()));
}
