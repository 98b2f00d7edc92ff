//! The record, its events and its archive.

use contract::{
    cases,
    scene::{Scene, Service},
    suite::Case,
};
use http::Method;
use serde_json::{Value, json};

use super::Summoner;

pub(crate) fn cases() -> Vec<Case> {
    cases![Scene::Imported =>
        events_are_told_as_they_are_recorded_and_go_on_after_any_of_them,
        a_stream_tells_what_happens_while_it_is_open,
        the_record_is_filtered_paged_and_searched,
        a_purge_archives_first_and_only_the_owner_reads_the_archive,
        what_a_query_cannot_mean_is_refused,
    ]
}

/// The events of a stream: id, kind and data.
fn happened(text: &str) -> Vec<(u64, String, Value)> {
    let blocks = text.split("\n\n").filter(|block| block.contains("data: "));
    let field = |block: &str, name: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_else(|| panic!("no {name} in {block}")).to_owned()
    };
    blocks
        .map(|block| {
            let id = field(block, "id").parse().expect("a number");
            (id, field(block, "event"), serde_json::from_str(&field(block, "data")).expect("JSON"))
        })
        .collect()
}

/// So many events after one.
fn events(somebody: &Summoner<'_>, after: u64, count: usize) -> Vec<(u64, String, Value)> {
    let request = somebody.ask(Method::GET, &format!("/events?limit={count}"));
    let reply = request.header("last-event-id", &after.to_string()).send().expect(200);
    assert_eq!(reply.media_type(), "text/event-stream");
    happened(reply.text())
}

fn events_are_told_as_they_are_recorded_and_go_on_after_any_of_them(service: &Service) {
    let somebody = Summoner::new(service);
    for name in ["claude", "gemini"] {
        let _ = somebody.summon(name).ok();
        let _ = somebody.banish(name).ok();
    }
    let all = events(&somebody, 0, 4);
    let told: Vec<_> = all
        .iter()
        .map(|(_, kind, data)| format!("{kind} {}", data["daemon"].as_str().unwrap_or("")))
        .collect();
    assert_eq!(told, ["summon claude", "banish claude", "summon gemini", "banish gemini"]);
    let record: Vec<u64> =
        somebody.record().iter().map(|row| row["id"].as_u64().expect("a number")).collect();
    assert_eq!(all.iter().map(|(id, ..)| *id).collect::<Vec<_>>(), record);
    for seen in 0..all.len() - 1 {
        assert_eq!(
            events(&somebody, all[seen].0, all.len() - 1 - seen),
            all[seen + 1..],
            "after {}",
            all[seen].0
        );
    }
    let recent = somebody.get("/events/recent?count=3").ok();
    assert_eq!((&recent["count"], &recent["events"][0]["id"]), (&json!(3), &json!(record[3])));
    assert_eq!(
        (&recent["events"][0]["event"], &recent["events"][0]["data"]["reason"]),
        (&json!("banish"), &json!("asked"))
    );
}

fn a_stream_tells_what_happens_while_it_is_open(service: &Service) {
    let somebody = Summoner::new(service);
    let _ = somebody.summon("gemini").ok();
    let seen = somebody.record()[0]["id"].as_u64().expect("a number");
    std::thread::scope(|scope| {
        let stream = scope.spawn(|| events(&somebody, seen, 2));
        let _ = somebody.summon("claude").ok();
        let _ = somebody.banish("gemini").ok();
        let kinds: Vec<_> = stream.join().expect("a stream").into_iter().map(|(_, kind, _)| kind).collect();
        assert_eq!(kinds, ["summon", "banish"]);
    });
}

