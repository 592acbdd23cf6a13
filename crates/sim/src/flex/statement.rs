//! A report: one statement for each account, with the sections that its query has.

use jiff::Timestamp;
use jiff::civil::Date;

use super::XML;
use super::filler;
use super::new_york;
use super::query::{FlexQuery, Period, Section};
use super::security::{self, Security, rate};
use super::trades::{Scene, transaction_id};
use super::xml::{self, Element};
use crate::exchange::Reply;
use crate::market::calendar::{Venue, day_of};
use crate::market::{Amount, Market};
use crate::trading::{Accounts, Entry, Fill, Flow, FlowKind, Kind, Lots, Position, Wallet, What, lots};

/// At the time it was ordered, also when it is fetched again later.
pub fn report(
    market: &Market,
    accounts: &mut Accounts,
    query: &FlexQuery,
    period: &Period,
    at: Timestamp,
) -> Result<Reply, &'static str> {
    let mut text = format!(
        "<FlexQueryResponse queryName=\"{}\" type=\"AF\">\n<FlexStatements count=\"{}\">\n",
        xml::escaped(&query.name),
        query.accounts.len(),
    );
    // Where the first account's trades end.
    let mut gap = None;
    for name in &query.accounts {
        let account = accounts.at(name, market, at).map_err(|_| "1016")?;
        let scene = Scene { market, account, query, zone: new_york() };
        let (statement, end_of_trades) = statement(&scene, period, at);
        gap = gap.or(end_of_trades.map(|place| text.len() + place));
        text.push_str(&statement);
    }
    text.push_str("</FlexStatements>\n</FlexQueryResponse>\n");
    let size = query.mebibytes as usize * (1 << 20);
    let reply = Reply::new(200, XML, text);
    Ok(match gap {
        Some(gap) if size > reply.body.len() => {
            let first = accounts.at(&query.accounts[0], market, at).map_err(|_| "1016")?;
            filler::fill(reply, gap, size, market, first, query, period)
        }
        _ => reply,
    })
}

fn statement(scene: &Scene, period: &Period, at: Timestamp) -> (String, Option<usize>) {
    let Scene { account, query, zone, .. } = scene;
    let mut text = Element::new(query, "FlexStatement")
        .text("accountId", &security::id(account))
        .date("fromDate", period.from)
        .date("toDate", period.to)
        .text("period", "")
        .moment("whenGenerated", &at.to_zoned(zone.clone()))
        .open();
    let until = period.until.as_millisecond().min(at.as_millisecond());
    let entries = account.book.until(until);
    let is_inside = |entry: &&Entry| (period.from..=period.to).contains(&scene.local(entry.at).date());
    let mut end_of_trades = None;
    for section in &query.sections {
        match section {
            Section::AccountInformation => text.push_str(&information(scene)),
            Section::CashReport => text.push_str(&cash_report(scene, entries, period)),
            Section::Trades => {
                text.push_str("<Trades>\n");
                text.push_str(&trades(scene, entries, period));
                end_of_trades = Some(text.len());
                text.push_str("</Trades>\n");
            }
            Section::OpenPositions => {
                text.push_str("<OpenPositions>\n");
                text.push_str(&open_positions(scene, entries, period.to));
                text.push_str("</OpenPositions>\n");
            }
            Section::CashTransactions => {
                text.push_str("<CashTransactions>\n");
                for entry in entries.iter().filter(is_inside) {
                    if let What::Flow(flow) = &entry.what {
                        text.push_str(&cash_transaction(scene, entry, flow));
                    }
                }
                text.push_str("</CashTransactions>\n");
            }
        }
    }
    text.push_str("</FlexStatement>\n");
    (text, end_of_trades)
}

fn information(scene: &Scene) -> String {
    Element::new(scene.query, "AccountInformation")
        .text("accountId", &security::id(scene.account))
        .text("acctAlias", &scene.account.name)
        .text("currency", "USD")
        .text("name", "Simulated Owner")
        .text("accountType", "Individual")
        .text("customerType", "Individual")
        .text("accountCapabilities", "Margin")
        .text("tradingPermissions", "Stocks,Options,Forex")
        .date("dateOpened", crate::market::calendar::date_of(scene.account.opened))
        .text("ibEntity", "IBLLC-US")
        .end()
}

