//! Runs as they end: one line each, made from the server's log, and a line more for each thing that is newly lacking.

use std::collections::{BTreeMap, BTreeSet};

use foliosync_engine::model::sync::{ConnectionId, Counts, Cursor, ItemStatus, RunId};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cli::connect;
use crate::cli::text::shown;
use crate::client::Client;
use crate::client::wire::{Connection, Event, EventKind, Events};
use crate::failure::Failure;

/// Of the time that stands before a line.
const INDENT: &str = "          ";

#[derive(Default)]
pub struct Follow {
    cursor: Cursor,
    labels: BTreeMap<ConnectionId, String>,
    going: BTreeMap<RunId, Going>,
    /// Those that have had a run to its end.
    ended: BTreeSet<ConnectionId>,
    /// What is lacking is told when it begins, not with every run.
    told: BTreeSet<(ConnectionId, String)>,
    failures: usize,
}

struct Going {
    connection: ConnectionId,
    begun: Timestamp,
    was_asked_for: bool,
    rows: i64,
    /// Items and streams that lack something, with the reason.
    lacking: Vec<(String, String)>,
}

impl Follow {
    pub fn introduce(&mut self, connection: &Connection) -> ConnectionId {
        self.labels.insert(connection.id, shown(&connection.label));
        connection.id
    }

    pub fn label(&self, connection: ConnectionId) -> String {
        self.labels.get(&connection).cloned().unwrap_or_else(|| format!("connection {connection}"))
    }

    /// Those that have had no run yet, or are running.
    pub fn missing(&self, connections: &[ConnectionId]) -> Vec<ConnectionId> {
        let is_going = |id: &ConnectionId| self.going.values().any(|going| going.connection == *id);
        connections.iter().copied().filter(|id| !self.ended.contains(id) || is_going(id)).collect()
    }

    /// Whether any run brought nothing.
    pub fn has_failures(&self) -> bool {
        self.failures > 0
    }

    /// Prints what has happened since the last time.
    pub async fn tell_news(&mut self, client: &mut Client) -> Result<(), Failure> {
        loop {
            let Events { events, cursor } = client.get(&format!("/api/events?after={}", self.cursor)).await?;
            if events.is_empty() {
                return Ok(());
            }
            self.cursor = cursor;
            if events.iter().any(|event| !self.labels.contains_key(&event.connection)) {
                // Somebody added one from another terminal.
                for connection in connect::connections(client).await? {
                    self.introduce(&connection);
                }
            }
            for event in events {
                for line in self.note(event) {
                    say!("{line}");
                }
            }
        }
    }

    fn note(&mut self, event: Event) -> Vec<String> {
        let Event { run, connection, at, kind } = event;
        let mut going = self.going.remove(&run).unwrap_or_else(|| Going {
            connection,
            begun: at,
            was_asked_for: false,
            rows: 0,
            lacking: Vec::new(),
        });
        match kind {
            EventKind::Started { trigger } => going.was_asked_for = trigger != "schedule",
            EventKind::Page { rows_written, items } => {
                going.rows += rows_written;
                let lacking = items
                    .into_iter()
                    .filter(|item| item.status != ItemStatus::Updated && item.status != ItemStatus::Unchanged);
                going.lacking.extend(lacking.map(|item| (item.item, item.detail)));
            }
            EventKind::StreamEnded { stream, error } => {
                going.lacking.extend(error.map(|error| (stream, error)));
            }
            EventKind::Finished { outcome, counts, error } => {
                return self.finished(going, at, &outcome, &counts, error.as_deref());
            }
            EventKind::Other => {}
        }
        self.going.insert(run, going);
        Vec::new()
    }

