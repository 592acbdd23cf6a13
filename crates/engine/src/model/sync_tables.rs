//! The tables of schema `sync`, and how its records are written to them and read back.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::notification::{NOTIFICATIONS, NOTIFIERS};
use super::quota::QUOTA;
use super::record::{Column, Kind, Merge, Owner, Record, RowError, RowReader, RowWriter, Table};
use super::run_day::RUN_DAYS;
use super::sync::{Connection, Counts, Gap, Run, RunEvent, Setting, Stream, SyncRequest};

const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Column {
    Column::required(name, kind, doc)
}

const fn optional(name: &'static str, kind: Kind, doc: &'static str) -> Column {
    Column::optional(name, kind, doc)
}

const fn table(
    name: &'static str,
    doc: &'static str,
    key: &'static [&'static str],
    columns: &'static [Column],
) -> Table {
    Table { schema: "sync", name, doc, owner: Owner::Shared, key, merge: Merge::Overwrite, columns }
}

static CONNECTIONS: Table = table(
    "connections",
    "Configured accounts and folders.",
    &["id"],
    &[
        required("id", Kind::Int, "Never used twice"),
        required("provider", Kind::Text, "What it is pulled from"),
        required("label", Kind::Text, "Its name on screen"),
        required("settings", Kind::Json, "Settings that are not secret"),
        optional("owner", Kind::Text, "An opaque name, for fairness and filters"),
        required("sync_enabled", Kind::Bool, "Whether schedules run it"),
        required("interval_secs", Kind::Int, "Seconds between scheduled runs"),
        required("created_at", Kind::Instant, "When it was added"),
        optional("removed_at", Kind::Instant, "When it was removed; its rows may have been kept"),
    ],
);

static STREAMS: Table = table(
    "streams",
    "Datasets of connections: where each stands and when it runs next.",
    &["connection_id", "name"],
    &[
        required("connection_id", Kind::Int, "Its connection"),
        required("name", Kind::Text, "Which dataset"),
        optional("watermark", Kind::Json, "Where the provider goes on from"),
        optional("next_due", Kind::Instant, "When it runs next; empty while it waits for the user"),
        required("due_trigger", Kind::Text, "What made it due"),
        required("due_options", Kind::Json, "What it was asked to do beyond reading changes"),
        required("failures", Kind::Int, "Failures since the last success"),
        optional("outcome", Kind::Text, "How the last attempt ended"),
        optional("error", Kind::Text, "What failed, and what to do"),
        optional("last_attempt", Kind::Instant, "When it last ran"),
        optional("last_success", Kind::Instant, "When it last read something, changed or not"),
        optional("as_of", Kind::Instant, "The time the source gives for its data"),
    ],
);

static RUNS: Table = table(
    "runs",
    "The sync log: every run with what it did.",
    &["id"],
    &[
        required("id", Kind::Int, "Grows with every run"),
        required("connection_id", Kind::Int, "Its connection"),
        required("trigger", Kind::Text, "schedule, manual, api or mcp"),
        required("started_at", Kind::Instant, "When it began"),
        optional("finished_at", Kind::Instant, "When it ended; empty while it runs"),
        optional("duration_ms", Kind::Int, "How long it took"),
        optional("outcome", Kind::Text, "ok, partial, failed, needsuser or interrupted"),
        required("updated", Kind::Int, "Items that changed and were stored"),
        required("unchanged", Kind::Int, "Items that are as stored"),
        required("missing", Kind::Int, "Items that the source lacked"),
        required("rejected", Kind::Int, "Items that could not be read"),
        required("deferred", Kind::Int, "Items left for the next run"),
        required("total", Kind::Int, "All items"),
        optional("expected", Kind::Int, "Items that it covers, as far as is known"),
        required("trades_imported", Kind::Int, "Trades of changed items that were accepted"),
        required("trades_skipped", Kind::Int, "Trades of changed items that could not be read"),
        required("rows_written", Kind::Int, "Rows placed in the tables of data; equal ones do not count"),
        required("pages", Kind::Int, "Commits"),
        optional("error", Kind::Text, "What failed"),
    ],
);

static RUN_EVENTS: Table = table(
    "run_events",
    "The log of every run, line by line.",
    &[],
    &[
        required("cursor", Kind::Int, "Position in the log of all runs"),
        required("run_id", Kind::Int, "Its run"),
        required("connection_id", Kind::Int, "Its connection"),
        required("at", Kind::Instant, "When it happened"),
        required("body", Kind::Json, "What happened"),
    ],
);

