//! Client ID metadata documents: clients that are described at a URL.

use crate::common::{NOW, Server};
use authorization::client_metadata::{
    BUILT_IN, Copy, Fetched, LARGEST_DOCUMENT, MOST_DOCUMENTS, Resolution, after_fetch, check_address,
    resolve,
};
use serde_json::{Value, json};

const URL: &str = "https://zed.dev/oauth/client.json";
const REDIRECT: &str = "https://zed.dev/callback";
const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;

fn hosts() -> Vec<String> {
    ["claude.ai", "chatgpt.com", "vscode.dev", "cursor.com", "zed.dev"].map(str::to_owned).into()
}

fn document() -> Value {
    json!({ "client_id": URL, "client_name": "Zed", "redirect_uris": [REDIRECT, "zed://callback"],
            "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
            "token_endpoint_auth_method": "none" })
}

fn fetched<'a>(body: &'a [u8], cache_control: &'a str) -> Fetched<'a> {
    Fetched { status: 200, content_type: "application/json; charset=utf-8", cache_control, body }
}

fn fetch(document: &Value, copy: Option<&Copy>, now: i64) -> (Resolution, Copy) {
    after_fetch(URL, copy, Some(fetched(document.to_string().as_bytes(), "")), now)
}

fn ask(url: &str, redirect: &str, copy: Option<&Copy>, now: i64) -> Resolution {
    resolve(url, redirect, copy, &hosts(), now)
}

fn is_refused(resolution: &Resolution) -> bool {
    matches!(resolution, Resolution::Refused(_))
}

#[test]
fn known_clients_need_no_fetch() {
    for (id, name, uris) in BUILT_IN {
        for uri in uris {
            let Resolution::Known(client) = ask(id, uri, None, NOW) else { panic!("{id}") };
            assert_eq!((client.id.as_str(), client.name.as_str()), (id, name));
            assert_eq!(client.redirect_uris.len(), uris.len(), "every one is acceptable");
        }
    }
    let claude_code = BUILT_IN[1].0;
    assert!(matches!(ask(claude_code, "http://localhost:51234/callback", None, NOW), Resolution::Known(_)));
}

#[test]
fn a_known_client_with_another_redirect_is_decided_by_its_document() {
    assert_eq!(ask(BUILT_IN[0].0, "https://claude.ai/api/new_callback", None, NOW), Resolution::Fetch);
}

#[test]
fn a_document_describes_its_client() {
    let (resolution, copy) = fetch(&document(), None, NOW);
    let Resolution::Known(client) = resolution else { panic!("{resolution:?}") };
    assert_eq!(client.name, "Zed");
    assert_eq!(
        client.redirect_uris,
        [REDIRECT],
        "a scheme of an application is left out, not a reason to refuse"
    );
    assert_eq!(client.vouching_host(), Some("zed.dev"));
    assert_eq!(ask(URL, REDIRECT, Some(&copy), NOW + 1), Resolution::Known(client));
}

#[test]
fn only_listed_hosts_by_plain_https_are_fetched_from() {
    assert_eq!(check_address(URL, &hosts()), Ok(()));
    for url in [
        "http://zed.dev/client.json",
        "https://zed.dev:443/client.json",
        "https://zed.dev:8443/client.json",
        "https://user@zed.dev/client.json",
        "https://zed.dev@evil.example/client.json",
        "https://zed.dev.evil.example/client.json",
        "https://evil.example/client.json",
        "https://zed.dev",
        "https://zed.dev/",
        "https://zed.dev/a/../b.json",
        "https://zed.dev/a/%2E%2e/b.json",
        "https://zed.dev/./b.json",
        "https://zed.dev/client.json#x",
        "https://zed.dev\\@evil.example/x",
        "https://127.0.0.1/client.json",
        "https://2130706433/client.json",
        "https://[::1]/client.json",
        "https://localhost/client.json",
        "https://169.254.169.254/latest",
        "file:///etc/passwd",
        "javascript://zed.dev/%0aalert(1)",
        "zed.dev/client.json",
    ] {
        assert!(check_address(url, &hosts()).is_err(), "{url}");
        assert!(is_refused(&ask(url, REDIRECT, None, NOW)), "{url}");
    }
    let long = format!("https://zed.dev/{}", "x".repeat(600));
    assert!(check_address(&long, &hosts()).is_err());
}

