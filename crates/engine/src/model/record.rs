//! Tables and the rows that fill them. A record type states its table once; stores derive DDL, merges and reads from it.

use std::fmt;
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use jiff::Timestamp;
use jiff::civil::Date;

use super::Decimal;

/// A table of the database: what it holds, its columns in order, and what makes two rows the same row.
#[derive(Debug)]
pub struct Table {
    pub schema: &'static str,
    pub name: &'static str,
    /// One sentence for people and models who query it.
    pub doc: &'static str,
    pub owner: Owner,
    pub columns: &'static [Column],
    /// Columns that identify a row (after the connection, where it owns the table). Empty: rows are only ever added.
    pub key: &'static [&'static str],
    pub merge: Merge,
}

/// Whether rows belong to the connection that brought them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// Stores put a leading `connection_id BIGINT` before the declared columns and the key; providers never see it.
    Connection,
    Shared,
}

/// What an upsert does to a row that is already there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// The new row takes its place; an equal one is left alone and counted as unchanged.
    Overwrite,
    /// As `Overwrite`, and every value that differs is noted in `market.corrections`.
    OverwriteAndNote,
    /// As `Overwrite`, unless the row that is there is newer by this column (an instant).
    Newest(&'static str),
    /// What is provisional gives way to what is settled, whichever comes first.
    Settle(&'static Settle),
}

/// A status column that says how final a row is: its standing decides which of two rows stays, not their arrival.
///
/// New rows are `open` or `settled`. An open one never takes the place of a settled one. A settled one that differs from
/// a settled one takes its place as `revised`; one that does not differ leaves it alone.
#[derive(Debug, PartialEq, Eq)]
pub struct Settle {
    pub column: &'static str,
    pub open: &'static str,
    pub settled: &'static str,
    pub revised: &'static str,
    /// Columns in which rows may differ and yet say the same.
    pub remarks: &'static [&'static str],
}

#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
    pub required: bool,
    pub doc: &'static str,
}

impl Column {
    pub const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Column {
        Column { name, kind, required: true, doc }
    }

    pub const fn optional(name: &'static str, kind: Kind, doc: &'static str) -> Column {
        Column { name, kind, required: false, doc }
    }
}

/// What a column holds, the same in every store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Int,
    Decimal,
    /// A calendar date as the source wrote it.
    Date,
    /// A UTC instant, to the microsecond.
    Instant,
    Bool,
    /// A JSON text.
    Json,
}

impl Kind {
    pub fn arrow(self) -> DataType {
        match self {
            Kind::Text | Kind::Json => DataType::Utf8,
            Kind::Int => DataType::Int64,
            Kind::Decimal => DataType::Decimal128(Decimal::PRECISION, Decimal::SCALE as i8),
            Kind::Date => DataType::Date32,
            Kind::Instant => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Kind::Bool => DataType::Boolean,
        }
    }
}

impl Table {
    /// `schema.name`, for messages and maps.
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }

    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    fn arrow_schema(&self) -> SchemaRef {
        let fields = self.columns.iter().map(|c| Field::new(c.name, c.kind.arrow(), !c.required));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }
}

/// One value of a row, borrowed from whoever writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value<'a> {
    Null,
    Text(&'a str),
    Int(i64),
    Decimal(Decimal),
    Date(Date),
    Instant(Timestamp),
    Bool(bool),
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Text(text) => f.write_str(text),
            Value::Int(number) => number.fmt(f),
            Value::Decimal(number) => number.fmt(f),
            Value::Date(date) => date.fmt(f),
            Value::Instant(at) => at.fmt(f),
            Value::Bool(yes) => yes.fmt(f),
        }
    }
}

macro_rules! value_from {
    ($($type:ty => $variant:ident),*) => {$(
        impl From<$type> for Value<'_> {
            fn from(value: $type) -> Self {
                Value::$variant(value.into())
            }
        }
    )*};
}

value_from!(i64 => Int, Decimal => Decimal, Date => Date, Timestamp => Instant, bool => Bool);

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Value::Text(text)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// A type whose values are rows of one table.
pub trait Record: Sized {
    const TABLE: &'static Table;

    /// Writes the columns of `TABLE`, each once and in order.
    fn write(&self, row: &mut RowWriter<'_>);

    /// Reads a row back, as `write` wrote it.
    fn read(row: &RowReader<'_>) -> Result<Self, RowError>;
}

/// A row with the connection that owns it: the way to read the rows of all connections at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owned<R> {
    pub connection: i64,
    pub row: R,
}

/// More than any table has, the owner included.
const COLUMNS_MAX: usize = 64;

impl<R: Record> Owned<R> {
    const COLUMNS: &'static [Column; COLUMNS_MAX] = &led(R::TABLE.columns);
}

/// The columns behind that of the owner; what is left over repeats it.
const fn led(own: &[Column]) -> [Column; COLUMNS_MAX] {
    let mut all = [Column::required("connection_id", Kind::Int, "Its connection"); COLUMNS_MAX];
    let mut at = 0;
    while at < own.len() {
        all[at + 1] = own[at];
        at += 1;
    }
    all
}

impl<R: Record> Record for Owned<R> {
    /// The same table, as one that declares the column which stores put in front.
    const TABLE: &'static Table = &Table {
        schema: R::TABLE.schema,
        name: R::TABLE.name,
        doc: R::TABLE.doc,
        owner: Owner::Shared,
        columns: Self::COLUMNS.split_at(R::TABLE.columns.len() + 1).0,
        key: R::TABLE.key,
        merge: R::TABLE.merge,
    };

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(self.connection);
        self.row.write(row);
    }

    fn read(row: &RowReader<'_>) -> Result<Owned<R>, RowError> {
        Ok(Owned { connection: row.need("connection_id", RowReader::int)?, row: R::read(row)? })
    }
}

