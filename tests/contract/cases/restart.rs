//! What was imported survives the end of a server, however it ends.

use contract::{
    calendar::Day,
    http::Client,
    network::Network,
    platforms::{Platform, Running, Site, Stop},
    scene::{ADMIN_KEY, at_once},
    suite::{Ask, Case},
};
use http::Method;
use serde_json::{Value, json};

use crate::support::not_at_midnight;

pub(crate) fn cases() -> Vec<Case> {
    [
        (
            "snapshots_survive_a_restart_and_a_kill",
            snapshots_survive_a_restart_and_a_kill as fn(&'static Platform),
        ),
        ("after_imports_at_once_a_new_server_reads_the_one_that_is_current", after_imports_at_once),
        ("a_pin_survives_a_restart", a_pin_survives_a_restart),
    ]
    .map(|(name, ask)| Case { name: format!("{}::{name}", module_path!()), ask: Ask::Platform(ask) })
    .into()
}

fn start(site: &dyn Site) -> (Running, Client) {
    let variables =
        [("ADMIN_API_KEY", ADMIN_KEY), ("BUNDLED_NETWORK", "false"), ("SNAPSHOT_RECHECK_SECONDS", "0")];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let running = site.start(&variables).unwrap_or_else(|error| panic!("{error}"));
    let client = Client::new(&running.base_url, vec![ADMIN_KEY.to_owned()]).expect("a URL");
    (running, client)
}

fn snapshots_survive_a_restart_and_a_kill(platform: &'static Platform) {
    not_at_midnight();
    let site = (platform.site)().expect("a place to run");
    let start = || start(&*site);
    let import = |client: &Client, current: &str| {
        let network = Network::made_up(Day::named(current), 90, 77);
        let _ = client.put("/admin/snapshot").bearer(ADMIN_KEY).body(network.bytes()).send().ok();
    };
    let forecast = |client: &Client| {
        let request = json!({"forecast_length_days": 90});
        client.post("/simulate/full-with-history").json(&request).send().expect(200).body
    };
    let archive = |client: &Client| -> Value {
        client.get("/admin/snapshots").bearer(ADMIN_KEY).send().ok()["snapshots"].clone()
    };

    let (running, client) = start();
    import(&client, "2026-03-01");
    let of_march = forecast(&client);
    import(&client, "2026-04-01");
    let of_april = forecast(&client);
    running.stop(Stop::Gently);
    assert!(client.get("/health").send_unchecked().is_err(), "the server has ended");

    let (running, client) = start();
    assert!(forecast(&client) == of_april, "the last import is current after a restart");
    assert_eq!(archive(&client), json!(["2026-04-01", "2026-03-01"]));
    let restored = client.post("/admin/snapshots/2026-03-01/restore").bearer(ADMIN_KEY).send();
    assert_eq!(restored.ok()["current_date"], "2026-03-01");
    running.stop(Stop::Killed);

    let (running, client) = start();
    assert!(forecast(&client) == of_march, "what was published last is current after a kill");
    assert_eq!(archive(&client), json!(["2026-04-01", "2026-03-01"]));
    import(&client, "2026-05-01");
    assert_eq!(archive(&client), json!(["2026-05-01", "2026-04-01", "2026-03-01"]));
    running.stop(Stop::Gently);
}

fn after_imports_at_once(platform: &'static Platform) {
    not_at_midnight();
    let site = (platform.site)().expect("a place to run");
    let networks: Vec<_> =
        (0..6).map(|seed| Network::made_up(Day::named("2026-03-01"), 90, 30 + seed)).collect();
    for importers in [3, 6] {
        let (running, client) = start(&*site);
        for _ in 0..3 {
            let replies = at_once(importers, |number| {
                client.put("/admin/snapshot").bearer(ADMIN_KEY).body(networks[number].bytes()).send()
            });
            assert!(replies.iter().all(|reply| reply.status == 200));
        }
        running.stop(Stop::Killed);
        let (running, client) = start(&*site);
        let current = client.get("/historical-data/full?fields=burnt_fil").send().ok();
        let exported = client.get("/admin/snapshots/2026-03-01").bearer(ADMIN_KEY).send().ok();
        let burnt = &current["data"]["burnt_fil"];
        assert!(
            burnt.is_array() && *burnt == exported["offline_data"]["burnt_fil_vec"],
            "{importers} at once"
        );
        running.stop(Stop::Gently);
    }
}

fn a_pin_survives_a_restart(platform: &'static Platform) {
    not_at_midnight();
    let site = (platform.site)().expect("a place to run");
    let (running, client) = start(&*site);
    let network = Network::made_up(Day::named("2026-03-01"), 90, 50);
    let _ = client.put("/admin/snapshot").bearer(ADMIN_KEY).body(network.bytes()).send().ok();
    let pinned = |client: &Client| client.get("/health").send().ok()["snapshot"]["pinned"].clone();
    assert_eq!(pinned(&client), Value::Null);
    let restored = client.post("/admin/snapshots/2026-03-01/restore?pin=true").bearer(ADMIN_KEY).send().ok();
    assert_eq!(restored["pinned"], true);
    running.stop(Stop::Killed);
    let (running, client) = start(&*site);
    assert_eq!(pinned(&client), true);
    let release = || {
        client.request(Method::DELETE, "/admin/snapshots/pin").bearer(ADMIN_KEY).send().ok()["status"].clone()
    };
    assert_eq!((release(), release()), ("released".into(), "not_pinned".into()));
    assert_eq!(pinned(&client), Value::Null);
    running.stop(Stop::Gently);
}
