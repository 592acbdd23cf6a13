//! What follows from a page, and is written in its commit: the round trips of fills that are new or changed, and which of
//! the things that it describes are new.
//!
//! Only the run that holds a connection's lease changes its rows, so what is read here still holds when the page lands.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::fills;
use crate::model::accounts::{FILL_ROWS, Fill, RoundTrip, Source};
use crate::model::instrument::{INSTRUMENTS, Instrument, LISTINGS, Listing};
use crate::model::sync::{Connection, ConnectionId, SyncOptions, Trigger};
use crate::model::{Batch, Record, RowError, Table};
use crate::provider::{Change, Page, Provider, Scope, Work, is_on};
use crate::round_trips;
use crate::store::{Filter, Select, Store, StoreError, SyncAsk};

/// Up to this many symbols are read one by one; beyond, all of the connection's fills are read at once.
const SYMBOLS_READ_MAX: usize = 16;

/// Adds to a page what follows from it. Returns whether it describes things that were not known.
pub async fn complete(store: &dyn Store, connection: ConnectionId, page: &mut Page) -> Result<bool, StoreError> {
    if touches(page, &INSTRUMENTS) {
        keep_what_is_known(store, page).await?;
    }
    if touches(page, &FILL_ROWS) {
        let trips = trips_of(store, connection, page).await?;
        page.changes.extend(trips);
    }
    Ok(touches(page, &INSTRUMENTS))
}

/// Streams of prices read what was just described soon, not when their time comes. Where that fails, their time comes.
pub async fn price_soon(store: &dyn Store, providers: &[Arc<dyn Provider>], now: Timestamp) {
    let asked = async {
        let connections: Vec<Connection> = store.records(|all| all).await?;
        for connection in connections.into_iter().filter(|c| c.removed_at.is_none() && c.sync_enabled) {
            let Some(provider) = providers.iter().find(|p| p.spec().id == connection.provider) else { continue };
            let priced = provider.spec().streams.iter().filter(|s| matches!(s.work, Some(Work::Symbols(_))));
            let priced = priced.filter(|stream| is_on(&connection.settings, stream.name));
            let streams: Vec<String> = priced.map(|stream| stream.name.to_string()).collect();
            if !streams.is_empty() {
                let (connections, options) = (vec![connection.id], SyncOptions::default());
                store.request(SyncAsk { connections, streams, options, trigger: Trigger::Schedule, now }).await?;
            }
        }
        Ok::<(), StoreError>(())
    };
    if let Err(error) = asked.await {
        tracing::warn!(%error, "what is held now is priced when its time comes");
    }
}

fn is(rows: &Batch, table: &Table) -> bool {
    (rows.table.schema, rows.table.name) == (table.schema, table.name)
}

fn touches(page: &Page, table: &Table) -> bool {
    page.changes.iter().any(|change| is(change.rows(), table) && !change.rows().is_empty())
}

/// A provider adds instruments. Those that are there already are the user's to change, and so is what kind of share one
/// is: the provider's names for it lead to the one that is there.
async fn keep_what_is_known(store: &dyn Store, page: &mut Page) -> Result<(), StoreError> {
    let known: Vec<Instrument> = store.records(|all| all).await?;
    let ids: BTreeSet<&str> = known.iter().map(|instrument| instrument.id.as_str()).collect();
    let mut there: BTreeMap<String, String> = BTreeMap::new();
    for rows in upserts(page, &INSTRUMENTS) {
        let mut new: Vec<Instrument> = rows.records()?;
        new.retain(|instrument| !ids.contains(instrument.id.as_str()));
        for instrument in &new {
            if let Some(share) = known.iter().find(|known| known.is_share_of(instrument)) {
                there.insert(instrument.id.clone(), share.id.clone());
            }
        }
        new.retain(|instrument| !there.contains_key(&instrument.id));
        *rows = Batch::of(&new);
    }
    if !there.is_empty() {
        for rows in upserts(page, &LISTINGS) {
            let mut listings: Vec<Listing> = rows.records()?;
            for id in listings.iter_mut().filter_map(|listing| listing.instrument_id.as_mut()) {
                if let Some(share) = there.get(id) {
                    id.clone_from(share);
                }
            }
            *rows = Batch::of(&listings);
        }
    }
    page.changes.retain(|change| matches!(change, Change::Replace { .. }) || !change.rows().is_empty());
    Ok(())
}

fn upserts<'a>(page: &'a mut Page, table: &'static Table) -> impl Iterator<Item = &'a mut Batch> {
    page.changes.iter_mut().filter_map(move |change| match change {
        Change::Upsert(rows) if is(rows, table) => Some(rows),
        _ => None,
    })
}

type Key = (String, Source, String);

fn key(fill: &Fill) -> Key {
    (fill.account.clone(), fill.source, fill.native_id.clone())
}

/// The round trips of every symbol of which the page changes a fill, made anew from all its fills.
async fn trips_of(store: &dyn Store, connection: ConnectionId, page: &Page) -> Result<Vec<Change>, StoreError> {
    let mut coming: BTreeMap<Key, Fill> = BTreeMap::new();
    for change in page.changes.iter().filter(|change| is(change.rows(), &FILL_ROWS)) {
        let Change::Upsert(rows) = change else {
            return Err(StoreError::Failed("a page replaces fills, which may only be added or corrected".into()));
        };
        coming.extend(rows.records()?.into_iter().map(|fill: Fill| (key(&fill), fill)));
    }
    let symbols: BTreeSet<&str> = coming.values().map(|fill| fill.symbol.as_str()).collect();
    let mut rows = stored(store, connection, &symbols).await?;
    let changed: BTreeSet<String> = coming
        .iter()
        .filter(|(key, fill)| rows.get(*key) != Some(*fill))
        .map(|(_, fill)| fill.symbol.clone())
        .collect();
    rows.extend(coming);
    let mut of_symbol: BTreeMap<String, Vec<Fill>> = BTreeMap::new();
    for fill in rows.into_values().filter(|fill| changed.contains(&fill.symbol)) {
        of_symbol.entry(fill.symbol.clone()).or_default().push(fill);
    }
    let replace = |(symbol, rows): (String, Vec<Fill>)| {
        let trips: Vec<RoundTrip> = round_trips::of(&fills::paired(rows));
        Change::Replace { scope: Scope { column: "symbol", value: symbol }, rows: Batch::of(&trips) }
    };
    Ok(of_symbol.into_iter().map(replace).collect())
}

async fn stored(
    store: &dyn Store,
    connection: ConnectionId,
    symbols: &BTreeSet<&str>,
) -> Result<BTreeMap<Key, Fill>, StoreError> {
    let own = Select::of(Fill::TABLE, connection);
    let mut batches = Vec::new();
    if symbols.len() > SYMBOLS_READ_MAX {
        batches.push(store.read(own).await?);
    } else {
        for symbol in symbols {
            batches.push(store.read(own.clone().with(Filter::IsText("symbol", symbol.to_string()))).await?);
        }
    }
    let mut rows = BTreeMap::new();
    for batch in batches {
        let fills: Result<Vec<Fill>, RowError> = batch.records();
        rows.extend(fills?.into_iter().map(|fill| (key(&fill), fill)));
    }
    Ok(rows)
}
