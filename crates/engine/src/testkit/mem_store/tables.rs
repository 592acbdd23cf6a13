//! Rows by table and key, and what pages and deltas do to them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value as Json;

use super::cells::{Cell, Row, leading, position, rows};
use crate::ledger::Delta;
use crate::limits::ROLL_UP_RUNS_MAX;
use crate::model::notification::Notification;
use crate::model::quota::QuotaRow;
use crate::model::run_day::RunDay;
use crate::model::sync::{Connection, ConnectionId, Gap, Run, RunEvent, RunId, Setting, Stream, SyncRequest};
use crate::model::{Batch, BatchBuilder, Merge, Record, Table, control_tables, market, record_tables};
use crate::provider::{Change, Page, Scope};
use crate::store::{Filter, Order, RowsOfRemoved, Select, StoreError};

pub struct Tables {
    by_name: BTreeMap<String, Rows>,
}

struct Rows {
    table: &'static Table,
    /// By the values of the key; by a number of arrival where there is none.
    rows: BTreeMap<Row, Row>,
    arrived: i64,
}

impl Default for Tables {
    fn default() -> Tables {
        let all = record_tables().into_iter().chain(control_tables());
        let by_name = all.map(|table| (table.full_name(), Rows { table, rows: BTreeMap::new(), arrived: 0 }));
        Tables { by_name: by_name.collect() }
    }
}

impl Tables {
    /// Writes the changes of a page that is known to be sound. Returns how many rows that took.
    pub fn apply(&mut self, page: &Page, connection: ConnectionId, now: Timestamp) -> i64 {
        page.changes
            .iter()
            .map(|change| match change {
                Change::Upsert(batch) => self.upsert(batch, connection, now),
                Change::Replace { scope, rows } => self.replace(scope, rows, connection),
            })
            .sum()
    }

    fn replace(&mut self, scope: &Scope, batch: &Batch, connection: ConnectionId) -> i64 {
        let own = self.of(batch.table);
        let (column, value) = (position(own.table, scope.column), Cell::Text(scope.value.clone()));
        let theirs = own.within(&[Filter::Is("connection_id", connection)]);
        let is_theirs = |row: &Row| leading(batch.table) == 0 || row[0] == Cell::Int(connection);
        let gone = theirs.filter(|(_, row)| is_theirs(row) && column.is_some_and(|column| row[column] == value));
        let gone: Vec<Row> = gone.map(|(key, _)| key.clone()).collect();
        gone.iter().for_each(|key| drop(own.rows.remove(key)));
        rows(batch, connection).for_each(|row| own.place(row));
        batch.len() as i64
    }

    fn upsert(&mut self, batch: &Batch, connection: ConnectionId, now: Timestamp) -> i64 {
        let own = self.of(batch.table);
        if batch.table.key.is_empty() {
            rows(batch, connection).for_each(|row| own.place(row));
            return batch.len() as i64;
        }
        // Of several rows with one key the best speaks, else the last; the others never were.
        let mut best: BTreeMap<Row, Row> = BTreeMap::new();
        for row in rows(batch, connection) {
            let key = own.key(&row);
            if best.get(&key).is_none_or(|other| standing(own.table, &row) >= standing(own.table, other)) {
                best.insert(key, row);
            }
        }
        let (mut written, mut corrections) = (0, Vec::new());
        for (key, row) in best {
            let before = own.rows.get(&key);
            let Some(row) = merged(own.table, before, row) else { continue };
            if let Some(before) = before
                && own.table.merge == Merge::OverwriteAndNote
            {
                corrections.extend(differences(own.table, connection, before, &row, now));
            }
            own.rows.insert(key, row);
            written += 1;
        }
        let log = self.of(&market::CORRECTIONS);
        corrections.into_iter().for_each(|row| log.place(row));
        written
    }

    /// Writes what the ledger hands out.
    pub fn write(&mut self, delta: Delta) {
        for (id, rows) in &delta.removed {
            let is_theirs = |table: &&Table| position(table, "connection_id").is_some();
            let owned = record_tables().into_iter().filter(is_theirs);
            let owned = owned.filter(|_| *rows == RowsOfRemoved::Delete);
            for table in owned.chain([Stream::TABLE, Gap::TABLE]) {
                let column = position(table, "connection_id").expect("a table about connections");
                self.of(table).rows.retain(|_, row| row[column] != Cell::Int(*id));
            }
        }
        self.put::<Connection>(delta.connections.values());
        self.put::<Stream>(delta.streams.values());
        self.put::<Run>(delta.runs.values().map(|row| &row.run));
        self.put::<RunEvent>(&delta.events);
        self.put::<SyncRequest>(&delta.requests);
        self.put::<Setting>(delta.settings.values());
        self.put::<QuotaRow>(delta.quotas.values());
        self.put::<Notification>(delta.notifications.values());
        for ((connection, stream, item), gap) in &delta.gaps {
            if gap.is_none() {
                let key = vec![Cell::Int(*connection), Cell::Text(stream.clone()), Cell::Text(item.clone())];
                self.of(Gap::TABLE).rows.remove(&key);
            }
        }
        self.put::<Gap>(delta.gaps.values().flatten());
    }