#[test]
fn a_host_that_is_not_listed_gets_a_sentence_that_says_what_to_do() {
    let why = check_address("https://new.example/client.json", &hosts()).unwrap_err();
    assert!(why.contains("CIMD_HOSTS") && why.contains("API key"), "{why}");
    assert_eq!(check_address("https://new.example/client.json", &["new.example".to_owned()]), Ok(()));
}

#[test]
fn a_document_with_another_id_is_refused() {
    for id in ["https://zed.dev/oauth/client.json/", "https://claude.ai/x", "zed"] {
        let mut wrong = document();
        wrong["client_id"] = id.into();
        let (resolution, copy) = fetch(&wrong, None, NOW);
        assert!(is_refused(&resolution), "{id}");
        assert!(is_refused(&ask(URL, REDIRECT, Some(&copy), NOW + 1)), "and not fetched again at once");
    }
}

#[test]
fn a_document_without_name_or_redirects_or_with_a_secret_is_refused() {
    for (member, value) in [
        ("client_name", json!(null)),
        ("client_name", json!(" ")),
        ("redirect_uris", json!([])),
        ("redirect_uris", json!("x")),
        ("redirect_uris", json!(["javascript:alert(1)", "data:x", "http://zed.dev/"])),
        ("client_id", json!(7)),
        ("client_secret", json!("s")),
        ("token_endpoint_auth_method", json!("client_secret_basic")),
    ] {
        let mut wrong = document();
        wrong[member] = value.clone();
        assert!(is_refused(&fetch(&wrong, None, NOW).0), "{member} {value}");
    }
    let mut chatgpt = document();
    chatgpt["token_endpoint_auth_method"] = "private_key_jwt".into();
    assert!(matches!(fetch(&chatgpt, None, NOW).0, Resolution::Known(_)), "it is taken as a public client");
}

#[test]
fn a_copy_is_fresh_as_long_as_its_document_says_within_bounds() {
    let text = document().to_string();
    for (cache_control, fresh_for) in [
        ("", 5 * MINUTE),
        ("no-store", 5 * MINUTE),
        ("max-age=0", 5 * MINUTE),
        ("public, Max-Age=3600", 60 * MINUTE),
        ("max-age=99999999", DAY),
        ("max-age=99999999999999999999", 5 * MINUTE),
        ("max-age=9223372036854775807", DAY),
    ] {
        let (_, copy) = after_fetch(URL, None, Some(fetched(text.as_bytes(), cache_control)), NOW);
        assert_eq!(copy.next, NOW + fresh_for, "{cache_control}");
        assert!(matches!(ask(URL, REDIRECT, Some(&copy), copy.next - 1), Resolution::Known(_)));
        assert_eq!(ask(URL, REDIRECT, Some(&copy), copy.next), Resolution::Fetch);
    }
}

