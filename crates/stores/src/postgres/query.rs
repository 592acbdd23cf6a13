//! Statements that users and models write: each in a session of its own, as a role that may only read, which the server
//! stops in time.

use foliosync_engine::limits::{QUERY_BYTES_MAX, QUERY_CELL_BYTES_MAX, QUERY_SECONDS_MAX};
use foliosync_engine::store::{
    Answer, AnswerColumn, ColumnInfo, QueryAsk, Rows, RowsFormat, Snapshot, StoreError, TableInfo,
};
use futures_util::StreamExt;
use serde_json::Value as Json;
use serde_json::value::RawValue;
use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::{AssertSqlSafe, Column, Connection, Executor, PgConnection, Row, SqlSafeStr, TypeInfo, ValueRef};

use super::{Result, failed, run};

/// Lets the role of a reader see what may be queried, now and in tables to come.
pub async fn admit(db: &mut PgConnection, reader: &str) -> Result<()> {
    let role = crate::sql::quoted(reader);
    for schema in ["market", "trades", "accounts", "sync"] {
        run(
            db,
            &format!(
                "GRANT USAGE ON SCHEMA {schema} TO {role};
                 GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role};
                 ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON TABLES TO {role};"
            ),
        )
        .await?;
    }
    // What a lease holds is the program's own business.
    run(db, &format!("REVOKE ALL ON sync.leases, sync.counters FROM {role}")).await
}

pub async fn answer(reader: &PgConnectOptions, ask: QueryAsk) -> Result<Answer> {
    if ask.format != RowsFormat::Json {
        return Err(StoreError::Query("rows come as JSON from PostgreSQL; ask for that".into()));
    }
    let millis = ask.time_max.min(QUERY_SECONDS_MAX).as_millis().max(1);
    let mut db = PgConnection::connect_with(reader).await.map_err(|e| failed(&e))?;
    // Of the transaction, not of the session, which behind a pooler would be somebody else's next.
    let bounds = format!(
        "BEGIN READ ONLY;
         SET LOCAL statement_timeout = {millis};
         SET LOCAL idle_in_transaction_session_timeout = '60s';
         SET LOCAL search_path = pg_catalog;
         SET LOCAL work_mem = '64MB'"
    );
    let answered = match run(&mut db, &bounds).await {
        Ok(()) => run_one(&mut db, &ask).await,
        Err(error) => Err(error),
    };
    // Whatever it left behind ends with its session.
    let _ = db.close().await;
    answered
}

async fn run_one(db: &mut PgConnection, ask: &QueryAsk) -> Result<Answer> {
    let sql = ask.sql.trim().trim_end_matches(';').trim_end();
    let cursor: i64 = sqlx::query_scalar("SELECT coalesce(max(cursor), 0) FROM sync.run_events")
        .persistent(false)
        .fetch_one(&mut *db)
        .await
        .map_err(|e| failed(&e))?;
    // Prepared first: that takes one statement only, and names its columns also where there are no rows.
    let prepared = (&mut *db).prepare(AssertSqlSafe(sql.to_string()).into_sql_str()).await.map_err(|e| refused(&e))?;
    let columns = sqlx::Statement::columns(&prepared);
    if columns.is_empty() {
        let why = if sql.is_empty() {
            "the query is empty"
        } else {
            "only a statement that reads is allowed: SELECT, WITH, VALUES"
        };
        return Err(StoreError::Query(why.into()));
    }
    let columns =
        columns.iter().map(|c| AnswerColumn { name: c.name().into(), kind: kind(c.type_info().name()) }).collect();
    let mut told = Told { rows: vec![b'['], ..Told::default() };
    // Sent as text, so that every type comes as PostgreSQL writes it.
    let mut rows = sqlx::raw_sql(AssertSqlSafe(sql.to_string())).fetch(&mut *db);
    while let Some(row) = rows.next().await {
        if !told.add(&row.map_err(|e| refused(&e))?, ask)? {
            break;
        }
    }
    drop(rows);
    told.rows.push(b']');
    let broken = || StoreError::Failed("an answer is no JSON".into());
    let rows = String::from_utf8(told.rows).map_err(|_| broken())?;
    let rows = Rows::Json(RawValue::from_string(rows).map_err(|_| broken())?);
    let snapshot = Snapshot { cursor, at: ask.now, age_ms: 0 };
    Ok(Answer { columns, rows, truncated: told.truncated, snapshot })
}

/// Rows as they are written down.
#[derive(Default)]
struct Told {
    rows: Vec<u8>,
    passed: usize,
    written: usize,
    truncated: Option<String>,
}

impl Told {
    /// Whether more rows are wanted.
    fn add(&mut self, row: &PgRow, ask: &QueryAsk) -> Result<bool> {
        self.passed += 1;
        if self.passed <= ask.offset {
            return Ok(true);
        }
        if self.written == ask.limit {
            let from = if ask.offset == 0 { String::new() } else { format!(" after the first {}", ask.offset) };
            self.truncated = Some(format!("only {} rows{from} are shown, and there are more", self.written));
            return Ok(false);
        }
        let cells = (0..row.columns().len()).map(|nth| cell(row, nth)).collect::<Result<Vec<Json>>>()?;
        let before = self.rows.len();
        if self.written > 0 {
            self.rows.push(b',');
        }
        serde_json::to_writer(&mut self.rows, &cells).map_err(|e| StoreError::Failed(e.to_string()))?;
        if self.rows.len() > QUERY_BYTES_MAX {
            self.rows.truncate(before);
            self.truncated = Some(format!("rows past {QUERY_BYTES_MAX} bytes are left out"));
            return Ok(false);
        }
        self.written += 1;
        Ok(true)
    }
}

