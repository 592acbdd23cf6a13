//! The contract that every provider is held to, for exchanges with a key: from every watermark comes the same tail. And
//! bodies that came out wrong: nothing that is wrong is stored, and nothing is lost.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use foliosync_engine::clock::Clock;
use foliosync_engine::files::Files;
use foliosync_engine::http::{Http, HttpAnswer, HttpRequest};
use foliosync_engine::model::accounts::{Balance, Fill};
use foliosync_engine::model::{Batch, Decimal};
use foliosync_engine::provider::{Change, FetchRequest, Page, Provider, ProviderError, Reach, Settings};
use foliosync_engine::secrets::Credentials;
use foliosync_engine::testkit::chance::Chance;
use foliosync_engine::testkit::mem_store::MemStore;
use foliosync_engine::testkit::page_check;
use foliosync_engine::testkit::provider_contract::{Subject, pages_are_well_formed, resume_gives_the_same_tail};
use foliosync_engine::testkit::replay::Replay;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use crate::exchange_desk::{NOW, QUIET};
use crate::{binance_account, okx_account};

type Source = Box<dyn Fn(&HttpRequest) -> HttpAnswer + Send + Sync>;

fn binance() -> binance_account::Exchange {
    let mut exchange = binance_account::Exchange::default();
    exchange.spot.extend([("ETH", "1", "0"), ("LDBTC", "2", "0")]);
    let many = (0..2_500).map(|nth| (nth * 3, nth % 2 == 0, "0.5", "100.25")).collect();
    exchange.trades = BTreeMap::from([("BTCUSDT", many), ("ETHBTC", vec![(4, true, "1", "2"), (9, false, "1", "2")])]);
    exchange
}

fn okx() -> okx_account::Exchange {
    let spot = (1..=1_730).map(|id| (id * 10, "SPOT", "BTC-USDT", "buy", "-0.1 BTC"));
    let swaps = (2_000..2_150).map(|id| (id * 10, "SWAP", "BTC-USDT-SWAP", "sell", "-0.1 USDT"));
    okx_account::Exchange { bills: spot.chain(swaps).collect(), recent: 1_200, ..Default::default() }
}

fn source(provider: &str) -> (Source, Vec<(&'static str, &'static str)>) {
    match provider {
        "binance" => {
            let exchange = Mutex::new(binance());
            (Box::new(move |request| exchange.lock().unwrap().answer(request)), binance_account::KEYS.to_vec())
        }
        _ => {
            let exchange = Mutex::new(okx());
            (Box::new(move |request| exchange.lock().unwrap().answer(request)), okx_account::KEYS.to_vec())
        }
    }
}

#[tokio::test]
async fn exchanges_with_a_key_keep_the_contract() {
    for provider in ["binance", "okx"] {
        let (source, keys) = source(provider);
        let replay = Replay::default().otherwise(source);
        let http = Http::new(Arc::new(replay), Arc::new(MemStore::empty()), Clock::System);
        let reach = Reach { http, files: Files::default() };
        let found = foliosync_providers::find(provider).unwrap();
        let subject = Subject::new(found, reach, &QUIET, NOW.parse().unwrap()).with_credentials(&keys);
        pages_are_well_formed(&subject).await;
        resume_gives_the_same_tail(&subject).await;
    }
}

/// A connection without an engine: pages are applied as a store would.
struct Small {
    provider: Arc<dyn Provider>,
    reach: Reach,
    credentials: Credentials,
    settings: Settings,
    balances: BTreeMap<(String, String), Balance>,
    fills: BTreeMap<String, Fill>,
    watermarks: BTreeMap<&'static str, Json>,
    now: Timestamp,
}

impl Small {
    fn new(provider: &str, keys: &[(&str, &str)], replay: Arc<Replay>) -> Small {
        let http = Http::new(replay, Arc::new(MemStore::empty()), Clock::simulated(NOW.parse().unwrap()));
        Small {
            provider: foliosync_providers::find(provider).unwrap(),
            reach: Reach { http, files: Files::default() },
            credentials: Credentials::of(keys.iter().map(|(name, secret)| (name.to_string(), (*secret).into()))),
            settings: QUIET.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
            balances: BTreeMap::new(),
            fills: BTreeMap::new(),
            watermarks: BTreeMap::new(),
            now: NOW.parse().unwrap(),
        }
    }

