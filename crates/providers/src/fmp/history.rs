//! Daily prices, adjusted for splits by the service: a split changes every day before it.

use async_trait::async_trait;
use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::provider::{Page, ProviderError};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::ask::Ask;
use super::{FREE_YEARS_MAX, ID, LAG, NAME};
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
        if self.is_free { FREE_YEARS_MAX } else { i64::MAX }
    }

    async fn bars(&self, sweep: &Sweep, symbol: &SymbolWork, days: Days) -> Result<Told, ProviderError> {
        let name = &symbol.native_symbol;
        let mut query = vec![("from", days.from.to_string()), ("to", days.to.to_string())];
        let path = if self.is_legacy {
            format!("/api/v3/historical-price-full/{}", segment(name))
        } else {
            query.insert(0, ("symbol", name.clone()));
            "/stable/historical-price-eod/full".to_string()
        };
        let answer = self.get(sweep, &path, &query).await?;
        let (mut bars, mut faults) = (Vec::new(), Vec::new());
        if answer.status == 404 {
            return Ok((bars, faults));
        }
        let body = if self.is_legacy { unwrapped(&answer.body) } else { answer.body.as_ref() };
        for row in rows(body, NAME)? {
            match bar(&row) {
                Ok(bar) => bars.extend(bar),
                Err(why) => faults.push(why),
            }
        }
        Ok((bars, faults))
    }

    fn failed(&self, sweep: Sweep, error: ProviderError) -> Result<Page, ProviderError> {
        self.failed(sweep, 1, error)
    }
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
