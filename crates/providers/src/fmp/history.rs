//! Daily prices, adjusted for splits by the service: a split changes every day before it.

use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::provider::{Page, ProviderError};
use serde::Deserialize;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::ask::Ask;
use super::quotes::segment;
use super::{FREE_HISTORY_YEARS_MAX, ID, LAG, SINGLES_PAGE};
use crate::prices::{self, Bar, Days, Read, Row, Sweep, not_in_plan, rows, unit_of};

pub async fn page(ask: &Ask<'_>) -> Result<Page, ProviderError> {
    if !prices::is_on(ask.request.settings, "history") {
        return Ok(Page::last(Json::Null));
    }
    let mut years = prices::whole_number(ask.request.settings, "history_years", 1..=30, 5)?;
    if ask.is_free {
        years = years.min(FREE_HISTORY_YEARS_MAX);
    }
    let sweep = Sweep::of(ask.request)?;
    let mut read = Read::default();
    let mut asked = 0;
    let mut covered = 0;
    for symbol in sweep.batch(usize::MAX) {
        let step = match Days::of(symbol, ask.request, years, LAG) {
            // What needs no request fills no page.
            None => Ok(Read::item(&symbol.native_symbol, foliosync_engine::model::sync::ItemStatus::Unchanged, "")),
            Some(_) if asked == SINGLES_PAGE => return Ok(sweep.page(covered, read)),
            Some(days) => {
                asked += 1;
                one(ask, &sweep, symbol, days, years).await
            }
        };
        match step {
            Ok(more) => read.add(more),
            Err(_) if covered > 0 => return Ok(sweep.page(covered, read)),
            Err(error) => return ask.failed(sweep, 1, error),
        }
        covered += 1;
    }
    Ok(sweep.page(covered, read))
}

async fn one(ask: &Ask<'_>, sweep: &Sweep, symbol: &SymbolWork, days: Days, years: i64) -> Result<Read, ProviderError> {
    let unit = match unit_of(symbol) {
        Ok(unit) => unit,
        Err(read) => return Ok(read),
    };
    let mut days = days;
    let mut found = bars(ask, sweep, symbol, days).await;
    if let Ok((bars, _)) = &found
        && days.show_split(symbol, &unit, bars)
    {
        days = days.whole(symbol, years);
        found = self::bars(ask, sweep, symbol, days).await;
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
async fn bars(
    ask: &Ask<'_>,
    sweep: &Sweep,
    symbol: &SymbolWork,
    days: Days,
) -> Result<(Vec<Bar>, Vec<String>), ProviderError> {
    let name = &symbol.native_symbol;
    let mut query = vec![("from", days.from.to_string()), ("to", days.to.to_string())];
    let path = if ask.is_legacy {
        format!("/api/v3/historical-price-full/{}", segment(name))
    } else {
        query.insert(0, ("symbol", name.clone()));
        "/stable/historical-price-eod/full".to_string()
    };
    let answer = ask.get(sweep, &path, &query).await?;
    let (mut bars, mut faults) = (Vec::new(), Vec::new());
    if answer.status == 404 {
        return Ok((bars, faults));
    }
    let body = if ask.is_legacy { unwrapped(&answer.body) } else { answer.body.as_ref() };
    for row in rows(body, "Financial Modeling Prep")? {
        match bar(&row) {
            Ok(bar) => bars.extend(bar),
            Err(why) => faults.push(why),
        }
    }
    Ok((bars, faults))
}

/// The array inside of a legacy answer; an unknown symbol is `{}`.
fn unwrapped(body: &[u8]) -> &[u8] {
    #[derive(Deserialize)]
    struct Wrapped<'a> {
        #[serde(borrow, default)]
        historical: Option<&'a RawValue>,
    }
    match serde_json::from_slice::<Wrapped<'_>>(body) {
        Ok(Wrapped { historical: Some(rows) }) => rows.get().as_bytes(),
        Ok(Wrapped { historical: None }) => b"[]",
        Err(_) => body,
    }
}

/// `None` for a day without a close.
fn bar(row: &Row<'_>) -> Result<Option<Bar>, String> {
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
        split_factor: None,
        dividend: None,
    }))
}
