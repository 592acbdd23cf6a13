//! A whole file into rows of a table: what is good, and what was not and why.

use foliosync_engine::limits::{REJECTED_RAW_CHARS_MAX, REJECTED_ROWS_MAX};
use foliosync_engine::model::{Batch, BatchBuilder, Value};

use super::bind::{Binding, Cell};
use super::header::Header;
use super::rows::{Row, Rows, Step};
use super::{Refusal, Text};

/// A CSV file whose header has been read.
pub struct Sheet<'a> {
    pub header: Header,
    rows: Rows<'a>,
    row: Row<'a>,
}

/// Sets the cells that do not come straight from a column of the file.
pub trait Fill<'a> {
    /// Sees a row whose bound cells are set. The error ends the sentence "The row …" and rejects it.
    fn fill(&mut self, row: &Row<'a>, cells: &mut [Cell<'a>]) -> Result<(), String>;
}

/// What reading a file gave.
#[derive(Debug)]
pub struct Reading {
    pub accepted: Batch,
    /// The first [`REJECTED_ROWS_MAX`] rows that could not be read.
    pub rejected: Vec<RejectedRow>,
    /// How many could not be read in all.
    pub rejected_count: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// Physical line where it starts, from 1.
    pub line: i64,
    pub reason: String,
    /// Its text, cut at [`REJECTED_RAW_CHARS_MAX`].
    pub raw: String,
}

