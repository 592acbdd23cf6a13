//! Reads the log of the month as it grows, and holds the scheduler to its word.

use std::collections::BTreeMap;

use foliosync_engine::model::sync::{ConnectionId, Outcome, RunEvent, RunEventKind, RunId, Trigger};
use jiff::{SignedDuration, Timestamp};

use super::service::Services;

/// What the audit knows of a connection.
pub struct Account {
    pub service: &'static str,
    pub interval: SignedDuration,
    /// When its next run is due, and nobody knows it where a user has touched the connection.
    due: Option<Timestamp>,
    failing_since: Option<Timestamp>,
    pub last_read: Option<Timestamp>,
}

#[derive(Default)]
pub struct Audit {
    pub accounts: BTreeMap<ConnectionId, Account>,
    going: BTreeMap<ConnectionId, RunId>,
    pub outcomes: BTreeMap<String, u64>,
    pub manual: u64,
    /// Seconds that runs began after they were due, by service and whether it was well meanwhile.
    pub waits: BTreeMap<(&'static str, bool), Vec<i64>>,
    /// Seconds from the end of a service's trouble to the next success of a connection that had met it, by service.
    pub recoveries: BTreeMap<&'static str, Vec<i64>>,
}

impl Audit {
    pub fn add(&mut self, id: ConnectionId, service: &'static str, interval_secs: i64) {
        let interval = SignedDuration::from_secs(interval_secs);
        self.accounts.insert(id, Account { service, interval, due: None, failing_since: None, last_read: None });
    }

    /// A user did something to a connection at `at`, which makes it due.
    pub fn touched(&mut self, id: ConnectionId, at: Timestamp) {
        let account = self.accounts.get_mut(&id).expect("it is known");
        account.due = None;
        if account.failing_since.is_some() {
            account.failing_since = Some(at);
        }
    }

    pub fn line(&mut self, event: &RunEvent, services: &Services) {
        let account = self.accounts.get_mut(&event.connection).expect("it is known");
        match &event.kind {
            RunEventKind::Started { trigger, .. } => {
                let other = self.going.insert(event.connection, event.run);
                assert_eq!(other, None, "two runs of connection {} at once", event.connection);
                match account.due.take() {
                    Some(due) if *trigger == Trigger::Schedule => {
                        let wait = event.at.duration_since(due).as_secs();
                        assert!(wait >= 0, "connection {} ran before it was due: {event:?}", event.connection);
                        let is_well = !services.troubled(account.service, due, event.at);
                        self.waits.entry((account.service, is_well)).or_default().push(wait);
                    }
                    _ => self.manual += u64::from(*trigger != Trigger::Schedule),
                }
            }
            RunEventKind::Page { .. } => {}
            RunEventKind::StreamEnded { outcome, next_due, .. } => {
                account.due = *next_due;
                match outcome {
                    Outcome::Ok => {
                        account.last_read = Some(event.at);
                        let due = next_due.expect("what was read is read again");
                        account.keeps_its_interval(due.duration_since(event.at));
                        if let Some(since) = account.failing_since.take() {
                            let from = since.max(services.well_since(account.service, event.at));
                            let took = event.at.duration_since(from).as_secs();
                            self.recoveries.entry(account.service).or_default().push(took);
                        }
                    }
                    Outcome::Failed | Outcome::NeedsUser => {
                        account.failing_since.get_or_insert(event.at);
                    }
                    // It was told when to come, by a ban or its own budget, and is well if it comes then.
                    Outcome::Deferred => account.failing_since = *next_due,
                    Outcome::Partial | Outcome::Interrupted => {}
                }
            }
            RunEventKind::Finished { outcome, .. } => {
                assert_eq!(self.going.remove(&event.connection), Some(event.run), "an end without a beginning");
                *self.outcomes.entry(format!("{outcome:?}")).or_default() += 1;
            }
        }
    }
}

impl Account {
    /// Never sooner than its interval, later by a twentieth and at most a minute.
    fn keeps_its_interval(&self, next: SignedDuration) {
        let late = next.checked_sub(self.interval).expect("a short time");
        assert!((0..=60).contains(&late.as_secs()), "{next:#} after a run, and it is to run every {:#}", self.interval);
    }
}

/// Sorts some seconds, and tells the middle, the worst but one in a hundred, and the worst.
pub fn spread(seconds: &mut [i64]) -> String {
    seconds.sort_unstable();
    let at = |part: usize| seconds.get(seconds.len().saturating_sub(1) * part / 100).copied().unwrap_or(0);
    format!("{}, {}, {}", at(50), at(99), at(100))
}
