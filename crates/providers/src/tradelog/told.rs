//! What people read about a block that was looked at.

use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::provider::Item;

use super::recognise::LogKind;
use super::rows::BlockRows;
use super::stored::StoredFile;

/// Nothing is said of it but what of its files is not used.
pub fn unchanged(block: &str, files: &[StoredFile]) -> Item {
    Item::new(block, ItemStatus::Unchanged, left(files))
}

/// `384 trades, 192 days, 2 rows rejected, the first …`. `before` are the files that the block was stored with.
pub fn updated(block: &str, rows: &BlockRows, before: &[StoredFile], files: &[StoredFile]) -> Item {
    let counts = &rows.counts;
    let mut parts = Vec::new();
    for kind in LogKind::ALL {
        let rows = counts[kind as usize].rows;
        let noun = match (kind, rows) {
            (LogKind::Trade, 1) => "trade",
            (LogKind::Trade, _) => "trades",
            (LogKind::Daily, 1) => "day",
            (LogKind::Daily, _) => "days",
            (LogKind::Reporting, _) => "reported",
        };
        let is_among = |files: &[StoredFile]| files.iter().any(|file| file.kind == Some(kind));
        if is_among(files) {
            parts.push(format!("{rows} {noun}"));
        } else if is_among(before) {
            parts.push(format!("the {} is gone: its rows removed", kind.noun()));
        }
    }
    let imported = counts.iter().map(|count| count.rows).sum();
    let skipped = counts.iter().map(|count| count.rejected).sum();
    if skipped > 0 {
        let count =
            if skipped == 1 { "1 row rejected in".into() } else { format!("{skipped} rows rejected, the first in") };
        parts.push(format!("{count} {}", rows.first_rejected.as_deref().unwrap_or_default()));
    }
    let left = left(files);
    let detail = parts.join(", ") + if left.is_empty() { "" } else { "; " } + &left;
    Item { imported, skipped, ..Item::new(block, ItemStatus::Updated, detail) }
}

/// What became of files that are not used: nobody should wonder why their rows are missing.
fn left(files: &[StoredFile]) -> String {
    listed(&files.iter().filter_map(|file| Some((file.name.as_str(), file.note.as_deref()?))).collect::<Vec<_>>())
}

/// More files than that are only counted.
const LISTED_MAX: usize = 5;

/// Files by name, each with what is said of it.
pub fn listed(files: &[(&str, &str)]) -> String {
    let mut told: Vec<String> = files.iter().take(LISTED_MAX).map(|(name, note)| format!("`{name}` {note}")).collect();
    if files.len() > LISTED_MAX {
        told.push(format!("and {} more files that are not used", files.len() - LISTED_MAX));
    }
    told.join("; ")
}
