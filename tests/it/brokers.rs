//! Brokers' accounts, from the simulated services to the rows: what is stored is what the accounts hold and did, also when
//! the program ends in between.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use foliosync_engine::clock::Clock;
use foliosync_engine::engine::{Engine, NewConnection, SyncNow};
use foliosync_engine::files::Files;
use foliosync_engine::fills::paired;
use foliosync_engine::http::{Http, HttpAnswer, HttpRequest, Transport, TransportError};
use foliosync_engine::model::accounts::{Balance, CashFlow, Fill, Position};
use foliosync_engine::model::sync::{ConnectionId, Outcome, SyncOptions, Trigger};
use foliosync_engine::model::{Decimal, Record};
use foliosync_engine::provider::Reach;
use foliosync_engine::secrets::{Key, Vault};
use foliosync_engine::store::{Select, Store};
use foliosync_engine::testkit::mem_store::MemStore;
use foliosync_engine::testkit::rig::drain;
use foliosync_sim::{
    AccountView, Action, Credential, FlexQuery, NewAccount, Secret, Service, Sim, SimClock, SimOptions,
};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

const NOW: &str = "2026-03-13T17:00:00Z";
const KEY: &str = "PKTEST00000000000001";
const SECRET: &str = "a-secret-of-this-test-alone";
const TOKEN: &str = "519999999999999999999999";

/// Loopback under paused time: the request is made on a thread of its own, which keeps time from passing meanwhile. After
/// so many requests nothing gets through.
struct Wire {
    sim: Arc<Sim>,
    clock: Clock,
    left: AtomicUsize,
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: HttpRequest) -> Result<HttpAnswer, TransportError> {
        let is_open = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if is_open.is_err() {
            return Err(TransportError::Refused("was not sent: the line is cut".into()));
        }
        self.sim.set_now(self.clock.now());
        tokio::task::spawn_blocking(move || ask(&request)).await.expect("the thread ends well")
    }
}

fn ask(request: &HttpRequest) -> Result<HttpAnswer, TransportError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().user_agent("test").no_proxy().build().expect("a client");
        let mut sending = client.get(format!("{}?{}", request.url, request.encoded_query()));
        for (name, value) in &request.headers {
            sending = sending.header(name, value.expose());
        }
        let unreachable = |error: reqwest::Error| TransportError::Unreachable(error.to_string());
        let response = sending.send().await.map_err(unreachable)?;
        let status = response.status().as_u16();
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_string()));
        let headers = headers.collect();
        Ok(HttpAnswer { status, headers, body: response.bytes().await.map_err(unreachable)? })
    })
}

/// A program on a store, beside a simulated broker.
struct House {
    sim: Arc<Sim>,
    store: Arc<dyn Store>,
    engine: Arc<Engine>,
    wire: Arc<Wire>,
    provider: &'static str,
    prefix: &'static str,
    id: ConnectionId,
}

impl House {
    async fn new(
        sim: Sim,
        provider: &'static str,
        prefix: &'static str,
        settings: &[(&str, &str)],
        secrets: &[(&str, &str)],
    ) -> House {
        let (sim, store): (_, Arc<dyn Store>) = (Arc::new(sim), Arc::new(MemStore::empty()));
        let (engine, wire) = House::program(&sim, &store, provider, prefix, sim.now(), usize::MAX);
        let new = NewConnection {
            provider: provider.into(),
            label: "broker".into(),
            settings: settings.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
            credentials: secrets.iter().map(|(key, secret)| (key.to_string(), (*secret).into())).collect(),
            ..NewConnection::default()
        };
        let id = engine.add_connection(new).await.expect("a connection").id;
        House { sim, store, engine, wire, provider, prefix, id }
    }

