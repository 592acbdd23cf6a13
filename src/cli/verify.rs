//! `verify`: stored data checked against itself.

use serde::Deserialize;
use serde_json::Value as Json;

use super::connect::connections;
use super::text::shown;
use super::{Context, Done, sync};
use crate::client::wire::Connection;

#[derive(clap::Args)]
pub struct Args {
    /// Check only this connection
    label: Option<String>,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Deserialize)]
struct Reports {
    blocks: Vec<Report>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    connection: i64,
    block_id: String,
    checks: Vec<Check>,
    verdict: Verdict,
}

#[derive(Deserialize)]
struct Verdict {
    agreement: String,
    text: String,
}

#[derive(Deserialize)]
struct Check {
    name: String,
    status: String,
    explanation: String,
    examples: Vec<Example>,
}

#[derive(Deserialize)]
struct Example {
    date: String,
    line: Option<i64>,
    expected: String,
    found: String,
}

impl Report {
    fn is_well(&self) -> bool {
        self.verdict.agreement != "different_runs" && self.checks.iter().all(|check| check.status != "fails")
    }

    /// Whether the block has both a trade log and a daily log.
    fn is_compared(&self) -> bool {
        self.verdict.agreement != "unknown"
    }
}

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<Done> {
    let mut client = context.client().await?;
    let known = connections(&mut client).await?;
    let path = match &args.label {
        Some(label) => format!("/api/verify?connection={}", sync::find(label, &known)?.id),
        None => "/api/verify".to_string(),
    };
    let answer: Json = client.get(&path).await?;
    let reports: Reports = serde_json::from_value(answer.clone())?;
    if args.json {
        say!("{}", serde_json::to_string_pretty(&answer)?);
    } else {
        print(&reports.blocks, &known);
    }
    Ok(if reports.blocks.iter().all(Report::is_well) { Done::Well } else { Done::WithFailures })
}

fn print(reports: &[Report], known: &[Connection]) {
    if reports.is_empty() {
        say!("There are no blocks to verify.");
        return;
    }
    for report in reports.iter().filter(|report| !report.is_well() || report.is_compared()) {
        let label = known.iter().find(|connection| connection.id == report.connection).map(|found| &found.label);
        say!("{} / {}", shown(label.map_or("?", String::as_str)), shown(&report.block_id));
        if report.is_compared() {
            say!("  {}", shown(&report.verdict.text));
        }
        for check in report.checks.iter().filter(|check| check.status == "fails") {
            say!("  {}: {}", shown(&check.name), shown(&check.explanation));
            for example in &check.examples {
                let line = example.line.map(|line| format!(", line {line}")).unwrap_or_default();
                let Example { date, expected, found, .. } = example;
                say!("    {}{line}: expected {}, found {}", shown(date), shown(expected), shown(found));
            }
        }
        say!();
    }
    let well = reports.iter().filter(|report| report.is_well()).count();
    let held: usize =
        reports.iter().map(|report| report.checks.iter().filter(|check| check.status == "holds").count()).sum();
    say!("{well} of {} blocks are sound; {held} checks hold", reports.len());
}
