//! When a look at the fills is worth its requests: when there is more or less of something than at the last look, and
//! now and then for what balances cannot show.

use std::collections::{BTreeMap, BTreeSet};

use foliosync_engine::model::accounts::Balance;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Seconds between two looks where nothing has changed.
pub const LOOK_SECS: i64 = 900;

/// The last look, as part of a watermark.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Watch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looked_at: Option<Timestamp>,
    /// What was held then, by asset.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub held: BTreeMap<String, String>,
}

impl Watch {
    /// Assets of which there is more or less now.
    pub fn changed(&self, held: &BTreeMap<String, String>) -> BTreeSet<String> {
        let names: BTreeSet<&String> = self.held.keys().chain(held.keys()).collect();
        names.into_iter().filter(|asset| self.held.get(*asset) != held.get(*asset)).cloned().collect()
    }

    /// Whether the last look was long ago, or at a time that is yet to come.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.looks(now) > 0
    }

    /// How many looks there could have been since the last one.
    pub fn looks(&self, now: Timestamp) -> usize {
        let since = self.looked_at.map_or(LOOK_SECS, |at| now.duration_since(at).abs().as_secs());
        usize::try_from(since / LOOK_SECS).unwrap_or(1)
    }
}

/// What a wallet holds, bound or not: orders that wait are no fills.
pub fn held(balances: &[Balance], wallet: &str) -> BTreeMap<String, String> {
    let own = balances.iter().filter(|row| row.wallet == wallet);
    own.map(|row| (row.asset.clone(), row.total.to_string())).collect()
}