    fn program(
        sim: &Arc<Sim>,
        store: &Arc<dyn Store>,
        provider: &'static str,
        prefix: &'static str,
        now: Timestamp,
        requests: usize,
    ) -> (Arc<Engine>, Arc<Wire>) {
        let clock = Clock::simulated(now);
        let wire = Arc::new(Wire { sim: Arc::clone(sim), clock, left: AtomicUsize::new(requests) });
        let reach =
            Reach { http: Http::new(Arc::clone(&wire) as _, Arc::clone(store), clock), files: Files::default() };
        let vault = Vault::new(Key::parse(&"07".repeat(32)).expect("a key"), "here", &Default::default());
        let providers = vec![foliosync_providers::find(provider).expect("the provider")];
        let engine = Engine::new(Arc::clone(store), providers, reach, clock, 5);
        let engine = engine.with_vault(vault).with_base_urls([(provider.to_string(), sim.base_url(prefix))].into());
        (Arc::new(engine), wire)
    }

    /// Another program takes over, whose line lets so many requests through.
    fn restart(&mut self, requests: usize) {
        let now = self.engine.now();
        (self.engine, self.wire) = House::program(&self.sim, &self.store, self.provider, self.prefix, now, requests);
    }

    async fn sync(&self) -> Outcome {
        let (stop, stopped) = watch::channel(false);
        let dispatcher = tokio::spawn(Arc::clone(&self.engine).dispatch(false, stopped));
        let (streams, options) = (Vec::new(), SyncOptions::default());
        let ask = SyncNow { connections: vec![self.id], streams, options, trigger: Trigger::Manual };
        let request = self.engine.sync_now(ask).await.expect("a request");
        drain(Arc::clone(&self.engine).follow(request, None)).await;
        stop.send_replace(true);
        dispatcher.await.expect("the dispatcher ends well");
        self.engine.runs(Some(self.id), 1).await.expect("runs")[0].outcome.expect("an end")
    }

    /// Until nothing is deferred any more.
    async fn sync_to_end(&self) -> Outcome {
        loop {
            match self.sync().await {
                Outcome::Deferred => self.pass(6).await,
                outcome => return outcome,
            }
        }
    }

    async fn pass(&self, seconds: u64) {
        tokio::time::advance(Duration::from_secs(seconds)).await;
    }

    async fn rows<R: Record>(&self) -> Vec<R> {
        self.store.read(Select::of(R::TABLE, self.id)).await.expect("rows").records().expect("of this type")
    }

    async fn stored(&self) -> Stored {
        Stored {
            fills: self.rows().await,
            flows: self.rows().await,
            balances: self.rows().await,
            positions: self.rows().await,
        }
    }
}

struct Stored {
    fills: Vec<Fill>,
    flows: Vec<CashFlow>,
    balances: Vec<Balance>,
    positions: Vec<Position>,
}

type Sums = BTreeMap<String, Decimal>;

impl Stored {
    /// What is left of the program's times and names of accounts.
    fn lines(&self) -> BTreeSet<String> {
        let fills = self.fills.iter().map(|fill| format!("{fill:?}"));
        let flows = self.flows.iter().map(|flow| format!("{flow:?}"));
        let balances = self.balances.iter().map(|b| format!("{} {} {}", b.wallet, b.asset, b.total));
        let positions = self.positions.iter().map(|p| format!("{} {} {}", p.account, p.symbol, p.quantity));
        fills.chain(flows).chain(balances).chain(positions).collect()
    }

