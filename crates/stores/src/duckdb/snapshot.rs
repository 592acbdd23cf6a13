//! The published copy: what can be queried, as of one moment, in a file that anybody may open.
//!
//! Work goes on while it is made: DuckDB changes nothing that a checkpoint wrote until the next checkpoint, so the file
//! is copied between two of them, beside commits that go to the log. It holds nothing secret, because the database
//! holds nothing secret.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use foliosync_engine::limits::{SNAPSHOT_AGE_SECONDS_MIN, SNAPSHOT_COST_SHARE};
use foliosync_engine::model::sync::Cursor;
use foliosync_engine::store::{Snapshot, SnapshotFile, StoreError};
use jiff::Timestamp;
use tokio::sync::{Mutex, RwLock, RwLockReadGuard};

use super::Result;

/// Commits since the database was opened: counted before their callers are answered.
pub type Commits = Arc<AtomicU64>;

/// What is in a copy.
#[derive(Debug, Clone, Copy)]
pub struct Copied {
    pub commits: u64,
    pub cursor: Cursor,
}

pub struct Snapshots {
    file: PathBuf,
    commits: Commits,
    published: RwLock<Option<Published>>,
    /// Whoever makes a copy makes it for all who wait.
    making: Mutex<()>,
}

#[derive(Debug, Clone, Copy)]
struct Published {
    generation: u64,
    copied: Copied,
    at: Timestamp,
    made: Instant,
    cost: Duration,
}

/// The copy stays in its place while this lives.
pub struct Current<'a> {
    pub generation: u64,
    pub snapshot: Snapshot,
    _in_place: RwLockReadGuard<'a, Option<Published>>,
}

impl Snapshots {
    /// Of the database at `path`: in a folder beside it, under the database's own name, which is what others call it by.
    pub fn beside(path: &Path, commits: Commits) -> Snapshots {
        let name = path.file_name().unwrap_or_default();
        let file = path.with_file_name("snapshot").join(name);
        Snapshots { file, commits, published: RwLock::default(), making: Mutex::default() }
    }

    pub fn folder(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new("."))
    }

    pub fn file_name(&self) -> &Path {
        self.file.file_name().unwrap_or_default().as_ref()
    }

    /// The copy as it is where it is new enough, else one that `make` makes now.
    pub async fn current(
        &self,
        age_max: Option<Duration>,
        now: Timestamp,
        make: impl AsyncFnOnce(PathBuf) -> Result<Copied>,
    ) -> Result<Current<'_>> {
        if let Some(current) = self.new_enough(age_max, now).await {
            return Ok(current);
        }
        let _making = self.making.lock().await;
        if let Some(current) = self.new_enough(age_max, now).await {
            return Ok(current);
        }
        let made = self.make(now, make).await;
        match self.published.read().await {
            published if made.is_ok() || (age_max.is_none() && published.is_some()) => {
                if let Err(error) = made {
                    tracing::warn!(%error, "queries see an older copy, because no new one can be made");
                }
                self.shown(published, now).ok_or_else(|| StoreError::Failed("there is no copy".into()))
            }
            _ => Err(made.err().unwrap_or_else(|| StoreError::Failed("there is no copy".into()))),
        }
    }

    async fn make(&self, now: Timestamp, make: impl AsyncFnOnce(PathBuf) -> Result<Copied>) -> Result<()> {
        let failed = |error: io::Error| {
            StoreError::Failed(format!("no copy for queries could be made in {}: {error}", self.folder().display()))
        };
        let begun = Instant::now();
        fs::DirBuilder::new().recursive(true).mode(0o700).create(self.folder()).map_err(failed)?;
        let beside = self.file.with_added_extension("new");
        // Of a program that ended in the middle.
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let copied = make(beside.clone()).await;
        let mut published = self.published.write().await;
        let renamed = copied.and_then(|copied| fs::rename(&beside, &self.file).map(|()| copied).map_err(failed));
        let copied = renamed.inspect_err(|_| drop(fs::remove_file(&beside)))?;
        let generation = published.map_or(1, |last| last.generation + 1);
        *published = Some(Published { generation, copied, at: now, made: Instant::now(), cost: begun.elapsed() });
        Ok(())
    }

    async fn new_enough(&self, age_max: Option<Duration>, now: Timestamp) -> Option<Current<'_>> {
        let published = self.published.read().await;
        let last = (*published)?;
        let costly = SNAPSHOT_AGE_SECONDS_MIN.max(last.cost * SNAPSHOT_COST_SHARE);
        let is_new = self.is_newest(&last) || last.made.elapsed() < age_max.unwrap_or(costly);
        if is_new { self.shown(published, now) } else { None }
    }

    fn is_newest(&self, last: &Published) -> bool {
        last.copied.commits == self.commits.load(Ordering::Acquire)
    }

    fn shown<'a>(&self, published: RwLockReadGuard<'a, Option<Published>>, now: Timestamp) -> Option<Current<'a>> {
        let last = (*published)?;
        let at = if self.is_newest(&last) { last.at.max(now) } else { last.at };
        let age_ms = i64::try_from(now.duration_since(at).as_millis()).unwrap_or(i64::MAX).max(0);
        let snapshot = Snapshot { cursor: last.copied.cursor, at, age_ms };
        Some(Current { generation: last.generation, snapshot, _in_place: published })
    }

    /// The copy's place, once it will outlive a loss of power.
    pub fn settled(&self, snapshot: Snapshot) -> Result<SnapshotFile> {
        let settle = || -> io::Result<u64> {
            let file = File::open(&self.file)?;
            file.sync_all()?;
            File::open(self.folder())?.sync_all()?;
            Ok(file.metadata()?.len())
        };
        let path = self.file.clone();
        match settle() {
            Ok(bytes) => Ok(SnapshotFile { snapshot, path, bytes }),
            Err(error) => Err(StoreError::Failed(format!("the copy {} cannot be read: {error}", path.display()))),
        }
    }
}

/// Copies a file that may be written to past what is copied. Its handle is read at places of its own, because others
/// read it too; and where the file system can share the bytes of two files, they are shared.
pub fn copy_file(source: &File, target: &Path, mode: u32) -> io::Result<File> {
    let target = File::options().write(true).create_new(true).mode(mode).open(target)?;
    let bytes = source.metadata()?.len();
    let mut done = share(source, &target, bytes);
    let mut buffer = vec![0; 1 << 20];
    while done < bytes {
        let most = buffer.len().min(usize::try_from(bytes - done).unwrap_or(usize::MAX));
        let read = source.read_at(&mut buffer[..most], done)?;
        if read == 0 {
            break;
        }
        target.write_all_at(&buffer[..read], done)?;
        done += read as u64;
    }
    Ok(target)
}

/// How far the kernel came by itself.
#[cfg(target_os = "linux")]
fn share(source: &File, target: &File, bytes: u64) -> u64 {
    let (mut from, mut to) = (0, 0);
    while from < bytes {
        let most = usize::try_from(bytes - from).unwrap_or(usize::MAX).min(1 << 30);
        match rustix::fs::copy_file_range(source, Some(&mut from), target, Some(&mut to), most) {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
    from
}

#[cfg(not(target_os = "linux"))]
fn share(_: &File, _: &File, _: u64) -> u64 {
    0
}
