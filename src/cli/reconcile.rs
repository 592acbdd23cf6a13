//! `reconcile`: what fills and flows come to, beside what accounts say they hold.

use serde::Deserialize;
use serde_json::Value as Json;

use super::connect::connections;
use super::table::{align_right, plain_table, print};
use super::text::shown;
use super::{Context, Done, sync};

#[derive(clap::Args)]
pub struct Args {
    /// Compare only this connection
    label: Option<String>,
    /// Show what agrees as well
    #[arg(long)]
    all: bool,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Deserialize)]
struct Reports {
    connections: Vec<Report>,
}

#[derive(Deserialize)]
struct Report {
    label: String,
    since: Option<String>,
    fills: usize,
    flows: usize,
    agrees: bool,
    lines: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    what: String,
    account: Option<String>,
    asset: String,
    implied: Option<String>,
    reported: String,
    drift: Option<String>,
    remark: Option<String>,
}

impl Line {
    fn agrees(&self) -> bool {
        self.drift.as_deref() == Some("0")
    }
}

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<Done> {
    let mut client = context.client().await?;
    let path = match &args.label {
        Some(label) => {
            let known = connections(&mut client).await?;
            format!("/api/reconcile?connection={}", sync::find(label, &known)?.id)
        }
        None => "/api/reconcile".to_string(),
    };
    let answer: Json = client.get(&path).await?;
    let reports: Reports = serde_json::from_value(answer.clone())?;
    if args.json {
        say!("{}", serde_json::to_string_pretty(&answer)?);
    } else if reports.connections.is_empty() {
        say!("No connection holds anything yet.");
    } else {
        reports.connections.iter().for_each(|report| show(report, args.all));
    }
    Ok(if reports.connections.iter().all(|report| report.agrees) { Done::Well } else { Done::WithFailures })
}

fn show(report: &Report, all: bool) {
    let agreeing = report.lines.iter().filter(|line| line.agrees()).count();
    let since = report.since.as_deref().map(|since| format!(" since {}", shown(since))).unwrap_or_default();
    let Report { label, fills, flows, lines, .. } = report;
    let (label, count) = (shown(label), lines.len());
    say!("{label}: {agreeing} of {count} agree, by {fills} fills and {flows} flows{since}");
    let row = |line: &Line| {
        vec![
            format!("  {}", shown(&line.what)),
            shown(line.account.as_deref().unwrap_or_default()),
            shown(&line.asset),
            line.implied.clone().unwrap_or_else(|| "?".into()),
            line.reported.clone(),
            line.drift.clone().unwrap_or_else(|| "?".into()),
            shown(line.remark.as_deref().unwrap_or_default()),
        ]
    };
    let rows: Vec<_> = lines.iter().filter(|line| all || !line.agrees()).map(row).collect();
    if rows.is_empty() {
        return;
    }
    let headings = ["  what", "account", "asset", "by history", "reported", "drift", ""];
    let mut table = plain_table(&headings, rows);
    for column in [3, 4, 5] {
        align_right(&mut table, column);
    }
    print(&table);
}
