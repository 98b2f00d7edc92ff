use serde_json::{Value, json};

use crate::support::{Application, Running};

const GRANTED: &str = r#"sqlite_databases = ["default"]"#;

async fn execute(running: &Running, statements: Value) -> Value {
    running.post("/sql", json!({ "database": "default", "statements": statements })).await
}

async fn with_table(columns: &str) -> Running {
    let running = Application::granted(GRANTED).start().await.unwrap();
    let created = execute(&running, json!([[format!("CREATE TABLE t ({columns})"), []]])).await;
    assert_eq!(created[0]["ok"]["rows"], json!([]));
    running
}

#[tokio::test]
async fn every_kind_of_value_goes_in_and_comes_out() {
    let running = with_table("id INTEGER PRIMARY KEY, value").await;
    let values = json!([7, 0.5, "text", [1, 2, 255], null]);
    for value in values.as_array().unwrap() {
        execute(&running, json!([["INSERT INTO t (value) VALUES (?)", [value]]])).await;
    }
    let read = execute(&running, json!([["SELECT id, value FROM t ORDER BY id", []]])).await;
    assert_eq!(read[0]["ok"]["columns"], json!(["id", "value"]));
    let rows = read[0]["ok"]["rows"].as_array().unwrap();
    let read: Vec<&Value> = rows.iter().map(|row| &row[1]).collect();
    assert_eq!(json!(read), values);
}

#[tokio::test]
async fn a_connection_tells_what_it_changed() {
    let running = with_table("id INTEGER PRIMARY KEY, value").await;
    let insert = ["INSERT INTO t (value) VALUES (1), (2), (3) RETURNING id"];
    let done = execute(&running, json!([[insert[0], []], ["UPDATE t SET value = 0 WHERE id > 1", []]])).await;
    assert_eq!(done[0]["ok"]["rows"], json!([[1], [2], [3]]));
    assert_eq!((&done[0]["ok"]["changes"], &done[0]["ok"]["last_insert_rowid"]), (&json!(3), &json!(3)));
    assert_eq!(done[1]["ok"]["changes"], 2);
}

#[tokio::test]
async fn a_transaction_that_is_not_committed_is_rolled_back_with_its_connection() {
    let running = with_table("value").await;
    let insert = ["INSERT INTO t VALUES (1)"];
    let begun = execute(&running, json!([["BEGIN IMMEDIATE", []], [insert[0], []]])).await;
    assert_eq!(begun[1]["ok"]["changes"], 1);
    let committed =
        execute(&running, json!([["BEGIN IMMEDIATE", []], [insert[0], []], ["COMMIT", []]])).await;
    assert_eq!(committed[2]["ok"]["rows"], json!([]));
    let count = execute(&running, json!([["SELECT count(*) FROM t", []]])).await;
    assert_eq!(count[0]["ok"]["rows"], json!([[1]]));
}

#[tokio::test]
async fn a_statement_that_fails_says_why() {
    let running = with_table("value UNIQUE NOT NULL").await;
    let insert = ["INSERT INTO t VALUES (1)"];
    let tried =
        json!([[insert[0], []], [insert[0], []], ["SELECT * FROM absent", []], ["SELECT 1; SELECT 2", []]]);
    let done = execute(&running, tried).await;
    let error = |index: usize| done[index]["error"].as_str().unwrap_or_default();
    assert!(error(1).contains("UNIQUE constraint failed"), "{done}");
    assert!(error(2).contains("no such table: absent"), "{done}");
    assert!(error(3).contains("Multiple statements"), "{done}");
}

#[tokio::test]
async fn no_increment_is_lost_when_many_come_at_once() {
    let running = with_table("id INTEGER PRIMARY KEY, n INTEGER").await;
    let increment = "INSERT INTO t VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = n + 1 RETURNING n";
    let mut seen = Vec::new();
    let mut tasks = tokio::task::JoinSet::new();
    let running = std::sync::Arc::new(running);
    for _ in 0..12 {
        let running = std::sync::Arc::clone(&running);
        tasks.spawn(async move {
            loop {
                let done = execute(&running, json!([[increment, []]])).await;
                match done[0]["error"].as_str() {
                    Some(error) => assert!(error.contains("database is locked"), "{error}"),
                    None => return done[0]["ok"]["rows"][0][0].as_i64().unwrap(),
                }
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        seen.push(done.unwrap());
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=12).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_database_that_another_connection_has_locked_is_busy() {
    let application = Application::granted(GRANTED);
    let running = application.start().await.unwrap();
    let other = rusqlite::Connection::open(application.path("state/sqlite_db.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = execute(&running, json!([["BEGIN IMMEDIATE", []]])).await;
    assert!(begun[0]["error"].as_str().unwrap_or_default().contains("database is locked"), "{begun}");
    other.execute_batch("ROLLBACK").unwrap();
    let begun = execute(&running, json!([["BEGIN IMMEDIATE", []]])).await;
    assert_eq!(begun[0]["ok"]["rows"], json!([]));
}

#[tokio::test]
async fn a_database_that_was_not_granted_is_denied() {
    let running = Application::granted("").start().await.unwrap();
    let denied = running.post("/sql", json!({ "database": "default", "statements": [] })).await;
    assert_eq!(denied, json!({ "error": "Error::AccessDenied" }));
}
