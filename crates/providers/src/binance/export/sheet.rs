//! One exported file, from its bytes to trades.

use foliosync_engine::fills::numbered;
use foliosync_engine::limits::PAGE_ROWS_MAX;
use foliosync_engine::model::Decimal;
use foliosync_engine::model::accounts::{Fill, Side, Source};
use jiff::tz::Offset;

use super::cells::{self, Split};
use super::layouts::Layout;
use super::moment::{self, BadTime};
use crate::binance::account::SPOT;
use crate::csv::{Row, Rows, Step, Text, shown};

/// What a file holds.
#[derive(Debug)]
pub struct Sheet {
    pub fills: Vec<Fill>,
    /// Rows that could not be read, and the first of them with its line and the reason.
    pub skipped: i64,
    pub first_fault: Option<String>,
}

/// Why a row is no trade: its own matter, or that of the whole file.
enum Fault {
    Row(String),
    File(String),
}

impl Sheet {
    /// The trades of a file; its name tells the time zone. The error ends the sentence "The file …".
    pub fn read(bytes: &[u8], name: &str, is_strict: bool) -> Result<Sheet, String> {
        let text = Text::of(bytes).map_err(|refusal| refusal.to_string())?;
        let (mut rows, mut row) = (Rows::of(text), Row::default());
        let layout = Layout::of(&header(&mut rows, &mut row)?)?;
        let zone = if layout.is_utc { Some(Offset::UTC) } else { moment::zone(name) };
        let zone =
            zone.ok_or("has a time zone in its name that cannot be read: name it as Binance did, such as (UTC+2)")?;
        let mut sheet = Sheet { fills: Vec::new(), skipped: 0, first_fault: None };
        loop {
            let read = match rows.next(&mut row).map_err(|refusal| refusal.to_string())? {
                Step::End => break,
                Step::Bad(reason) => Err(Fault::Row(reason.into())),
                Step::Row => fill(&row, layout, zone),
            };
            match read {
                Ok(fill) => sheet.fills.push(fill),
                Err(Fault::File(why)) => return Err(format!("line {}: {why}", row.line)),
                Err(Fault::Row(why)) if is_strict => return Err(format!("line {}: {why}", row.line)),
                Err(Fault::Row(why)) => {
                    sheet.skipped += 1;
                    sheet.first_fault.get_or_insert_with(|| format!("line {}: {why}", row.line));
                }
            }
            if sheet.fills.len() > PAGE_ROWS_MAX {
                return Err(format!("has more than {PAGE_ROWS_MAX} trades: export it in parts"));
            }
        }
        if sheet.fills.is_empty()
            && let Some(first) = sheet.first_fault
        {
            return Err(format!("has no trade that can be read, the first on {first}"));
        }
        numbered(&mut sheet.fills);
        Ok(sheet)
    }
}

/// The names of the columns as they are compared; empty ones at the end are no columns.
fn header<'a>(rows: &mut Rows<'a>, row: &mut Row<'a>) -> Result<Vec<String>, String> {
    match rows.next(row).map_err(|refusal| refusal.to_string())? {
        Step::Row => {}
        Step::Bad(reason) => return Err(format!("has a first row that {reason}")),
        Step::End => return Err("holds no header; export it again".into()),
    }
    let folded = |name: std::borrow::Cow<'_, str>| {
        name.trim_start_matches('\u{feff}').split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
    };
    let mut names: Vec<String> = row.values().map(folded).collect();
    while names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    Ok(names)
}

