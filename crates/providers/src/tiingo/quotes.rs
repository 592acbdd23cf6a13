//! Current prices: many symbols in one request.

use std::collections::BTreeMap;

use foliosync_engine::calendar::Venue;
use foliosync_engine::model::prices::SymbolState;
use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::provider::{FetchRequest, Page, ProviderError};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value as Json;

use super::ask::Ask;
use super::{ID, LAG, NAME, ZONE, batch_size, errors, is_free};
use crate::prices::{self, LookedUp, Quote, Read, Row, Sweep, not_in_plan, rows, unit_of};

/// New symbols of a month on the free plan, which allows 500.
const NEW_SYMBOLS_MAX: u32 = 480;

pub async fn page(ask: &Ask<'_>) -> Result<Page, ProviderError> {
    let request = ask.request;
    if !prices::is_on(request.settings, "quotes") {
        return Ok(Page::last(Json::Null));
    }
    let mut sweep = Sweep::of(request)?;
    if sweep.batch(1).is_empty() {
        // Somebody who tries the connection out wants to hear about a wrong token.
        if request.manual {
            ask.get("/api/test/", &[]).await?;
        }
        return Ok(sweep.page(0, Read::default()));
    }
    let mut size = batch_size(request.settings)?;
    loop {
        let batch: Vec<SymbolWork> = sweep.batch(size).to_vec();
        let mut month = Month::of(&sweep, request);
        match many(ask, &batch, &mut month).await {
            Ok(read) => {
                sweep.position.looked_up = month.counted();
                return Ok(sweep.page(batch.len(), read));
            }
            Err(ProviderError::NotInPlan { message }) => match batch.as_slice() {
                [only] => return Ok(sweep.page(1, not_in_plan(request.stream, only, &message, request.now))),
                // Which of them it is shows in smaller batches.
                _ => size = batch.len() / 2,
            },
            Err(error) => return sweep.failed(batch.len(), error),
        }
    }
}

async fn many(ask: &Ask<'_>, batch: &[SymbolWork], month: &mut Month) -> Result<Read, ProviderError> {
    let mut read = Read::default();
    let mut known = Vec::new();
    for symbol in batch {
        if let Err(without) = unit_of(symbol) {
            read.add(*without);
        } else if let Err(until) = month.count(symbol) {
            let why =
                format!("the {NEW_SYMBOLS_MAX} new symbols of this month are used up; it is asked for after {until}");
            read.add(Read::item(&symbol.native_symbol, ItemStatus::Deferred, why));
        } else {
            known.push(symbol);
        }
    }
    if known.is_empty() {
        return Ok(read);
    }
    let names = known.iter().map(|symbol| symbol.native_symbol.as_str()).collect::<Vec<_>>().join(",");
    let answer = ask.get("/iex/", &[("tickers", names)]).await?;
    read.states = month.states(ask.request.stream, &known);
    if errors::is_unknown(&answer) {
        return Ok(read);
    }
    let rows = rows(&answer.body, NAME)?;
    let by_name: BTreeMap<_, _> =
        rows.iter().filter_map(|row| Some((row.text("ticker")?.to_ascii_uppercase(), row))).collect();
    for symbol in known {
        if let Some(row) = by_name.get(&symbol.native_symbol.to_ascii_uppercase()) {
            read.add(quote(symbol, row, ask.request));
        }
    }
    Ok(read)
}

fn quote(symbol: &SymbolWork, row: &Row<'_>, request: &FetchRequest<'_>) -> Read {
    let unit = match unit_of(symbol) {
        Ok(unit) => unit,
        Err(read) => return *read,
    };
    let at = row.instant("timestamp").or_else(|| row.instant("lastSaleTimestamp"));
    let price = match row.decimal("tngoLast") {
        Ok(None) => row.decimal("last"),
        read => read,
    };
    let moment = at.map_or(Moment::Post, Moment::of);
    // During the day, the volume is that of one small exchange.
    let volume = if moment == Moment::Official { row.decimal("volume") } else { Ok(None) };
    let quote = Quote::new(ID, symbol, unit, at, request)
        .with("current_price", price)
        .with("previous_close", row.decimal("prevClose"))
        .with("day_open", row.decimal("open"))
        .with("day_high", row.decimal("high"))
        .with("day_low", row.decimal("low"))
        .with("volume", volume);
    // A price after the close is none of the day's.
    if moment == Moment::Post { quote.without_bar() } else { quote }.read(LAG)
}

/// What a price is, by its time: the official close is stamped with the very second of the bell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Live,
    Official,
    Post,
}

impl Moment {
    fn of(at: Timestamp) -> Moment {
        match Venue::NewYork.session(Venue::NewYork.trading_date(at)) {
            Some(session) if at == session.close => Moment::Official,
            Some(session) if at < session.close => Moment::Live,
            _ => Moment::Post,
        }
    }
}

/// The symbols that were looked up in the current month, of which the free plan allows so many. Each symbol's own state
/// tells when it was last counted.
struct Month {
    first: Date,
    next: Date,
    /// Whom the plan does not limit counts nothing.
    count: Option<u32>,
}

impl Month {
    fn of(sweep: &Sweep, request: &FetchRequest<'_>) -> Month {
        let zone = TimeZone::get(ZONE).unwrap_or(TimeZone::UTC);
        let today = zone.to_datetime(request.now).date();
        let first = today.first_of_month();
        let before = sweep.position.looked_up.filter(|looked_up| looked_up.month == first);
        let next = today.last_of_month().tomorrow().unwrap_or(Date::MAX);
        let count = is_free(request.settings).then(|| before.map_or(0, |looked_up| looked_up.symbols));
        Month { first, next, count }
    }

    fn is_new(&self, symbol: &SymbolWork) -> bool {
        symbol.covered_to.is_none_or(|date| date < self.first)
    }

    /// Counts a symbol that is new in this month; the end of the month where no more fit.
    fn count(&mut self, symbol: &SymbolWork) -> Result<(), Date> {
        let is_new = self.is_new(symbol);
        match &mut self.count {
            Some(count) if is_new && *count >= NEW_SYMBOLS_MAX => return Err(self.next),
            Some(count) if is_new => *count += 1,
            _ => {}
        }
        Ok(())
    }

    fn states(&self, stream: &str, symbols: &[&SymbolWork]) -> Vec<SymbolState> {
        if self.count.is_none() {
            return Vec::new();
        }
        let counted = symbols.iter().filter(|symbol| self.is_new(symbol));
        let state = |symbol: &&SymbolWork| SymbolState {
            stream: stream.into(),
            native_symbol: symbol.native_symbol.clone(),
            covered_from: None,
            covered_to: Some(self.first),
            last_close: None,
            not_in_plan_until: None,
            reason: Some("counted among the symbols of the month that covered_to begins".into()),
        };
        counted.map(state).collect()
    }

    fn counted(&self) -> Option<LookedUp> {
        self.count.map(|symbols| LookedUp { month: self.first, symbols })
    }
}
