//! `access.json` in the data folder: written whole beside itself, brought to the disk, and renamed.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Hash, Token};
use crate::failure::Failure;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Kept {
    /// Of the youngest token there ever was.
    pub last_id: i64,
    pub tokens: Vec<KeptToken>,
    pub sessions: Vec<Session>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeptToken {
    #[serde(flatten)]
    pub token: Token,
    pub hash: Hash,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    pub hash: Hash,
    pub until: Timestamp,
}

pub fn read(path: &Path) -> Result<Kept, Failure> {
    let refused = |why: String| {
        let hint = "mend it, or remove it: then no token and no session opens anything, and you make new ones";
        Failure::failed(format!("{} cannot be read: {why}", path.display()), hint)
    };
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| refused(error.to_string())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Kept::default()),
        Err(error) => Err(refused(error.to_string())),
    }
}

pub fn write(path: &Path, kept: &Kept) -> io::Result<()> {
    let beside = path.with_extension("json.new");
    // Made anew, so that it has these permissions whatever was there.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = fs::File::options().write(true).create_new(true).mode(0o600).open(&beside)?;
    serde_json::to_writer_pretty(&mut file, kept)?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    // The new name too: a token that was removed must not come back after a power cut.
    path.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
}
