//! Daily prices: candles of the index for whole days of UTC, read backwards.

use async_trait::async_trait;
use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::provider::ProviderError;
use jiff::{SignedDuration, ToSpan};
use serde_json::value::RawValue;

use super::ID;
use super::ask::{Ask, data};
use crate::coins::{LAG, bars, day_starts, plain};
use crate::prices::{DaySource, Days, Sweep, Told};

/// The endpoint allows half as many requests as the others.
const WEIGHT: u32 = 2;
const CANDLES_MAX: usize = 100;

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

    /// Ten years of one coin are 37 requests.
    fn symbols_page(&self) -> usize {
        3
    }

    async fn bars(&self, _: &Sweep, symbol: &SymbolWork, days: Days) -> Result<Told, ProviderError> {
        let (mut found, mut faults) = Told::default();
        let first = day_starts(days.from);
        // Candles that began before this.
        let mut before = day_starts(days.to.saturating_add(1.day()));
        while before > first {
            let query = [
                ("instId", symbol.native_symbol.clone()),
                // A plain `1D` is a day of UTC+8.
                ("bar", "1Dutc".to_string()),
                ("after", before.to_string()),
                ("limit", CANDLES_MAX.to_string()),
            ];
            let Some(answer) = self.get("/api/v5/market/history-index-candles", &query, WEIGHT).await? else {
                return Err(ProviderError::NotInPlan { message: "OKX has no index of it in dollars".into() });
            };
            let mut candles: Vec<Vec<&RawValue>> = data(&answer)?;
            let count = candles.len();
            let oldest = candles.iter().filter_map(|cells| plain(cells.first()?).parse::<i64>().ok()).min();
            // The last cell says whether the candle is complete.
            candles.retain(|cells| cells.last().is_none_or(|cell| plain(cell) != "0"));
            let (more, bad) = bars(&candles, false);
            found.extend(more);
            faults.extend(bad);
            match oldest {
                Some(oldest) if oldest < before && count >= CANDLES_MAX => before = oldest,
                _ => break,
            }
        }
        Ok((found, faults))
    }
}
