//! Work lists: what a stream is to read, derived from the store each time, so that nothing has to be kept in step.
//!
//! Which connection reads an instrument is derived, too: the first in the user's order that is well and can name it. So
//! "not in your plan", written down beside the page that found it out, hands the symbol to the next one in that commit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::mirrors;
use crate::model::accounts::{Balance, Position};
use crate::model::instrument::{BY_USER, Instrument, Listing};
use crate::model::prices::{QuoteField, SymbolState};
use crate::model::sync::{Connection, ConnectionId, Outcome, Stream};
use crate::model::work::SymbolWork;
use crate::model::{Batch, Decimal, Owned, Record};
use crate::provider::{Dataset, Native, Provider, Work, is_on};
use crate::schedule::FAILURES_UNTIL_ERROR;
use crate::spelling::Kind;
use crate::store::{Filter, Select, Store, StoreError};

/// The setting that puts connections of prices in order, the lowest number first.
pub const PRIORITY: &str = "priority";
/// The place of a connection that names none.
const PRIORITY_DEFAULT: i64 = 100;

type Result<T> = std::result::Result<T, StoreError>;

/// The work list of a stream of a connection, a batch for each of its tables.
pub async fn list(
    store: &dyn Store,
    providers: &[Arc<dyn Provider>],
    connection: ConnectionId,
    stream: &str,
    work: Work,
    now: Timestamp,
) -> Result<Vec<Batch>> {
    match work {
        Work::Rows(tables) => {
            let mut rows = Vec::new();
            for table in tables {
                rows.push(store.read(Select::of(table, connection)).await?);
            }
            Ok(rows)
        }
        Work::Mirror => mirrors::list(store, connection).await,
        Work::Symbols(dataset) => {
            let desk = Desk::read(store, providers, dataset, now).await?;
            let mut states = BTreeMap::new();
            let own: Vec<SymbolState> = store.read(Select::of(SymbolState::TABLE, connection)).await?.records()?;
            states.extend(own.into_iter().filter(|s| s.stream == stream).map(|s| (s.native_symbol.clone(), s)));
            let prices = Filter::IsText("field", "current_price".into());
            let prices: Vec<QuoteField> = store.records(|s| s.with(prices)).await?;
            let prices = prices.into_iter().map(|price| (price.instrument_id.clone(), price)).collect();
            Ok(vec![Batch::of(&desk.symbols(connection, &states, &prices))])
        }
    }
}

/// A connection that could read the dataset.
struct Candidate {
    id: ConnectionId,
    provider: Arc<dyn Provider>,
    stream: &'static str,
    is_well: bool,
    /// Symbols that its plan does not include now.
    not_in_plan: BTreeSet<String>,
}

/// Everything that decides who reads what.
pub struct Desk {
    instruments: Vec<Instrument>,
    /// By provider and instrument.
    listings: BTreeMap<(String, String), Listing>,
    /// Which instrument a symbol was said to be, by provider and symbol.
    said: BTreeMap<(String, String), String>,
    candidates: Vec<Candidate>,
    /// Instruments that some connection holds.
    held: BTreeSet<String>,
    dataset: Dataset,
}

