//! Starting a sync and following it, and what syncs did.

use std::time::Duration;

use foliosync_engine::model::sync::SyncOptions;
use rmcp::RoleServer;
use rmcp::model::{CallToolResult, ProgressNotificationParam, ProgressToken};
use rmcp::service::RequestContext;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tokio::sync::mpsc;

use super::answer::{ANSWER_BYTES_MAX, fitting, sound};
use super::api::Api;
use super::connections::{Named, find, labels};
use super::database::{Page, query};
use super::standing::{Snapshot, Standing, recent_report, report};
use crate::cli::text::shown;
use crate::client::SyncAsk;
use crate::failure::Failure;

/// Most clients give up on a call after a minute.
const WAIT_SECONDS_DEFAULT: u64 = 50;
const WAIT_SECONDS_MAX: u64 = 600;
const RUNS_DEFAULT: usize = 10;
const RUNS_MAX: usize = 100;
const ITEMS_MAX: usize = 50;
const LOG_LINES_MAX: usize = 1000;
/// Lines of a sync that wait for the client to take them.
const LINES_WAITING_MAX: usize = 64;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SyncNowAsk {
    /// Labels or ids; all that are switched on where none is given.
    #[serde(default)]
    connections: Vec<Named>,
    /// Names of streams, such as `quotes` or `balances`; all where none is given.
    #[serde(default)]
    streams: Vec<String>,
    /// How long to wait for its end: 50 seconds unless told, up to 600. The sync goes on afterwards too.
    #[schemars(range(min = 1, max = 600))]
    wait_seconds: Option<u64>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Synced {
    /// `ok`; `failed`: something could not be read, see `errors`; `running`: it goes on, ask run_status; `broken_off`:
    /// the server ends, and goes on when it runs again.
    outcome: String,
    /// What to tell the user about it.
    message: String,
    /// Items that are now as their source has them.
    updated: i64,
    /// Items that are not.
    failed: i64,
    /// Items that were different from before.
    changed: i64,
    runs: Vec<Run>,
    runs_left_out: usize,
    errors: Vec<SyncError>,
    errors_left_out: usize,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct SyncError {
    connection: String,
    message: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunStatusAsk {
    /// The id of one run, to see what became of each stream and item. The latest runs where none is given.
    run: Option<i64>,
    /// Only runs of this connection, by label or id.
    connection: Option<Named>,
    /// How many runs at most: 10 unless told, up to 100.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<usize>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunsTold {
    /// The newest first.
    runs: Vec<Run>,
    /// Of the one run that was asked for: how each stream ended.
    streams: Vec<StreamEnd>,
    /// Of that run: items that are not as their source has them.
    problems: Vec<Problem>,
    problems_left_out: usize,
}

/// One execution of a connection's streams. The counts are of items, and together all of them.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Run {
    id: i64,
    connection_id: i64,
    /// The connection's label.
    #[serde(default)]
    connection: Option<String>,
    /// `schedule`, `manual`, `api` or `mcp`.
    trigger: String,
    started_at: String,
    finished_at: Option<String>,
    /// Null while it runs.
    outcome: Option<String>,
    updated: i64,
    unchanged: i64,
    missing: i64,
    rejected: i64,
    deferred: i64,
    rows_written: i64,
    error: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct StreamEnd {
    stream: String,
    outcome: String,
    error: Option<String>,
    next_due: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Problem {
    item: String,
    status: String,
    detail: String,
}

/// What the lines of a sync came to.
#[derive(Default)]
struct Course {
    /// In the order in which they were first heard of.
    runs: Vec<i64>,
    last: Option<Json>,
}

pub async fn sync_now(
    api: &Api,
    ask: SyncNowAsk,
    context: &RequestContext<RoleServer>,
) -> Result<CallToolResult, Failure> {
    let wait = ask.wait_seconds.unwrap_or(WAIT_SECONDS_DEFAULT);
    if !(1..=WAIT_SECONDS_MAX).contains(&wait) {
        let hint = "a sync goes on after that; run_status tells how it goes";
        return Err(Failure::input(format!("`waitSeconds` is between 1 and {WAIT_SECONDS_MAX}"), hint));
    }
    let labels = labels(api).await?;
    let chosen: Result<Vec<i64>, Failure> = ask.connections.iter().map(|named| find(named, &labels)).collect();
    let what = SyncAsk { connections: chosen?, streams: ask.streams, options: SyncOptions::default() };
    let mut course = Course::default();
    let mut progress = Progress { token: context.meta.get_progress_token(), context, labels: &labels, last: -1.0 };
    let (lines_to, mut lines) = mpsc::channel(LINES_WAITING_MAX);
    let following = async {
        let heard = async {
            while let Some(line) = lines.recv().await {
                progress.tell(&line).await;
                course.note(line);
            }
        };
        tokio::join!(api.sync(what, lines_to), heard).0
    };
    // Whoever stops listening stops nothing: the sync was asked for, and goes on.
    tokio::time::timeout(Duration::from_secs(wait), following).await.unwrap_or(Ok(()))?;
    // What was synced is seen by whoever asks next.
    let snapshot = match course.has_ended() {
        true => Some(fresh_snapshot(api).await?),
        false => None,
    };
    let standing = Standing::of(&report(api).await?);
    let mut runs = Vec::new();
    for id in course.runs.iter().take(RUNS_MAX) {
        runs.push(api.get::<Run>(&format!("/api/runs/{id}")).await?.labelled(&labels));
    }
    let synced = course.told(runs, &labels);
    sound(standing.seen_in(snapshot), synced)
}

pub async fn run_status(api: &Api, ask: RunStatusAsk) -> Result<CallToolResult, Failure> {
    #[derive(Deserialize)]
    struct Runs {
        runs: Vec<Run>,
    }
    let limit = ask.limit.unwrap_or(RUNS_DEFAULT);
    if !(1..=RUNS_MAX).contains(&limit) {
        return Err(Failure::input(
            format!("`limit` is between 1 and {RUNS_MAX} runs"),
            "sync.runs has more of them, and sync.run_days the sums of older ones",
        ));
    }
    let standing = Standing::of(&recent_report(api).await?);
    let labels = labels(api).await?;
    let Some(run) = ask.run else {
        let only = ask.connection.as_ref().map(|named| find(named, &labels)).transpose()?;
        let only = only.map(|id| format!("&connection={id}")).unwrap_or_default();
        let Runs { runs } = api.get(&format!("/api/runs?max={limit}{only}")).await?;
        let runs = runs.into_iter().map(|run| run.labelled(&labels)).collect();
        let (runs, _) = fitting(runs, limit, ANSWER_BYTES_MAX);
        return sound(standing, RunsTold { runs, streams: Vec::new(), problems: Vec::new(), problems_left_out: 0 });
    };
    let found: Run = api.get(&format!("/api/runs/{run}")).await?;
    let log: Json = api.get(&format!("/api/runs/{run}/events?max={LOG_LINES_MAX}")).await?;
    let (streams, problems) = read_log(&log);
    let (streams, _) = fitting(streams, ITEMS_MAX, ANSWER_BYTES_MAX / 3);
    let (problems, problems_left_out) = fitting(problems, ITEMS_MAX, ANSWER_BYTES_MAX / 3);
    sound(standing, RunsTold { runs: vec![found.labelled(&labels)], streams, problems, problems_left_out })
}

/// Asks for a copy of the data that is not older than now, so that all later questions see at least this much.
async fn fresh_snapshot(api: &Api) -> Result<Snapshot, Failure> {
    let page = Page { limit: 1, offset: 0, age_ms_max: Some(0) };
    Ok(query(api, "SELECT 1", page).await?.snapshot)
}

impl Run {
    fn labelled(self, labels: &[(i64, String)]) -> Run {
        Run { connection: Some(label(self.connection_id, labels)), ..self }
    }
}

fn label(id: i64, labels: &[(i64, String)]) -> String {
    labels.iter().find(|(known, _)| *known == id).map_or_else(|| format!("connection {id}"), |(_, label)| label.clone())
}

fn text(json: &Json, field: &str) -> Option<String> {
    json[field].as_str().map(String::from)
}

fn read_log(log: &Json) -> (Vec<StreamEnd>, Vec<Problem>) {
    let (mut streams, mut problems) = (Vec::new(), Vec::new());
    for event in log["events"].as_array().into_iter().flatten() {
        if event["type"] == "stream_ended" {
            streams.push(StreamEnd {
                stream: text(event, "stream").unwrap_or_default(),
                outcome: text(event, "outcome").unwrap_or_default(),
                error: text(event, "error"),
                next_due: text(event, "next_due"),
            });
        }
        for item in event["items"].as_array().into_iter().flatten() {
            let status = text(item, "status").unwrap_or_default();
            if status != "updated" && status != "unchanged" {
                let (item, detail) = (text(item, "item"), text(item, "detail"));
                problems.push(Problem { item: item.unwrap_or_default(), status, detail: detail.unwrap_or_default() });
            }
        }
    }
    (streams, problems)
}

impl Course {
    fn note(&mut self, line: Json) {
        if let Some(run) = line["run"].as_i64().filter(|run| !self.runs.contains(run)) {
            self.runs.push(run);
        }
        self.last = Some(line);
    }

    fn has_ended(&self) -> bool {
        self.last.as_ref().is_some_and(|line| line["type"] == "complete")
    }

    fn told(&self, runs: Vec<Run>, labels: &[(i64, String)]) -> Synced {
        let line = self.last.as_ref().unwrap_or(&Json::Null);
        let count = |field: &str| line[field].as_i64().unwrap_or(0);
        let error = |error: &Json| SyncError {
            connection: label(error["connection"].as_i64().unwrap_or(0), labels),
            message: text(error, "message").unwrap_or_default(),
        };
        let errors: Vec<SyncError> = line["errors"].as_array().into_iter().flatten().map(error).collect();
        let (updated, failed, changed) = (count("updated"), count("failed"), count("changed"));
        let (outcome, message) = match line["type"].as_str() {
            Some("complete") if failed == 0 && errors.is_empty() => ("ok", "everything was read".to_string()),
            Some("complete") => ("failed", "not everything could be read; what was stored before is kept".into()),
            Some("error") => ("broken_off", text(line, "message").unwrap_or_default()),
            _ => ("running", "it goes on; run_status tells how it ends".into()),
        };
        let runs_left_out = self.runs.len() - runs.len();
        let (runs, beyond) = fitting(runs, RUNS_MAX, ANSWER_BYTES_MAX / 2);
        let (errors, errors_left_out) = fitting(errors, ITEMS_MAX, ANSWER_BYTES_MAX / 4);
        Synced {
            outcome: outcome.into(),
            message,
            updated,
            failed,
            changed,
            runs,
            runs_left_out: runs_left_out + beyond,
            errors,
            errors_left_out,
        }
    }
}

/// Tells the client how far a sync has come, if it wants to know.
struct Progress<'a> {
    token: Option<ProgressToken>,
    context: &'a RequestContext<RoleServer>,
    labels: &'a [(i64, String)],
    last: f64,
}

impl Progress<'_> {
    async fn tell(&mut self, line: &Json) {
        let Some(token) = &self.token else { return };
        let Some((completed, total, message)) = step(line, self.labels) else { return };
        // The protocol wants each to be more than the one before.
        if completed <= self.last {
            return;
        }
        self.last = completed;
        let told = ProgressNotificationParam::new(token.clone(), completed).with_total(total).with_message(message);
        // A client that is gone is noticed elsewhere.
        let _ = self.context.peer.notify_progress(told).await;
    }
}

/// How much of how much a line says is done.
fn step(line: &Json, labels: &[(i64, String)]) -> Option<(f64, f64, String)> {
    let count = |field: &str| line[field].as_i64().unwrap_or(0);
    match line["type"].as_str()? {
        "start" => Some((0.0, count("total") as f64, "started".into())),
        "progress" => {
            let (completed, total) = (count("completed"), count("total"));
            let label = shown(&label(count("connection"), labels));
            Some((completed as f64, total as f64, format!("{label}: {completed} of {total}")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(lines: &[Json]) -> Synced {
        let mut course = Course::default();
        lines.iter().for_each(|line| course.note(line.clone()));
        course.told(Vec::new(), &[(1, "binance".into())])
    }

    #[test]
    fn a_sync_ends_as_its_last_line_says() {
        let line = |json: Json| json;
        let start = || line(json!({ "type": "start", "total": 3, "sync": 1, "run": null, "cursor": 1 }));
        let progress = || line(json!({ "type": "progress", "completed": 1, "total": 3, "run": 7, "connection": 1 }));
        let done = |failed: i64, errors: Json| {
            line(json!({ "type": "complete", "updated": 3, "failed": failed, "changed": 2, "errors": errors }))
        };
        let refused = json!([{ "connection": 1, "message": "the key was refused" }]);
        let broken = line(json!({ "type": "error", "message": "the server stops" }));
        for (lines, want, message) in [
            (vec![start(), progress(), done(0, json!([]))], "ok", "everything was read"),
            (
                vec![start(), done(1, json!([]))],
                "failed",
                "not everything could be read; what was stored before is kept",
            ),
            (vec![start(), done(0, refused)], "failed", "not everything could be read; what was stored before is kept"),
            (vec![start(), progress()], "running", "it goes on; run_status tells how it ends"),
            (vec![start(), broken], "broken_off", "the server stops"),
            (vec![], "running", "it goes on; run_status tells how it ends"),
        ] {
            let got = told(&lines);
            assert_eq!((&got.outcome[..], &got.message[..]), (want, message));
        }
        let failed = told(&[start(), progress(), done(0, json!([{ "connection": 1, "message": "x" }]))]);
        assert_eq!((&failed.errors[0].connection[..], failed.runs_left_out), ("binance", 1));
    }

    #[test]
    fn progress_is_told_in_steps() {
        let labels = [(1, "a\u{1b}".to_string())];
        let step = |json: Json| step(&json, &labels);
        assert_eq!(step(json!({ "type": "start", "total": 3 })), Some((0.0, 3.0, "started".into())));
        let progress = json!({ "type": "progress", "completed": 2, "total": 3, "connection": 1 });
        assert_eq!(step(progress), Some((2.0, 3.0, "a\\u{1b}: 2 of 3".into())));
        assert_eq!(step(json!({ "type": "heartbeat" })), None);
    }

    #[test]
    fn only_what_is_not_as_its_source_has_it_is_a_problem() {
        let log = json!({ "events": [
            { "type": "page", "items": [{ "item": "a", "status": "updated", "detail": "" },
                                        { "item": "b", "status": "rejected", "detail": "line 3" }] },
            { "type": "stream_ended", "stream": "files", "outcome": "partial", "error": null, "next_due": "t" },
        ] });
        let (streams, problems) = read_log(&log);
        assert_eq!((&streams[0].stream[..], &streams[0].outcome[..]), ("files", "partial"));
        assert_eq!((problems.len(), &problems[0].item[..], &problems[0].detail[..]), (1, "b", "line 3"));
    }
}
