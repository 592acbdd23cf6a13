//! Symbols and their prices under the names that apps know, and symbols as people write them.

use std::collections::BTreeMap;

use crate::limits::MIRROR_ROWS_MAX;
use crate::model::instrument::Instrument;
use crate::model::prices::{self, QUOTE_FIELDS, QuoteField};
use crate::model::{Batch, BatchBuilder, Column, Kind, Merge, Owner, Table, Value};
use crate::spelling::{self, Parsed, parse_symbol, yahoo_style};
use crate::store::{Select, Store, StoreError};

const fn number(name: &'static str) -> Column {
    Column::optional(name, Kind::Decimal, "As in market.symbols")
}

const fn text(name: &'static str) -> Column {
    Column::optional(name, Kind::Text, "As in market.symbols")
}

/// As the view `market.symbols`, by the symbol that people write; the fields follow in the order of [`QUOTE_FIELDS`].
pub static SYMBOLS: Table = Table {
    schema: "mirror",
    name: "symbols",
    doc: "The last known numbers of each instrument.",
    owner: Owner::Shared,
    key: &["symbol"],
    merge: Merge::Overwrite,
    columns: &[
        Column::required("symbol", Kind::Text, "As people write it: AAPL, VOD.L, crypto:BTC"),
        text("name"),
        text("kind"),
        text("exchange"),
        text("currency"),
        number("current_price"),
        number("previous_close"),
        number("change_pct"),
        number("day_open"),
        number("day_high"),
        number("day_low"),
        number("year_high"),
        number("year_low"),
        number("volume"),
        number("avg_volume"),
        number("market_cap"),
        number("pe_ratio"),
        number("eps"),
        number("price_avg_50"),
        number("price_avg_200"),
        text("provider"),
        Column::optional("last_price_update", Kind::Instant, "When that was the price"),
    ],
};

pub static PRICE_HISTORY: Table = Table {
    schema: "mirror",
    name: "price_history",
    doc: "Prices by symbol and trading day.",
    owner: Owner::Shared,
    key: &["symbol", "date"],
    merge: Merge::Overwrite,
    columns: &[
        Column::required("symbol", Kind::Text, "As in symbols"),
        Column::required("date", Kind::Date, "Trading day of the exchange"),
        number("close_price"),
        number("volume"),
        number("open"),
        number("high"),
        number("low"),
        text("currency"),
        text("status"),
    ],
};

/// How people write an instrument so that it is read as the same one. A fund's share is written like any share.
pub fn spelled(instrument: &Instrument) -> String {
    let Some(kind) = spelling::Kind::of_name(&instrument.kind) else { return instrument.id.clone() };
    let parsed = Parsed { kind, symbol: instrument.symbol.clone(), mic: instrument.exchange.clone() };
    let is_it = |text: &String| {
        parse_symbol(text, None).is_ok_and(|read| {
            let is_kind = read.kind == kind || (read.kind.is_share() && kind.is_share());
            is_kind && (&read.symbol, &read.mic) == (&parsed.symbol, &parsed.mic)
        })
    };
    let plain = parsed.mic.is_none().then(|| parsed.symbol.clone());
    let venue = parsed.mic.as_ref().map(|mic| format!("{}@{mic}", parsed.symbol));
    let written = [plain, yahoo_style(&parsed), venue, Some(parsed.id())];
    written.into_iter().flatten().find(is_it).unwrap_or_else(|| instrument.id.clone())
}

/// All instruments by the symbol that is each one's alone: of two that are written alike, the second goes by its id.
async fn instruments(store: &dyn Store) -> Result<BTreeMap<String, Instrument>, StoreError> {
    let all: Vec<Instrument> = store.records(|all| all.ascending("id")).await?;
    let mut by_symbol = BTreeMap::new();
    for instrument in all {
        let symbol = Some(spelled(&instrument)).filter(|symbol| !by_symbol.contains_key(symbol));
        by_symbol.insert(symbol.unwrap_or_else(|| instrument.id.clone()), instrument);
    }
    Ok(by_symbol)
}

