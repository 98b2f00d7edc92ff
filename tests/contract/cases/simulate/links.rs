//! `GET /simulate?...`: forecasts for links and spreadsheets.

use contract::{
    cases,
    scene::{Scene, Service},
    suite::Case,
};
use serde_json::json;

use crate::support::{DAILY, Forecast, WEEKLY, WITH_HISTORY, not_at_midnight};

pub(crate) fn cases() -> Vec<Case> {
    cases![Scene::Imported =>
        a_link_gives_what_a_post_gives,
        a_link_gives_a_table_to_who_prefers_it,
        a_link_can_be_kept_and_asked_again,
    ]
}

const QUERY: &str = "rr=0.8&lock_target=&forecast_length_days=90&use_available_supply=true&gamma_weight_type=harmonic\
    &output=circ_supply,1y_sector_roi&name=mine";

fn a_link_gives_what_a_post_gives(service: &Service) {
    not_at_midnight();
    let request = json!({
        "rr": 0.8, "forecast_length_days": 90, "use_available_supply": true, "gamma_weight_type": "harmonic",
        "output": ["circ_supply", "1y_sector_roi"], "name": "mine",
    });
    for path in [WEEKLY, DAILY, WITH_HISTORY] {
        let linked = service.get(&format!("{path}?{QUERY}")).send().expect(200).json();
        assert_eq!(Forecast::from(linked), Forecast::of(service, path, &request), "{path}");
    }
    let nothing = service.get(WEEKLY).send().expect(200).json();
    assert_eq!(Forecast::from(nothing), Forecast::of(service, WEEKLY, &json!({})));
}

fn a_link_gives_a_table_to_who_prefers_it(service: &Service) {
    let path = format!("{DAILY}?{QUERY}");
    let reply = service.get(&path).header("accept", "text/csv").send().expect(200);
    assert_eq!(reply.media_type(), "text/csv");
    assert!(reply.text().starts_with("date,circ_supply,1y_sector_roi\r\n"), "{}", reply.text());
    assert_eq!(reply.text().lines().count(), 91);
    assert!(reply.must_have("vary").to_lowercase().contains("accept"));
}

fn a_link_can_be_kept_and_asked_again(service: &Service) {
    not_at_midnight();
    let path = format!("{WEEKLY}?{QUERY}");
    let tag = service.get(&path).send().expect(200).must_have("etag").to_owned();
    let again = service.get(&path).header("if-none-match", &tag).send();
    assert_eq!((again.status, again.body.len()), (304, 0));
    for other in [format!("{DAILY}?{QUERY}"), format!("{WEEKLY}?{QUERY}&rbp=4"), WEEKLY.to_owned()] {
        assert_eq!(service.get(&other).header("if-none-match", &tag).send().status, 200, "{other}");
    }
    let table = service.get(&path).header("accept", "text/csv").header("if-none-match", &tag).send();
    assert_eq!(table.status, 200, "another form is another answer");
}
