//! Sealed credentials, in a file of their own beside the database, where no query finds them.
//!
//! The writer changes it before it commits the rows that go with the change, so that no connection is ever without the
//! credentials that its user was told are stored. What a crash in between leaves behind, the next opening sweeps out.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foliosync_engine::model::sync::ConnectionId;
use foliosync_engine::secrets::SealedOf;
use foliosync_engine::store::StoreError;
use serde::{Deserialize, Serialize};

use super::Result;

/// The file's name, also in a backup.
pub const FILE: &str = "credentials.json";
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Contents {
    version: u32,
    connections: SealedOf,
}

/// What readers see: the credentials of committed connections.
#[derive(Clone, Default)]
pub struct Shared {
    sealed: Arc<Mutex<SealedOf>>,
}

impl Shared {
    pub fn of(&self, connection: Option<ConnectionId>) -> SealedOf {
        let all = self.lock();
        match connection {
            None => all.clone(),
            Some(id) => all.get(&id).map(|own| (id, own.clone())).into_iter().collect(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, SealedOf> {
        self.sealed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The writer's side.
pub struct Credentials {
    path: PathBuf,
    shared: Shared,
    /// As the file has them.
    stored: SealedOf,
}

impl Credentials {
    pub fn beside(database: &Path, shared: Shared) -> Credentials {
        Credentials { path: database.with_file_name(FILE), shared, stored: SealedOf::new() }
    }

    /// Reads the file, and drops what is of no connection in `known`.
    pub fn load(&mut self, known: &BTreeSet<ConnectionId>) -> Result<()> {
        self.stored = match fs::read(&self.path) {
            Ok(bytes) => self.parse(&bytes)?,
            Err(error) if error.kind() == ErrorKind::NotFound => SealedOf::new(),
            Err(error) => return Err(self.failed("read", &error)),
        };
        let mut known_only = self.stored.clone();
        known_only.retain(|id, _| known.contains(id));
        if known_only != self.stored
            && let Err(error) = self.store(known_only.clone())
        {
            tracing::warn!(%error, "credentials of removed connections are still in their file");
        }
        *self.shared.lock() = known_only;
        Ok(())
    }

    /// As readers see them.
    pub fn published(&self) -> SealedOf {
        self.shared.of(None)
    }

    /// Makes the file hold these. Readers see them with [`Credentials::publish`].
    pub fn store(&mut self, sealed: SealedOf) -> Result<()> {
        if sealed != self.stored {
            let write = || write(&self.path, &sealed);
            write().map_err(|error| self.failed("written", &error))?;
            self.stored = sealed;
        }
        Ok(())
    }

    pub fn publish(&self, sealed: SealedOf) {
        *self.shared.lock() = sealed;
    }

    /// Takes back what was stored for rows that were not committed.
    pub fn revert(&mut self) {
        if let Err(error) = self.store(self.published()) {
            // Of a new connection it is swept out later; a changed one has its new credentials.
            tracing::warn!(%error, "credentials of a change that failed could not be taken back");
            let stored = self.stored.clone();
            self.publish(stored);
        }
    }

    fn parse(&self, bytes: &[u8]) -> Result<SealedOf> {
        let shown = self.path.display();
        match serde_json::from_slice(bytes) {
            Ok(Contents { version: VERSION, connections }) => Ok(connections),
            Ok(Contents { version, .. }) => Err(StoreError::Unusable(format!(
                "the credentials in {shown} have version {version}; update foliosync. Nothing was changed"
            ))),
            // Not the parser's own words: they quote.
            Err(error) => Err(StoreError::Unusable(format!(
                "the credentials in {shown} cannot be read: the file is damaged at line {}. Restore it from a backup, or \
                 move it away and give the credentials again; nothing was changed",
                error.line()
            ))),
        }
    }

    fn failed(&self, what: &str, error: &std::io::Error) -> StoreError {
        StoreError::Failed(format!("{} cannot be {what}: {error}", self.path.display()))
    }
}

/// Beside and renamed: whoever reads the file, after whatever crash, finds one state or the other.
pub fn write(path: &Path, sealed: &SealedOf) -> std::io::Result<()> {
    let beside = path.with_added_extension("new");
    let contents = Contents { version: VERSION, connections: sealed.clone() };
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    serde_json::to_writer_pretty(&mut file, &contents)?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    sync_folder(path)
}

/// So that the names in the folder of `path` outlive a loss of power.
pub fn sync_folder(path: &Path) -> std::io::Result<()> {
    File::open(path.parent().unwrap_or(path))?.sync_all()
}