    /// Everything of one account is what the account itself says. `plain`: a symbol as the simulator names what is held.
    fn is(&self, account: &str, view: &AccountView, plain: fn(&str) -> &str) {
        type Line = (String, bool, Decimal, Decimal, i64);
        let told = self.fills.iter().filter(|fill| fill.account == account && fill.voids.is_none());
        let word = |is_buy: bool| if is_buy { "buy" } else { "sell" };
        let mut got: Vec<Line> = told
            .map(|f| (f.native_id.clone(), f.side.word() == word(true), f.quantity, f.price, f.at.as_second()))
            .collect();
        let whole = view.fills.iter().filter(|fill| !fill.quantity.is_negative());
        let mut want: Vec<Line> =
            whole.map(|f| (f.id.clone(), f.is_buy, f.quantity, f.price, f.at.as_second())).collect();
        got.sort();
        want.sort();
        assert_eq!(got, want, "fills of {account}");
        let taken = self.fills.iter().filter(|fill| fill.account == account && fill.voids.is_some()).count();
        assert_eq!(taken, view.fills.iter().filter(|fill| fill.quantity.is_negative()).count());

        let sums = |lines: Vec<(String, Decimal)>| {
            let mut sums = Sums::new();
            lines.into_iter().for_each(|(name, amount)| *sums.entry(name).or_default() += amount);
            sums.retain(|_, amount| *amount != Decimal::ZERO);
            sums
        };
        let balances = self.balances.iter().filter(|b| b.wallet == account).map(|b| (b.asset.clone(), b.total));
        let positions = self.positions.iter().filter(|p| p.account == account);
        let held = balances.chain(positions.map(|p| (plain(&p.symbol).to_string(), p.quantity))).collect();
        let want = view.balances.iter().map(|b| (b.asset.clone(), b.amount)).collect();
        assert_eq!(sums(held), sums(want), "what {account} holds");

        let own = self.flows.iter().filter(|flow| flow.account == account);
        let flows: Vec<_> = own.map(|flow| (plain(&flow.asset).to_string(), flow.amount)).collect();
        let want: Vec<_> = view.flows.iter().map(|flow| (flow.asset.clone(), flow.amount)).collect();
        assert_eq!((flows.len(), sums(flows)), (want.len(), sums(want)), "flows of {account}");
    }
}

fn simulator() -> Sim {
    let clock = SimClock::At(NOW.parse().expect("a time"));
    Sim::start(SimOptions { clock, generated_symbols: 0, ..SimOptions::default() }).expect("a simulator")
}

/// The coin of a pair, and the symbol without its exchange.
fn plain(symbol: &str) -> &str {
    symbol.split(['/', '@']).next().unwrap_or(symbol)
}

async fn alpaca() -> House {
    let sim = simulator();
    sim.open_account(&NewAccount::new(Service::Alpaca, "mine").paper().days(40).orders_per_day(9));
    sim.act("mine", &Action::Pause);
    sim.admit(Credential::new("mine", KEY, Secret::Shared(SECRET.into())));
    let secrets = [("key_id", KEY), ("secret_key", SECRET)];
    House::new(sim, "alpaca", "alpaca-paper", &[("environment", "paper")], &secrets).await
}

#[tokio::test(start_paused = true)]
async fn what_alpaca_says_is_what_is_stored() {
    let house = alpaca().await;
    assert_eq!(house.sync_to_end().await, Outcome::Ok);
    let view = house.sim.account("mine");
    assert!(view.fills.len() > 300, "{} fills are several pages", view.fills.len());
    house.stored().await.is("paper", &view, plain);
    // What happened comes to what is held, to the last cent.
    let reconciled = house.engine.reconcile(Some(house.id)).await.expect("reconciliation").remove(0);
    assert!(reconciled.agrees, "{:#?}", reconciled.lines);

    // A year of minutes later, with trades, a dividend, money that leaves, and a position that is closed.
    house.pass(900).await;
    house.sim.set_now(house.engine.now());
    let held = view.balances.iter().find(|held| held.asset == "AAPL").map_or(Decimal::ZERO, |held| held.amount);
    if held == Decimal::ZERO {
        house.sim.act("mine", &Action::trade("AAPL", true, "3"));
    }
    house.sim.act("mine", &Action::trade("MSFT", true, "7"));
    house.sim.act("mine", &Action::SellOut { asset: "AAPL".into() });
    house.sim.act("mine", &Action::Dividend { symbol: "MSFT".into(), per_share: "0.83".parse().unwrap() });
    house.sim.act("mine", &Action::Withdraw { wallet: Default::default(), asset: "USD".into(), amount: 5.into() });
    house.pass(60).await;
    assert_eq!(house.sync_to_end().await, Outcome::Ok);
    house.stored().await.is("paper", &house.sim.account("mine"), plain);
    let reconciled = house.engine.reconcile(Some(house.id)).await.expect("reconciliation").remove(0);
    assert!(reconciled.agrees, "{:#?}", reconciled.lines);
}

