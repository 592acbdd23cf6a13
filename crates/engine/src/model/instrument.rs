//! What can be held and priced, and what each provider calls it.

use std::collections::BTreeMap;

use super::Decimal;
use super::record::{Column, Kind, Merge, Owner, Record, RowError, RowReader, RowWriter, Table};
use crate::spelling;

/// One thing under all its names. `BTC` the coin and `BTC` the ticker are two instruments.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Instrument {
    /// Such as `stock:VOD@XLON`. Made from kind, symbol and exchange when it is added, and opaque from then on.
    pub id: String,
    /// `stock`, `etf`, `fund`, `crypto`, `option`, `future`, `fx` or `cash`.
    pub kind: String,
    pub symbol: String,
    pub name: Option<String>,
    /// Market identifier code (ISO 10383); a stock or fund without one is listed in the United States.
    pub exchange: Option<String>,
    /// ISO 4217, always the major unit; `None` until somebody says.
    pub currency: Option<String>,
    pub isin: Option<String>,
    /// Whether the user wants its price although nothing is held.
    pub watched: bool,
}

impl Instrument {
    /// Whether the two are shares with one ticker of one venue: then they are one thing, which some sources call a stock
    /// and others a fund.
    pub fn is_share_of(&self, other: &Instrument) -> bool {
        let is_share = |one: &Instrument| spelling::Kind::of_name(&one.kind).is_some_and(spelling::Kind::is_share);
        is_share(self) && is_share(other) && (&self.symbol, &self.exchange) == (&other.symbol, &other.exchange)
    }
}

/// What a provider calls an instrument.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Listing {
    pub provider: String,
    pub native_symbol: String,
    /// `None` while nobody has said what it is: then it is unpriced, never guessed.
    pub instrument_id: Option<String>,
    /// The unit in which the provider quotes it, as the provider writes it: `USD`, `GBp`, `USDT`.
    pub unit: Option<String>,
    pub name: Option<String>,
    /// [`BY_USER`] or [`BY_PROVIDER`]. Each has a row of its own, so that neither overwrites the other's.
    pub mapped_by: String,
    /// Whether the provider quotes it under this symbol; one that is not is only what a holding there is called.
    pub quoted: bool,
    /// Units of the instrument in each unit that is held there, where it is not one.
    pub factor: Option<Decimal>,
}

pub const BY_USER: &str = "user";
pub const BY_PROVIDER: &str = "provider";

impl Listing {
    /// One listing for each symbol, in the order of providers and symbols: what the user said, and what the provider says
    /// where the user left it open.
    pub fn settled(said: Vec<Listing>) -> Vec<Listing> {
        let mut settled: BTreeMap<(String, String), Listing> = BTreeMap::new();
        let (by_user, by_others): (Vec<_>, Vec<_>) = said.into_iter().partition(|said| said.mapped_by == BY_USER);
        for said in by_others.into_iter().chain(by_user) {
            let key = (said.provider.clone(), said.native_symbol.clone());
            let before = settled.remove(&key);
            let unit = said.unit.clone().or(before.as_ref().and_then(|before| before.unit.clone()));
            let factor = said.factor.or(before.as_ref().and_then(|before| before.factor));
            let quoted = said.quoted && before.as_ref().is_none_or(|before| before.quoted);
            let name = said.name.clone().or(before.and_then(|before| before.name));
            settled.insert(key, Listing { unit, name, factor, quoted, ..said });
        }
        settled.into_values().collect()
    }
}

pub static INSTRUMENTS: Table = Table {
    schema: "market",
    name: "instruments",
    doc: "Things that can be held and priced.",
    owner: Owner::Shared,
    key: &["id"],
    merge: Merge::Overwrite,
    columns: &[
        Column::required("id", Kind::Text, "Its name in the other tables"),
        Column::required("kind", Kind::Text, "stock, etf, fund, crypto, option, future, fx or cash"),
        Column::required("symbol", Kind::Text, "Its usual symbol"),
        Column::optional("name", Kind::Text, "Its name for people"),
        Column::optional("exchange", Kind::Text, "Market identifier code; empty: United States, or none"),
        Column::optional("currency", Kind::Text, "Currency of its price, never a minor unit"),
        Column::optional("isin", Kind::Text, "International identification number"),
        Column::required("watched", Kind::Bool, "Whether it is priced although nothing is held"),
    ],
};

