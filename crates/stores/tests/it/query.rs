//! Statements that users write: what passes, what is refused, and how values look.

use foliosync_engine::store::{Store, StoreError};
use serde_json::json;
use tempfile::tempdir;

use crate::support::{claim, commit, day_count, draft, open, page};

#[tokio::test]
async fn only_one_statement_that_reads_passes() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    store.put_connection(draft("a")).await.unwrap();
    let claims = claim(&store).await;
    commit(&store, &claims[0], page("one", 3, 7)).await.unwrap();

    for sql in [
        "SELECT count(*) FROM trades.daily_log",
        "FROM trades.daily_log;",
        "WITH x AS (SELECT 1) SELECT * FROM x -- done",
        "VALUES (1)",
        "DESCRIBE trades.daily_log",
        "SHOW TABLES",
        "SUMMARIZE trades.daily_log",
    ] {
        let answer = store.query(sql).await;
        assert!(answer.is_ok(), "{sql}: {answer:?}");
    }
    let secret = folder.path().join("secret.csv");
    std::fs::write(&secret, "a,b\n1,2\n").unwrap();
    let secret = secret.display();
    let target = folder.path().join("out.csv");
    for sql in [
        "",
        "-- nothing",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE trades.daily_log",
        "DROP TABLE trades.daily_log; SELECT 1",
        "COMMIT; DROP TABLE trades.daily_log; SELECT 1",
        "DELETE FROM trades.daily_log",
        "INSERT INTO trades.daily_log SELECT * FROM trades.daily_log",
        "WITH x AS (DELETE FROM trades.daily_log RETURNING *) SELECT * FROM x",
        "EXPLAIN ANALYZE DELETE FROM trades.daily_log",
        "CREATE TABLE x (a INT)",
        "CREATE TEMP TABLE x AS SELECT 1",
        "UPDATE trades.daily_log SET net_liquidity = 0",
        "ATTACH 'other.duckdb'",
        "SET memory_limit = '100GB'",
        "PRAGMA database_list",
        "CHECKPOINT",
        "INSTALL httpfs",
        "CALL pragma_version()",
        "SELECT * FROM query('DROP TABLE trades.daily_log')",
        "SELECT * FROM nowhere",
        "SELECT FROM WHERE",
        "SELECT 'a'::INT",
        &format!("COPY trades.daily_log TO '{}'", target.display()),
        &format!("SELECT * FROM read_csv('{secret}')"),
        &format!("SELECT * FROM '{secret}'"),
        &format!("SELECT * FROM read_text('{secret}')"),
        &format!("SELECT * FROM glob('{}/*')", folder.path().display()),
    ] {
        let refused = store.query(sql).await;
        assert!(matches!(refused, Err(StoreError::Query(_))), "{sql}: {refused:?}");
    }
    assert_eq!(day_count(&store).await, 3);
    assert!(!target.exists());
}

#[tokio::test]
async fn values_keep_every_digit() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    let check = async |expression: &str, want: serde_json::Value| {
        let answer = store.query(&format!("SELECT {expression}")).await.unwrap();
        assert_eq!(answer.rows[0][0], want, "{expression}");
    };
    check("1.50::DECIMAL(38,18)", json!("1.5")).await;
    check("1200::DECIMAL(38,18)", json!("1200")).await;
    check("99999999999999999999.999999999999999999::DECIMAL(38,18)", json!("99999999999999999999.999999999999999999"))
        .await;
    check("9007199254740993::BIGINT", json!("9007199254740993")).await;
    check("42", json!(42)).await;
    check("sum(x) FROM range(5) t(x)", json!("10")).await;
    check("DATE '2024-02-29'", json!("2024-02-29")).await;
    check("TIMESTAMPTZ '2024-02-29 12:00:00.123456+00'", json!("2024-02-29T12:00:00.123456Z")).await;
    check("NULL", json!(null)).await;
    check("true", json!(true)).await;
    check("[1, 2]", json!("[1, 2]")).await;
    check("'=1+1'", json!("=1+1")).await;
}

#[tokio::test]
async fn long_answers_are_cut_and_say_so() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    let answer = store.query("SELECT * FROM range(20000)").await.unwrap();
    assert_eq!((answer.rows.len(), answer.truncated.as_deref()), (10_000, Some("only the first 10000 rows are shown")));
    let answer = store.query("SELECT repeat('x', 1000000) FROM range(100)").await.unwrap();
    assert_eq!((answer.rows.len(), answer.truncated.is_some()), (16, true));
    let refused = store.query("SELECT repeat('x', 2000000)").await;
    assert!(matches!(refused, Err(StoreError::Query(_))), "{refused:?}");
}
