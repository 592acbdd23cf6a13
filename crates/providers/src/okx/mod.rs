//! OKX: public prices of coins in dollars, without a key; with one, what the accounts hold and what was traded.

mod ask;
mod balances;
mod errors;
mod fills;
mod history;
mod key;
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

pub struct Okx;

/// The setting that says that the key is of demo trading.
const DEMO: &str = "demo";

const ID: &str = "okx";
/// Index prices are in real dollars, those of stablecoins too.
const QUOTE: &str = "USD";
/// Names of limits: of what everybody may ask, by address, and of what only a key may, by key.
const PUBLIC: &str = "two-seconds";
const PRIVATE: &str = "two-seconds-of-key";

static SPEC: ProviderSpec = ProviderSpec {
    id: ID,
    name: "OKX",
    summary: "Public index prices of coins in US dollars, stablecoins included; with an API key, accounts and trades",
    role: Role::Source,
    experimental: false,
    address: None,
    check: |_| Ok(()),
    settings: &[
        exchange::secret("api_key", "API key", "Of a key that may only read; without one, only public prices are read"),
        exchange::secret("api_secret", "API secret", "The secret of that key"),
        exchange::secret("passphrase", "Passphrase", "The passphrase that you chose when you made the key"),
        SettingSpec {
            key: "region",
            label: "Region",
            help: "Where accounts are registered: eea for my.okx.com, us for app.okx.com; global where none is given",
            kind: SettingKind::Choice(&["global", "eea", "us"]),
            required: false,
        },
        SettingSpec {
            key: DEMO,
            label: "Demo trading",
            help: "yes: the API key was made in demo trading",
            kind: SettingKind::Choice(&["no", "yes"]),
            required: false,
        },
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
        Host { key: "global", url: "https://openapi.okx.com" },
        Host { key: "eea", url: "https://eea.okx.com" },
        Host { key: "us", url: "https://us.okx.com" },
    ],
    // Each endpoint has a limit of its own, of which 20 in two seconds is the usual; one for all of them keeps to each.
    // When its windows begin, the exchange does not say. One of them may hold the end of one of ours and the beginning of
    // the next, so ours hold half of what it allows.
    limits: |_| {
        let window = Window::Seconds(2);
        let limit = |name, scope| Limit { name, scope, weight_max: 20 / 2, window, used_header: None };
        vec![limit(PUBLIC, LimitScope::Ip), limit(PRIVATE, LimitScope::Key("api_key"))]
    },
    weight,
    streams: &[
        StreamSpec {
            name: "balances",
            summary: "What the trading and the funding account hold",
            cadence: Cadence::Interval,
            calendar: Calendar::Always,
            work: Some(Work::Rows(&[&BALANCES])),
        },
        StreamSpec {
            name: "fills",
            summary: "Trades of three months; asked for where something changed, and every 15 minutes",
            cadence: Cadence::Watching(exchange::LOOK_SECS),
            calendar: Calendar::Always,
            work: Some(Work::Rows(&[&BALANCES])),
        },
        StreamSpec {
            name: "quotes",
            summary: "Current index prices, and the range of the last 24 hours",
            cadence: Cadence::Interval,
            calendar: Calendar::Always,
            work: Some(Work::Symbols(Dataset::Quotes)),
        },
        StreamSpec {
            name: "history",
            summary: "Index prices of every day of UTC that is over",
            cadence: Cadence::EverySecs(6 * 3_600),
            calendar: Calendar::Daily(Venue::CryptoUtc),
            work: Some(Work::Symbols(Dataset::History)),
        },
    ],
    interval: IntervalSpec { min_secs: 60, default_secs: 300, max_secs: 86_400 },
    item_noun: "item",
};

/// One request has the prices of all coins. What a key asks for is counted for its user alone and no interval is too short
/// for it. History is spread over as many windows as it needs, so that no interval
/// depends on it.
fn weight(stream: &str, symbols: usize, settings: &Settings) -> u32 {
    match stream {
        "quotes" if symbols > 0 && prices::is_on(settings, stream) => quotes::WEIGHT,
        _ => 0,
    }
}

#[async_trait]
impl Provider for Okx {
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
            other => Err(ProviderError::Refused { message: format!("OKX has no stream `{other}`") }),
        }
    }

    fn native(&self, instrument: &Instrument) -> Option<Native> {
        let coin = coins::coin(instrument).filter(|coin| *coin != QUOTE)?;
        Some(Native { symbol: format!("{coin}-{QUOTE}"), unit: Some(QUOTE.into()) })
    }
}
