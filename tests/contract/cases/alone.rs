//! A function that is deployed by itself keeps the conventions like all of them together.

use contract::{
    http::Client,
    platforms::{Platform, Stop},
    suite::{Ask, Case},
};
use http::Method;

pub(crate) fn cases() -> Vec<Case> {
    let name = concat!(module_path!(), "::health_is_a_service_by_itself");
    let where_all_are_one = |platform: &'static Platform| match (platform.alone, platform.name) {
        (Some(_), _) => Ok(()),
        (None, "memory") => Err("it has no way to serve one function"),
        (None, _) => Err("each function is a component: the whole suite shows it"),
    };
    let ask = Ask::SomePlatforms(where_all_are_one, health_is_a_service_by_itself);
    vec![Case { name: name.to_owned(), ask }]
}

fn health_is_a_service_by_itself(platform: &'static Platform) {
    let alone = platform.alone.expect("a platform that has all functions in one");
    let site = alone("health").unwrap_or_else(|error| panic!("{error}"));
    let running = site.start(&[]).unwrap_or_else(|error| panic!("{error}"));
    let client = Client::new(&running.base_url, Vec::new()).expect("a URL");
    let health = client.get("/health/").send().ok();
    assert_eq!(health["platform"], platform.reports);
    assert_eq!(health["snapshot"]["source"], "bundled-demo");
    assert_eq!(client.post("/health").send().refused(405).code, "METHOD_NOT_ALLOWED");
    assert_eq!(client.get("/simulate").send().refused(404).code, "NOT_FOUND");
    assert_eq!(client.request(Method::OPTIONS, "/health").send().status, 200);
    running.stop(Stop::Gently);
}