impl<'a> Sheet<'a> {
    pub fn open(text: Text<'a>) -> Result<Sheet<'a>, Refusal> {
        let (mut rows, mut row) = (Rows::of(text), Row::default());
        let header = Header::read(&mut rows, &mut row)?;
        Ok(Sheet { header, rows, row })
    }

    /// Reads all rows. A row that cannot be read is set aside with its reason; the file is refused where `strict` asks
    /// for that, and where no row at all can be read.
    pub fn read(mut self, binding: &Binding, fill: &mut impl Fill<'a>, strict: bool) -> Result<Reading, Refusal> {
        let width = binding.table.columns.len();
        let mut builder = BatchBuilder::new(binding.table);
        let mut cells: Vec<Cell<'a>> = Vec::with_capacity(width);
        let (mut accepted_count, mut rejected, mut rejected_count) = (0, Vec::new(), 0);
        loop {
            cells.clear();
            cells.resize(width, Cell::Null);
            let read = match self.rows.next(&mut self.row)? {
                Step::End => break,
                Step::Bad(reason) => Err(reason.to_string()),
                Step::Row => binding.read(&self.row, &mut cells).and_then(|()| fill.fill(&self.row, &mut cells)),
            };
            match read {
                Ok(()) => {
                    let values: Vec<Value<'_>> = cells.iter().map(Cell::value).collect();
                    builder.push_values(&values);
                    accepted_count += 1;
                }
                Err(reason) if strict => return Err(Refusal::line(self.row.line, reason)),
                Err(reason) => {
                    rejected_count += 1;
                    if rejected.len() < REJECTED_ROWS_MAX {
                        rejected.push(RejectedRow { line: self.row.line, reason, raw: cut(self.row.raw) });
                    }
                }
            }
        }
        match rejected.first() {
            Some(first) if accepted_count == 0 => {
                let reason = format!("none of its {rejected_count} rows can be read; the first {}", first.reason);
                Err(Refusal::line(first.line, reason))
            }
            _ => Ok(Reading { accepted: builder.finish(), rejected, rejected_count }),
        }
    }
}

fn cut(raw: &[u8]) -> String {
    // No character takes more than four bytes, so what is cut off here would be cut anyway.
    let head = &raw[..raw.len().min(REJECTED_RAW_CHARS_MAX * 4)];
    String::from_utf8_lossy(head).chars().take(REJECTED_RAW_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use foliosync_engine::model::trades::DAILY_LOG;
    use foliosync_engine::model::{Table, Value};
    use proptest::prelude::*;

    use super::super::bind::{Bind, Read};
    use super::*;

    const BINDS: &[Bind] = &[
        Bind::required("date", Read::Date { time: None }, &["date", "day"]),
        Bind::required("net_liquidity", Read::Decimal, &["net liquidity", "value"]),
        Bind::optional("pl", Read::Decimal, &["p/l"]),
    ];

    struct Lines(&'static Table);

    impl<'a> Fill<'a> for Lines {
        fn fill(&mut self, row: &Row<'a>, cells: &mut [Cell<'a>]) -> Result<(), String> {
            for (column, cell) in
                [("block_id", Cell::text("b")), ("source_line", Cell::Int(row.line)), ("occurrence", Cell::Int(1))]
            {
                cells[self.0.column(column).unwrap()] = cell;
            }
            Ok(())
        }
    }

    fn read(text: &[u8], strict: bool) -> Result<Reading, Refusal> {
        let sheet = Sheet::open(Text::of(text)?)?;
        let binding = Binding::of(&DAILY_LOG, BINDS, &sheet.header, &[])?;
        sheet.read(&binding, &mut Lines(&DAILY_LOG), strict)
    }

    fn reasons(reading: &Reading) -> Vec<String> {
        reading.rejected.iter().map(|row| format!("{} {}", row.line, row.reason)).collect()
    }

    #[test]
    fn a_bad_row_is_set_aside_with_its_line_and_reason() {
        let text = b"Date,Value,P/L,Note\n\
            2024-02-30,1,,\n\
            2024-02-29,\"$1,234.50\",NaN,x\n\
            2024-03-01,1\n\
            2024-03-02,1,2,3,4\n\
            2024-03-03,NaN,,\n\
            2024-03-04,,,\n\
            2024-03-05,12 apples,,\n\
            2024-03-06,0.0000000000000000001,,\n\
            \xFF,1,,\n";
        let reading = read(text, false).unwrap();
        assert_eq!(
            reasons(&reading),
            [
                "2 Date \"2024-02-30\" is a date that does not exist",
                "4 has 2 values where the header has 4 columns",
                "5 has 5 values where the header has 4 columns",
                "6 Value \"NaN\" is no value",
                "7 Value has no value",
                "8 Value \"12 apples\" is not a number",
                "9 Value \"0.0000000000000000001\" has more than 18 decimals",
                "10 is not UTF-8 text; save the file as UTF-8",
            ]
        );
        assert_eq!(reading.rejected[0].raw, "2024-02-30,1,,");
        assert_eq!(reading.accepted.len(), 1);
        let value = |column: &str| reading.accepted.value(0, DAILY_LOG.column(column).unwrap());
        assert_eq!(value("net_liquidity").to_string(), "1234.5");
        assert_eq!(value("pl"), Value::Null, "NaN is missing, not 0");
        assert_eq!(value("extra"), Value::Text("{\"Note\":\"x\"}"));
        assert_eq!(value("source_line"), Value::Int(3));
    }

    #[test]
    fn strict_refuses_the_file_at_its_first_bad_row() {
        let refusal = read(b"Date,Value\n2024-01-02,1\n2024-01-03,x\n", true).unwrap_err();
        assert_eq!(refusal.to_string(), "line 3: Value \"x\" is not a number");
    }

    #[test]
    fn a_file_of_nothing_but_bad_rows_is_refused() {
        let refusal = read(b"Date,Value\nx,1\ny,1\n", false).unwrap_err();
        assert!(refusal.to_string().starts_with("line 2: none of its 2 rows can be read; the first Date \"x\" is not"));
        assert_eq!(read(b"Date,Value\n", false).unwrap().accepted.len(), 0, "no rows are not bad rows");
    }

    #[test]
    fn a_missing_column_is_named_beside_those_that_are_there() {
        let refusal = read(b"Date,Worth\n", false).unwrap_err();
        assert_eq!(refusal.reason, "lacks the column \"net liquidity\" or \"value\"; it has \"Date\", \"Worth\"");
    }

    #[test]
    fn the_better_name_is_bound_and_the_other_kept() {
        let reading = read(b"Value,Net Liquidity,Date\n5,7,2024-01-02\n", false).unwrap();
        assert_eq!(reading.accepted.value(0, 2).to_string(), "7");
        assert_eq!(reading.accepted.value(0, DAILY_LOG.column("extra").unwrap()), Value::Text("{\"Value\":\"5\"}"));
    }

    #[test]
    fn a_comma_at_the_end_of_all_rows_is_no_column() {
        let reading = read(b"Date,Value,\n2024-01-02,1,\n2024-01-03,1,x\n2024-01-04,1\n", false).unwrap();
        assert_eq!(
            reasons(&reading),
            ["3 has \"x\" in a column without a name", "4 has 2 values where the header has 3 columns",]
        );
    }

    #[test]
    fn rejected_rows_are_capped_in_number_and_length() {
        let mut text = b"Date,Value\n2024-01-02,1\n".to_vec();
        for _ in 0..REJECTED_ROWS_MAX + 5 {
            text.extend("é".repeat(REJECTED_RAW_CHARS_MAX + 1).bytes());
            text.push(b'\n');
        }
        let reading = read(&text, false).unwrap();
        assert_eq!(reading.rejected_count, REJECTED_ROWS_MAX as i64 + 5);
        assert_eq!(reading.rejected.len(), REJECTED_ROWS_MAX);
        assert_eq!(reading.rejected[0].raw.chars().count(), REJECTED_RAW_CHARS_MAX);
    }

    proptest! {
        #[test]
        fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes, false);
        }

        #[test]
        fn no_rows_under_a_good_header_make_reading_panic(text in "[-0-9/,\"\r\n$%.eTé ]{0,120}", strict in any::<bool>()) {
            let rows = format!("Date,Value,P/L,Note,\n2024-01-02,1,2,é,\n{text}");
            if let Ok(reading) = read(rows.as_bytes(), strict) {
                prop_assert!(!reading.accepted.is_empty());
                prop_assert!(reading.rejected.iter().all(|row| row.line >= 3));
            }
        }
    }
}
