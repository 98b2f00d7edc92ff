//! Who may operate the service.

use contract::{
    cases,
    operations::{Operation, of_the_operator},
    scene::{ADMIN_KEY, Scene, Service},
    suite::Case,
};
use http::Method;

pub(crate) fn cases() -> Vec<Case> {
    [
        cases![Scene::Imported =>
            a_wrong_key_is_401_and_is_not_repeated,
            the_key_is_taken_as_bearer_in_any_case_and_as_a_header_of_its_own,
            a_key_is_asked_for_before_the_body_is_read,
            a_bearer_that_is_wrong_is_not_saved_by_another_header,
            what_the_operator_sees_is_kept_by_no_cache,
        ],
        cases![Scene::Imported => without_a_key_every_operators_path_is_401]
            .into_iter()
            .map(Case::without_key)
            .collect(),
        // Never of a deployed service, whose log the key would end up in.
        cases![Scene::Operated => a_key_in_the_query_is_401_and_says_why],
        cases![Scene::Bundled => a_key_in_the_query_is_taken_where_the_operator_allows_it],
        cases![Scene::Bare => without_an_admin_key_administration_is_closed],
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn without_a_key_every_operators_path_is_401(service: &Service) {
    for Operation { method, path, .. } in of_the_operator(service) {
        for path in [path.clone(), format!("{path}/")] {
            let reply = service.request(method.clone(), &path).send();
            let problem = reply.refused(401);
            assert!(reply.must_have("www-authenticate").to_lowercase().starts_with("bearer"), "{path}");
            assert!(problem.detail.contains("Authorization"), "{}", problem.detail);
        }
    }
}

fn a_wrong_key_is_401_and_is_not_repeated(service: &Service) {
    let key = service.admin_key();
    let (beginning, swapped, longer) = (&key[..key.len() - 1], swap_case(key), format!("{key}x"));
    for wrong in ["guess-6Zq-guess", "", beginning, &swapped, &longer] {
        for Operation { method, path, .. } in of_the_operator(service) {
            let reply = service.request(method, &path).bearer(wrong).send_unchecked().expect("an answer");
            reply.refused(401);
            assert!(wrong.is_empty() || !reply.text().contains(wrong), "{}", reply.text());
            assert!(!reply.text().contains(key));
        }
    }
}

fn swap_case(text: &str) -> String {
    let swap = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    text.chars().map(swap).collect()
}

fn the_key_is_taken_as_bearer_in_any_case_and_as_a_header_of_its_own(service: &Service) {
    let key = service.admin_key();
    let ask =
        |name: &'static str, value: &str| service.get("/admin/snapshots").header(name, value).send().status;
    for value in [format!("Bearer {key}"), format!("bearer {key}"), format!("BEARER  {key}")] {
        assert_eq!(ask("authorization", &value), 200, "Authorization: {value}");
    }
    assert_eq!(ask("x-admin-key", key), 200);
    assert_eq!(ask("authorization", key), 401, "a key without a scheme");
    assert_eq!(ask("authorization", &format!("Basic {key}")), 401, "another scheme");
    assert_eq!(ask("x-admin-key", "guess"), 401);
}

fn a_key_in_the_query_is_401_and_says_why(service: &Service) {
    for Operation { method, path, .. } in of_the_operator(service) {
        for query in [
            format!("admin_key={ADMIN_KEY}"),
            format!("a=b&admin%5Fkey={ADMIN_KEY}"),
            "admin_key=".to_owned(),
        ] {
            let reply = service
                .request(method.clone(), &format!("{path}?{query}"))
                .send_unchecked()
                .expect("an answer");
            let problem = reply.refused(401);
            assert!(!reply.text().contains(ADMIN_KEY));
            assert!(
                problem.detail.contains("URL") && problem.detail.contains("Authorization"),
                "{}",
                problem.detail
            );
        }
        // Also where the key is sent as it should be: whoever sends both shall notice.
        let both = service.admin(method, &format!("{path}?admin_key={ADMIN_KEY}")).send();
        assert_eq!(both.status, 401, "{path}");
    }
}

fn a_key_is_asked_for_before_the_body_is_read(service: &Service) {
    service.put("/admin/snapshot").body("{").send().refused(401);
    service.put("/admin/snapshot").header("content-type", "text/plain").body("x").send().refused(401);
}

fn a_bearer_that_is_wrong_is_not_saved_by_another_header(service: &Service) {
    let reply =
        service.get("/admin/snapshots").bearer("guess").header("x-admin-key", service.admin_key()).send();
    assert_eq!(reply.status, 401);
}

fn a_key_in_the_query_is_taken_where_the_operator_allows_it(service: &Service) {
    let ask = |query: &str| service.get(&format!("/admin/snapshots?{query}")).send().status;
    assert_eq!(ask(&format!("admin_key={ADMIN_KEY}")), 200);
    assert_eq!(ask("admin_key=guess"), 401);
    assert_eq!(ask("admin_key="), 401);
    assert_eq!(ask(""), 401);
}

fn without_an_admin_key_administration_is_closed(service: &Service) {
    for Operation { method, path, .. } in of_the_operator(service) {
        for key in ["", "undefined", "null", "anything"] {
            let problem = service.request(method.clone(), &path).bearer(key).send().refused(503);
            assert_eq!(problem.code, "ADMIN_DISABLED");
            assert!(problem.detail.contains("ADMIN_API_KEY"), "{}", problem.detail);
        }
        assert_eq!(service.request(method, &path).send().refused(503).code, "ADMIN_DISABLED");
    }
}

fn what_the_operator_sees_is_kept_by_no_cache(service: &Service) {
    for path in ["/admin/snapshots", "/admin/snapshots/2001-01-01"] {
        for reply in [service.admin(Method::GET, path).send(), service.get(path).send()] {
            assert_eq!(reply.must_have("cache-control"), "private, no-store", "{}", reply.described);
        }
    }
}
