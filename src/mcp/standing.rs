//! How fresh and how complete the data behind an answer is, in fields for programs and in one sentence for models: they
//! quote sentences, and leave fields behind.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::answer::fitting;
use super::api::Api;
use crate::failure::Failure;

/// Streams that are named; the rest is counted.
const STALE_SHOWN_MAX: usize = 10;
const STALE_BYTES_MAX: usize = 8_000;
/// Connections that the sentence names.
const NAMED_MAX: usize = 3;
/// How old a report may be that is given again.
const REPORT_AGE_MAX: Duration = Duration::from_secs(1);
const PRICE_STREAMS: [&str; 3] = ["quotes", "history", "fx"];
/// A copy of the data that is older than this is worth a word.
const SNAPSHOT_MILLIS_MAX: i64 = 2_000;

/// How fresh and complete the data is.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// Repeat this with every number that you take from this answer.
    pub summary: String,
    /// False: something is old or lacks. Then nothing here is to be given as current or as a total of everything.
    pub complete: bool,
    /// The oldest time that any source gives for its data.
    pub as_of: Option<String>,
    /// When anything was last synced.
    pub last_synced: Option<String>,
    /// The consistent copy of the data that was asked; none where the data itself was.
    pub snapshot: Option<Snapshot>,
    /// How many connections there are.
    pub connections: usize,
    /// How many of them are old, or were never synced.
    pub stale_connections: usize,
    /// What of them is old; the first ones.
    pub stale: Vec<Stale>,
    /// How many more there are.
    pub stale_left_out: usize,
    /// Parts (symbols, wallets, files) that the last answer of their source lacked: their rows are older ones.
    pub gaps: usize,
    /// Instruments whose price is old.
    pub prices_stale: i64,
    /// Instruments without any price.
    pub unpriced: i64,
}

/// A stream of a connection whose data is old.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Stale {
    pub connection: String,
    pub stream: Option<String>,
    /// Of when its data is; null: it never had any.
    pub since: Option<String>,
    pub reason: String,
}

/// The committed state that a query saw.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// The last line of the log that it holds.
    pub cursor: i64,
    pub at: String,
    pub age_ms: i64,
}

/// What `/api/freshness` answers, as far as models need it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub last_synced: Option<String>,
    pub connections: Vec<Connection>,
    pub prices: Prices,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    pub connection: i64,
    pub label: String,
    pub provider: String,
    pub status: String,
    pub freshness: String,
    pub last_sync_at: Option<String>,
    pub as_of: Option<String>,
    pub streams: Vec<Stream>,
    pub gaps: Vec<Gap>,
}

/// One dataset of a connection.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stream {
    pub name: String,
    /// `fresh`, `stale` or `never`.
    pub freshness: String,
    /// The time that the source itself gives for its data.
    pub as_of: Option<String>,
    pub last_success: Option<String>,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

/// A part that the last answer of the source lacked.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Gap {
    pub stream: String,
    pub item: String,
    pub since: String,
    pub status: String,
    pub reason: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct Prices {
    /// With a price, old ones included.
    pub priced: i64,
    pub stale: i64,
    pub unpriced: i64,
}

/// The last report that was read, for whoever asks again at once: a model asks in bursts, and the report costs more
/// than most of its questions.
#[derive(Clone, Default)]
pub struct Recent(Arc<Mutex<Option<(Instant, Report)>>>);

impl Recent {
    fn get(&self) -> Option<Report> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|(at, _)| at.elapsed() < REPORT_AGE_MAX).map(|(_, report)| report.clone())
    }

    fn keep(&self, report: Report) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), report));
    }
}

/// As it is now.
pub async fn report(api: &Api) -> Result<Report, Failure> {
    let report: Report = api.get("/api/freshness").await?;
    api.recent().keep(report.clone());
    Ok(report)
}

/// As it was a moment ago at most, and before the data is read: what lands in between makes the data better than said,
/// never worse.
pub async fn recent_report(api: &Api) -> Result<Report, Failure> {
    match api.recent().get() {
        Some(report) => Ok(report),
        None => report(api).await,
    }
}

