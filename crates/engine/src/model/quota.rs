//! `sync.quota`: what is left of each budget of requests, and which are closed.

use jiff::Timestamp;

use super::record::{Column, Kind, Merge, Owner, Record, RowError, RowReader, RowWriter, Table};

/// A budget as it stands. Counts are weights, as the provider counts requests; times are UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaRow {
    pub scope: String,
    /// The window that `used` counts: from its start up to, not including, its end.
    pub window_start: Timestamp,
    pub window_end: Timestamp,
    /// What was handed out in this window, spent or not.
    pub used: i64,
    pub weight_max: i64,
    /// Nothing is handed out before this time: the provider said so.
    pub closed_until: Option<Timestamp>,
    pub updated_at: Timestamp,
    /// Why it was closed the last time.
    pub note: Option<String>,
}

impl QuotaRow {
    /// The weight that is left at `now`: none while closed, all of it once the window has passed.
    pub fn left(&self, now: Timestamp) -> i64 {
        if self.closed_at(now) {
            return 0;
        }
        let used = if now < self.window_end { self.used } else { 0 };
        (self.weight_max - used).max(0)
    }

    pub fn closed_at(&self, now: Timestamp) -> bool {
        self.closed_until.is_some_and(|until| until > now)
    }
}

pub static QUOTA: Table = Table {
    schema: "sync",
    name: "quota",
    doc: "Budgets of requests: what was used of each in its window, and until when a provider closed it.",
    owner: Owner::Shared,
    key: &["scope"],
    merge: Merge::Overwrite,
    columns: &[
        Column::required("scope", Kind::Text, "Who shares it: provider, address or key, and which limit"),
        Column::required("window_start", Kind::Instant, "Since when it is counted"),
        Column::required("window_end", Kind::Instant, "When it is full again"),
        Column::required("used", Kind::Int, "Weight handed out since then"),
        Column::required("weight_max", Kind::Int, "Weight of a whole window"),
        Column::optional("closed_until", Kind::Instant, "Nothing is sent before this time"),
        Column::required("updated_at", Kind::Instant, "When this was written"),
        Column::optional("note", Kind::Text, "Why it was closed the last time"),
    ],
};

impl Record for QuotaRow {
    const TABLE: &'static Table = &QUOTA;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(&self.scope).put(self.window_start).put(self.window_end).put(self.used).put(self.weight_max);
        row.put(self.closed_until).put(self.updated_at).put(self.note.as_deref());
    }

    fn read(row: &RowReader<'_>) -> Result<QuotaRow, RowError> {
        Ok(QuotaRow {
            scope: row.need("scope", RowReader::text)?,
            window_start: row.need("window_start", RowReader::instant)?,
            window_end: row.need("window_end", RowReader::instant)?,
            used: row.need("used", RowReader::int)?,
            weight_max: row.need("weight_max", RowReader::int)?,
            closed_until: row.instant("closed_until")?,
            updated_at: row.need("updated_at", RowReader::instant)?,
            note: row.text("note")?,
        })
    }
}
