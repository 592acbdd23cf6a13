//! Which column of a file fills which column of a table, and the reading of one row by that.

use std::borrow::Cow;

use foliosync_engine::model::{Decimal, Table, Value};
use jiff::civil::Date;

use super::header::Header;
use super::moment::{date_time, time_of_day};
use super::number::{decimal, integer};
use super::rows::Row;
use super::{Refusal, shown};

/// A column of a table, and what may fill it.
pub struct Bind {
    pub column: &'static str,
    pub read: Read,
    /// The file must have it, and every row a value in it.
    pub required: bool,
    /// Names in lower case, the best first. Where a file has two of them, the other stays in `extra`.
    pub headers: &'static [&'static str],
}

impl Bind {
    pub const fn required(column: &'static str, read: Read, headers: &'static [&'static str]) -> Bind {
        Bind { column, read, required: true, headers }
    }

    pub const fn optional(column: &'static str, read: Read, headers: &'static [&'static str]) -> Bind {
        Bind { column, read, required: false, headers }
    }
}

/// How a value is understood.
#[derive(Debug, Clone, Copy)]
pub enum Read {
    /// As it is; white space alone is no value.
    Text,
    Decimal,
    Int,
    /// A date. A time of day written behind it goes to the named column, which must be bound later than the date;
    /// without one, only midnight may stand there.
    Date {
        time: Option<&'static str>,
    },
    Time,
}

/// One value of a row that is being put together. It borrows from the file wherever the file has it as the table wants.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub enum Cell<'a> {
    #[default]
    Null,
    Text(Cow<'a, str>),
    Int(i64),
    Decimal(Decimal),
    Date(Date),
}

impl<'a> Cell<'a> {
    pub fn text(text: &'a str) -> Cell<'a> {
        Cell::Text(Cow::Borrowed(text))
    }

    pub fn value(&self) -> Value<'_> {
        match self {
            Cell::Null => Value::Null,
            Cell::Text(text) => Value::Text(text),
            Cell::Int(number) => Value::Int(*number),
            Cell::Decimal(number) => Value::Decimal(*number),
            Cell::Date(date) => Value::Date(*date),
        }
    }
}

/// The binds of a table, resolved against the header of one file.
pub struct Binding {
    pub table: &'static Table,
    width: usize,
    bound: Vec<Bound>,
    /// Position of the table's `extra`.
    extra_at: usize,
    /// Columns of the file that nothing is bound to, by name, with the name as a JSON text.
    extra: Vec<(usize, String)>,
    unnamed: Vec<usize>,
}

struct Bound {
    from: usize,
    to: usize,
    /// Where a date puts the time of day behind it.
    time_to: Option<usize>,
    read: Read,
    required: bool,
    /// The file's own name for it.
    header: String,
}

impl Binding {
    /// `taken` are columns of the file that whoever fills the rest of a row reads by themselves.
    pub fn of(table: &'static Table, binds: &[Bind], header: &Header, taken: &[usize]) -> Result<Binding, Refusal> {
        let mut bound = Vec::new();
        for bind in binds {
            let Some(from) = header.first_of(bind.headers) else {
                if bind.required {
                    let wanted = bind.headers.iter().map(|name| shown(name)).collect::<Vec<_>>().join(" or ");
                    return Err(Refusal::file(format!("lacks the column {wanted}; {}", header.listed())));
                }
                continue;
            };
            let to = position(table, bind.column);
            let time_to = match bind.read {
                Read::Date { time } => time.map(|column| position(table, column)),
                _ => None,
            };
            let header = header.name(from).to_string();
            bound.push(Bound { from, to, time_to, read: bind.read, required: bind.required, header });
        }
        let free = |column: &usize| !taken.contains(column) && bound.iter().all(|bound| bound.from != *column);
        let (unnamed, mut named): (Vec<_>, Vec<_>) =
            (0..header.len()).filter(free).partition(|column| header.name(*column).is_empty());
        named.sort_by_key(|column| header.name(*column));
        let extra = named.into_iter().map(|column| (column, json_text(header.name(column)))).collect();
        let extra_at = position(table, "extra");
        Ok(Binding { table, width: header.len(), bound, extra_at, extra, unnamed })
    }

    /// Reads one row into cells, which come empty. The error ends the sentence "The row …".
    pub(super) fn read<'a>(&self, row: &Row<'a>, cells: &mut [Cell<'a>]) -> Result<(), String> {
        // A row that is too long by one empty value is no better: the comma that is too much may stand anywhere.
        if row.len() != self.width {
            return Err(format!("has {} values where the header has {} columns", row.len(), self.width));
        }
        for bound in &self.bound {
            let value = row.value(bound.from);
            let fault = |what: &str| format!("{} {} {what}", bound.header, shown(&row.value(bound.from)));
            bound.read_value(value, cells).map_err(fault)?;
            if bound.required && cells[bound.to] == Cell::Null {
                let value = row.value(bound.from);
                return Err(if !is_blank(&value) {
                    fault("is no value")
                } else {
                    format!("{} has no value", bound.header)
                });
            }
        }
        for column in &self.unnamed {
            let value = row.value(*column);
            if !is_blank(&value) {
                return Err(format!("has {} in a column without a name", shown(&value)));
            }
        }
        cells[self.extra_at] = self.extra_of(row);
        Ok(())
    }

    /// What nothing is bound to, as a JSON object; nothing for columns without a value.
    fn extra_of<'a>(&self, row: &Row<'a>) -> Cell<'a> {
        let mut json = String::new();
        for (column, name) in &self.extra {
            let value = row.value(*column);
            if !value.is_empty() {
                json.push(if json.is_empty() { '{' } else { ',' });
                json.push_str(name);
                json.push(':');
                json.push_str(&json_text(&value));
            }
        }
        if json.is_empty() {
            return Cell::Null;
        }
        json.push('}');
        Cell::Text(Cow::Owned(json))
    }
}