/// Reports to the minute about two accounts, one of which had a trade taken back and stated anew.
async fn flex() -> House {
    let sim = simulator();
    for (name, orders) in [("mine", 6), ("hers", 2)] {
        sim.open_account(&NewAccount::new(Service::IbkrFlex, name).days(60).orders_per_day(orders));
        sim.act(name, &Action::Pause);
    }
    sim.act("hers", &Action::trade("AAPL", true, "5"));
    sim.advance(SignedDuration::from_secs(60));
    sim.act("hers", &Action::Amend { symbol: "AAPL".into(), price: Some("201.5".parse().unwrap()) });
    sim.admit(Credential::new("mine", TOKEN, Secret::None));
    let accounts = vec!["mine".to_string(), "hers".to_string()];
    let query = FlexQuery { owner: "mine".into(), accounts, is_live: true, delay_seconds: 8, ..FlexQuery::default() };
    sim.set_flex_query("77", query);
    sim.advance(SignedDuration::from_secs(60));
    House::new(sim, "ibkr_flex", "ibkr_flex", &[("query_id", "77")], &[("token", TOKEN)]).await
}

#[tokio::test(start_paused = true)]
async fn what_interactive_brokers_reports_is_what_is_stored() {
    let house = flex().await;
    assert_eq!(house.sync_to_end().await, Outcome::Ok);
    let stored = house.stored().await;
    for name in ["mine", "hers"] {
        let view = house.sim.account(name);
        assert!(view.fills.len() > 50, "{}", view.fills.len());
        stored.is(&view.number, &view, plain);
    }
    // Every trade that was taken back is gone, and what came in its place is there.
    let left = paired(stored.fills.clone());
    let taken = stored.fills.iter().filter(|fill| fill.voids.is_some()).count();
    assert_eq!((left.len(), taken > 0), (stored.fills.len() - 2 * taken, true));
    let reconciled = house.engine.reconcile(Some(house.id)).await.expect("reconciliation").remove(0);
    assert!(reconciled.agrees, "{:#?}", reconciled.lines);
    // In other formats, the same.
    let query = FlexQuery {
        date_format: "dd/MM/yyyy".into(),
        time_format: "HH:mm:ss".into(),
        separator: " ".into(),
        has_commas: true,
        has_summaries: false,
        ..house.sim.flex_query("77")
    };
    house.sim.set_flex_query("77", query);
    assert_eq!(house.sync_to_end().await, Outcome::Ok);
    let without_texts = |stored: &Stored| {
        let fills = stored.fills.iter().map(|fill| Fill { time_text: String::new(), ..fill.clone() });
        fills.map(|fill| format!("{fill:?}")).collect::<BTreeSet<_>>()
    };
    assert_eq!(without_texts(&house.stored().await), without_texts(&stored));
}

/// For every request of a sync: the program ends before it, and another goes on from what is stored.
async fn ends_anywhere(house: impl AsyncFn() -> House) {
    let undisturbed = house().await;
    assert_eq!(undisturbed.sync_to_end().await, Outcome::Ok);
    let want = undisturbed.stored().await.lines();
    let requests = usize::MAX - undisturbed.wire.left.load(Ordering::Relaxed);
    for after in 0..requests {
        let mut house = house().await;
        house.restart(after);
        let outcome = house.sync_to_end().await;
        assert_ne!(outcome, Outcome::Ok, "after {after} of {requests} requests");
        house.restart(usize::MAX);
        assert_eq!(house.sync_to_end().await, Outcome::Ok);
        let again = usize::MAX - house.wire.left.load(Ordering::Relaxed);
        assert!(again <= requests, "{again} requests more after {after} of {requests}");
        assert_eq!(house.stored().await.lines(), want, "after {after} of {requests} requests");
    }
}

#[tokio::test(start_paused = true)]
async fn alpaca_goes_on_where_another_program_ended() {
    ends_anywhere(alpaca).await;
}

#[tokio::test(start_paused = true)]
async fn interactive_brokers_goes_on_where_another_program_ended() {
    ends_anywhere(flex).await;
}
