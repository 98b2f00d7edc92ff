//! Which providers there are, and which model is asked.

use models::{Kind, Models};
use platform_native::memory::World;
use serde_json::json;

async fn open(variables: &[(&str, &str)]) -> Models {
    let world =
        variables.iter().fold(World::default(), |world, (name, value)| world.with_variable(name, value));
    Models::open(&world.platform()).await.unwrap()
}

/// A deployment with these settings, in which Workers AI is bound.
async fn bound(variables: &[(&str, &str)]) -> Models {
    let world = World::default().with_models("http://127.0.0.1:1");
    let world = variables.iter().fold(world, |world, (name, value)| world.with_variable(name, value));
    Models::open(&world.platform()).await.unwrap()
}

fn chosen(models: &Models, wanted: Option<&str>) -> String {
    models.choose(wanted).map_or_else(|failure| failure.detail, |model| model.by())
}

#[tokio::test]
async fn without_a_provider_callers_are_told_how_the_operator_sets_one() {
    let failure = Models::open(&World::default().platform()).await.unwrap_err();
    assert_eq!(failure.kind, Kind::NoModel);
    for word in ["ANTHROPIC_API_KEY", "MODEL_PROVIDERS", "scripts/dev --with-model"] {
        assert!(failure.detail.contains(word), "{failure}");
    }
}

#[tokio::test]
async fn a_key_is_all_that_a_known_provider_needs() {
    let models = open(&[("OPENAI_API_KEY", "k"), ("GOOGLE_API_KEY", "k")]).await;
    assert_eq!(models.names(), ["google/gemini-3.8-flash", "openai/gpt-6-sol"]);
    assert_eq!(chosen(&models, Some("openai")), "openai/gpt-6-sol");
    assert_eq!(chosen(&models, Some("gpt-6-sol")), "openai/gpt-6-sol");
    let models =
        open(&[("OPENAI_API_KEY", "k"), ("GOOGLE_API_KEY", "k"), ("MODEL_DEFAULT", "openai/gpt-6-luna")])
            .await;
    assert_eq!(chosen(&models, None), "openai/gpt-6-luna");
}

#[tokio::test]
async fn providers_are_added_and_changed_by_name() {
    let providers = json!({
        "local": {"protocol": "openai", "url": "http://127.0.0.1:11434/v1/", "model": "llama3.2", "models": ["qwen3:4b"]},
        "anthropic": {"model": "claude-haiku-5-5"},
    });
    let models = open(&[("ANTHROPIC_API_KEY", "k"), ("MODEL_PROVIDERS", &providers.to_string())]).await;
    assert_eq!(models.names(), ["anthropic/claude-haiku-5-5", "local/llama3.2", "local/qwen3:4b"]);
    assert_eq!(chosen(&models, Some("qwen3:4b")), "local/qwen3:4b");
    assert_eq!(models.choose(Some("local")).unwrap().provider().url, "http://127.0.0.1:11434/v1");
}

