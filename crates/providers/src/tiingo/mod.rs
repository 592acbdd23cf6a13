//! Tiingo: quotes and daily history of shares and funds of the United States, and currencies.

mod ask;
mod errors;
mod fx;
mod history;
mod quotes;

use async_trait::async_trait;
use foliosync_engine::budget::Window;
use foliosync_engine::calendar::{Calendar, Venue};
use foliosync_engine::model::instrument::Instrument;
use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::provider::{
    Cadence, Dataset, FetchRequest, Host, IntervalSpec, Limit, LimitScope, Native, Page, Provider, ProviderError,
    ProviderSpec, Reach, SettingKind, SettingSpec, Settings, StreamSpec, Work,
};
use foliosync_engine::spelling::{Kind, Parsed, dash_class_us};
use jiff::SignedDuration;

use self::ask::Ask;
use crate::prices;

pub struct Tiingo;

const ID: &str = "tiingo";
const NAME: &str = "Tiingo";
/// A day's official bar is out an hour and a half after the close.
const LAG: SignedDuration = SignedDuration::from_mins(90);
const BATCH_DEFAULT: i64 = 100;
/// Hours and days are counted from the full hour and from midnight there.
const ZONE: &str = "America/New_York";

static SPEC: ProviderSpec = ProviderSpec {
    id: ID,
    name: NAME,
    summary: "Prices of shares and funds that are listed in the United States, and of currencies; the free plan covers 500 \
              symbols a month",
    settings: &[
        SettingSpec {
            key: "api_key",
            label: "API token",
            help: "From the account page at tiingo.com; its terms allow personal use only on free and power",
            kind: SettingKind::Secret,
            required: true,
        },
        SettingSpec {
            key: "plan",
            label: "Plan",
            help: "It decides how many requests are allowed: 50 an hour and 1000 a day on free",
            kind: SettingKind::Choice(&["free", "power", "commercial"]),
            required: false,
        },
        SettingSpec {
            key: "batch_size",
            label: "Symbols in one request",
            help: "1 to 100; 100 where none is given",
            kind: SettingKind::Text,
            required: false,
        },
        prices::switch("quotes", "Quotes", "Whether current prices are read"),
        prices::switch("history", "Daily history", "Whether daily prices are read"),
        SettingSpec {
            key: "history_years",
            label: "Years of history",
            help: "How far back daily prices are read for a new symbol: 1 to 30, 5 where none is given",
            kind: SettingKind::Text,
            required: false,
        },
        SettingSpec {
            key: "fx_pairs",
            label: "Currency pairs",
            help: "Read hourly, such as GBPUSD,EURUSD; most pairs are known one way only",
            kind: SettingKind::Text,
            required: false,
        },
        prices::PRIORITY,
    ],
    hosts: &[Host { key: "default", url: "https://api.tiingo.com" }],
    limits,
    weight,
    streams: &[
        StreamSpec {
            name: "quotes",
            summary: "Current prices",
            cadence: Cadence::Interval,
            calendar: Calendar::Open(Venue::NewYork),
            work: Some(Work::Symbols(Dataset::Quotes)),
        },
        StreamSpec {
            name: "history",
            summary: "Prices of every day that is over, as traded, with splits and dividends",
            cadence: Cadence::EverySecs(6 * 3_600),
            calendar: Calendar::Daily(Venue::NewYork),
            work: Some(Work::Symbols(Dataset::History)),
        },
        StreamSpec {
            name: "fx",
            summary: "Rates of currencies",
            cadence: Cadence::EverySecs(3_600),
            calendar: Calendar::Open(Venue::Fx),
            work: None,
        },
    ],
    interval: IntervalSpec { min_secs: 60, default_secs: 900, max_secs: 86_400 },
    item_noun: "symbol",
    ..ProviderSpec::LOCAL
};

fn limits(settings: &Settings) -> Vec<Limit> {
    let (hour, day) = match settings.get("plan").map_or("free", String::as_str) {
        "power" => (10_000, 100_000),
        "commercial" => (20_000, 150_000),
        _ => (50, 1_000),
    };
    let limit = |name, weight_max, window| Limit {
        name,
        scope: LimitScope::Key("api_key"),
        weight_max,
        window,
        used_header: None,
    };
    vec![limit("hour", hour, Window::Seconds(3_600)), limit("day", day, Window::Day(ZONE))]
}

fn weight(stream: &str, symbols: usize, settings: &Settings) -> u32 {
    let requests = match stream {
        "quotes" if prices::is_on(settings, "quotes") => symbols.div_ceil(batch_size(settings).unwrap_or(1)),
        // Four runs a day, of which one finds a day that is over.
        "history" if prices::is_on(settings, "history") => symbols.div_ceil(4),
        "fx" => usize::from(pairs(settings).is_ok_and(|pairs| !pairs.is_empty())),
        _ => 0,
    };
    u32::try_from(requests).unwrap_or(u32::MAX)
}

fn is_free(settings: &Settings) -> bool {
    settings.get("plan").is_none_or(|plan| plan == "free")
}

fn batch_size(settings: &Settings) -> Result<usize, ProviderError> {
    let size = prices::whole_number(settings, "batch_size", 1..=100, BATCH_DEFAULT)?;
    Ok(usize::try_from(size).unwrap_or(1))
}

fn pairs(settings: &Settings) -> Result<Vec<SymbolWork>, ProviderError> {
    prices::fx_work(settings.get("fx_pairs"), str::to_ascii_lowercase)
}

#[async_trait]
impl Provider for Tiingo {
    fn spec(&self) -> &'static ProviderSpec {
        &SPEC
    }

    async fn fetch(&self, reach: &Reach, request: &FetchRequest<'_>) -> Result<Page, ProviderError> {
        let ask = Ask::of(reach, request)?;
        match request.stream {
            "quotes" => quotes::page(&ask).await,
            "history" => prices::history_page(&ask, request).await,
            _ => fx::page(&ask).await,
        }
    }

    fn native(&self, instrument: &Instrument) -> Option<Native> {
        let kind = Kind::of_name(&instrument.kind)?;
        let (symbol, mic) = (instrument.symbol.clone(), instrument.exchange.clone());
        let symbol = dash_class_us(&Parsed { kind, symbol, mic })?;
        Some(Native { symbol, unit: Some("USD".into()) })
    }
}
