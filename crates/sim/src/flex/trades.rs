//! The rows of the section on trades.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::query::FlexQuery;
use super::security::{self, Security, rate};
use super::xml::Element;
use crate::market::calendar::{Venue, date_of, day_of};
use crate::market::{Amount, Market};
use crate::trading::{Account, Entry, Fill, Kind};

const EPOCH_MILLIS: i64 = 1_600_000_000_000;

/// Of an account, different for each row of trades and cash, and grows with time.
pub fn transaction_id(entry: &Entry) -> i64 {
    (entry.at - EPOCH_MILLIS) * 10 + i64::from(entry.ordinal)
}

/// Counted elsewhere than transactions.
fn trade_id(at: i64, ordinal: u32) -> i64 {
    (at - EPOCH_MILLIS) * 10 + i64::from(ordinal) - 1_000_000_000_000
}

/// What is taken back or corrected keeps its id but for the part behind the last point.
fn execution_id(entry: &Entry, fill: &Fill) -> String {
    let (at, ordinal) = fill.amends.map_or((entry.at, entry.ordinal), |amends| amends.of);
    let revision = match fill.amends {
        None => 1,
        Some(amends) if amends.is_correction => 3,
        Some(_) => 2,
    };
    format!("{:08x}.{:08x}.{:02}.{revision:02}", at >> 32, at & 0xffff_ffff, ordinal + 1)
}

pub fn fill_id(entry: &Entry, fill: &Fill) -> String {
    if is_expiry(fill) { transaction_id(entry).to_string() } else { execution_id(entry, fill) }
}

fn is_expiry(fill: &Fill) -> bool {
    fill.price.is_zero()
}

pub struct Scene<'a> {
    pub market: &'a Market,
    pub account: &'a Account,
    pub query: &'a FlexQuery,
    pub zone: TimeZone,
}

