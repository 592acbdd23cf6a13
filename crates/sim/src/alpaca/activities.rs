//! What happened: fills and everything else that moved money, in pages.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::{unprocessable, uuid};
use crate::exchange::{Reply, Request};
use crate::json::{Object, array};
use crate::market::calendar::Venue;
use crate::trading::{Account, Entry, Fill, Flow, FlowKind, What};
use crate::world::World;

const PAGE: usize = 100;

#[rustfmt::skip]
const TYPES: [&str; 39] = [
    "FILL", "TRANS", "MISC", "ACATC", "ACATS", "CFEE", "CGD", "CSD", "CSW", "DIV", "DIVCGL", "DIVCGS", "DIVFEE", "DIVFT",
    "DIVNRA", "DIVROC", "DIVTW", "DIVTXEX", "FEE", "INT", "INTNRA", "INTTW", "JNL", "JNLC", "JNLS", "MA", "NC", "OPASN",
    "OPCA", "OPCSH", "OPEXC", "OPEXP", "OPTRD", "PTC", "PTR", "REORG", "SPIN", "SPLIT", "FOPT",
];

fn kind(what: &What) -> &'static str {
    match what {
        What::Fill(_) => "FILL",
        What::Flow(flow) => match flow.kind {
            FlowKind::Deposit => "CSD",
            FlowKind::Withdrawal => "CSW",
            FlowKind::Transfer => "JNLC",
            FlowKind::Dividend => "DIV",
            FlowKind::WithheldTax => "DIVNRA",
            FlowKind::Interest => "INT",
            FlowKind::Fee => "FEE",
            FlowKind::CoinFee => "CFEE",
        },
    }
}

/// With microseconds, which make entries of one millisecond different.
fn instant(entry: &Entry) -> Timestamp {
    let micros = entry.at * 1000 + (entry.at / 7) % 500 + i64::from(entry.ordinal);
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
}

fn local(entry: &Entry, zone: &TimeZone) -> Zoned {
    instant(entry).to_zoned(zone.clone())
}

fn new_york() -> TimeZone {
    TimeZone::get("America/New_York").unwrap_or(TimeZone::UTC)
}

/// The front part is the clock of New York, and midnight for what is not a trade.
fn id(entry: &Entry, zone: &TimeZone) -> String {
    let local = local(entry, zone);
    let front = match entry.what {
        What::Fill(_) => format!("{}{:03}", local.strftime("%Y%m%d%H%M%S"), local.millisecond()),
        What::Flow(_) => format!("{}000000000", local.strftime("%Y%m%d")),
    };
    format!("{front}::{}", uuid("activity", &[entry.at, entry.ordinal.into()]))
}

pub fn fill_id(entry: &Entry, _: &Fill) -> String {
    id(entry, &new_york())
}

pub fn order_id(fill: &Fill) -> String {
    uuid("order", &[fill.order.at, fill.order.ordinal.into()])
}

