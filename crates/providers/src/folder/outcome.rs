//! What becomes of one item of a folder.

use foliosync_engine::files::{EntryKind, FileBytes, FileError, Files, FolderEntry};
use foliosync_engine::limits::FILE_BYTES_MAX;
use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::provider::{Change, Item};
use jiff::Timestamp;

/// An item, the changes it brings, and what reading it took.
pub struct Outcome {
    pub item: Item,
    pub changes: Vec<Change>,
    /// Bytes of files that were read.
    pub bytes: u64,
}

impl Outcome {
    /// The outcome of an item; one that failed keeps the rows it has, which `is_stored` tells people.
    pub fn of(name: &str, is_stored: bool, bytes: u64, result: Result<(Item, Vec<Change>), Failure>) -> Outcome {
        let (item, changes) = result.unwrap_or_else(|failure| {
            // The reasons of missing items say so themselves.
            let is_silent = !is_stored || failure.status == ItemStatus::Missing;
            let kept = if is_silent { "" } else { "; the rows of its last good state are kept" };
            (Item::new(name, failure.status, failure.reason + kept), Vec::new())
        });
        Outcome { item, changes, bytes }
    }

    pub fn rows(&self) -> u64 {
        self.changes.iter().map(|change| change.rows().len() as u64).sum()
    }
}

/// Why an item changes nothing.
#[derive(Debug)]
pub struct Failure {
    pub status: ItemStatus,
    pub reason: String,
}

impl Failure {
    pub fn rejected(reason: impl Into<String>) -> Failure {
        Failure { status: ItemStatus::Rejected, reason: reason.into() }
    }

    pub fn missing(reason: impl Into<String>) -> Failure {
        Failure { status: ItemStatus::Missing, reason: reason.into() }
    }

    pub fn deferred(reason: impl Into<String>) -> Failure {
        Failure { status: ItemStatus::Deferred, reason: reason.into() }
    }
}

/// Reads a listed file. One that is being written, or went away since, waits for the next sync.
pub fn read_entry(files: &Files, entry: &FolderEntry, now: Timestamp) -> Result<FileBytes, Failure> {
    let name = &entry.name;
    if let EntryKind::Other(reason) = &entry.kind {
        return Err(Failure::rejected(format!("`{name}` is listed, but {reason}")));
    }
    files.read(&entry.path, FILE_BYTES_MAX, now).map_err(|error| match error {
        FileError::Missing => Failure::deferred(format!("`{name}` went away while it was being read")),
        FileError::Changing => Failure::deferred(format!("`{name}` {error}")),
        _ => Failure::rejected(format!("`{name}` {error}")),
    })
}
