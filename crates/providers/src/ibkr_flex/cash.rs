//! Cash: what moved it, and what there is of each currency.

use foliosync_engine::model::Decimal;
use foliosync_engine::model::accounts::{Balance, CashFlow, FlowKind, Source};
use jiff::Timestamp;

use super::fields::Fields;
use super::query::FLOWS;
use super::symbols::Symbol;
use super::walk::Row;
use super::when::Clock;

/// The row of the cash report that adds all currencies up.
const ALL_CURRENCIES: &str = "BASE_SUMMARY";

/// Sums of several rows say nothing new.
pub fn is_flow(row: &Row<'_>) -> bool {
    let level = row.fields.text("levelOfDetail");
    row.section == FLOWS && row.name == "CashTransaction" && level.is_none_or(|level| level == "DETAIL")
}

/// What a type of cash transaction is; the direction of what comes and goes decides the rest.
fn kind(native: &str, amount: Decimal) -> FlowKind {
    let words = native.to_ascii_lowercase();
    match words.as_str() {
        text if text.contains("deposit") || text.contains("withdrawal") => match amount.is_negative() {
            true => FlowKind::Withdrawal,
            false => FlowKind::Deposit,
        },
        text if text.contains("withholding") || text.contains("tax") => FlowKind::Tax,
        text if text.contains("dividend") => FlowKind::Dividend,
        text if text.contains("interest") => FlowKind::Interest,
        text if text.contains("fee") || text.contains("commission") => FlowKind::Fee,
        _ => FlowKind::Other,
    }
}

pub fn flow_id<'a>(fields: &'a Fields<'_>) -> Result<&'a str, String> {
    fields.id("transactionID").ok_or_else(|| "it has no transactionID".into())
}

pub fn flow(fields: &Fields<'_>, account: &str, native_id: String, clock: &Clock) -> Result<CashFlow, String> {
    let amount = fields.need_number("amount")?;
    let native_kind = fields.need("type")?.to_string();
    let asset = fields.need("currency")?.to_string();
    let time_text = fields.first(&["dateTime", "reportDate", "settleDate"]).ok_or("it has no dateTime")?.to_string();
    let (date, time) = clock.moment(&time_text).ok_or_else(|| format!("its time is `{time_text}`"))?;
    let at = match time {
        Some(time) => Some(clock.instant(date, time).ok_or_else(|| format!("its time is `{time_text}`"))?),
        None => None,
    };
    // Payments that no paper stands behind have no symbol.
    let symbol = fields.text("symbol").and_then(|_| Symbol::of(fields).ok()).map(|symbol| symbol.native);
    Ok(CashFlow {
        account: account.into(),
        source: Source::Api,
        native_id,
        kind: kind(&native_kind, amount),
        native_kind,
        asset,
        amount,
        at,
        date,
        time_text,
        symbol,
        description: fields.text("description").map(String::from),
        reference: fields.text("clientReference").map(String::from),
    })
}

/// What an account has of one currency; `None` for the sum of all.
pub fn balance(fields: &Fields<'_>, account: &str, until: Timestamp) -> Result<Option<Balance>, String> {
    let asset = fields.need("currency")?;
    if asset == ALL_CURRENCIES || fields.text("levelOfDetail") == Some("BaseCurrency") {
        return Ok(None);
    }
    Ok(Some(Balance {
        wallet: account.into(),
        asset: asset.into(),
        kind: Some("cash".into()),
        free: None,
        locked: None,
        total: fields.need_number("endingCash")?,
        as_of: until,
    }))
}

/// Each currency once: an account with several models has a row for each of them.
pub fn whole(rows: &[Balance]) -> Result<Vec<Balance>, String> {
    let mut all: Vec<Balance> = Vec::new();
    for row in rows {
        match all.iter_mut().find(|known| known.asset == row.asset) {
            None => all.push(row.clone()),
            Some(known) => {
                let sum = known.total.checked_add(row.total);
                known.total = sum.ok_or_else(|| format!("{} has more digits than fit", row.asset))?;
            }
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_cash_transactions_are_known() {
        for (native, amount, want) in [
            ("Deposits/Withdrawals", 5, "deposit"),
            ("Deposits & Withdrawals", -5, "withdrawal"),
            ("Dividends", 5, "dividend"),
            ("Payment In Lieu Of Dividends", -5, "dividend"),
            ("Withholding Tax", -5, "tax"),
            ("871(m) Withholding", -5, "tax"),
            ("Broker Interest Paid", -5, "interest"),
            ("Broker Interest Received", 5, "interest"),
            ("Bond Interest Received", 5, "interest"),
            ("Other Fees", -5, "fee"),
            ("Advisor Fees", -5, "fee"),
            ("Commission Adjustments", 5, "fee"),
            ("Price Adjustments", 5, "other"),
            ("Something New", 5, "other"),
        ] {
            assert_eq!(kind(native, amount.into()).word(), want, "{native}");
        }
    }
}