    /// Runs a stream to its end, or to what goes wrong.
    async fn run(&mut self, stream: &'static str) -> Result<(), ProviderError> {
        self.now += SignedDuration::from_mins(16);
        let work = [Batch::of(self.balances.values())];
        loop {
            let request = FetchRequest {
                credentials: &self.credentials,
                watermark: self.watermarks.get(stream),
                work: &work,
                ..FetchRequest::plain(stream, &self.settings, self.now)
            };
            let page = self.provider.fetch(&self.reach, &request).await?;
            page_check::check(&page).unwrap_or_else(|fault| panic!("{fault}"));
            self.watermarks.insert(stream, page.watermark.clone());
            self.apply(&page);
            if !page.more {
                return Ok(());
            }
        }
    }

    fn apply(&mut self, page: &Page) {
        for change in &page.changes {
            let rows = change.rows();
            match (change, rows.table.name) {
                (Change::Replace { scope, rows }, "balances") => {
                    self.balances.retain(|(wallet, _), _| *wallet != scope.value);
                    let rows = rows.records::<Balance>().unwrap();
                    self.balances.extend(rows.into_iter().map(|row| ((row.wallet.clone(), row.asset.clone()), row)));
                }
                (Change::Upsert(rows), "fill_rows") => {
                    let rows = rows.records::<Fill>().unwrap();
                    self.fills.extend(rows.into_iter().map(|row| (row.native_id.clone(), row)));
                }
                (Change::Upsert(_), _) => {}
                (other, _) => panic!("nobody expects {other:?}"),
            }
        }
    }

    /// What no row may be, whatever was answered.
    fn check(&self, what: &str) {
        for row in self.balances.values() {
            let bound = [row.free, row.locked].into_iter().flatten();
            let is_exchange_of_spot = row.wallet == "spot";
            if is_exchange_of_spot {
                let sum = bound.fold(Decimal::ZERO, |sum, amount| sum.checked_add(amount).unwrap());
                assert!(sum == row.total && !row.total.is_negative(), "{what}: {row:?}");
            }
            assert!(!row.asset.trim().is_empty(), "{what}: {row:?}");
        }
        for row in self.fills.values() {
            let is_good = row.quantity > Decimal::ZERO && row.price > Decimal::ZERO && !row.symbol.is_empty();
            assert!(is_good && row.at > Timestamp::UNIX_EPOCH, "{what}: {row:?}");
        }
    }

    /// Rows without the times of their answers.
    fn state(&self) -> (Vec<String>, Vec<String>) {
        let balance =
            |row: &Balance| format!("{} {} {:?} {:?} {}", row.wallet, row.asset, row.free, row.locked, row.total);
        (self.balances.values().map(balance).collect(), self.fills.values().map(|row| format!("{row:?}")).collect())
    }
}

const BODIES: u64 = 10_000;

/// Changes a JSON text in one to three places. Ids keep their digits: a number that is another number is no fault that
/// anybody could see.
fn mutated(chance: &mut Chance, body: &[u8]) -> Vec<u8> {
    let mut bytes = body.to_vec();
    for _ in 0..=chance.below(3) {
        if bytes.is_empty() {
            break;
        }
        match chance.below(6) {
            0 => bytes.truncate(chance.below(bytes.len() as u64) as usize),
            1 => {
                let at = chance.below(bytes.len() as u64) as usize;
                if !bytes[at].is_ascii_digit() {
                    bytes.remove(at);
                }
            }
            2 => {
                let at = chance.below(bytes.len() as u64) as usize;
                if !bytes[at].is_ascii_digit() {
                    bytes[at] = *chance.pick(b"\"{}[],:-x \x00\xff");
                }
            }
            3 => {
                let from = chance.below(bytes.len() as u64) as usize;
                let to = (from + chance.below(60) as usize).min(bytes.len());
                let piece = bytes[from..to].to_vec();
                let at = chance.below(bytes.len() as u64) as usize;
                let is_within_number = at > 0 && bytes[at - 1].is_ascii_digit() && bytes[at].is_ascii_digit();
                if !is_within_number && piece.iter().all(|byte| !byte.is_ascii_digit()) {
                    bytes.splice(at..at, piece);
                }
            }
            _ => token(chance, &mut bytes),
        }
    }
    bytes
}

const TOKENS: [&str; 18] = [
    "null",
    "true",
    "-1",
    "0",
    "-0.00000001",
    "1e999",
    "1e-30",
    "\"\"",
    "\" \"",
    "\"x\"",
    "\"-1\"",
    "\"NaN\"",
    "\"0x10\"",
    "\"1,5\"",
    "{}",
    "[]",
    "[1]",
    "99999999999999999999999999999999999999999",
];

