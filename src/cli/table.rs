//! Tables without lines: a heading and columns.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

/// Cells must be safe to show already.
pub fn plain_table(headings: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(headings.iter().map(|heading| heading.to_uppercase()));
    table.add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

pub fn align_right(table: &mut Table, column: usize) {
    if let Some(column) = table.column_mut(column) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

/// Without the blanks at the ends of lines.
pub fn print(table: &Table) {
    for line in table.lines() {
        say!("{}", line.trim_end());
    }
}