/// A stored row that does not fit its record type: a damaged or foreign database.
#[derive(Debug, thiserror::Error)]
#[error("{table}.{column}: {problem}")]
pub struct RowError {
    pub table: String,
    pub column: String,
    pub problem: String,
}

/// Rows of one table in columns, ready for a store.
#[derive(Debug, Clone)]
pub struct Batch {
    pub table: &'static Table,
    /// The columns of `table` in order, without the connection that owns it.
    pub rows: RecordBatch,
}

impl Batch {
    pub fn of<'a, R: Record + 'a>(records: impl IntoIterator<Item = &'a R>) -> Batch {
        let mut builder = BatchBuilder::new(R::TABLE);
        records.into_iter().for_each(|record| builder.push(record));
        builder.finish()
    }

    pub fn empty(table: &'static Table) -> Batch {
        BatchBuilder::new(table).finish()
    }

    pub fn len(&self) -> usize {
        self.rows.num_rows()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn value(&self, row: usize, column: usize) -> Value<'_> {
        value_at(self.rows.column(column), self.table.columns[column].kind, row)
    }

    pub fn records<R: Record>(&self) -> Result<Vec<R>, RowError> {
        assert_eq!(R::TABLE.full_name(), self.table.full_name(), "records are read as the type of their table");
        (0..self.len()).map(|row| R::read(&RowReader { batch: self, row })).collect()
    }
}

fn value_at(array: &ArrayRef, kind: Kind, row: usize) -> Value<'_> {
    if array.is_null(row) {
        return Value::Null;
    }
    match kind {
        Kind::Text | Kind::Json => Value::Text(array.as_string::<i32>().value(row)),
        Kind::Int => Value::Int(array.as_primitive::<Int64Type>().value(row)),
        Kind::Bool => Value::Bool(array.as_boolean().value(row)),
        Kind::Decimal => {
            Decimal::from_units(array.as_primitive::<Decimal128Type>().value(row)).map_or(Value::Null, Value::Decimal)
        }
        Kind::Date => date_from_days(array.as_primitive::<Date32Type>().value(row)).map_or(Value::Null, Value::Date),
        Kind::Instant => Timestamp::from_microsecond(array.as_primitive::<TimestampMicrosecondType>().value(row))
            .map_or(Value::Null, Value::Instant),
    }
}

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

fn days_from_date(date: Date) -> i32 {
    date.duration_since(EPOCH).as_hours() as i32 / 24
}