impl Desk {
    pub async fn read(
        store: &dyn Store,
        providers: &[Arc<dyn Provider>],
        dataset: Dataset,
        now: Timestamp,
    ) -> Result<Desk> {
        let mut connections: Vec<Connection> = store.records(|s| s.ascending("id")).await?;
        connections.retain(|connection| connection.removed_at.is_none());
        let mut listings = Listing::settled(store.records(|s| s).await?);
        let held = held(store, &connections, &listings).await?;
        connections.retain(|connection| connection.sync_enabled);
        connections.sort_by_key(|connection| (priority(connection), connection.id));
        let streams: Vec<Stream> = store.records(|s| s).await?;
        let well = streams.iter().filter(|stream| is_well(stream));
        let well: BTreeSet<_> = well.map(|stream| (stream.connection_id, stream.name.as_str())).collect();
        let states: Vec<Owned<SymbolState>> = store.records(|s| s).await?;
        let mut not_in_plan: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
        for state in states.iter().filter(|state| state.row.not_in_plan_until.is_some_and(|at| at > now)) {
            let barred = not_in_plan.entry((state.connection, state.row.stream.as_str())).or_default();
            barred.insert(state.row.native_symbol.clone());
        }
        let mut candidates = Vec::new();
        for connection in connections {
            let Some(provider) = providers.iter().find(|p| p.spec().id == connection.provider) else { continue };
            let reads = |work: Option<Work>| matches!(work, Some(Work::Symbols(own)) if own == dataset);
            let Some(spec) = provider.spec().streams.iter().find(|stream| reads(stream.work)) else { continue };
            if !is_on(&connection.settings, spec.name) {
                continue;
            }
            candidates.push(Candidate {
                id: connection.id,
                provider: Arc::clone(provider),
                stream: spec.name,
                is_well: well.contains(&(connection.id, spec.name)),
                not_in_plan: not_in_plan.remove(&(connection.id, spec.name)).unwrap_or_default(),
            });
        }
        // Of several names of one instrument, one that the user gave counts; names of holdings are none of prices.
        listings.retain(|listing| listing.quoted);
        listings.sort_by_key(|listing| listing.mapped_by == BY_USER);
        let by_instrument = |l: &Listing| Some(((l.provider.clone(), l.instrument_id.clone()?), l.clone()));
        let by_symbol = |l: &Listing| Some(((l.provider.clone(), l.native_symbol.clone()), l.instrument_id.clone()?));
        let mut desk = Desk {
            instruments: store.records(|s| s.ascending("id")).await?,
            said: listings.iter().filter_map(by_symbol).collect(),
            listings: listings.iter().filter_map(by_instrument).collect(),
            candidates,
            held,
            dataset,
        };
        let quoted_in = desk.quoted_in();
        desk.held.extend(quoted_in);
        Ok(desk)
    }

    /// The coins that the prices of what is held are quoted in: without theirs, these prices say little.
    fn quoted_in(&self) -> Vec<String> {
        let held = || self.instruments.iter().filter(|instrument| self.held.contains(&instrument.id));
        let natives = held().flat_map(|i| self.candidates.iter().filter_map(move |c| self.native(c, i)));
        let units: BTreeSet<String> = natives.filter_map(|native| native.unit).collect();
        let is_unit = |instrument: &&Instrument| instrument.kind == "crypto" && units.contains(&instrument.symbol);
        self.instruments.iter().filter(is_unit).map(|instrument| instrument.id.clone()).collect()
    }

    /// Whether anybody needs its price: the user lists it, or some connection holds it. Money is its own price.
    pub fn wants(&self, instrument: &Instrument) -> bool {
        instrument.watched || (instrument.kind != Kind::Cash.name() && self.held.contains(&instrument.id))
    }

