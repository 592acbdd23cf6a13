//! Opening the database: whoever gets its lock serves. Nobody is ever killed for it.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;
use std::time::Duration;

use foliosync_engine::store::{Store, StoreError};
use foliosync_stores::duckdb::DuckStore;
use foliosync_stores::postgres::PgStore;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use tokio::time::Instant;

use super::{Serve, Shared};
use crate::client::{self, Rival};
use crate::data_folder::DataFolder;
use crate::failure::Failure;

/// How long a server that a command started may take to store its pages and close the database.
const HAND_OVER_SECONDS_MAX: Duration = Duration::from_secs(30);
/// How long whoever holds the lock may keep silent, such as a server that is just starting or ending.
const SILENCE_SECONDS_MAX: Duration = Duration::from_secs(5);
const RETRY_MILLIS: Duration = Duration::from_millis(20);

pub async fn open(serve: &Serve) -> Result<Arc<dyn Store>, Failure> {
    let begun = Instant::now();
    let mut asked = false;
    loop {
        let message = match try_to_open(serve).await {
            Ok(store) => return Ok(store),
            Err(StoreError::Locked(message)) => message,
            Err(error) => return Err(Failure::failed(error.to_string(), "")),
        };
        if serve.idle.is_some() {
            return Err(held(message, Failure::locked));
        }
        match client::rival(&serve.folder).await {
            Rival::Server(server) if !server.auto => {
                let message = format!("foliosync serve runs for this data folder already, with pid {}", server.pid);
                let hint = "use that one, or stop it first; every other command finds it by itself";
                return Err(Failure::failed(message, hint));
            }
            // It may belong to a command that came in between, so each one that answers is asked.
            Rival::Server(_) | Rival::Closing => {
                asked = true;
                client::ask_to_hand_over(&serve.folder).await;
            }
            Rival::Silent => {}
        }
        let patience = if asked { HAND_OVER_SECONDS_MAX } else { SILENCE_SECONDS_MAX };
        if begun.elapsed() > patience {
            return Err(held(message, Failure::failed));
        }
        tokio::time::sleep(RETRY_MILLIS).await;
    }
}

async fn try_to_open(serve: &Serve) -> Result<Arc<dyn Store>, StoreError> {
    let Some(database) = &serve.shared else {
        return Ok(Arc::new(DuckStore::open(&serve.folder.database(), Timestamp::now())?));
    };
    // A database elsewhere elects nobody to serve this folder.
    let lock = lock(&serve.folder)?;
    Ok(Arc::new(shared(database).await?.keeping(lock)))
}

pub async fn shared(database: &Shared) -> Result<PgStore, StoreError> {
    let reader = database.reader.as_ref().map(|url| url.expose_secret());
    PgStore::open(database.url.expose_secret(), reader, Timestamp::now()).await
}

fn lock(folder: &DataFolder) -> Result<File, StoreError> {
    let path = folder.lock_file();
    let failed = |error: std::io::Error| StoreError::Failed(format!("{} cannot be locked: {error}", path.display()));
    let file = File::options().write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(failed)?;
    match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(StoreError::Locked(format!(
            "the data folder {} is in use by another foliosync",
            folder.root().display()
        ))),
        Err(error) => Err(failed(error.into())),
    }
}

fn held(message: String, failure: fn(String, String) -> Failure) -> Failure {
    failure(message, "close the program that holds it, then try again; foliosync never ends it for you".into())
}