/// Whole numbers that every JSON reader holds exactly and floats are numbers; decimals and all else are texts.
fn cell(row: &PgRow, nth: usize) -> Result<Json> {
    const EXACT_MAX: i64 = 1 << 53;
    let value = row.try_get_raw(nth).map_err(|e| failed(&e))?;
    if value.is_null() {
        return Ok(Json::Null);
    }
    let text = value.as_str().map_err(|e| StoreError::Failed(e.to_string()))?;
    if text.len() > QUERY_CELL_BYTES_MAX {
        return Err(StoreError::Query(format!("a value is longer than {QUERY_CELL_BYTES_MAX} bytes")));
    }
    Ok(match kind(row.columns()[nth].type_info().name()).as_str() {
        "boolean" => Json::from(text == "t"),
        "integer" => text.parse::<i64>().ok().filter(|n| n.abs() <= EXACT_MAX).map_or_else(|| text.into(), Json::from),
        // Not money: only what the user's own expression turned into one; `NaN` is no number of JSON.
        "float" => serde_json::from_str(text).map_or_else(|_| text.into(), Json::Number),
        "decimal" if text.contains('.') => text.trim_end_matches('0').trim_end_matches('.').into(),
        "instant" => instant(text).into(),
        _ => text.into(),
    })
}

/// As RFC 3339 writes it; PostgreSQL has a blank in the middle and a short zone at its end.
fn instant(text: &str) -> String {
    let text = text.replacen(' ', "T", 1);
    text.strip_suffix("+00").map(|utc| format!("{utc}Z")).unwrap_or(text)
}

/// The name of a type, as people read it.
fn kind(sql: &str) -> String {
    match sql {
        "TEXT" | "VARCHAR" | "JSON" | "NAME" | "CHAR" | "UNKNOWN" => "text".into(),
        "INT8" | "INT4" | "INT2" => "integer".into(),
        "FLOAT8" | "FLOAT4" => "float".into(),
        "NUMERIC" => "decimal".into(),
        "BOOL" => "boolean".into(),
        "TIMESTAMPTZ" => "instant".into(),
        other => other.to_lowercase(),
    }
}

fn refused(error: &sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Database(told) if told.message().contains("statement timeout") => {
            StoreError::Query("the query was stopped because it took too long; narrow it".into())
        }
        sqlx::Error::Database(told) if told.message().contains("multiple commands") => {
            StoreError::Query("there are several statements; give one".into())
        }
        sqlx::Error::Database(told) => StoreError::Query(told.message().to_string()),
        other => failed(other),
    }
}

/// All tables and views with their comments. Rows are PostgreSQL's own estimate: to count them would read them.
pub async fn describe(db: &mut PgConnection) -> Result<Vec<TableInfo>> {
    let sql = "SELECT n.nspname, c.relname, c.relkind = 'v', obj_description(c.oid, 'pg_class'), c.reltuples::bigint,
                      a.attname, format_type(a.atttypid, NULL), col_description(c.oid, a.attnum)
               FROM pg_class AS c
               JOIN pg_namespace AS n ON n.oid = c.relnamespace
               JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               WHERE n.nspname IN ('market', 'trades', 'accounts', 'sync') AND c.relkind IN ('r', 'v')
                 AND (n.nspname, c.relname) NOT IN (('sync', 'leases'), ('sync', 'counters'))
               ORDER BY 1, 2, a.attnum";
    let mut tables: Vec<TableInfo> = Vec::new();
    for row in sqlx::query(sql).persistent(false).fetch_all(db).await.map_err(|e| failed(&e))? {
        let text = |nth: usize| row.try_get::<String, _>(nth).map_err(|e| failed(&e));
        let doc = |nth: usize| row.try_get::<Option<String>, _>(nth).map_err(|e| failed(&e));
        let (schema, name) = (text(0)?, text(1)?);
        if tables.last().is_none_or(|last| (&last.schema, &last.name) != (&schema, &name)) {
            let is_view: bool = row.try_get(2).map_err(|e| failed(&e))?;
            let rows: i64 = row.try_get(4).map_err(|e| failed(&e))?;
            let kind = if is_view { "view" } else { "table" };
            let rows = (!is_view && rows >= 0).then_some(rows);
            tables.push(TableInfo { schema, name, kind: kind.into(), doc: doc(3)?, rows, columns: Vec::new() });
        }
        let kind = match text(6)?.as_str() {
            "bigint" => "integer".to_string(),
            "numeric" => "decimal".into(),
            "timestamp with time zone" => "instant".into(),
            "json" => "text".into(),
            other => other.to_string(),
        };
        let column = ColumnInfo { name: text(5)?, kind, doc: doc(7)? };
        if let Some(last) = tables.last_mut() {
            last.columns.push(column);
        }
    }
    Ok(tables)
}
