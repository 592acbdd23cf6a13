//! What people read about a block that was looked at.

use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::provider::Item;

use super::choose::Counts;
use super::recognise::LogKind;
use super::stored::StoredFile;

pub fn unchanged(block: &str, files: &[StoredFile]) -> Item {
    let mut detail = String::from("unchanged");
    tell_left(&mut detail, files);
    Item::new(block, ItemStatus::Unchanged, detail)
}

/// `384 trades, 192 days, 2 rows rejected; …`. `before` are the files that the block was stored with.
pub fn updated(block: &str, counts: &Counts, before: &[StoredFile], files: &[StoredFile]) -> Item {
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
    match skipped {
        0 => {}
        1 => parts.push("1 row rejected".into()),
        _ => parts.push(format!("{skipped} rows rejected")),
    }
    let mut detail = parts.join(", ");
    tell_left(&mut detail, files);
    Item { imported, skipped, ..Item::new(block, ItemStatus::Updated, detail) }
}

/// Adds what became of files that are not used: nobody should wonder why their rows are missing.
fn tell_left(detail: &mut String, files: &[StoredFile]) {
    let left: Vec<_> = files.iter().filter_map(|file| Some((file.name.as_str(), file.note.as_deref()?))).collect();
    if !left.is_empty() {
        detail.push_str("; ");
        detail.push_str(&listed(&left));
    }
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
