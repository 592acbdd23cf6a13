//! What a connection's state comes to: derived from its streams each time, never stored.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::calendar::Calendar;
use crate::limits::{STALE_DAILY_SECS_MIN, STALE_SECS_MIN};
use crate::model::sync::{Connection, Gap, Outcome, Run, Stream};
use crate::provider::{ProviderSpec, Role};
use crate::schedule::{FAILURES_UNTIL_ERROR, Rhythm};
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
    pub role: Role,
    pub status: Status,
    /// The worst of its streams'.
    pub freshness: Freshness,
    /// Of each of `streams`, in their order.
    #[serde(skip)]
    pub stream_freshness: Vec<Freshness>,
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
        spec: &ProviderSpec,
        streams: Vec<Stream>,
        gaps: Vec<Gap>,
        last_run: Option<Run>,
        now: Timestamp,
    ) -> ConnectionView {
        let running = last_run.as_ref().is_some_and(|run| run.outcome.is_none());
        let failing = streams.iter().find(|stream| stream.error.is_some());
        let each: Vec<Freshness> = streams.iter().map(|stream| freshness(&connection, spec, stream, now)).collect();
        ConnectionView {
            role: spec.role,
            status: status(&connection, &streams, running),
            freshness: each.iter().copied().max_by_key(|f| *f as u8).unwrap_or(Freshness::Never),
            stream_freshness: each,
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

/// How old the data is that a stream has, by the source's own time, else by that of the last success: stale where there
/// could have been newer for three times as long as the stream waits between its runs, and for some time at least.
pub fn freshness(connection: &Connection, spec: &ProviderSpec, stream: &Stream, now: Timestamp) -> Freshness {
    let Some(at) = stream.as_of.or(stream.last_success) else { return Freshness::Never };
    let calendar = spec.stream(&stream.name).map_or(Calendar::Always, |stream| stream.calendar);
    let least = match calendar {
        Calendar::Always | Calendar::Open(_) => STALE_SECS_MIN,
        Calendar::Daily(_) => STALE_DAILY_SECS_MIN,
    };
    let patience = (Rhythm::of(connection, stream, spec).interval * 3).max(SignedDuration::from_secs(least));
    if calendar.is_old(at, patience, now) { Freshness::Stale } else { Freshness::Fresh }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Venue;
    use crate::model::sync::Trigger;
    use crate::provider::{Cadence, StreamSpec};

    fn connection(interval_secs: i64) -> Connection {
        Connection {
            id: 1,
            provider: "p".into(),
            label: "l".into(),
            settings: Default::default(),
            owner: None,
            sync_enabled: true,
            interval_secs,
            created_at: Timestamp::UNIX_EPOCH,
            removed_at: None,
        }
    }

    #[test]
    fn the_worst_stream_speaks_for_its_connection() {
        let connection = connection(60);
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

    const fn stream(name: &'static str, cadence: Cadence, calendar: Calendar) -> StreamSpec {
        StreamSpec { name, summary: "", cadence, calendar, work: None }
    }

    const SPEC: ProviderSpec = ProviderSpec {
        streams: &[
            stream("files", Cadence::Interval, Calendar::Always),
            stream("names", Cadence::EverySecs(86_400), Calendar::Always),
            stream("quotes", Cadence::Interval, Calendar::Open(Venue::NewYork)),
            stream("history", Cadence::EverySecs(6 * 3_600), Calendar::Daily(Venue::NewYork)),
            stream("fx", Cadence::EverySecs(3_600), Calendar::Open(Venue::Fx)),
            stream("rates", Cadence::Interval, Calendar::Daily(Venue::Target)),
        ],
        ..ProviderSpec::LOCAL
    };

    #[test]
    fn freshness_is_the_age_of_the_data_not_of_the_attempt() {
        let at = |minutes: i64| Timestamp::from_second(minutes * 60).unwrap();
        let check = |as_of: Option<i64>, last_success: Option<i64>, interval_mins: i64, want| {
            let (as_of, last_success, last_attempt) = (as_of.map(at), last_success.map(at), Some(at(10_000)));
            let stream = Stream { as_of, last_success, last_attempt, ..Stream::new(1, "files", None) };
            assert_eq!(freshness(&connection(interval_mins * 60), &SPEC, &stream, at(300)), want);
        };
        check(None, None, 60, Freshness::Never);
        check(None, Some(120), 60, Freshness::Fresh);
        check(None, Some(119), 60, Freshness::Stale);
        check(Some(1), Some(299), 60, Freshness::Stale);
        check(None, Some(295), 1, Freshness::Fresh);
    }

    /// The connection runs every quarter of an hour.
    #[test]
    fn data_is_old_once_its_source_has_had_newer_for_long_enough() {
        use Freshness::{Fresh, Stale};
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        for (stream, as_of, now, want) in [
            ("names", "2026-11-18T12:00:00Z", "2026-11-21T11:59:00Z", Fresh),
            ("names", "2026-11-18T12:00:00Z", "2026-11-21T12:01:00Z", Stale),
            // New York is open from 14:30 to 21:00.
            ("quotes", "2026-11-20T20:59:00Z", "2026-11-21T12:00:00Z", Fresh),
            ("quotes", "2026-11-20T20:59:00Z", "2026-11-23T15:13:00Z", Fresh),
            ("quotes", "2026-11-20T20:59:00Z", "2026-11-23T15:15:00Z", Stale),
            ("quotes", "2026-11-20T20:10:00Z", "2026-11-21T12:00:00Z", Stale),
            ("quotes", "2026-11-25T21:00:00Z", "2026-11-26T18:00:00Z", Fresh),
            // A day is told when it is over, and looked for four times a day.
            ("history", "2026-11-19T21:00:00Z", "2026-11-21T14:59:00Z", Fresh),
            ("history", "2026-11-19T21:00:00Z", "2026-11-21T15:01:00Z", Stale),
            ("history", "2026-11-20T21:00:00Z", "2026-11-24T14:59:00Z", Fresh),
            ("fx", "2026-11-20T21:59:00Z", "2026-11-22T22:30:00Z", Fresh),
            ("fx", "2026-11-20T21:59:00Z", "2026-11-23T01:10:00Z", Stale),
            // The bank publishes about 15:00 UTC, and may be late; on Good Friday and Easter Monday it does not.
            ("rates", "2026-11-20T14:57:00Z", "2026-11-21T16:59:00Z", Fresh),
            ("rates", "2026-11-20T14:57:00Z", "2026-11-23T17:59:00Z", Fresh),
            ("rates", "2026-11-20T14:57:00Z", "2026-11-23T18:01:00Z", Stale),
            ("rates", "2026-11-19T15:00:00Z", "2026-11-21T12:00:00Z", Stale),
            ("rates", "2026-04-02T14:00:00Z", "2026-04-07T16:59:00Z", Fresh),
            ("rates", "2026-04-02T14:00:00Z", "2026-04-07T17:01:00Z", Stale),
        ] {
            let stream = Stream { as_of: Some(at(as_of)), ..Stream::new(1, stream, None) };
            let got = freshness(&connection(15 * 60), &SPEC, &stream, at(now));
            assert_eq!(got, want, "{} of {as_of} at {now}", stream.name);
        }
    }
}
