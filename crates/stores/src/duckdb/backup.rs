//! A copy of the database and of the credentials, byte by byte.
//!
//! The instance may not attach other files, so DuckDB cannot copy itself; and a copy of the file, taken by the one thread
//! that writes, is as consistent and costs less.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use foliosync_engine::secrets::SealedOf;
use foliosync_engine::store::StoreError;

use super::Result;
use super::credentials::{self, FILE, sync_folder};
use super::open::log_bytes;

/// Copies into an empty folder. `source` is an open handle of the database at `path`.
pub fn copy(source: &File, path: &Path, sealed: &SealedOf, folder: &Path) -> Result<()> {
    let copy_all = || -> io::Result<()> {
        let name = path.file_name().unwrap_or_default();
        let database = folder.join(name);
        copy_file(source, &database)?;
        if log_bytes(path) > 0 {
            copy_file(&File::open(path.with_added_extension("wal"))?, &database.with_added_extension("wal"))?;
        }
        credentials::write(&folder.join(FILE), sealed)?;
        sync_folder(&database)
    };
    copy_all().map_err(|error| StoreError::Failed(format!("no copy could be written to {}: {error}", folder.display())))
}

fn copy_file(mut source: &File, target: &Path) -> io::Result<()> {
    let mut target = File::options().write(true).create_new(true).mode(0o600).open(target)?;
    source.seek(SeekFrom::Start(0))?;
    io::copy(&mut source, &mut target)?;
    target.sync_all()
}
