//! The exchange's own list of pairs and coins.

use std::collections::{BTreeMap, BTreeSet};

use foliosync_engine::provider::ProviderError;
use serde::Deserialize;

use super::ask::Ask;
use crate::exchange::{is_name, malformed};

const WEIGHT: u32 = 20;

#[derive(Default)]
pub struct Listed {
    /// By symbol.
    pub pairs: BTreeMap<String, Pair>,
    assets: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pair {
    symbol: String,
    #[serde(rename = "baseAsset")]
    pub base: String,
    #[serde(rename = "quoteAsset")]
    pub quote: String,
}

impl Listed {
    pub async fn ask(ask: &Ask<'_>) -> Result<Listed, ProviderError> {
        #[derive(Deserialize)]
        struct Body {
            symbols: Vec<Pair>,
        }
        let unreadable = || malformed("Binance", "its list of pairs cannot be read");
        let answer = ask.get("/api/v3/exchangeInfo", &[], WEIGHT).await?.ok_or_else(unreadable)?;
        let body: Body = serde_json::from_slice(&answer.body).map_err(|_| unreadable())?;
        if body.symbols.is_empty() {
            return Err(unreadable());
        }
        let mut listed = Listed::default();
        let is_whole = |pair: &Pair| {
            let parts = [&pair.base, &pair.quote];
            pair.symbol == [pair.base.as_str(), &pair.quote].concat() && parts.into_iter().all(|name| is_name(name))
        };
        for pair in body.symbols.into_iter().filter(is_whole) {
            listed.assets.extend([pair.base.clone(), pair.quote.clone()]);
            listed.pairs.insert(pair.symbol.clone(), pair);
        }
        Ok(listed)
    }

    pub fn has(&self, asset: &str) -> bool {
        self.assets.contains(asset)
    }
}