    fn finished(
        &mut self,
        going: Going,
        at: Timestamp,
        outcome: &str,
        counts: &Counts,
        error: Option<&str>,
    ) -> Vec<String> {
        let Going { connection, begun, was_asked_for, rows, lacking } = going;
        let is_well = matches!(outcome, "ok" | "partial");
        // What its source put off is neither done nor wrong.
        if outcome != "deferred" {
            self.failures += usize::from(!is_well);
            self.ended.insert(connection);
        }
        let time = at.to_zoned(TimeZone::system()).strftime("%H:%M:%S");
        let width = self.labels.values().map(|label| label.chars().count()).max().unwrap_or_default();
        let label = self.label(connection);
        let what = match error.filter(|_| !is_well) {
            Some(error) => format!("{outcome}: {}", shown(error)),
            None => in_words(counts),
        };
        let rows = if rows > 0 { format!(" ({rows} rows)") } else { String::new() };
        let seconds = at.duration_since(begun).as_secs_f64();
        let asked = if was_asked_for { ", asked for" } else { "" };
        let mut lines = vec![format!("{time}  {label:<width$}  {what}{rows}  {seconds:.1} s{asked}")];
        for (name, reason) in lacking {
            if error != Some(reason.as_str()) && self.told.insert((connection, name.clone())) {
                lines.push(format!("{INDENT}{:<width$}  {}: {}", "", shown(&name), shown(&reason)));
            }
        }
        lines
    }
}

fn in_words(counts: &Counts) -> String {
    let Counts { updated, unchanged, missing, rejected, deferred } = *counts;
    let parts = [
        (updated, "updated"),
        (unchanged, "unchanged"),
        (missing, "missing"),
        (rejected, "rejected"),
        (deferred, "deferred"),
    ];
    let parts: Vec<_> =
        parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if parts.is_empty() { "nothing to read".into() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_run_is_one_line_and_what_lacks_is_told_once() {
        let mut follow = Follow::default();
        follow.labels.insert(1, "Prices".into());
        follow.labels.insert(2, "ECB".into());
        let zone = TimeZone::system();
        let at = |second: i64| Timestamp::from_second(1_700_000_000 + second).unwrap();
        let clock = |second: i64| at(second).to_zoned(zone.clone()).strftime("%H:%M:%S").to_string();
        let mut tell = |run: i64, connection: i64, second: i64, mut kind: serde_json::Value| {
            kind["run"] = run.into();
            kind["connection"] = connection.into();
            kind["at"] = json!(at(second));
            kind["cursor"] = 1.into();
            follow.note(serde_json::from_value(kind).unwrap())
        };
        let zero = json!({ "updated": 0, "unchanged": 0, "missing": 0, "rejected": 0, "deferred": 0 });
        let one = json!({ "updated": 1, "unchanged": 0, "missing": 1, "rejected": 0, "deferred": 0 });
        let items = json!([
            { "item": "AAPL", "status": "updated", "detail": "1 row" },
            { "item": "NO\u{1b}[2J", "status": "missing", "detail": "unknown\u{202e}" },
        ]);
        for (nth, lacks) in [(0, true), (1, false)] {
            let begun = nth * 60;
            assert!(tell(nth, 1, begun, json!({ "type": "started", "trigger": "schedule", "streams": [] })).is_empty());
            let page = json!({ "type": "page", "stream": "quotes", "page": 1, "counts": one, "rows_written": 12, "items": items });
            assert!(tell(nth, 1, begun, page).is_empty());
            let done = json!({ "type": "finished", "outcome": "partial", "counts": one, "error": null });
            let mut want = vec![format!("{}  Prices  1 updated, 1 missing (12 rows)  2.0 s", clock(begun + 2))];
            if lacks {
                want.push("                  NO\\u{1b}[2J: unknown\\u{202e}".into());
            }
            assert_eq!(tell(nth, 1, begun + 2, done), want);
        }
        tell(7, 2, 200, json!({ "type": "started", "trigger": "manual", "streams": ["fx"] }));
        tell(7, 2, 200, json!({ "type": "stream_ended", "stream": "fx", "outcome": "failed", "error": "no answer" }));
        tell(7, 2, 200, json!({ "type": "something_new" }));
        let done = json!({ "type": "finished", "outcome": "failed", "counts": zero, "error": "no answer" });
        assert_eq!(tell(7, 2, 200, done), [format!("{}  ECB     failed: no answer  0.0 s, asked for", clock(200))]);
        assert!(follow.has_failures() && follow.missing(&[1, 2]).is_empty());
    }
}
