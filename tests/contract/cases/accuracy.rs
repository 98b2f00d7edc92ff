//! `GET /accuracy`.

use contract::{
    cases,
    scene::{Scene, Service},
    suite::Case,
};

pub(crate) fn cases() -> Vec<Case> {
    cases![Scene::AnyNetwork =>
        the_table_says_how_wrong_default_forecasts_were,
        the_table_is_not_sent_again_to_who_has_it,
    ]
}

fn the_table_says_how_wrong_default_forecasts_were(service: &Service) {
    let table = service.get("/accuracy").send().ok();
    let power = table["errors"]
        .as_array()
        .and_then(|rows| rows.iter().find(|row| row["series"] == "rb_total_power_eib"))
        .expect("the errors of raw power");
    let a_year = power["drives"]["defaults"]
        .as_array()
        .and_then(|horizons| horizons.iter().find(|one| one["horizon_days"] == 365))
        .expect("a year ahead");
    assert!(a_year["mape"].as_f64() >= a_year["bias"].as_f64(), "{a_year}");
    assert!(table["data"]["end_date"].is_string());
}

fn the_table_is_not_sent_again_to_who_has_it(service: &Service) {
    let tag = service.get("/accuracy").send().expect(200).must_have("etag").to_owned();
    let again = service.get("/accuracy").header("if-none-match", &tag).send().expect(304);
    assert!(again.body.is_empty());
}
