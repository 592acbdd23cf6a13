//! What every page must be like, whoever made it: the memory store refuses any other, and so must a provider's tests.

use std::collections::{BTreeMap, BTreeSet};

use crate::limits::PAGE_ROWS_MAX;
use crate::model::{Batch, record_tables};
use crate::provider::{Change, Page, Scope};

/// Says what is wrong with a page, for whoever wrote its provider.
pub fn check(page: &Page) -> Result<(), String> {
    let known: BTreeSet<String> = record_tables().iter().map(|table| table.full_name()).collect();
    let (mut scopes, mut replaces) = (BTreeSet::new(), BTreeMap::new());
    for change in &page.changes {
        let table = change.rows().table.full_name();
        if !known.contains(&table) {
            return Err(format!("there is no table {table} for providers to fill"));
        }
        let is_replace = matches!(change, Change::Replace { .. });
        if *replaces.entry(table.clone()).or_insert(is_replace) != is_replace {
            return Err(format!("a page both replaces and merges rows of {table}"));
        }
        if let Change::Replace { scope, rows } = change {
            if !scopes.insert((table.clone(), scope.column, scope.value.clone())) {
                return Err(format!("a page replaces {} `{}` of {table} twice", scope.column, scope.value));
            }
            check_scope(scope, rows)?;
        }
    }
    let rows: usize = page.changes.iter().map(|change| change.rows().len()).sum();
    if rows > PAGE_ROWS_MAX && page.items.len() > 1 {
        return Err(format!("a page of {} items has {rows} rows, more than {PAGE_ROWS_MAX}", page.items.len()));
    }
    Ok(())
}

/// The rows of a replace lie in its scope, and no two have one key.
fn check_scope(scope: &Scope, rows: &Batch) -> Result<(), String> {
    let (table, name) = (rows.table, rows.table.full_name());
    if !table.key.contains(&scope.column) {
        return Err(format!("{} is no part of the key of {name}, so it is no scope", scope.column));
    }
    let columns: Vec<_> = table.key.iter().filter_map(|column| table.column(column)).collect();
    let column = table.column(scope.column).unwrap_or_default();
    let mut keys = BTreeSet::new();
    for row in 0..rows.len() {
        let held = rows.value(row, column);
        if held != scope.value.as_str().into() {
            return Err(format!("a row of {name} has {} `{held}`, but replaces `{}`", scope.column, scope.value));
        }
        let key: Vec<_> = columns.iter().map(|column| rows.value(row, *column)).collect();
        if !keys.insert(key.clone()) {
            return Err(format!("two rows that replace `{}` of {name} have the key {key:?}", scope.value));
        }
    }
    Ok(())
}
