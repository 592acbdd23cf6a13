//! Simulated providers on loopback: they behave as the real ones do, limits and faults included.
//!
//! One listener serves all of them, each under a prefix of its own: [`Sim::base_url`] is what a connection gets instead
//! of the provider's host. Prices are pure functions of the seed, the symbol and the time, the same at every provider.
//! Accounts trade at these prices by themselves; see [`NewAccount`], [`Action`] and [`doors`]. It knows the engine's `Decimal` and nothing of connections, stores or the code that reads its answers.

mod accounts;
mod alpaca;
mod binance;
mod brokerage;
mod change;
mod clock;
mod coins;
mod control;
mod ecb;
mod exchange;
mod faults;
mod flex;
mod fmp;
mod json;
mod limits;
mod market;
mod okx;
mod server;
mod signing;
mod stats;
mod tiingo;
mod trading;
mod world;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use axum::http::{Request, Response};
use bytes::Bytes;
use foliosync_engine::model::Decimal;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::oneshot;

pub use accounts::Plan;
pub use clock::SimClock;
pub use faults::{Fault, When};
pub use flex::{FlexQuery, Section};
pub use limits::{Limit, Window};
pub use stats::{ProviderStats, Seen, Stats};
pub use trading::{
    AccountView, Action, BalanceView, Credential, Door, FillView, FlowKind, FlowView, NewAccount, Permission, Secret,
    Service, Side, Validity, Wallet, doors,
};

use market::Basis;
use market::calendar::day_of;
use world::{PROVIDERS, World};

/// How a simulator starts. The default: any free port, the machine's clock, 10,000 generated symbols, real limits.
#[derive(Debug, Clone)]
pub struct SimOptions {
    /// 0 means any free one.
    pub port: u16,
    /// The same seed gives the same prices.
    pub seed: u64,
    pub clock: SimClock,
    /// `SYM00001` and so on, besides the known names.
    pub generated_symbols: u32,
    /// Without a session at the stock exchanges, besides their holidays.
    pub closed_days: Vec<Date>,
    pub binance_weight_per_minute: u32,
    /// Whether anybody is refused for asking too often. A clock that stands ends no window.
    pub has_limits: bool,
    /// Whether the accounts of [`doors`] are there from the start. They cost nothing until somebody asks for them.
    pub has_accounts: bool,
}

impl Default for SimOptions {
    fn default() -> SimOptions {
        SimOptions {
            port: 0,
            seed: 1,
            clock: SimClock::System,
            generated_symbols: 10_000,
            closed_days: Vec::new(),
            binance_weight_per_minute: 6_000,
            has_limits: true,
            has_accounts: true,
        }
    }
}