    /// Who reads an instrument, and under which name: the first that is well; whoever stands before it reads it, too,
    /// when it is tried again, so that it gets well.
    fn readers<'a>(&'a self, instrument: &'a Instrument) -> impl Iterator<Item = (&'a Candidate, Native)> + 'a {
        let mut settled = false;
        self.candidates.iter().filter_map(move |candidate| {
            let native = self.native(candidate, instrument)?;
            let is_theirs = !settled && !candidate.not_in_plan.contains(&native.symbol);
            settled |= is_theirs && candidate.is_well;
            is_theirs.then_some((candidate, native))
        })
    }

    fn native(&self, candidate: &Candidate, instrument: &Instrument) -> Option<Native> {
        let provider = candidate.provider.spec().id;
        let native = candidate.provider.native(instrument);
        match self.listings.get(&(provider.to_string(), instrument.id.clone())) {
            Some(listing) => {
                let rule =
                    native.filter(|native| native.symbol == listing.native_symbol).and_then(|native| native.unit);
                Some(Native { symbol: listing.native_symbol.clone(), unit: listing.unit.clone().or(rule) })
            }
            // Not by a name that was said to be another's.
            None => native.filter(|native| {
                let said = self.said.get(&(provider.to_string(), native.symbol.clone()));
                said.is_none_or(|said| *said == instrument.id)
            }),
        }
    }

    /// Instruments that are wanted and that nobody reads.
    pub fn unread(&self) -> Vec<&Instrument> {
        self.wanted().filter(|instrument| self.readers(instrument).next().is_none()).collect()
    }

    /// Who stands first among those that could read an instrument if their plan included it.
    pub fn barred(&self, instrument: &Instrument) -> Option<ConnectionId> {
        let is_barred = |candidate: &&Candidate| {
            self.native(candidate, instrument).is_some_and(|native| candidate.not_in_plan.contains(&native.symbol))
        };
        self.candidates.iter().find(is_barred).map(|candidate| candidate.id)
    }

    pub fn unwanted(&self) -> impl Iterator<Item = &Instrument> {
        self.instruments.iter().filter(|instrument| !self.wants(instrument))
    }

    fn wanted(&self) -> impl Iterator<Item = &Instrument> {
        self.instruments.iter().filter(|instrument| self.wants(instrument))
    }

    fn symbols(
        &self,
        connection: ConnectionId,
        states: &BTreeMap<String, SymbolState>,
        prices: &BTreeMap<String, QuoteField>,
    ) -> Vec<SymbolWork> {
        let mut symbols = Vec::new();
        for instrument in self.wanted() {
            let Some((_, native)) = self.readers(instrument).find(|(candidate, _)| candidate.id == connection) else {
                continue;
            };
            // What a symbol is need be asked only where it is not known.
            if self.dataset == Dataset::Listings && native.unit.is_some() {
                continue;
            }
            let (state, price) = (states.get(&native.symbol), prices.get(&instrument.id));
            symbols.push(SymbolWork {
                instrument_id: instrument.id.clone(),
                kind: instrument.kind.clone(),
                exchange: instrument.exchange.clone(),
                unit: native.unit,
                price: price.map(|price| price.value),
                price_as_of: price.map(|price| price.as_of),
                covered_from: state.and_then(|state| state.covered_from),
                covered_to: state.and_then(|state| state.covered_to),
                last_close: state.and_then(|state| state.last_close),
                native_symbol: native.symbol,
            });
        }
        symbols.sort_by(|a, b| a.native_symbol.cmp(&b.native_symbol));
        symbols.dedup_by(|a, b| a.native_symbol == b.native_symbol);
        symbols
    }

    /// The connection, its stream and its name for each instrument that is read.
    pub fn assignments(&self) -> Vec<(&Instrument, ConnectionId, &'static str, Native)> {
        let last = |instrument| self.readers(instrument).last();
        self.wanted()
            .filter_map(|i| last(i).map(|(candidate, native)| (i, candidate.id, candidate.stream, native)))
            .collect()
    }
}

/// The instruments behind what connections hold, as far as their listings say what it is.
async fn held(store: &dyn Store, connections: &[Connection], listings: &[Listing]) -> Result<BTreeSet<String>> {
    let of: BTreeMap<_, _> = connections.iter().map(|connection| (connection.id, &connection.provider)).collect();
    let instrument = |listing: &Listing| listing.instrument_id.clone();
    let known: BTreeMap<_, _> = listings
        .iter()
        .filter_map(|listing| Some(((&listing.provider, &listing.native_symbol), instrument(listing)?)))
        .collect();
    let balances: Vec<Owned<Balance>> = store.records(|all| all).await?;
    let positions: Vec<Owned<Position>> = store.records(|all| all).await?;
    let balances = balances.iter().filter(|held| held.row.total != Decimal::ZERO);
    let balances = balances.map(|held| (held.connection, &held.row.asset));
    let held = balances.chain(positions.iter().map(|held| (held.connection, &held.row.symbol)));
    Ok(held.filter_map(|(connection, name)| known.get(&(*of.get(&connection)?, name)).cloned()).collect())
}

fn priority(connection: &Connection) -> i64 {
    connection.settings.get(PRIORITY).and_then(|text| text.parse().ok()).unwrap_or(PRIORITY_DEFAULT)
}

fn is_well(stream: &Stream) -> bool {
    stream.outcome != Some(Outcome::NeedsUser) && stream.failures < FAILURES_UNTIL_ERROR
}
