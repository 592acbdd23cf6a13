//! Folders of market-data files: exports of charts, one CSV file each.

mod file;
mod new_york;
mod rows;
mod stored;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use foliosync_engine::files::{EntryKind, Files, FolderEntry};
use foliosync_engine::model::sync::SyncOptions;
use foliosync_engine::model::{Batch, market};
use foliosync_engine::provider::{
    FetchRequest, IntervalSpec, Page, Provider, ProviderError, ProviderSpec, Reach, SettingKind, SettingSpec,
    StreamSpec,
};
use jiff::Timestamp;

use self::file::{Context, MarketFile, sync_file};
use self::stored::stored_files;
use crate::folder::{Position, blocking, check_names, is_csv_name, list_root, page_of};

pub struct MarketCsv;

static SPEC: ProviderSpec = ProviderSpec {
    id: "market_csv",
    name: "Market-data files",
    summary: "Prices and indicators from chart exports: spx_daily.csv, spx_15min.csv, vix_intraday.csv, and bars of any \
              other symbol",
    settings: &[SettingSpec {
        key: "path",
        label: "Folder",
        help: "The folder that holds the CSV files, or one with a subfolder _marketdata that does, as an absolute path",
        kind: SettingKind::Folder,
        required: true,
    }],
    streams: &[StreamSpec {
        name: "files",
        summary: "The rows of every file; earlier rows stay when an export moves on",
        work: Some(&market::SYNC_METADATA),
    }],
    interval: IntervalSpec { min_secs: 60, default_secs: 900, max_secs: 86_400 },
    item_noun: "file",
};

#[async_trait]
impl Provider for MarketCsv {
    fn spec(&self) -> &'static ProviderSpec {
        &SPEC
    }

    async fn fetch(&self, reach: &Reach, request: &FetchRequest<'_>) -> Result<Page, ProviderError> {
        let sweep = Sweep {
            files: reach.files.clone(),
            root: PathBuf::from(request.setting("path")?),
            work: request.work.cloned().unwrap_or_else(|| Batch::empty(&market::SYNC_METADATA)),
            position: Position::of(request.watermark, request.options),
            options: request.options.clone(),
            now: request.now,
        };
        blocking(move || sweep.page()).await
    }
}

/// One page of a sweep over the folder.
struct Sweep {
    files: Files,
    root: PathBuf,
    work: Batch,
    position: Position,
    options: SyncOptions,
    now: Timestamp,
}

impl Sweep {
    fn page(&self) -> Result<Page, ProviderError> {
        let found = self.survey()?;
        let expected = self.position.expected.unwrap_or(found.len() as i64);
        let context = Context { files: &self.files, options: &self.options, now: self.now };
        let outcomes = page_of(&found, |file| sync_file(&context, file));
        let more = outcomes.len() < found.len();
        let watermark = match outcomes.last().filter(|_| more) {
            Some(last) => Position::behind(&last.item.name, expected, true, &self.options),
            None => Position::finished(),
        };
        let (items, changes): (Vec<_>, Vec<_>) =
            outcomes.into_iter().map(|outcome| (outcome.item, outcome.changes)).unzip();
        let changes = changes.into_iter().flatten().collect();
        Ok(Page { changes, items, watermark, more, expected: Some(expected), as_of: None })
    }

    /// The files that this page and those behind it look at, by name: those in the folder, and those in the store.
    fn survey(&self) -> Result<Vec<MarketFile<'_>>, ProviderError> {
        let stored = stored_files(&self.work);
        let mut candidates: BTreeMap<String, Option<FolderEntry>> =
            stored.keys().map(|name| (name.to_string(), None)).collect();
        let entries = list_files(&self.files, &self.root)?;
        candidates.extend(entries.into_iter().map(|entry| (entry.name.clone(), Some(entry))));
        if self.position.after.is_none() {
            let names = candidates.keys().map(String::as_str);
            check_names("file", &self.options.items, |name| candidates.contains_key(name), names)?;
        }
        // Rows go by table or symbol, and those must not depend on which of two files was read last.
        let mut first_by_place: HashMap<String, String> = HashMap::new();
        let mut found = Vec::new();
        for (name, entry) in candidates {
            let twin = entry.is_some().then(|| first_by_place.get(&place(&name)).cloned()).flatten();
            if entry.is_some() && twin.is_none() {
                first_by_place.insert(place(&name), name.clone());
            }
            let is_asked = self.options.items.is_empty() || self.options.items.contains(&name);
            if is_asked && !self.position.is_behind(&name) {
                let stored = stored.get(name.as_str()).cloned();
                found.push(MarketFile { name, entry, stored, twin });
            }
        }
        Ok(found)
    }
}

/// What two files of one folder must not share.
fn place(name: &str) -> String {
    name.to_lowercase()
}

/// The CSV files of the folder, or of its subfolder `_marketdata`, where the trade-log folders of old kept them.
fn list_files(files: &Files, root: &Path) -> Result<Vec<FolderEntry>, ProviderError> {
    let mut entries = list_root(files, root)?;
    let inner = entries.iter().find(|entry| entry.name == "_marketdata" && entry.kind == EntryKind::Folder);
    if let Some(inner) = inner {
        entries = list_root(files, &inner.path)?;
    }
    entries.retain(|entry| is_csv_name(&entry.name) && entry.kind != EntryKind::Folder);
    Ok(entries)
}
