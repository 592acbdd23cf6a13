//! What providers of prices share: reading numbers, making rows of them, and sweeping over symbols in batches.

mod days;
mod fx;
mod history;
mod json;
mod quote;
mod read;
mod sweep;

use foliosync_engine::calendar::Venue;
use foliosync_engine::model::work::SymbolWork;
use foliosync_engine::provider::{ProviderError, SettingKind, SettingSpec, Settings};

pub use foliosync_engine::provider::is_on;

pub use days::{DaySource, SINGLES_PAGE, Told, history_page};
pub use fx::{FxQuote, USD_GBP, fx_work};
pub use history::{Bar, Days};
pub use json::{Row, rows};
pub use quote::{Quote, unit_of};
pub use read::{Read, next_utc_midnight, not_in_plan};
pub use sweep::{LookedUp, Sweep};

/// Whose calendar a symbol keeps; `None` where none is known.
pub fn venue_of(symbol: &SymbolWork) -> Option<Venue> {
    Venue::of_instrument(&symbol.kind, symbol.exchange.as_deref())
}

/// The order of connections of prices, which the engine reads.
pub const PRIORITY: SettingSpec = SettingSpec {
    key: foliosync_engine::work::PRIORITY,
    label: "Priority",
    help: "Which connection reads a symbol that several could: the lowest number, 100 where none is given",
    kind: SettingKind::Text,
    required: false,
};

/// A switch of the stream of that name, which is on where nobody touched it.
pub const fn switch(key: &'static str, label: &'static str, help: &'static str) -> SettingSpec {
    SettingSpec { key, label, help, kind: SettingKind::Choice(&["on", "off"]), required: false }
}

/// A setting that is a whole number within bounds.
pub fn whole_number(
    settings: &Settings,
    key: &str,
    bounds: std::ops::RangeInclusive<i64>,
    default: i64,
) -> Result<i64, ProviderError> {
    let Some(text) = settings.get(key) else { return Ok(default) };
    text.trim().parse().ok().filter(|number| bounds.contains(number)).ok_or_else(|| {
        let (least, most) = bounds.into_inner();
        let message = format!("the setting `{key}` must be a whole number from {least} to {most}, not `{text}`");
        ProviderError::NeedsUser { message }
    })
}

/// Symbols as a part of a path, with commas between them.
pub fn segment(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b',' => out.push(byte.into()),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}
