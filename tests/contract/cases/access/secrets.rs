//! No secret lies in a store or in a log.

use std::{fs, path::Path};

use contract::{
    http::Client,
    platforms::{Platform, Stop},
    scene::ADMIN_KEY,
    suite::{Ask, Case},
};
use http::Method;
use serde_json::json;

use crate::sign_in::{Host, tokens};

pub(crate) fn cases() -> Vec<Case> {
    let name = concat!(module_path!(), "::neither_the_stores_nor_the_log_hold_a_key_a_code_or_a_token");
    let with_files = |platform: &'static Platform| match platform.name {
        "memory" => Err("it has no files; the log is searched by the tests of the guard"),
        _ => Ok(()),
    };
    vec![Case {
        name: name.to_owned(),
        ask: Ask::SomePlatforms(with_files, neither_the_stores_nor_the_log_hold_a_key_a_code_or_a_token),
    }]
}

fn neither_the_stores_nor_the_log_hold_a_key_a_code_or_a_token(platform: &'static Platform) {
    const CI: &str = "a-key-of-the-settings-for-tests";
    let variables = [("ADMIN_API_KEY", ADMIN_KEY.to_owned()), ("API_KEYS", format!("ci:{CI}"))]
        .map(|(name, value)| (name.to_owned(), value));
    let site = (platform.site)().unwrap_or_else(|error| panic!("{error}"));
    let running = site.start(&variables).unwrap_or_else(|error| panic!("{error}"));
    let client = Client::new(&running.base_url, vec![ADMIN_KEY.to_owned()]).expect("a URL");
    let operate = |method: Method, path: &str| client.request(method, path).bearer(ADMIN_KEY);
    let made =
        operate(Method::POST, "/api/admin/keys").json(&json!({"name": "searched"})).send().expect(201).json();
    let (id, first) = (made["id"].as_str().expect("an id"), made["key"].as_str().expect("a key").to_owned());
    let path = format!("/api/admin/keys/{id}");
    let rotated = operate(Method::POST, &format!("{path}/rotate")).send().ok();
    let second = rotated["key"].as_str().expect("a key").to_owned();
    for key in [&first, &second, CI, ADMIN_KEY] {
        assert_eq!(client.get("/historical-data?fields=burnt_fil").bearer(key).send().status, 200);
        assert_eq!(client.get("/api/admin/audit").bearer(&format!("{key}x")).send().status, 401);
        let _ = client.get(&format!("/api/admin/audit?admin_key={key}")).send_unchecked();
        let _ = client.get(&format!("/nothing/{key}")).send_unchecked();
    }
    // A host that signs in with it: what it gets, it uses, and each it sends where it does not belong.
    let host = Host::new(&client, "Searched");
    let code = host.code(&second);
    let (access, refresh) = tokens(&host.exchange(&code, &[]).ok());
    let (newer, newest) = tokens(&host.refresh(&refresh).ok());
    let given = [code, access, refresh, newer, newest];
    for secret in &given {
        let _ = client.get("/historical-data?fields=burnt_fil").bearer(secret).send_unchecked();
        let _ = client.get(&format!("/nothing/{secret}?token={secret}")).send_unchecked();
        assert_eq!(host.exchange(secret, &[]).status, 400);
    }
    assert_eq!(operate(Method::DELETE, &path).send().status, 200);
    running.stop(Stop::Gently);
    let secrets: Vec<&str> = [first.as_str(), &second, CI, ADMIN_KEY]
        .into_iter()
        .chain(given.iter().map(String::as_str))
        .collect();
    let state = site.state().expect("a folder");
    let mut read = 0;
    search(state, &mut |file, bytes| {
        read += bytes.len();
        // wrangler, which serves the Worker here and nowhere else, writes every address into the log. Ours are the lines of JSON.
        let ours;
        let bytes = if platform.name == "workerd" && file.extension().is_some_and(|end| end == "log") {
            ours = bytes
                .split(|byte| *byte == b'\n')
                .filter(|line| line.starts_with(b"{"))
                .collect::<Vec<_>>()
                .concat();
            assert!(!ours.is_empty(), "the log has lines of the product's");
            &ours[..]
        } else {
            bytes
        };
        // The traces that wrangler keeps on a developer's machine: it writes every address into them, too.
        if platform.name == "workerd" && file.components().any(|part| part.as_os_str() == "observability") {
            return;
        }
        // The test gave the settings in this file.
        if file.file_name().is_some_and(|name| name == "variables.env") {
            return;
        }
        for secret in &secrets {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{} holds {}...", file.display(), &secret[..8]);
        }
    });
    assert!(read > 4096, "the stores and the log were there: {read} bytes");
}

fn search(folder: &Path, look: &mut dyn FnMut(&Path, &[u8])) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            search(&path, look);
        } else if path.is_file() {
            look(&path, &fs::read(&path).expect("a file"));
        }
    }
}