impl Standing {
    pub fn of(report: &Report) -> Standing {
        let is_old = |connection: &&Connection| connection.freshness != "fresh";
        let old: Vec<&Connection> = report.connections.iter().filter(is_old).collect();
        let (stale, stale_left_out) =
            fitting(old.iter().flat_map(|connection| stale(connection)).collect(), STALE_SHOWN_MAX, STALE_BYTES_MAX);
        let mut standing = Standing {
            summary: String::new(),
            complete: true,
            as_of: report
                .connections
                .iter()
                .filter_map(|connection| connection.as_of.clone())
                .min_by_key(|at| time(at)),
            last_synced: report.last_synced.clone(),
            snapshot: None,
            connections: report.connections.len(),
            stale_connections: old.len(),
            stale,
            stale_left_out,
            gaps: report.connections.iter().map(|connection| connection.gaps.len()).sum(),
            prices_stale: report.prices.stale,
            unpriced: report.prices.unpriced,
        };
        let faults = standing.faults(&old);
        standing.complete = faults.is_empty() && standing.connections > 0;
        standing.summary = match (standing.connections, faults.is_empty()) {
            (0, _) => "EMPTY: nothing is connected yet, so there is no data to speak of.".into(),
            (_, false) => partial(&faults.join("; ")),
            (1, true) => format!("COMPLETE: the only connection is fresh{}.", standing.of_when()),
            (all, true) => format!("COMPLETE: all {all} connections are fresh{}.", standing.of_when()),
        };
        standing
    }

    /// Beside a valuation, which says itself what it lacks a price for: here prices that nothing held needs would make
    /// every total partial.
    pub fn beside_valuation(mut report: Report) -> Standing {
        report.prices = Prices::default();
        for connection in &mut report.connections {
            connection.gaps.retain(|gap| !PRICE_STREAMS.contains(&gap.stream.as_str()));
        }
        Standing::of(&report)
    }

    /// The same, seen through a copy of the data.
    pub fn seen_in(mut self, snapshot: Option<Snapshot>) -> Standing {
        if let Some(Snapshot { at, age_ms, .. }) = &snapshot {
            if self.last_synced.as_deref().and_then(time) > time(at) {
                self.summary += &format!(" These rows were copied at {at}: what was synced since is not in them.");
            } else if *age_ms > SNAPSHOT_MILLIS_MAX {
                self.summary += &format!(" These rows were copied at {at}.");
            }
        }
        self.snapshot = snapshot;
        self
    }

    /// The same with one more thing that lacks.
    pub fn lacking(mut self, what: &str) -> Standing {
        self.summary = match self.complete {
            true => partial(what),
            false => format!("{} Also: {what}.", self.summary),
        };
        self.complete = false;
        self
    }

    fn faults(&self, old: &[&Connection]) -> Vec<String> {
        let mut faults = Vec::new();
        if !old.is_empty() {
            let named: Vec<String> = old.iter().take(NAMED_MAX).map(|connection| named(connection)).collect();
            let more = old.len().saturating_sub(NAMED_MAX);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let is = if self.connections == 1 { "connection is" } else { "connections are" };
            faults.push(format!("{} of {} {is} stale ({}{more})", old.len(), self.connections, named.join(", ")));
        }
        for (count, one, many) in [
            (self.gaps as i64, "part lacks in its source's last answer", "parts lack in their sources' last answers"),
            (self.prices_stale, "price is old", "prices are old"),
            (self.unpriced, "instrument has no price", "instruments have no price"),
        ] {
            match count {
                0 => {}
                1 => faults.push(format!("1 {one}")),
                _ => faults.push(format!("{count} {many}")),
            }
        }
        faults
    }

    fn of_when(&self) -> String {
        self.as_of.as_ref().map(|at| format!("; the oldest data is as of {at}")).unwrap_or_default()
    }
}

fn partial(why: &str) -> String {
    format!("PARTIAL: {why}. Do not give anything here as current or as a total of everything.")
}

