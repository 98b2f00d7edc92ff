//! The templates that come with the product, and what a configuration becomes.

use std::collections::BTreeSet;

use deployments::{
    catalogue::bundled,
    template::{MASK, Secrets, Template, is_pinned},
};
use serde_json::{Map, Value, json};

pub(crate) fn template(id: &str) -> Template {
    bundled().unwrap().into_iter().find(|template| template.id == id).unwrap()
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    let Value::Object(object) = value else { panic!("no object: {value}") };
    object
}

#[test]
fn each_bundled_template_can_be_deployed_and_has_its_image_by_digest() {
    let all = bundled().unwrap();
    assert!(all.len() >= 6);
    let ids: BTreeSet<_> = all.iter().map(|template| &template.id).collect();
    assert_eq!(ids.len(), all.len());
    for template in &all {
        assert_eq!(template.faults(), Vec::<String>::new(), "{}", template.id);
        assert!(is_pinned(&template.image), "{}", template.image);
        // How the digest is known stands with it.
        assert!(template.note.as_ref().is_some_and(|note| note.contains("digest")), "{}", template.id);
        assert!(template.homepage.starts_with("https://"));
    }
}

#[test]
fn a_template_with_a_mistake_says_which() {
    let good = template("grafana");
    let faults = |change: fn(&mut Template)| {
        let mut template = good.clone();
        change(&mut template);
        template.faults().len()
    };
    assert_eq!(faults(|_| ()), 0);
    for change in [
        (|template| template.id = "Grafana".to_owned()) as fn(&mut Template),
        |template| template.id = "a".repeat(41),
        |template| template.image = "grafana/mcp-grafana:latest".to_owned(),
        |template| template.image = "grafana/mcp-grafana".to_owned(),
        |template| template.image = "grafana/mcp-grafana@sha256:abc".to_owned(),
        |template| template.image = "grafana/mcp grafana:1".to_owned(),
        |template| template.port = 0,
        |template| template.user = 0,
        |template| template.path = "mcp".to_owned(),
        |template| drop(template.env_mapping.insert("url".to_owned(), "NOT A NAME".to_owned())),
        |template| drop(template.env_mapping.remove("url")),
        |template| drop(template.env_mapping.insert("url".to_owned(), "GRAFANA_ORG_ID".to_owned())),
        |template| template.configuration_schema["additionalProperties"] = true.into(),
        |template| template.configuration_schema["properties"]["password"]["type"] = "object".into(),
        |template| template.configuration_schema["properties"]["url"]["pattern"] = "(a+)+".into(),
    ] {
        assert!(faults(change) >= 1);
    }
}

#[test]
fn a_configuration_becomes_environment_variables_and_its_secrets_are_kept_apart() {
    let given = object(json!({"toolsets": ["repos", "issues"], "read_only": true}));
    let configured = template("github").configure(&given, &BTreeSet::new(), None).unwrap();
    assert_eq!(configured.workload.env["GITHUB_TOOLSETS"], "repos,issues");
    assert_eq!(configured.workload.env["GITHUB_READ_ONLY"], "true");

    let given = object(json!({"token": "tell-nobody", "operations": true}));
    let configured = template("terraform").configure(&given, &BTreeSet::new(), None).unwrap();
    assert_eq!(configured.given.0["TFE_TOKEN"], "tell-nobody");
    assert_eq!(configured.secrets["token"], "TFE_TOKEN");
    assert!(configured.workload.secret_env.contains("TFE_TOKEN"));
    let stored = serde_json::to_string(&configured.workload).unwrap() + &format!("{configured:?}");
    assert!(!stored.contains("tell-nobody"), "{stored}");
}

#[test]
fn a_secret_that_is_kept_need_not_be_given_again() {
    let terraform = template("terraform");
    let kept: BTreeSet<String> = ["token".to_owned()].into();
    let configured =
        terraform.configure(&object(json!({"token": MASK, "operations": true})), &kept, None).unwrap();
    assert!(configured.given.0.is_empty());
    assert!(configured.workload.secret_env.contains("TFE_TOKEN"));
    let refused = terraform.configure(&object(json!({"token": MASK})), &BTreeSet::new(), None).unwrap_err();
    assert_eq!(refused[0].pointer, "/token");
}

#[test]
fn the_operators_registry_has_the_images_under_the_templates_names() {
    let none = Map::new();
    let image = |template: &Template, registry| {
        template.configure(&none, &BTreeSet::new(), registry).unwrap().workload.image
    };
    let github = template("github");
    assert_eq!(image(&github, None), github.image);
    let digest = github.image.split_once('@').unwrap().1;
    assert_eq!(
        image(&github, Some("registry.example.com:5000/team")),
        format!("registry.example.com:5000/team/mcp-github:v1.12.2@{digest}")
    );
    let plain = Template { image: "ghcr.io:443/a/b:2".to_owned(), ..github };
    assert_eq!(image(&plain, Some("r.example")), "r.example/mcp-github:2");
}

#[test]
fn a_text_without_its_secrets_has_none_in_any_form() {
    let secrets = Secrets(
        [("A".to_owned(), "long-secret".to_owned()), ("B".to_owned(), "with \"quotes\"".to_owned())].into(),
    );
    let said = secrets.redact("long-secret bG9uZy1zZWNyZXQ= {\"x\":\"with \\\"quotes\\\"\"} and the rest");
    assert_eq!(said, format!("{MASK} {MASK} {{\"x\":\"{MASK}\"}} and the rest"));
}

#[test]
fn a_text_that_was_cut_within_a_secret_shows_no_part_of_it() {
    let secrets = Secrets([("A".to_owned(), "long-secret\nof two lines".to_owned())].into());
    for (cut, shown) in [
        ("it said long-sec", format!("it said {MASK}")),
        ("it said {\"A\":\"long-secret\\nof t", format!("it said {{\"A\":\"{MASK}")),
        ("of two lines\nand more", format!("{MASK}\nand more")),
        ("along the way", "along the way".to_owned()),
    ] {
        assert_eq!(secrets.redact(cut), shown);
    }
}
