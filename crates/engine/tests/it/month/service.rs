//! The services of the month. They count requests as real ones do, fail in episodes, and note what must not happen to
//! them: a budget exceeded, a ban ignored, two requests for one account at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use foliosync_engine::budget::Window;
use foliosync_engine::clock::Clock;
use foliosync_engine::http::{HttpAnswer, HttpRequest, Transport, TransportError};
use foliosync_engine::testkit::chance::Chance;
use foliosync_engine::testkit::replay::answer;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::sim::pass;

/// A service as its contract describes it.
pub struct Kind {
    pub id: &'static str,
    /// Weight of one request.
    pub weight: u32,
    pub limit: Option<Limit>,
    /// What goes wrong with it.
    pub faults: &'static [Fault],
}

pub struct Limit {
    pub name: &'static str,
    pub weight_max: u32,
    pub window: Window,
    /// How many accounts share a key; `None` where the whole machine is counted.
    pub accounts_per_key: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// 503.
    Down,
    Unreachable,
    /// No answer at all.
    Hangs,
    /// A web page under status 200.
    Page,
    /// 429 with `Retry-After` up to the end.
    Ban,
}

pub const KINDS: [Kind; 4] = [
    Kind {
        id: "exchange",
        weight: 20,
        limit: Some(Limit { name: "minute", weight_max: 1_200, window: Window::Seconds(60), accounts_per_key: None }),
        faults: &[Fault::Ban, Fault::Down, Fault::Unreachable],
    },
    Kind {
        id: "broker",
        weight: 1,
        limit: Some(Limit { name: "minute", weight_max: 10, window: Window::Seconds(60), accounts_per_key: Some(1) }),
        faults: &[Fault::Hangs, Fault::Page],
    },
    Kind {
        id: "prices",
        weight: 1,
        limit: Some(Limit { name: "day", weight_max: 250, window: Window::Day("UTC"), accounts_per_key: Some(50) }),
        faults: &[Fault::Down, Fault::Ban],
    },
    Kind { id: "files", weight: 1, limit: None, faults: &[Fault::Page] },
];

pub fn kind(id: &str) -> &'static Kind {
    KINDS.iter().find(|kind| kind.id == id).expect("one of the four")
}

/// Whose requests a limit counts together.
pub fn whose(limit: &Limit, account: usize) -> String {
    limit.accounts_per_key.map_or("ip".into(), |many| format!("key {}", account / many))
}

#[derive(Debug, Clone, Copy)]
struct Episode {
    from: Timestamp,
    until: Timestamp,
    fault: Fault,
}

