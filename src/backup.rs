//! A backup: a folder with a copy of everything but the key.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use foliosync_engine::engine::Engine;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::data_folder::DataFolder;
use crate::failure::Failure;

/// Says what the folder is. Written last, so a copy that has it is whole.
const MANIFEST: &str = "backup.json";
const VERSION: u32 = 1;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    version: u32,
    /// Of the program that made it.
    foliosync: String,
    pub made_at: Timestamp,
    /// The ids of the keys that its credentials need.
    pub sealed_with: BTreeSet<String>,
    pub bytes: u64,
}

/// Makes a backup while the server goes on. `path` must not exist, and is there as a whole or not at all.
pub async fn make(engine: &Engine, folder: &DataFolder, path: &Path) -> Result<Manifest, Failure> {
    let shown = path.display();
    if !path.is_absolute() || path.file_name().is_none() {
        return Err(Failure::input(format!("{shown} is no absolute path of a new folder"), ""));
    }
    if fs::symlink_metadata(path).is_ok() {
        let hint = "name a folder that is not there yet; backups are never written over";
        return Err(Failure::input(format!("{shown} exists already"), hint));
    }
    let failed = |error: io::Error| Failure::failed(format!("no backup can be made in {shown}: {error}"), "");
    let beside = Unfinished::beside(path).map_err(failed)?;
    let sealed_with = engine.sealed_with().await.map_err(|error| Failure::failed(error.to_string(), ""))?;
    engine.backup(&beside.0).await.map_err(|error| Failure::failed(error.to_string(), ""))?;
    let finish = || -> io::Result<Manifest> {
        match fs::read(folder.access_file()) {
            Ok(bytes) => write(&in_folder(&beside.0, &folder.access_file()), &bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let mut bytes = 0;
        for entry in fs::read_dir(&beside.0)? {
            bytes += entry?.metadata()?.len();
        }
        let (foliosync, made_at) = (env!("CARGO_PKG_VERSION").into(), engine.now());
        let manifest = Manifest { version: VERSION, foliosync, made_at, sealed_with, bytes };
        write(&beside.0.join(MANIFEST), &serde_json::to_vec_pretty(&manifest)?)?;
        fs::File::open(&beside.0)?.sync_all()?;
        fs::rename(&beside.0, path)?;
        path.parent().map_or(Ok(()), |parent| fs::File::open(parent)?.sync_all())?;
        Ok(manifest)
    };
    let manifest = finish().map_err(failed)?;
    tracing::info!(path = %shown, bytes = manifest.bytes, "made a backup");
    Ok(manifest)
}

/// Puts a backup into a data folder that is empty or not there. No server may run for it; with nothing in it, none does.
pub fn restore(path: &Path, folder: &DataFolder) -> Result<Manifest, Failure> {
    let manifest = read_manifest(path)?;
    folder.prepare()?;
    let root = folder.root().display();
    let failed = |error: io::Error| {
        let hint = "empty the data folder before you try again; the backup is as it was";
        Failure::failed(format!("the backup cannot be restored to {root}: {error}"), hint)
    };
    if fs::read_dir(folder.root()).map_err(failed)?.next().is_some() {
        let hint = "choose another with --data-dir, or move what is there away";
        return Err(Failure::input(format!("the data folder {root} is not empty"), hint));
    }
    // The database last: a folder without it is no data folder yet.
    let log = folder.database().with_added_extension("wal");
    let files = [folder.credentials_file(), folder.access_file(), log, folder.database()];
    for target in files {
        let source = in_folder(path, &target);
        if source.exists() {
            copy(&source, &target).map_err(failed)?;
        }
    }
    fs::File::open(folder.root()).and_then(|folder| folder.sync_all()).map_err(failed)?;
    Ok(manifest)
}

fn read_manifest(path: &Path) -> Result<Manifest, Failure> {
    let (shown, file) = (path.display(), path.join(MANIFEST));
    let bytes = fs::read(&file).map_err(|error| {
        Failure::input(
            format!("{shown} is no backup: {}: {error}", file.display()),
            "give a folder that `foliosync backup` made",
        )
    })?;
    let manifest: Manifest = serde_json::from_slice(&bytes)
        .map_err(|error| Failure::failed(format!("{} cannot be read: {error}", file.display()), ""))?;
    if manifest.version != VERSION {
        let message = format!("{shown} was made by foliosync {}, which is newer", manifest.foliosync);
        return Err(Failure::failed(message, "update foliosync"));
    }
    Ok(manifest)
}

/// The place in another folder of a file with the same name.
fn in_folder(folder: &Path, file: &Path) -> PathBuf {
    folder.join(file.file_name().unwrap_or_default())
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::options().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn copy(source: &Path, target: &Path) -> io::Result<()> {
    let beside = target.with_added_extension("restoring");
    let mut file = fs::File::options().write(true).create_new(true).mode(0o600).open(&beside)?;
    io::copy(&mut fs::File::open(source)?, &mut file)?;
    file.sync_all()?;
    fs::rename(beside, target)
}

/// A folder that goes again unless it was renamed.
pub struct Unfinished(PathBuf);

impl Unfinished {
    pub fn beside(path: &Path) -> io::Result<Unfinished> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let beside = path.with_file_name(format!(".{name}.unfinished-{}", std::process::id()));
        fs::DirBuilder::new().mode(0o700).create(&beside)?;
        Ok(Unfinished(beside))
    }

    pub fn folder(&self) -> &Path {
        &self.0
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
