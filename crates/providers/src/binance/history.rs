//! Daily prices: candles of whole days of UTC.

use async_trait::async_trait;
use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::provider::ProviderError;
use jiff::{SignedDuration, ToSpan};
use serde_json::value::RawValue;

use super::ID;
use super::ask::Ask;
use crate::coins::{LAG, bars, day_starts};
use crate::prices::{DaySource, Days, Sweep, Told};

/// Of one request.
pub const WEIGHT: u32 = 2;
const CANDLES_MAX: usize = 1_000;

#[async_trait]
impl DaySource for Ask<'_> {
    fn provider(&self) -> &'static str {
        ID
    }

    fn lag(&self) -> SignedDuration {
        LAG
    }

    fn years_max(&self) -> i64 {
        10
    }

    async fn bars(&self, _: &Sweep, symbol: &SymbolWork, days: Days) -> Result<Told, ProviderError> {
        let (mut found, mut faults) = Told::default();
        let end = day_starts(days.to.saturating_add(1.day())) - 1;
        let mut from = days.from;
        loop {
            let query = [
                ("symbol", symbol.native_symbol.clone()),
                ("interval", "1d".to_string()),
                ("startTime", day_starts(from).to_string()),
                ("endTime", end.to_string()),
                ("limit", CANDLES_MAX.to_string()),
            ];
            let Some(answer) = self.get("/api/v3/klines", &query, WEIGHT).await? else {
                return Err(ProviderError::NotInPlan { message: "Binance does not trade the pair".into() });
            };
            let candles: Vec<Vec<&RawValue>> = serde_json::from_slice(&answer.body).map_err(|error| {
                let place = format!("line {}, column {}", error.line(), error.column());
                ProviderError::Malformed {
                    what: "Binance",
                    message: format!("its candles are no JSON lists ({place})"),
                }
            })?;
            let (more, bad) = bars(&candles, true);
            let last = more.iter().map(|bar| bar.date).max();
            found.extend(more);
            faults.extend(bad);
            match last {
                // A full answer may not be all, and the next one must bring something new.
                Some(last) if candles.len() >= CANDLES_MAX && last >= from && last < days.to => {
                    from = last.saturating_add(1.day());
                }
                _ => return Ok((found, faults)),
            }
        }
    }
}