/// A running simulator; it stops when dropped.
pub struct Sim {
    world: Arc<World>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sim {
    /// Listens on 127.0.0.1 and answers on a thread of its own, also when the caller's runtime stands or is paused.
    pub fn start(options: SimOptions) -> io::Result<Sim> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let world = Arc::new(World::new(&options));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let served = world.clone();
        let thread = std::thread::Builder::new().name("sim".into()).spawn(move || {
            runtime.block_on(async move {
                tokio::select! {
                    result = server::serve(listener, served) => {
                        if let Err(error) = result {
                            tracing::error!(%error, "the simulator stopped serving");
                        }
                    }
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Sim { world, address, stop: Some(stop), thread: Some(thread) })
    }

    /// Listens nowhere: requests are handed to [`Sim::answer`].
    pub fn offline(options: &SimOptions) -> Sim {
        let address = (Ipv4Addr::LOCALHOST, options.port).into();
        Sim { world: Arc::new(World::new(options)), address, stop: None, thread: None }
    }

    /// Answers a request as the listener does, at once, on its path behind the host as [`Sim::base_url`] has it. `None`
    /// where a fault cuts the answer off; pauses are left out.
    pub fn answer(&self, request: Request<Bytes>) -> Option<Response<Bytes>> {
        server::hand(&self.world, request)
    }

    /// `http://127.0.0.1:PORT/<provider>`, for `fmp`, `tiingo`, `ecb`, `binance`, `okx`, `alpaca`, `alpaca-paper` and
    /// `ibkr_flex`; `sim` for what scripts may do. Without a slash at the end. A client signs the path behind it.
    pub fn base_url(&self, provider: &str) -> String {
        format!("http://{}/{provider}", self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Cuts all connections and waits for the thread.
    pub async fn stop(mut self) {
        self.halt();
    }

    fn halt(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }

    pub fn now(&self) -> Timestamp {
        self.world.time.now()
    }

    /// The clock stands from now on.
    pub fn set_now(&self, now: Timestamp) {
        self.world.time.set(SimClock::At(now));
    }

    /// The clock runs from now on, so far ahead of the machine's; behind it, if negative.
    pub fn run_ahead(&self, by: SignedDuration) {
        self.world.time.set(SimClock::Ahead(by));
    }

    /// The clock stands from now on, so much later.
    pub fn advance(&self, by: SignedDuration) {
        self.world.time.advance(by);
    }

    /// A key of `fmp` or `tiingo`, or another plan for a key that is there.
    ///
    /// # Panics
    /// If there is no such provider.
    pub fn add_key(&self, provider: &str, key: &str, plan: Plan) {
        self.world.state().accounts.add(known(provider), key, plan);
    }

    /// # Panics
    /// If there is no such provider.
    pub fn remove_key(&self, provider: &str, key: &str) {
        self.world.state().accounts.remove(known(provider), key);
    }

    /// Switches a fault on. The first that hits a request wins, in the order they were added.
    ///
    /// # Panics
    /// If there is no such provider, or its table has no such error.
    pub fn fault(&self, provider: &str, fault: Fault, when: When) {
        if let Fault::Code { code } = &fault {
            assert!(faults::has_code(provider, code), "`{provider}` has no error `{code}`");
        }
        self.world.state().faults.add(known(provider), fault, when);
    }

    pub fn clear_faults(&self) {
        self.world.state().faults.clear();
    }

    /// Binance answers 418 to 127.0.0.1 until then.
    pub fn ban(&self, until: Timestamp) {
        self.world.state().bans.ban_until(IpAddr::V4(Ipv4Addr::LOCALHOST), until.as_second());
    }

    pub fn stats(&self) -> Stats {
        self.world.stats()
    }

    /// The last 5,000 requests of all providers, those of one, oldest first.
    pub fn requests(&self, provider: &str) -> Vec<Seen> {
        self.world.state().log.of(provider)
    }

    /// Forgets the requests, not the counts.
    pub fn clear_requests(&self) {
        self.world.state().log.clear();
    }

    /// From now on that day closed at this price, as traded then. Symbols are FMP's: `AAPL`, `EURUSD`, `BTCUSD`; the
    /// coin exchanges do not correct.
    ///
    /// # Panics
    /// If there is no such symbol.
    pub fn correct_close(&self, symbol: &str, date: Date, close: Decimal) {
        change::correct_close(&self.world, symbol, date, close).unwrap_or_else(|error| panic!("{error}"));
    }

    /// From now on the ECB's rate of that day is this.
    ///
    /// # Panics
    /// If there is no such currency.
    pub fn correct_rate(&self, currency: &str, date: Date, rate: Decimal) {
        change::correct_rate(&self.world, currency, date, rate).unwrap_or_else(|error| panic!("{error}"));
    }

    /// `factor` new shares for one old one, from that session on. FMP divides older bars once the day has come; Tiingo
    /// leaves them and tells the factor.
    ///
    /// # Panics
    /// If there is no such symbol, or the factor is not positive.
    pub fn split(&self, symbol: &str, date: Date, factor: Decimal) {
        change::split(&self.world, symbol, date, factor).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Tiingo's `divCash` of that ex-date. Prices do not fall by it.
    ///
    /// # Panics
    /// If there is no such symbol.
    pub fn dividend(&self, symbol: &str, date: Date, cash: Decimal) {
        change::dividend(&self.world, symbol, date, cash).unwrap_or_else(|error| panic!("{error}"));
    }

    /// The price now, as traded; `None` for an unknown symbol.
    pub fn price(&self, symbol: &str) -> Option<Decimal> {
        let asset = self.world.market.find(symbol)?;
        Some(self.world.market.quote(asset, self.now().as_second()).price.to_decimal())
    }

    /// The close of a day, as traded then; `None` for an unknown symbol or a day without a session.
    pub fn close(&self, symbol: &str, date: Date) -> Option<Decimal> {
        let market = &self.world.market;
        let bars = market.bars(market.find(symbol)?, day_of(date), day_of(date), self.now().as_second(), Basis::Traded);
        bars.first().map(|bar| bar.close.to_decimal())
    }

    /// Symbols of stocks and funds at American exchanges, the known ones first.
    pub fn american_symbols(&self) -> Vec<String> {
        let listed = self.world.market.listed.iter().filter(|listed| listed.is_american() && !listed.is_halted);
        listed.map(|listed| listed.symbol.clone()).collect()
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        self.halt();
    }
}

#[track_caller]
fn known(provider: &str) -> &'static str {
    let known = PROVIDERS.iter().find(|(name, _)| *name == provider);
    known.unwrap_or_else(|| panic!("the simulator has no provider `{provider}`")).0
}
