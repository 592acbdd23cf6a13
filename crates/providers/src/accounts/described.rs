//! What held things are: an instrument and a listing for each, so that it can be priced, or a listing that asks.

use foliosync_engine::model::instrument::{BY_PROVIDER, Instrument, Listing};
use foliosync_engine::model::{Batch, Decimal};
use foliosync_engine::provider::Change;
use foliosync_engine::spelling::Parsed;

/// A thing under the source's name, and what the source's own data prove about it.
pub struct Thing<'a> {
    /// The asset of a balance, or the symbol of a position.
    pub native: &'a str,
    /// `None`: nothing proves what it is. Then the user is asked.
    pub is: Option<Parsed>,
    /// Units of that instrument in each of it, where it is not one: a thousand for `1000SATS`.
    pub factor: Option<Decimal>,
    pub name: Option<String>,
    /// Currency of the instrument's price, where the source tells it.
    pub currency: Option<String>,
    pub isin: Option<String>,
}

impl<'a> Thing<'a> {
    pub fn new(native: &'a str, is: Option<Parsed>) -> Thing<'a> {
        Thing { native, is, factor: None, name: None, currency: None, isin: None }
    }
}

/// The changes that write it down. To be made for things that were not held before: saying it again changes nothing, and
/// costs a look. An instrument that is there already stays as it is, and so does what the user said.
pub fn changes(provider: &str, things: &[Thing<'_>]) -> Vec<Change> {
    let instruments: Vec<Instrument> = things
        .iter()
        .filter_map(|thing| {
            let parsed = thing.is.as_ref()?;
            Some(Instrument {
                id: parsed.id(),
                kind: parsed.kind.name().into(),
                symbol: parsed.symbol.clone(),
                name: thing.name.clone(),
                exchange: parsed.mic.clone(),
                currency: thing.currency.clone(),
                isin: thing.isin.clone(),
                watched: false,
            })
        })
        .collect();
    let listing = |thing: &Thing<'_>| Listing {
        provider: provider.into(),
        native_symbol: thing.native.into(),
        instrument_id: thing.is.as_ref().map(Parsed::id),
        unit: None,
        name: thing.name.clone(),
        mapped_by: BY_PROVIDER.into(),
        quoted: false,
        factor: thing.factor,
    };
    let listings: Vec<Listing> = things.iter().map(listing).collect();
    [Batch::of(&instruments), Batch::of(&listings)]
        .into_iter()
        .filter(|rows| !rows.is_empty())
        .map(Change::Upsert)
        .collect()
}
