//! Executions of orders. An order may have several; fees are rows of their own among the cash flows.

use foliosync_engine::model::Decimal;
use foliosync_engine::model::accounts::{Fill, Side, Source};
use jiff::Timestamp;

use super::activities::{Activity, instant};
use super::symbols::Symbol;
use crate::prices::Row;

pub struct Fills;

impl Activity for Fills {
    type Record = Fill;
    const NAME: &'static str = "fill";
    const FILTER: (&'static str, &'static str) = ("activity_types", "FILL");

    fn read(account: &str, row: &Row<'_>) -> Result<Vec<Fill>, String> {
        let need = |name: &str| row.text(name).ok_or_else(|| format!("it has no {name}"));
        let number = |name: &str| row.decimal(name)?.ok_or_else(|| format!("it has no {name}"));
        match need("activity_type")?.as_str() {
            "FILL" => {}
            other => return Err(format!("its activity_type is `{other}`")),
        }
        let (side, effect) = match need("side")?.as_str() {
            "buy" => (Side::Buy, None),
            "sell" => (Side::Sell, None),
            "sell_short" => (Side::Sell, Some("open".to_string())),
            other => return Err(format!("its side is `{other}`")),
        };
        let symbol = Symbol::of(&need("symbol")?, None);
        let (quantity, price) = (number("qty")?, number("price")?);
        if quantity <= Decimal::ZERO || price.is_negative() {
            return Err(format!("its qty is {quantity} and its price {price}"));
        }
        let time_text = need("transaction_time")?;
        Ok(vec![Fill {
            account: account.into(),
            source: Source::Api,
            native_id: need("id")?,
            symbol: symbol.native,
            side,
            quantity,
            price,
            at: instant(row, "transaction_time").ok_or_else(|| format!("its time is `{time_text}`"))?,
            time_text,
            trade_date: None,
            kind: symbol.kind.map(String::from),
            // Coins are positions at this broker, by the symbol of their pair.
            asset: None,
            currency: Some(symbol.currency),
            multiplier: symbol.multiplier.map(Decimal::from),
            fee: None,
            fee_asset: None,
            position_side: None,
            effect,
            order_id: row.text("order_id"),
            realized_pnl: None,
            voids: None,
            note: row.text("type").filter(|kind| kind != "fill"),
        }])
    }

    fn time(row: &Row<'_>) -> Option<Timestamp> {
        row.instant("transaction_time")
    }
}
