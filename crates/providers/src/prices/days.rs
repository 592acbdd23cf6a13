//! A page of a stream of daily bars, whoever tells them.

use async_trait::async_trait;
use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::provider::{FetchRequest, Page, ProviderError};
use jiff::SignedDuration;
use serde_json::Value as Json;

use super::{Bar, Days, Read, Sweep, is_on, not_in_plan, unit_of, whole_number};

/// Symbols of one page that need a request of their own.
pub const SINGLES_PAGE: usize = 10;
const YEARS_DEFAULT: i64 = 5;

/// Bars that could be read, and why others could not.
pub type Told = (Vec<Bar>, Vec<String>);

/// Who tells daily bars, one symbol in each request.
#[async_trait]
pub trait DaySource: Sync {
    fn provider(&self) -> &'static str;

    /// What it needs to publish a day after its close.
    fn lag(&self) -> SignedDuration;

    /// The most years that it tells.
    fn years_max(&self) -> i64;

    /// Symbols of one page that have to be asked for: fewer where one of them takes many requests.
    fn symbols_page(&self) -> usize {
        SINGLES_PAGE
    }

    async fn bars(&self, sweep: &Sweep, symbol: &SymbolWork, days: Days) -> Result<Told, ProviderError>;

    /// What the failure of the next symbol comes to.
    fn failed(&self, sweep: Sweep, error: ProviderError) -> Result<Page, ProviderError> {
        sweep.failed(1, error)
    }
}

/// The next page: symbols until enough had to be asked for, or up to one that failed.
pub async fn history_page(source: &dyn DaySource, request: &FetchRequest<'_>) -> Result<Page, ProviderError> {
    if !is_on(request.settings, "history") {
        return Ok(Page::last(Json::Null));
    }
    let years = whole_number(request.settings, "history_years", 1..=30, YEARS_DEFAULT)?.min(source.years_max());
    let sweep = Sweep::of(request)?;
    let mut read = Read::default();
    let (mut asked, mut covered) = (0, 0);
    for symbol in sweep.batch(usize::MAX) {
        let step = match Days::of(symbol, request, years, source.lag()) {
            // What needs no request fills no page.
            None => Ok(Read::item(&symbol.native_symbol, ItemStatus::Unchanged, "")),
            Some(_) if asked == source.symbols_page() => return Ok(sweep.page(covered, read)),
            Some(days) => {
                asked += 1;
                one(source, request, &sweep, symbol, days, years).await
            }
        };
        match step {
            Ok(more) => read.add(more),
            // What was read is stored first; the next page meets the fault at its beginning.
            Err(_) if covered > 0 => return Ok(sweep.page(covered, read)),
            Err(error) => return source.failed(sweep, error),
        }
        covered += 1;
    }
    Ok(sweep.page(covered, read))
}

async fn one(
    source: &dyn DaySource,
    request: &FetchRequest<'_>,
    sweep: &Sweep,
    symbol: &SymbolWork,
    days: Days,
    years: i64,
) -> Result<Read, ProviderError> {
    let unit = match unit_of(symbol) {
        Ok(unit) => unit,
        Err(read) => return Ok(*read),
    };
    let mut days = days;
    let mut told = source.bars(sweep, symbol, days).await;
    if let Ok((bars, _)) = &told
        && days.show_split(symbol, &unit, bars)
    {
        days = days.whole(symbol, years);
        told = source.bars(sweep, symbol, days).await;
    }
    match told {
        Ok(told) => Ok(days.read((source.provider(), request.stream), symbol, &unit, told, request.now)),
        Err(ProviderError::NotInPlan { message }) => Ok(not_in_plan(request.stream, symbol, &message, request.now)),
        Err(error) => Err(error),
    }
}