const MIDNIGHT: &str = "00:00:00";

impl Bound {
    fn read_value<'a>(&self, value: Cow<'a, str>, cells: &mut [Cell<'a>]) -> Result<(), &'static str> {
        match self.read {
            Read::Text if is_blank(&value) => {}
            Read::Text => cells[self.to] = Cell::Text(value),
            Read::Decimal => cells[self.to] = decimal(&value)?.map_or(Cell::Null, Cell::Decimal),
            Read::Int => cells[self.to] = integer(&value)?.map_or(Cell::Null, Cell::Int),
            Read::Date { .. } => {
                let Some((date, time)) = date_time(plain(value)?)? else { return Ok(()) };
                cells[self.to] = Cell::Date(date);
                match (time, self.time_to) {
                    (Some(time), Some(to)) => cells[to] = Cell::Text(time),
                    (Some(time), None) if time != MIDNIGHT => return Err("has a time, where only a date is expected"),
                    _ => {}
                }
            }
            Read::Time => {
                let Some(time) = time_of_day(plain(value)?)? else { return Ok(()) };
                // Where the date had a time too, midnight stands for "none".
                match &cells[self.to] {
                    Cell::Text(with_date) if *with_date != time && with_date != MIDNIGHT => {
                        return Err("is another time than the one behind the date");
                    }
                    _ => cells[self.to] = Cell::Text(time),
                }
            }
        }
        Ok(())
    }
}

fn is_blank(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_whitespace())
}

/// A value that cannot hold quotes, as it stands in the file.
fn plain(value: Cow<'_, str>) -> Result<&str, &'static str> {
    match value {
        Cow::Borrowed(text) => Ok(text),
        Cow::Owned(_) => Err("holds quotes"),
    }
}

fn position(table: &Table, column: &str) -> usize {
    table.column(column).expect("binds name columns of their table")
}

fn json_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
