//! What a connection's state comes to: derived from its streams each time, never stored.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::model::sync::{Connection, Gap, Outcome, Run, Stream};
use crate::schedule::FAILURES_UNTIL_ERROR;
use crate::secrets::CredentialView;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    Connected,
    Syncing,
    /// It will be retried; `next_attempt_at` says when.
    Error,
    /// Nothing happens until the user acts; the error says how.
    NeedsAttention,
    /// Switched off.
    Disconnected,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Freshness {
    Fresh,
    Stale,
    Never,
}

/// A connection as people see it. Its worst stream speaks for it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionView {
    #[serde(flatten)]
    pub connection: Connection,
    pub status: Status,
    pub freshness: Freshness,
    pub sync_interval_min: i64,
    /// Which credentials there are, by key; never what they are.
    pub credentials: BTreeMap<String, CredentialView>,
    /// The last time that anything of it was read, changed or not.
    pub last_sync_at: Option<Timestamp>,
    pub last_attempt_at: Option<Timestamp>,
    pub last_sync_error: Option<String>,
    pub next_attempt_at: Option<Timestamp>,
    pub last_run: Option<Run>,
    pub streams: Vec<Stream>,
    /// Parts whose rows are the last good ones, with the reason.
    pub gaps: Vec<Gap>,
}

impl ConnectionView {
    pub fn new(
        connection: Connection,
        streams: Vec<Stream>,
        gaps: Vec<Gap>,
        last_run: Option<Run>,
        now: Timestamp,
    ) -> ConnectionView {
        let running = last_run.as_ref().is_some_and(|run| run.outcome.is_none());
        let interval = SignedDuration::from_secs(connection.interval_secs);
        let failing = streams.iter().find(|stream| stream.error.is_some());
        ConnectionView {
            status: status(&connection, &streams, running),
            freshness: streams
                .iter()
                .map(|s| freshness(s, interval, now))
                .max_by_key(|f| *f as u8)
                .unwrap_or(Freshness::Never),
            sync_interval_min: connection.interval_secs / 60,
            credentials: BTreeMap::new(),
            last_sync_at: streams.iter().filter_map(|stream| stream.last_success).max(),
            last_attempt_at: streams.iter().filter_map(|stream| stream.last_attempt).max(),
            last_sync_error: failing.and_then(|stream| stream.error.clone()),
            next_attempt_at: streams.iter().filter_map(|stream| stream.next_due).min(),
            connection,
            last_run,
            streams,
            gaps,
        }
    }
}

fn status(connection: &Connection, streams: &[Stream], running: bool) -> Status {
    if running {
        return Status::Syncing;
    }
    if !connection.sync_enabled {
        return Status::Disconnected;
    }
    if streams.iter().any(|stream| stream.outcome == Some(Outcome::NeedsUser)) {
        return Status::NeedsAttention;
    }
    if streams.iter().any(|stream| stream.failures >= FAILURES_UNTIL_ERROR) {
        return Status::Error;
    }
    Status::Connected
}

/// The age of the source's own time, else of the last success, against three intervals and at least five minutes.
pub fn freshness(stream: &Stream, interval: SignedDuration, now: Timestamp) -> Freshness {
    let Some(at) = stream.as_of.or(stream.last_success) else { return Freshness::Never };
    let limit = (interval * 3).max(SignedDuration::from_mins(5));
    if now.duration_since(at) > limit { Freshness::Stale } else { Freshness::Fresh }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sync::Trigger;

    #[test]
    fn the_worst_stream_speaks_for_its_connection() {
        let connection = Connection {
            id: 1,
            provider: "p".into(),
            label: "l".into(),
            settings: Default::default(),
            owner: None,
            sync_enabled: true,
            interval_secs: 60,
            created_at: Timestamp::UNIX_EPOCH,
            removed_at: None,
        };
        let good = Stream::new(1, "good", None);
        let check = |bad: Stream, enabled: bool, want: Status| {
            let connection = Connection { sync_enabled: enabled, ..connection.clone() };
            assert_eq!(status(&connection, &[good.clone(), bad], false), want);
        };
        check(Stream { failures: 3, outcome: Some(Outcome::Failed), ..good.clone() }, true, Status::Connected);
        check(Stream { failures: 4, outcome: Some(Outcome::Failed), ..good.clone() }, true, Status::Error);
        check(Stream { outcome: Some(Outcome::NeedsUser), ..good.clone() }, true, Status::NeedsAttention);
        check(Stream { outcome: Some(Outcome::NeedsUser), ..good.clone() }, false, Status::Disconnected);
        assert_eq!(status(&connection, &[], true), Status::Syncing);
        assert_eq!(good.due_trigger, Trigger::Schedule);
    }

    #[test]
    fn freshness_is_the_age_of_the_data_not_of_the_attempt() {
        let at = |minutes: i64| Timestamp::from_second(minutes * 60).unwrap();
        let hour = SignedDuration::from_hours(1);
        let stream = |as_of, last_success| Stream {
            as_of,
            last_success,
            last_attempt: Some(at(10_000)),
            ..Stream::new(1, "s", None)
        };
        let check = |stream: &Stream, interval, want| assert_eq!(freshness(stream, interval, at(300)), want);
        check(&stream(None, None), hour, Freshness::Never);
        check(&stream(None, Some(at(120))), hour, Freshness::Fresh);
        check(&stream(None, Some(at(119))), hour, Freshness::Stale);
        check(&stream(Some(at(1)), Some(at(299))), hour, Freshness::Stale);
        check(&stream(None, Some(at(295))), SignedDuration::from_secs(60), Freshness::Fresh);
    }
}
