//! What happens where a store does not answer, or is not there.

use crate::common::{OPERATOR, instance, with};

const CI: &str = "a-key-from-the-settings-file";

#[tokio::test]
async fn while_the_counter_does_not_answer_reading_goes_on_and_the_log_says_so() {
    let one = with(&[("API_KEYS", &format!("ci:{CI}"))]);
    one.world.fail(Some("database"));
    for reply in [one.get("/read").await, one.get_as("/read", CI).await] {
        assert_eq!((reply.status, reply.header("ratelimit-limit")), (200, None));
    }
    let logged = format!("{:?}", one.world.log_lines());
    assert_eq!(logged.matches("without being counted").count(), 2, "{logged}");
    let jobs = one.post_as("/jobs", CI).await;
    assert_eq!((jobs.status, jobs.code().as_str()), (503, "STORAGE_UNAVAILABLE"));
    assert!(!jobs.text.contains("made to fail"), "the reason is the operator's: {}", jobs.text);
    one.world.fail(None);
    assert_eq!(one.post_as("/jobs", CI).await.left(), 59, "what was not counted is forgotten");
}

#[tokio::test]
async fn while_keys_cannot_be_looked_up_a_caller_with_one_is_told_to_come_again() {
    let one = instance();
    let key = one.plain_key().await;
    one.world.fail(Some("database"));
    let reply = one.get_as("/read", &key).await;
    assert_eq!((reply.status, reply.code().as_str()), (503, "STORAGE_UNAVAILABLE"));
    assert_eq!(one.get_as("/admin", OPERATOR).await.status, 200, "the operator is known without it");
    assert_eq!(one.get_as("/read", "mfe_mistyped").await.status, 401);
    one.world.fail(None);
    assert_eq!(one.get_as("/read", &key).await.status, 200);
}

#[tokio::test]
async fn while_the_settings_cannot_be_read_nobody_gets_in_and_that_is_not_remembered() {
    let one = instance();
    one.world.fail(Some("config"));
    for reply in [one.get("/read").await, one.get_as("/admin", OPERATOR).await] {
        assert_eq!((reply.status, reply.code().as_str()), (503, "STORAGE_UNAVAILABLE"));
    }
    one.world.fail(None);
    assert_eq!(one.get("/read").await.status, 200);
}

#[tokio::test]
async fn where_there_is_no_database_what_cannot_be_counted_is_closed() {
    let one = with(&[("PUBLISH_WITHOUT_DATABASE", "true"), ("API_KEYS", &format!("ci:{CI}"))]);
    one.world.stop_after(Some(0));
    let foreign = access::Secret::mint(access::Kind::Key, [7; 32]);
    for reply in
        [one.get("/read").await, one.get_as("/read", CI).await, one.get_as("/read", foreign.reveal()).await]
    {
        assert_eq!((reply.status, reply.code().as_str()), (503, "NOTHING_CAN_BE_COUNTED"));
    }
    assert_eq!(one.get_as("/read", OPERATOR).await.status, 200);
    assert_eq!(one.get("/health").await.status, 200);
}