impl Scene<'_> {
    pub fn local(&self, millis: i64) -> Zoned {
        Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX).to_zoned(self.zone.clone())
    }

    /// An execution, or another element of the same fields. `realised`: what closing it brought.
    pub fn trade(&self, name: &str, level: &str, entry: &Entry, fill: &Fill, realised: Amount) -> String {
        let instrument = &fill.instrument;
        let security = Security::of(self.market, instrument);
        let local = self.local(entry.at);
        let signed = |amount: Amount| if fill.is_buy { amount } else { -amount };
        let money = signed(fill.value);
        let is_cash = instrument.kind == Kind::Money;
        let net = if is_cash { Amount::ZERO } else { -money - fill.fee };
        let day = day_of(local.date());
        let calendar = &self.market.calendar;
        let closes = calendar.latest(self.market.venue(instrument.asset), entry.at / 1000).closes;
        let settles = (day + 1..day + 10).find(|day| calendar.is_open(Venue::NewYork, *day)).unwrap_or(day + 1);
        let kind = match fill.amends {
            Some(amends) if amends.is_correction => "TradeCorrect",
            Some(_) => "TradeCancel",
            None if is_expiry(fill) => "BookTrade",
            None => "ExchTrade",
        };
        let is_cancelled = kind == "TradeCancel";
        let side = match (fill.is_buy, is_cancelled) {
            (true, false) => "BUY",
            (true, true) => "BUY (Ca.)",
            (false, false) => "SELL",
            (false, true) => "SELL (Ca.)",
        };
        let original = fill.amends.map(|amends| trade_id(amends.of.0, amends.of.1).to_string()).unwrap_or_default();
        let own = trade_id(entry.at, entry.ordinal).to_string();
        let row = Element::new(self.query, name)
            .text("accountId", &security::id(self.account))
            .text("acctAlias", "")
            .text("model", "")
            .text("currency", &instrument.quote)
            .amount("fxRateToBase", rate(self.market, &instrument.quote, entry.at / 1000));
        let row = self.security(row, &security, &fill.instrument);
        let row = row
            .text("tradeID", if original.is_empty() { &own } else { &original })
            .date("reportDate", local.date())
            .date("tradeDate", local.date());
        // Orders have no time of day of their own.
        let row = if name == "Order" { row } else { row.time("tradeTime", &local) };
        row.moment("dateTime", &local)
            .date("settleDateTarget", date_of(settles))
            .text("transactionType", kind)
            .text("exchange", if kind == "BookTrade" { "--" } else { security.exchange })
            .amount("quantity", signed(fill.quantity))
            .amount("tradePrice", fill.price)
            .amount("tradeMoney", money)
            .amount("proceeds", -money)
            .text("taxes", "0")
            .amount("ibCommission", -fill.fee)
            .text("ibCommissionCurrency", &fill.fee_asset)
            .amount("netCash", net)
            .amount("closePrice", instrument.price(self.market, closes))
            .text("openCloseIndicator", if is_cash { "" } else { open_close(fill) })
            .text("notes", &notes(fill))
            .amount("cost", if is_cash { Amount::ZERO } else { realised - net })
            .amount("fifoPnlRealized", realised)
            .text("mtmPnl", "0")
            .text("origTradePrice", "0")
            .text("origTradeDate", "")
            .text("origTradeID", &original)
            .text("origOrderID", "0")
            .text("clearingFirmID", "")
            .text("transactionID", &transaction_id(entry).to_string())
            .text("buySell", side)
            .text("ibOrderID", &trade_id(fill.order.at, fill.order.ordinal).to_string())
            .text("ibExecID", &if kind == "BookTrade" { String::new() } else { execution_id(entry, fill) })
            .text("brokerageOrderID", &format!("{:08x}.{:08x}", fill.order.at >> 32, fill.order.at & 0xffff_ffff))
            .empty(&["orderReference", "volatilityOrderLink"])
            .text("exchOrderId", "N/A")
            .text("extExecID", "N/A")
            .moment("orderTime", &self.local(fill.order.at))
            .empty(&["openDateTime", "holdingPeriodDateTime", "whenRealized", "whenReopened"])
            .text("levelOfDetail", level)
            .text("changeInPrice", "0")
            .text("changeInQuantity", "0")
            .text("orderType", if kind == "BookTrade" { "" } else { "LMT" })
            .text("traderID", "")
            .text("isAPIOrder", "N")
            .text("accruedInt", "0")
            .end()
    }

    /// The fields that name an instrument.
    pub fn security<'a>(
        &self,
        row: Element<'a>,
        security: &Security,
        instrument: &crate::trading::Instrument,
    ) -> Element<'a> {
        let row = row
            .text("assetCategory", security.category)
            .text("symbol", &security.symbol)
            .text("description", &security.description)
            .text("conid", &security.conid)
            .text("securityID", &security.isin)
            .text("securityIDType", if security.isin.is_empty() { "" } else { "ISIN" })
            .text("cusip", &security.cusip)
            .text("isin", &security.isin)
            .text("listingExchange", if security.category == "CASH" { "" } else { security.exchange })
            .text("underlyingConid", &security.underlying_conid)
            .text("underlyingSymbol", &security.underlying)
            .text("issuer", "")
            .text("multiplier", &instrument.multiplier.to_string());
        match &instrument.kind {
            Kind::Option(contract) => row
                .amount("strike", contract.strike)
                .date("expiry", date_of(contract.expiry))
                .text("putCall", if contract.is_call { "C" } else { "P" }),
            _ => row.empty(&["strike", "expiry", "putCall"]),
        }
        .text("principalAdjustFactor", "")
    }
}

/// Whether a position was opened, closed, or turned around.
fn open_close(fill: &Fill) -> &'static str {
    let change = if fill.is_buy { fill.quantity } else { -fill.quantity };
    match () {
        () if fill.before.is_zero() || fill.before.is_negative() == change.is_negative() => "O",
        () if change.abs() <= fill.before.abs() => "C",
        () => "C;O",
    }
}

fn notes(fill: &Fill) -> String {
    let mut notes = Vec::new();
    match fill.amends {
        Some(amends) if amends.is_correction => notes.push("Co"),
        Some(_) => notes.push("Ca"),
        None => {}
    }
    if is_expiry(fill) {
        notes.push("Ep");
    }
    if fill.quantity.abs() != fill.order.quantity {
        notes.push("P");
    }
    notes.join(";")
}