fn date_from_days(days: i32) -> Option<Date> {
    EPOCH.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

/// Collects rows of one table into columns.
pub struct BatchBuilder {
    table: &'static Table,
    columns: Vec<ColumnBuilder>,
}

enum ColumnBuilder {
    Text(StringBuilder),
    Int(Int64Builder),
    Decimal(Decimal128Builder),
    Date(Date32Builder),
    Instant(TimestampMicrosecondBuilder),
    Bool(BooleanBuilder),
}

impl BatchBuilder {
    pub fn new(table: &'static Table) -> BatchBuilder {
        let columns = table.columns.iter().map(|column| match column.kind {
            Kind::Text | Kind::Json => ColumnBuilder::Text(StringBuilder::new()),
            Kind::Int => ColumnBuilder::Int(Int64Builder::new()),
            Kind::Decimal => ColumnBuilder::Decimal(Decimal128Builder::new().with_data_type(Kind::Decimal.arrow())),
            Kind::Date => ColumnBuilder::Date(Date32Builder::new()),
            Kind::Instant => {
                ColumnBuilder::Instant(TimestampMicrosecondBuilder::new().with_data_type(Kind::Instant.arrow()))
            }
            Kind::Bool => ColumnBuilder::Bool(BooleanBuilder::new()),
        });
        BatchBuilder { table, columns: columns.collect() }
    }

    pub fn push<R: Record>(&mut self, record: &R) {
        debug_assert!(std::ptr::eq(R::TABLE, self.table) || R::TABLE.full_name() == self.table.full_name());
        let mut row = RowWriter { builder: self, next: 0 };
        record.write(&mut row);
        let written = row.next;
        assert_eq!(written, self.columns.len(), "{} writes every column once", self.table.full_name());
    }

    /// Adds a row of values in the order of the table's columns.
    pub fn push_values(&mut self, values: &[Value<'_>]) {
        assert_eq!(values.len(), self.columns.len(), "{} takes one value a column", self.table.full_name());
        values.iter().enumerate().for_each(|(column, value)| self.set(column, *value));
    }

    /// Panics where a value is of another kind than its column or a required one is missing: a mistake in a record
    /// type, which any test that writes a row finds.
    fn set(&mut self, column: usize, value: Value<'_>) {
        let declared = &self.table.columns[column];
        assert!(
            !(declared.required && value == Value::Null),
            "{}.{} must have a value",
            self.table.full_name(),
            declared.name
        );
        match (&mut self.columns[column], value) {
            (ColumnBuilder::Text(b), Value::Text(text)) => b.append_value(text),
            (ColumnBuilder::Text(b), Value::Null) => b.append_null(),
            (ColumnBuilder::Int(b), Value::Int(number)) => b.append_value(number),
            (ColumnBuilder::Int(b), Value::Null) => b.append_null(),
            (ColumnBuilder::Decimal(b), Value::Decimal(number)) => b.append_value(number.units()),
            (ColumnBuilder::Decimal(b), Value::Null) => b.append_null(),
            (ColumnBuilder::Date(b), Value::Date(date)) => b.append_value(days_from_date(date)),
            (ColumnBuilder::Date(b), Value::Null) => b.append_null(),
            (ColumnBuilder::Instant(b), Value::Instant(at)) => b.append_value(at.as_microsecond()),
            (ColumnBuilder::Instant(b), Value::Null) => b.append_null(),
            (ColumnBuilder::Bool(b), Value::Bool(yes)) => b.append_value(yes),
            (ColumnBuilder::Bool(b), Value::Null) => b.append_null(),
            (_, other) => panic!("{}.{} cannot hold {other:?}", self.table.full_name(), declared.name),
        }
    }

    pub fn finish(mut self) -> Batch {
        let arrays = self.columns.iter_mut().map(|column| -> ArrayRef {
            match column {
                ColumnBuilder::Text(b) => Arc::new(b.finish()),
                ColumnBuilder::Int(b) => Arc::new(b.finish()),
                ColumnBuilder::Decimal(b) => Arc::new(b.finish()),
                ColumnBuilder::Date(b) => Arc::new(b.finish()),
                ColumnBuilder::Instant(b) => Arc::new(b.finish()),
                ColumnBuilder::Bool(b) => Arc::new(b.finish()),
            }
        });
        let rows = RecordBatch::try_new(self.table.arrow_schema(), arrays.collect())
            .expect("the builders follow the schema of the table");
        Batch { table: self.table, rows }
    }
}

/// Takes the values of one row, in the order of the table's columns.
pub struct RowWriter<'b> {
    builder: &'b mut BatchBuilder,
    next: usize,
}

impl RowWriter<'_> {
    pub fn put<'a>(&mut self, value: impl Into<Value<'a>>) -> &mut Self {
        self.builder.set(self.next, value.into());
        self.next += 1;
        self
    }
}

/// Gives the values of one row by column name.
pub struct RowReader<'a> {
    batch: &'a Batch,
    row: usize,
}

macro_rules! readers {
    ($($name:ident -> $type:ty: $variant:ident;)*) => {$(
        pub fn $name(&self, column: &str) -> Result<Option<$type>, RowError> {
            match self.value(column)? {
                Value::Null => Ok(None),
                Value::$variant(value) => Ok(Some(value.into())),
                other => Err(self.error(column, &format!("holds {other:?}"))),
            }
        }
    )*};
}

impl<'a> RowReader<'a> {
    pub fn value(&self, column: &str) -> Result<Value<'a>, RowError> {
        let index = self.batch.table.column(column).ok_or_else(|| self.error(column, "is not a column"))?;
        Ok(self.batch.value(self.row, index))
    }

    readers! {
        text -> String: Text;
        int -> i64: Int;
        decimal -> Decimal: Decimal;
        date -> Date: Date;
        instant -> Timestamp: Instant;
        bool -> bool: Bool;
    }

    /// Turns a missing value of a required column into an error.
    pub fn need<T>(
        &self,
        column: &str,
        read: impl Fn(&Self, &str) -> Result<Option<T>, RowError>,
    ) -> Result<T, RowError> {
        read(self, column)?.ok_or_else(|| self.error(column, "has no value"))
    }

    /// Parses a text column into the type it was written from.
    pub fn parse<T: serde::de::DeserializeOwned>(&self, column: &str) -> Result<Option<T>, RowError> {
        let Some(text) = self.text(column)? else { return Ok(None) };
        serde_json::from_str(&text).map(Some).map_err(|e| self.error(column, &e.to_string()))
    }

    pub fn error(&self, column: &str, problem: &str) -> RowError {
        RowError { table: self.batch.table.full_name(), column: column.into(), problem: problem.into() }
    }
}