#[tokio::test]
async fn callers_choose_among_what_the_operator_allows_and_nothing_else() {
    let models = open(&[("ANTHROPIC_API_KEY", "k")]).await;
    let failure = models.choose(Some("anthropic/claude-fable-5-1")).unwrap_err();
    assert_eq!(failure.kind, Kind::UnknownModel);
    assert!(failure.detail.contains("anthropic/claude-sonnet-5-5"), "{failure}");
    assert!(models.choose(Some("anthropicclaude-sonnet-5-5")).is_err());
    let operators = models.named(Some("anthropic"), Some("claude-fable-5-1")).unwrap();
    assert_eq!(operators.by(), "anthropic/claude-fable-5-1");
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_is_left_out_and_named_in_the_log_without_its_values() {
    let providers = json!({
        "a": {"protocol": "smoke-signals", "url": "https://a.example", "key": "sk-hidden"},
        "b": {"protocol": "openai", "url": "ftp://b.example", "model": "m", "key": "sk-hidden"},
        "c": {"protocol": "openai", "url": "https://c.example", "model": "m", "key": "sk-hidden", "modle": "x"},
        "d": {"protocol": "google", "url": "https://d.example", "model": "../../secret?x", "key": "sk-hidden"},
        "fine": {"protocol": "openai", "url": "https://e.example/v1", "model": "m"},
    });
    let world = World::default().with_variable("MODEL_PROVIDERS", &providers.to_string());
    let models = Models::open(&world.platform()).await.unwrap();
    assert_eq!(models.names(), ["fine/m"]);
    let log = format!("{:?}", world.log_lines());
    for name in ["entry a ", "entry b ", "entry c ", "entry d "] {
        assert!(log.contains(name), "{name}: {log}");
    }
    assert!(!log.contains("sk-hidden"), "{log}");
}

#[tokio::test]
async fn a_binding_is_all_that_workers_ai_needs() {
    let models = bound(&[]).await;
    assert_eq!(models.names(), ["workers-ai/@cf/zai-org/glm-5.3-flash"]);
    assert_eq!(chosen(&models, Some("@cf/zai-org/glm-5.3-flash")), models.names()[0]);
    // Whoever has set a key means that provider.
    let models = bound(&[("OPENAI_API_KEY", "k")]).await;
    assert_eq!(chosen(&models, None), "openai/gpt-6-sol");
    let providers = json!({
        "workers-ai": {"model": "@cf/openai/gpt-oss-120b", "models": ["@cf/qwen/qwen3.8-27b"]},
        "glm": {"protocol": "workers-ai"},
    });
    let models = bound(&[("MODEL_PROVIDERS", &providers.to_string())]).await;
    assert_eq!(
        models.names(),
        [
            "workers-ai/@cf/openai/gpt-oss-120b",
            "workers-ai/@cf/qwen/qwen3.8-27b",
            "glm/@cf/zai-org/glm-5.3-flash",
        ]
    );
}

#[tokio::test]
async fn without_its_binding_workers_ai_is_refused_with_the_reason() {
    for entry in [json!({}), json!({"model": "@cf/openai/gpt-oss-120b"})] {
        let providers = json!({"workers-ai": entry}).to_string();
        let world = World::default().with_variable("MODEL_PROVIDERS", &providers);
        assert_eq!(Models::open(&world.platform()).await.unwrap_err().kind, Kind::NoModel);
        let faults = models::faults(&world.platform()).await;
        assert_eq!(faults.len(), 1, "{faults:?}");
        for word in ["workers-ai", "binding", "Cloudflare", "wrangler.toml"] {
            assert!(faults[0].contains(word), "{faults:?}");
        }
    }
    // Its address for everybody speaks OpenAI's protocol, and needs no binding.
    let entry = json!({"protocol": "openai", "url": "https://api.cloudflare.com/client/v4/accounts/a/ai/v1", "key": "k"});
    let models = open(&[("MODEL_PROVIDERS", &json!({"workers-ai": entry}).to_string())]).await;
    assert_eq!(models.names(), ["workers-ai/@cf/zai-org/glm-5.3-flash"]);
}

#[tokio::test]
async fn a_binding_takes_neither_an_address_nor_a_key() {
    for entry in [json!({"url": "https://a.example"}), json!({"key": "sk-hidden"})] {
        let world = World::default()
            .with_models("http://127.0.0.1:1")
            .with_variable("MODEL_PROVIDERS", &json!({"workers-ai": entry}).to_string());
        let faults = models::faults(&world.platform()).await;
        assert!(
            faults[0].contains("no `url` and no `key`") && !faults[0].contains("sk-hidden"),
            "{faults:?}"
        );
    }
}

#[tokio::test]
async fn a_name_that_is_none_is_not_repeated() {
    let providers =
        json!({"sk-hidden key": {"protocol": "openai", "url": "https://a.example", "model": "m"}});
    let world = World::default().with_variable("MODEL_PROVIDERS", &providers.to_string());
    let faults = models::faults(&world.platform()).await;
    assert!(faults.len() == 1 && !faults[0].contains("sk-hidden"), "{faults:?}");
}
