//! Budgets of tokens, and the record of what models were asked.

use chrono::{DateTime, TimeDelta, Utc};
use models::{Kind, Request, usage};

use crate::double::{Answer, Double, end, models, payer, says};

fn noon() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn ask(most: u32) -> Request {
    Request::new("").user("How much?").max_tokens(most)
}

fn says_for(protocol: &str, tokens: (u64, u64)) -> Answer {
    Answer::Json(200, says(protocol, "So much.", end(protocol), tokens))
}

#[tokio::test]
async fn the_token_after_the_last_is_refused_and_the_next_day_it_is_not() {
    let double = Double::with([says_for("openai", (900, 100)), says_for("openai", (1, 1))]).await;
    let world = double.world("openai").at(noon());
    let platform = world.platform();
    let model = models(&platform).await.choose(None).unwrap();
    let payer = payer(1_000);
    model.complete(&platform, &payer, &ask(100)).await.unwrap();
    assert_eq!(usage(&platform, &payer).await.unwrap().spent, 1_000);
    let refused = model.complete(&platform, &payer, &ask(100)).await.unwrap_err();
    assert_eq!((refused.kind, refused.retry_after.unwrap().as_secs()), (Kind::Budget, 12 * 3600));
    assert_eq!(double.asked().len(), 1, "the provider was not asked");
    world.set_now(noon() + TimeDelta::hours(12));
    model.complete(&platform, &payer, &ask(100)).await.unwrap();
    assert_eq!(usage(&platform, &payer).await.unwrap().spent, 2);
}

#[tokio::test]
async fn two_calls_at_once_cannot_both_spend_the_rest() {
    for _ in 0..10 {
        let double = Double::with([says_for("google", (50, 450)), says_for("google", (50, 450))]).await;
        let platform = double.world("google").at(noon()).platform();
        let model = models(&platform).await.choose(None).unwrap();
        let payer = payer(600);
        let request = ask(550);
        let (one, other) = tokio::join!(
            model.complete(&platform, &payer, &request),
            model.complete(&platform, &payer, &request)
        );
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        assert_eq!(one.err().or(other.err()).unwrap().kind, Kind::Budget);
        assert_eq!(usage(&platform, &payer).await.unwrap().spent, 500, "what was not used is given back");
    }
}

#[tokio::test]
async fn where_little_is_left_the_answer_may_be_that_short() {
    let double = Double::with([says_for("anthropic", (20, 30))]).await;
    let platform = double.world("anthropic").at(noon()).platform();
    let model = models(&platform).await.choose(None).unwrap();
    model.complete(&platform, &payer(200), &ask(8_000)).await.unwrap();
    let most = double.asked()[0].body["max_tokens"].as_u64().unwrap();
    assert!((16..200).contains(&most), "{most}");
}

#[tokio::test]
async fn a_call_that_the_provider_refused_costs_nothing_and_is_in_the_record() {
    let busy = Answer::Json(503, serde_json::json!({}));
    let double =
        Double::with([busy.clone(), busy.clone(), busy, says_for("anthropic", (1_000, 2_000))]).await;
    let platform = double.world("anthropic").at(noon()).platform();
    let model = models(&platform).await.choose(None).unwrap();
    let payer = payer(1_000_000);
    model.complete(&platform, &payer, &ask(10)).await.unwrap_err();
    assert_eq!(usage(&platform, &payer).await.unwrap().spent, 0);
    model.complete(&platform, &payer, &ask(10)).await.unwrap();
    let usage = usage(&platform, &payer).await.unwrap();
    let model = &usage.models[0];
    assert_eq!((usage.spent, model.calls, model.failures), (3_000, 2, 1));
    // 1,000 tokens at $2 and 2,000 at $10 for a million.
    assert_eq!((model.model.as_str(), model.cost), ("anthropic/claude-sonnet-5-5", 22_000));
}

#[tokio::test]
async fn a_call_whose_answer_was_lost_costs_what_was_asked() {
    let double = Double::with([Answer::Nothing]).await;
    let platform = double.world("openai").platform();
    let model = models(&platform).await.choose(None).unwrap();
    let payer = payer(1_000_000);
    model.complete(&platform, &payer, &ask(1_000)).await.unwrap_err();
    let spent = usage(&platform, &payer).await.unwrap().spent;
    assert!((1..1_000).contains(&spent), "{spent}");
}

#[tokio::test]
async fn a_key_without_a_budget_asks_nothing() {
    let double = Double::with([]).await;
    let platform = double.world("openai").platform();
    let model = models(&platform).await.choose(None).unwrap();
    let refused = model.complete(&platform, &payer(0), &ask(10)).await.unwrap_err();
    assert_eq!((refused.kind, double.asked().len()), (Kind::Budget, 0));
}