#[test]
fn while_a_document_cannot_be_fetched_its_last_good_copy_serves() {
    let (_, good) = fetch(&document(), None, NOW);
    let text = document().to_string();
    let large = vec![b' '; LARGEST_DOCUMENT + 1];
    let page =
        Fetched { status: 403, content_type: "text/html", cache_control: "", body: b"<html>challenge" };
    let redirect = Fetched { status: 302, ..fetched(text.as_bytes(), "") };
    let html = Fetched { content_type: "text/html", ..fetched(text.as_bytes(), "") };
    let failures =
        [None, Some(page), Some(redirect), Some(html), Some(fetched(&large, "")), Some(fetched(b"{", ""))];
    let later = NOW + DAY;
    for failure in failures {
        let (resolution, copy) = after_fetch(URL, Some(&good), failure, later);
        assert!(matches!(resolution, Resolution::Known(_)), "{failure:?}");
        assert_eq!(copy.next, later + MINUTE, "tried again in a minute");
        assert_eq!(copy.fetched, NOW, "it is not made younger");
        let (resolution, copy) = after_fetch(URL, Some(&copy), failure, NOW + 30 * DAY);
        assert!(is_refused(&resolution), "a month later it serves no more");
        assert_eq!(copy.client, None);
        let (resolution, copy) = after_fetch(URL, None, failure, later);
        assert!(is_refused(&resolution), "{failure:?}");
        assert!(
            is_refused(&ask(URL, REDIRECT, Some(&copy), later + MINUTE - 1)),
            "not asked again for a minute"
        );
        assert_eq!(ask(URL, REDIRECT, Some(&copy), later + MINUTE), Resolution::Fetch);
    }
}

#[test]
fn what_a_document_says_now_holds_against_an_older_copy() {
    let (_, good) = fetch(&document(), None, NOW);
    let mut changed = document();
    changed["client_id"] = "https://zed.dev/moved.json".into();
    let (resolution, copy) = fetch(&changed, Some(&good), NOW + DAY);
    assert!(is_refused(&resolution));
    assert_eq!(copy.client, None);
}

#[tokio::test]
async fn copies_are_kept_and_replaced() {
    let server = Server::new().await;
    let store = server.store().await;
    assert_eq!(store.document(URL).await.unwrap(), None);
    let (_, first) = fetch(&document(), None, NOW);
    let (_, second) = fetch(&document(), None, NOW + DAY);
    for copy in [first, second] {
        store.save_document(URL, &copy).await.unwrap();
        assert_eq!(store.document(URL).await.unwrap(), Some(copy));
    }
}

#[test]
fn links_of_a_description_are_neither_kept_nor_shown() {
    let mut linked = document();
    for member in ["client_uri", "logo_uri", "policy_uri", "tos_uri", "jwks_uri"] {
        linked[member] = "javascript:alert(1)".into();
    }
    let (resolution, copy) = fetch(&linked, None, NOW);
    assert!(matches!(resolution, Resolution::Known(_)), "{resolution:?}");
    assert!(!format!("{resolution:?} {copy:?}").contains("javascript"));
}

#[tokio::test]
async fn descriptions_that_strangers_name_do_not_fill_the_database_or_push_out_good_ones() {
    let server = Server::new().await;
    let store = server.store().await;
    let (_, good) = fetch(&document(), None, NOW);
    store.save_document(URL, &good).await.unwrap();
    // As a flood would leave the table: full of failures that are newer.
    let flood = platform::Statement::new(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) \
         INSERT INTO oauth_documents SELECT 'https://zed.dev/' || i, ?2, ?3 + i FROM n",
        [
            (MOST_DOCUMENTS + 1000).into(),
            format!("{{\"client\":null,\"fetched\":{NOW},\"next\":{NOW}}}").into(),
            (good.next + MINUTE).into(),
        ],
    );
    server.platform.database().run(vec![flood]).await.unwrap();
    let late = "https://zed.dev/late.json";
    let (_, failed) = after_fetch(late, None, None, NOW);
    store.save_document(late, &failed).await.unwrap();
    assert_eq!(store.document(URL).await.unwrap(), Some(good));
    assert_eq!(
        store.document(late).await.unwrap(),
        Some(failed),
        "what was asked for just now is not asked for again"
    );
    let count = platform::Statement::new("SELECT count(*) FROM oauth_documents", []);
    let rows = server.platform.database().run(vec![count]).await.unwrap();
    assert!(rows[0].rows[0][0].as_i64().unwrap() <= MOST_DOCUMENTS + 1);
}