    fn put<'a, R: Record + 'a>(&mut self, records: impl IntoIterator<Item = &'a R>) {
        let mut records = records.into_iter().peekable();
        if records.peek().is_some() {
            let own = self.of(R::TABLE);
            rows(&Batch::of::<R>(records), 0).for_each(|row| own.place(row));
        }
    }

    /// Sums up runs that ended before a time, and forgets them.
    pub fn roll_up(&mut self, before: Timestamp) -> usize {
        let runs: Vec<Run> = self.records();
        let last: BTreeMap<ConnectionId, RunId> = runs.iter().map(|run| (run.connection_id, run.id)).collect();
        let is_old = |run: &&Run| run.finished_at.is_some_and(|at| at < before) && last[&run.connection_id] != run.id;
        let old: Vec<Run> = runs.iter().filter(is_old).take(ROLL_UP_RUNS_MAX).cloned().collect();
        let days = RunDay::sum(self.records(), &old);
        self.put(&days);
        let ids: BTreeSet<Cell> = old.iter().map(|run| Cell::Int(run.id)).collect();
        for (table, column) in [(Run::TABLE, "id"), (RunEvent::TABLE, "run_id")] {
            let column = position(table, column).expect("a number of runs");
            self.of(table).rows.retain(|_, row| !ids.contains(&row[column]));
        }
        let last = self.last_number(SyncRequest::TABLE);
        let asked: Vec<SyncRequest> = self.records();
        for request in asked.iter().filter(|request| request.at < before && request.id < last) {
            self.of(SyncRequest::TABLE).rows.remove(&vec![Cell::Int(request.id)]);
        }
        old.len()
    }

    pub fn records<R: Record>(&self) -> Vec<R> {
        let rows = self.read(&Select::all(R::TABLE)).expect("a table that every store has");
        rows.records().expect("rows as they were written")
    }

    pub fn read(&self, select: &Select) -> Result<Batch, StoreError> {
        let table = select.table;
        let unknown = |what: &str| StoreError::Failed(format!("there is no {what} in {}", table.full_name()));
        let own = self.by_name.get(&table.full_name()).ok_or_else(|| unknown("row"))?;
        let column = |name: &str| position(table, name).ok_or_else(|| unknown(name));
        let mut found: Vec<&Row> = own.within(&select.filters).map(|(_, row)| row).collect();
        for filter in &select.filters {
            match filter {
                Filter::Is(name, number) => {
                    let at = column(name)?;
                    found.retain(|row| row[at] == Cell::Int(*number));
                }
                Filter::IsText(name, text) => {
                    let at = column(name)?;
                    found.retain(|row| matches!(&row[at], Cell::Text(held) if held == text));
                }
                Filter::In(name, numbers) => {
                    let at = column(name)?;
                    found.retain(|row| matches!(row[at], Cell::Int(held) if numbers.contains(&held)));
                }
                Filter::After(name, number) => {
                    let at = column(name)?;
                    found.retain(|row| matches!(row[at], Cell::Int(held) if held > *number));
                }
                Filter::Before(name, number) => {
                    let at = column(name)?;
                    found.retain(|row| matches!(row[at], Cell::Int(held) if held < *number));
                }
                Filter::Between(name, from, to) => {
                    let at = column(name)?;
                    found.retain(|row| matches!(row[at], Cell::Date(held) if (*from..=*to).contains(&held)));
                }
            }
        }
        match select.order {
            Some(Order::Ascending(name)) => {
                let at = column(name)?;
                found.sort_by(|a, b| a[at].cmp(&b[at]));
            }
            Some(Order::Descending(name)) => {
                let at = column(name)?;
                found.sort_by(|a, b| b[at].cmp(&a[at]));
            }
            None => {}
        }
        let mut answer = BatchBuilder::new(table);
        for row in found.into_iter().take(select.max_rows.unwrap_or(usize::MAX)) {
            let values: Vec<_> = row[leading(table)..].iter().map(Cell::value).collect();
            answer.push_values(&values);
        }
        Ok(answer.finish())
    }

    /// The last number of a table whose key is one; 0 where it is empty.
    pub fn last_number(&self, table: &Table) -> i64 {
        let last = self.by_name.get(&table.full_name()).and_then(|own| own.rows.last_key_value());
        last.map_or(0, |(key, _)| if let [Cell::Int(number)] = key[..] { number } else { 0 })
    }

