//! Accounts whose state changes by chance, and a provider that reads them: blocks in sweeps, bars by a cursor.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::provider::{FetchRequest, Item, Page, Provider, ProviderError, ProviderSpec, Reach};
use foliosync_engine::testkit::chance::Chance;
use foliosync_engine::testkit::samples::{Bar, Day, bar, bars, block, day};
use foliosync_engine::testkit::scripted::SPEC;
use jiff::SignedDuration;
use serde_json::{Value as Json, json};

#[derive(Clone)]
pub struct Source {
    state: Arc<Mutex<State>>,
}

struct State {
    accounts: BTreeMap<String, Account>,
    chance: Chance,
    /// Nothing goes wrong any more.
    calm: bool,
}

#[derive(Default)]
struct Account {
    blocks: BTreeMap<String, Vec<Day>>,
    /// Every state that a block was ever in.
    versions: BTreeMap<String, BTreeSet<Vec<Day>>>,
    /// Every bar that was ever said, the last of a key being right.
    log: Vec<Bar>,
}

impl Source {
    pub fn new(seed: u64) -> Source {
        let state = State { accounts: BTreeMap::new(), chance: Chance::new(seed), calm: false };
        Source { state: Arc::new(Mutex::new(state)) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub fn calm_down(&self) {
        self.lock().calm = true;
    }

    /// Something happens to an account.
    pub fn change(&self, account: &str) {
        let State { accounts, chance, .. } = &mut *self.lock();
        let account = accounts.entry(account.into()).or_default();
        let name = format!("block {}", chance.below(5));
        match chance.below(6) {
            0 => drop(account.blocks.remove(&name)),
            1 => account.set(&name, Vec::new()),
            2 | 3 => {
                let net = chance.below(1_000).to_string();
                let days = (1..=1 + chance.below(4) as i8).map(|n| day(&name, n, &net)).collect();
                account.set(&name, days);
            }
            _ => {
                for _ in 0..=chance.below(6) {
                    let symbol = *chance.pick(&["X", "Y", "Z"]);
                    account.log.push(bar(symbol, 1 + chance.below(3) as i8, &chance.below(1_000).to_string()));
                }
            }
        }
    }

    pub fn days(&self, account: &str) -> Vec<Day> {
        let state = self.lock();
        state.accounts.get(account).into_iter().flat_map(|account| account.blocks.values().flatten().cloned()).collect()
    }

    pub fn bars(&self, account: &str) -> Vec<Bar> {
        self.bars_until(account, usize::MAX)
    }

    /// What the first `seq` lines of the log come to.
    pub fn bars_until(&self, account: &str, seq: usize) -> Vec<Bar> {
        let state = self.lock();
        let log = state.accounts.get(account).map_or(&[][..], |account| &account.log);
        let last: BTreeMap<_, _> = log.iter().take(seq).map(|bar| ((&bar.symbol, bar.date), bar)).collect();
        last.into_values().cloned().collect()
    }

    /// Whether a block was ever just so.
    pub fn was_ever(&self, account: &str, name: &str, days: &[Day]) -> bool {
        let state = self.lock();
        let versions = state.accounts.get(account).and_then(|account| account.versions.get(name));
        days.is_empty() || versions.is_some_and(|versions| versions.contains(days))
    }
}

impl Account {
    fn set(&mut self, name: &str, days: Vec<Day>) {
        self.versions.entry(name.into()).or_default().insert(days.clone());
        self.blocks.insert(name.into(), days);
    }

    /// Adds an item and its change for each of some blocks behind the watermark.
    fn sweep(&self, request: &FetchRequest<'_>, chance: &mut Chance, calm: bool) -> Page {
        let stored: Vec<Day> = request.work().expect("days");
        let mut held: BTreeMap<&str, Vec<&Day>> = BTreeMap::new();
        stored.iter().for_each(|day| held.entry(&day.block).or_default().push(day));
        let mut names: BTreeSet<&str> = self.blocks.keys().map(String::as_str).collect();
        names.extend(held.keys());
        let after = request.watermark.and_then(|watermark| watermark.get("after")?.as_str());
        let left: Vec<_> = names.iter().filter(|name| after.is_none_or(|after| **name > after)).collect();
        let some = left.len().min(1 + chance.below(3) as usize);
        let mut page = empty(json!({ "done": true }));
        for name in &left[..some] {
            let before = held.get(**name).map_or(&[][..], Vec::as_slice);
            let now = self.blocks.get(**name).map_or(&[][..], Vec::as_slice);
            let status = if !before.is_empty() && !calm && chance.once_in(10) {
                ItemStatus::Missing
            } else if before.iter().copied().eq(now) {
                ItemStatus::Unchanged
            } else {
                page.changes.push(block(name, now));
                ItemStatus::Updated
            };
            page.items.push(Item::new(**name, status, "as it is"));
        }
        if some < left.len() {
            (page.watermark, page.more) = (json!({ "after": left[some - 1] }), true);
        }
        page
    }

    fn tail(&self, request: &FetchRequest<'_>, chance: &mut Chance) -> Page {
        let from = request.watermark.and_then(|watermark| watermark["seq"].as_u64()).unwrap_or(0) as usize;
        let until = self.log.len().min(from + 1 + chance.below(4) as usize);
        let mut page = empty(json!({ "seq": until }));
        page.changes.push(bars(&self.log[from..until]));
        page.items = (from..until).map(|seq| Item::new(format!("line {seq}"), ItemStatus::Updated, "said")).collect();
        page.more = until < self.log.len();
        page
    }
}

fn empty(watermark: Json) -> Page {
    Page::last(watermark)
}

/// Time passes; in a paused runtime at once, when nobody has anything else to do.
pub async fn pass(time: Duration) {
    let _ = tokio::time::timeout(time, std::future::pending::<()>()).await;
}

#[async_trait]
impl Provider for Source {
    fn spec(&self) -> &'static ProviderSpec {
        &SPEC
    }

    async fn fetch(&self, _: &Reach, request: &FetchRequest<'_>) -> Result<Page, ProviderError> {
        let (pause, error) = self.lock().mishap(request);
        for _ in 0..pause % 4 {
            tokio::task::yield_now().await;
        }
        pass(Duration::from_secs(pause)).await;
        if let Some(error) = error {
            return Err(error);
        }
        let State { accounts, chance, calm } = &mut *self.lock();
        let account = accounts.entry(request.settings["account"].clone()).or_default();
        Ok(match request.stream {
            "days" => account.sweep(request, chance, *calm),
            _ => account.tail(request, chance),
        })
    }
}

impl State {
    /// Seconds that a fetch takes, and what goes wrong with it. Past two minutes the engine does not wait.
    fn mishap(&mut self, request: &FetchRequest<'_>) -> (u64, Option<ProviderError>) {
        if self.calm {
            return (0, None);
        }
        let chance = &mut self.chance;
        let pause = if chance.once_in(3) { chance.below(150) } else { 0 };
        let message = || "a mishap".to_string();
        let error = match chance.below(40) {
            0 | 1 => Some(ProviderError::Backoff { message: message() }),
            2 => Some(ProviderError::RetryAt {
                at: request.now + SignedDuration::from_secs(chance.below(300) as i64),
                message: message(),
            }),
            3 => Some(ProviderError::NeedsUser { message: message() }),
            4 => Some(ProviderError::Malformed { what: "a body", message: message() }),
            _ => None,
        };
        (pause, error)
    }
}
