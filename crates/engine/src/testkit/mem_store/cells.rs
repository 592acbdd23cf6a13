//! Values that a table owns.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::model::{Batch, Decimal, Owner, Table, Value};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    Null,
    Text(String),
    Int(i64),
    Decimal(Decimal),
    Date(Date),
    Instant(Timestamp),
    Bool(bool),
}

/// The cells of a row, led by the owning connection where the table has one.
pub type Row = Vec<Cell>;

impl From<Value<'_>> for Cell {
    fn from(value: Value<'_>) -> Cell {
        match value {
            Value::Null => Cell::Null,
            Value::Text(text) => Cell::Text(text.into()),
            Value::Int(number) => Cell::Int(number),
            Value::Decimal(number) => Cell::Decimal(number),
            Value::Date(date) => Cell::Date(date),
            Value::Instant(at) => Cell::Instant(at),
            Value::Bool(yes) => Cell::Bool(yes),
        }
    }
}

impl Cell {
    pub fn value(&self) -> Value<'_> {
        match self {
            Cell::Null => Value::Null,
            Cell::Text(text) => Value::Text(text),
            Cell::Int(number) => Value::Int(*number),
            Cell::Decimal(number) => Value::Decimal(*number),
            Cell::Date(date) => Value::Date(*date),
            Cell::Instant(at) => Value::Instant(*at),
            Cell::Bool(yes) => Value::Bool(*yes),
        }
    }

    /// As people read it; `None` for null.
    pub fn text(&self) -> Option<String> {
        (*self != Cell::Null).then(|| self.value().to_string())
    }
}

/// Columns that the table stores in front of those it declares.
pub fn leading(table: &Table) -> usize {
    match table.owner {
        Owner::Connection => 1,
        Owner::Shared => 0,
    }
}

/// Where a stored row holds a column.
pub fn position(table: &Table, column: &str) -> Option<usize> {
    if leading(table) == 1 && column == "connection_id" {
        return Some(0);
    }
    table.column(column).map(|index| index + leading(table))
}

pub fn rows(batch: &Batch, connection: i64) -> impl Iterator<Item = Row> + '_ {
    let owner = (leading(batch.table) == 1).then_some(Cell::Int(connection));
    (0..batch.len()).map(move |row| {
        let own = (0..batch.table.columns.len()).map(|column| Cell::from(batch.value(row, column)));
        owner.clone().into_iter().chain(own).collect()
    })
}
