//! Orders, made up from their fills: every one of them is done, so none is open.

use jiff::Timestamp;

use super::activities::{order_id, time};
use super::{assets, refuse, unprocessable, uuid};
use crate::exchange::{Reply, Request};
use crate::json::{Object, array};
use crate::market::Amount;
use crate::trading::{Account, Fill};

const ORDERS: usize = 50;
const ORDERS_MAX: usize = 500;

/// An order's fills, with their times in milliseconds since 1970.
type Filled<'a> = Vec<(i64, &'a Fill)>;

fn orders(account: &Account, now: i64) -> Vec<Filled<'_>> {
    let mut orders: Vec<Filled> = Vec::new();
    for (entry, fill) in account.book.fills(now) {
        let key = |fill: &Fill| (fill.order.at, fill.order.ordinal);
        match orders.last_mut() {
            Some(last) if key(last[0].1) == key(fill) => last.push((entry.at, fill)),
            _ => orders.push(vec![(entry.at, fill)]),
        }
    }
    orders
}

pub fn list(request: &Request, account: &Account) -> Reply {
    let given = |name: &str| request.param(name).filter(|text| !text.is_empty());
    let is_done = match given("status").unwrap_or("open") {
        "open" => false,
        "closed" | "all" => true,
        other => return unprocessable(&format!("invalid order status: {other}")),
    };
    let limit = match given("limit").map(str::parse::<usize>) {
        None => ORDERS,
        Some(Ok(limit @ 1..=ORDERS_MAX)) => limit,
        Some(_) => return unprocessable("limit must be between 1 and 500"),
    };
    let moment = |name| given(name).and_then(|text| text.parse::<Timestamp>().ok()).map(Timestamp::as_millisecond);
    let (after, until) = (moment("after"), moment("until"));
    let symbols = given("symbols").map(|list| list.split(',').collect::<Vec<_>>());
    let mut found = orders(account, request.now.as_millisecond());
    found.retain(|order| {
        let (fill, at) = (order[0].1, order[0].1.order.at);
        is_done
            && after.is_none_or(|after| at > after)
            && until.is_none_or(|until| at < until)
            && symbols.as_ref().is_none_or(|symbols| symbols.contains(&fill.instrument.symbol.as_str()))
    });
    if given("direction") != Some("asc") {
        found.reverse();
    }
    found.truncate(limit);
    Reply::json(array(found.iter().map(row)))
}

pub fn order(request: &Request, account: &Account, wanted: &str) -> Reply {
    if wanted.len() != 36 {
        return unprocessable("order_id is missing");
    }
    let found = orders(account, request.now.as_millisecond());
    match found.iter().find(|order| order_id(order[0].1) == wanted) {
        Some(order) => Reply::json(row(order)),
        None => refuse(404, "40410000", &format!("order not found for {wanted}")),
    }
}

fn row(order: &Filled) -> String {
    let (last_at, last) = order[order.len() - 1];
    let at = |millis| time(Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX));
    let value: Amount = order.iter().map(|(_, fill)| fill.value).sum();
    let placed = at(last.order.at);
    let symbol = &last.instrument.symbol;
    let is_coin = last.instrument.is_coin();
    Object::new()
        .text("id", order_id(last))
        .text("client_order_id", uuid("client", &[last.order.at, last.order.ordinal.into()]))
        .text("created_at", &placed)
        .text("updated_at", at(last_at))
        .text("submitted_at", &placed)
        .text("filled_at", at(last_at))
        .null("expired_at")
        .null("canceled_at")
        .null("failed_at")
        .null("replaced_at")
        .null("replaced_by")
        .null("replaces")
        .text("asset_id", assets::id(symbol))
        .text("symbol", symbol)
        .text("asset_class", if is_coin { "crypto" } else { "us_equity" })
        .null("notional")
        .text("qty", last.order.quantity.plain())
        .text("filled_qty", last.filled.plain())
        .text("filled_avg_price", value.over(last.filled).plain())
        .text("order_class", "")
        .text("order_type", "market")
        .text("type", "market")
        .text("side", if last.is_buy { "buy" } else { "sell" })
        .text("time_in_force", if is_coin { "gtc" } else { "day" })
        .null("limit_price")
        .null("stop_price")
        .text("status", if last.filled == last.order.quantity { "filled" } else { "partially_filled" })
        .raw("extended_hours", "false")
        .null("legs")
        .null("trail_percent")
        .null("trail_price")
        .null("hwm")
        .null("subtag")
        .null("source")
        .end()
}
