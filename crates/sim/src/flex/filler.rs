//! Reports as large as those of people who trade all day: rows without end, written while they are read.

use std::sync::Arc;

use bytes::Bytes;
use jiff::SignedDuration;

use super::new_york;
use super::query::{FlexQuery, Period};
use super::security::{self, Security};
use super::xml::Element;
use crate::exchange::{Carriage, Reply};
use crate::market::{Amount, Market};
use crate::trading::{Account, Instrument};

/// Traded by nobody else here.
const SYMBOL: &str = "VTI";
const CHUNK_BYTES: usize = 1 << 16;

/// Puts pairs of trades into the gap of a report: each is bought and sold at once, at one price and without a fee.
pub fn fill(
    reply: Reply,
    gap: usize,
    size: usize,
    market: &Market,
    account: &Account,
    query: &FlexQuery,
    period: &Period,
) -> Reply {
    let Some(instrument) = Instrument::listed(market, SYMBOL, SYMBOL, 0) else { return reply };
    let mut front = reply.body.clone();
    let back = front.split_off(gap);
    let wanted = size - reply.body.len();
    let price = instrument.price(market, period.until.as_second());
    let pairs = Pairs {
        security: Security::of(market, &instrument),
        account: security::id(account),
        query: query.clone(),
        instrument: Arc::new(instrument),
        price,
        start: period.from.at(10, 0, 0, 0).to_zoned(new_york()).unwrap_or_default(),
    };
    let mut written = 0;
    let mut number = 0;
    let rows = std::iter::from_fn(move || {
        if written >= wanted {
            return None;
        }
        let mut chunk = String::with_capacity(CHUNK_BYTES + 4096);
        while chunk.len() < CHUNK_BYTES && written + chunk.len() < wanted {
            chunk.push_str(&pairs.row(number));
            chunk.push_str(&pairs.row(number + 1));
            number += 2;
        }
        written += chunk.len();
        Some(Bytes::from(chunk))
    });
    let all = std::iter::once(front).chain(rows).chain(std::iter::once(back));
    Reply { body: Bytes::new(), carriage: Carriage::Stream(Box::new(all)), ..reply }
}

struct Pairs {
    security: Security,
    account: String,
    query: FlexQuery,
    instrument: Arc<Instrument>,
    price: Amount,
    start: jiff::Zoned,
}

impl Pairs {
    /// Even numbers buy, odd ones sell.
    fn row(&self, number: i64) -> String {
        let is_buy = number % 2 == 0;
        let at = &self.start + SignedDuration::from_secs(number / 2 % 20_000);
        let one = if is_buy { Amount::ONE } else { -Amount::ONE };
        let money = self.price.times(one);
        let security = &self.security;
        Element::new(&self.query, "Trade")
            .text("accountId", &self.account)
            .text("currency", &self.instrument.quote)
            .text("fxRateToBase", "1")
            .text("assetCategory", security.category)
            .text("symbol", &security.symbol)
            .text("description", &security.description)
            .text("conid", &security.conid)
            .text("isin", &security.isin)
            .text("listingExchange", security.exchange)
            .text("multiplier", "1")
            .text("tradeID", &(7_000_000_000 + number).to_string())
            .date("reportDate", at.date())
            .date("tradeDate", at.date())
            .time("tradeTime", &at)
            .moment("dateTime", &at)
            .text("transactionType", "ExchTrade")
            .text("exchange", security.exchange)
            .amount("quantity", one)
            .amount("tradePrice", self.price)
            .amount("tradeMoney", money)
            .amount("proceeds", -money)
            .text("taxes", "0")
            .text("ibCommission", "0")
            .text("ibCommissionCurrency", &self.instrument.quote)
            .amount("netCash", -money)
            .text("openCloseIndicator", if is_buy { "O" } else { "C" })
            .text("notes", "")
            .text("transactionID", &(8_000_000_000 + number).to_string())
            .text("buySell", if is_buy { "BUY" } else { "SELL" })
            .text("ibOrderID", &(6_000_000_000 + number).to_string())
            .text("ibExecID", &format!("f111f111.{number:08x}.01.01"))
            .text("levelOfDetail", "EXECUTION")
            .text("orderType", "LMT")
            .text("isAPIOrder", "N")
            .end()
    }
}
