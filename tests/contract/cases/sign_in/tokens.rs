//! Codes and tokens: what uses them up, what ends them, and who may.

use contract::{
    cases,
    http::Reply,
    scene::{Scene, Service, at_once},
    suite::Case,
};

use super::{CALLBACK, Host, VERIFIER, is_good, key, oauth_error, post, tokens};

pub(crate) fn cases() -> Vec<Case> {
    cases![Scene::Operated =>
        a_wrong_exchange_does_not_use_up_the_code,
        a_code_that_comes_twice_ends_the_access,
        a_code_is_exchanged_once_however_many_ask_at_once,
        refreshes_at_once_all_succeed,
        a_lost_answer_to_a_refresh_is_asked_for_again,
        an_old_refresh_token_that_comes_back_ends_the_access,
        another_client_can_neither_use_nor_revoke_a_token,
        a_client_gives_its_tokens_back,
        a_client_that_sends_a_secret_is_not_the_one_it_says,
        what_is_missing_or_unknown_is_named,
        a_refresh_gives_fewer_scopes_and_never_more,
    ]
    .into_iter()
    .chain(cases![Scene::Imported => odd_bodies_are_refused_and_break_nothing])
    .collect()
}

fn a_wrong_exchange_does_not_use_up_the_code(service: &Service) {
    let (_, key) = key(service);
    let (host, other) = (Host::new(service, "Right"), Host::new(service, "Wrong"));
    let code = host.code(&key);
    let downgraded = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    for (changes, error) in [
        (&[("redirect_uri", "https://app.example/other")][..], "invalid_grant"),
        (&[("code_verifier", "wrong-verifier-wrong-verifier-wrong-verifier")], "invalid_grant"),
        // The challenge in place of the verifier: the method `plain`.
        (&[("code_verifier", downgraded)], "invalid_grant"),
        (&[("code_verifier", "")], "invalid_request"),
        (&[("resource", "https://other.example/mcp")], "invalid_target"),
        (&[("client_id", other.id.as_str())], "invalid_grant"),
        (&[("client_id", "")], "invalid_request"),
        (&[("client_secret", "secret")], "invalid_client"),
    ] {
        assert_eq!(oauth_error(&host.exchange(&code, changes)), error, "{changes:?}");
    }
    let (access, _) = tokens(&host.exchange(&code, &[]).ok());
    assert!(is_good(service, &access));
}

fn a_code_that_comes_twice_ends_the_access(service: &Service) {
    let (_, key) = key(service);
    let host = Host::new(service, "Replayed");
    let code = host.code(&key);
    let (access, refresh) = tokens(&host.exchange(&code, &[]).ok());
    // Without the verifier nobody can end somebody's access by an old code.
    let guess = [("code_verifier", "wrong-verifier-wrong-verifier-wrong-verifier")];
    assert_eq!(oauth_error(&host.exchange(&code, &guess)), "invalid_grant");
    assert!(is_good(service, &access));
    assert_eq!(oauth_error(&host.exchange(&code, &[])), "invalid_grant");
    assert!(!is_good(service, &access));
    assert_eq!(oauth_error(&host.refresh(&refresh)), "invalid_grant");
}

fn a_code_is_exchanged_once_however_many_ask_at_once(service: &Service) {
    let (_, key) = key(service);
    let host = Host::new(service, "Raced");
    let code = host.code(&key);
    let replies = at_once(6, |_| host.exchange(&code, &[]));
    let given = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(given, 1, "{:?}", replies.iter().map(Reply::shown).collect::<Vec<_>>());
}

fn refreshes_at_once_all_succeed(service: &Service) {
    let (_, key) = key(service);
    let host = Host::new(service, "Several processes");
    let (_, refresh) = host.tokens(&key);
    let replies = at_once(6, |_| host.refresh(&refresh));
    for reply in replies {
        let (access, _) = tokens(&reply.ok());
        assert!(is_good(service, &access));
    }
}

fn a_lost_answer_to_a_refresh_is_asked_for_again(service: &Service) {
    let (_, key) = key(service);
    let host = Host::new(service, "Lost answer");
    let (_, first) = host.tokens(&key);
    let (_, lost) = tokens(&host.refresh(&first).ok());
    let (access, second) = tokens(&host.refresh(&first).ok());
    assert!(lost != second && is_good(service, &access));
    assert_eq!(host.refresh(&second).status, 200);
}

fn an_old_refresh_token_that_comes_back_ends_the_access(service: &Service) {
    let (_, key) = key(service);
    let host = Host::new(service, "Stolen");
    let (_, first) = host.tokens(&key);
    let (_, second) = tokens(&host.refresh(&first).ok());
    let (access, third) = tokens(&host.refresh(&second).ok());
    assert_eq!(oauth_error(&host.refresh(&first)), "invalid_grant");
    assert!(!is_good(service, &access));
    assert_eq!(oauth_error(&host.refresh(&third)), "invalid_grant");
}

