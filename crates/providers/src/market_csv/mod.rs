//! Folders of market-data files: exports of charts, one CSV file each.

mod file;
mod new_york;
mod rows;
mod stored;

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use async_trait::async_trait;
use foliosync_engine::calendar::Calendar;
use foliosync_engine::files::{EntryKind, Files, FolderEntry};
use foliosync_engine::model::market;
use foliosync_engine::provider::{
    Cadence, FetchRequest, Page, Provider, ProviderError, ProviderSpec, Reach, SettingKind, SettingSpec, StreamSpec,
    Work,
};

use self::file::{Context, MarketFile, sync_file};
use self::stored::stored_files;
use crate::folder::{Sweep, blocking, check_names, is_csv_name, list_root};

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
        cadence: Cadence::Interval,
        calendar: Calendar::Always,
        work: Some(Work::Rows(&[&market::SYNC_METADATA])),
    }],
    item_noun: "file",
    ..ProviderSpec::LOCAL
};

#[async_trait]
impl Provider for MarketCsv {
    fn spec(&self) -> &'static ProviderSpec {
        &SPEC
    }

    async fn fetch(&self, reach: &Reach, request: &FetchRequest<'_>) -> Result<Page, ProviderError> {
        let sweep = Sweep::of(reach, request, &market::SYNC_METADATA)?;
        blocking(move || page(&sweep)).await
    }
}

fn page(sweep: &Sweep) -> Result<Page, ProviderError> {
    let found = survey(sweep)?;
    let context = Context { files: &sweep.files, options: &sweep.options, now: sweep.now };
    // Rows of market data are never removed, so there is nothing to agree on.
    Ok(sweep.page(&found, true, |file| sync_file(&context, file)))
}

/// The files that this page and those behind it look at, by name: those in the folder, and those in the store.
fn survey(sweep: &Sweep) -> Result<Vec<MarketFile<'_>>, ProviderError> {
    let stored = stored_files(&sweep.work);
    let mut candidates: BTreeMap<String, Option<FolderEntry>> =
        stored.keys().map(|name| (name.to_string(), None)).collect();
    let entries = list_files(&sweep.files, &sweep.root)?;
    candidates.extend(entries.into_iter().map(|entry| (entry.name.clone(), Some(entry))));
    let asked = &sweep.options.items;
    if sweep.position.after.is_none() {
        let names = candidates.keys().map(String::as_str);
        check_names("file", asked, |name| candidates.contains_key(name), names)?;
    }
    // Rows go by table or symbol, and those must not depend on which of two files was read last.
    let mut first_by_place: HashMap<String, String> = HashMap::new();
    let mut found = Vec::new();
    for (name, entry) in candidates {
        let mut twin = None;
        if entry.is_some() {
            match first_by_place.entry(name.to_lowercase()) {
                Entry::Occupied(first) => twin = Some(first.get().clone()),
                Entry::Vacant(place) => drop(place.insert(name.clone())),
            }
        }
        if (asked.is_empty() || asked.contains(&name)) && !sweep.position.is_behind(&name) {
            let stored = stored.get(name.as_str()).cloned();
            found.push(MarketFile { name, entry, stored, twin });
        }
    }
    Ok(found)
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
