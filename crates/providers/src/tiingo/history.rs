//! Daily prices as traded, with the splits and dividends of each day.

use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::provider::{Page, ProviderError};
use serde_json::Value as Json;

use super::ask::Ask;
use super::{ID, LAG, NAME, SINGLES_PAGE, errors};
use crate::prices::{self, Bar, Days, Read, Row, Sweep, not_in_plan, rows, segment, unit_of};

pub async fn page(ask: &Ask<'_>) -> Result<Page, ProviderError> {
    if !prices::is_on(ask.request.settings, "history") {
        return Ok(Page::last(Json::Null));
    }
    let years = prices::whole_number(ask.request.settings, "history_years", 1..=30, 5)?;
    let sweep = Sweep::of(ask.request)?;
    let mut read = Read::default();
    let (mut asked, mut covered) = (0, 0);
    for symbol in sweep.batch(usize::MAX) {
        let step = match Days::of(symbol, ask.request, years, LAG) {
            // What needs no request fills no page.
            None => Ok(Read::item(&symbol.native_symbol, ItemStatus::Unchanged, "")),
            Some(_) if asked == SINGLES_PAGE => return Ok(sweep.page(covered, read)),
            Some(days) => {
                asked += 1;
                one(ask, symbol, days, years).await
            }
        };
        match step {
            Ok(more) => read.add(more),
            // What was read is stored first; the next page meets the fault at its beginning.
            Err(_) if covered > 0 => return Ok(sweep.page(covered, read)),
            Err(error) => return sweep.failed(1, error),
        }
        covered += 1;
    }
    Ok(sweep.page(covered, read))
}

async fn one(ask: &Ask<'_>, symbol: &SymbolWork, days: Days, years: i64) -> Result<Read, ProviderError> {
    let unit = match unit_of(symbol) {
        Ok(unit) => unit,
        Err(read) => return Ok(read),
    };
    let mut days = days;
    let mut found = bars(ask, symbol, days).await;
    if let Ok((bars, _)) = &found
        && days.show_split(symbol, &unit, bars)
    {
        days = days.whole(symbol, years);
        found = self::bars(ask, symbol, days).await;
    }
    match found {
        Ok(found) => Ok(days.read((ID, ask.request.stream), symbol, &unit, found, ask.request.now)),
        Err(ProviderError::NotInPlan { message }) => {
            Ok(not_in_plan(ask.request.stream, symbol, &message, ask.request.now))
        }
        Err(error) => Err(error),
    }
}

/// The days as the service tells them, and why some cannot be read.
async fn bars(ask: &Ask<'_>, symbol: &SymbolWork, days: Days) -> Result<(Vec<Bar>, Vec<String>), ProviderError> {
    let path = format!("/tiingo/daily/{}/prices", segment(&symbol.native_symbol));
    let query = [("startDate", days.from.to_string()), ("endDate", days.to.to_string())];
    let answer = ask.get(&path, &query).await?;
    let (mut bars, mut faults) = (Vec::new(), Vec::new());
    if errors::is_unknown(&answer) {
        return Ok((bars, faults));
    }
    for row in rows(&answer.body, NAME)? {
        match bar(&row) {
            Ok(bar) => bars.extend(bar),
            Err(why) => faults.push(why),
        }
    }
    Ok((bars, faults))
}

/// `None` for a day without a close. The columns whose names begin with `adj` are rewritten back in time by every
/// dividend, so they are not read.
fn bar(row: &Row<'_>) -> Result<Option<Bar>, String> {
    // Its midnight is UTC's, so it is the evening before in New York: the date as it is written.
    let date = row.date("date").ok_or("a row without a date")?;
    let number = |name| row.decimal(name).map_err(|why| format!("{date}: {why}"));
    let Some(close) = number("close")?.filter(|close| *close > Default::default()) else { return Ok(None) };
    Ok(Some(Bar {
        date,
        open: number("open")?,
        high: number("high")?,
        low: number("low")?,
        close,
        volume: number("volume")?,
        split_factor: number("splitFactor")?,
        dividend: number("divCash")?,
    }))
}