pub struct Services {
    clock: Clock,
    began: Timestamp,
    episodes: BTreeMap<&'static str, Vec<Episode>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    chance: Option<Chance>,
    /// Start of the window and weight in it, by service and who is counted.
    used: BTreeMap<(&'static str, String), (Timestamp, u32)>,
    /// Until when somebody was told to stay away, and when they heard it.
    told: BTreeMap<(&'static str, String), (Timestamp, Timestamp)>,
    inside: BTreeSet<(&'static str, usize)>,
    revoked: BTreeSet<usize>,
    pub seen: Seen,
}

/// What the services saw in the month.
#[derive(Debug, Default, Clone)]
pub struct Seen {
    pub requests: u64,
    /// The most weight in one window, by service.
    pub most: BTreeMap<&'static str, u32>,
    pub exceeded: u64,
    pub bans: u64,
    pub during_ban: u64,
    pub overlaps: u64,
}

impl Services {
    /// With episodes of trouble from `clock.now()` until `calm`.
    pub fn new(clock: Clock, seed: u64, calm: Timestamp) -> Arc<Services> {
        let mut chance = Chance::new(seed);
        let began = clock.now();
        let hours = calm.duration_since(began).as_hours().unsigned_abs();
        let mut episodes: BTreeMap<&'static str, Vec<Episode>> = BTreeMap::new();
        for kind in &KINDS {
            let mut at = began;
            loop {
                at += SignedDuration::from_mins(60 + chance.below(hours * 60 / 6) as i64);
                let until = at + SignedDuration::from_mins(5 + chance.below(hours * 60 / 12) as i64);
                if until > calm {
                    break;
                }
                let fault = *chance.pick(kind.faults);
                episodes.entry(kind.id).or_default().push(Episode { from: at, until, fault });
                at = until;
            }
        }
        let seen = Seen::default();
        let state = State { chance: Some(chance), seen, ..State::default() };
        Arc::new(Services { clock, began, episodes, state: Mutex::new(state) })
    }

    /// When the last trouble of a service before `at` was over; the beginning where it had none.
    pub fn well_since(&self, service: &str, at: Timestamp) -> Timestamp {
        let ends = self.episodes.get(service).into_iter().flatten().map(|episode| episode.until);
        ends.filter(|until| *until <= at).max().unwrap_or(self.began)
    }

    /// Whether a service was in trouble at any time between two.
    pub fn troubled(&self, service: &str, from: Timestamp, until: Timestamp) -> bool {
        let mut episodes = self.episodes.get(service).into_iter().flatten();
        episodes.any(|episode| episode.from <= until && from <= episode.until)
    }

    pub fn revoke(&self, account: usize) {
        self.lock().revoked.insert(account);
    }

    pub fn restore(&self, account: usize) {
        self.lock().revoked.remove(&account);
    }

    pub fn seen(&self) -> Seen {
        self.lock().seen.clone()
    }

    /// The value of an account on a day, which grows until the day is over.
    pub fn value(&self, account: usize, day: i64, at: Timestamp) -> i64 {
        let today = self.day(at);
        let hours = if day < today { 24 } else { at.duration_since(self.began).as_hours() % 24 };
        account as i64 * 1_000_000 + day * 100 + hours
    }

    /// Days since the beginning.
    pub fn day(&self, at: Timestamp) -> i64 {
        at.duration_since(self.began).as_hours() / 24
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn fault(&self, service: &str, at: Timestamp) -> Option<Episode> {
        let episodes = self.episodes.get(service)?;
        episodes.iter().find(|episode| (episode.from..episode.until).contains(&at)).copied()
    }

    /// What becomes of a request, as it arrives.
    fn arrives(&self, kind: &'static Kind, account: usize) -> (Duration, Verdict) {
        let now = self.clock.now();
        let State { chance, used, told, revoked, seen, .. } = &mut *self.lock();
        let chance = chance.as_mut().expect("it is there");
        let latency = Duration::from_millis(50 + chance.below(900));
        seen.requests += 1;
        let mut scope = (kind.id, "ip".to_string());
        if let Some(limit) = &kind.limit {
            scope.1 = whose(limit, account);
            let (start, _) = limit.window.around(now);
            let window = used.entry(scope.clone()).or_insert((start, 0));
            if window.0 < start {
                *window = (start, 0);
            }
            window.1 += kind.weight;
            let most = seen.most.entry(kind.id).or_default();
            *most = window.1.max(*most);
            if window.1 > limit.weight_max {
                seen.exceeded += 1;
            }
            if told.get(&scope).is_some_and(|(until, heard)| now < *until && now > *heard) {
                seen.during_ban += 1;
            }
        }
        let verdict = match self.fault(kind.id, now) {
            Some(Episode { fault: Fault::Ban, until, .. }) => {
                seen.bans += 1;
                told.insert(scope, (until, now + SignedDuration::try_from(latency).unwrap_or_default()));
                Verdict::Ban((until.duration_since(now).as_secs() + 1).max(1))
            }
            Some(Episode { fault, .. }) => Verdict::Fault(fault),
            None if chance.once_in(500) => Verdict::Fault(Fault::Down),
            None if revoked.contains(&account) => Verdict::Revoked,
            None => Verdict::Well,
        };
        (latency, verdict)
    }
}

enum Verdict {
    Well,
    Revoked,
    Ban(i64),
    Fault(Fault),
}

/// A request that is being answered.
struct Inside<'a> {
    services: &'a Services,
    key: (&'static str, usize),
}

impl<'a> Inside<'a> {
    fn enter(services: &'a Services, key: (&'static str, usize)) -> Inside<'a> {
        let mut state = services.lock();
        if !state.inside.insert(key) {
            state.seen.overlaps += 1;
        }
        Inside { services, key }
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.services.lock().inside.remove(&self.key);
    }
}

#[async_trait]
impl Transport for Services {
    async fn send(&self, request: HttpRequest) -> Result<HttpAnswer, TransportError> {
        let service = request.url.strip_prefix("https://").expect("an address as the client makes it");
        let kind = kind(service);
        let number = |name: &str| {
            let value = request.query.iter().find(|(key, _)| key == name).expect("a number").1.expose();
            value.parse::<i64>().expect("a number")
        };
        let (account, from) = (number("account") as usize, number("from"));
        let _inside = Inside::enter(self, (kind.id, account));
        let (latency, verdict) = self.arrives(kind, account);
        match verdict {
            Verdict::Fault(Fault::Hangs) => std::future::pending().await,
            _ => pass(latency).await,
        }
        match verdict {
            Verdict::Revoked => Ok(answer(401, "{}")),
            Verdict::Ban(secs) => Ok(answer(429, "{}").with_header("retry-after", &secs.to_string())),
            Verdict::Fault(Fault::Unreachable) => Err(TransportError::Unreachable("no route".into())),
            Verdict::Fault(Fault::Page) => Ok(answer(200, "<html>")),
            Verdict::Fault(_) => Ok(answer(503, "down")),
            Verdict::Well => {
                let now = self.clock.now();
                let until = self.day(now).min(from + 9);
                let days: Vec<_> = (from..=until).map(|day| (day, self.value(account, day, now))).collect();
                let more = until < self.day(now);
                Ok(answer(200, &json!({ "days": days, "more": more }).to_string()))
            }
        }
    }
}
