//! A copy of the database and of the credentials, byte by byte.
//!
//! The instance may not attach other files, so DuckDB cannot copy itself; and a copy of the file is as consistent and costs
//! less.

use std::fs::File;
use std::io;
use std::path::Path;

use foliosync_engine::secrets::SealedOf;
use foliosync_engine::store::StoreError;

use super::Result;
use super::credentials::{self, FILE, sync_folder};
use super::snapshot::copy_file;

const MODE: u32 = 0o600;

/// Copies into a folder. `source` is an open handle of the database at `path`.
pub fn copy(source: &File, path: &Path, sealed: &SealedOf, folder: &Path) -> Result<()> {
    let copy_all = || -> io::Result<()> {
        let database = folder.join(path.file_name().unwrap_or_default());
        copy_file(source, &database, MODE)?.sync_all()?;
        credentials::write(&folder.join(FILE), sealed)?;
        sync_folder(&database)
    };
    copy_all().map_err(|error| failed(folder, &error))
}

/// Copies the log of commits of the database at `path`.
pub fn copy_log(path: &Path, folder: &Path) -> Result<()> {
    let log = path.with_added_extension("wal");
    let copy = || copy_file(&File::open(&log)?, &folder.join(log.file_name().unwrap_or_default()), MODE)?.sync_all();
    copy().map_err(|error| failed(folder, &error))
}

fn failed(folder: &Path, error: &io::Error) -> StoreError {
    StoreError::Failed(format!("no copy could be written to {}: {error}", folder.display()))
}
