//! One block of a sweep: from what its folder holds to what becomes of its rows.

use foliosync_engine::files::{EntryKind, Files, FolderEntry};
use foliosync_engine::model::sync::{ItemStatus, SyncOptions};
use foliosync_engine::model::{Batch, trades};
use foliosync_engine::provider::{Change, Item, Scope};
use jiff::Timestamp;

use super::choose::{Chosen, Count, Counts, choose};
use super::rows::read_rows;
use super::stored::{Metadata, StoredBlock, StoredFile};
use super::survey::{Block, Found};
use super::told::{listed, unchanged, updated};
use crate::folder::{ACCEPT_REMOVALS, Failure, Outcome, ReadStat, is_settled};

/// Grows whenever the same bytes would give other rows, so that every block is read again.
pub const PARSER_VERSION: i64 = 1;

/// What every block of a sweep is read with.
pub struct Context<'a> {
    pub files: &'a Files,
    pub options: &'a SyncOptions,
    /// Why blocks that are gone keep their rows; `None` where they may be removed.
    pub doubt: Option<&'a str>,
    pub now: Timestamp,
}

/// Looks at a block, reads what changed, and never fails: what goes wrong is the block's own outcome.
pub fn sync_block(context: &Context<'_>, block: &Block<'_>) -> Outcome {
    let mut bytes = 0;
    let result = match &block.found {
        Found::Files(entries) => sync_files(context, block, entries, &mut bytes),
        Found::Hollow => emptied(context, block, "its folder holds no CSV file any more"),
        Found::Gone => gone(context, block),
        Found::Vanished => Err(Failure::deferred("its folder went away while it was being looked at")),
        Found::Unreadable(reason) => Err(Failure::rejected(format!("its folder cannot be looked into: it {reason}"))),
    };
    Outcome::of(&block.name, block.stored.is_some(), bytes, result)
}

type Settled = Result<(Item, Vec<Change>), Failure>;

fn gone(context: &Context<'_>, block: &Block<'_>) -> Settled {
    match context.doubt {
        Some(doubt) if !context.options.accept_removals => Err(kept(&format!("its folder is gone, and {doubt}"))),
        _ => Ok(removed(block, "folder is gone: rows removed")),
    }
}

/// A block whose folder is there while its files are not: as likely as not they are on their way.
fn emptied(context: &Context<'_>, block: &Block<'_>, what: &str) -> Settled {
    if context.options.accept_removals { Ok(removed(block, &format!("{what}: rows removed"))) } else { Err(kept(what)) }
}

fn kept(what: &str) -> Failure {
    Failure::missing(format!("{what}: its rows are kept. If it was removed on purpose, {ACCEPT_REMOVALS}"))
}

fn removed(block: &Block<'_>, detail: &str) -> (Item, Vec<Change>) {
    let tables = [&trades::TRADE_DATA, &trades::REPORTING_DATA, &trades::DAILY_LOG, &trades::REJECTED_ROWS];
    let changes =
        tables.into_iter().chain([&trades::SYNC_METADATA]).map(|table| replace(&block.name, Batch::empty(table)));
    (Item::new(&block.name, ItemStatus::Updated, detail), changes.collect())
}

fn replace(block: &str, rows: Batch) -> Change {
    Change::Replace { scope: Scope { column: "block_id", value: block.to_string() }, rows }
}