fn named(connection: &Connection) -> String {
    match oldest(connection) {
        _ if connection.freshness == "never" && connection.last_sync_at.is_none() => {
            format!("`{}`: never synced", connection.label)
        }
        Some(at) => format!("`{}`: as of {at}", connection.label),
        None => format!("`{}`", connection.label),
    }
}

/// Of when the oldest of what is old is.
fn oldest(connection: &Connection) -> Option<String> {
    let old = connection.streams.iter().filter(|stream| stream.freshness != "fresh");
    old.filter_map(of_when).min_by_key(|at| time(at)).or_else(|| connection.as_of.clone())
}

/// Times are compared as such: as texts, half a second past ten would come before ten.
fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

fn of_when(stream: &Stream) -> Option<String> {
    stream.as_of.clone().or_else(|| stream.last_success.clone())
}

fn stale(connection: &Connection) -> Vec<Stale> {
    let of = |stream: Option<&Stream>| {
        let why = match (&connection.status[..], stream) {
            ("DISCONNECTED", _) => "the connection is switched off".into(),
            (_, Some(Stream { error: Some(error), .. })) => error.clone(),
            (_, Some(stream)) if stream.freshness == "never" => "it was never read".into(),
            (_, Some(_)) => "its source should have had newer data by now".into(),
            (_, None) => "it was never synced".into(),
        };
        let since = stream.map_or_else(|| connection.as_of.clone(), of_when);
        Stale {
            connection: connection.label.clone(),
            stream: stream.map(|stream| stream.name.clone()),
            since,
            reason: why,
        }
    };
    let old: Vec<Stale> =
        connection.streams.iter().filter(|stream| stream.freshness != "fresh").map(|stream| of(Some(stream))).collect();
    if old.is_empty() { vec![of(None)] } else { old }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn connection(label: &str, freshness: &str, error: Option<&str>, gaps: usize) -> Json {
        let at = (freshness != "never").then_some("2026-11-01T10:00:00Z");
        let gap = json!({ "stream": "quotes", "item": "X", "since": "2026-11-01T10:00:00Z", "status": "missing", "reason": "r" });
        json!({
            "connection": 1, "label": label, "provider": "p", "status": "CONNECTED", "freshness": freshness,
            "lastSyncAt": at, "asOf": at, "gaps": vec![gap; gaps],
            "streams": [{ "name": "quotes", "freshness": freshness, "asOf": at, "lastSuccess": at, "error": error },
                        { "name": "fx", "freshness": "fresh", "asOf": at, "lastSuccess": at, "error": null }],
        })
    }

    fn standing(connections: Vec<Json>, stale: i64, unpriced: i64) -> Standing {
        let report = json!({
            "lastSynced": null, "connections": connections,
            "prices": { "priced": 1, "stale": stale, "unpriced": unpriced, "partial": false },
        });
        Standing::of(&serde_json::from_value(report).unwrap())
    }

    #[test]
    fn the_sentence_says_what_is_wrong_and_never_flatters() {
        let fresh = || connection("a", "fresh", None, 0);
        let old = |label: &str| connection(label, "stale", Some("the key was refused"), 0);
        let no_total = "Do not give anything here as current or as a total of everything.";
        for (connections, prices, complete, want) in [
            (vec![], (0, 0), false, "EMPTY: nothing is connected yet, so there is no data to speak of.".into()),
            (
                vec![fresh()],
                (0, 0),
                true,
                "COMPLETE: the only connection is fresh; the oldest data is as of 2026-11-01T10:00:00Z.".into(),
            ),
            (
                vec![fresh(), fresh()],
                (0, 0),
                true,
                "COMPLETE: all 2 connections are fresh; the oldest data is as of 2026-11-01T10:00:00Z.".into(),
            ),
            (
                vec![fresh(), old("b"), connection("c", "never", None, 0)],
                (0, 0),
                false,
                format!(
                    "PARTIAL: 2 of 3 connections are stale (`b`: as of 2026-11-01T10:00:00Z, `c`: never synced). {no_total}"
                ),
            ),
            (
                vec![old("b"), old("c"), old("d"), old("e"), old("f")],
                (0, 0),
                false,
                format!(
                    "PARTIAL: 5 of 5 connections are stale (`b`: as of 2026-11-01T10:00:00Z, `c`: as of \
                     2026-11-01T10:00:00Z, `d`: as of 2026-11-01T10:00:00Z and 2 more). {no_total}"
                ),
            ),
            (
                vec![connection("a", "fresh", None, 2)],
                (1, 3),
                false,
                format!(
                    "PARTIAL: 2 parts lack in their sources' last answers; 1 price is old; 3 instruments have no price. \
                     {no_total}"
                ),
            ),
        ] {
            let got = standing(connections, prices.0, prices.1);
            assert_eq!((got.summary, got.complete), (want, complete));
        }
    }

    #[test]
    fn what_is_old_is_named_with_its_reason_and_the_rest_is_counted() {
        let got = standing(vec![connection("b", "stale", Some("the key was refused"), 0)], 0, 0);
        let stale: Vec<_> = got.stale.iter().map(|s| (&s.connection[..], s.stream.as_deref(), &s.reason[..])).collect();
        assert_eq!(stale, [("b", Some("quotes"), "the key was refused")]);
        let many = (0..30).map(|nth| connection(&format!("c{nth}"), "stale", None, 0)).collect();
        let got = standing(many, 0, 0);
        assert_eq!((got.stale.len(), got.stale_left_out, got.stale_connections), (10, 20, 30));
        assert_eq!(got.stale[0].reason, "its source should have had newer data by now");
    }

    #[test]
    fn one_more_thing_that_lacks_makes_it_partial() {
        let whole = standing(vec![connection("a", "fresh", None, 0)], 0, 0).lacking("1 of 4 lines has no value");
        assert!(
            !whole.complete && whole.summary.starts_with("PARTIAL: 1 of 4 lines has no value. Do not"),
            "{whole:?}"
        );
        let partial = standing(vec![connection("a", "never", None, 0)], 0, 0).lacking("1 of 4 lines has no value");
        assert!(partial.summary.ends_with(" Also: 1 of 4 lines has no value."), "{partial:?}");
    }

    #[test]
    fn beside_a_valuation_only_what_it_cannot_know_counts() {
        let check = |freshness: &str, stream: &str, complete: bool| {
            let mut connection = connection("a", freshness, None, 1);
            connection["gaps"][0]["stream"] = stream.into();
            let prices = json!({ "priced": 1, "stale": 2, "unpriced": 3 });
            let report = json!({ "lastSynced": null, "connections": [connection], "prices": prices });
            let got = Standing::beside_valuation(serde_json::from_value(report).unwrap());
            assert_eq!(got.complete, complete, "{}", got.summary);
        };
        check("fresh", "quotes", true);
        check("fresh", "balances", false);
        check("stale", "quotes", false);
    }

    #[test]
    fn a_copy_that_is_old_or_older_than_the_last_sync_says_so() {
        let check = |synced: Option<&str>, at: &str, age_ms: i64, want: &str| {
            let mut standing = standing(vec![connection("a", "fresh", None, 0)], 0, 0);
            standing.last_synced = synced.map(String::from);
            let before = standing.summary.clone();
            let seen = standing.seen_in(Some(Snapshot { cursor: 1, at: at.into(), age_ms }));
            assert_eq!(seen.summary, format!("{before}{want}"));
        };
        let at = "2026-11-01T10:00:00Z";
        check(None, at, 1_000, "");
        check(Some("2026-11-01T09:59:59.9Z"), at, 1_000, "");
        check(Some("2026-11-01T09:59:59.9Z"), at, 4_200, " These rows were copied at 2026-11-01T10:00:00Z.");
        let since = " These rows were copied at 2026-11-01T10:00:00Z: what was synced since is not in them.";
        check(Some("2026-11-01T10:00:00.5Z"), at, 1_000, since);
    }
}
