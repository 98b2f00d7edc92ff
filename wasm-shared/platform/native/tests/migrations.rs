//! Tables are brought to their newest version once, however many instances try at the same time.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use platform::{Platform, Statement, Value, migrate};
use platform_native::memory::World;

/// The second version cannot be applied twice: SQLite knows no `ADD COLUMN IF NOT EXISTS`.
const VERSIONS: [&str; 2] = [
    "-- A comment; not a statement.\nCREATE TABLE things (name TEXT PRIMARY KEY);\n",
    "ALTER TABLE things ADD COLUMN size INTEGER NOT NULL DEFAULT 7;\nINSERT INTO things (name) VALUES ('first');\n",
];

async fn sizes(platform: &Platform) -> Vec<Vec<Value>> {
    let select = Statement::new("SELECT size FROM things", []);
    platform.database().run(vec![select]).await.unwrap().remove(0).rows
}

#[tokio::test]
async fn instances_that_migrate_at_once_apply_each_version_once() {
    let world = World::default();
    let platforms = [(); 3].map(|()| world.platform());
    let [one, two, three] = &platforms;
    let results = tokio::join!(
        migrate(one, "things", &VERSIONS),
        migrate(two, "things", &VERSIONS),
        migrate(three, "things", &VERSIONS)
    );
    assert_eq!(results, (Ok(()), Ok(()), Ok(())));
    assert_eq!(sizes(one).await, [[Value::Integer(7)]]);
}

#[tokio::test]
async fn a_newer_release_applies_only_what_is_missing() {
    let world = World::default();
    migrate(&world.platform(), "things", &VERSIONS[..1]).await.unwrap();
    migrate(&world.platform(), "things", &VERSIONS).await.unwrap();
    migrate(&world.platform(), "things", &VERSIONS).await.unwrap();
    assert_eq!(sizes(&world.platform()).await, [[Value::Integer(7)]]);
}

#[tokio::test]
async fn a_migration_that_cannot_be_applied_is_an_error_and_leaves_the_version_before_it() {
    let world = World::default();
    let wrong =
        [VERSIONS[0], "CREATE TABLE others (name TEXT);\nALTER TABLE nowhere ADD COLUMN size INTEGER;\n"];
    for _ in 0..2 {
        let error = migrate(&world.platform(), "things", &wrong).await.unwrap_err();
        assert!(error.reason.contains("nowhere"), "{error}");
    }
    migrate(&world.platform(), "things", &VERSIONS).await.unwrap();
    assert_eq!(sizes(&world.platform()).await, [[Value::Integer(7)]]);
}
