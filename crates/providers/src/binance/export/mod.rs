//! Files that the user exported at Binance: the whole history of trades, of which the exchange's interface tells only the
//! pairs that it is asked for. A trade that both tell is one; which rows are the same is decided by the engine.

mod cells;
mod layouts;
mod moment;
mod sheet;

use std::collections::BTreeMap;
use std::path::PathBuf;

use foliosync_engine::files::{EntryKind, Files, FolderEntry};
use foliosync_engine::limits::{PAGE_FILE_BYTES_MAX, PAGE_ROWS_MAX};
use foliosync_engine::model::Batch;
use foliosync_engine::model::accounts::Fill;
use foliosync_engine::model::sync::{ItemStatus, SyncOptions};
use foliosync_engine::provider::{Change, FetchRequest, Item, ProviderError, Reach, SettingKind, SettingSpec};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::sheet::Sheet;
use crate::exchange::count;
use crate::folder::{Failure, ReadStat, blocking, list_root, read_entry, sha256};

pub const FOLDER: &str = "csv_folder";

pub const SETTING: SettingSpec = SettingSpec {
    key: FOLDER,
    label: "Folder of exports",
    help: "A folder with CSV files of Binance's Trade History, as an absolute path: their trades are read, too",
    kind: SettingKind::Folder,
    required: false,
};

/// Grows whenever the same bytes would give other rows, so that every file is read again.
const PARSER_VERSION: i64 = 1;
/// Files of one folder: each is known by a line in the stream's watermark.
const FILES_MAX: usize = 2_000;

/// A file that was read, as the watermark keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    hash: String,
    read: ReadStat,
    version: i64,
    /// Why it was refused, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    /// Rows that could not be read.
    #[serde(default)]
    skipped: i64,
}

/// What a page of files came to.
pub struct Read {
    pub files: BTreeMap<String, Known>,
    /// Pairs of the trades, each with what is traded, where that is known.
    pub pairs: BTreeMap<String, String>,
    pub changes: Vec<Change>,
    pub items: Vec<Item>,
    /// The last file of the page, where more follow.
    pub after: Option<String>,
}

/// Reads the files behind `after` until the page is full.
pub async fn read(
    reach: &Reach,
    request: &FetchRequest<'_>,
    files: BTreeMap<String, Known>,
    after: Option<String>,
) -> Result<Read, ProviderError> {
    let reader = Reader {
        files: reach.files.clone(),
        root: PathBuf::from(request.setting(FOLDER)?),
        options: request.options.clone(),
        now: request.now,
    };
    blocking(move || reader.page(files, after)).await
}

struct Reader {
    files: Files,
    root: PathBuf,
    options: SyncOptions,
    now: Timestamp,
}

/// One file: its item, and what is new of it.
struct Looked {
    item: Item,
    new: Option<(Known, Vec<Fill>)>,
    bytes: u64,
}

impl Reader {
    fn page(&self, mut files: BTreeMap<String, Known>, after: Option<String>) -> Result<Read, ProviderError> {
        let entries = self.list()?;
        // What is gone may come back changed.
        files.retain(|name, _| entries.iter().any(|entry| entry.name == *name));
        let is_meant = |entry: &&FolderEntry| {
            let is_ahead = after.as_ref().is_none_or(|after| entry.name > *after);
            is_ahead && (self.options.items.is_empty() || self.options.items.contains(&entry.name))
        };
        let (mut fills, mut items, mut bytes, mut last) = (Vec::new(), Vec::new(), 0, None);
        let mut is_full = false;
        for entry in entries.iter().filter(is_meant) {
            if bytes >= PAGE_FILE_BYTES_MAX {
                is_full = true;
                break;
            }
            let looked = self.look(entry, files.get(&entry.name));
            let rows = looked.new.as_ref().map_or(0, |(_, fills)| fills.len());
            if rows + fills.len() > PAGE_ROWS_MAX && !items.is_empty() {
                is_full = true;
                break;
            }
            bytes += looked.bytes;
            items.push(looked.item);
            last = Some(entry.name.clone());
            if let Some((known, new)) = looked.new {
                files.insert(entry.name.clone(), known);
                fills.extend(new);
            }
        }
        let base = |fill: &Fill| (fill.symbol.clone(), fill.asset.clone().unwrap_or_default());
        let pairs = fills.iter().map(base).collect();
        let changes = if fills.is_empty() { Vec::new() } else { vec![Change::Upsert(Batch::of(&fills))] };
        Ok(Read { files, pairs, changes, items, after: last.filter(|_| is_full) })
    }

