//! `status`: how fresh everything is, and what is wrong.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::table::{plain_table, print};
use super::text::shown;
use super::time::{ago, ago_or_never};
use super::{Context, Done};
use crate::client::wire::{Connection, Connections, Run, SyncStatus};

#[derive(clap::Args)]
pub struct Args {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<Done> {
    let mut client = context.client().await?;
    if args.json {
        let mut status: Json = client.get("/api/sync/status").await?;
        let connections: Json = client.get("/api/connections").await?;
        status["connections"] = connections["connections"].clone();
        say!("{}", serde_json::to_string_pretty(&json!(status))?);
        return Ok(Done::Well);
    }
    let status: SyncStatus = client.get("/api/sync/status").await?;
    let connections = client.get::<Connections>("/api/connections").await?.connections;
    let now = Timestamp::now();
    say!("{}", status.last_synced.map_or("Never synced".into(), |at| format!("Last synced: {}", ago(at, now))));
    if connections.is_empty() {
        say!("No connections yet; add one: foliosync import FOLDER");
        return Ok(Done::Well);
    }
    say!();
    print_connections(&connections, now);
    print_problems(&connections, now);
    say!();
    say!("Nothing syncs by itself yet: run `foliosync sync`, or leave `foliosync sync --watch` running.");
    Ok(Done::Well)
}

pub fn print_connections(connections: &[Connection], now: Timestamp) {
    let rows = connections.iter().map(|connection| {
        vec![
            shown(&connection.label),
            shown(&connection.provider),
            connection.status.clone(),
            freshness_in_words(connection),
            ago_or_never(connection.last_sync_at, now),
            connection.last_run.as_ref().map_or("none".into(), run_in_words),
        ]
    });
    print(&plain_table(&["label", "provider", "status", "freshness", "last sync", "last run"], rows));
}

/// Fresh data with a part missing is not called fresh alone.
fn freshness_in_words(connection: &Connection) -> String {
    match connection.gaps.len() {
        0 => connection.freshness.clone(),
        1 => format!("{}, 1 gap", connection.freshness),
        gaps => format!("{}, {gaps} gaps", connection.freshness),
    }
}

fn run_in_words(run: &Run) -> String {
    let counts = &run.counts;
    match (&run.outcome, run.expected) {
        (None, None) => "running".into(),
        (None, Some(expected)) => format!("running: {} of {}", counts.total(), expected.max(counts.total())),
        (Some(outcome), _) if outcome != "ok" && counts.total() == 0 => outcome.clone(),
        (Some(_), _) => {
            format!("{} updated, {} unchanged, {} failed", counts.updated, counts.unchanged, counts.failed())
        }
    }
}

/// What lacks fresh data, since when and why.
fn print_problems(connections: &[Connection], now: Timestamp) {
    for connection in connections {
        let label = shown(&connection.label);
        for stream in &connection.streams {
            if let Some(error) = &stream.error {
                say!("\n{label}, {}: {}", shown(&stream.name), shown(error));
            }
        }
        if connection.gaps.is_empty() {
            continue;
        }
        say!("\n{label} shows its last good rows for:");
        for gap in &connection.gaps {
            let since = ago(gap.since, now);
            say!("  {} ({}, since {since}): {}", shown(&gap.item), shown(&gap.status), shown(&gap.reason));
        }
    }
}