static GAPS: Table = table(
    "gaps",
    "Parts that the last answer lacked; their stored rows are the last good ones.",
    &["connection_id", "stream", "item"],
    &[
        required("connection_id", Kind::Int, "Its connection"),
        required("stream", Kind::Text, "Its stream"),
        required("item", Kind::Text, "Which block, symbol or wallet"),
        required("since", Kind::Instant, "Since when it is lacking"),
        required("status", Kind::Text, "missing, rejected or deferred"),
        required("reason", Kind::Text, "Why, and what to do"),
    ],
);

static REQUESTS: Table = table(
    "requests",
    "What each \"sync now\" asked for.",
    &["id"],
    &[
        required("id", Kind::Int, "Grows with every request"),
        required("at", Kind::Instant, "When it was made"),
        required("after_cursor", Kind::Int, "The end of the log when it was made"),
        required("joins", Kind::Bool, "Whether runs that were going count"),
        required("connections", Kind::Json, "Ids of the connections"),
    ],
);

static SETTINGS: Table = table(
    "settings",
    "Named values: last_synced; usd_gbp_rate (pounds for a dollar) and when it was so, as RFC 3339 in UTC.",
    &["key"],
    &[
        required("key", Kind::Text, "Name"),
        required("value", Kind::Text, "Value"),
        required("updated_at", Kind::Instant, "When it was set"),
    ],
);

/// The tables above, for stores that create them.
pub fn control_tables() -> [&'static Table; 11] {
    [
        &CONNECTIONS,
        &STREAMS,
        &RUNS,
        &RUN_EVENTS,
        &RUN_DAYS,
        &GAPS,
        &REQUESTS,
        &SETTINGS,
        &QUOTA,
        &NOTIFICATIONS,
        &NOTIFIERS,
    ]
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data serializes")
}

/// The bare word of an enum that serializes as one.
pub(crate) fn word(value: &impl Serialize) -> String {
    json(value).trim_matches('"').to_string()
}

fn from_word<T: DeserializeOwned>(row: &RowReader<'_>, column: &str) -> Result<Option<T>, RowError> {
    let Some(text) = row.text(column)? else { return Ok(None) };
    serde_json::from_value(Json::String(text)).map(Some).map_err(|e| row.error(column, &e.to_string()))
}

impl Record for Connection {
    const TABLE: &'static Table = &CONNECTIONS;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(self.id).put(&self.provider).put(&self.label).put(&json(&self.settings)).put(self.owner.as_deref());
        row.put(self.sync_enabled).put(self.interval_secs).put(self.created_at).put(self.removed_at);
    }

    fn read(row: &RowReader<'_>) -> Result<Connection, RowError> {
        Ok(Connection {
            id: row.need("id", RowReader::int)?,
            provider: row.need("provider", RowReader::text)?,
            label: row.need("label", RowReader::text)?,
            settings: row.need("settings", RowReader::parse)?,
            owner: row.text("owner")?,
            sync_enabled: row.need("sync_enabled", RowReader::bool)?,
            interval_secs: row.need("interval_secs", RowReader::int)?,
            created_at: row.need("created_at", RowReader::instant)?,
            removed_at: row.instant("removed_at")?,
        })
    }
}

impl Record for Stream {
    const TABLE: &'static Table = &STREAMS;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(self.connection_id).put(&self.name).put(self.watermark.as_ref().map(json).as_deref());
        row.put(self.next_due).put(&word(&self.due_trigger)).put(&json(&self.due_options)).put(self.failures);
        row.put(self.outcome.as_ref().map(word).as_deref()).put(self.error.as_deref());
        row.put(self.last_attempt).put(self.last_success).put(self.as_of);
    }

    fn read(row: &RowReader<'_>) -> Result<Stream, RowError> {
        Ok(Stream {
            connection_id: row.need("connection_id", RowReader::int)?,
            name: row.need("name", RowReader::text)?,
            watermark: row.parse("watermark")?,
            next_due: row.instant("next_due")?,
            due_trigger: row.need("due_trigger", from_word)?,
            due_options: row.need("due_options", RowReader::parse)?,
            failures: row.need("failures", RowReader::int)?,
            outcome: from_word(row, "outcome")?,
            error: row.text("error")?,
            last_attempt: row.instant("last_attempt")?,
            last_success: row.instant("last_success")?,
            as_of: row.instant("as_of")?,
        })
    }
}

