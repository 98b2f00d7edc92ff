//! What happens to a setting that cannot be read: it is named, and it never silently becomes something else.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use platform_native::memory::World;
use web::settings::{
    self, ARCHIVE_DAYS, BUNDLED_NETWORK, CORS_ORIGINS, Origins, SNAPSHOT_RECHECK_SECONDS,
    SPACESCOPE_BASE_URL, SPACESCOPE_TIMEOUT_SECONDS, Setting as _,
};

fn with(name: &str, value: &str) -> World {
    World::default().with_variable(name, value)
}

#[tokio::test]
async fn what_is_set_is_read_with_white_space_around_it_too() {
    assert_eq!(ARCHIVE_DAYS.read(&with("ARCHIVE_DAYS", " 30\n").platform()).await, Ok(30));
    assert_eq!(BUNDLED_NETWORK.read(&with("BUNDLED_NETWORK", " Off ").platform()).await, Ok(false));
    let url = with("SPACESCOPE_BASE_URL", "https://api.example.com/ \n");
    assert_eq!(
        SPACESCOPE_BASE_URL.read(&url.platform()).await,
        Ok(Some("https://api.example.com".to_owned()))
    );
    let origins =
        CORS_ORIGINS.read(&with("CORS_ORIGINS", "https://a.example/, http://b.example:80 ").platform()).await;
    let listed = Origins::Listed(vec!["https://a.example".to_owned(), "http://b.example:80".to_owned()]);
    assert_eq!(origins, Ok(listed));
}

#[tokio::test]
async fn what_is_not_set_has_the_default_and_nobody_complains() {
    let world = World::default();
    let platform = world.platform();
    assert_eq!(ARCHIVE_DAYS.read(&platform).await, Ok(400));
    assert_eq!(BUNDLED_NETWORK.read(&platform).await, Ok(true));
    assert_eq!(CORS_ORIGINS.read(&platform).await, Ok(Origins::Any));
    assert_eq!(settings::complaints(&platform, settings::GROUPS).await, Vec::<String>::new());
    assert_eq!(world.log_lines().len(), 0);
}

#[tokio::test]
async fn a_value_that_cannot_be_read_is_named_with_what_is_accepted() {
    for (name, value, accepted) in [
        ("ARCHIVE_DAYS", "soon", "a whole number of days from 1 to 36500"),
        ("ARCHIVE_DAYS", "0", "a whole number of days from 1 to 36500"),
        ("SNAPSHOT_RECHECK_SECONDS", "-1", "a whole number of seconds from 0 to 86400"),
        ("SNAPSHOT_RECHECK_SECONDS", "20s", "a whole number of seconds from 0 to 86400"),
        ("SPACESCOPE_TIMEOUT_SECONDS", "180", "a whole number of seconds from 1 to 120"),
        ("BUNDLED_NETWORK", "treu", "true or false"),
        ("CORS_ORIGINS", "app.example.com", "origins such as https://app.example.com"),
        ("MCP_ALLOWED_ORIGINS", "https://a.example/path", "origins such as https://app.example.com"),
        ("SPACESCOPE_BASE_URL", "api.spacescope.io", "an address such as"),
        ("ADMIN_API_KEY", "hunter2", "24 or more characters"),
    ] {
        let complaints = settings::complaints(&with(name, value).platform(), settings::GROUPS).await;
        let [complaint] = &complaints[..] else { panic!("{name}={value}: {complaints:?}") };
        assert!(complaint.contains(name) && complaint.contains(accepted), "{complaint}");
        assert!(!complaint.contains("hunter2"), "{complaint}");
    }
}

#[tokio::test]
async fn until_it_is_corrected_a_switch_is_off_and_a_number_the_default_and_the_log_says_so_once() {
    let world = with("BUNDLED_NETWORK", "treu")
        .with_variable("ARCHIVE_DAYS", "soon")
        .with_variable("SPACESCOPE_TIMEOUT_SECONDS", "0")
        .with_variable("SPACESCOPE_BASE_URL", "nowhere");
    let platform = world.platform();
    for _ in 0..3 {
        assert_eq!(BUNDLED_NETWORK.read(&platform).await, Ok(false));
        assert_eq!(ARCHIVE_DAYS.read(&platform).await, Ok(400));
        assert_eq!(SPACESCOPE_TIMEOUT_SECONDS.read(&platform).await, Ok(20));
        assert_eq!(SNAPSHOT_RECHECK_SECONDS.read(&platform).await, Ok(20));
        assert_eq!(SPACESCOPE_BASE_URL.read(&platform).await, Ok(None));
    }
    let lines = world.log_lines();
    let warned: Vec<_> = lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
    assert_eq!(warned.len(), 4, "{warned:?}");
    assert!(warned[1].contains("ARCHIVE_DAYS"), "{warned:?}");
}

#[tokio::test]
async fn every_setting_reads_its_own_default_and_no_name_stands_twice() {
    let mut names = Vec::new();
    for setting in settings::all() {
        assert!(
            setting.default_value().is_empty() || setting.is_readable(&setting.default_value()),
            "{}",
            setting.name()
        );
        assert!(setting.meaning().ends_with('.'), "{}", setting.name());
        names.push(setting.name());
    }
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[tokio::test]
async fn a_key_of_api_keys_that_cannot_be_used_is_complained_of_without_being_shown() {
    for value in
        ["{\"ci\": 4", "ci:short", "ci:a-key-of-this-test-and-no-other,ci:another-key-of-this-test-only"]
    {
        let complaints = settings::complaints(&with("API_KEYS", value).platform(), settings::GROUPS).await;
        assert_eq!(complaints.len(), 1, "{value}");
        assert!(complaints[0].contains("API_KEYS") && !complaints[0].contains("short"), "{complaints:?}");
    }
    let good = "{\"ci\": \"a-key-of-this-test-and-no-other\"}";
    assert!(settings::complaints(&with("API_KEYS", good).platform(), settings::GROUPS).await.is_empty());
}

#[test]
fn a_list_of_hosts_takes_names_and_no_addresses() {
    let hosts = &settings::CIMD_HOSTS;
    for good in ["claude.ai", "claude.ai, chatgpt.com", "a-b.example.co"] {
        assert!(hosts.is_readable(good), "{good}");
    }
    for bad in [
        "localhost",
        "10.0.0.1",
        "https://claude.ai",
        "claude.ai:443",
        "*.claude.ai",
        "claude.ai/x",
        "a..b",
        "169.254.169.254",
    ] {
        assert!(!hosts.is_readable(bad), "{bad}");
    }
}

#[test]
fn private_hosts_are_named_and_never_all_at_once() {
    let hosts = &settings::MCP_PRIVATE_HOSTS;
    for good in [
        "https://*:443",
        "https://*",
        "http://mcp.internal:8080",
        "http://*.internal:*",
        "http://10.0.0.5:*",
        "https://a_b",
    ] {
        assert!(hosts.is_readable(good), "{good}");
    }
    for bad in [
        "http://*:*",
        "https://*:*",
        "*://*:*",
        "http://*",
        "mcp.internal",
        "http://a.*.b:1",
        "http://a/x",
        "http://a:0",
        "ftp://a:21",
    ] {
        assert!(!hosts.is_readable(bad), "{bad}");
    }
}
