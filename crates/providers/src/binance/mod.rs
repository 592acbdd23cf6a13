//! Binance: public prices of coins, without a key.

mod ask;
mod errors;
mod history;
mod quotes;

use async_trait::async_trait;
use foliosync_engine::budget::Window;
use foliosync_engine::calendar::{Calendar, Venue};
use foliosync_engine::model::instrument::Instrument;
use foliosync_engine::provider::{
    Cadence, Dataset, FetchRequest, Host, IntervalSpec, Limit, LimitScope, Native, Page, Provider, ProviderError,
    ProviderSpec, Reach, SettingKind, SettingSpec, Settings, StreamSpec, Work,
};

use self::ask::Ask;
use crate::{coins, prices};

pub struct Binance;

const ID: &str = "binance";
/// What coins are priced in, in the order in which they are tried. A stablecoin is no dollar: prices keep its name.
const QUOTE_ASSETS: [&str; 5] = ["USDT", "USDC", "FDUSD", "BTC", "EUR"];

static SPEC: ProviderSpec = ProviderSpec {
    id: ID,
    name: "Binance",
    summary: "Public prices of coins, in USDT where it trades them so; no key needed",
    experimental: false,
    settings: &[
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
    // Market data only, and open to regions that the exchange itself does not serve.
    hosts: &[Host { key: "public", url: "https://data-api.binance.vision" }],
    limits: |_| {
        let (weight_max, window, used_header) = (6_000, Window::Seconds(60), Some("x-mbx-used-weight-1m"));
        vec![Limit { name: "minute", scope: LimitScope::Ip, weight_max, window, used_header }]
    },
    weight,
    streams: &[
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
    item_noun: "coin",
};

fn weight(stream: &str, symbols: usize, settings: &Settings) -> u32 {
    let weight = match stream {
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
