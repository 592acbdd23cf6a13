//! A market-data file into rows of its table.

use foliosync_engine::model::{Table, Value, market};
use jiff::civil::{Date, Time};

use super::new_york::{NewYork, civil_time, shown_time};
use crate::csv::{Bind, Binding, Cell, Fill, Header, Read, Reading, Refusal, Row, Sheet, Text, shown, time_of_day};

/// Where the rows of a file go, by the file's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target<'a> {
    pub table: &'static str,
    /// The file's name without its ending, for bars.
    pub symbol: Option<&'a str>,
}

impl<'a> Target<'a> {
    pub fn of(file_name: &'a str) -> Target<'a> {
        let stem = &file_name[..file_name.len() - ".csv".len()];
        let named = NAMED.iter().find(|table| stem.eq_ignore_ascii_case(table.name));
        match named {
            Some(table) => Target { table: table.name, symbol: None },
            None => Target { table: market::BARS.name, symbol: Some(stem) },
        }
    }

    fn table(&self) -> &'static Table {
        NAMED.into_iter().find(|table| table.name == self.table).unwrap_or(&market::BARS)
    }
}

/// The tables whose files have their names.
static NAMED: [&Table; 3] = [&market::SPX_DAILY, &market::SPX_15MIN, &market::VIX_INTRADAY];

/// Columns that are no numbers of the file.
const NOT_BOUND: [&str; 4] = ["symbol", "date", "time", "extra"];

const PRICES: [&str; 4] = ["open", "high", "low", "close"];

pub fn read_rows(bytes: &[u8], target: Target<'_>, strict: bool) -> Result<Reading, Refusal> {
    let sheet = Sheet::open(Text::of(bytes)?)?;
    let table = target.table();
    // Every number goes by the name of its column.
    let numbers = table.columns.iter().filter(|column| !NOT_BOUND.contains(&column.name));
    let binds: Vec<Bind> =
        numbers.map(|column| Bind::optional(column.name, Read::Decimal, std::slice::from_ref(&column.name))).collect();
    let moment = Moment::of(&sheet.header)?;
    if sheet.header.first_of(&PRICES).is_none() {
        let reason = format!("lacks a column with prices (close, open, high or low); {}", sheet.header.listed());
        return Err(Refusal::file(reason));
    }
    let binding = Binding::of(table, &binds, &sheet.header, &moment.columns())?;
    let at = |column: &str| table.column(column);
    let mut fill = MarketFill {
        symbol: target.symbol.zip(at("symbol")),
        date_at: at("date").expect("every market table has a date"),
        time_at: at("time"),
        names: sheet.header.keys().map(String::from).collect(),
        moment,
        new_york: NewYork::new(),
    };
    sheet.read(&binding, &mut fill, strict)
}

/// The last date among the rows.
pub fn max_date(reading: &Reading) -> Option<Date> {
    let rows = &reading.accepted;
    let column = rows.table.column("date")?;
    let dates = (0..rows.len()).filter_map(|row| match rows.value(row, column) {
        Value::Date(date) => Some(date),
        _ => None,
    });
    dates.max()
}

/// The columns of a file that say when, by position.
#[derive(Clone, Copy)]
enum Moment {
    /// Date, or date and time, in one.
    One(usize),
    /// A date, and a time of day beside it; the latter may be a whole instant.
    Two { date: usize, time: usize },
}

impl Moment {
    fn of(header: &Header) -> Result<Moment, Refusal> {
        match (header.position("date"), header.position("time")) {
            (Some(date), Some(time)) => Ok(Moment::Two { date, time }),
            (Some(one), None) | (None, Some(one)) => Ok(Moment::One(one)),
            (None, None) => Err(Refusal::file(format!("lacks the column \"time\" or \"date\"; {}", header.listed()))),
        }
    }

    fn columns(self) -> Vec<usize> {
        match self {
            Moment::One(column) => vec![column],
            Moment::Two { date, time } => vec![date, time],
        }
    }
}

struct MarketFill<'a> {
    /// With its cell, for bars.
    symbol: Option<(&'a str, usize)>,
    date_at: usize,
    /// Daily tables have none.
    time_at: Option<usize>,
    /// Of the file's columns, for messages.
    names: Vec<String>,
    moment: Moment,
    new_york: NewYork,
}

