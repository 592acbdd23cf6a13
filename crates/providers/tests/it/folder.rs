//! A folder to sync from, and a store in memory that pages are applied to as the contract says.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use foliosync_engine::clock::Clock;
use foliosync_engine::files::Files;
use foliosync_engine::http::Http;
use foliosync_engine::limits::PAGE_FILE_BYTES_MAX;
use foliosync_engine::model::sync::{ItemStatus, SyncOptions};
use foliosync_engine::model::{Batch, BatchBuilder, Table, Value};
use foliosync_engine::provider::{Change, FetchRequest, Item, Page, Provider, ProviderError, Reach, Work};
use foliosync_engine::testkit::provider_contract::Subject;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use tempfile::TempDir;

/// A connection of one provider to a temporary folder.
pub struct Connection {
    provider: Arc<dyn Provider>,
    root: TempDir,
    pub path: PathBuf,
    pub store: Store,
    pub watermark: Option<Json>,
    pub files: Files,
    pub now: Timestamp,
}

/// The rows of the connection by table.
#[derive(Clone, Default)]
pub struct Store(HashMap<String, Batch>);

impl Connection {
    pub fn new(provider: &str) -> Connection {
        let root = tempfile::tempdir().unwrap();
        Connection {
            provider: foliosync_providers::find(provider).unwrap(),
            path: root.path().to_path_buf(),
            root,
            store: Store::default(),
            watermark: None,
            files: Files::default(),
            // Late enough that every file of a test has settled and its stat is proof.
            now: Timestamp::now() + SignedDuration::from_hours(1),
        }
    }

    pub fn tradelog() -> Connection {
        Connection::new("tradelog")
    }

