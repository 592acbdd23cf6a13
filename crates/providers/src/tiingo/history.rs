//! Daily prices as traded, with the splits and dividends of each day.

use async_trait::async_trait;
use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::provider::ProviderError;
use jiff::SignedDuration;

use super::ask::Ask;
use super::{ID, LAG, NAME, errors};
use crate::prices::{Bar, DaySource, Days, Row, Sweep, Told, rows, segment};

#[async_trait]
impl DaySource for Ask<'_> {
    fn provider(&self) -> &'static str {
        ID
    }

    fn lag(&self) -> SignedDuration {
        LAG
    }

    fn years_max(&self) -> i64 {
        i64::MAX
    }

    async fn bars(&self, _: &Sweep, symbol: &SymbolWork, days: Days) -> Result<Told, ProviderError> {
        let path = format!("/tiingo/daily/{}/prices", segment(&symbol.native_symbol));
        let query = [("startDate", days.from.to_string()), ("endDate", days.to.to_string())];
        let answer = self.get(&path, &query).await?;
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