fn the_record_is_filtered_paged_and_searched(service: &Service) {
    let somebody = Summoner::new(service);
    for name in ["claude", "gemini", "liquidmetal"] {
        let _ = somebody.summon(name).ok();
    }
    let _ = somebody.banish("gemini").ok();
    let count = |query: &str| somebody.get(&format!("/grimoire/recall?{query}")).ok()["count"].clone();
    assert_eq!(
        (count("kind=summon"), count("daemon_name=gemini"), count("kind=banish&daemon_name=claude")),
        (json!(3), json!(2), json!(0))
    );
    assert_eq!((count("from=2000-01-01T00:00:00Z"), count("to=2000-01-01T00:00:00Z")), (json!(4), json!(0)));
    let mut path = "/grimoire/recall?limit=3".to_owned();
    let mut kinds = Vec::new();
    loop {
        let page = somebody.get(&path).ok();
        kinds.extend(page["records"].as_array().expect("a list").iter().map(|row| row["kind"].clone()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/grimoire/recall?limit=3&cursor={cursor}");
    }
    assert_eq!(kinds, ["banish", "summon", "summon", "summon"]);
    let search = |body: Value| somebody.post("/grimoire/search", &body).ok()["count"].clone();
    assert_eq!(search(json!({"query": "ASKED"})), 1);
    assert_eq!(search(json!({"query": "asked", "daemon_name": "claude"})), 0);
    assert_eq!(search(json!({"query": "' OR 1=1 --"})), 0);
    let sums = somebody.get("/grimoire/statistics").ok()["statistics"].clone();
    assert_eq!((&sums["total_records"], &sums["records_by_kind"]["summon"]), (&json!(4), &json!(3)));
    assert_eq!(sums["records_by_daemon"]["gemini"], json!({"banish": 1, "summon": 1}));
}

fn a_purge_archives_first_and_only_the_owner_reads_the_archive(service: &Service) {
    let somebody = Summoner::new(service);
    let _ = somebody.summon("claude").ok();
    let _ = somebody.banish("claude").ok();
    let kept = somebody.ask(Method::DELETE, "/grimoire/purge").send().ok();
    assert_eq!((&kept["purged"], &kept["more"]), (&json!(0), &json!(false)), "30 days stay");
    let before = somebody.record();
    let purged = somebody.ask(Method::DELETE, "/grimoire/purge?days=0").send().ok();
    assert_eq!((&purged["status"], &purged["purged"]), (&json!("purged"), &json!(2)));
    assert_eq!(somebody.told(), ["purge -"]);
    let url = purged["archive_urls"][0].as_str().expect("a path").to_owned();
    let archive = somebody.get(&url).expect(200);
    let archived: Vec<Value> =
        archive.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let numbers = |rows: &[Value], name: &str| rows.iter().map(|row| row[name].clone()).collect::<Vec<_>>();
    assert_eq!(numbers(&archived, "number"), numbers(&before, "id"));
    assert_eq!(Summoner::new(service).get(&url).refused(404).code, "ARCHIVE_NOT_FOUND");
    assert_eq!(somebody.get("/grimoire/archives/nothing").refused(404).code, "ARCHIVE_NOT_FOUND");
    assert_eq!(
        somebody.get("/statistics").ok()["statistics"]["daemon_statistics"]["claude"]["summon_count"],
        1
    );
}

fn what_a_query_cannot_mean_is_refused(service: &Service) {
    let somebody = Summoner::new(service);
    for (path, pointer) in [
        ("/grimoire/recall?kind=summons", "?kind"),
        ("/grimoire/recall?from=yesterday", "?from"),
        ("/grimoire/recall?cursor=x", "?cursor"),
        ("/grimoire/recall?limit=0", "?limit"),
        ("/grimoire/recall?demon=claude", "?demon"),
        ("/events?limit=0", "?limit"),
        ("/events/recent?count=101", "?count"),
    ] {
        assert_eq!(somebody.get(path).refused(422).pointers(), [pointer], "{path}");
    }
    let days = somebody.ask(Method::DELETE, "/grimoire/purge?days=-1").send().refused(422);
    assert_eq!(days.pointers(), ["?days"]);
    let search =
        somebody.post("/grimoire/search", &json!({"query": "", "from": "today", "limit": 1000})).refused(422);
    assert_eq!(search.pointers(), ["/query", "/from", "/limit"]);
}
