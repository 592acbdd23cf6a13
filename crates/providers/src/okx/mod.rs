//! OKX: public prices of coins in dollars, without a key.

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

pub struct Okx;

const ID: &str = "okx";
/// Index prices are in real dollars, those of stablecoins too.
const QUOTE: &str = "USD";

static SPEC: ProviderSpec = ProviderSpec {
    id: ID,
    name: "OKX",
    summary: "Public index prices of coins in US dollars, stablecoins included; no key needed",
    experimental: false,
    settings: &[
        SettingSpec {
            key: "region",
            label: "Region",
            help: "Where accounts are registered: eea for my.okx.com, us for app.okx.com; global where none is given",
            kind: SettingKind::Choice(&["global", "eea", "us"]),
            required: false,
        },
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
        vec![Limit { name: "two-seconds", scope: LimitScope::Ip, weight_max: 20 / 2, window, used_header: None }]
    },
    weight,
    streams: &[
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
    item_noun: "coin",
};

/// One request has the prices of all coins. History is spread over as many windows as it needs, so that no interval
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