    /// CSV files, and what should be one.
    fn list(&self) -> Result<Vec<FolderEntry>, ProviderError> {
        let mut entries = list_root(&self.files, &self.root)?;
        let is_meant = |entry: &FolderEntry| {
            let name = entry.name.to_ascii_lowercase();
            let ends = [".csv", ".zip", ".xlsx"].iter().any(|end| name.len() > end.len() && name.ends_with(end));
            ends && !name.starts_with('.') && entry.kind != EntryKind::Folder
        };
        entries.retain(is_meant);
        if entries.len() > FILES_MAX {
            let message = format!(
                "the folder {} has {} files, more than {FILES_MAX}: put together what belongs together",
                self.root.display(),
                entries.len()
            );
            return Err(ProviderError::NeedsUser { message });
        }
        Ok(entries)
    }

    fn look(&self, entry: &FolderEntry, known: Option<&Known>) -> Looked {
        let told = |item: Item| Looked { item, new: None, bytes: 0 };
        let failed = |failure: Failure| told(Item::new(&entry.name, failure.status, failure.reason));
        if !entry.name.to_ascii_lowercase().ends_with(".csv") {
            return failed(Failure::rejected("is packed: unpack it into the folder, and save workbooks as CSV"));
        }
        let is_strict_enough = |known: &&Known| !self.options.strict || known.skipped == 0;
        let current = known.filter(|known| known.version == PARSER_VERSION).filter(is_strict_enough);
        if let (Some(known), EntryKind::File(stat)) = (current, &entry.kind)
            && known.read.vouches_for(stat)
            && !self.options.rehash
        {
            return told(known.item(&entry.name));
        }
        let read = match read_entry(&self.files, entry, self.now) {
            Ok(read) => read,
            Err(failure) => return failed(failure),
        };
        let bytes = read.stat.size_bytes;
        let (hash, stat) = (sha256(&read.bytes), ReadStat::of(read.stat, self.now));
        if let Some(known) = current.filter(|known| known.hash == hash) {
            let renewed = (known.read != stat).then(|| (Known { read: stat, ..known.clone() }, Vec::new()));
            return Looked { item: known.item(&entry.name), new: renewed, bytes };
        }
        let known = |fault: Option<String>, skipped: i64| Known {
            hash: hash.clone(),
            read: stat,
            version: PARSER_VERSION,
            fault,
            skipped,
        };
        match Sheet::read(&read.bytes, &entry.name, self.options.strict) {
            Ok(sheet) => {
                let item = sheet.item(&entry.name);
                Looked { item, new: Some((known(None, sheet.skipped), sheet.fills)), bytes }
            }
            Err(why) => {
                let known = known(Some(why), 0);
                Looked { item: known.item(&entry.name), new: Some((known, Vec::new())), bytes }
            }
        }
    }
}

impl Known {
    /// Of a file that is as it was.
    fn item(&self, name: &str) -> Item {
        match &self.fault {
            Some(why) => Item::new(name, ItemStatus::Rejected, why),
            None => Item::new(name, ItemStatus::Unchanged, ""),
        }
    }
}

impl Sheet {
    fn item(&self, name: &str) -> Item {
        let mut detail = count(self.fills.len(), "trade");
        if let Some(last) = self.fills.iter().map(|fill| fill.at).max() {
            detail += &format!(" up to {last:.0}");
        }
        if let Some(first) = &self.first_fault {
            detail +=
                &format!(", {} left out, the first on {first}", count(self.skipped.unsigned_abs() as usize, "row"));
        }
        let imported = i64::try_from(self.fills.len()).unwrap_or(i64::MAX);
        Item { imported, skipped: self.skipped, ..Item::new(name, ItemStatus::Updated, detail) }
    }
}
