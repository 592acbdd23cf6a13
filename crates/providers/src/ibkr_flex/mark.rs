//! The watermark: the report that is on its way, and what of the last one is stored. A program that starts again goes on
//! with the report that was ordered before.

use foliosync_engine::provider::FetchRequest;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::accounts::snapshot::EmptyOnce;

/// How soon after its order a report is looked for.
const FIRST_LOOK: SignedDuration = SignedDuration::from_secs(5);
const LOOK_PAUSE_MAX: SignedDuration = SignedDuration::from_secs(15);
/// From then on it is looked for seldom: at week-ends it may take hours.
const LOOKS: SignedDuration = SignedDuration::from_mins(5);
const SELDOM_PAUSE: SignedDuration = SignedDuration::from_mins(15);
const SELDOM_PAUSE_MAX: SignedDuration = SignedDuration::from_hours(1);
/// An order that failed may still be answered for so long; then another is made.
const FAILED_AGE_MAX: SignedDuration = SignedDuration::from_mins(10);
/// What was ordered longer ago is of no use any more.
const AGE_MAX: SignedDuration = SignedDuration::from_hours(12);

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mark {
    /// Whose reports these are.
    pub query: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ordered: Option<Ordered>,
    /// Whether the reference of an order was lost, and it is ordered once more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_again: bool,
    /// What the rows of the last report were: with the same, there is nothing new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<String>,
    #[serde(skip_serializing_if = "EmptyOnce::is_none")]
    pub empty: EmptyOnce,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ordered {
    pub reference: String,
    pub at: Timestamp,
    /// Another host that its answer named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
    /// Whether it is fetched there, because the usual one does not have it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_elsewhere: bool,
    /// Rows that are stored, and of which report: a service that makes it anew is read from its beginning.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub done: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Mark {
    /// The start, for a watermark of another form or another query.
    pub fn of(request: &FetchRequest<'_>, query: &str) -> Mark {
        let stored = request.watermark.and_then(|json| Mark::deserialize(json).ok());
        let stored = stored.filter(|mark| mark.query == query).unwrap_or_default();
        let ordered = stored.ordered.filter(|ordered| ordered.age(request.now) <= AGE_MAX);
        Mark { query: query.into(), ordered, ..stored }
    }

    /// The same, for the next order.
    pub fn settled(self) -> Mark {
        Mark { ordered: None, is_again: false, ..self }
    }

    pub fn to_json(&self) -> Json {
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl Ordered {
    pub fn new(reference: String, other: Option<String>, now: Timestamp) -> Ordered {
        Ordered { reference, at: now, other, is_elsewhere: false, done: 0, report: None }
    }

    /// A clock that was set back says nothing about it.
    fn age(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.at).max(SignedDuration::ZERO)
    }

    /// Where it is fetched, if not at the usual host.
    pub fn site(&self) -> Option<&str> {
        self.other.as_deref().filter(|_| self.is_elsewhere)
    }

    /// When to look for it first; `None` where that is now, or past.
    pub fn first_look(&self, now: Timestamp) -> Option<Timestamp> {
        (self.age(now) < FIRST_LOOK).then(|| now + (FIRST_LOOK - self.age(now)))
    }

    /// When to look again, when it was not done: after 5 s, later after 15 s, and after five minutes much more seldom.
    pub fn next_look(&self, now: Timestamp) -> Timestamp {
        let age = self.age(now);
        let pause = match age < LOOKS {
            true => (age / 4).clamp(FIRST_LOOK, LOOK_PAUSE_MAX),
            false => age.clamp(SELDOM_PAUSE, SELDOM_PAUSE_MAX),
        };
        now + pause
    }

    pub fn is_given_up(&self, now: Timestamp) -> bool {
        self.age(now) > FAILED_AGE_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_become_seldom() {
        let start = Timestamp::UNIX_EPOCH;
        let ordered = Ordered::new("1".into(), None, start);
        let at = |seconds: i64| start + SignedDuration::from_secs(seconds);
        assert_eq!((ordered.first_look(at(0)), ordered.first_look(at(2))), (Some(at(5)), Some(at(5))));
        assert_eq!(ordered.first_look(at(5)), None);
        for (seconds, pause) in
            [(5, 5), (10, 5), (40, 10), (60, 15), (299, 15), (300, 900), (1_800, 1_800), (7_200, 3_600)]
        {
            let pause = SignedDuration::from_secs(pause);
            assert_eq!(ordered.next_look(at(seconds)), at(seconds) + pause, "{seconds} s after the order");
        }
        // Within a minute there is room for all of them.
        let (mut now, mut looks) = (at(5), 0);
        while now < at(60) {
            looks += 1;
            now = ordered.next_look(now);
        }
        assert!(looks < 9, "{looks} looks in the first minute");
        assert_eq!(ordered.next_look(at(-60)), at(-55), "the clock was set back");
    }
}