/// In time order, each order before its executions and closed lots behind theirs.
fn trades(scene: &Scene, entries: &[Entry], period: &Period) -> String {
    let Lots { realised, .. } = lots(entries, true);
    let fills = entries.iter().filter_map(|entry| match &entry.what {
        What::Fill(fill) => Some((entry, fill)),
        What::Flow(_) => None,
    });
    let mut text = String::new();
    let mut last_order = None;
    let mut sums: Vec<(&Fill, Amount)> = Vec::new();
    for ((entry, fill), realised) in fills.zip(realised) {
        if !(period.from..=period.to).contains(&scene.local(entry.at).date()) {
            continue;
        }
        if scene.query.has_summaries {
            let order = (fill.order.at, fill.order.ordinal);
            if last_order != Some(order) && fill.amends.is_none() {
                let whole = whole_order(fill);
                text.push_str(&scene.trade("Order", "ORDER", entry, &whole, Amount::ZERO));
            }
            last_order = Some(order);
            match sums.iter_mut().find(|(of, _)| of.instrument.symbol == fill.instrument.symbol) {
                Some((_, sum)) => *sum = *sum + fill.quantity,
                None => sums.push((fill, fill.quantity)),
            }
        }
        text.push_str(&scene.trade("Trade", "EXECUTION", entry, fill, realised));
        if scene.query.has_summaries && !realised.is_zero() {
            text.push_str(&scene.trade("Lot", "CLOSED_LOT", entry, fill, realised));
        }
    }
    for (fill, quantity) in sums {
        let security = Security::of(scene.market, &fill.instrument);
        text.push_str(
            &Element::new(scene.query, "SymbolSummary")
                .text("accountId", &security::id(scene.account))
                .text("currency", &fill.instrument.quote)
                .text("assetCategory", security.category)
                .text("symbol", &security.symbol)
                .text("description", &security.description)
                .text("conid", &security.conid)
                .amount("quantity", quantity)
                .text("levelOfDetail", "SYMBOL_SUMMARY")
                .end(),
        );
    }
    text
}

/// As if it had been filled at once.
fn whole_order(fill: &Fill) -> Fill {
    let quantity = fill.order.quantity;
    Fill { quantity, value: fill.instrument.value(quantity, fill.price), ..fill.clone() }
}

fn open_positions(scene: &Scene, entries: &[Entry], day: Date) -> String {
    let Lots { positions, .. } = lots(entries, true);
    let mut text = String::new();
    for position in positions.values() {
        let closes = scene.market.calendar.session(Venue::NewYork, day_of(day)).closes;
        let price = position.instrument.price(scene.market, closes);
        text.push_str(&open_position(scene, position, None, price, day));
        if scene.query.has_summaries {
            for place in 0..position.lots.len() {
                text.push_str(&open_position(scene, position, Some(place), price, day));
            }
        }
    }
    text
}

/// The whole position, or one of its lots.
fn open_position(scene: &Scene, position: &Position, lot: Option<usize>, price: Amount, day: Date) -> String {
    let instrument = &position.instrument;
    let security = Security::of(scene.market, instrument);
    let (quantity, money) = match lot {
        Some(place) => (position.lots[place].quantity, position.lots[place].money),
        None => (position.quantity(), position.money()),
    };
    let value = instrument.value(quantity, price);
    let each = money.over(instrument.value(quantity, Amount::ONE));
    let second = scene.market.calendar.session(Venue::NewYork, day_of(day)).closes;
    let row = Element::new(scene.query, "OpenPosition")
        .text("accountId", &security::id(scene.account))
        .text("acctAlias", "")
        .text("model", "")
        .text("currency", &instrument.quote)
        .amount("fxRateToBase", rate(scene.market, &instrument.quote, second));
    let row = scene
        .security(row, &security, instrument)
        .date("reportDate", day)
        .amount("position", quantity)
        .amount("markPrice", price)
        .amount("positionValue", value)
        .amount("openPrice", each)
        .amount("costBasisPrice", each)
        .amount("costBasisMoney", money)
        .text("percentOfNAV", "")
        .amount("fifoPnlUnrealized", value - money)
        .text("side", if quantity.is_negative() { "Short" } else { "Long" })
        .text("levelOfDetail", if lot.is_some() { "LOT" } else { "SUMMARY" });
    let row = match lot {
        Some(place) => {
            let opened = scene.local(position.lots[place].opened);
            row.moment("openDateTime", &opened).moment("holdingPeriodDateTime", &opened)
        }
        None => row.empty(&["openDateTime", "holdingPeriodDateTime"]),
    };
    row.empty(&["code", "originatingOrderID", "originatingTransactionID", "accruedInt"]).end()
}

