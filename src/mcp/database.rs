//! What there is to ask, and asking it.

use foliosync_engine::limits::QUERY_TEXT_BYTES_MAX;
use foliosync_engine::nearest::nearest;
use rmcp::model::CallToolResult;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::answer::{ANSWER_BYTES_MAX, fitting, sound};
use super::api::Api;
use super::examples;
use super::standing::{Snapshot, Standing, recent_report};
use crate::failure::Failure;

const ROWS_DEFAULT: usize = 100;
const ROWS_MAX: usize = 1000;
const CELL_CHARS_MAX: usize = 4_000;

const CONVENTIONS: &str = "DuckDB's SQL, one statement that reads. Money and quantities are exact DECIMAL(38,18) and \
                           come as texts, so that no digit is lost. NULL means not known, never zero: say so where a \
                           sum leaves rows out. Times are UTC; a column \
                           called `at` must be quoted: \"at\". Currencies differ between rows: never add amounts of \
                           different currencies.";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DescribeAsk {
    /// Only this schema (`accounts`, `market`, `trades`, `sync`), with the meaning of every column.
    schema: Option<String>,
    /// Only this table (`accounts.fills`), with the meaning of every column.
    table: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Described {
    /// What holds for all tables.
    conventions: &'static str,
    tables: Vec<Table>,
    /// Tables that did not fit; name a schema or a table.
    tables_left_out: usize,
    examples: Vec<ExampleQuery>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Table {
    /// With its schema, as SQL names it.
    name: String,
    /// `table` or `view`.
    kind: String,
    /// What it means.
    doc: Option<String>,
    /// How many rows it has; null: not counted.
    rows: Option<i64>,
    /// The names of its columns; their types and meaning are told where a schema or table was asked for.
    column_names: Vec<String>,
    /// Empty in the overview of all tables.
    columns: Vec<Column>,
}

#[derive(Serialize, JsonSchema)]
pub struct Column {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    /// What it means.
    doc: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub struct ExampleQuery {
    question: &'static str,
    sql: &'static str,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueryAsk {
    /// One statement that only reads: SELECT, WITH, FROM, VALUES, DESCRIBE, SHOW or SUMMARIZE.
    sql: String,
    /// How many rows at most: 100 unless told, up to 1000.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<usize>,
    /// How many rows to leave out at the start. Use it with ORDER BY, or pages overlap.
    offset: Option<usize>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Queried {
    columns: Vec<QueriedColumn>,
    /// One list of cells for each row, in the order of the columns. Decimals are texts.
    rows: Vec<Vec<Json>>,
    row_count: usize,
    /// Whether rows were left out, and by which limit; null: these are all.
    truncated: Option<String>,
    /// Give it as `offset` for the next rows; null: there are no more.
    next_offset: Option<usize>,
    /// Texts that were cut because they are long; they end in `…`.
    cells_cut: usize,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct QueriedColumn {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

/// What `/api/query` answers.
#[derive(Deserialize)]
pub struct Answer {
    columns: Vec<QueriedColumn>,
    rows: Vec<Vec<Json>>,
    truncated: Option<String>,
    pub snapshot: Snapshot,
}

/// Which rows, of how old a copy at most; a few seconds where it is not said.
pub struct Page {
    pub limit: usize,
    pub offset: usize,
    pub age_ms_max: Option<u64>,
}

/// What `/api/tables` answers.
#[derive(Deserialize)]
struct Tables {
    tables: Vec<KnownTable>,
}

#[derive(Deserialize)]
struct KnownTable {
    schema: String,
    name: String,
    kind: String,
    doc: Option<String>,
    rows: Option<i64>,
    columns: Vec<KnownColumn>,
}

#[derive(Deserialize)]
struct KnownColumn {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    doc: Option<String>,
}

pub async fn describe(api: &Api, ask: DescribeAsk) -> Result<CallToolResult, Failure> {
    let standing = Standing::of(&recent_report(api).await?);
    let Tables { tables } = api.get("/api/tables").await?;
    let (chosen, is_overview) = choose(tables, &ask)?;
    let names: Vec<String> = chosen.iter().map(|table| format!("{}.{}", table.schema, table.name)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let examples = examples::about(&names, is_overview);
    let examples = examples.iter().map(|e| ExampleQuery { question: e.question, sql: e.sql }).collect();
    let told = chosen.into_iter().map(|table| table.told(is_overview)).collect();
    let (tables, tables_left_out) = fitting(told, usize::MAX, ANSWER_BYTES_MAX);
    sound(standing, Described { conventions: CONVENTIONS, tables, tables_left_out, examples })
}

pub async fn run_sql(api: &Api, ask: QueryAsk) -> Result<CallToolResult, Failure> {
    let limit = ask.limit.unwrap_or(ROWS_DEFAULT);
    if !(1..=ROWS_MAX).contains(&limit) {
        let hint = "ask for the next rows with `offset`, or let SQL count and add up";
        return Err(Failure::input(format!("`limit` is between 1 and {ROWS_MAX} rows"), hint));
    }
    if ask.sql.len() > QUERY_TEXT_BYTES_MAX {
        return Err(Failure::input(format!("the statement is longer than {QUERY_TEXT_BYTES_MAX} bytes"), "shorten it"));
    }
    let standing = Standing::of(&recent_report(api).await?);
    let offset = ask.offset.unwrap_or(0);
    let answer = query(api, &ask.sql, Page { limit, offset, age_ms_max: None }).await.map_err(for_models)?;
    let (mut rows, mut cells_cut) = (answer.rows, 0);
    rows.iter_mut().flatten().for_each(|cell| cells_cut += usize::from(cut(cell)));
    let (rows, left_out) = fitting(rows, limit, ANSWER_BYTES_MAX);
    let truncated = match left_out {
        0 => answer.truncated,
        _ => Some(format!(
            "rows past {ANSWER_BYTES_MAX} bytes are left out; ask for fewer columns, or for the next rows"
        )),
    };
    let row_count = rows.len();
    let next_offset = truncated.is_some().then_some(offset + row_count);
    let queried = Queried { columns: answer.columns, rows, row_count, truncated, next_offset, cells_cut };
    sound(standing.seen_in(Some(answer.snapshot)), queried)
}

/// What the API tells people to type, in the words of tools.
fn for_models(failure: Failure) -> Failure {
    if !failure.hint.contains("foliosync query") {
        return failure;
    }
    Failure { hint: "describe_database lists all tables, and the columns of one".into(), ..failure }
}

/// Cuts a long text, and says whether it did. A row always fits then.
fn cut(cell: &mut Json) -> bool {
    let Json::String(text) = cell else { return false };
    let Some((at, _)) = text.char_indices().nth(CELL_CHARS_MAX) else { return false };
    text.truncate(at);
    text.push('…');
    true
}

/// Asks a copy of the database, made anew where it is too old.
pub async fn query(api: &Api, sql: &str, page: Page) -> Result<Answer, Failure> {
    let Page { limit, offset, age_ms_max } = page;
    api.post("/api/query", &json!({ "sql": sql, "limit": limit, "offset": offset, "maxAgeMs": age_ms_max })).await
}

/// The tables that were asked for, and whether those are simply all.
fn choose(tables: Vec<KnownTable>, ask: &DescribeAsk) -> Result<(Vec<KnownTable>, bool), Failure> {
    let names: Vec<String> = tables.iter().map(|table| format!("{}.{}", table.schema, table.name)).collect();
    let fits = |table: &KnownTable| {
        let in_schema = ask.schema.as_ref().is_none_or(|schema| table.schema.eq_ignore_ascii_case(schema));
        let is_table = ask.table.as_ref().is_none_or(|asked| match asked.split_once('.') {
            Some((schema, name)) => table.schema.eq_ignore_ascii_case(schema) && table.name.eq_ignore_ascii_case(name),
            None => table.name.eq_ignore_ascii_case(asked),
        });
        in_schema && is_table
    };
    let chosen: Vec<KnownTable> = tables.into_iter().filter(fits).collect();
    if chosen.is_empty() && (ask.schema.is_some() || ask.table.is_some()) {
        let asked = ask.table.as_deref().or(ask.schema.as_deref()).unwrap_or_default();
        let near = nearest(asked, names.iter().map(String::as_str));
        let hint = format!("{near}describe_database without arguments lists all tables");
        return Err(Failure::input(format!("there is no table or schema `{asked}`"), hint));
    }
    Ok((chosen, ask.schema.is_none() && ask.table.is_none()))
}

impl KnownTable {
    fn told(self, is_overview: bool) -> Table {
        let column_names = self.columns.iter().map(|column| column.name.clone()).collect();
        let columns = match is_overview {
            true => Vec::new(),
            false => self.columns.into_iter().map(|c| Column { name: c.name, kind: c.kind, doc: c.doc }).collect(),
        };
        let name = format!("{}.{}", self.schema, self.name);
        Table { name, kind: self.kind, doc: self.doc, rows: self.rows, column_names, columns }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_two_letters() {
        let check = |text: String, want: usize, was_cut: bool| {
            let mut cell = Json::String(text);
            assert_eq!(cut(&mut cell), was_cut);
            assert_eq!(cell.as_str().unwrap().chars().count(), want);
        };
        check("é".repeat(CELL_CHARS_MAX), CELL_CHARS_MAX, false);
        check("é".repeat(CELL_CHARS_MAX + 1), CELL_CHARS_MAX + 1, true);
        check("é".repeat(CELL_CHARS_MAX * 9), CELL_CHARS_MAX + 1, true);
        assert!(!cut(&mut Json::Null));
    }

    fn table(schema: &str, name: &str) -> KnownTable {
        let (schema, name) = (schema.into(), name.into());
        KnownTable { schema, name, kind: "table".into(), doc: None, rows: None, columns: Vec::new() }
    }

    #[test]
    fn a_table_is_found_by_its_name_with_or_without_its_schema() {
        let check = |schema: Option<&str>, name: Option<&str>, want: Result<&str, &str>| {
            let tables = vec![table("accounts", "fills"), table("market", "fills"), table("market", "quotes")];
            let ask = DescribeAsk { schema: schema.map(String::from), table: name.map(String::from) };
            let got = choose(tables, &ask).map(|(chosen, _)| {
                let names: Vec<String> = chosen.iter().map(|t| format!("{}.{}", t.schema, t.name)).collect();
                names.join(" ")
            });
            assert_eq!(got.as_deref().map_err(|failure| &failure.hint[..]), want, "{schema:?} {name:?}");
        };
        check(None, None, Ok("accounts.fills market.fills market.quotes"));
        check(Some("Market"), None, Ok("market.fills market.quotes"));
        check(None, Some("fills"), Ok("accounts.fills market.fills"));
        check(None, Some("ACCOUNTS.fills"), Ok("accounts.fills"));
        check(Some("market"), Some("fills"), Ok("market.fills"));
        let all = "describe_database without arguments lists all tables";
        check(None, Some("accounts.fils"), Err(&format!("did you mean `accounts.fills`? {all}")));
        check(Some("zzz"), None, Err(all));
    }
}
