//! Statements that users write: what passes, what is refused, and how values look.

use arrow_ipc::reader::StreamReader;
use foliosync_engine::store::{QueryAsk, Rows, RowsFormat, Store, StoreError};
use serde_json::json;
use tempfile::tempdir;

use crate::support::{claim, commit, day_count, draft, now, open, page, query, request};

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
        let answer = query(&store, sql).await;
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
        let refused = query(&store, sql).await;
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
        let (_, rows) = query(&store, &format!("SELECT {expression}")).await.unwrap();
        assert_eq!(rows[0][0], want, "{expression}");
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
    let count = |rows: &serde_json::Value| rows.as_array().unwrap().len();
    let (answer, rows) = query(&store, "SELECT * FROM range(20000)").await.unwrap();
    let told = answer.truncated.as_deref();
    assert_eq!((count(&rows), told), (10_000, Some("only 10000 rows are shown, and there are more")));
    let (answer, rows) = query(&store, "SELECT repeat('x', 1000000) FROM range(100)").await.unwrap();
    assert_eq!((count(&rows), answer.truncated.is_some()), (16, true));
    let refused = query(&store, "SELECT repeat('x', 2000000)").await;
    assert!(matches!(refused, Err(StoreError::Query(_))), "{refused:?}");
}

/// What the database's own limits do not stop, the process does not survive, and the next query is none the worse.
#[tokio::test]
async fn a_query_that_takes_too_much_ends_alone() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    for sql in [
        "SELECT len(range(300000000))",
        "SELECT len(list(a.range || b.range::VARCHAR)) FROM range(100000) a, range(100000) b",
        "SELECT string_agg(repeat('x', 1000000) || range) FROM range(10000)",
    ] {
        let refused = query(&store, sql).await;
        assert!(matches!(refused, Err(StoreError::Query(_))), "{sql}: {refused:?}");
        let (_, rows) = query(&store, "SELECT 1").await.unwrap();
        assert_eq!(rows, json!([[1]]));
    }
}

/// A copy is made beside the work that goes on, is whole, and says what is in it.
#[tokio::test]
async fn answers_name_the_commits_that_they_saw() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    store.put_connection(draft("a")).await.unwrap();
    let claims = claim(&store).await;
    let count = "SELECT count(*), max(net_liquidity) FROM trades.daily_log";
    let first = query(&store, count).await.unwrap();
    assert_eq!(first.1, json!([[0, null]]));
    commit(&store, &claims[0], page("one", 3, 7)).await.unwrap();

    // Whoever does not mind gets what is there, and is told that it is older.
    let mut ask = QueryAsk::newest(count, now() + jiff::SignedDuration::from_secs(60));
    ask.age_max = Some(std::time::Duration::from_secs(3_600));
    let older = store.query(ask).await.unwrap();
    assert_eq!((older.snapshot.cursor, older.snapshot.age_ms), (first.0.snapshot.cursor, 60_000));

    let newest = query(&store, count).await.unwrap();
    assert_eq!(newest.1, json!([[3, "7"]]));
    assert!(newest.0.snapshot.cursor > first.0.snapshot.cursor);
    assert_eq!(newest.0.snapshot.age_ms, 0);
}

#[tokio::test]
async fn copies_are_whole_while_commits_go_on() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    store.put_connection(draft("a")).await.unwrap();
    let mut seen = Vec::new();
    for round in 1..=30_i64 {
        // Each commit replaces all rows, so a copy that held parts of two would hold two values.
        if round > 1 {
            request(&store, 1).await;
        }
        let claims = claim(&store).await;
        let writing = commit(&store, &claims[0], page("one", 300, round));
        let reading = query(&store, "SELECT count(*), min(net_liquidity), max(net_liquidity) FROM trades.daily_log");
        let (written, read) = tokio::join!(writing, reading);
        written.unwrap();
        let (_, rows) = read.unwrap();
        assert_eq!(rows[0][1], rows[0][2], "round {round}: {rows}");
        assert!([json!(0), json!(300)].contains(&rows[0][0]), "round {round}: {rows}");
        seen.push(rows[0][1].as_str().map_or(0, |value| value.parse::<i64>().unwrap()));
    }
    assert!(seen.is_sorted(), "{seen:?}");
    assert!(*seen.last().unwrap() >= 29, "{seen:?}");
}

#[tokio::test]
async fn rows_come_in_parts_and_as_arrow() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    let mut ask = QueryAsk::newest("SELECT range AS n, 1.5::DECIMAL(38,18) AS d FROM range(5000) ORDER BY 1", now());
    (ask.offset, ask.limit) = (4_990, 4);
    let answer = store.query(ask.clone()).await.unwrap();
    let Rows::Json(rows) = &answer.rows else { panic!("{answer:?}") };
    assert_eq!(rows.get(), r#"[[4990,"1.5"],[4991,"1.5"],[4992,"1.5"],[4993,"1.5"]]"#);
    assert!(answer.truncated.unwrap().contains("4 rows after the first 4990"));
    (ask.offset, ask.limit, ask.format) = (10, 4_990, RowsFormat::Arrow);
    let answer = store.query(ask).await.unwrap();
    let Rows::Arrow(bytes) = answer.rows else { panic!("{answer:?}") };
    let batches: Vec<_> = StreamReader::try_new(bytes.as_slice(), None).unwrap().map(Result::unwrap).collect();
    assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), 4_990);
    assert_eq!(batches[0].schema().field(1).data_type().to_string(), "Decimal128(38, 18)");
    assert_eq!(answer.truncated, None);
}

/// Of all places on the machine, only that of the copy itself is told, which the API names as well.
#[tokio::test]
async fn a_query_learns_nothing_about_the_machine() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    let path = folder.path().display().to_string();
    for sql in [
        "FROM duckdb_settings()",
        "FROM duckdb_databases()",
        "SHOW DATABASES",
        "FROM pragma_database_list()",
        "FROM duckdb_secrets()",
        "FROM duckdb_temporary_files()",
        "FROM duckdb_extensions()",
    ] {
        let Ok((_, rows)) = query(&store, sql).await else { continue };
        let told = rows.to_string().replace(&format!("{path}/snapshot/foliosync.duckdb"), "");
        assert!(!told.contains(&path) && !told.contains("/root") && !told.contains("/home"), "{sql}: {told}");
    }
    // Of its environment nothing is left either.
    let refused = query(&store, "SELECT getenv('HOME')").await;
    assert!(matches!(refused, Err(StoreError::Query(_))), "{refused:?}");
}
