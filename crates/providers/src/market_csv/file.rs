//! One market-data file of a sweep: from its bytes to what becomes of its rows.

use foliosync_engine::files::{EntryKind, Files, FolderEntry};
use foliosync_engine::limits::REJECTED_LINES_MAX;
use foliosync_engine::model::sync::{ItemStatus, SyncOptions};
use foliosync_engine::provider::{Change, Item};
use jiff::Timestamp;

use super::rows::{Target, max_date, read_rows};
use super::stored::{FileFacts, RejectedLine, StoredFile, forgetting};
use crate::folder::{ACCEPT_REMOVALS, Failure, Outcome, ReadStat, is_settled, read_entry, sha256};

/// Grows whenever the same bytes would give other rows, so that every file is read again.
pub const PARSER_VERSION: i64 = 1;

/// What every file of a sweep is read with.
pub struct Context<'a> {
    pub files: &'a Files,
    pub options: &'a SyncOptions,
    pub now: Timestamp,
}

/// A file to look at: in the folder, in the store, or both.
pub struct MarketFile<'a> {
    pub name: String,
    pub entry: Option<FolderEntry>,
    pub stored: Option<StoredFile<'a>>,
    /// An earlier file whose rows would go to the same place.
    pub twin: Option<String>,
}

type Settled = Result<(Item, Vec<Change>), Failure>;

/// Looks at a file, reads it if it changed, and never fails: what goes wrong is the file's own outcome.
pub fn sync_file(context: &Context<'_>, file: &MarketFile<'_>) -> Outcome {
    let mut bytes = 0;
    let result = match (&file.entry, &file.twin) {
        (None, _) => gone(context, file),
        (Some(_), Some(twin)) => Err(Failure::rejected(format!("has the same name as `{twin}` but for its case"))),
        (Some(entry), None) => sync_entry(context, file, entry, &mut bytes),
    };
    Outcome::of(&file.name, file.stored.is_some(), bytes, result)
}

/// Market data outlives its file: an export is a window that moves on.
fn gone(context: &Context<'_>, file: &MarketFile<'_>) -> Settled {
    if context.options.accept_removals {
        let detail = "file is gone and forgotten; the rows that it brought stay";
        return Ok((Item::new(&file.name, ItemStatus::Updated, detail), vec![forgetting(&file.name)]));
    }
    Err(Failure::missing(format!("is gone: its rows are kept. To have it forgotten, {ACCEPT_REMOVALS}")))
}

fn sync_entry(context: &Context<'_>, file: &MarketFile<'_>, entry: &FolderEntry, bytes: &mut u64) -> Settled {
    let facts = file.stored.as_ref().and_then(|stored| stored.file.as_ref());
    let is_strict_enough = !context.options.strict || facts.is_some_and(|facts| facts.rejected == 0);
    let is_current = |stored: &&StoredFile<'_>| stored.parser_version == PARSER_VERSION && is_strict_enough;
    let current = file.stored.as_ref().filter(is_current).zip(facts);
    if let (Some((_, facts)), EntryKind::File(stat)) = (current, &entry.kind)
        && facts.read.vouches_for(stat)
        && !context.options.rehash
    {
        return Ok((unchanged(file), Vec::new()));
    }
    let read = read_entry(context.files, entry, context.now)?;
    *bytes = read.stat.size_bytes;
    let (content_hash, stat) = (sha256(&read.bytes), ReadStat::of(read.stat, context.now));
    if let Some((stored, facts)) = current.filter(|(stored, _)| stored.content_hash == content_hash) {
        let is_other = facts.read.stat != stat.stat;
        let is_worth_noting =
            stat.is_proof && (is_other || (!facts.read.is_proof && is_settled(stored.synced_at, context.now)));
        let changes = is_worth_noting.then(|| {
            let file_facts = FileFacts { read: stat, ..facts.clone() };
            StoredFile { file: Some(file_facts), ..stored.clone() }.replacing(&file.name)
        });
        return Ok((unchanged(file), changes.into_iter().collect()));
    }

    let target = Target::of(&file.name);
    let reading = read_rows(&read.bytes, target, context.options.strict);
    let reading = reading.map_err(|refusal| Failure::rejected(refusal.to_string()))?;
    let rows = reading.accepted.len() as i64;
    if rows == 0 && facts.is_some_and(|facts| facts.rows > 0) && !context.options.accept_removals {
        let reason = "holds a header and no rows, where it had rows before; if that is right,";
        return Err(Failure::rejected(format!("{reason} {ACCEPT_REMOVALS}")));
    }
    let rejected_rows = reading.rejected.iter().take(REJECTED_LINES_MAX);
    let stored = StoredFile {
        content_hash: &content_hash,
        max_date: max_date(&reading),
        synced_at: context.now,
        parser_version: PARSER_VERSION,
        file: Some(FileFacts {
            table: target.table.to_string(),
            read: stat,
            rows,
            rejected: reading.rejected_count,
            rejected_rows: rejected_rows
                .map(|row| RejectedLine { line: row.line, reason: row.reason.clone() })
                .collect(),
        }),
    };
    let mut detail = format!("{rows} {}", if rows == 1 { "row" } else { "rows" });
    if let Some(date) = stored.max_date {
        detail.push_str(&format!(" up to {date}"));
    }
    if let Some(first) = reading.rejected.first() {
        let rejected = reading.rejected_count;
        detail.push_str(&format!(", {rejected} rejected, the first on line {}: {}", first.line, first.reason));
    }
    let item = Item::new(&file.name, ItemStatus::Updated, detail);
    let metadata = stored.replacing(&file.name);
    Ok((item, vec![Change::Upsert(reading.accepted), metadata]))
}

fn unchanged(file: &MarketFile<'_>) -> Item {
    Item::new(&file.name, ItemStatus::Unchanged, "")
}