fn another_client_can_neither_use_nor_revoke_a_token(service: &Service) {
    let (_, key) = key(service);
    let (host, other) = (Host::new(service, "Owner"), Host::new(service, "Foreign"));
    let (access, refresh) = host.tokens(&key);
    assert_eq!(oauth_error(&other.refresh(&refresh)), "invalid_grant");
    for token in [&access, &refresh] {
        let reply = post(service, "/revoke", &[("client_id", &other.id), ("token", token)]).send();
        assert_eq!(reply.status, 200, "it does not learn that the token is known");
    }
    assert!(is_good(service, &access));
    assert_eq!(host.refresh(&refresh).status, 200);
}

fn a_client_gives_its_tokens_back(service: &Service) {
    let (_, key) = key(service);
    let host = Host::new(service, "Given back");
    let revoke = |token: &str| {
        let reply = post(service, "/revoke", &[("client_id", &host.id), ("token", token)]).send().expect(200);
        assert!(reply.body.is_empty() && reply.must_have("cache-control") == "no-store");
    };
    let (access, refresh) = host.tokens(&key);
    revoke(&access);
    assert!(!is_good(service, &access));
    let (access, refresh) = tokens(&host.refresh(&refresh).ok());
    revoke(&refresh);
    assert!(!is_good(service, &access), "with the refresh token all access ends");
    assert_eq!(oauth_error(&host.refresh(&refresh)), "invalid_grant");
    revoke("mfr_nothing-of-ours");
}

fn a_client_that_sends_a_secret_is_not_the_one_it_says(service: &Service) {
    let host = Host::new(service, "Secretive");
    let fields = [("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", &host.id)];
    for header in ["Basic bm90IGJhc2U2NA==", "Basic !!!", "Bearer x", "nonsense"] {
        let refused = post(service, "/token", &fields).header("authorization", header).send();
        assert_eq!((refused.status, oauth_error(&refused).as_str()), (401, "invalid_client"), "{header}");
        assert!(refused.must_have("www-authenticate").starts_with("Basic"), "{header}");
    }
    let (_, key) = key(service);
    let (access, _) = host.tokens(&key);
    let fields = [("client_id", host.id.as_str()), ("token", &access)];
    let by_header = post(service, "/revoke", &fields).header("authorization", "Basic YTpz").send();
    assert_eq!((by_header.status, oauth_error(&by_header).as_str()), (401, "invalid_client"));
    let with_secret = [fields[0], fields[1], ("client_secret", "s")];
    assert_eq!(oauth_error(&post(service, "/revoke", &with_secret).send()), "invalid_client");
    assert!(is_good(service, &access), "nothing is revoked before the client is known");
}

fn what_is_missing_or_unknown_is_named(service: &Service) {
    let host = Host::new(service, "Incomplete");
    let id = ("client_id", host.id.as_str());
    for (fields, error) in [
        (&[][..], "invalid_request"),
        (&[id], "invalid_request"),
        (&[id, ("grant_type", "password")], "unsupported_grant_type"),
        (&[id, ("grant_type", "client_credentials")], "unsupported_grant_type"),
        (&[id, ("grant_type", "authorization_code")], "invalid_request"),
        (&[id, id, ("grant_type", "refresh_token")], "invalid_request"),
        (&[id, ("grant_type", "refresh_token"), ("refresh_token", "mfr_x")], "invalid_grant"),
        (
            &[
                id,
                ("grant_type", "authorization_code"),
                ("code", "mfc_x"),
                ("code_verifier", VERIFIER),
                ("redirect_uri", CALLBACK),
            ],
            "invalid_grant",
        ),
    ] {
        assert_eq!(oauth_error(&post(service, "/token", fields).send()), error, "{fields:?}");
    }
}

fn a_refresh_gives_fewer_scopes_and_never_more(service: &Service) {
    let (_, key) = key(service);
    let host = Host::new(service, "Scopes");
    let (_, refresh) = host.tokens(&key);
    let with = |scope: &str| {
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", &host.id),
            ("refresh_token", &refresh),
            ("scope", scope),
        ];
        post(service, "/token", &fields).send()
    };
    assert_eq!(oauth_error(&with("read models")), "invalid_scope");
    assert_eq!(oauth_error(&with("admin")), "invalid_scope");
    assert_eq!(with("read").ok()["scope"], "read");
}

fn odd_bodies_are_refused_and_break_nothing(service: &Service) {
    for path in ["/token", "/revoke"] {
        for kind in ["application/json", "text/plain", "multipart/form-data", "x"] {
            let reply = service.post(path).header("content-type", kind).body("{\"a\":1}").send();
            assert_eq!(reply.status, 415, "{path} {kind}");
        }
        let large = post(service, path, &[("client_id", &"x".repeat(17 << 10))]).send();
        assert_eq!(large.status, 413, "{path}");
        let strange =
            service.post(path).header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        assert_eq!(oauth_error(&strange.body(vec![0xff, 0xfe, b'%', b'=', b'&']).send()), "invalid_request");
    }
}
