//! The cells of a block's row that no column of its file gives: whose it is, its ticker, and which twin it is.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use foliosync_engine::model::Table;

use super::layouts::Layout;
use super::recognise::is_tat;
use super::tat::TatColumns;
use crate::csv::{Cell, Fill, Header, Row};

/// Completes the rows of one file of a block.
pub struct BlockFill<'a> {
    block: &'a str,
    block_at: usize,
    strategy_at: Option<usize>,
    ticker_at: Option<usize>,
    /// The file's column for the underlying.
    ticker_from: Option<usize>,
    constants: Vec<(usize, &'static str)>,
    line_at: usize,
    tat: Option<TatColumns>,
    occurrence_at: usize,
    /// Columns that make rows of the block twins; more than that no table has.
    key: Vec<usize>,
    seen: HashMap<Twin<'a>, i64>,
}

/// The key of a row but for its occurrence.
#[derive(PartialEq, Eq)]
struct Twin<'a>([Cell<'a>; KEY_MAX]);

impl Hash for Twin<'_> {
    /// Takes as few steps as it can, as every row is hashed: what stands where is left to the comparison.
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        for cell in &self.0 {
            match cell {
                Cell::Text(text) => hasher.write(text.as_bytes()),
                Cell::Date(date) => hasher.write_i32(i32::from(date.year()) * 512 + i32::from(date.day_of_year())),
                // No key holds anything else.
                _ => {}
            }
        }
    }
}

const KEY_MAX: usize = 4;

const NO_TICKER: &str = "SPX";
const TICKERS: &[&str] = &["ticker", "symbol", "underlying", "underlyingsymbol", "underlying symbol"];

impl<'a> BlockFill<'a> {
    pub fn of(block: &'a str, layout: &'static Layout, header: &Header) -> BlockFill<'a> {
        let table = layout.table;
        let is_reporting_tat = table.column("layout").is_some() && is_tat(header);
        BlockFill {
            block,
            block_at: position(table, "block_id"),
            strategy_at: table.column("strategy"),
            ticker_at: table.column("ticker"),
            ticker_from: header.first_of(TICKERS),
            constants: layout.constants.iter().map(|(column, text)| (position(table, column), *text)).collect(),
            line_at: position(table, "source_line"),
            tat: is_reporting_tat.then(|| TatColumns::of(table, header)),
            occurrence_at: position(table, "occurrence"),
            key: table
                .key
                .iter()
                .filter(|column| !["block_id", "occurrence"].contains(column))
                .map(|column| position(table, column))
                .collect(),
            seen: HashMap::new(),
        }
    }
}

impl<'a> Fill<'a> for BlockFill<'a> {
    fn fill(&mut self, row: &Row<'a>, cells: &mut [Cell<'a>]) -> Result<(), String> {
        if let Some(tat) = &self.tat {
            tat.fill(row, cells)?;
        }
        cells[self.block_at] = Cell::text(self.block);
        cells[self.line_at] = Cell::Int(row.line);
        for (column, text) in &self.constants {
            cells[*column] = Cell::text(text);
        }
        if let Some(at) = self.strategy_at
            && cells[at] == Cell::Null
        {
            cells[at] = Cell::text(self.block);
        }
        if let Some(at) = self.ticker_at {
            let written = self.ticker_from.and_then(|column| ticker(&row.value(column)));
            cells[at] = Cell::Text(written.map_or(Cow::Borrowed(NO_TICKER), Cow::Owned));
        }
        let mut key = [const { Cell::Null }; KEY_MAX];
        key.iter_mut().zip(&self.key).for_each(|(part, column)| *part = cells[*column].clone());
        let twins = self.seen.entry(Twin(key)).or_insert(0);
        *twins += 1;
        cells[self.occurrence_at] = Cell::Int(*twins);
        Ok(())
    }
}

/// An underlying without the marks that data vendors put before an index; `None` where no letter is left.
fn ticker(text: &str) -> Option<String> {
    let bare = text.trim().trim_start_matches(['^', '$']).trim();
    bare.chars().any(char::is_alphabetic).then(|| bare.to_uppercase())
}

fn position(table: &Table, column: &str) -> usize {
    table.column(column).expect("tables of blocks have this column")
}

#[cfg(test)]
mod tests {
    use super::ticker;

    #[test]
    fn tickers_lose_their_marks_and_need_a_letter() {
        for (text, want) in
            [("spx", Some("SPX")), ("^spx", Some("SPX")), ("$NDX ", Some("NDX")), ("", None), ("0", None), ("$", None)]
        {
            assert_eq!(ticker(text).as_deref(), want, "{text}");
        }
    }
}
