//! Executions. The section holds orders, closed lots and sums besides: they say nothing new.

use foliosync_engine::model::Decimal;
use foliosync_engine::model::accounts::{CashFlow, Fill, FlowKind, Side, Source};
use jiff::civil::{Date, Time};

use super::fields::Fields;
use super::symbols::Symbol;
use super::walk::Row;
use super::when::{self, Clock};

/// The columns of marks: which one a query has depends on its age.
pub const MARKS: [&str; 2] = ["notes", "code"];
/// Ids of an execution, the best one first.
pub const IDS: [&str; 3] = ["ibExecID", "transactionID", "tradeID"];
const CANCELLED: &str = "Ca";
const CORRECTED: &str = "Co";

/// Old reports have no level: then every trade is an execution.
pub fn is_execution(row: &Row<'_>) -> bool {
    let level = row.fields.text("levelOfDetail");
    row.section == "Trades" && row.name == "Trade" && level.is_none_or(|level| level == "EXECUTION")
}

pub fn account<'a>(fields: &'a Fields<'_>, statement: &'a str) -> Result<&'a str, String> {
    Some(fields.text("accountId").unwrap_or(statement))
        .filter(|account| !account.is_empty())
        .ok_or("it has no accountId".into())
}

/// What the row says about its side: `BUY`, and `BUY (Ca.)` of one that is taken back.
fn told_side(fields: &Fields<'_>) -> Result<Option<Side>, String> {
    let Some(text) = fields.text("buySell") else { return Ok(None) };
    match text.split(' ').next().unwrap_or_default() {
        "BUY" => Ok(Some(Side::Buy)),
        "SELL" => Ok(Some(Side::Sell)),
        _ => Err(format!("its buySell is `{text}`")),
    }
}

/// Whether the row takes another one back: then it repeats it with the sign turned around.
pub fn is_taken_back(fields: &Fields<'_>) -> bool {
    let is_marked = fields.has_mark(&MARKS, CANCELLED)
        || fields.text("buySell").is_some_and(|text| text.ends_with("(Ca.)"))
        || fields.text("transactionType") == Some("TradeCancel");
    is_marked || (fields.has_mark(&MARKS, CORRECTED) && is_turned(fields))
}

/// Whether the sign of the quantity is not that of its side.
fn is_turned(fields: &Fields<'_>) -> bool {
    let side = told_side(fields).ok().flatten();
    let quantity = fields.number("quantity").ok().flatten();
    side.zip(quantity).is_some_and(|(side, quantity)| side != side_of(quantity))
}

fn side_of(quantity: Decimal) -> Side {
    if quantity.is_negative() { Side::Sell } else { Side::Buy }
}

pub fn id<'a>(fields: &'a Fields<'_>) -> Result<&'a str, String> {
    IDS.iter().find_map(|name| fields.id(name)).ok_or_else(|| format!("it has none of {}", IDS.join(", ")))
}

/// When it was, and the text that says so.
fn moment(fields: &Fields<'_>, clock: &Clock) -> Result<(Date, Time, String), String> {
    let wrong = |name: &str, text: &str| format!("its {name} is `{text}`");
    let whole = fields.text("dateTime");
    let split = fields.text("tradeDate").zip(fields.text("tradeTime"));
    match (whole, split) {
        (Some(text), split) => {
            let (date, time) = clock.moment(text).ok_or_else(|| wrong("dateTime", text))?;
            match (time, split) {
                (Some(time), _) => Ok((date, time, text.into())),
                (None, Some((_, time_text))) => {
                    let time = when::time(time_text).ok_or_else(|| wrong("tradeTime", time_text))?;
                    Ok((date, time, format!("{text} {time_text}")))
                }
                (None, None) => Err("it has a date and no time".into()),
            }
        }
        (None, Some((date_text, time_text))) => {
            let date = clock.date(date_text).ok_or_else(|| wrong("tradeDate", date_text))?;
            let time = when::time(time_text).ok_or_else(|| wrong("tradeTime", time_text))?;
            Ok((date, time, format!("{date_text} {time_text}")))
        }
        (None, None) => Err("it has neither dateTime nor tradeDate and tradeTime".into()),
    }
}

/// A fill, and the tax on it where that is of another currency than its commission. `native_id` and `voids` were found
/// before; a row that takes another back has no id of a fill.
pub fn read(
    fields: &Fields<'_>,
    account: &str,
    native_id: String,
    voids: Option<String>,
    clock: &Clock,
) -> Result<(Fill, Option<CashFlow>), String> {
    let quantity = fields.need_number("quantity")?;
    let price = fields.need_number("tradePrice")?;
    if quantity == Decimal::ZERO {
        return Err("its quantity is 0".into());
    }
    told_side(fields)?;
    if voids.is_none() && is_turned(fields) {
        let side = fields.text("buySell").unwrap_or_default();
        return Err(format!("its quantity is {quantity}, and it is a {side}"));
    }
    let money = fields.number("tradeMoney")?.or(fields.number("proceeds")?);
    let symbol = Symbol::of(fields)?.settled(quantity, price, money);
    let (date, time, time_text) = moment(fields, clock)?;
    let at = clock.instant(date, time).ok_or_else(|| format!("its time is `{time_text}`"))?;
    let trade_date = match fields.text("tradeDate") {
        Some(text) => Some(clock.date(text).ok_or_else(|| format!("its tradeDate is `{text}`"))?),
        None => None,
    };
    let commission = fields.number("ibCommission")?.map(|commission| -commission);
    let taxes = fields.number("taxes")?.map(|taxes| -taxes).filter(|taxes| *taxes != Decimal::ZERO);
    let fee_asset = fields.text("ibCommissionCurrency").unwrap_or(&symbol.currency).to_string();
    let is_one_sum = fee_asset == symbol.currency;
    let fee = match (commission, taxes.filter(|_| is_one_sum)) {
        (Some(commission), Some(taxes)) => Some(commission.checked_add(taxes).ok_or("its fees are too large")?),
        (commission, taxes) => commission.or(taxes),
    };
    let tax = taxes.filter(|_| !is_one_sum && voids.is_none()).map(|taxes| CashFlow {
        account: account.into(),
        source: Source::Api,
        native_id: format!("{native_id}/taxes"),
        kind: FlowKind::Tax,
        native_kind: "taxes".into(),
        asset: symbol.currency.clone(),
        amount: -taxes,
        at: Some(at),
        date,
        time_text: time_text.clone(),
        symbol: Some(symbol.native.clone()),
        description: None,
        reference: None,
    });
    let effect = match fields.text("openCloseIndicator") {
        Some("O") => Some("open".to_string()),
        Some("C") => Some("close".to_string()),
        _ => None,
    };
    let fill = Fill {
        account: account.into(),
        source: Source::Api,
        native_id,
        side: side_of(quantity),
        quantity: quantity.abs(),
        price,
        at,
        time_text,
        trade_date,
        kind: symbol.kind,
        asset: symbol.asset,
        multiplier: symbol.multiplier,
        fee,
        fee_asset: fee.map(|_| fee_asset),
        position_side: None,
        effect,
        order_id: fields.id("ibOrderID").or(fields.id("brokerageOrderID")).map(String::from),
        realized_pnl: fields.number("fifoPnlRealized")?,
        voids,
        note: fields.first(&MARKS).map(String::from),
        symbol: symbol.native,
        currency: Some(symbol.currency),
    };
    Ok((fill, tax))
}
