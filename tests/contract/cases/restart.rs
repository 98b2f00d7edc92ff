//! What was imported survives the end of a server, however it ends.

use contract::{
    calendar::Day,
    http::Client,
    network::Network,
    platforms::{Platform, Stop},
    scene::ADMIN_KEY,
    suite::{Ask, Case},
};
use serde_json::{Value, json};

use crate::support::not_at_midnight;

pub(crate) fn cases() -> Vec<Case> {
    let name = concat!(module_path!(), "::snapshots_survive_a_restart_and_a_kill");
    vec![Case { name: name.to_owned(), ask: Ask::Platform(snapshots_survive_a_restart_and_a_kill) }]
}

fn snapshots_survive_a_restart_and_a_kill(platform: &'static Platform) {
    not_at_midnight();
    let site = (platform.site)().expect("a place to run");
    let variables =
        [("ADMIN_API_KEY", ADMIN_KEY), ("BUNDLED_NETWORK", "false"), ("SNAPSHOT_RECHECK_SECONDS", "0")];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let start = || {
        let running = site.start(&variables).unwrap_or_else(|error| panic!("{error}"));
        let client = Client::new(&running.base_url, vec![ADMIN_KEY.to_owned()]).expect("a URL");
        (running, client)
    };
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
