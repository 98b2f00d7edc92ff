//! From registering to reading, and what clients find their way by.

use contract::{
    cases,
    scene::{Scene, Service},
    suite::Case,
};
use http::Method;
use serde_json::json;

use super::{CALLBACK, Host, STATE, is_good, key, oauth_error, parameter, post, tokens};

pub(crate) fn cases() -> Vec<Case> {
    [
        cases![Scene::Operated =>
            a_host_registers_a_person_consents_and_the_host_reads_in_the_persons_name,
            a_revoked_key_ends_what_was_given_by_it,
            an_owner_ends_the_access_of_a_host,
            a_host_neither_sees_nor_ends_what_others_hold,
        ],
        cases![Scene::Imported =>
            the_metadata_are_where_every_host_looks,
            what_is_advertised_is_there,
        ],
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn a_host_registers_a_person_consents_and_the_host_reads_in_the_persons_name(service: &Service) {
    let (_, key) = key(service);
    let host = Host::new(service, "Whole way");
    let page = host.page(&[]);
    let answer = host.consent(&page, &key).expect(303);
    let location = answer.must_have("location");
    assert!(location.starts_with(&format!("{CALLBACK}?")), "{location}");
    assert_eq!(parameter(location, "state").as_deref(), Some(STATE));
    assert_eq!(parameter(location, "iss").as_deref(), Some(host.origin.as_str()));
    assert!(!location.contains(&key), "the key is in no address");
    let code = parameter(location, "code").expect("a code");
    let reply = host.exchange(&code, &[]);
    assert_eq!(reply.must_have("cache-control"), "no-store");
    let body = reply.ok();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(3600)));
    assert_eq!(body["scope"], "read jobs");
    let (access, refresh) = tokens(&body);
    assert!(access.starts_with("mfa_") && refresh.starts_with("mfr_"));
    let auth = service.get("/api/auth").bearer(&access).send().ok();
    assert_eq!((&auth["authenticated"], &auth["name"]), (&json!(true), &json!("person")));
    assert_eq!(auth["scopes"], json!(["read", "jobs"]), "what administers cannot be handed on");
    let (newer, _) = tokens(&host.refresh(&refresh).ok());
    assert!(newer != access && is_good(service, &newer));
    let audit = service.admin(Method::GET, "/api/admin/audit?limit=1").send().ok();
    assert_eq!(audit["entries"][0]["act"], "grant_created");
}

fn a_revoked_key_ends_what_was_given_by_it(service: &Service) {
    let (id, key) = key(service);
    let host = Host::new(service, "Revoked");
    let (access, refresh) = host.tokens(&key);
    let late = host.code(&key);
    assert!(is_good(service, &access));
    let _ = service.admin(Method::DELETE, &format!("/api/admin/keys/{id}")).send().expect(200);
    assert!(!is_good(service, &access));
    assert_eq!(oauth_error(&host.refresh(&refresh)), "invalid_grant");
    assert_eq!(oauth_error(&host.exchange(&late, &[])), "invalid_grant");
}

fn an_owner_ends_the_access_of_a_host(service: &Service) {
    let (_, key) = key(service);
    let host = Host::new(service, "Ended by its owner");
    let (access, refresh) = host.tokens(&key);
    let grants = service.get("/api/grants").bearer(&key).send().ok();
    let id = grants["grants"][0]["id"].as_str().expect("a grant").to_owned();
    let path = format!("/api/grants/{id}");
    let _ = service.request(Method::DELETE, &path).bearer(&key).send().expect(204);
    assert!(!is_good(service, &access));
    assert_eq!(oauth_error(&host.refresh(&refresh)), "invalid_grant");
    let audit = service.admin(Method::GET, "/api/admin/audit?limit=1").send().ok();
    assert_eq!(
        (&audit["entries"][0]["act"], &audit["entries"][0]["target"]),
        (&json!("grant_ended"), &json!(id))
    );
}