pub async fn symbols(store: &dyn Store) -> Result<Batch, StoreError> {
    let quotes: Vec<QuoteField> = store.records(|all| all).await?;
    let mut of: BTreeMap<&str, BTreeMap<&str, &QuoteField>> = BTreeMap::new();
    for quote in &quotes {
        of.entry(&quote.instrument_id).or_default().insert(&quote.field, quote);
    }
    let none = BTreeMap::new();
    let mut rows = BatchBuilder::new(&SYMBOLS);
    for (symbol, instrument) in &instruments(store).await? {
        let fields = of.get(instrument.id.as_str()).unwrap_or(&none);
        let price = fields.get("current_price");
        let currency = price.and_then(|price| price.currency.as_deref());
        let mut values: Vec<Value<'_>> = vec![
            symbol.into(),
            instrument.name.as_deref().into(),
            (&instrument.kind).into(),
            instrument.exchange.as_deref().into(),
            currency.or(instrument.currency.as_deref()).into(),
        ];
        values.extend(QUOTE_FIELDS.iter().map(|(field, is_money)| {
            // A number in another currency than the price is left out, not mixed in.
            let fits = |quote: &&&QuoteField| !is_money || currency.is_none() || quote.currency.as_deref() == currency;
            Value::from(fields.get(field).filter(fits).map(|quote| quote.value))
        }));
        values.push(price.map(|price| price.provider.as_str()).into());
        values.push(price.map(|price| price.as_of).into());
        rows.push_values(&values);
    }
    Ok(rows.finish())
}

pub async fn price_history(store: &dyn Store) -> Result<Batch, StoreError> {
    let symbols = instruments(store).await?;
    let symbols: BTreeMap<&str, &str> =
        symbols.iter().map(|(symbol, one)| (one.id.as_str(), symbol.as_str())).collect();
    let days = store.read(Select::all(&prices::PRICE_HISTORY).max(MIRROR_ROWS_MAX + 1)).await?;
    let column = |name: &str| days.table.column(name).expect("a column of the table");
    let id = column("instrument_id");
    let own: Vec<usize> = PRICE_HISTORY.columns.iter().skip(1).map(|own| column(own.name)).collect();
    let mut rows = BatchBuilder::new(&PRICE_HISTORY);
    for row in 0..days.len() {
        let Value::Text(id) = days.value(row, id) else { continue };
        let Some(symbol) = symbols.get(id) else { continue };
        let mut values = vec![Value::Text(symbol)];
        values.extend(own.iter().map(|column| days.value(row, *column)));
        rows.push_values(&values);
    }
    Ok(rows.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_the_same_instrument() {
        let check = |kind: &str, symbol: &str, exchange: Option<&str>, want: &str| {
            let instrument = Instrument {
                id: format!("{kind}:{symbol}"),
                kind: kind.into(),
                symbol: symbol.into(),
                name: None,
                exchange: exchange.map(Into::into),
                currency: None,
                isin: None,
                watched: false,
            };
            assert_eq!(spelled(&instrument), want);
        };
        check("stock", "AAPL", None, "AAPL");
        check("etf", "SPY", None, "SPY");
        check("stock", "VOD", Some("XLON"), "VOD.L");
        check("stock", "2330", Some("XTAI"), "2330@XTAI");
        check("stock", "BRK.B", None, "BRK.B");
        check("stock", "BTC", None, "stock:BTC");
        check("crypto", "BTC", None, "crypto:BTC");
        check("crypto", "PEPE", None, "crypto:PEPE");
        check("fx", "EURUSD", None, "fx:EURUSD");
        check("cash", "EUR", None, "cash:EUR");
        check("option", "AAPL240621C00190000", None, "AAPL240621C00190000");
        check("future", "ESZ26", None, "future:ESZ26");
        check("whatever", "X", None, "whatever:X");
    }

    #[test]
    fn every_field_of_a_quote_is_a_column() {
        let names: Vec<&str> = SYMBOLS.columns.iter().map(|column| column.name).collect();
        let fields: Vec<&str> = QUOTE_FIELDS.iter().map(|(field, _)| *field).collect();
        assert_eq!(names[5..5 + fields.len()], fields);
    }
}