/// Puts another value in place of one, whatever it was.
fn token(chance: &mut Chance, bytes: &mut Vec<u8>) {
    let colons: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] == b':').collect();
    if colons.is_empty() {
        return;
    }
    let start = *chance.pick(&colons) + 1;
    let end = (start..bytes.len()).find(|at| matches!(bytes[*at], b',' | b'}' | b']')).unwrap_or(bytes.len());
    let token = chance.pick(&TOKENS);
    let is_id = bytes[..start].ends_with(b"d\":");
    if !(is_id && token.bytes().all(|byte| byte.is_ascii_digit())) {
        bytes.splice(start..end, token.bytes());
    }
}

/// Both streams meet a body that came out wrong, then a good one again: then all is as if nothing had happened.
async fn survives(provider: &'static str, path: &'static str, seed: u64, rounds: u64, fresh: impl Fn() -> Source) {
    let mut chance = Chance::new(seed);
    let keys = source(provider).1;
    let mut undisturbed = Small::new(provider, &keys, Arc::new(Replay::default().otherwise(fresh())));
    for stream in ["balances", "fills"] {
        undisturbed.run(stream).await.unwrap();
    }
    let want = undisturbed.state();
    assert!(!want.0.is_empty() && !want.1.is_empty());
    let (mut refused, mut stored) = (0, 0);
    for round in 0..rounds {
        let what = format!("{provider} {path}, seed {seed}, round {round}");
        let wrong = Arc::new(Mutex::new(Some(Chance::new(chance.draw()))));
        let (hand, good) = (Arc::clone(&wrong), fresh());
        let answers = move |request: &HttpRequest| {
            let answer = good(request);
            match hand.lock().unwrap().as_mut() {
                Some(chance) if request.url.ends_with(path) => {
                    HttpAnswer { body: mutated(chance, &answer.body).into(), ..answer }
                }
                _ => answer,
            }
        };
        let mut small = Small::new(provider, &keys, Arc::new(Replay::default().otherwise(answers)));
        for stream in ["balances", "fills"] {
            match small.run(stream).await {
                Ok(()) => stored += 1,
                Err(_) => refused += 1,
            }
            small.check(&what);
        }
        *wrong.lock().unwrap() = None;
        // What was noted wrong is looked at again each day.
        small.now += SignedDuration::from_hours(25);
        // Twice: an empty wallet counts when it comes again, and so does what is not empty any more.
        for stream in ["balances", "fills", "balances", "fills"] {
            small.run(stream).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        }
        small.check(&what);
        let state = small.state();
        let extra: Vec<_> = state.1.iter().filter(|row| !want.1.contains(row)).collect();
        assert_eq!(state.0, want.0, "{what}");
        // A fill whose price came out as another number is a good row to everybody; none is missing.
        let ids = |rows: &[String]| {
            rows.iter().map(|row| row.split("symbol").next().unwrap().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(ids(&state.1), ids(&want.1), "{what}: {extra:?}");
    }
    println!("{provider} {path}: {rounds} bodies, {refused} runs refused, {stored} stored what was good");
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_wrong_bodies_of_binance_do_no_harm() {
    let fresh = || -> Source {
        let mut exchange = binance_account::Exchange::default();
        exchange.trades.insert("BTCUSDT", (0..4).map(|nth| (nth * 3 + 1, nth % 2 == 0, "0.5", "100.25")).collect());
        let exchange = Mutex::new(exchange);
        Box::new(move |request| exchange.lock().unwrap().answer(request))
    };
    let paths = ["api/v3/account", "get-funding-asset", "myTrades", "apiRestrictions", "exchangeInfo"];
    for (nth, path) in paths.into_iter().enumerate() {
        survives("binance", path, 100 + nth as u64, BODIES / paths.len() as u64, fresh).await;
    }
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_wrong_bodies_of_okx_do_no_harm() {
    let fresh = || -> Source {
        let bills = (1..5).map(|id| (id * 10, "SPOT", "BTC-USDT", "buy", "-0.1 BTC")).collect();
        let exchange = Mutex::new(okx_account::Exchange { bills, recent: 2, ..Default::default() });
        Box::new(move |request| exchange.lock().unwrap().answer(request))
    };
    let paths = ["account/balance", "asset/balances", "trade/fills", "fills-history", "account/config"];
    for (nth, path) in paths.into_iter().enumerate() {
        survives("okx", path, 200 + nth as u64, BODIES / paths.len() as u64, fresh).await;
    }
}