impl Record for Run {
    const TABLE: &'static Table = &RUNS;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(self.id).put(self.connection_id).put(&word(&self.trigger)).put(self.started_at);
        row.put(self.finished_at).put(self.duration_ms).put(self.outcome.as_ref().map(word).as_deref());
        let Counts { updated, unchanged, missing, rejected, deferred } = self.counts;
        row.put(updated).put(unchanged).put(missing).put(rejected).put(deferred).put(self.counts.total());
        row.put(self.expected).put(self.trades_imported).put(self.trades_skipped).put(self.rows_written);
        row.put(self.pages).put(self.error.as_deref());
    }

    fn read(row: &RowReader<'_>) -> Result<Run, RowError> {
        Ok(Run {
            id: row.need("id", RowReader::int)?,
            connection_id: row.need("connection_id", RowReader::int)?,
            trigger: row.need("trigger", from_word)?,
            started_at: row.need("started_at", RowReader::instant)?,
            finished_at: row.instant("finished_at")?,
            duration_ms: row.int("duration_ms")?,
            outcome: from_word(row, "outcome")?,
            counts: Counts {
                updated: row.need("updated", RowReader::int)?,
                unchanged: row.need("unchanged", RowReader::int)?,
                missing: row.need("missing", RowReader::int)?,
                rejected: row.need("rejected", RowReader::int)?,
                deferred: row.need("deferred", RowReader::int)?,
            },
            expected: row.int("expected")?,
            trades_imported: row.need("trades_imported", RowReader::int)?,
            trades_skipped: row.need("trades_skipped", RowReader::int)?,
            rows_written: row.need("rows_written", RowReader::int)?,
            pages: row.need("pages", RowReader::int)?,
            error: row.text("error")?,
        })
    }
}

impl Record for RunEvent {
    const TABLE: &'static Table = &RUN_EVENTS;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(self.cursor).put(self.run).put(self.connection).put(self.at).put(&json(&self.kind));
    }

    fn read(row: &RowReader<'_>) -> Result<RunEvent, RowError> {
        Ok(RunEvent {
            cursor: row.need("cursor", RowReader::int)?,
            run: row.need("run_id", RowReader::int)?,
            connection: row.need("connection_id", RowReader::int)?,
            at: row.need("at", RowReader::instant)?,
            kind: row.need("body", RowReader::parse)?,
        })
    }
}

impl Record for Gap {
    const TABLE: &'static Table = &GAPS;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(self.connection_id).put(&self.stream).put(&self.item).put(self.since);
        row.put(&word(&self.status)).put(&self.reason);
    }

    fn read(row: &RowReader<'_>) -> Result<Gap, RowError> {
        Ok(Gap {
            connection_id: row.need("connection_id", RowReader::int)?,
            stream: row.need("stream", RowReader::text)?,
            item: row.need("item", RowReader::text)?,
            since: row.need("since", RowReader::instant)?,
            status: row.need("status", from_word)?,
            reason: row.need("reason", RowReader::text)?,
        })
    }
}

impl Record for SyncRequest {
    const TABLE: &'static Table = &REQUESTS;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(self.id).put(self.at).put(self.after).put(self.joins).put(&json(&self.connections));
    }

    fn read(row: &RowReader<'_>) -> Result<SyncRequest, RowError> {
        Ok(SyncRequest {
            id: row.need("id", RowReader::int)?,
            at: row.need("at", RowReader::instant)?,
            after: row.need("after_cursor", RowReader::int)?,
            joins: row.need("joins", RowReader::bool)?,
            connections: row.need("connections", RowReader::parse)?,
        })
    }
}

impl Record for Setting {
    const TABLE: &'static Table = &SETTINGS;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(&self.key).put(&self.value).put(self.updated_at);
    }

    fn read(row: &RowReader<'_>) -> Result<Setting, RowError> {
        Ok(Setting {
            key: row.need("key", RowReader::text)?,
            value: row.need("value", RowReader::text)?,
            updated_at: row.need("updated_at", RowReader::instant)?,
        })
    }
}