impl<'a> Fill<'a> for MarketFill<'a> {
    fn fill(&mut self, row: &Row<'a>, cells: &mut [Cell<'a>]) -> Result<(), String> {
        let (date, time) = match self.moment {
            Moment::One(column) => self.instant(row, column)?,
            Moment::Two { date, time } => self.combined(row, date, time)?,
        };
        cells[self.date_at] = Cell::Date(date);
        if let Some(at) = self.time_at {
            cells[at] = Cell::Text(shown_time(time));
        }
        if let Some((symbol, at)) = self.symbol {
            cells[at] = Cell::text(symbol);
        }
        Ok(())
    }
}

impl MarketFill<'_> {
    fn instant(&mut self, row: &Row<'_>, column: usize) -> Result<(Date, Time), String> {
        let value = row.value(column);
        match self.new_york.read(&value) {
            Ok(Some(moment)) => Ok(moment),
            Ok(None) => Err(format!("{} has no value", self.names[column])),
            Err(reason) => Err(format!("{} {} {reason}", self.names[column], shown(&value))),
        }
    }

    fn combined(&mut self, row: &Row<'_>, date: usize, time: usize) -> Result<(Date, Time), String> {
        let clock = row.value(time);
        let Ok(clock) = time_of_day(&clock) else { return self.instant(row, time) };
        let (day, with_day) = self.instant(row, date)?;
        match clock {
            Some(clock) => civil_time(&clock).map(|clock| (day, clock)).map_err(|reason| format!("time {reason}")),
            None => Ok((day, with_day)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_names_have_tables_and_every_other_is_a_symbol() {
        for (name, table, symbol) in [
            ("spx_daily.csv", "spx_daily", None),
            ("SPX_15min.CSV", "spx_15min", None),
            ("vix_intraday.csv", "vix_intraday", None),
            ("BRK.B.csv", "bars", Some("BRK.B")),
            ("spx_highlow.csv", "bars", Some("spx_highlow")),
        ] {
            assert_eq!(Target::of(name), Target { table, symbol }, "{name}");
        }
    }

    fn bars(text: &str) -> Vec<String> {
        let reading = read_rows(text.as_bytes(), Target::of("ES.csv"), false).unwrap();
        let row = |row| (0..9).map(|column| reading.accepted.value(row, column).to_string()).collect::<Vec<_>>();
        let mut rows: Vec<String> = (0..reading.accepted.len()).map(|at| row(at).join(" ")).collect();
        rows.extend(reading.rejected.iter().map(|row| format!("{}! {}", row.line, row.reason)));
        rows
    }

    #[test]
    fn bars_are_read_from_every_form_of_moment() {
        assert_eq!(
            bars("time,Close,Plot\n1704205800,4742.83,\n,1,\nx,1,\n1704205800,NaN,7\n"),
            [
                "ES 2024-01-02 09:30:00 null null null 4742.83 null null",
                "ES 2024-01-02 09:30:00 null null null null null {\"Plot\":\"7\"}",
                "3! time has no value",
                "4! time \"x\" is not a date (YYYY-MM-DD or M/D/YYYY)",
            ]
        );
        assert_eq!(
            bars("Date,Open,Volume\n1/2/2024,1,\"2,000\"\n"),
            ["ES 2024-01-02 00:00:00 1 null null null 2000 null"]
        );
        assert_eq!(
            bars("date,time,low\n2024-01-02,9:31,1\n2024-01-02,1704205800,2\n2024-01-02,,3\n"),
            [
                "ES 2024-01-02 09:31:00 null null 1 null null null",
                "ES 2024-01-02 09:30:00 null null 2 null null null",
                "ES 2024-01-02 00:00:00 null null 3 null null null",
            ]
        );
    }

    #[test]
    fn a_file_without_moments_or_prices_is_refused() {
        let refusal = |text: &str| read_rows(text.as_bytes(), Target::of("x.csv"), false).unwrap_err().reason;
        assert_eq!(refusal("close\n1\n"), "lacks the column \"time\" or \"date\"; it has \"close\"");
        assert!(refusal("time,volume\n1,1\n").starts_with("lacks a column with prices"));
    }

    #[test]
    fn columns_of_the_daily_export_match_without_case() {
        let text = [&b"time,close,Prior_Close,VIX9D_VIX_Ratio,Marker\n"[..], b"1704205800,1,4769.83,NA,1\n"].concat();
        let reading = read_rows(&text, Target::of("spx_daily.csv"), false).unwrap();
        let value = |column: &str| reading.accepted.value(0, market::SPX_DAILY.column(column).unwrap()).to_string();
        assert_eq!(
            ["date", "prior_close", "vix9d_vix_ratio", "extra"].map(value),
            ["2024-01-02", "4769.83", "null", "{\"Marker\":\"1\"}"]
        );
        assert_eq!(max_date(&reading), Some(jiff::civil::date(2024, 1, 2)));
    }
}
