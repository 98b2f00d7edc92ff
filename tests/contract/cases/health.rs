//! `GET /health`.

use contract::{
    calendar::Day,
    cases,
    scene::{Scene, Service},
    suite::Case,
};
use serde_json::Value;

pub(crate) fn cases() -> Vec<Case> {
    [
        cases![Scene::AnyNetwork => health_says_version_and_platform, health_takes_no_notice_of_a_query],
        cases![Scene::Imported =>
            health_tells_the_imported_snapshot_and_its_age,
            health_is_degraded_when_the_data_are_older_than_a_week,
        ],
        cases![Scene::Bundled => health_marks_the_demonstration_network],
        cases![Scene::Bare => health_is_degraded_but_answers_200_without_data],
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn health_says_version_and_platform(service: &Service) {
    let health = service.get("/health").send().ok();
    // Which of them it is depends on the network, which this case does not choose.
    assert!(matches!(health["status"].as_str(), Some("healthy" | "degraded" | "demonstration")), "{health}");
    assert_eq!(health["reason"].is_string(), health["status"] != "healthy", "{health}");
    assert!(health["build"].as_str().is_some_and(|build| !build.is_empty()), "{health}");
    let version = health["version"].as_str().expect("a version");
    assert_eq!(version.split('.').filter(|part| part.parse::<u32>().is_ok()).count(), 3, "{version}");
    match service.reports {
        Some(platform) => assert_eq!(health["platform"], platform),
        None => assert!(matches!(health["platform"].as_str(), Some("cloudflare" | "spin")), "{health}"),
    }
    assert!(health["snapshot"]["source"].is_string(), "{health}");
}

fn health_takes_no_notice_of_a_query(service: &Service) {
    let plain = service.get("/health").send().ok();
    assert_eq!(service.get("/health?deep=true").send().ok(), plain);
}

fn health_tells_the_imported_snapshot_and_its_age(service: &Service) {
    let network = service.network();
    let before = Day::today();
    let snapshot = service.get("/health").send().ok()["snapshot"].clone();
    let after = Day::today();
    assert_eq!(snapshot["current_date"], network.current().to_string());
    let age = snapshot["age_days"].as_i64().expect("a whole number of days");
    assert!((before - network.current()..=after - network.current()).contains(&age), "{snapshot}");
    // A document that does not say where it comes from was imported.
    let source = network.document["source"].as_str().unwrap_or("import");
    assert_eq!(snapshot["source"], source);
}

fn health_marks_the_demonstration_network(service: &Service) {
    let health = service.get("/health").send().ok();
    assert_eq!(
        (&health["status"], &health["snapshot"]["source"]),
        (&"demonstration".into(), &"bundled-demo".into())
    );
    let _ = Day::named(health["snapshot"]["current_date"].as_str().expect("a date"));
}

fn health_is_degraded_when_the_data_are_older_than_a_week(service: &Service) {
    let health = service.get("/health").send().ok();
    let age = health["snapshot"]["age_days"].as_i64().expect("days");
    assert_eq!(health["status"], if age > 7 { "degraded" } else { "healthy" }, "{health}");
    let told = health["reason"].as_str().is_some_and(|reason| reason.contains(&format!("{age} days old")));
    assert_eq!(told, age > 7, "{health}");
}

fn health_is_degraded_but_answers_200_without_data(service: &Service) {
    let health = service.get("/health").send().ok();
    assert_eq!((&health["status"], &health["snapshot"]), (&"degraded".into(), &Value::Null));
}