fn fill(row: &Row<'_>, layout: &Layout, zone: Offset) -> Result<Fill, Fault> {
    let bad = |why: String| Fault::Row(why);
    let surplus = (layout.width()..row.len()).any(|column| !row.value(column).trim().is_empty());
    if row.len() < layout.width() || surplus {
        return Err(bad(format!("it has {} values where the header has {} columns", row.len(), layout.width())));
    }
    let value = |column: usize| row.value(column).trim().to_string();
    let time_text = value(layout.time);
    let at = moment::at(&time_text, zone).map_err(|fault| match fault {
        BadTime::Row => bad(format!("its time {} cannot be read", shown(&time_text))),
        BadTime::Spreadsheet => Fault::File(format!(
            "the time {} is not as Binance writes it: a spreadsheet has changed the file; export it again and do not save \
             it there",
            shown(&time_text)
        )),
    })?;
    let side = match value(layout.side).to_ascii_uppercase().as_str() {
        "BUY" => Side::Buy,
        "SELL" => Side::Sell,
        other => return Err(bad(format!("{} is neither BUY nor SELL", shown(other)))),
    };
    let pair = value(layout.pair).replace('/', "");
    if pair.is_empty() || !pair.chars().all(char::is_alphanumeric) {
        return Err(bad(format!("{} is no pair", shown(&pair))));
    }
    let number = |column: usize, what: &str| {
        let text = value(column);
        cells::number(&text).ok_or_else(|| bad(format!("its {what} {} is no number", shown(&text))))
    };
    let price = number(layout.price, "price")?;
    let parts = if layout.is_glued {
        let (quantity, total) = (value(layout.quantity), value(layout.total));
        let Split { base, quote, quantity, total } = cells::split(&pair, &quantity, &total).map_err(bad)?;
        let fee = cells::fee(&value(layout.fee), base, quote).map_err(bad)?;
        Parts { split: Some((base.into(), quote.into())), quantity, total, fee }
    } else {
        plain(row, layout, &pair)?
    };
    let Parts { split, quantity, total, fee } = parts;
    if quantity <= Decimal::ZERO || price <= Decimal::ZERO {
        return Err(bad("its price and amount are not above zero".into()));
    }
    if !is_product(price, quantity, total) {
        return Err(bad(format!("{price} times {quantity} is not {total}")));
    }
    let (asset, currency) = split.unzip();
    let (fee, fee_asset) = fee.unzip();
    Ok(Fill {
        account: SPOT.into(),
        source: Source::Csv,
        native_id: String::new(),
        symbol: pair,
        side,
        quantity,
        price,
        at,
        time_text,
        trade_date: None,
        kind: Some("crypto".into()),
        asset,
        currency,
        multiplier: Some(Decimal::ONE),
        fee,
        fee_asset,
        position_side: None,
        effect: None,
        order_id: layout.order.map(value).filter(|id| !id.is_empty()),
        realized_pnl: None,
        voids: None,
        note: None,
    })
}

struct Parts {
    split: Option<(String, String)>,
    quantity: Decimal,
    total: Decimal,
    fee: Option<(Decimal, String)>,
}

/// The parts of a row whose coins have columns of their own.
fn plain(row: &Row<'_>, layout: &Layout, pair: &str) -> Result<Parts, Fault> {
    let value = |column: usize| row.value(column).trim().to_string();
    let number = |column: usize, what: &str| {
        let text = value(column);
        cells::number(&text).ok_or_else(|| Fault::Row(format!("its {what} {} is no number", shown(&text))))
    };
    let fee_asset = layout.fee_asset.map(value).filter(|asset| !asset.is_empty());
    let fee = match (value(layout.fee).as_str(), &fee_asset) {
        ("", None) => None,
        (_, Some(asset)) => Some((number(layout.fee, "fee")?, asset.clone())),
        (_, None) => return Err(Fault::Row("its fee has no coin".into())),
    };
    let split = match layout.split {
        Some((base, quote)) => {
            let (base, quote) = (value(base), value(quote));
            if format!("{base}{quote}") != pair {
                return Err(Fault::Row(format!(
                    "{} is no pair of {} and {}",
                    shown(pair),
                    shown(&base),
                    shown(&quote)
                )));
            }
            Some((base, quote))
        }
        None => cells::split_by_quote(pair, fee_asset.as_deref()).map(|(base, quote)| (base.into(), quote.into())),
    };
    Ok(Parts { split, quantity: number(layout.quantity, "amount")?, total: number(layout.total, "total")?, fee })
}

/// Whether an amount is price times quantity, as far as it was rounded.
fn is_product(price: Decimal, quantity: Decimal, total: Decimal) -> bool {
    let Some(product) = price.checked_mul(quantity) else { return true };
    let Some(difference) = product.checked_sub(total) else { return false };
    let slack = Decimal::parse(b"0.00001").ok().and_then(|least| product.checked_div(1_000.into())?.checked_add(least));
    slack.is_none_or(|slack| difference.abs() <= slack)
}
