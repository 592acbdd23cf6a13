//! A run that is going: what it claimed, and how far it has come.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::limits::EVENT_ITEMS_MAX;
use crate::model::sync::{
    ConnectionId, Counts, ItemLine, ItemStatus, Outcome, Run, RunEventKind, RunId, Stream, SyncOptions, Trigger,
};
use crate::provider::{Item, Page};
use crate::store::{ClaimAsk, StreamEnd};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Live {
    pub run: Run,
    pub until: Timestamp,
    /// The streams of this run that have not ended, and whether somebody asked for them again meanwhile.
    going: BTreeMap<String, bool>,
    /// The streams that were asked for some of their items only.
    narrowed: Vec<String>,
    /// Items of the streams that have ended.
    before: i64,
    worst: Outcome,
    error: Option<String>,
}

impl Live {
    pub fn new(id: RunId, connection_id: ConnectionId, trigger: Trigger, streams: &[Stream], ask: &ClaimAsk) -> Live {
        let run = Run {
            id,
            connection_id,
            trigger,
            started_at: ask.now,
            finished_at: None,
            duration_ms: None,
            outcome: None,
            counts: Counts::default(),
            expected: None,
            trades_imported: 0,
            trades_skipped: 0,
            rows_written: 0,
            pages: 0,
            error: None,
        };
        Live {
            run,
            until: ask.now.checked_add(ask.lease_for).unwrap_or(Timestamp::MAX),
            going: streams.iter().map(|stream| (stream.name.clone(), false)).collect(),
            narrowed: streams.iter().filter(|s| !s.due_options.items.is_empty()).map(|s| s.name.clone()).collect(),
            before: 0,
            worst: Outcome::Ok,
            error: None,
        }
    }

    pub fn is_going(&self, stream: &str) -> bool {
        self.going.contains_key(stream)
    }

    /// Whether the run sweeps over every item of the stream.
    pub fn covers_all(&self, stream: &String) -> bool {
        !self.narrowed.contains(stream)
    }

    pub fn is_asked_again(&self, stream: &str) -> bool {
        self.going.get(stream) == Some(&true)
    }

    pub fn asked_again(&mut self, stream: &str) {
        if let Some(again) = self.going.get_mut(stream) {
            *again = true;
        }
    }

    /// Adds a page to the run's counts and moves the stream's watermark.
    pub fn page(
        &mut self,
        stream: &mut Stream,
        page: &Page,
        rows_written: i64,
        now: Timestamp,
    ) -> (Counts, RunEventKind) {
        let reached = self.run.counts.total();
        let mut counts = Counts::default();
        for item in &page.items {
            *counts.of(item.status) += 1;
            self.run.trades_imported += item.imported;
            self.run.trades_skipped += item.skipped;
        }
        self.run.counts.add(&counts);
        self.run.pages += 1;
        self.run.rows_written += rows_written;
        if let Some(left) = page.expected {
            self.run.expected = Some(reached + left);
        }
        stream.watermark = Some(page.watermark.clone());
        stream.as_of = page.as_of.or(stream.as_of);
        stream.last_attempt = Some(now);
        // Unchanged items are counted; those with something to tell are named, too.
        let named = page.items.iter().filter(|item| item.status != ItemStatus::Unchanged || !item.detail.is_empty());
        let event = RunEventKind::Page {
            stream: stream.name.clone(),
            page: self.run.pages,
            counts,
            expected: self.run.expected,
            rows_written,
            items: named.take(EVENT_ITEMS_MAX).map(line).collect(),
        };
        (counts, event)
    }

    pub fn end_stream(&mut self, stream: &mut Stream, end: &StreamEnd, now: Timestamp) -> RunEventKind {
        let reached = self.run.counts.total();
        // What was listed and not reached is accounted for, so that nothing goes missing between the sums. A run that got
        // to the end has reached all there was, though the source may have listed more at first.
        if !matches!(end.outcome, Outcome::Ok | Outcome::Partial) {
            self.run.counts.deferred += (self.run.expected.unwrap_or(reached) - reached).max(0);
        }
        let has_read = reached > self.before;
        self.before = self.run.counts.total();
        self.run.expected = self.run.expected.and(Some(self.before));
        if end.outcome == Outcome::Interrupted {
            // It was left, not tried: all that is known of it stays, and it is still due.
            self.worst = Outcome::Interrupted;
            self.error = Some("the program ended before the run did".into());
            return ended(stream, end);
        }
        stream.outcome = Some(end.outcome);
        stream.error = end.error.clone();
        stream.failures = end.failures;
        stream.last_attempt = Some(now);
        if matches!(end.outcome, Outcome::Ok | Outcome::Partial) {
            stream.last_success = Some(now);
            // What has nothing to read any more has no data that could be old.
            if !has_read && self.covers_all(&stream.name) {
                stream.as_of = None;
            }
        }
        // Somebody who asked while it ran is not put off by how it ended.
        if self.going.remove(&stream.name) != Some(true) {
            stream.next_due = end.next_due;
            stream.due_trigger = Trigger::Schedule;
            stream.due_options = SyncOptions::default();
        }
        if rank(end.outcome) > rank(self.worst) {
            self.worst = end.outcome;
            self.error = end.error.clone();
        }
        ended(stream, end)
    }

    /// How the run as a whole ended: as its worst stream did.
    pub fn verdict(&self) -> (Outcome, Option<String>) {
        (self.worst, self.error.clone())
    }
}

fn ended(stream: &Stream, end: &StreamEnd) -> RunEventKind {
    RunEventKind::StreamEnded {
        stream: stream.name.clone(),
        outcome: end.outcome,
        error: end.error.clone(),
        next_due: stream.next_due,
    }
}

fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Ok => 0,
        Outcome::Deferred => 1,
        Outcome::Partial => 2,
        Outcome::Failed => 3,
        Outcome::NeedsUser => 4,
        Outcome::Interrupted => 5,
    }
}

fn line(item: &Item) -> ItemLine {
    ItemLine { item: item.name.clone(), status: item.status, detail: item.detail.clone() }
}