fn cash_transaction(scene: &Scene, entry: &Entry, flow: &Flow) -> String {
    let kind = match flow.kind {
        FlowKind::Deposit | FlowKind::Withdrawal | FlowKind::Transfer => "Deposits/Withdrawals",
        FlowKind::Dividend => "Dividends",
        FlowKind::WithheldTax => "Withholding Tax",
        FlowKind::Interest if flow.amount.is_negative() => "Broker Interest Paid",
        FlowKind::Interest => "Broker Interest Received",
        FlowKind::Fee | FlowKind::CoinFee => "Other Fees",
    };
    let local = scene.local(entry.at);
    let row = Element::new(scene.query, "CashTransaction")
        .text("accountId", &security::id(scene.account))
        .text("acctAlias", "")
        .text("model", "")
        .text("currency", &flow.asset)
        .amount("fxRateToBase", rate(scene.market, &flow.asset, entry.at / 1000));
    let row = match &flow.instrument {
        Some(instrument) => {
            let security = Security::of(scene.market, instrument);
            let what = format!(
                "{}({}) CASH DIVIDEND {} {} PER SHARE",
                security.symbol,
                security.isin,
                flow.asset,
                flow.per_share.plain()
            );
            let tax = if flow.kind == FlowKind::WithheldTax { " - US TAX" } else { " (Ordinary Dividend)" };
            // The description of the flow takes the place of the security's.
            let security = Security { description: what + tax, ..security };
            scene.security(row, &security, instrument)
        }
        None => row.empty(&["assetCategory", "symbol"]).text("description", &kind.to_uppercase()),
    };
    // Only what is paid on papers has a time of day.
    let row = match flow.instrument {
        Some(_) => row.moment("dateTime", &local),
        None => row.date("dateTime", local.date()),
    };
    row.date("settleDate", local.date())
        .amount("amount", flow.amount)
        .text("type", kind)
        .text("tradeID", "")
        .text("code", "")
        .text("transactionID", &transaction_id(entry).to_string())
        .date("reportDate", local.date())
        .text("clientReference", "")
        .text("levelOfDetail", "DETAIL")
        .end()
}

fn cash_report(scene: &Scene, entries: &[Entry], period: &Period) -> String {
    let start = entries.partition_point(|entry| scene.local(entry.at).date() < period.from);
    let at = |count: usize| match count {
        0 => i64::MIN,
        count => entries[count - 1].at,
    };
    let (before, after) = (scene.account.book.holdings(at(start)), scene.account.book.holdings(at(entries.len())));
    let is_paper = |asset: &str| {
        let mut instruments = scene.account.instruments.iter();
        instruments.any(|one| matches!(one.kind, Kind::Stock | Kind::Fund | Kind::Option(_)) && *one.base == *asset)
    };
    let closes = scene.market.calendar.session(Venue::NewYork, day_of(period.to)).closes;
    let row = |currency: &str, start: Amount, end: Amount| {
        Element::new(scene.query, "CashReportCurrency")
            .text("accountId", &security::id(scene.account))
            .text("acctAlias", "")
            .text("model", "")
            .text("currency", currency)
            .date("fromDate", period.from)
            .date("toDate", period.to)
            .amount("startingCash", start)
            .amount("endingCash", end)
            .amount("endingSettledCash", end)
            .end()
    };
    let mut rows = String::new();
    let (mut all_before, mut all_after) = (Amount::ZERO, Amount::ZERO);
    for (currency, end) in after.of(Wallet::Main).filter(|(asset, _)| !is_paper(asset)) {
        let start = before.get(Wallet::Main, currency);
        let rate = rate(scene.market, currency, closes);
        (all_before, all_after) = (all_before + start.times(rate), all_after + end.times(rate));
        rows.push_str(&row(currency, start, end));
    }
    format!("<CashReport>\n{}{rows}</CashReport>\n", row("BASE_SUMMARY", all_before, all_after))
}
