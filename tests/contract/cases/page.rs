//! `GET /`, `/snapshot/current`, `/plot.svg`. What the page does in a browser: `tests/browser`.

use contract::{
    cases,
    scene::{Scene, Service},
    suite::Case,
};

pub(crate) fn cases() -> Vec<Case> {
    [
        cases![Scene::AnyNetwork =>
            the_root_is_the_page_or_leads_to_the_documentation,
            a_file_of_the_page_that_is_not_there_is_just_not_there,
            a_picture_has_title_axes_units_and_a_legend,
            a_picture_is_light_or_dark,
            a_text_from_a_link_cannot_become_markup,
            a_picture_that_is_not_possible_names_every_reason,
            a_picture_that_did_not_change_is_not_sent_again,
        ],
        cases![Scene::Imported => the_snapshot_is_the_published_one_and_is_not_sent_twice],
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Where npm was missing when the files were made there is no page.
fn the_root_is_the_page_or_leads_to_the_documentation(service: &Service) {
    let reply = service.get("/").send();
    if reply.status == 307 {
        assert!(reply.must_have("location").ends_with("/docs"));
        return assert_eq!(service.get("/page/page.js").send().refused(404).code, "NOT_FOUND");
    }
    let reply = reply.expect(200);
    assert_eq!(reply.media_type(), "text/html");
    let policy = reply.must_have("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"), "{policy}");
    assert!(
        !policy.contains("unsafe-inline") && !policy.contains("http") && !policy.contains('*'),
        "{policy}"
    );
    for (file, media_type) in [
        ("page.js", "text/javascript"),
        ("page.css", "text/css"),
        ("worker.js", "text/javascript"),
        ("engine.wasm", "application/wasm"),
        ("app.webmanifest", "application/manifest+json"),
        ("icon.svg", "image/svg+xml"),
    ] {
        let file = service.get(&format!("/page/{file}")).send().expect(200);
        assert_eq!(file.media_type(), media_type);
        assert!(file.header("etag").is_some());
    }
    for path in ["/keys", "/jobs"] {
        let page = service.get(path).send().expect(200);
        assert_eq!(page.media_type(), "text/html");
        let policy = page.must_have("content-security-policy");
        assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
    }
    let worker = service.get("/page/worker.js").send();
    assert_eq!(worker.must_have("service-worker-allowed"), "/");
}

fn a_file_of_the_page_that_is_not_there_is_just_not_there(service: &Service) {
    for name in ["nothing.js", "..%2Fdocs%2Findex.html", ".hidden", &"a".repeat(300)] {
        assert_eq!(service.get(&format!("/page/{name}")).send().refused(404).code, "NOT_FOUND", "{name}");
    }
}

fn the_snapshot_is_the_published_one_and_is_not_sent_twice(service: &Service) {
    let reply = service.get("/snapshot/current").send().expect(200);
    assert_eq!(reply.media_type(), "application/octet-stream");
    let snapshot = network_data::Snapshot::from_wire(&reply.body).expect("a snapshot");
    assert_eq!(snapshot.current_date().to_string(), service.network().current().to_string());
    let etag = reply.must_have("etag");
    let again = service.get("/snapshot/current").header("if-none-match", etag).send();
    assert_eq!((again.status, again.body.len()), (304, 0));
}

fn a_picture_has_title_axes_units_and_a_legend(service: &Service) {
    let reply = service.get("/plot.svg?series=circ_supply,network_locked&rr=0.7").send().expect(200);
    assert_eq!(reply.media_type(), "image/svg+xml");
    let picture = reply.text();
    for part in [
        "<title id=\"title\">Circulating supply, Locked FIL</title>",
        ">FIL<",
        ">history<",
        ">forecast<",
        ">0<",
        ">20",
    ] {
        assert!(picture.contains(part), "{part} is not in the picture");
    }
    // Two lines, each with the history and the forecast; and their two entries in the legend.
    assert_eq!(picture.matches("fill=\"none\"").count(), 2);
    assert_eq!(picture.matches(">Locked FIL<").count(), 1);
    assert!(!picture.contains("NaN") && !picture.contains("inf"), "a number that is none");
    let share = service.get("/plot.svg").send().expect(200);
    assert!(share.text().contains("per cent") && share.text().contains("%</text>"));
}

fn a_picture_is_light_or_dark(service: &Service) {
    let ground = |query: &str| {
        let picture = service.get(&format!("/plot.svg?{query}")).send().expect(200).text().to_owned();
        picture.split("height=\"100%\" fill=\"").nth(1).map(|rest| rest[..7].to_owned())
    };
    assert_eq!(ground("theme=light"), ground(""));
    assert_ne!(ground("theme=light"), ground("theme=dark"));
    let small = service.get("/plot.svg?width=400&height=260").send().expect(200);
    assert!(small.text().contains("viewBox=\"0 0 400 260\""));
}

fn a_text_from_a_link_cannot_become_markup(service: &Service) {
    let reply = service.get("/plot.svg?title=%3Cscript%3Ealert(1)%3C/script%3E%22%26%01").send().expect(200);
    assert!(!reply.text().contains("<script"), "{}", &reply.text()[..400]);
    assert!(reply.text().contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&amp; "));
    assert_eq!(reply.must_have("content-security-policy"), "default-src 'none'");
}

fn a_picture_that_is_not_possible_names_every_reason(service: &Service) {
    for (query, pointers) in [
        ("series=circ_supply,network_RBP_EIB", &["?series"][..]),
        ("series=nonsense&theme=blue&width=9&rr=3", &["?series", "?theme", "?width", "?rr"]),
        ("output=circ_supply", &["?output"]),
        ("rbpp=1", &["?rbpp"]),
        ("theme=dark&theme=dark", &["?theme"]),
    ] {
        let problem = service.get(&format!("/plot.svg?{query}")).send().refused(422);
        assert_eq!(problem.pointers(), pointers, "{query}");
    }
}

fn a_picture_that_did_not_change_is_not_sent_again(service: &Service) {
    let reply = service.get("/plot.svg?rr=0.8").send().expect(200);
    let etag = reply.must_have("etag");
    assert_eq!(service.get("/plot.svg?rr=0.8").header("if-none-match", etag).send().status, 304);
    assert_eq!(service.get("/plot.svg?rr=0.9").header("if-none-match", etag).send().status, 200);
}
