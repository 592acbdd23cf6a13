//! The first row of a file: which columns it has, by name.

use foliosync_engine::limits::FILE_COLUMNS_MAX;

use super::rows::{Row, Rows, Step};
use super::{Refusal, Text, shown};

/// The columns of a file in order.
#[derive(Debug)]
pub struct Header {
    columns: Vec<HeaderColumn>,
}

#[derive(Debug)]
struct HeaderColumn {
    /// As written, trimmed.
    name: String,
    /// Lower case, runs of white space as one space: what names are compared by.
    key: String,
}

impl Header {
    /// Reads the header, and leaves `rows` at the first row behind it.
    pub fn read<'a>(rows: &mut Rows<'a>, row: &mut Row<'a>) -> Result<Header, Refusal> {
        match rows.next(row)? {
            Step::Row => {}
            Step::Bad(reason) => return Err(Refusal::line(row.line, format!("the header {reason}"))),
            Step::End => return Err(Refusal::file("holds no header; export it again")),
        }
        if row.len() > FILE_COLUMNS_MAX {
            let reason = format!("the header has {} columns, more than {FILE_COLUMNS_MAX}", row.len());
            return Err(Refusal::line(row.line, reason));
        }
        let columns: Vec<HeaderColumn> =
            row.values().map(|name| HeaderColumn { name: name.trim().to_string(), key: folded(&name) }).collect();
        for (i, column) in columns.iter().enumerate() {
            if !column.key.is_empty() && columns[..i].iter().any(|earlier| earlier.key == column.key) {
                let reason = format!("two columns are named {}; rename or remove one", shown(&column.name));
                return Err(Refusal::line(row.line, reason));
            }
        }
        Ok(Header { columns })
    }

    /// The header of a text, where that can be read.
    pub fn of(text: Text<'_>) -> Result<Header, Refusal> {
        Header::read(&mut Rows::of(text), &mut Row::default())
    }

    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// A column's name as written; empty for a column without one.
    pub fn name(&self, column: usize) -> &str {
        &self.columns[column].name
    }

    /// The names as they are compared: lower case, white space folded.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.key.as_str())
    }

    pub fn position(&self, key: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.key == key)
    }

    /// The column with the first of these keys that the file has.
    pub fn first_of(&self, keys: &[&str]) -> Option<usize> {
        keys.iter().find_map(|key| self.position(key))
    }

    /// The names for a message about what is missing among them.
    pub fn listed(&self) -> String {
        if let [only] = &self.columns[..] {
            let separator = [(';', "`;`"), ('\t', "tabs")].into_iter().find(|(c, _)| only.name.contains(*c));
            if let Some((_, separator)) = separator {
                return format!("its columns are separated by {separator}; save it with commas");
            }
        }
        const LISTED_MAX: usize = 12;
        let names: Vec<String> = self.columns.iter().take(LISTED_MAX).map(|column| shown(&column.name)).collect();
        let more = self.columns.len().saturating_sub(LISTED_MAX);
        format!("it has {}{}", names.join(", "), if more > 0 { format!(" and {more} more") } else { String::new() })
    }
}

fn folded(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(bytes: &[u8]) -> Result<Header, Refusal> {
        Header::of(Text::of(bytes)?)
    }

    #[test]
    fn names_match_without_case_and_by_any_white_space() {
        let header = header(b"\xEF\xBB\xBF\"Date  Opened\", P/L ,Legs,\r\n").unwrap();
        assert_eq!(header.keys().collect::<Vec<_>>(), ["date opened", "p/l", "legs", ""]);
        assert_eq!(header.first_of(&["pl", "p/l"]), Some(1));
        assert_eq!(header.name(0), "Date  Opened");
    }

    #[test]
    fn two_columns_of_one_name_are_refused_by_name() {
        let refusal = header(b"\n\nDate,P/L,p/l\n").unwrap_err();
        assert_eq!(refusal.to_string(), "line 3: two columns are named \"p/l\"; rename or remove one");
        assert!(header(b"Date,,,\n").is_ok(), "columns without a name are not twins");
    }

    #[test]
    fn a_header_that_cannot_be_read_is_refused() {
        assert!(header(b"D\xE4te,P/L\n").unwrap_err().reason.contains("the header is not UTF-8"));
        assert!(header(format!("a{}", ",a".repeat(FILE_COLUMNS_MAX)).as_bytes()).unwrap_err().reason.contains("1001"));
        assert!(header(b",,,\n,,\n").unwrap_err().reason.contains("no header"));
    }

    #[test]
    fn a_wrong_separator_is_named() {
        assert!(header(b"Date;P/L\n").unwrap().listed().contains("separated by `;`"));
        assert_eq!(header(b"a,b\n").unwrap().listed(), "it has \"a\", \"b\"");
    }
}