pub static LISTINGS: Table = Table {
    schema: "market",
    name: "listings",
    doc: "What each provider calls an instrument, and in which unit it quotes it.",
    owner: Owner::Shared,
    key: &["provider", "native_symbol", "mapped_by"],
    merge: Merge::Overwrite,
    columns: &[
        Column::required("provider", Kind::Text, "Who calls it so"),
        Column::required("native_symbol", Kind::Text, "The provider's symbol"),
        Column::optional("instrument_id", Kind::Text, "What it is; empty: unmapped, so unpriced"),
        Column::optional("unit", Kind::Text, "Unit of the provider's price, such as USD, GBp or USDT"),
        Column::optional("name", Kind::Text, "The provider's name for it"),
        Column::required("mapped_by", Kind::Text, "user or provider: of two rows of one symbol, the user's counts"),
        Column::optional("quoted", Kind::Bool, "false: only a holding is called so; its price goes by another symbol"),
        Column::optional("factor", Kind::Decimal, "Units of the instrument in each unit that is held; empty: one"),
    ],
};

impl Record for Instrument {
    const TABLE: &'static Table = &INSTRUMENTS;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(&self.id).put(&self.kind).put(&self.symbol).put(self.name.as_deref()).put(self.exchange.as_deref());
        row.put(self.currency.as_deref()).put(self.isin.as_deref()).put(self.watched);
    }

    fn read(row: &RowReader<'_>) -> Result<Instrument, RowError> {
        Ok(Instrument {
            id: row.need("id", RowReader::text)?,
            kind: row.need("kind", RowReader::text)?,
            symbol: row.need("symbol", RowReader::text)?,
            name: row.text("name")?,
            exchange: row.text("exchange")?,
            currency: row.text("currency")?,
            isin: row.text("isin")?,
            watched: row.need("watched", RowReader::bool)?,
        })
    }
}

impl Record for Listing {
    const TABLE: &'static Table = &LISTINGS;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(&self.provider).put(&self.native_symbol).put(self.instrument_id.as_deref()).put(self.unit.as_deref());
        row.put(self.name.as_deref()).put(&self.mapped_by).put(self.quoted).put(self.factor);
    }

    fn read(row: &RowReader<'_>) -> Result<Listing, RowError> {
        Ok(Listing {
            provider: row.need("provider", RowReader::text)?,
            native_symbol: row.need("native_symbol", RowReader::text)?,
            instrument_id: row.text("instrument_id")?,
            unit: row.text("unit")?,
            name: row.text("name")?,
            mapped_by: row.need("mapped_by", RowReader::text)?,
            quoted: row.bool("quoted")?.unwrap_or(true),
            factor: row.decimal("factor")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_user_said_counts_and_the_provider_fills_what_was_left_open() {
        let listing = |symbol: &str, instrument: Option<&str>, unit: Option<&str>, mapped_by: &str| Listing {
            provider: "p".into(),
            native_symbol: symbol.into(),
            instrument_id: instrument.map(Into::into),
            unit: unit.map(Into::into),
            name: (mapped_by == BY_PROVIDER).then(|| "A name".into()),
            mapped_by: mapped_by.into(),
            quoted: true,
            factor: None,
        };
        let said = vec![
            listing("B", Some("stock:MINE"), None, BY_USER),
            listing("B", Some("stock:B"), Some("GBp"), BY_PROVIDER),
            listing("C", None, Some("USD"), BY_PROVIDER),
            listing("A", Some("stock:A"), Some("USD"), BY_PROVIDER),
            listing("A", Some("stock:A"), Some("EUR"), BY_USER),
        ];
        let named = |listing: Listing| Listing { name: Some("A name".into()), ..listing };
        let want = [
            named(listing("A", Some("stock:A"), Some("EUR"), BY_USER)),
            named(listing("B", Some("stock:MINE"), Some("GBp"), BY_USER)),
            listing("C", None, Some("USD"), BY_PROVIDER),
        ];
        assert_eq!(Listing::settled(said), want);
    }
}
