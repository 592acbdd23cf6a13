//! The European Central Bank: reference rates as SDMX CSV, and as the files of its web site.

use std::fmt::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::exchange::{HTML, JSON, Reply, Request};
use crate::json::Object;
use crate::market::calendar::{Calendar, Day, Venue, date_of, day_of};
use crate::market::catalogue::{DISCONTINUED, MONEY};
use crate::world::World;

const CSV: &str = "application/vnd.sdmx.data+csv;version=1.0.0;charset=UTF-8";
const XML: &str = "text/xml";

pub fn answer(world: &World, request: &Request) -> Reply {
    let path = request.path.as_str();
    let published = last_published(&world.market.calendar, request.second());
    let reply = match path {
        "/stats/eurofxref/eurofxref-daily.xml" => file(world, published, published).at("eurofxref-daily.xml"),
        "/stats/eurofxref/eurofxref-hist-90d.xml" => {
            file(world, published - 89, published).at("eurofxref-hist-90d.xml")
        }
        _ => match path.strip_prefix("/service/data/EXR/") {
            Some(key) => data(world, request, key, published).at("/service/data/EXR/{key}"),
            None => not_found(request).at("other"),
        },
    };
    if reply.status != 200 {
        return reply;
    }
    let modified = published_at(&world.market.calendar, published);
    if if_modified_since(request).is_some_and(|since| modified <= since) {
        return Reply { endpoint: reply.endpoint, ..Reply::new(304, reply.content_type, "") };
    }
    let http_date = Timestamp::from_second(modified).unwrap_or_default().strftime("%a, %d %b %Y %H:%M:%S GMT");
    reply.header("last-modified", http_date).header("cache-control", "max-age=30")
}

/// The last day whose rates are out.
fn last_published(calendar: &Calendar, now: i64) -> Day {
    let latest = calendar.latest(Venue::Target, now);
    if latest.closes <= now { latest.day } else { calendar.before(Venue::Target, latest.day) }
}

fn published_at(calendar: &Calendar, day: Day) -> i64 {
    calendar.session(Venue::Target, day).closes
}

fn if_modified_since(request: &Request) -> Option<i64> {
    let text = request.header("if-modified-since")?;
    let local = jiff::civil::DateTime::strptime("%a, %d %b %Y %H:%M:%S GMT", text).ok()?;
    Some(TimeZone::UTC.to_timestamp(local).ok()?.as_second())
}

fn not_found(request: &Request) -> Reply {
    let body = Object::new()
        .text("timestamp", request.now.strftime("%Y-%m-%dT%H:%M:%S.%3f+00:00").to_string())
        .int("status", 404)
        .text("error", "Not Found")
        .text("path", &request.path)
        .end();
    Reply::new(404, JSON, body)
}

/// The last day on which the currency had a rate, by `day`.
fn last_rate(calendar: &Calendar, currency: usize, day: Day) -> Day {
    let ended = DISCONTINUED.iter().find(|(code, _)| *code == MONEY[currency].code);
    let last = ended.map_or(day, |(_, date)| day_of(*date).min(day));
    calendar.before(Venue::Target, last + 1)
}

/// `key`: `D.USD+GBP.EUR.SP00.A`; no currency means all.
fn data(world: &World, request: &Request, key: &str, published: Day) -> Reply {
    let parts: Vec<&str> = key.split('.').collect();
    let ["D" | "", wanted, "EUR" | "", "SP00" | "", "A" | ""] = parts.as_slice() else { return not_found(request) };
    if request.param("format").is_some_and(|format| format != "csvdata") {
        return Reply::new(406, HTML, "<html><body>Not Acceptable</body></html>");
    }
    let is_wanted = |code: &str| wanted.is_empty() || wanted.split('+').any(|wanted| wanted == code);
    let mut currencies: Vec<usize> =
        (1..MONEY.len()).filter(|at| !MONEY[*at].is_coin && is_wanted(MONEY[*at].code)).collect();
    currencies.sort_by_key(|at| MONEY[*at].code);
    if currencies.is_empty() {
        return not_found(request);
    }
    let first = request.date("startPeriod").map_or(day_of(jiff::civil::date(1999, 1, 4)), day_of);
    let last = request.date("endPeriod").map_or(published, day_of).min(published);
    let is_full = request.param("detail").is_none_or(|detail| detail == "full");
    let mut rows = String::new();
    for currency in currencies {
        let last = last_rate(&world.market.calendar, currency, last);
        let is_open = |day: &Day| world.market.calendar.is_open(Venue::Target, *day);
        // Walked from the end, so that the last few of many years cost little.
        let newest = (first..=last).rev().filter(is_open);
        let mut days: Vec<Day> = match request.number("lastNObservations") {
            Some(count) => newest.take(count.max(0) as usize).collect(),
            None => newest.collect(),
        };
        days.reverse();
        if let Some(count) = request.number("firstNObservations") {
            days.truncate(count.max(0) as usize);
        }
        let money = &MONEY[currency];
        for day in days {
            let (code, rate) = (money.code, world.market.reference_rate(currency, day).plain());
            let _ = write!(rows, "EXR.D.{code}.EUR.SP00.A,D,{code},EUR,SP00,A,{},{rate}", date_of(day));
            if is_full {
                let _ = write!(
                    rows,
                    ",A,F,,,,A,,,,,,4F0,\"{}/Euro ECB reference exchange rate\",\"ECB reference exchange rate, \
                     {}/Euro, 2:15 pm (C.E.T.)\",{code},0",
                    money.name, money.name
                );
            }
            rows.push('\n');
        }
    }
    if rows.is_empty() {
        // An empty window is an empty body, not even a header.
        return Reply::new(200, "application/vnd.sdmx.data+json;version=1.0.0-wd", "");
    }
    let mut head = String::from("KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE");
    if is_full {
        head.push_str(
            ",OBS_STATUS,OBS_CONF,OBS_PRE_BREAK,OBS_COM,BREAKS,COLLECTION,COMPILING_ORG,DISS_ORG,DOM_SER_IDS,\
             PUBL_ECB,PUBL_MU,SOURCE_AGENCY,TITLE,TITLE_COMPL,UNIT,UNIT_MULT",
        );
    }
    Reply::new(200, CSV, format!("{head}\n{rows}"))
}

/// The web site's XML, the newest day first.
fn file(world: &World, first: Day, last: Day) -> Reply {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gesmes:Envelope \
         xmlns:gesmes=\"http://www.gesmes.org/xml/2002-08-01\" \
         xmlns=\"http://www.ecb.int/vocabulary/2002-08-01/eurofxref\">\n\
         \t<gesmes:subject>Reference rates</gesmes:subject>\n\t<gesmes:Sender>\n\
         \t\t<gesmes:name>European Central Bank</gesmes:name>\n\t</gesmes:Sender>\n\t<Cube>\n",
    );
    for day in (first..=last).rev().filter(|day| world.market.calendar.is_open(Venue::Target, *day)) {
        let _ = writeln!(text, "\t\t<Cube time='{}'>", date_of(day));
        for (currency, money) in MONEY.iter().enumerate().skip(1).filter(|(_, money)| !money.is_coin) {
            // A currency without a rate is absent.
            if last_rate(&world.market.calendar, currency, day) == day {
                let rate = world.market.reference_rate(currency, day).fixed(money.decimals);
                let _ = writeln!(text, "\t\t\t<Cube currency='{}' rate='{rate}'/>", money.code);
            }
        }
        text.push_str("\t\t</Cube>\n");
    }
    text.push_str("\t</Cube>\n</gesmes:Envelope>\n");
    Reply::new(200, XML, text)
}
