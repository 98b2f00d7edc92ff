//! Snapshots come in, are listed, go out and come back.

use contract::{
    calendar::{Day, NETWORK_START},
    cases,
    network::{FORWARD, HISTORIES, Network, SUPPLIES},
    scene::{Scene, Service},
    suite::Case,
};
use http::Method;
use serde_json::{Value, json};

use crate::support::{DAILY, Forecast, assert_same_bits, not_at_midnight, numbers};

pub(crate) fn cases() -> Vec<Case> {
    [
        cases![Scene::Operated =>
            an_import_is_current_at_once,
            an_import_says_what_became_current,
            an_export_holds_every_figure_to_the_bit,
            an_export_can_be_imported_again_and_changes_nothing,
            the_archive_lists_the_newest_first,
            a_snapshot_of_the_same_date_takes_the_place_of_the_former,
            a_restored_snapshot_forecasts_as_it_did,
            what_is_done_with_snapshots_is_in_the_audit_trail,
            another_snapshot_has_another_etag_and_the_same_one_the_same,
            everything_derived_may_be_left_out,
            a_document_without_a_source_counts_as_import,
            the_whole_history_since_the_networks_first_day_can_be_imported,
            only_the_median_of_the_filplus_rate_is_enough,
        ],
        cases![Scene::Imported =>
            a_date_that_is_not_archived_is_404,
            what_is_no_date_is_refused,
            an_unchanged_export_is_304,
        ],
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn network(current: &str, seed: u64) -> Network {
    Network::made_up(Day::named(current), 200, seed)
}

fn listed(service: &Service) -> Vec<String> {
    let list = service.admin(Method::GET, "/admin/snapshots").send().ok();
    list["snapshots"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|date| date.as_str().expect("a date").to_owned())
        .collect()
}

fn export(service: &Service, date: &str) -> Value {
    service.admin(Method::GET, &format!("/admin/snapshots/{date}")).send().ok()
}

fn an_import_is_current_at_once(service: &Service) {
    for (current, seed) in [("2026-01-05", 1), ("2025-07-06", 2), ("2026-01-05", 3)] {
        let network = network(current, seed);
        let _ = service.import(&network).ok();
        assert_eq!(service.get("/health").send().ok()["snapshot"]["current_date"], current);
        let data = service.history("/historical-data/full?fields=burnt_fil");
        assert_same_bits("burnt_fil", &numbers(&data["burnt_fil"]), &network.column("burnt_fil_vec"));
        let forecast = Forecast::of(service, DAILY, &json!({"forecast_length_days": 8}));
        assert_eq!(
            (forecast.start(), &forecast.input["data_source"]),
            (Day::named(current), &"made-up".into())
        );
    }
}

fn an_import_says_what_became_current(service: &Service) {
    let reply = service.import(&network("2026-02-01", 4)).ok();
    assert_eq!(reply["current_date"], "2026-02-01");
    assert_eq!(reply["source"], "made-up");
    assert!(
        reply["status"].is_string()
            && reply["message"].as_str().is_some_and(|text| text.contains("2026-02-01"))
    );
}

fn an_export_holds_every_figure_to_the_bit(service: &Service) {
    let network = network("2026-02-02", 5).with_supply();
    let _ = service.import(&network).ok();
    let exported = export(service, "2026-02-02");
    for name in ["source", "start_date", "current_date"] {
        assert_eq!(exported[name], network.document[name], "{name}");
    }
    let columns = HISTORIES.into_iter().chain(FORWARD).chain(SUPPLIES).chain(["historical_renewal_rate"]);
    for name in columns {
        assert_same_bits(name, &numbers(&exported["offline_data"][name]), &network.column(name));
    }
    for name in [
        "start_vested_amt",
        "zero_cum_capped_power_eib",
        "init_baseline_eib",
        "circ_supply_zero",
        "locked_fil_zero",
    ] {
        assert_eq!(exported["offline_data"][name].as_f64(), Some(network.number(name)), "{name}");
    }
    let rates = numbers(&exported["historical_arrays"]["filplus_rate"]);
    assert_same_bits("filplus_rate", &rates, &network.filplus_rate());
    assert_eq!(exported["historical_days"], 200);
}

fn an_export_can_be_imported_again_and_changes_nothing(service: &Service) {
    let id = service.import(&network("2026-02-03", 6)).ok()["id"].clone();
    let exported = export(service, "2026-02-03");
    let again = service.import(&Network { document: exported.clone() }).ok();
    assert!(id.is_string() && again["id"] == id, "{again}");
    assert_eq!(export(service, "2026-02-03"), exported);
}

fn the_archive_lists_the_newest_first(service: &Service) {
    for current in ["2025-12-31", "2026-02-04", "2024-02-29"] {
        let _ = service.import(&network(current, 7)).ok();
    }
    let dates = listed(service);
    assert!(
        ["2025-12-31", "2026-02-04", "2024-02-29"]
            .iter()
            .all(|date| dates.iter().any(|listed| listed == date))
    );
    assert!(dates.windows(2).all(|pair| pair[0] > pair[1]), "{dates:?}");
}

fn a_snapshot_of_the_same_date_takes_the_place_of_the_former(service: &Service) {
    let (first, second) = (network("2026-02-05", 8), network("2026-02-05", 9));
    for network in [&first, &second] {
        let _ = service.import(network).ok();
        let exported = export(service, "2026-02-05");
        let burnt = numbers(&exported["offline_data"]["burnt_fil_vec"]);
        assert_same_bits("burnt_fil_vec", &burnt, &network.column("burnt_fil_vec"));
    }
    assert_eq!(listed(service).iter().filter(|date| *date == "2026-02-05").count(), 1);
}

fn a_restored_snapshot_forecasts_as_it_did(service: &Service) {
    not_at_midnight();
    let ask = || service.post(DAILY).json(&json!({"forecast_length_days": 60})).send().expect(200).body;
    let _ = service.import(&network("2026-02-06", 10)).ok();
    let before = ask();
    let _ = service.import(&network("2026-02-07", 11)).ok();
    assert_ne!(ask(), before);
    let restored = service.admin(Method::POST, "/admin/snapshots/2026-02-06/restore").send().ok();
    assert_eq!(restored["current_date"], "2026-02-06");
    assert_eq!(ask(), before);
    assert_eq!(service.get("/health").send().ok()["snapshot"]["current_date"], "2026-02-06");
}

fn what_is_done_with_snapshots_is_in_the_audit_trail(service: &Service) {
    let _ = service.import(&network("2026-02-11", 17)).ok();
    let act = |method: Method, path: &str| service.admin(method, path).send().expect(200);
    let _ = act(Method::POST, "/admin/snapshots/2026-02-11/restore");
    let _ = act(Method::DELETE, "/admin/snapshots/pin");
    assert_eq!(service.admin(Method::POST, "/admin/snapshots/2001-01-01/restore").send().status, 404);
    let audit = service.admin(Method::GET, "/api/admin/audit?limit=3").send().ok();
    let rows: Vec<_> = audit["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|row| ["act", "target", "actor"].map(|name| row[name].as_str().expect("a text").to_owned()))
        .collect();
    let expected = [
        ["snapshot_unpinned", "/admin/snapshots/pin", "operator"],
        ["snapshot_restored", "/admin/snapshots/2026-02-11/restore", "operator"],
        ["snapshot_imported", "/admin/snapshot", "operator"],
    ];
    assert_eq!(rows, expected, "what failed is not there");
}

fn another_snapshot_has_another_etag_and_the_same_one_the_same(service: &Service) {
    let tag = || service.get("/historical-data").send().expect(200).must_have("etag").to_owned();
    let (one, other) = (network("2026-02-08", 12), network("2026-02-08", 13));
    let _ = service.import(&one).ok();
    let first = tag();
    let _ = service.import(&other).ok();
    assert_ne!(tag(), first, "other figures of the same date");
    let changed = service.get("/historical-data").header("if-none-match", &first).send();
    assert_eq!(changed.status, 200);
    let _ = service.import(&one).ok();
    assert_eq!(tag(), first);
}

fn everything_derived_may_be_left_out(service: &Service) {
    let _ = service.import(&network("2026-02-09", 14)).ok();
    let mut document = export(service, "2026-02-09");
    for name in
        ["network_start", "historical_days", "smoothed_metrics", "description", "units", "index_conventions"]
    {
        document.as_object_mut().expect("an object").remove(name);
    }
    for name in ["rb_power_zero", "qa_power_zero", "daily_burnt_fil"] {
        document["offline_data"].as_object_mut().expect("an object").remove(name);
    }
    let _ = service.import(&Network { document }).ok();
}

fn a_document_without_a_source_counts_as_import(service: &Service) {
    let mut network = network("2026-02-10", 15);
    network.document.as_object_mut().expect("an object").remove("source");
    assert_eq!(service.import(&network).ok()["source"], "import");
    assert_eq!(service.get("/health").send().ok()["snapshot"]["source"], "import");
}

fn the_whole_history_since_the_networks_first_day_can_be_imported(service: &Service) {
    let current = Day::named("2026-10-31");
    let days = current - Day::named(NETWORK_START);
    let network = Network::made_up(current, days as usize, 16);
    let _ = service.import(&network).ok();
    let forecast = Forecast::of(service, "/simulate/full-with-history", &json!({"forecast_length_days": 30}));
    assert_eq!(
        (forecast.start().to_string().as_str(), forecast.entries() as i64),
        (NETWORK_START, days + 30)
    );
}

fn only_the_median_of_the_filplus_rate_is_enough(service: &Service) {
    let mut network = network("2026-02-11", 17);
    network.document.as_object_mut().expect("an object").remove("historical_arrays");
    network.document["smoothed_metrics"] = json!({"filplus_rate": 0.75});
    let _ = service.import(&network).ok();
    let forecast = Forecast::of(service, DAILY, &json!({"forecast_length_days": 3}));
    assert_eq!(forecast.input["filplus_rate"], 0.75);
    assert!(service.history("/historical-data").get("filplus_rate").is_none());
}

fn a_date_that_is_not_archived_is_404(service: &Service) {
    for (method, path) in [
        (Method::GET, "/admin/snapshots/2001-01-01"),
        (Method::GET, "/admin/snapshots/2100-01-01"),
        (Method::POST, "/admin/snapshots/2001-01-01/restore"),
    ] {
        let problem = service.admin(method, path).send().refused(404);
        assert!(problem.detail.contains("/admin/snapshots"), "{}", problem.detail);
    }
}

fn what_is_no_date_is_refused(service: &Service) {
    for date in [
        "2025-13-01",
        "2025-02-29",
        "2025-02-30",
        "20250909",
        "2025-9-9",
        "+2025-09-09",
        "09-09-2025",
        "today",
        "2025-09-09T00:00:00Z",
        "2025-09-09.bin",
        "..",
        "%2e%2e%2fcurrent",
        "2025-09-09%00",
        "99999-01-01",
        "%20",
    ] {
        for (method, path) in [
            (Method::GET, format!("/admin/snapshots/{date}")),
            (Method::POST, format!("/admin/snapshots/{date}/restore")),
        ] {
            let reply = service.admin(method, &path).send();
            // A path that leads elsewhere is 404 to some routers and a bad date to others.
            let dotted = date.starts_with("..") || date.contains("%2f");
            assert!(
                reply.status == 422 || (dotted && [404, 405].contains(&reply.status)),
                "{path}: {}",
                reply.shown()
            );
            if reply.status == 422 {
                assert!(reply.json()["detail"].as_str().is_some_and(|text| text.contains("YYYY-MM-DD")));
            }
        }
    }
}

fn an_unchanged_export_is_304(service: &Service) {
    for path in ["/admin/snapshots".to_owned(), format!("/admin/snapshots/{}", service.network().current())] {
        let reply = service.admin(Method::GET, &path).send().expect(200);
        let unchanged =
            service.admin(Method::GET, &path).header("if-none-match", reply.must_have("etag")).send();
        assert_eq!((unchanged.status, unchanged.body.len()), (304, 0), "{path}");
        // A shared cache must not hand an operator's answer to another caller.
        assert!(!reply.must_have("cache-control").contains("public"), "{path}");
    }
}
