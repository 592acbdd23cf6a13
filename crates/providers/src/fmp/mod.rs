//! Financial Modeling Prep: quotes, daily history, currencies, and what a symbol is quoted in.

mod ask;
mod errors;
mod fx;
mod history;
mod listings;
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
use foliosync_engine::spelling::{Kind, Parsed, yahoo_style};
use jiff::SignedDuration;

use self::ask::Ask;
use crate::prices;

pub struct Fmp;

const ID: &str = "fmp";
const NAME: &str = "Financial Modeling Prep";
/// What the service needs to publish a close.
const LAG: SignedDuration = SignedDuration::from_mins(20);
const BATCH_DEFAULT: i64 = 30;
const FREE_YEARS_MAX: i64 = 5;

static SPEC: ProviderSpec = ProviderSpec {
    id: ID,
    name: NAME,
    summary: "Prices of shares, funds, coins and currencies of many exchanges; the free plan covers some well-known symbols",
    settings: &[
        SettingSpec {
            key: "api_key",
            label: "API key",
            help: "From the dashboard at financialmodelingprep.com",
            kind: SettingKind::Secret,
            required: true,
        },
        SettingSpec {
            key: "plan",
            label: "Plan",
            help: "It decides how many requests are allowed: 250 a day on free, 300, 750 or 3000 a minute on the others",
            kind: SettingKind::Choice(&["free", "starter", "premium", "ultimate"]),
            required: false,
        },
        SettingSpec {
            key: "generation",
            label: "Generation of the API",
            help: "legacy is v3, which only accounts with a subscription from before 31 August 2025 may use",
            kind: SettingKind::Choice(&["stable", "legacy"]),
            required: false,
        },
        SettingSpec {
            key: "batch_size",
            label: "Symbols in one request",
            help: "1 to 100; 30 where none is given",
            kind: SettingKind::Text,
            required: false,
        },
        prices::switch("quotes", "Quotes", "Whether current prices are read"),
        prices::switch("history", "Daily history", "Whether daily prices are read"),
        SettingSpec {
            key: "history_years",
            label: "Years of history",
            help: "How far back daily prices are read for a new symbol: 1 to 30, 5 where none is given and at most on free",
            kind: SettingKind::Text,
            required: false,
        },
        SettingSpec {
            key: "fx_pairs",
            label: "Currency pairs",
            help: "Read hourly, such as USDGBP,EURUSD; the free plan has none",
            kind: SettingKind::Text,
            required: false,
        },
        prices::PRIORITY,
    ],
    hosts: &[Host { key: "default", url: "https://financialmodelingprep.com" }],
    limits,
    weight,
    streams: &[
        StreamSpec {
            name: "listings",
            summary: "The currency in which a symbol is quoted, where its spelling does not tell",
            cadence: Cadence::EverySecs(86_400),
            calendar: Calendar::Always,
            work: Some(Work::Symbols(Dataset::Listings)),
        },
        StreamSpec {
            name: "quotes",
            summary: "Current prices",
            cadence: Cadence::Interval,
            calendar: Calendar::Open(Venue::NewYork),
            work: Some(Work::Symbols(Dataset::Quotes)),
        },
        StreamSpec {
            name: "history",
            summary: "Prices of every day that is over, adjusted for splits",
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

/// When the day of the free plan begins is not documented; midnight UTC is taken for it.
fn limits(settings: &Settings) -> Vec<Limit> {
    let (name, weight_max, window) = match settings.get("plan").map_or("free", String::as_str) {
        "starter" => ("minute", 300, Window::Seconds(60)),
        "premium" => ("minute", 750, Window::Seconds(60)),
        "ultimate" => ("minute", 3_000, Window::Seconds(60)),
        _ => ("day", 250, Window::Day("UTC")),
    };
    vec![Limit { name, scope: LimitScope::Key("api_key"), weight_max, window, used_header: None }]
}

fn weight(stream: &str, symbols: usize, settings: &Settings) -> u32 {
    let batch = if is_free(settings) { 1 } else { batch_size(settings).unwrap_or(1) };
    let requests = match stream {
        "quotes" if prices::is_on(settings, "quotes") => symbols.div_ceil(batch),
        // Four runs a day, of which one finds a day that is over.
        "history" if prices::is_on(settings, "history") => symbols.div_ceil(4),
        "fx" => pairs(settings).map_or(0, |pairs| pairs.len()),
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
    prices::fx_work(settings.get("fx_pairs"), str::to_string)
}

#[async_trait]
impl Provider for Fmp {
    fn spec(&self) -> &'static ProviderSpec {
        &SPEC
    }

    async fn fetch(&self, reach: &Reach, request: &FetchRequest<'_>) -> Result<Page, ProviderError> {
        let ask = Ask::of(reach, request)?;
        match request.stream {
            "listings" => listings::page(&ask).await,
            "quotes" => quotes::page(&ask).await,
            "history" => prices::history_page(&ask, request).await,
            _ => fx::page(&ask).await,
        }
    }

    fn native(&self, instrument: &Instrument) -> Option<Native> {
        let kind = Kind::of_name(&instrument.kind)?;
        let native = |symbol: String, unit: Option<&str>| Some(Native { symbol, unit: unit.map(String::from) });
        match kind {
            Kind::Stock | Kind::Etf | Kind::Fund => {
                let (symbol, mic) = (instrument.symbol.clone(), instrument.exchange.clone());
                let unit = mic.is_none().then_some("USD");
                native(yahoo_style(&Parsed { kind, symbol, mic })?, unit)
            }
            Kind::Crypto => native(format!("{}USD", instrument.symbol), Some("USD")),
            Kind::Fx => native(instrument.symbol.clone(), instrument.symbol.get(3..)),
            Kind::Option | Kind::Future | Kind::Cash => None,
        }
    }
}