fn a_host_neither_sees_nor_ends_what_others_hold(service: &Service) {
    let (_, key) = key(service);
    let (curious, other) = (Host::new(service, "Curious"), Host::new(service, "Trusting"));
    let ((access, refresh), (others, _)) = (curious.tokens(&key), other.tokens(&key));
    let grants = service.get("/api/grants").bearer(&key).send().ok();
    assert_eq!(grants["grants"].as_array().map(Vec::len), Some(2));
    for path in ["/api/grants", "/api/keys"] {
        assert_eq!(service.get(path).bearer(&access).send().refused(403).code, "KEY_NEEDED", "{path}");
    }
    for grant in grants["grants"].as_array().expect("grants") {
        let path = format!("/api/grants/{}", grant["id"].as_str().expect("an id"));
        assert_eq!(
            service.request(Method::DELETE, &path).bearer(&access).send().refused(403).code,
            "KEY_NEEDED"
        );
    }
    assert!(is_good(service, &others) && is_good(service, &access));
    assert_eq!(curious.refresh(&refresh).status, 200);
    // A key that the owner was not given sees nothing of it either.
    let (_, strangers) = self::key(service);
    assert_eq!(service.get("/api/grants").bearer(&strangers).send().ok()["grants"], json!([]));
    let id = grants["grants"][0]["id"].as_str().expect("an id");
    let ended = service.request(Method::DELETE, &format!("/api/grants/{id}")).bearer(&strangers).send();
    assert_eq!(ended.refused(404).code, "GRANT_NOT_FOUND");
}

/// RFC 8414, section 3.1, OpenID Connect Discovery, and what hosts try besides.
const SERVER: [&str; 5] = [
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-authorization-server/mcp",
    "/.well-known/openid-configuration",
    "/.well-known/openid-configuration/mcp",
    "/mcp/.well-known/openid-configuration",
];
const RESOURCE: [&str; 2] =
    ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"];

fn the_metadata_are_where_every_host_looks(service: &Service) {
    let issuer = format!("http://{}", service.authority());
    for path in SERVER {
        let reply = service.get(path).header("origin", "https://anywhere.example").send().expect(200);
        assert_eq!(reply.media_type(), "application/json");
        assert!(reply.must_have("cache-control").contains("max-age"));
        assert!(!reply.must_have("access-control-allow-origin").is_empty());
        let document = reply.json();
        assert_eq!(document["issuer"], issuer, "{path}");
        assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]));
        assert_eq!(document["token_endpoint_auth_methods_supported"], json!(["none"]));
        assert_eq!(document["client_id_metadata_document_supported"], true);
        assert_eq!(document["authorization_response_iss_parameter_supported"], true);
        let tag = reply.must_have("etag");
        assert_eq!(service.get(path).header("if-none-match", tag).send().status, 304);
    }
    for path in RESOURCE {
        let document = service.get(path).send().ok();
        assert_eq!(document["resource"], format!("{issuer}/mcp"));
        assert_eq!(document["authorization_servers"], json!([issuer]));
        assert_eq!(document["scopes_supported"], json!(["read"]));
    }
}

fn what_is_advertised_is_there(service: &Service) {
    let document = service.get(SERVER[0]).send().ok();
    let origin = format!("http://{}", service.authority());
    let path = |name: &str| {
        let address = document[name].as_str().unwrap_or_else(|| panic!("no {name}"));
        address.strip_prefix(&origin).unwrap_or_else(|| panic!("{address} is elsewhere")).to_owned()
    };
    assert_eq!(service.get(&path("authorization_endpoint")).send().status, 400, "a page: no client");
    for name in ["token_endpoint", "revocation_endpoint"] {
        assert_eq!(oauth_error(&post(service, &path(name), &[]).send()), "invalid_request", "{name}");
    }
    let nothing = service.post(&path("registration_endpoint")).json(&json!({})).send();
    assert_eq!(oauth_error(&nothing), "invalid_redirect_uri");
    assert_eq!(service.get(&path("service_documentation")).send().status, 200);
}
