//! What the user is told once: that a connection, or a provider for all of its connections, does not get on, and that it
//! does again; and how far each way of telling them has come.

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

/// A way of telling the user outside of this program, and how far it has come. Notifications go out in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Notifier {
    /// `webhook` or `ntfy`.
    pub name: String,
    /// The last notification that it has taken, or that was given up.
    pub sent_up_to: NotificationId,
    /// Notifications that it would not take for so long that they were given up.
    pub given_up: i64,
    /// Failures since it last took one.
    pub failures: i64,
    /// `None`: at once, when there is anything.
    pub next_attempt_at: Option<Timestamp>,
    pub last_sent_at: Option<Timestamp>,
    /// Why it did not take the last one.
    pub error: Option<String>,
}

pub static NOTIFIERS: Table = Table {
    schema: "sync",
    name: "notifiers",
    doc: "Ways of telling the user outside of this program, and how far each has come.",
    owner: Owner::Shared,
    key: &["name"],
    merge: Merge::Overwrite,
    columns: &[
        Column::required("name", Kind::Text, "webhook or ntfy"),
        Column::required("sent_up_to", Kind::Int, "The last notification that it took or that was given up"),
        Column::required("given_up", Kind::Int, "Notifications that it would not take in time"),
        Column::required("failures", Kind::Int, "Failures since it last took one"),
        Column::optional("next_attempt_at", Kind::Instant, "When it is tried again"),
        Column::optional("last_sent_at", Kind::Instant, "When it last took one"),
        Column::optional("error", Kind::Text, "Why it did not take the last one"),
    ],
};

impl Record for Notifier {
    const TABLE: &'static Table = &NOTIFIERS;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(&self.name).put(self.sent_up_to).put(self.given_up).put(self.failures);
        row.put(self.next_attempt_at).put(self.last_sent_at).put(self.error.as_deref());
    }

    fn read(row: &RowReader<'_>) -> Result<Notifier, RowError> {
        Ok(Notifier {
            name: row.need("name", RowReader::text)?,
            sent_up_to: row.need("sent_up_to", RowReader::int)?,
            given_up: row.need("given_up", RowReader::int)?,
            failures: row.need("failures", RowReader::int)?,
            next_attempt_at: row.instant("next_attempt_at")?,
            last_sent_at: row.instant("last_sent_at")?,
            error: row.text("error")?,
        })
    }
}
