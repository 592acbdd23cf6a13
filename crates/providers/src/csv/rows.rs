//! Bytes to rows of values: quotes, line ends and line numbers.
//!
//! Commas separate. Rows end with LF, CRLF or CR, mixed as they come. A value that starts with a quote ends with one,
//! may hold commas and line ends, and doubles its own quotes; a quote anywhere else makes the row unreadable.

use std::borrow::Cow;

use foliosync_engine::limits::ROW_BYTES_MAX;

use super::{Refusal, Text};

/// The rows of a file, one after the other.
pub struct Rows<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Physical line at `at`, from 1.
    line: i64,
}

/// One row; reused, so that reading one allocates nothing.
#[derive(Default)]
pub struct Row<'a> {
    /// Physical line where the row starts, from 1.
    pub line: i64,
    /// The row as written, without its line end.
    pub raw: &'a [u8],
    text: &'a str,
    values: Vec<Span>,
}

/// Where a value stands in its row, quotes excluded.
#[derive(Clone, Copy)]
struct Span {
    start: u32,
    end: u32,
    /// It holds doubled quotes.
    doubled: bool,
}

/// What a step through the file came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    Row,
    /// This row is unreadable, the ones behind it may be good.
    Bad(&'static str),
    End,
}

/// Bytes that end or break an unquoted value.
const STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    stops[b',' as usize] = true;
    stops[b'"' as usize] = true;
    stops[b'\r' as usize] = true;
    stops[b'\n' as usize] = true;
    stops
};

impl<'a> Rows<'a> {
    pub fn of(text: Text<'a>) -> Rows<'a> {
        Rows { bytes: text.0, at: 0, line: 1 }
    }

    /// Goes to the next row that is not blank and puts it into `row`. A quote that is never closed and a row beyond
    /// [`ROW_BYTES_MAX`] refuse the file: nothing behind them can be trusted to be a row.
    pub fn next(&mut self, row: &mut Row<'a>) -> Result<Step, Refusal> {
        loop {
            let step = self.scan(row)?;
            if step != Step::Row || !row.is_blank() {
                return Ok(step);
            }
        }
    }

    fn scan(&mut self, row: &mut Row<'a>) -> Result<Step, Refusal> {
        let start = self.at;
        row.line = self.line;
        row.values.clear();
        if start == self.bytes.len() {
            return Ok(Step::End);
        }
        // Looking no further than a row may reach bounds the time that a broken file can take.
        let window = &self.bytes[start..self.bytes.len().min(start + ROW_BYTES_MAX + 1)];
        let whole = start + window.len() == self.bytes.len();
        let (mut at, mut inner_lines) = (0, 0);
        loop {
            let quoted = window.get(at) == Some(&b'"');
            let span = if quoted {
                let Some(span) = quoted_span(window, at) else {
                    return Err(self.unclosed(row.line, whole, &window[..at]));
                };
                inner_lines += line_ends(&window[span.start as usize..span.end as usize]);
                at = span.end as usize + 1;
                span
            } else {
                let from = at;
                while window.get(at).is_some_and(|byte| !STOPS[usize::from(*byte)]) {
                    at += 1;
                }
                Span { start: from as u32, end: at as u32, doubled: false }
            };
            row.values.push(span);
            match window.get(at) {
                Some(b',') => at += 1,
                Some(b'\r' | b'\n') => break,
                None if whole => break,
                None => return Err(too_long(row.line)),
                Some(_) if quoted => return Ok(self.bad_line(row, "has text behind a closing quote")),
                Some(_) => return Ok(self.bad_line(row, "has a quote inside a value that does not start with one")),
            }
        }
        if at > ROW_BYTES_MAX {
            return Err(too_long(row.line));
        }
        row.raw = &window[..at];
        self.line += inner_lines;
        self.pass_line_end(start + at);
        match std::str::from_utf8(row.raw) {
            Ok(text) => row.text = text,
            Err(_) => return Ok(Step::Bad("is not UTF-8 text; save the file as UTF-8")),
        }
        Ok(Step::Row)
    }

    /// Gives up the physical line where the row starts, and only that: what follows may be rows again.
    fn bad_line(&mut self, row: &mut Row<'a>, reason: &'static str) -> Step {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
        row.raw = &rest[..end];
        self.pass_line_end(self.at + end);
        Step::Bad(reason)
    }

    /// Goes on behind the line end at `end`.
    fn pass_line_end(&mut self, end: usize) {
        self.at = match self.bytes[end..] {
            [] => return self.at = end,
            [b'\r', b'\n', ..] => end + 2,
            _ => end + 1,
        };
        self.line += 1;
    }

    fn unclosed(&self, line: i64, whole: bool, before: &[u8]) -> Refusal {
        let opened = line + line_ends(before);
        if whole {
            Refusal::line(opened, "a quote is opened and never closed; the file may be cut off")
        } else {
            let reason = format!("a quote is opened and not closed within {} KiB", ROW_BYTES_MAX >> 10);
            Refusal::line(opened, reason)
        }
    }
}

fn too_long(line: i64) -> Refusal {
    Refusal::line(line, format!("the row is longer than {} KiB; this is no CSV export", ROW_BYTES_MAX >> 10))
}

/// The value whose opening quote is at `open`; `None` where it is not closed.
fn quoted_span(window: &[u8], open: usize) -> Option<Span> {
    let mut at = open + 1;
    let mut doubled = false;
    loop {
        at += window[at..].iter().position(|byte| *byte == b'"')?;
        if window.get(at + 1) != Some(&b'"') {
            return Some(Span { start: open as u32 + 1, end: at as u32, doubled });
        }
        doubled = true;
        at += 2;
    }
}

/// How many line ends the bytes hold, CRLF counted once.
fn line_ends(bytes: &[u8]) -> i64 {
    let mut ends = 0;
    for (i, byte) in bytes.iter().enumerate() {
        ends += i64::from(*byte == b'\n' || (*byte == b'\r' && bytes.get(i + 1) != Some(&b'\n')));
    }
    ends
}

impl<'a> Row<'a> {
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Nothing but commas, quotes around nothing, and white space: spreadsheets leave such rows behind.
    fn is_blank(&self) -> bool {
        // Hardly any row starts with an empty value, so the first look decides.
        self.values.iter().all(|value| {
            self.text[value.start as usize..value.end as usize].bytes().all(|byte| byte.is_ascii_whitespace())
        })
    }

