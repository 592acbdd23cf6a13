//! `query`: SQL that only reads, and its answer as a table, JSON or CSV.

use std::io::{IsTerminal, Read, Write, stdin, stdout};

use foliosync_engine::limits::{QUERY_ROWS_MAX, QUERY_TEXT_BYTES_MAX};
use serde_json::{Value as Json, json};

use super::table::{align_right, plain_table, print};
use super::text::shown;
use super::{Context, Done};
use crate::client::Client;
use crate::client::wire::Answer;
use crate::failure::Failure;

#[derive(clap::Args)]
pub struct Args {
    /// One statement that reads; - takes it from standard input
    sql: String,
    /// How to print the answer [default: table on a terminal, else csv]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Rows to print at most; the answer says when there are more
    #[arg(long, value_name = "ROWS", default_value_t = QUERY_ROWS_MAX)]
    limit: usize,
    /// Rows to pass over first; give the statement an ORDER BY
    #[arg(long, value_name = "ROWS", default_value_t = 0)]
    offset: usize,
    /// CSV: do not mark text that a spreadsheet would run as a formula
    #[arg(long)]
    raw: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Table,
    /// The whole answer as one object: columns with their types, rows, and whether rows were cut off
    Json,
    Csv,
}

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<Done> {
    let sql = match args.sql.as_str() {
        "-" => from_stdin()?,
        sql => sql.to_string(),
    };
    let mut client = context.client().await?;
    let format = args.format.unwrap_or(if stdout().is_terminal() { Format::Table } else { Format::Csv });
    if format == Format::Json {
        let answer: Json = client.post_again("/api/query", &body(&sql, args.offset, args.limit)).await?;
        writeln!(stdout(), "{answer}")?;
        return Ok(Done::Well);
    }
    let answer: Answer = client.post_again("/api/query", &body(&sql, args.offset, args.limit)).await?;
    match format {
        Format::Csv => stdout().write_all(csv(&answer, args.raw).as_bytes())?,
        Format::Table | Format::Json => print_answer(&answer),
    }
    if let Some(truncated) = &answer.truncated {
        eprintln!("note: {}", shown(truncated));
    }
    Ok(Done::Well)
}

pub async fn ask(client: &mut Client, sql: &str) -> Result<Answer, Failure> {
    client.post_again("/api/query", &body(sql, 0, QUERY_ROWS_MAX)).await
}

/// Whoever types a command wants what is there now.
fn body(sql: &str, offset: usize, limit: usize) -> Json {
    json!({ "sql": sql, "offset": offset, "limit": limit, "maxAgeMs": 0 })
}

fn from_stdin() -> anyhow::Result<String> {
    let mut sql = String::new();
    stdin().take(QUERY_TEXT_BYTES_MAX as u64 + 1).read_to_string(&mut sql)?;
    Ok(sql)
}

pub fn print_answer(answer: &Answer) {
    let headings: Vec<String> = answer.columns.iter().map(|column| shown(&column.name)).collect();
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    let rows = answer.rows.iter().map(|row| row.iter().map(|cell| shown(&text(cell))).collect());
    let mut table = plain_table(&headings, rows);
    for (nth, column) in answer.columns.iter().enumerate() {
        if is_number(&column.kind) {
            align_right(&mut table, nth);
        }
    }
    print(&table);
}

fn is_number(kind: &str) -> bool {
    kind == "integer" || kind == "float" || kind.starts_with("decimal")
}

/// Whether a cell of this kind can only hold what its type allows, and so no formula.
fn is_harmless(kind: &str) -> bool {
    is_number(kind) || matches!(kind, "boolean" | "date" | "time" | "timestamp" | "instant")
}

fn text(cell: &Json) -> String {
    match cell {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn csv(answer: &Answer, raw: bool) -> String {
    let line = |cells: Vec<String>| cells.join(",") + "\n";
    let mut csv = line(answer.columns.iter().map(|column| field(&column.name, raw)).collect());
    for row in &answer.rows {
        let cells = row.iter().zip(&answer.columns);
        csv += &line(cells.map(|(cell, column)| field(&text(cell), raw || is_harmless(&column.kind))).collect());
    }
    csv
}

/// A spreadsheet runs a cell that begins like this as a formula; an apostrophe in front makes it text again.
fn field(text: &str, raw: bool) -> String {
    let starts_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let mark = if starts_formula && !raw { "'" } else { "" };
    if text.contains(['"', ',', '\n', '\r']) || text != text.trim() {
        return format!("\"{mark}{}\"", text.replace('"', "\"\""));
    }
    format!("{mark}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::wire::AnswerColumn;

    #[test]
    fn text_that_a_spreadsheet_would_run_is_marked_and_numbers_are_not() {
        let column = |name: &str, kind: &str| AnswerColumn { name: name.into(), kind: kind.into() };
        let answer = Answer {
            columns: vec![column("what", "text"), column("pl", "decimal(38,18)"), column("=n", "integer")],
            rows: vec![
                vec![json!("=1+1"), json!("-5.50"), json!(-1)],
                vec![json!("a, \"b\"\n"), Json::Null, json!(2)],
                vec![json!("@x"), json!("0"), json!(3)],
            ],
            truncated: None,
        };
        assert_eq!(csv(&answer, false), "what,pl,'=n\n'=1+1,-5.50,-1\n\"a, \"\"b\"\"\n\",,2\n'@x,0,3\n");
        assert!(csv(&answer, true).contains("\n=1+1,-5.50,-1\n"));
    }
}
