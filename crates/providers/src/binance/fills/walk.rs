//! Asking pair after pair, some on each page.

use std::collections::BTreeMap;

use foliosync_engine::model::Batch;
use foliosync_engine::model::accounts::Fill;
use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::provider::{Change, Item, ProviderError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::pairs::{Pair, SYMBOLS};
use crate::binance::ask::Private;
use crate::binance::trades;
use crate::exchange::{count, is_zero};

/// Requests of one page.
const REQUESTS_PAGE: usize = 10;
/// Pairs in a row that may fail before the walk does: the exchange is not hammered.
const FAILED_PAIRS_MAX: u32 = 3;

#[derive(Clone, Serialize, Deserialize)]
pub struct Walk {
    /// Symbols that are still to be asked for, in order.
    left: Vec<String>,
    /// Trades of the first of them that earlier pages have read.
    #[serde(default, skip_serializing_if = "is_zero")]
    read: i64,
    #[serde(default)]
    failed: u32,
    /// When it began, where it is a look that is not repeated for a while.
    looked_at: Option<Timestamp>,
    /// Symbols that the user named: one that is not known may be misspelt.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    named: Vec<String>,
}

/// What a page of a walk came to.
pub struct Stepped {
    pub changes: Vec<Change>,
    pub items: Vec<Item>,
    pub left: Option<Walk>,
    /// Of a look that is over: when it began.
    pub looked_at: Option<Timestamp>,
}

impl Walk {
    pub fn over(left: Vec<String>, looked_at: Option<Timestamp>, named: Vec<String>) -> Walk {
        Walk { left, read: 0, failed: 0, looked_at, named }
    }

    pub fn covers(&self, symbol: &str) -> bool {
        self.left.iter().any(|left| left == symbol)
    }

    /// Items of the whole run.
    pub fn expected(&self) -> i64 {
        i64::try_from(self.left.len()).unwrap_or(i64::MAX)
    }

    /// Asks for the next pairs, and notes in `pairs` how far each was read.
    pub async fn step(
        mut self,
        private: &Private<'_>,
        pairs: &mut BTreeMap<String, Pair>,
    ) -> Result<Stepped, ProviderError> {
        let (mut fills, mut items) = (Vec::new(), Vec::new());
        for asked in 0..REQUESTS_PAGE {
            let Some(symbol) = self.left.first().cloned() else { break };
            let pair = pairs.entry(symbol.clone()).or_insert_with(|| Pair::new(""));
            let told = trades::ask(private, &symbol, &pair.base, pair.next.unwrap_or(0)).await;
            let item = match told {
                Ok(told) => {
                    self.failed = 0;
                    self.took(&symbol, pair, told, &mut fills)
                }
                // What was read is stored first; the next page meets the fault at its beginning.
                Err(_) if asked > 0 => break,
                Err(error) => {
                    // Where nothing was ever traded, only a pair that was never asked for is asked for soon.
                    pair.next = pair.next.filter(|next| *next > 0);
                    Some(self.failure(&symbol, error)?)
                }
            };
            if let Some(item) = item {
                items.push(item);
                self.left.remove(0);
                self.read = 0;
            }
        }
        let changes = if fills.is_empty() { Vec::new() } else { vec![Change::Upsert(Batch::of(&fills))] };
        let is_over = self.left.is_empty();
        let looked_at = self.looked_at.filter(|_| is_over);
        Ok(Stepped { changes, items, left: (!is_over).then_some(self), looked_at })
    }

    /// Takes what was told of a pair; its item where that was all.
    fn took(
        &mut self,
        symbol: &str,
        pair: &mut Pair,
        told: Option<trades::Told>,
        fills: &mut Vec<Fill>,
    ) -> Option<Item> {
        let Some(told) = told else { return Some(self.unknown(symbol, pair)) };
        pair.is_gone = false;
        pair.next = Some(told.next);
        self.read += i64::try_from(told.fills.len()).unwrap_or(i64::MAX);
        fills.extend(told.fills);
        let trades = || count(usize::try_from(self.read).unwrap_or(usize::MAX), "trade");
        let item = match told.fault {
            Some(fault) => Item::new(symbol, ItemStatus::Rejected, fault),
            None if told.is_full => return None,
            None if self.read == 0 => Item::new(symbol, ItemStatus::Unchanged, ""),
            None => Item::new(symbol, ItemStatus::Updated, trades()),
        };
        Some(Item { imported: if item.status == ItemStatus::Unchanged { 0 } else { self.read }, ..item })
    }

    /// A pair that is not traded any more has no new trades; one that never was may be misspelt.
    fn unknown(&self, symbol: &str, pair: &mut Pair) -> Item {
        let was_traded = pair.next.is_some_and(|next| next > 0);
        pair.is_gone = true;
        pair.next = pair.next.or(Some(0));
        if !was_traded && self.named.iter().any(|named| named == symbol) {
            let why =
                format!("Binance does not know the pair: correct the setting `{SYMBOLS}`, or wait for its listing");
            return Item::new(symbol, ItemStatus::Missing, why);
        }
        Item::new(symbol, ItemStatus::Unchanged, "Binance does not trade the pair any more")
    }

    /// What the failure of the first request of a page comes to. A fault of this pair alone is told with it; whatever
    /// ends the stream, and the third fault in a row, is returned.
    fn failure(&mut self, symbol: &str, error: ProviderError) -> Result<Item, ProviderError> {
        let status = match &error {
            ProviderError::Backoff { .. } => ItemStatus::Deferred,
            ProviderError::Malformed { .. } | ProviderError::Refused { .. } | ProviderError::NotInPlan { .. } => {
                ItemStatus::Rejected
            }
            ProviderError::RetryAt { .. } | ProviderError::ResyncClock { .. } | ProviderError::NeedsUser { .. } => {
                return Err(error);
            }
        };
        self.failed += 1;
        if self.failed >= FAILED_PAIRS_MAX {
            return Err(error);
        }
        Ok(Item::new(symbol, status, error.to_string()))
    }
}
