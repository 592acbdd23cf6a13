//! Which blocks a sweep has to look at: those in the folder, and those that the store has.

use std::collections::BTreeMap;
use std::path::Path;

use foliosync_engine::files::{EntryKind, FileError, Files, FolderEntry};
use foliosync_engine::model::sync::SyncOptions;
use foliosync_engine::provider::ProviderError;

use super::removal::{Census, doubt};
use super::stored::StoredBlock;
use crate::folder::{Position, check_names, each, is_csv_name, list_root};

/// What the root folder shows now, from the sweep's position on.
pub struct Survey<'a> {
    /// By name.
    pub blocks: Vec<Block<'a>>,
    /// Items of the whole sweep.
    pub expected: i64,
    /// Why blocks that are gone keep their rows; `None` where they may be removed.
    pub doubt: Option<String>,
}

/// A block to look at: in the folder, in the store, or both.
pub struct Block<'a> {
    pub name: String,
    pub found: Found,
    pub stored: Option<StoredBlock<'a>>,
}

pub enum Found {
    /// Its CSV files, by name; at least one.
    Files(Vec<FolderEntry>),
    /// A folder without CSV files. Only a stored block's is an item.
    Hollow,
    /// No folder of that name.
    Gone,
    /// The folder went away between one look and the next.
    Vanished,
    /// Something that cannot be looked into, with the reason.
    Unreadable(String),
}

/// Whether a folder of that name can be a block. Others belong to programs: hidden folders, market data, and what
/// databases and writers leave beside their files. A dot inside a name is part of it: `my.strategy` is a block.
fn is_block_name(name: &str) -> bool {
    !name.starts_with(['.', '_']) && ![".tmp", ".duckdb"].iter().any(|end| name.ends_with(end))
}

pub fn survey<'a>(
    files: &Files,
    root: &Path,
    stored: &BTreeMap<&'a str, StoredBlock<'a>>,
    options: &SyncOptions,
    position: &Position,
) -> Result<Survey<'a>, ProviderError> {
    let listing = list_root(files, root)?;
    let (files_beside, folders): (Vec<_>, Vec<_>) =
        listing.into_iter().partition(|entry| matches!(entry.kind, EntryKind::File(_)));

    let mut candidates: BTreeMap<String, Option<FolderEntry>> =
        stored.keys().map(|name| (name.to_string(), None)).collect();
    let folders = folders.into_iter().filter(|entry| is_block_name(&entry.name));
    candidates.extend(folders.map(|entry| (entry.name.clone(), Some(entry))));

    let is_asked = |name: &String| options.items.is_empty() || options.items.contains(name);
    let ahead: Vec<_> = candidates.iter().filter(|(name, _)| !position.is_behind(name) && is_asked(name)).collect();
    let found = each(&ahead, |(_, entry)| look(files, entry.as_ref()));
    let hollow = found.iter().filter(|found| matches!(found, Found::Hollow)).count();
    let looked_at = ahead.into_iter().zip(found).map(|((name, _), found)| Block {
        name: name.clone(),
        found,
        stored: stored.get(name.as_str()).copied(),
    });
    // A folder that never was a block and holds no CSV file is none of our business.
    let blocks: Vec<Block<'a>> =
        looked_at.filter(|block| block.stored.is_some() || !matches!(block.found, Found::Hollow)).collect();

    if position.after.is_none() {
        let is_block = |name: &str| blocks.iter().any(|block| block.name == name);
        check_names("block", &options.items, is_block, candidates.keys().map(String::as_str))?;
        let holds_csv = files_beside.iter().any(|entry| is_csv_name(&entry.name));
        if blocks.is_empty() && stored.is_empty() && holds_csv {
            return Err(ProviderError::NeedsUser {
                message: format!("{} holds CSV files but no folder of a block: give the folder above", root.display()),
            });
        }
    }
    let folders = candidates.values().flatten().filter(|entry| entry.kind == EntryKind::Folder).count();
    let hollow_stored = blocks.iter().filter(|block| matches!(block.found, Found::Hollow)).count();
    let is_lost = |name: &str| match candidates.get(name) {
        Some(Some(entry)) => entry.kind != EntryKind::Folder,
        _ => true,
    };
    let lost = stored.keys().filter(|name| is_lost(name)).count() + hollow_stored;
    // One block that is asked for by name says nothing about the others.
    let stored_count = if options.items.is_empty() { stored.len() } else { 1 };
    let census = Census { stored: stored_count, lost, present: folders - hollow };
    let doubt = match position.removals {
        Some(false) => Some("too many blocks were gone when this sync began".to_string()),
        _ => doubt(&census),
    };
    let expected = position.expected.unwrap_or(blocks.len() as i64);
    Ok(Survey { blocks, expected, doubt })
}

fn look(files: &Files, entry: Option<&FolderEntry>) -> Found {
    let Some(entry) = entry else { return Found::Gone };
    if let EntryKind::Other(reason) = &entry.kind {
        return Found::Unreadable(reason.clone());
    }
    match files.list(&entry.path) {
        Ok(mut entries) => {
            entries.retain(|entry| is_csv_name(&entry.name) && entry.kind != EntryKind::Folder);
            if entries.is_empty() { Found::Hollow } else { Found::Files(entries) }
        }
        Err(FileError::Missing) => Found::Vanished,
        Err(error) => Found::Unreadable(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::is_block_name;

    #[test]
    fn folders_of_programs_are_no_blocks() {
        for name in ["my.strategy", "a b", "it's", "\"q\"", "😀", "x.csv", "tmp", "duckdb"] {
            assert!(is_block_name(name), "{name}");
        }
        for name in [".git", "_marketdata", "a.tmp", "analytics.duckdb", "analytics.duckdb.tmp"] {
            assert!(!is_block_name(name), "{name}");
        }
    }
}
