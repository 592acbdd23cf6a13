//! What a group of pages asks of each table: both databases write it set-wise, one statement a table.

use std::collections::{BTreeMap, BTreeSet};

use foliosync_engine::model::sync::ConnectionId;
use foliosync_engine::model::{Batch, Table};
use foliosync_engine::provider::{Change, Page, Scope};
use foliosync_engine::store::StoreError;

/// A page of a connection. A group holds at most one page of a connection, so its scopes are its own.
pub struct OwnedPage<'a> {
    pub connection: ConnectionId,
    pub page: &'a Page,
}

/// Rows with the place of their page in the group, and its connection.
pub type Rows<'a> = (usize, ConnectionId, &'a Batch);

#[derive(Default)]
pub struct Work<'a> {
    pub scopes: Vec<(ConnectionId, &'a Scope)>,
    /// Rows that are simply placed: those of a replaced scope, and those of tables without a key.
    pub placed: Vec<Rows<'a>>,
    /// Rows that merge with what is there.
    pub merged: Vec<Rows<'a>>,
}

/// The work by table, in the order of their names.
pub fn by_table<'a>(pages: &[OwnedPage<'a>]) -> Result<Vec<(&'static Table, Work<'a>)>, StoreError> {
    let mut tables: BTreeMap<String, (&'static Table, Work<'a>)> = BTreeMap::new();
    for (nth, owned) in pages.iter().enumerate() {
        check(owned.page)?;
        for change in &owned.page.changes {
            let rows = change.rows();
            let (_, work) = tables.entry(rows.table.full_name()).or_insert_with(|| (rows.table, Work::default()));
            let numbered = (nth, owned.connection, rows);
            match change {
                Change::Replace { scope, .. } => {
                    work.scopes.push((owned.connection, scope));
                    work.placed.push(numbered);
                }
                // A table without a key has nothing to merge with.
                Change::Upsert(_) if rows.table.key.is_empty() => work.placed.push(numbered),
                Change::Upsert(_) => work.merged.push(numbered),
            }
        }
    }
    for (_, work) in tables.values_mut() {
        work.placed.retain(|(.., rows)| !rows.is_empty());
    }
    Ok(tables.into_values().collect())
}

/// Refuses pages whose changes have an order that set-wise writing would lose.
fn check(page: &Page) -> Result<(), StoreError> {
    let mut scopes = BTreeSet::new();
    let mut kinds: BTreeMap<String, bool> = BTreeMap::new();
    for change in &page.changes {
        let table = change.rows().table.full_name();
        let replaces = matches!(change, Change::Replace { .. });
        if *kinds.entry(table.clone()).or_insert(replaces) != replaces {
            return Err(StoreError::Failed(format!("a page both replaces and merges rows of {table}")));
        }
        if let Change::Replace { scope, .. } = change
            && !scopes.insert((table.clone(), scope.column, &scope.value))
        {
            let Scope { column, value } = scope;
            return Err(StoreError::Failed(format!("a page replaces {column} `{value}` of {table} twice")));
        }
    }
    Ok(())
}
