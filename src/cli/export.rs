//! `snapshot` and `export`: the data for other programs.

use std::fs;
use std::path::PathBuf;

use foliosync_engine::nearest::nearest;
use foliosync_stores::duckdb::export::{Export, Format};
use serde::Deserialize;
use serde_json::json;

use super::text::shown;
use super::{Context, Done};
use crate::backup::Unfinished;
use crate::failure::Failure;

#[derive(clap::Args)]
pub struct Snapshot {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub struct Args {
    /// The folder to make; each table becomes a file in it
    path: PathBuf,
    #[arg(long, value_enum, default_value = "parquet")]
    format: FileFormat,
    /// Only this table, such as market.symbols; may be given several times [default: all]
    #[arg(long = "table", value_name = "SCHEMA.NAME")]
    tables: Vec<String>,
    /// CSV: do not mark text that a spreadsheet would run as a formula
    #[arg(long)]
    raw: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum FileFormat {
    Parquet,
    Csv,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Published {
    cursor: i64,
    at: jiff::Timestamp,
    path: PathBuf,
}

/// Brings the copy up to date that anybody may open, and prints where it is.
pub async fn snapshot(args: &Snapshot, context: &Context) -> anyhow::Result<Done> {
    let mut client = context.client().await?;
    let copy: serde_json::Value = client.post_again("/api/snapshot", &json!({})).await?;
    match args.json {
        true => say!("{copy}"),
        false => say!("{}", shown(copy["path"].as_str().unwrap_or_default())),
    }
    Ok(Done::Well)
}

/// The folder is there as a whole or not at all.
pub async fn run(args: &Args, context: &Context) -> anyhow::Result<Done> {
    let path = std::path::absolute(&args.path)?;
    if fs::symlink_metadata(&path).is_ok() {
        let message = format!("{} exists already", path.display());
        return Err(Failure::input(message, "name a folder that is not there yet").into());
    }
    let mut client = context.client().await?;
    let copy: Published = client.post_again("/api/snapshot", &json!({})).await?;
    let export = Export::open(&copy.path).map_err(|error| Failure::failed(error.to_string(), "try again"))?;
    let wanted = wanted(&export, &args.tables)?;
    let format = match args.format {
        FileFormat::Parquet => Format::Parquet,
        FileFormat::Csv => Format::Csv { raw: args.raw },
    };
    let failed = |error: std::io::Error| {
        let hint = "is its folder there, and may it be written to?";
        Failure::failed(format!("nothing can be exported to {}: {error}", path.display()), hint)
    };
    let beside = Unfinished::beside(&path).map_err(failed)?;
    let mut written = serde_json::Map::new();
    for nth in wanted {
        let table = &export.tables[nth];
        let name = format!("{}.{}", table.schema, table.name);
        let target = beside.folder().join(format!("{name}.{}", format.extension()));
        let rows = export.write(table, format, &target);
        let rows = rows.map_err(|error| Failure::failed(format!("{name} cannot be exported: {error}"), ""))?;
        written.insert(name, rows.into());
    }
    let manifest = json!({ "cursor": copy.cursor, "at": copy.at, "rows": written });
    fs::write(beside.folder().join("export.json"), serde_json::to_vec_pretty(&manifest)?).map_err(failed)?;
    fs::rename(beside.folder(), &path).map_err(failed)?;
    let rows: u64 = written.values().filter_map(serde_json::Value::as_u64).sum();
    let tables = if written.len() == 1 { "1 table".to_string() } else { format!("{} tables", written.len()) };
    say!("{tables} with {rows} rows, as of {}: {}", copy.at, shown(&path.display().to_string()));
    Ok(Done::Well)
}

/// The places of the tables that are asked for.
fn wanted(export: &Export, names: &[String]) -> Result<Vec<usize>, Failure> {
    let known: Vec<String> = export.tables.iter().map(|table| format!("{}.{}", table.schema, table.name)).collect();
    if names.is_empty() {
        return Ok((0..known.len()).collect());
    }
    let place = |name: &String| {
        known.iter().position(|known| known == name).ok_or_else(|| {
            let near = nearest(name, known.iter().map(String::as_str));
            Failure::input(
                format!("there is no table {name}"),
                format!("{near}`foliosync query \"SHOW ALL TABLES\"` lists them"),
            )
        })
    };
    names.iter().map(place).collect()
}