    /// The value of a column, from 0, without its quotes.
    pub fn value(&self, column: usize) -> Cow<'a, str> {
        let Span { start, end, doubled } = self.values[column];
        let value = &self.text[start as usize..end as usize];
        if doubled { Cow::Owned(value.replace("\"\"", "\"")) } else { Cow::Borrowed(value) }
    }

    pub fn values(&self) -> impl Iterator<Item = Cow<'a, str>> {
        (0..self.len()).map(|column| self.value(column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every row as `line: values`, every bad one as `line! reason`, a refusal last.
    fn rows(bytes: &[u8]) -> Vec<String> {
        let mut rows = Rows::of(Text(bytes));
        let (mut row, mut seen) = (Row::default(), Vec::new());
        loop {
            match rows.next(&mut row) {
                Ok(Step::End) => return seen,
                Ok(Step::Row) => seen.push(format!("{}: {}", row.line, row.values().collect::<Vec<_>>().join("|"))),
                Ok(Step::Bad(reason)) => seen.push(format!("{}! {reason}", row.line)),
                Err(refusal) => {
                    seen.push(format!("refused: {refusal}"));
                    return seen;
                }
            }
        }
    }

    #[test]
    fn rows_know_the_physical_line_they_start_on() {
        assert_eq!(rows(b"a,b\r\n1,2\r\n"), ["1: a|b", "2: 1|2"]);
        assert_eq!(rows(b"a,b\n\n\n1,2"), ["1: a|b", "4: 1|2"], "blank lines count as lines");
        assert_eq!(rows(b"a\rb\r\nc\nd"), ["1: a", "2: b", "3: c", "4: d"], "line ends may be mixed");
        assert_eq!(rows(b"\"x\r\ny\",1\r\nz,2\r\n"), ["1: x\r\ny|1", "3: z|2"]);
        assert_eq!(rows(b"\"x\ry\rz\",1\rq,2"), ["1: x\ry\rz|1", "4: q|2"]);
        assert_eq!(rows(b"a,b\n , \n,,,\n\"\",\n1,2"), ["1: a|b", "5: 1|2"], "rows of nothing are blank");
        assert_eq!(rows(b"a,\n,b\n"), ["1: a|", "2: |b"]);
        assert_eq!(rows(b""), [""; 0]);
    }

    #[test]
    fn quotes_hold_commas_and_double_themselves() {
        assert_eq!(rows(b"\"Iron, \"\"wide\"\"\",2\n"), ["1: Iron, \"wide\"|2"]);
        assert_eq!(rows(b"\"\",\"\"\"\"\n"), ["1: |\""]);
        assert_eq!(rows("\"é😀\",ü\n".as_bytes()), ["1: é😀|ü"]);
    }

    #[test]
    fn a_broken_row_takes_no_other_with_it() {
        let stray = "has a quote inside a value that does not start with one";
        let behind = "has text behind a closing quote";
        assert_eq!(rows(b"a,b\n5\" pipe,1\nc,2\n"), ["1: a|b", &format!("2! {stray}"), "3: c|2"]);
        assert_eq!(rows(b"\"a\"b,1\nc,2\n"), [&format!("1! {behind}"), "2: c|2"]);
        // The quote that line 1 lacks would otherwise swallow line 2 up to its first quote.
        assert_eq!(rows(b"\"a,1\n\"c\",2\n\"d\",3\n"), [&format!("1! {behind}"), "2: c|2", "3: d|3"]);
        assert_eq!(
            rows(b"a,b\nM\xFCller,1\nc,2\n"),
            ["1: a|b", "2! is not UTF-8 text; save the file as UTF-8", "3: c|2"]
        );
    }

    #[test]
    fn a_quote_that_is_never_closed_refuses_the_file_at_its_line() {
        let refused = "refused: line 3: a quote is opened and never closed; the file may be cut off";
        assert_eq!(rows(b"a,b\n1,2\n3,\"four\n5,6\n"), ["1: a|b", "2: 1|2", refused]);
        assert_eq!(rows(b"\"a\nb\nc\",\"d"), [refused], "at the line of the quote, not of the row");
    }

    #[test]
    fn a_row_beyond_the_limit_refuses_the_file() {
        let fits = vec![b'x'; ROW_BYTES_MAX];
        assert_eq!(rows(&fits).len(), 1);
        let mut long = b"a,b\n".to_vec();
        long.extend(vec![b'x'; ROW_BYTES_MAX + 1]);
        assert_eq!(rows(&long)[1], "refused: line 2: the row is longer than 1024 KiB; this is no CSV export");
        long[4] = b'"';
        assert_eq!(rows(&long)[1], "refused: line 2: a quote is opened and never closed; the file may be cut off");
        long.extend(vec![b'x'; ROW_BYTES_MAX]);
        assert_eq!(rows(&long)[1], "refused: line 2: a quote is opened and not closed within 1024 KiB");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            rows(&bytes);
        }

        #[test]
        fn no_near_csv_makes_it_panic(text in "[a\",\r\né]{0,60}") {
            rows(text.as_bytes());
        }

        /// What a writer quotes correctly, both parsers read alike.
        #[test]
        fn the_csv_crate_reads_the_same(
            table in (1usize..5).prop_flat_map(|width| {
                proptest::collection::vec(proptest::collection::vec("[a-z\", \r\né]{0,6}", width), 1..6)
            }),
            crlf in any::<bool>(),
        ) {
            let end = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
            let mut writer = csv::WriterBuilder::new().terminator(end).from_writer(Vec::new());
            table.iter().for_each(|row| writer.write_record(row).unwrap());
            let bytes = writer.into_inner().unwrap();

            let mut oracle = csv::ReaderBuilder::new().has_headers(false).from_reader(&bytes[..]);
            let blank = |row: &csv::StringRecord| row.iter().all(|v| v.bytes().all(|b| b.is_ascii_whitespace()));
            let want: Vec<Vec<String>> = oracle.records().map(Result::unwrap).filter(|row| !blank(row))
                .map(|row| row.iter().map(String::from).collect()).collect();

            let mut rows = Rows::of(Text(&bytes));
            let (mut row, mut got) = (Row::default(), Vec::new());
            while rows.next(&mut row).unwrap() == Step::Row {
                got.push(row.values().map(Cow::into_owned).collect::<Vec<_>>());
            }
            prop_assert_eq!(got, want);
        }
    }
}