    pub fn write(&self, file: &str, bytes: impl AsRef<[u8]>) {
        let path = self.root.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// A file of nothing that fills a page all the same, and costs little to make and to refuse.
    pub fn write_filler(&self, file: &str) {
        self.write(file, "");
        File::options().write(true).open(self.path.join(file)).unwrap().set_len(PAGE_FILE_BYTES_MAX).unwrap();
    }

    pub fn remove(&self, name: &str) {
        let path = self.root.path().join(name);
        if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
    }

    pub fn subject(&self) -> Subject {
        let reach = Reach { http: Http::offline(Clock::System), files: self.files.clone() };
        Subject::new(self.provider.clone(), reach, &[("path", self.path.to_str().unwrap())], self.now)
    }

    pub fn fetch(&self, options: &SyncOptions) -> Result<Page, ProviderError> {
        let reach = Reach { http: Http::offline(Clock::System), files: self.files.clone() };
        let settings = BTreeMap::from([("path".to_string(), self.path.to_str().unwrap().to_string())]);
        let stream = &self.provider.spec().streams[0];
        let work = match stream.work {
            Some(Work::Rows([table])) => self.store.batch(table),
            _ => panic!("a folder's work list is what is stored of it"),
        };
        let request = FetchRequest {
            watermark: self.watermark.as_ref(),
            work: std::slice::from_ref(&work),
            options,
            ..FetchRequest::plain(stream.name, &settings, self.now)
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(self.provider.fetch(&reach, &request))
    }

    /// Fetches and applies pages until there are no more; gives them as one.
    pub fn sync_with(&mut self, options: &SyncOptions) -> Synced {
        let mut synced = Synced { changes: Vec::new(), items: Vec::new(), pages: 0 };
        loop {
            let page = self.fetch(options).unwrap();
            self.store.apply(&page.changes);
            self.watermark = Some(page.watermark);
            synced.changes.extend(page.changes);
            synced.items.extend(page.items);
            synced.pages += 1;
            if !page.more {
                return synced;
            }
        }
    }

    pub fn sync(&mut self) -> Synced {
        self.sync_with(&SyncOptions::default())
    }
}

/// What a whole sweep gave.
pub struct Synced {
    pub changes: Vec<Change>,
    pub items: Vec<Item>,
    pub pages: usize,
}

impl Synced {
    #[track_caller]
    pub fn item(&self, name: &str) -> &Item {
        let named = self.items.iter().find(|item| item.name == name);
        named.unwrap_or_else(|| panic!("no item {name} in {:?}", self.items))
    }

    /// The one item, of that status; its detail.
    #[track_caller]
    pub fn only(&self, status: ItemStatus) -> &str {
        assert_eq!(self.items.len(), 1, "{:?}", self.items);
        assert_eq!(self.items[0].status, status, "{:?}", self.items[0]);
        &self.items[0].detail
    }

    /// Every item as `name status`.
    pub fn outline(&self) -> Vec<String> {
        self.items.iter().map(|item| format!("{} {:?}", item.name, item.status)).collect()
    }
}

impl Store {
    pub fn batch(&self, table: &'static Table) -> Batch {
        self.0.get(&table.full_name()).cloned().unwrap_or_else(|| Batch::empty(table))
    }

    /// Every row as its values, by name of the column.
    pub fn rows(&self, table: &'static Table) -> Vec<BTreeMap<&'static str, String>> {
        let batch = self.batch(table);
        let row = |row| {
            let columns = table.columns.iter().enumerate();
            columns.map(|(at, column)| (column.name, batch.value(row, at).to_string())).collect()
        };
        (0..batch.len()).map(row).collect()
    }

    /// The values of one column, in order.
    pub fn column(&self, table: &'static Table, column: &str) -> Vec<String> {
        let (batch, at) = (self.batch(table), table.column(column).unwrap());
        (0..batch.len()).map(|row| batch.value(row, at).to_string()).collect()
    }

    pub fn len(&self, table: &'static Table) -> usize {
        self.batch(table).len()
    }

    pub fn apply(&mut self, changes: &[Change]) {
        for change in changes {
            let new = change.rows();
            let old = self.batch(new.table);
            let key: Vec<usize> = new.table.key.iter().map(|column| new.table.column(column).unwrap()).collect();
            let is_kept = |row: usize| match change {
                Change::Replace { scope, .. } => {
                    let at = new.table.column(scope.column).unwrap();
                    old.value(row, at) != Value::Text(&scope.value)
                }
                Change::Upsert(_) => {
                    !(0..new.len()).any(|other| key.iter().all(|at| old.value(row, *at) == new.value(other, *at)))
                }
            };
            let mut merged = BatchBuilder::new(new.table);
            let mut push = |batch: &Batch, row: usize| {
                let values: Vec<_> = (0..new.table.columns.len()).map(|at| batch.value(row, at)).collect();
                merged.push_values(&values);
            };
            (0..old.len()).filter(|row| is_kept(*row)).for_each(|row| push(&old, row));
            // The last of several rows with one key wins.
            let is_last = |row: &usize| {
                !(row + 1..new.len()).any(|later| key.iter().all(|at| new.value(*row, *at) == new.value(later, *at)))
            };
            let is_replace = matches!(change, Change::Replace { .. });
            (0..new.len()).filter(|row| is_replace || is_last(row)).for_each(|row| push(new, row));
            self.0.insert(new.table.full_name(), merged.finish());
        }
    }
}

/// Folder of real and recorded files beside the project. It need not be there, but on the machine that checks
/// everything it must.
pub fn shared(part: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(part);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{} is missing", path.display());
    None
}

/// A trade log of the usual columns with these rows.
pub fn trades(rows: &[&str]) -> String {
    let header = "Date Opened,Time Opened,Legs,P/L,No. of Contracts,Strategy";
    [&[header], rows].concat().iter().flat_map(|row| [row, "\r\n"]).collect()
}

/// A trade log of as many good rows, whose P/L count from 1.
pub fn many_trades(count: usize) -> String {
    let rows: Vec<String> = (1..=count).map(|n| format!("2024-01-02,09:30:00,{n} C,{n},1,S")).collect();
    trades(&rows.iter().map(String::as_str).collect::<Vec<_>>())
}

pub const DAILY: &str = "Date,Net Liquidity,P/L\n2024-01-02,100,1\n2024-01-03,99,-1\n";
pub const REPORTED: &str =
    "Strategy,Date Opened,Initial Premium,P/L\nS,2024-01-02T10:15:40.546199,2.63,-504.25115999999997\n";

/// The same file with blank lines behind it, long enough to fill a page.
pub fn padded(text: &str) -> Vec<u8> {
    let line = [vec![b' '; 1 << 16], vec![b'\n']].concat();
    let mut bytes = text.as_bytes().to_vec();
    while (bytes.len() as u64) < PAGE_FILE_BYTES_MAX {
        bytes.extend(&line);
    }
    bytes
}
