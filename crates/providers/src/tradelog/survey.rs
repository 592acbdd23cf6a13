//! Which blocks a sweep has to look at: those in the folder, and those that the store has.

use std::collections::BTreeMap;

use foliosync_engine::files::{EntryKind, FileError, Files, FolderEntry};
use foliosync_engine::provider::ProviderError;

use super::removal::{Census, doubt};
use super::stored::StoredBlock;
use crate::folder::{Sweep, check_names, each, is_csv_name, list_root};

/// What the root folder shows now, from the sweep's position on.
pub struct Survey<'a> {
    /// By name.
    pub blocks: Vec<Block<'a>>,
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

/// Names of blocks, in the folder or in the store, with their entry in the folder.
type Candidates = BTreeMap<String, Option<FolderEntry>>;

pub fn survey<'a>(sweep: &Sweep, stored: &BTreeMap<&'a str, StoredBlock<'a>>) -> Result<Survey<'a>, ProviderError> {
    let (files_beside, folders): (Vec<_>, Vec<_>) =
        list_root(&sweep.files, &sweep.root)?.into_iter().partition(|entry| matches!(entry.kind, EntryKind::File(_)));
    let mut candidates: Candidates = stored.keys().map(|name| (name.to_string(), None)).collect();
    let folders = folders.into_iter().filter(|entry| is_block_name(&entry.name));
    candidates.extend(folders.map(|entry| (entry.name.clone(), Some(entry))));

    let asked = &sweep.options.items;
    let is_ahead = |name: &String| !sweep.position.is_behind(name) && (asked.is_empty() || asked.contains(name));
    let ahead: Vec<_> = candidates.iter().filter(|(name, _)| is_ahead(name)).collect();
    let found = each(&ahead, |(_, entry)| look(&sweep.files, entry.as_ref()));
    let all: Vec<Block<'a>> = ahead
        .into_iter()
        .zip(found)
        .map(|((name, _), found)| Block { name: name.clone(), found, stored: stored.get(name.as_str()).copied() })
        .collect();
    let census = census(&candidates, stored, &all, asked);
    // A folder that never was a block and holds no CSV file is none of our business.
    let is_item = |block: &Block<'_>| block.stored.is_some() || !matches!(block.found, Found::Hollow);
    let blocks: Vec<Block<'a>> = all.into_iter().filter(is_item).collect();

    if sweep.position.after.is_none() {
        let is_block = |name: &str| blocks.iter().any(|block| block.name == name);
        check_names("block", asked, is_block, candidates.keys().map(String::as_str))?;
        let holds_csv = files_beside.iter().any(|entry| is_csv_name(&entry.name));
        if blocks.is_empty() && stored.is_empty() && holds_csv {
            let root = sweep.root.display();
            let message = format!("{root} holds CSV files but no folder of a block: give the folder above");
            return Err(ProviderError::NeedsUser { message });
        }
    }
    let doubt = match sweep.position.removals {
        Some(false) => Some("too many blocks were gone when this sync began".to_string()),
        _ => doubt(&census),
    };
    Ok(Survey { blocks, doubt })
}

/// Counts over the whole folder, except that folders of earlier pages are not looked into again.
fn census(
    candidates: &Candidates,
    stored: &BTreeMap<&str, StoredBlock<'_>>,
    ahead: &[Block<'_>],
    asked: &[String],
) -> Census {
    let is_folder = |entry: &FolderEntry| entry.kind == EntryKind::Folder;
    let folders = candidates.values().flatten().filter(|entry| is_folder(entry)).count();
    let hollow: Vec<_> = ahead.iter().filter(|block| matches!(block.found, Found::Hollow)).collect();
    let has_folder = |name: &&str| candidates.get(*name).is_some_and(|entry| entry.as_ref().is_some_and(is_folder));
    let lost = stored.keys().filter(|name| !has_folder(name)).count()
        + hollow.iter().filter(|block| block.stored.is_some()).count();
    Census {
        // One block that is asked for by name says nothing about the others.
        stored: if asked.is_empty() { stored.len() } else { 1 },
        lost,
        present: folders - hollow.len(),
    }
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
