//! `status`: how fresh everything is, and what is wrong.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::connect::quoted;
use super::table::{plain_table, print};
use super::text::shown;
use super::time::{ago, ago_or_never, until};
use super::{Context, Done};
use crate::client::wire::{Connection, Connections, Freshness, PriceTotals, Quota, Run, Stream, SyncStatus};

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
        let freshness: Json = client.get("/api/freshness").await?;
        status["connections"] = connections["connections"].clone();
        status["prices"] = freshness["prices"].clone();
        status["budgets"] = freshness["budgets"].clone();
        say!("{}", serde_json::to_string_pretty(&json!(status))?);
        return Ok(Done::Well);
    }
    let status: SyncStatus = client.get("/api/sync/status").await?;
    let connections = client.get::<Connections>("/api/connections").await?.connections;
    let Freshness { prices, budgets } = client.get("/api/freshness").await?;
    let now = Timestamp::now();
    say!("{}", status.last_synced.map_or("Never synced".into(), |at| format!("Last synced: {}", ago(at, now))));
    if connections.is_empty() {
        say!("No connections yet; add one: foliosync import FOLDER");
        return Ok(Done::Well);
    }
    say!();
    print_connections(&connections, now);
    print_problems(&connections, now);
    print_prices(prices);
    print_budgets(&budgets, now);
    let server = client.server();
    if !server.schedules {
        say!();
        say!(
            "{}",
            match server.auto {
                true => "Schedules run while `foliosync serve` does; `foliosync sync` syncs now.",
                false => "This server was told to keep no schedules (schedules = false); `foliosync sync` syncs now.",
            }
        );
    }
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
            next_in_words(connection, now),
            connection.last_run.as_ref().map_or("none".into(), run_in_words),
        ]
    });
    print(&plain_table(&["label", "provider", "status", "freshness", "last sync", "next", "last run"], rows));
}

/// When it is tried again by itself.
fn next_in_words(connection: &Connection, now: Timestamp) -> String {
    match connection.next_attempt_at {
        _ if !connection.sync_enabled => "off".into(),
        _ if connection.status == "SYNCING" => "running".into(),
        Some(at) if at <= now => "due".into(),
        Some(at) => until(at, now),
        None => "after you act".into(),
    }
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
                say!("  {}", what_follows(connection, stream, now));
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

fn what_follows(connection: &Connection, stream: &Stream, now: Timestamp) -> String {
    let label = quoted(&connection.label);
    match stream.next_due {
        _ if !connection.sync_enabled => "it is switched off".into(),
        Some(at) if at <= now => "it is tried again now".into(),
        Some(at) => format!("it is tried again {}", until(at, now)),
        None => format!("nothing happens until you act; then try it out: foliosync connect test {label}"),
    }
}

fn print_prices(totals: PriceTotals) {
    let PriceTotals { priced, stale, unpriced, .. } = totals;
    if stale + unpriced > 0 {
        say!("\n{priced} priced, {stale} of them old, {unpriced} unpriced: `foliosync prices` says which and why");
    }
}

/// Budgets that something was taken of, or that are closed.
fn print_budgets(budgets: &[Quota], now: Timestamp) {
    let used: Vec<&Quota> = budgets.iter().filter(|quota| quota.used > 0 || quota.closed_until.is_some()).collect();
    if used.is_empty() {
        return;
    }
    say!();
    let rows = used.iter().map(|quota| {
        let left = format!("{} of {}", quota.left, quota.weight_max);
        vec![format!("{} {}", shown(&quota.provider), shown(&quota.limit)), left, until(quota.resets_at, now)]
    });
    print(&plain_table(&["requests", "left", "full again"], rows));
    for quota in used {
        let Some(at) = quota.closed_until else { continue };
        let why = quota.note.as_deref().map(|note| format!(": {}", shown(note))).unwrap_or_default();
        say!("{} is not asked before {at:.0} ({}){why}", shown(&quota.provider), until(at, now));
    }
}