/// A day, or an instant.
fn moment(text: &str) -> Option<Timestamp> {
    let day = || Some(text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    text.parse().ok().or_else(day)
}

pub fn list(world: &World, request: &Request, account: &Account, one: Option<&str>) -> Reply {
    let given = |name: &str| request.param(name).filter(|text| !text.is_empty());
    let wanted: Vec<&str> = match (one, given("activity_types")) {
        (Some(one), _) => vec![one],
        (None, Some(list)) => list.split(',').collect(),
        (None, None) => Vec::new(),
    };
    if let Some(wrong) = wanted.iter().find(|kind| !TYPES.contains(kind)) {
        return unprocessable(&format!("invalid activity type: {wrong}"));
    }
    let category = given("category");
    if category.is_some() && !wanted.is_empty() {
        return unprocessable("category and activity_types cannot be used together");
    }
    let mut moments = [None; 2];
    for (name, moment) in ["after", "until"].iter().zip(&mut moments) {
        if let Some(text) = given(name) {
            let parsed = self::moment(text);
            if parsed.is_none() {
                return unprocessable(&format!("invalid {name}: {text}"));
            }
            *moment = parsed;
        }
    }
    let [after, until] = moments;
    let day = match given("date").map(|text| text.split('T').next().unwrap_or_default().parse::<Date>()) {
        Some(Err(_)) => return unprocessable("invalid date"),
        Some(Ok(day)) => Some(day),
        None => None,
    };
    let is_ascending = match given("direction") {
        Some("asc") => true,
        None | Some("desc") => false,
        Some(_) => return unprocessable("direction must be asc or desc"),
    };
    let size = match given("page_size").map(str::parse::<usize>) {
        None => PAGE,
        Some(Ok(size @ 1..)) => size.min(PAGE),
        Some(_) => return unprocessable("invalid page_size"),
    };
    let zone = world.market.calendar.zone(Venue::NewYork);
    let meant = |entry: &&Entry| {
        let is_trade = matches!(entry.what, What::Fill(_));
        (wanted.is_empty() || wanted.contains(&kind(&entry.what)))
            && category.is_none_or(|category| is_trade == (category == "trade_activity"))
            && after.is_none_or(|after| instant(entry) > after)
            && until.is_none_or(|until| instant(entry) < until)
            && day.is_none_or(|day| local(entry, &zone).date() == day)
    };
    let mut rows: Vec<&Entry> = account.book.until(request.now.as_millisecond()).iter().filter(meant).collect();
    if !is_ascending {
        rows.reverse();
    }
    let start = match given("page_token") {
        None => 0,
        Some(token) => match rows.iter().position(|entry| id(entry, &zone) == token) {
            Some(place) => place + 1,
            None => return unprocessable("invalid page_token"),
        },
    };
    Reply::json(array(rows[start..].iter().take(size).map(|entry| row(entry, &zone))))
}

/// RFC 3339, without zeros at the end of the second.
pub fn time(at: Timestamp) -> String {
    at.to_string()
}

fn row(entry: &Entry, zone: &TimeZone) -> String {
    let row = Object::new().text("id", id(entry, zone)).text("activity_type", kind(&entry.what));
    match &entry.what {
        What::Fill(fill) => fill_row(row, entry, fill),
        What::Flow(flow) => flow_row(row, entry, flow, zone),
    }
}

fn fill_row(row: Object, entry: &Entry, fill: &Fill) -> String {
    let leaves = fill.order.quantity - fill.filled;
    let is_short = !fill.is_buy && !fill.before.is_positive();
    let side = if is_short {
        "sell_short"
    } else if fill.is_buy {
        "buy"
    } else {
        "sell"
    };
    let is_done = leaves.is_zero();
    let row = row
        .text("transaction_time", time(instant(entry)))
        .text("type", if is_done { "fill" } else { "partial_fill" })
        .text("price", fill.price.plain())
        .text("qty", fill.quantity.plain())
        .text("side", side)
        .text("symbol", &fill.instrument.symbol)
        .text("leaves_qty", leaves.plain())
        .text("order_id", order_id(fill))
        .text("cum_qty", fill.filled.plain())
        .text("order_status", if is_done { "filled" } else { "partially_filled" });
    if fill.instrument.is_coin() { row.text("swap_rate", "1").end() } else { row.end() }
}

fn flow_row(row: Object, entry: &Entry, flow: &Flow, zone: &TimeZone) -> String {
    let is_coin = flow.kind == FlowKind::CoinFee;
    let mut row = row
        .text("date", local(entry, zone).date().to_string())
        .text("net_amount", if is_coin { "0".into() } else { flow.amount.plain() })
        .text("description", description(flow));
    if let Some(instrument) = &flow.instrument {
        row = row.text("symbol", instrument.symbol.replace('/', ""));
    }
    if !flow.quantity.is_zero() {
        row = row.text("qty", flow.quantity.plain());
    }
    if !flow.per_share.is_zero() {
        row = row.text("per_share_amount", flow.per_share.plain());
    }
    row.text("status", "executed").text("currency", "USD").text("created_at", time(instant(entry))).end()
}

fn description(flow: &Flow) -> String {
    let of = flow.instrument.as_ref().map(|instrument| instrument.symbol.as_str()).unwrap_or_default();
    match flow.kind {
        FlowKind::CoinFee => "Coin Pair Transaction Fee (Non USD)".into(),
        FlowKind::Fee if of.contains('/') => "Coin Pair Transaction Fee".into(),
        FlowKind::Fee => format!("REG fee for proceeds of {of}"),
        FlowKind::Dividend => format!("Cash DIV @ {}, Pos QTY: {}", flow.per_share.plain(), flow.quantity.plain()),
        _ => String::new(),
    }
}