fn sync_files(context: &Context<'_>, block: &Block<'_>, entries: &[FolderEntry], bytes: &mut u64) -> Settled {
    let before = block.stored.map(|stored| stored.files()).unwrap_or_default();
    // A block that was stored with rows missing is no success where every row must be good.
    let was_strict_enough = !context.options.strict || before.iter().all(|file| file.rejected == 0);
    let current = block.stored.filter(|stored| stored.parser_version == PARSER_VERSION && was_strict_enough);
    if current.is_some() && !context.options.rehash && is_same_by_stat(&before, entries) {
        return Ok((unchanged(&block.name, &before), Vec::new()));
    }

    let chosen = choose(context, entries, bytes)?;
    if chosen.is_empty() {
        let left: Vec<_> = chosen.left.iter().map(|left| (left.name.as_str(), left.note.as_str())).collect();
        let what = format!("no file of its folder is a trade log, daily log or reporting log: {}", listed(&left));
        return if block.stored.is_some() { emptied(context, block, &what) } else { Err(Failure::rejected(what)) };
    }
    check_still_recognised(context, &before, &chosen)?;

    let hashes = chosen.hashes();
    if let Some(stored) = current.filter(|stored| stored.hashes == hashes) {
        let files = chosen.as_stored(&counts_of(&before), context.now);
        let changes = if is_worth_noting(context.now, &stored, &before, &files) {
            let StoredBlock { synced_at, sync_version, parser_version, .. } = stored;
            let metadata =
                Metadata { block: &block.name, hashes, synced_at, sync_version, parser_version, files: &files };
            vec![replace(&block.name, metadata.batch())]
        } else {
            Vec::new()
        };
        return Ok((unchanged(&block.name, &files), changes));
    }

    let rows = read_rows(context, &block.name, &before, &chosen)?;
    let files = chosen.as_stored(&rows.counts, context.now);
    let metadata = Metadata {
        block: &block.name,
        hashes,
        synced_at: context.now,
        sync_version: block.stored.map_or(0, |stored| stored.sync_version) + 1,
        parser_version: PARSER_VERSION,
        files: &files,
    };
    let item = updated(&block.name, &rows, &before, &files);
    let changes = rows.batches.into_iter().chain([metadata.batch()]).map(|rows| replace(&block.name, rows)).collect();
    Ok((item, changes))
}

/// The stat test: the same CSV files, none of which can have changed since its bytes were read.
fn is_same_by_stat(before: &[StoredFile], entries: &[FolderEntry]) -> bool {
    before.len() == entries.len()
        && before.iter().zip(entries).all(|(file, entry)| {
            let is_unread = file.read.is_none() && file.kind.is_none();
            let is_vouched_for = || match (&file.read, &entry.kind) {
                (Some(read), EntryKind::File(stat)) => read.vouches_for(stat),
                _ => false,
            };
            file.name == entry.name && (is_unread || is_vouched_for())
        })
}

/// A file that was used and is still there, but is no log any more, was damaged rather than removed.
fn check_still_recognised(context: &Context<'_>, before: &[StoredFile], chosen: &Chosen) -> Result<(), Failure> {
    for file in before {
        let Some(kind) = file.kind.filter(|_| !context.options.accept_removals) else { continue };
        let left = chosen.left.iter().find(|left| left.name == file.name);
        if let Some(left) = left.filter(|_| chosen.of_kind(kind).is_none()) {
            let reason = format!("`{}` was the block's {}, but now {}", file.name, kind.noun(), left.note);
            return Err(Failure::rejected(reason));
        }
    }
    Ok(())
}

/// Whether a block whose rows stay gets new metadata, so that the stat test spares the next reading.
fn is_worth_noting(now: Timestamp, stored: &StoredBlock<'_>, before: &[StoredFile], files: &[StoredFile]) -> bool {
    let are_proof = files.iter().filter_map(|file| file.read).all(|read| read.is_proof);
    let as_proof = |file: &StoredFile| {
        let read = file.read.map(|read| ReadStat { is_proof: true, ..read });
        StoredFile { read, ..file.clone() }
    };
    let is_other = !before.iter().map(as_proof).eq(files.iter().map(as_proof));
    are_proof && before != files && (is_other || is_settled(stored.synced_at, now))
}

fn counts_of(files: &[StoredFile]) -> Counts {
    let mut counts = Counts::default();
    for file in files {
        if let Some(kind) = file.kind {
            counts[kind as usize] = Count { rows: file.rows, rejected: file.rejected };
        }
    }
    counts
}
