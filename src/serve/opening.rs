//! Opening the database: whoever gets its lock serves. Nobody is ever killed for it.

use std::time::Duration;

use foliosync_engine::store::StoreError;
use foliosync_stores::duckdb::DuckStore;
use jiff::Timestamp;
use tokio::time::Instant;

use super::Serve;
use crate::client::{self, Rival};
use crate::failure::Failure;

/// How long a server that a command started may take to store its pages and close the database.
const HAND_OVER_SECONDS_MAX: Duration = Duration::from_secs(30);
/// How long whoever holds the lock may keep silent, such as a server that is just starting or ending.
const SILENCE_SECONDS_MAX: Duration = Duration::from_secs(5);
const RETRY_MILLIS: Duration = Duration::from_millis(20);

pub async fn open(serve: &Serve) -> Result<DuckStore, Failure> {
    let begun = Instant::now();
    let mut asked = false;
    loop {
        let path = serve.folder.database();
        let message = match DuckStore::open(&path, Timestamp::now()) {
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

fn held(message: String, failure: fn(String, String) -> Failure) -> Failure {
    failure(message, "close the program that holds it, then try again; foliosync never ends it for you".into())
}
