//! Everything that moved money, shares or coins without being a fill.

use foliosync_engine::model::Decimal;
use foliosync_engine::model::accounts::{CashFlow, FlowKind, Source};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::activities::{Activity, instant};
use super::symbols::Symbol;
use crate::prices::Row;

pub struct Flows;

const CURRENCY_DEFAULT: &str = "USD";

/// What an activity is, and whether its `qty` came or went. In most it is only how many shares something was paid on.
fn kind(activity: &str) -> (FlowKind, bool) {
    match activity {
        "CSD" => (FlowKind::Deposit, false),
        "CSW" => (FlowKind::Withdrawal, false),
        "ACATC" | "JNL" | "JNLC" => (FlowKind::Transfer, false),
        "ACATS" | "JNLS" | "FOPT" => (FlowKind::Transfer, true),
        "DIV" | "DIVCGL" | "DIVCGS" | "DIVROC" | "DIVTXEX" | "CGD" => (FlowKind::Dividend, false),
        "DIVFT" | "DIVNRA" | "DIVTW" | "INTNRA" | "INTTW" => (FlowKind::Tax, false),
        "INT" => (FlowKind::Interest, false),
        "FEE" | "DIVFEE" | "PTC" | "PTR" => (FlowKind::Fee, false),
        "CFEE" => (FlowKind::Fee, true),
        "MA" | "NC" | "OPASN" | "OPCA" | "OPEXC" | "OPEXP" | "OPTRD" | "REORG" | "SPIN" | "SPLIT" => {
            (FlowKind::CorporateAction, true)
        }
        _ => (FlowKind::Other, false),
    }
}

impl Activity for Flows {
    type Record = CashFlow;
    const NAME: &'static str = "cash flow";
    const FILTER: (&'static str, &'static str) = ("category", "non_trade_activity");

    fn read(account: &str, row: &Row<'_>) -> Result<Vec<CashFlow>, String> {
        let need = |name: &str| row.text(name).ok_or_else(|| format!("it has no {name}"));
        let native_kind = need("activity_type")?;
        let (kind, is_moved) = kind(&native_kind);
        let date_text = need("date")?;
        let is_plain = date_text.len() == "2026-01-02".len();
        let date = row.date("date").filter(|_| is_plain).ok_or_else(|| format!("its date is `{date_text}`"))?;
        let at = instant(row, "created_at");
        if let Some(text) = row.text("created_at").filter(|_| at.is_none()) {
            return Err(format!("its created_at is `{text}`"));
        }
        let is_canceled = row.text("status").as_deref() == Some("canceled");
        let symbol = row.text("symbol").map(|text| Symbol::of(&text, None).native);
        let id = need("id")?;
        // What was taken back keeps its id, so that it takes the place of what was told before.
        let flow = |native_id: String, asset: String, amount: Decimal| {
            let told = row.text("description");
            CashFlow {
                account: account.into(),
                source: Source::Api,
                native_id,
                kind,
                native_kind: native_kind.clone(),
                asset,
                amount: if is_canceled { Decimal::ZERO } else { amount },
                at,
                date,
                time_text: row.text("created_at").unwrap_or_else(|| date_text.clone()),
                symbol: symbol.clone(),
                description: if is_canceled { Some(canceled(amount, told)) } else { told },
                reference: row.text("group_id"),
            }
        };
        let currency = row.text("currency").unwrap_or_else(|| CURRENCY_DEFAULT.into());
        let money = row.decimal("net_amount")?;
        let moved = row.decimal("qty")?.filter(|qty| is_moved && *qty != Decimal::ZERO);
        let mut flows = Vec::new();
        if let Some(amount) = money.filter(|amount| *amount != Decimal::ZERO || moved.is_none()) {
            flows.push(flow(id.clone(), currency, amount));
        }
        if let Some(quantity) = moved {
            let asset = symbol.clone().ok_or("it moved something and does not say what: it has no symbol")?;
            flows.push(flow(format!("{id}/qty"), asset, quantity));
        }
        Ok(flows)
    }

    fn time(row: &Row<'_>) -> Option<Timestamp> {
        // A row of old times has only its day, at whose start it cannot have been made.
        let day = || row.date("date")?.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp());
        row.instant("created_at").or_else(day)
    }
}

fn canceled(amount: Decimal, told: Option<String>) -> String {
    match told {
        Some(told) => format!("canceled ({amount}): {told}"),
        None => format!("canceled ({amount})"),
    }
}
