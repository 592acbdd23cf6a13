//! Reading folders for providers: bounded, never a device or a pipe, and never half of a file that is being written.

use std::fs::{self, File, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::limits::{FILE_SETTLE_MILLIS, FILE_STAT_TRUST_MILLIS, FOLDER_ENTRIES_MAX};

pub type ReadHook = Arc<dyn Fn(&Path) + Send + Sync>;

/// Hands folders and files to providers. Its calls block: use them on a blocking thread.
#[derive(Clone, Default)]
pub struct Files {
    /// Called between the first look at a file and reading it. Tests change the file there.
    pub before_read: Option<ReadHook>,
}

/// What identifies a version of a file without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileStat {
    pub size_bytes: u64,
    pub mtime_nanos: i128,
    pub inode: u64,
}

impl FileStat {
    fn of(meta: &Metadata) -> FileStat {
        let mtime_nanos = i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec());
        FileStat { size_bytes: meta.len(), mtime_nanos, inode: meta.ino() }
    }

    /// Whether an equal stat proves equal bytes for something read at `read_at`. A file changed just before it was
    /// read could change again within the clock tick that its time stamp counts in.
    pub fn is_proof(&self, read_at: Timestamp) -> bool {
        read_at.as_nanosecond() - self.mtime_nanos > i128::from(FILE_STAT_TRUST_MILLIS) * 1_000_000
    }
}

/// The bytes of one version of a file.
pub struct FileBytes {
    pub bytes: Vec<u8>,
    pub stat: FileStat,
}

/// An entry of a folder, symbolic links followed.
#[derive(Debug)]
pub struct FolderEntry {
    pub name: String,
    pub path: PathBuf,
    pub kind: EntryKind,
}

#[derive(Debug, PartialEq, Eq)]
pub enum EntryKind {
    Folder,
    File(FileStat),
    /// Neither a folder nor a file, or not readable as such, with the reason.
    Other(String),
}

#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("does not exist")]
    Missing,
    #[error("cannot be read: permission denied")]
    Denied,
    #[error("is still being written")]
    Changing,
    #[error("has {size_bytes} bytes, more than the {max_bytes} that are read")]
    TooLarge { size_bytes: u64, max_bytes: u64 },
    #[error("is not a regular file")]
    NotAFile,
    #[error("is not a folder")]
    NotAFolder,
    #[error("cannot be read: {0}")]
    Io(String),
}

impl From<std::io::Error> for FileError {
    fn from(error: std::io::Error) -> FileError {
        match error.kind() {
            std::io::ErrorKind::NotFound => FileError::Missing,
            std::io::ErrorKind::PermissionDenied => FileError::Denied,
            // The system's words, such as "Too many levels of symbolic links (os error 40)".
            _ => FileError::Io(error.to_string()),
        }
    }
}

impl Files {
    /// The entries of a folder by name. A name that is not UTF-8 is listed with its odd bytes replaced, as unreadable.
    pub fn list(&self, folder: &Path) -> Result<Vec<FolderEntry>, FileError> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entries.len() == FOLDER_ENTRIES_MAX {
                return Err(FileError::Io(format!("it has more than {FOLDER_ENTRIES_MAX} entries")));
            }
            let path = entry.path();
            let (name, readable) = match entry.file_name().into_string() {
                Ok(name) => (name, true),
                Err(odd) => (odd.to_string_lossy().into_owned(), false),
            };
            let kind = match fs::metadata(&path) {
                _ if !readable => EntryKind::Other("its name is not UTF-8".into()),
                Ok(meta) if meta.is_dir() => EntryKind::Folder,
                Ok(meta) if meta.is_file() => EntryKind::File(FileStat::of(&meta)),
                Ok(_) => EntryKind::Other(FileError::NotAFile.to_string()),
                Err(error) => EntryKind::Other(FileError::from(error).to_string()),
            };
            entries.push(FolderEntry { name, path, kind });
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    /// Whether `path` is a folder that can be listed.
    pub fn check_folder(&self, path: &Path) -> Result<(), FileError> {
        if !fs::metadata(path)?.is_dir() {
            return Err(FileError::NotAFolder);
        }
        fs::read_dir(path)?;
        Ok(())
    }

    pub fn stat(&self, path: &Path) -> Result<FileStat, FileError> {
        Ok(FileStat::of(&fs::metadata(path)?))
    }

    /// Reads a whole file, if it is one version of a regular file of at most `max_bytes`. A file that changed a moment
    /// ago gets [`FILE_SETTLE_MILLIS`] to settle; one that changes meanwhile is [`FileError::Changing`].
    pub fn read(&self, path: &Path, max_bytes: u64, now: Timestamp) -> Result<FileBytes, FileError> {
        // Asked by path first: opening a pipe would wait for its writer.
        let seen = fs::metadata(path)?;
        if !seen.is_file() {
            return Err(FileError::NotAFile);
        }
        let age_nanos = now.as_nanosecond() - FileStat::of(&seen).mtime_nanos;
        if (0..i128::from(FILE_SETTLE_MILLIS) * 1_000_000).contains(&age_nanos) {
            std::thread::sleep(Duration::from_millis(FILE_SETTLE_MILLIS));
        }
        if let Some(hook) = &self.before_read {
            hook(path);
        }
        let mut file = File::open(path)?;
        let stat = FileStat::of(&file.metadata()?);
        if stat.size_bytes > max_bytes {
            return Err(FileError::TooLarge { size_bytes: stat.size_bytes, max_bytes });
        }
        let mut bytes = Vec::with_capacity(stat.size_bytes as usize + 1);
        Read::by_ref(&mut file).take(max_bytes + 1).read_to_end(&mut bytes)?;
        let unchanged = |now: &Metadata| FileStat::of(now) == stat;
        if bytes.len() as u64 != stat.size_bytes
            || FileStat::of(&seen) != stat
            || !unchanged(&file.metadata()?)
            || !fs::metadata(path).is_ok_and(|now| unchanged(&now))
        {
            return Err(FileError::Changing);
        }
        Ok(FileBytes { bytes, stat })
    }
}
