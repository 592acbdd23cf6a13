//! Rates of currencies, as providers quote pairs of them.

use foliosync_engine::calendar::Venue;
use foliosync_engine::model::Decimal;
use foliosync_engine::model::prices::FxRate;
use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::provider::{Item, Named, ProviderError};
use jiff::Timestamp;

use super::Read;

/// Under which apps find what a dollar is in pounds.
pub const USD_GBP: &str = "usd_gbp_rate";

/// The pairs of a setting such as `USDGBP, EUR/USD`, as symbols to sweep over. `native` spells a pair of six capitals as
/// the provider does.
pub fn fx_work(setting: Option<&String>, native: impl Fn(&str) -> String) -> Result<Vec<SymbolWork>, ProviderError> {
    let texts = setting.map_or("", String::as_str).split([',', ';', ' ']).filter(|text| !text.is_empty());
    texts.map(|text| pair(text, &native)).collect()
}

fn pair(text: &str, native: &impl Fn(&str) -> String) -> Result<SymbolWork, ProviderError> {
    let letters: String = text.chars().filter(|c| !"/-.".contains(*c)).collect::<String>().to_ascii_uppercase();
    let is_pair = letters.len() == 6 && letters.bytes().all(|byte| byte.is_ascii_uppercase());
    if !is_pair || letters[..3] == letters[3..] {
        let message =
            format!("`{text}` in the setting `fx_pairs` is no pair of currencies: write them like USDGBP,EURUSD");
        return Err(ProviderError::NeedsUser { message });
    }
    Ok(SymbolWork {
        instrument_id: format!("fx:{letters}"),
        kind: "fx".into(),
        exchange: None,
        native_symbol: native(&letters),
        unit: Some(letters[3..].into()),
        price: None,
        price_as_of: None,
        covered_from: None,
        covered_to: None,
        last_close: None,
    })
}

/// One rate of a pair made by [`fx_work`].
pub struct FxQuote<'a> {
    pub provider: &'static str,
    pub pair: &'a SymbolWork,
    pub rate: Option<Decimal>,
    pub bid: Option<Decimal>,
    pub ask: Option<Decimal>,
    /// When the source says it was so.
    pub at: Option<Timestamp>,
    pub now: Timestamp,
}

impl FxQuote<'_> {
    /// The row of its day, and the named value where it is that pair, one way or the other.
    pub fn read(self) -> Read {
        let name = &self.pair.native_symbol;
        let positive = |number: Option<Decimal>| number.filter(|number| *number > Decimal::ZERO);
        let (rate, bid, ask) = (positive(self.rate), positive(self.bid), positive(self.ask));
        if rate.is_none() && bid.is_none() {
            return Read::item(name, ItemStatus::Missing, "the answer has no rate for it");
        }
        let (base, quote) = self.pair.instrument_id.trim_start_matches("fx:").split_at(3);
        let at = self.at.map_or(self.now, |at| at.min(self.now));
        let row = FxRate {
            base: base.into(),
            quote: quote.into(),
            date: Venue::Fx.trading_date(at),
            provider: self.provider.into(),
            rate,
            bid,
            ask,
            observed_at: self.now,
        };
        let per_dollar = match (base, quote) {
            ("USD", "GBP") => bid.or(rate),
            // Whoever sells dollars for pounds gets the other side of the pair.
            ("GBP", "USD") => ask.or(rate).and_then(|rate| Decimal::ONE.checked_div(rate)),
            _ => None,
        };
        let named = per_dollar.map(|rate| Named { name: USD_GBP, value: rate.round(10).to_string(), as_of: at });
        let shown = rate.or(bid).unwrap_or_default();
        let item = Item::new(name, ItemStatus::Updated, format!("1 {base} = {shown} {quote}"));
        Read {
            rates: vec![row],
            settings: named.into_iter().collect(),
            items: vec![item],
            as_of: self.at.map(|_| at),
            ..Read::default()
        }
    }
}
