//! The services and file formats that data can be pulled from. Each describes itself and fetches pages; none knows a
//! store, a socket or a clock.

pub mod accounts;
mod alpaca;
mod binance;
mod coins;
mod csv;
mod ecb;
mod exchange;
mod fmp;
mod folder;
mod ibkr_flex;
mod market_csv;
mod okx;
mod prices;
mod tiingo;
mod tradelog;

use std::sync::Arc;

use foliosync_engine::provider::Provider;

/// Every provider, in the order in which they are offered.
pub fn all() -> Vec<Arc<dyn Provider>> {
    vec![
        Arc::new(tradelog::TradeLog),
        Arc::new(market_csv::MarketCsv),
        Arc::new(fmp::Fmp),
        Arc::new(tiingo::Tiingo),
        Arc::new(ecb::Ecb),
        Arc::new(binance::Binance),
        Arc::new(okx::Okx),
        Arc::new(alpaca::Alpaca),
        Arc::new(ibkr_flex::IbkrFlex),
    ]
}

/// The provider that people call `id`.
pub fn find(id: &str) -> Option<Arc<dyn Provider>> {
    all().into_iter().find(|provider| provider.spec().id == id)
}
