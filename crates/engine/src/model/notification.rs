//! What the user is told once: that a connection, or a provider for all of its connections, does not get on, and that it
//! does again.

use jiff::Timestamp;
use serde::Serialize;

use super::record::{Column, Kind, Merge, Owner, Record, RowError, RowReader, RowWriter, Table};
use super::sync::ConnectionId;

pub type NotificationId = i64;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// Grows with every notification.
    pub id: NotificationId,
    pub at: Timestamp,
    pub kind: NotificationKind,
    pub provider: String,
    /// `None`: it is about the provider, and so about all connections to it.
    pub connection_id: Option<ConnectionId>,
    pub label: Option<String>,
    /// What failed and what to do, for people.
    pub message: String,
    /// When what it tells was over; `None` while it goes on, and for what is good news.
    pub over_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotificationKind {
    /// It will be retried.
    Error,
    /// Nothing happens until the user acts.
    NeedsAttention,
    Recovered,
}

impl NotificationKind {
    pub const fn word(self) -> &'static str {
        match self {
            NotificationKind::Error => "error",
            NotificationKind::NeedsAttention => "needs_attention",
            NotificationKind::Recovered => "recovered",
        }
    }
}

pub static NOTIFICATIONS: Table = Table {
    schema: "sync",
    name: "notifications",
    doc: "What the user is told: once when something fails for good or needs them, once when it is well again.",
    owner: Owner::Shared,
    key: &["id"],
    merge: Merge::Overwrite,
    columns: &[
        Column::required("id", Kind::Int, "Grows with every notification"),
        Column::required("at", Kind::Instant, "When it happened"),
        Column::required("kind", Kind::Text, "error, needs_attention or recovered"),
        Column::required("provider", Kind::Text, "Its provider"),
        Column::optional("connection_id", Kind::Int, "Its connection; empty: all connections to the provider"),
        Column::optional("label", Kind::Text, "Name of the connection"),
        Column::required("message", Kind::Text, "What failed and what to do"),
        Column::optional("over_at", Kind::Instant, "When it was over; empty while it goes on"),
    ],
};

impl Record for Notification {
    const TABLE: &'static Table = &NOTIFICATIONS;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(self.id).put(self.at).put(self.kind.word()).put(&self.provider).put(self.connection_id);
        row.put(self.label.as_deref()).put(&self.message).put(self.over_at);
    }

    fn read(row: &RowReader<'_>) -> Result<Notification, RowError> {
        let kind = match row.need("kind", RowReader::text)?.as_str() {
            "error" => NotificationKind::Error,
            "needs_attention" => NotificationKind::NeedsAttention,
            "recovered" => NotificationKind::Recovered,
            other => return Err(row.error("kind", &format!("holds `{other}`"))),
        };
        Ok(Notification {
            id: row.need("id", RowReader::int)?,
            at: row.need("at", RowReader::instant)?,
            kind,
            provider: row.need("provider", RowReader::text)?,
            connection_id: row.int("connection_id")?,
            label: row.text("label")?,
            message: row.need("message", RowReader::text)?,
            over_at: row.instant("over_at")?,
        })
    }
}