    /// Runs that nobody has ended.
    pub fn open_runs(&self) -> Vec<Run> {
        let Some(own) = self.by_name.get(&Run::TABLE.full_name()) else { return Vec::new() };
        let finished = position(Run::TABLE, "finished_at").expect("a column of runs");
        let mut open = BatchBuilder::new(Run::TABLE);
        for row in own.rows.values().filter(|row| row[finished] == Cell::Null) {
            open.push_values(&row.iter().map(Cell::value).collect::<Vec<_>>());
        }
        open.finish().records().expect("rows as they were written")
    }

    fn of(&mut self, table: &Table) -> &mut Rows {
        self.by_name.get_mut(&table.full_name()).expect("a table that every store has")
    }
}

impl Rows {
    /// The rows that a filter on the first column of the key leaves, with their keys, found without looking at the others.
    fn within(&self, filters: &[Filter]) -> impl Iterator<Item = (&Row, &Row)> + use<'_> {
        let first = match self.table.key {
            [] => None,
            _ if leading(self.table) == 1 => Some(&"connection_id"),
            [first, ..] => Some(first),
        };
        let bounds = filters.iter().find_map(|filter| match filter {
            Filter::Is(name, number) if Some(name) == first => Some((*number, number.checked_add(1)?)),
            Filter::After(name, number) if Some(name) == first => Some((number.checked_add(1)?, i64::MAX)),
            _ => None,
        });
        let bound = |number: i64| vec![Cell::Int(number)];
        match bounds {
            Some((from, to)) => self.rows.range(bound(from)..bound(to)),
            None => self.rows.range(Vec::new()..),
        }
    }

    fn key(&self, row: &Row) -> Row {
        let own = self.table.key.iter().map(|name| position(self.table, name).expect("the key is made of columns"));
        (0..leading(self.table)).chain(own).map(|column| row[column].clone()).collect()
    }

    /// Puts a row in place of the one with its key; adds it where the table has no key.
    fn place(&mut self, row: Row) {
        self.arrived += 1;
        let key = if self.table.key.is_empty() { vec![Cell::Int(self.arrived)] } else { self.key(&row) };
        self.rows.insert(key, row);
    }
}

/// What decides between two new rows with one key before their order does.
fn standing(table: &Table, row: &Row) -> Cell {
    let cell = |column| row[position(table, column).expect("a merge names a column")].clone();
    match table.merge {
        Merge::Overwrite | Merge::OverwriteAndNote => Cell::Null,
        Merge::Newest(column) => cell(column),
        Merge::Settle(settle) => Cell::Bool(cell(settle.column) == Cell::Text(settle.settled.into())),
    }
}

/// The row to be stored, if it is to take the place of the one before.
fn merged(table: &Table, before: Option<&Row>, mut row: Row) -> Option<Row> {
    let Some(before) = before else { return Some(row) };
    if before == &row {
        return None;
    }
    match table.merge {
        Merge::Overwrite | Merge::OverwriteAndNote => Some(row),
        Merge::Newest(_) => (standing(table, &row) >= standing(table, before)).then_some(row),
        Merge::Settle(settle) => {
            let at = position(table, settle.column).expect("a merge names a column");
            let word = |word: &str| Cell::Text(word.into());
            if before[at] == word(settle.open) {
                return Some(row);
            }
            let remarks: Vec<_> = settle.remarks.iter().filter_map(|name| position(table, name)).collect();
            let differs = (0..row.len()).any(|column| !remarks.contains(&column) && before[column] != row[column]);
            if row[at] != word(settle.settled) || !differs {
                return None;
            }
            row[at] = word(settle.revised);
            Some(row)
        }
    }
}

/// A row of `market.corrections` for every column that differs.
fn differences(table: &Table, connection: ConnectionId, before: &Row, after: &Row, now: Timestamp) -> Vec<Row> {
    let key = table.key.iter().map(|name| {
        let cell = &after[position(table, name).expect("the key is made of columns")];
        (name.to_string(), cell.text().map_or(Json::Null, Json::String))
    });
    let key = Json::Object(key.collect()).to_string();
    let optional = |cell: &Cell| cell.text().map_or(Cell::Null, Cell::Text);
    let changed = (leading(table)..after.len()).filter(|column| before[*column] != after[*column]);
    changed
        .map(|column| {
            vec![
                Cell::Int(connection),
                Cell::Text(table.full_name()),
                Cell::Text(key.clone()),
                Cell::Text(table.columns[column - leading(table)].name.into()),
                optional(&before[column]),
                optional(&after[column]),
                Cell::Instant(now),
            ]
        })
        .collect()
}
