//! What is refused, and what a template says of itself.

use contract::{
    cases,
    scene::{Scene, Service},
    suite::Case,
};
use http::Method;
use serde_json::{Value, json};

use super::{DEPLOYMENTS, Refusal as _, Somebody, TEMPLATES, TOKEN, terraform};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = cases![Scene::Imported =>
        the_catalogue_has_servers_that_exist_each_with_its_schema,
        a_dry_run_shows_what_would_be_sent_and_does_nothing,
        every_error_of_a_configuration_is_named_at_once,
        bad_fields_are_named,
        a_change_is_checked_as_a_whole,
        an_unknown_template_is_404_with_the_nearest,
        a_backend_that_is_not_configured_says_what_to_set,
        deploying_wants_the_scope_deploy,
    ];
    cases.extend(cases![Scene::Imported => deploying_wants_a_key].into_iter().map(Case::without_key));
    cases
}

fn the_catalogue_has_servers_that_exist_each_with_its_schema(service: &Service) {
    let somebody = Somebody::new(service);
    let list = somebody.get(&format!("{TEMPLATES}/")).expect(200).json();
    let templates = list["templates"].as_array().unwrap();
    assert!(templates.len() >= 6 && list["count"] == templates.len());
    for template in templates {
        let id = template["id"].as_str().unwrap();
        assert_eq!(somebody.get(&format!("{TEMPLATES}/{id}/")).expect(200).json(), *template);
        assert!(template["configuration_schema"]["properties"].is_object(), "{id}");
        assert!(template["pinned"] == true || template["note"].is_string(), "{id}");
    }
}

fn a_dry_run_shows_what_would_be_sent_and_does_nothing(service: &Service) {
    let somebody = Somebody::new(service);
    let mut body = terraform();
    body["dry_run"] = true.into();
    let reply = somebody.send(Method::POST, "/api/templates/deploy/terraform", &body).expect(200).json();
    let manifest = &reply["manifests"][0];
    assert_eq!(manifest["env"]["TFE_ADDRESS"], "https://tfe.example.com", "{reply}");
    assert_eq!(manifest["env"]["ENABLE_TF_OPERATIONS"], "true");
    assert_eq!(manifest["secret_env"], json!(["TFE_TOKEN"]));
    assert_eq!(somebody.get(DEPLOYMENTS).expect(200).json()["count"], 0);
}

fn pointers(reply: &Value) -> Vec<&str> {
    reply["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect()
}

fn every_error_of_a_configuration_is_named_at_once(service: &Service) {
    let somebody = Somebody::new(service);
    let deploy = |template: &str, configuration: Value| {
        let body = json!({"configuration": configuration, "backend": "mock"});
        let path = format!("/api/templates/deploy/{template}");
        somebody.send(Method::POST, &path, &body).expect(422).json()
    };
    let said = deploy("grafana", json!({"url": "x", "auth": "basic", "org_id": 0, "adress": 1}));
    let mut found = pointers(&said);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "/configuration/adress",
            "/configuration/org_id",
            "/configuration/password",
            "/configuration/url",
            "/configuration/username"
        ]
    );
    // Else: the token, which the other way of signing in does not need.
    let said = deploy("grafana", json!({"url": "https://grafana.example.com"}));
    assert_eq!(pointers(&said), ["/configuration/service_account_token"]);
    let said = deploy("terraform", json!({"operations": true}));
    assert_eq!(pointers(&said), ["/configuration/token"]);
    let said = deploy("playwright", json!({"viewport": "1x1", "action_timeout_ms": 150}));
    assert_eq!(pointers(&said), ["/configuration/action_timeout_ms", "/configuration/viewport"]);
    let said = deploy("atlassian", json!({"read_only": "yes"}));
    assert!(pointers(&said).contains(&"/configuration/read_only"), "{said}");
    let said = deploy("github", json!({"toolsets": ["repos", "repos"]}));
    assert_eq!(pointers(&said), ["/configuration/toolsets/1"]);
    // The mask stands for a secret that is there.
    let said = deploy("terraform", json!({"token": "********"}));
    assert_eq!(pointers(&said), ["/configuration/token"]);
}

fn bad_fields_are_named(service: &Service) {
    let somebody = Somebody::new(service);
    let body = json!({
        "configuration": [], "backend": "dokcer", "replicas": 11, "name": "two\nlines", "dry_run": "no", "konfiguration": 1,
        "fault": "flood", "connect": "yes",
    });
    let said = somebody.send(Method::POST, "/api/templates/deploy/github", &body).expect(422).json();
    let mut found = pointers(&said);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "/backend",
            "/configuration",
            "/connect",
            "/dry_run",
            "/fault",
            "/konfiguration",
            "/name",
            "/replicas"
        ],
        "{said}"
    );
    let path = somebody.deploy(&terraform());
    let said = somebody.get(&format!("{path}/logs?lines=0")).expect(422).json();
    assert_eq!(pointers(&said), ["?lines"]);
}

fn a_change_is_checked_as_a_whole(service: &Service) {
    let somebody = Somebody::new(service);
    let path = somebody.deploy(&terraform());
    // Without the token its operations are not possible.
    let said =
        somebody.send(Method::PATCH, &path, &json!({"configuration": {"token": null}})).expect(422).json();
    assert_eq!(pointers(&said), ["/configuration/token"]);
    let _ = somebody.send(Method::PATCH, &path, &json!({})).expect(422);
    // What was read can be sent back: the mask means as it was.
    let read = somebody.state(&path)["configuration"].clone();
    let changed = somebody.send(Method::PATCH, &path, &json!({"configuration": read})).expect(202).json();
    assert_eq!(changed["deployment"]["configuration"], read);
    let other = json!({"configuration": {"token": format!("{TOKEN}-other")}});
    let _ = somebody.send(Method::PATCH, &path, &other).expect(202);
}

fn an_unknown_template_is_404_with_the_nearest(service: &Service) {
    let somebody = Somebody::new(service);
    let said = somebody.get("/api/templates/grafna").problem(404, "TEMPLATE_NOT_FOUND");
    assert!(said.detail.contains("did you mean \"grafana\"?"), "{said:?}");
    let reply = somebody.send(Method::POST, "/api/templates/deploy/nothing", &json!({}));
    reply.problem(404, "TEMPLATE_NOT_FOUND");
}

fn a_backend_that_is_not_configured_says_what_to_set(service: &Service) {
    let somebody = Somebody::new(service);
    for (backend, setting) in [("kubernetes", "KUBERNETES_CLUSTER_ENDPOINT"), ("docker", "DOCKER_ENGINE_URL")]
    {
        let reply = somebody.send(Method::POST, "/api/templates/deploy/github", &json!({"backend": backend}));
        let said = reply.problem(503, "BACKEND_NOT_CONFIGURED");
        assert!(said.detail.contains(setting), "{said:?}");
    }
}

fn deploying_wants_the_scope_deploy(service: &Service) {
    let somebody = Somebody::with_scopes(service, &["read", "jobs", "connect"]);
    somebody.get(TEMPLATES).problem(403, "INSUFFICIENT_SCOPE");
    let reply = somebody.send(Method::POST, "/api/templates/deploy/github", &json!({}));
    reply.problem(403, "INSUFFICIENT_SCOPE");
}

fn deploying_wants_a_key(service: &Service) {
    for path in [TEMPLATES, DEPLOYMENTS] {
        let _ = service.get(path).send().expect(401);
    }
}
