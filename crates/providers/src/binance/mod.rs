//! Binance: public prices of coins, without a key; with one, what the wallets hold and what was traded.

mod account;
mod ask;
mod balances;
mod errors;
mod export;
mod fills;
mod history;
mod key;
mod listing;
mod quotes;
mod sign;
mod trades;

use async_trait::async_trait;
use foliosync_engine::budget::Window;
use foliosync_engine::calendar::{Calendar, Venue};
use foliosync_engine::model::accounts::BALANCES;
use foliosync_engine::model::instrument::Instrument;
use foliosync_engine::provider::{
    Cadence, Dataset, FetchRequest, Host, IntervalSpec, Limit, LimitScope, Native, Page, Provider, ProviderError,
    ProviderSpec, Reach, Role, SettingKind, SettingSpec, Settings, StreamSpec, Work,
};

use self::ask::Ask;
use crate::{coins, exchange, prices};

pub struct Binance;

const ID: &str = "binance";
/// Names of limits. Both count whoever asks from one address; the account's API has one of its own for each endpoint.
const MINUTE: &str = "minute";
const SAPI_MINUTE: &str = "sapi-minute";
/// What coins are priced in, in the order in which they are tried. A stablecoin is no dollar: prices keep its name.
const QUOTE_ASSETS: [&str; 5] = ["USDT", "USDC", "FDUSD", "BTC", "EUR"];

static SPEC: ProviderSpec = ProviderSpec {
    id: ID,
    name: "Binance",
    summary: "Public prices of coins, in USDT where it trades them so; with an API key, wallets and trades",
    role: Role::Source,
    experimental: false,
    address: None,
    check: |_| Ok(()),
    settings: &[
        exchange::secret("api_key", "API key", "Of a key that may only read; without one, only public prices are read"),
        exchange::secret(
            "api_secret",
            "API secret",
            "The secret of that key, or the private key in PEM where it is an Ed25519 key",
        ),
        SettingSpec {
            key: fills::SYMBOLS,
            label: "More pairs",
            help: "Pairs whose trades are read besides those of what is held, such as BTCUSDT,ETHBTC",
            kind: SettingKind::Text,
            required: false,
        },
        export::SETTING,
        exchange::INSIST,
        prices::switch("quotes", "Quotes", "Whether current prices are read"),
        prices::switch("history", "Daily history", "Whether daily prices are read"),
        SettingSpec {
            key: "history_years",
            label: "Years of history",
            help: "How far back daily prices are read for a new coin: 1 to 10, 5 where none is given",
            kind: SettingKind::Text,
            required: false,
        },
        prices::PRIORITY,
    ],
    hosts: &[
        // Market data only, and open to regions that the exchange itself does not serve.
        Host { key: "public", url: "https://data-api.binance.vision" },
        Host { key: "private", url: "https://api.binance.com" },
    ],
    limits: |_| {
        let limit = |name, weight_max, used_header| Limit {
            name,
            scope: LimitScope::Ip,
            weight_max,
            window: Window::Seconds(60),
            used_header: Some(used_header),
        };
        vec![limit(MINUTE, 6_000, "x-mbx-used-weight-1m"), limit(SAPI_MINUTE, 12_000, "x-sapi-used-ip-weight-1m")]
    },
    weight,
    streams: &[
        StreamSpec {
            name: "balances",
            summary: "What the spot and the funding wallet hold",
            cadence: Cadence::Interval,
            calendar: Calendar::Always,
            work: Some(Work::Rows(&[&BALANCES])),
        },
        StreamSpec {
            name: "fills",
            summary: "Trades, of exported files too; asked for where something changed, and every 15 minutes",
            cadence: Cadence::Watching(exchange::LOOK_SECS),
            calendar: Calendar::Always,
            work: Some(Work::Rows(&[&BALANCES])),
        },
        StreamSpec {
            name: "quotes",
            summary: "Current prices, and the range of the last 24 hours",
            cadence: Cadence::Interval,
            calendar: Calendar::Always,
            work: Some(Work::Symbols(Dataset::Quotes)),
        },
        StreamSpec {
            name: "history",
            summary: "Prices of every day of UTC that is over",
            cadence: Cadence::EverySecs(6 * 3_600),
            calendar: Calendar::Daily(Venue::CryptoUtc),
            work: Some(Work::Symbols(Dataset::History)),
        },
    ],
    interval: IntervalSpec { min_secs: 60, default_secs: 300, max_secs: 86_400 },
    item_noun: "item",
};

fn weight(stream: &str, symbols: usize, settings: &Settings) -> u32 {
    let weight = match stream {
        "balances" => (account::WEIGHT + account::FUNDING_WEIGHT) as usize,
        "fills" => fills::weight(settings),
        "quotes" if prices::is_on(settings, stream) => symbols.div_ceil(quotes::BATCH) * quotes::WEIGHT as usize,
        // Four runs a day, of which one finds a day that is over.
        "history" if prices::is_on(settings, stream) => symbols.div_ceil(4) * history::WEIGHT as usize,
        _ => 0,
    };
    u32::try_from(weight).unwrap_or(u32::MAX)
}

#[async_trait]
impl Provider for Binance {
    fn spec(&self) -> &'static ProviderSpec {
        &SPEC
    }

    async fn fetch(&self, reach: &Reach, request: &FetchRequest<'_>) -> Result<Page, ProviderError> {
        let ask = Ask { reach, request };
        match request.stream {
            "balances" => balances::page(reach, request).await,
            "fills" => fills::page(reach, request).await,
            "quotes" => quotes::page(&ask).await,
            "history" => prices::history_page(&ask, request).await,
            other => Err(ProviderError::Refused { message: format!("Binance has no stream `{other}`") }),
        }
    }

    /// Its pair with USDT, whether it is traded or not: what else there is comes out when this one is asked for.
    fn native(&self, instrument: &Instrument) -> Option<Native> {
        let coin = coins::coin(instrument).filter(|coin| *coin != "USDT")?;
        Some(Native { symbol: format!("{coin}USDT"), unit: Some("USDT".into()) })
    }
}
