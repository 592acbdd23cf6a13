use std::time::Duration;

use crate::ledger::Ledger;
use crate::model::notification::Notification;
use crate::model::sync::{ConnectionId, Outcome};
use crate::provider::Role;
use crate::schedule::FAILURES_UNTIL_ERROR;
use crate::store::{ClaimAsk, ConnectionDraft, RowsOfRemoved, Step, StreamEnd};

use Outcome::{Deferred, Failed, NeedsUser, Ok, Partial};

fn at(secs: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(secs).unwrap()
}

/// A ledger, what it told, and the time.
#[derive(Default)]
struct World {
    ledger: Ledger,
    told: std::collections::BTreeMap<i64, Notification>,
    now: i64,
}

impl World {
    fn add(&mut self, provider: &str, label: &str) -> ConnectionId {
        self.ledger.put_connection(draft(None, provider, label, true)).unwrap().id
    }

    /// Ends a run of the connection's stream so, and says what that told.
    fn ends(&mut self, id: ConnectionId, outcome: Outcome, failures: i64) -> Vec<String> {
        self.now += 10;
        let claims = self.ledger.claim(ClaimAsk {
            now: at(self.now),
            lease_for: Duration::from_secs(5),
            max: 100,
            max_of: Default::default(),
            schedules: true,
        });
        let lease = claims.into_iter().find(|claim| claim.lease.connection == id).unwrap().lease;
        let error = (outcome != Ok).then(|| "out of paper".to_string());
        let stream_end = Some(StreamEnd { role: Role::Source, outcome, error, next_due: Some(at(self.now)), failures });
        let step = Step { stream: "a".into(), page: None, stream_end, run_end: true, now: at(self.now) };
        self.ledger.advance(&lease, &step, 0).unwrap();
        self.news()
    }

    fn news(&mut self) -> Vec<String> {
        let delta = self.ledger.take_delta();
        let before = self.told.clone();
        self.told.extend(delta.notifications);
        let line = |told: &Notification| match told.over_at {
            None => told.message.clone(),
            Some(_) => format!("over: {}", told.message),
        };
        self.told.values().filter(|told| before.get(&told.id) != Some(told)).map(line).collect()
    }
}

fn draft(id: Option<ConnectionId>, provider: &str, label: &str, sync_enabled: bool) -> ConnectionDraft {
    ConnectionDraft {
        id,
        provider: provider.into(),
        label: label.into(),
        settings: Default::default(),
        credentials: Default::default(),
        owner: None,
        sync_enabled,
        interval_secs: 60,
        streams: vec!["a".into()],
        now: at(0),
    }
}

const NOTHING: [String; 0] = [];

#[test]
fn it_is_told_once_and_once_when_it_is_over() {
    let mut world = World::default();
    let (one, other) = (world.add("p", "one"), world.add("p", "other"));
    assert_eq!(world.ends(other, Ok, 0), NOTHING);
    for failures in 1..FAILURES_UNTIL_ERROR {
        assert_eq!(world.ends(one, Failed, failures), NOTHING, "it is tried again");
    }
    assert_eq!(world.ends(one, Failed, FAILURES_UNTIL_ERROR), ["`one` cannot be read: out of paper"]);
    assert_eq!(world.ends(one, Failed, FAILURES_UNTIL_ERROR + 1), NOTHING);
    assert_eq!(world.ends(one, Deferred, FAILURES_UNTIL_ERROR + 1), NOTHING);
    let over = "over: `one` cannot be read: out of paper";
    assert_eq!(world.ends(one, Partial, 0), [over, "`one` is read again"]);
    assert_eq!(world.ends(one, Ok, 0), NOTHING);
    assert_eq!(world.ends(one, NeedsUser, 1), ["`one` cannot be read: out of paper"], "at once");
    assert_eq!(world.ends(one, NeedsUser, 2), NOTHING);
    assert_eq!(world.ends(one, Ok, 0), [over, "`one` is read again"]);
}

#[test]
fn where_it_is_the_provider_it_is_told_once_for_all() {
    let mut world = World::default();
    let ids = [world.add("p", "one"), world.add("p", "two"), world.add("p", "three")];
    let else_where = world.add("q", "else");
    assert_eq!(world.ends(else_where, Ok, 0), NOTHING);
    for id in ids {
        assert_eq!(world.ends(id, Failed, 3), NOTHING);
    }
    let all = "none of the connections to p can be read: out of paper";
    assert_eq!(world.ends(ids[0], Failed, 4), [all]);
    assert_eq!(world.ends(ids[1], Failed, 4), NOTHING);
    assert_eq!(world.ends(ids[2], NeedsUser, 5), ["`three` cannot be read: out of paper"], "that is its own matter");
    assert_eq!(world.ends(ids[0], Ok, 0), [format!("over: {all}"), "p can be read again".into()]);
    // What still fails now fails by itself.
    assert_eq!(world.ends(ids[1], Failed, 5), ["`two` cannot be read: out of paper"]);
    assert_eq!(world.ends(ids[1], Ok, 0).len(), 2);
}

#[test]
fn what_is_left_is_told_no_more() {
    let mut world = World::default();
    let (one, two) = (world.add("p", "one"), world.add("p", "two"));
    assert_eq!(world.ends(two, Ok, 0), NOTHING);
    assert_eq!(world.ends(one, NeedsUser, 1).len(), 1);
    world.ledger.put_connection(draft(Some(one), "p", "one", false)).unwrap();
    assert_eq!(world.news(), ["over: `one` cannot be read: out of paper"]);
    assert_eq!(world.ends(two, NeedsUser, 1).len(), 1);
    world.ledger.remove_connection(two, RowsOfRemoved::Keep, at(1)).unwrap();
    assert_eq!(world.news(), ["over: `two` cannot be read: out of paper"]);
}

#[test]
fn a_program_that_starts_again_knows_what_it_told() {
    let mut world = World::default();
    let one = world.add("p", "one");
    assert_eq!(world.ends(one, NeedsUser, 1).len(), 1);
    let told: Vec<Notification> = world.told.values().cloned().collect();
    world.ledger.notices = super::Notices::load(told, 0);
    assert_eq!(world.ends(one, NeedsUser, 2), NOTHING);
    assert_eq!(world.ends(one, Ok, 0).len(), 2);
    let ids: Vec<_> = world.told.keys().copied().collect();
    assert_eq!(ids, [1, 2], "numbers go on");
}
