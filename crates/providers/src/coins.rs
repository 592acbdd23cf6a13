//! What exchanges of coins have in common: which instruments are theirs, and candles as lists of cells.

use foliosync_engine::model::Decimal;
use foliosync_engine::model::instrument::Instrument;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::value::RawValue;

use crate::prices::{Bar, Read, Told};

/// What an exchange needs to settle the candle of a day that is over.
pub const LAG: SignedDuration = SignedDuration::from_mins(2);
/// How long nothing is sent after a firewall has refused a request without a word of ours in its answer.
pub const FIREWALL_WAIT: SignedDuration = SignedDuration::from_mins(5);

const SYMBOL_CHARS_MAX: usize = 16;

/// The symbol of a coin; `None` for everything else, currencies included.
pub fn coin(instrument: &Instrument) -> Option<&str> {
    let symbol = instrument.symbol.as_str();
    let is_plain = (1..=SYMBOL_CHARS_MAX).contains(&symbol.len())
        && symbol.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    (instrument.kind == "crypto" && is_plain).then_some(symbol)
}

fn instant(value: &RawValue) -> Option<Timestamp> {
    Timestamp::from_millisecond(plain(value).parse().ok()?).ok()
}

/// The first instant of a day, in milliseconds since 1970. Coins' days are those of UTC.
pub fn day_starts(date: Date) -> i64 {
    TimeZone::UTC.to_timestamp(date.to_datetime(jiff::civil::Time::midnight())).map_or(0, |at| at.as_millisecond())
}

/// The 24 hours that the numbers of a quote are of are no day: of the day's bar, only what it costs now is known.
pub fn without_range(mut read: Read) -> Read {
    for bar in &mut read.bars {
        (bar.open, bar.high, bar.low, bar.volume) = (None, None, None, None);
    }
    read
}

/// Daily candles as bars, and those that cannot be read, in words. Cells are start, open, high, low, close, and the
/// volume where `has_volume`.
pub fn bars(candles: &[Vec<&RawValue>], has_volume: bool) -> Told {
    let (mut bars, mut faults) = Told::default();
    for cells in candles {
        match bar(cells, has_volume) {
            Ok(bar) => bars.push(bar),
            Err(fault) => faults.push(fault),
        }
    }
    (bars, faults)
}

fn bar(cells: &[&RawValue], has_volume: bool) -> Result<Bar, String> {
    let start = cells.first().and_then(|cell| instant(cell)).ok_or("a candle has no time")?;
    let date = TimeZone::UTC.to_datetime(start).date();
    let number = |at: usize| match cells.get(at).map_or("", |cell| plain(cell)) {
        "" | "null" => Ok(None),
        text => Decimal::parse(text.as_bytes()).map(Some).map_err(|error| format!("{date}: a number {error}")),
    };
    let close = number(4)?.filter(|close| *close > Decimal::ZERO).ok_or_else(|| format!("{date}: it has no close"))?;
    let (open, high, low) = (number(1)?, number(2)?, number(3)?);
    let volume = if has_volume { number(5)? } else { None };
    Ok(Bar { date, open, high, low, close, volume, split_factor: None, dividend: None })
}

/// Without quotes.
pub fn plain(value: &RawValue) -> &str {
    value.get().trim_matches('"')
}

/// Whether a body is a page for people.
pub fn is_page(body: &[u8]) -> bool {
    body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
}
