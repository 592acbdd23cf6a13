//! `sync.run_days`: what is left of runs once they are too old for the log.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::record::{Column, Kind, Merge, Owner, Record, RowError, RowReader, RowWriter, Table};
use super::sync::{ConnectionId, Counts, Outcome, Run};

/// The sums of a connection's runs that began on one day in UTC and are no longer in the log one by one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunDay {
    pub connection_id: ConnectionId,
    pub day: Date,
    pub runs: i64,
    /// Of these, how many ended in which way.
    pub runs_ok: i64,
    pub runs_partial: i64,
    pub runs_failed: i64,
    pub runs_needsuser: i64,
    pub runs_deferred: i64,
    pub runs_interrupted: i64,
    pub duration_ms: i64,
    #[serde(flatten)]
    pub counts: Counts,
    pub trades_imported: i64,
    pub trades_skipped: i64,
    pub rows_written: i64,
    pub pages: i64,
    /// What failed last on that day.
    pub error: Option<String>,
}

impl RunDay {
    fn new(connection_id: ConnectionId, day: Date) -> RunDay {
        RunDay {
            connection_id,
            day,
            runs: 0,
            runs_ok: 0,
            runs_partial: 0,
            runs_failed: 0,
            runs_needsuser: 0,
            runs_deferred: 0,
            runs_interrupted: 0,
            duration_ms: 0,
            counts: Counts::default(),
            trades_imported: 0,
            trades_skipped: 0,
            rows_written: 0,
            pages: 0,
            error: None,
        }
    }

    /// The day that a run is counted on.
    pub fn of(run: &Run) -> Date {
        TimeZone::UTC.to_datetime(run.started_at).date()
    }

    /// The days of `runs`, which are given in their order, with what was known of these days before.
    pub fn sum(known: Vec<RunDay>, runs: &[Run]) -> Vec<RunDay> {
        let mut known: BTreeMap<_, _> = known.into_iter().map(|day| ((day.connection_id, day.day), day)).collect();
        let mut days = BTreeMap::new();
        for run in runs {
            let of = (run.connection_id, RunDay::of(run));
            let before = || known.remove(&of).unwrap_or_else(|| RunDay::new(of.0, of.1));
            days.entry(of).or_insert_with(before).add(run);
        }
        days.into_values().collect()
    }

    fn add(&mut self, run: &Run) {
        self.runs += 1;
        match run.outcome {
            Some(Outcome::Ok) => self.runs_ok += 1,
            Some(Outcome::Partial) => self.runs_partial += 1,
            Some(Outcome::Failed) => self.runs_failed += 1,
            Some(Outcome::NeedsUser) => self.runs_needsuser += 1,
            Some(Outcome::Deferred) => self.runs_deferred += 1,
            Some(Outcome::Interrupted) | None => self.runs_interrupted += 1,
        }
        self.duration_ms += run.duration_ms.unwrap_or(0);
        self.counts.add(&run.counts);
        self.trades_imported += run.trades_imported;
        self.trades_skipped += run.trades_skipped;
        self.rows_written += run.rows_written;
        self.pages += run.pages;
        if run.error.is_some() {
            self.error.clone_from(&run.error);
        }
    }
}

pub static RUN_DAYS: Table = Table {
    schema: "sync",
    name: "run_days",
    doc: "Runs that are too old for sync.runs, summed up by connection and day of their start in UTC.",
    owner: Owner::Shared,
    key: &["connection_id", "day"],
    merge: Merge::Overwrite,
    columns: &[
        Column::required("connection_id", Kind::Int, "Its connection"),
        Column::required("day", Kind::Date, "When they began, in UTC"),
        Column::required("runs", Kind::Int, "How many there were"),
        Column::required("runs_ok", Kind::Int, "Runs that ended well"),
        Column::required("runs_partial", Kind::Int, "Runs that read a part"),
        Column::required("runs_failed", Kind::Int, "Runs that failed"),
        Column::required("runs_needsuser", Kind::Int, "Runs that ended waiting for the user"),
        Column::required("runs_deferred", Kind::Int, "Runs that were put off"),
        Column::required("runs_interrupted", Kind::Int, "Runs that were broken off"),
        Column::required("duration_ms", Kind::Int, "How long all took"),
        Column::required("updated", Kind::Int, "Items that changed and were stored"),
        Column::required("unchanged", Kind::Int, "Items that were as stored"),
        Column::required("missing", Kind::Int, "Items that the source lacked"),
        Column::required("rejected", Kind::Int, "Items that could not be read"),
        Column::required("deferred", Kind::Int, "Items left for the next run"),
        Column::required("trades_imported", Kind::Int, "Trades of changed items that were accepted"),
        Column::required("trades_skipped", Kind::Int, "Trades of changed items that could not be read"),
        Column::required("rows_written", Kind::Int, "Rows placed in the tables of data; equal ones do not count"),
        Column::required("pages", Kind::Int, "Commits"),
        Column::optional("error", Kind::Text, "What failed last"),
    ],
};

impl Record for RunDay {
    const TABLE: &'static Table = &RUN_DAYS;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(self.connection_id).put(self.day).put(self.runs);
        row.put(self.runs_ok).put(self.runs_partial).put(self.runs_failed).put(self.runs_needsuser);
        row.put(self.runs_deferred).put(self.runs_interrupted).put(self.duration_ms);
        let Counts { updated, unchanged, missing, rejected, deferred } = self.counts;
        row.put(updated).put(unchanged).put(missing).put(rejected).put(deferred);
        row.put(self.trades_imported).put(self.trades_skipped).put(self.rows_written).put(self.pages);
        row.put(self.error.as_deref());
    }

    fn read(row: &RowReader<'_>) -> Result<RunDay, RowError> {
        let int = |column| row.need(column, RowReader::int);
        Ok(RunDay {
            connection_id: int("connection_id")?,
            day: row.need("day", RowReader::date)?,
            runs: int("runs")?,
            runs_ok: int("runs_ok")?,
            runs_partial: int("runs_partial")?,
            runs_failed: int("runs_failed")?,
            runs_needsuser: int("runs_needsuser")?,
            runs_deferred: int("runs_deferred")?,
            runs_interrupted: int("runs_interrupted")?,
            duration_ms: int("duration_ms")?,
            counts: Counts {
                updated: int("updated")?,
                unchanged: int("unchanged")?,
                missing: int("missing")?,
                rejected: int("rejected")?,
                deferred: int("deferred")?,
            },
            trades_imported: int("trades_imported")?,
            trades_skipped: int("trades_skipped")?,
            rows_written: int("rows_written")?,
            pages: int("pages")?,
            error: row.text("error")?,
        })
    }
}
