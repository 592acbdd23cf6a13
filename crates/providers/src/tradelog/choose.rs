//! Which CSV files of a block's folder are its logs, and what of the others is told.

use foliosync_engine::files::{FileBytes, FileStat, FolderEntry};
use jiff::Timestamp;

use super::block::Context;
use super::recognise::{LogKind, by_exact_name, by_header, by_name_pattern};
use super::stored::StoredFile;
use crate::csv::{Header, Text};
use crate::folder::{Failure, ReadStat, read_entry, sha256};

/// The CSV files of a folder, told apart. What is used, or had to be looked into, has been read, once.
pub struct Chosen {
    /// By [`LogKind`].
    pub used: [Option<UsedFile>; 3],
    pub left: Vec<LeftFile>,
}

pub struct UsedFile {
    pub name: String,
    pub file: FileBytes,
    pub hash: String,
}

/// A file that is not used.
pub struct LeftFile {
    pub name: String,
    /// Why, as the end of the sentence "The file …".
    pub note: String,
    /// As it was read, where its header had to be looked at.
    read: Option<FileStat>,
}

/// Rows of one file: accepted, and rejected.
#[derive(Debug, Clone, Copy, Default)]
pub struct Count {
    pub rows: i64,
    pub rejected: i64,
}

/// By [`LogKind`].
pub type Counts = [Count; 3];

/// Takes for each kind the file with the exact name, else the first whose name fits, else the first whose header does.
/// Headers are looked at only while a kind is without a file.
pub fn choose(context: &Context<'_>, entries: &[FolderEntry], bytes: &mut u64) -> Result<Chosen, Failure> {
    let mut read = |entry: &FolderEntry| {
        let file = read_entry(context.files, entry, context.now)?;
        *bytes += file.stat.size_bytes;
        Ok(file)
    };
    let mut used: [Option<UsedFile>; 3] = [const { None }; 3];
    let mut left = Vec::new();
    let (mut exact, mut fitting, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for entry in entries {
        match (by_exact_name(&entry.name), by_name_pattern(&entry.name)) {
            (Some(kind), _) => exact.push((entry, kind)),
            (None, Some(kind)) => fitting.push((entry, kind)),
            (None, None) => others.push(entry),
        }
    }
    // Of names that differ in case alone, the one in lower case is the exact one.
    exact.sort_by_key(|(entry, kind)| entry.name != kind.file_name());
    for (entry, kind) in exact.into_iter().chain(fitting) {
        match &used[kind as usize] {
            Some(first) => left.push(LeftFile::of(entry, second(kind, first), None)),
            None => used[kind as usize] = Some(UsedFile::of(entry, read(entry)?)),
        }
    }
    for entry in others {
        if used.iter().all(Option::is_some) {
            left.push(LeftFile::of(entry, "is not needed and not used".into(), None));
            continue;
        }
        let file = read(entry)?;
        let kind = Text::of(&file.bytes).and_then(Header::of).map(|header| by_header(&header));
        let note = match kind {
            Ok(Some(kind)) => match &used[kind as usize] {
                Some(first) => second(kind, first),
                None => {
                    used[kind as usize] = Some(UsedFile::of(entry, file));
                    continue;
                }
            },
            Ok(None) => "has a header of no kind of log and is not used".into(),
            Err(refusal) => refusal.to_string(),
        };
        left.push(LeftFile::of(entry, note, Some(file.stat)));
    }
    Ok(Chosen { used, left })
}

fn second(kind: LogKind, first: &UsedFile) -> String {
    format!("is a second {} beside `{}` and not used", kind.noun(), first.name)
}

impl UsedFile {
    fn of(entry: &FolderEntry, file: FileBytes) -> UsedFile {
        UsedFile { name: entry.name.clone(), hash: sha256(&file.bytes), file }
    }
}

impl LeftFile {
    fn of(entry: &FolderEntry, note: String, read: Option<FileStat>) -> LeftFile {
        LeftFile { name: entry.name.clone(), note, read }
    }
}

impl Chosen {
    pub fn is_empty(&self) -> bool {
        self.used.iter().all(Option::is_none)
    }

    pub fn of_kind(&self, kind: LogKind) -> Option<&UsedFile> {
        self.used[kind as usize].as_ref()
    }

    /// By [`LogKind`].
    pub fn hashes(&self) -> [Option<&str>; 3] {
        self.used.each_ref().map(|used| used.as_ref().map(|used| used.hash.as_str()))
    }

    /// What the metadata of the block keeps, by name.
    pub fn as_stored(&self, counts: &Counts, read_at: Timestamp) -> Vec<StoredFile> {
        let used = LogKind::ALL.into_iter().filter_map(|kind| {
            let used = self.of_kind(kind)?;
            let Count { rows, rejected } = counts[kind as usize];
            let read = Some(ReadStat::of(used.file.stat, read_at));
            Some(StoredFile { name: used.name.clone(), kind: Some(kind), read, rows, rejected, note: None })
        });
        let left = self.left.iter().map(|left| StoredFile {
            name: left.name.clone(),
            kind: None,
            read: left.read.map(|stat| ReadStat::of(stat, read_at)),
            rows: 0,
            rejected: 0,
            note: Some(left.note.clone()),
        });
        let mut files: Vec<StoredFile> = used.chain(left).collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        files
    }
}
