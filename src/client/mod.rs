//! The commands' way to the server: found over its socket, started where there is none, and found again when the
//! connection breaks in the middle.

mod call;
mod start;
mod sync;
pub mod wire;

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::api::ServerInfo;
use crate::data_folder::DataFolder;
use crate::failure::Failure;
pub use call::{Behalf, refusal};
use call::{CallError, Caller, NO_BODY};
pub use start::{LastWords, Launch};
pub use sync::SyncAsk;

/// How often in a row a request may break before its command gives up. Each time a server is found or started again.
const BREAKS_MAX: u32 = 20;
/// A server that answers at all says who it is within this.
const HELLO_SECONDS_MAX: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub struct Client {
    folder: DataFolder,
    launch: Launch,
    caller: Arc<Caller>,
    server: ServerInfo,
}

impl Client {
    /// Finds the server of a data folder, or starts one.
    pub async fn connect(folder: DataFolder, launch: Launch) -> Result<Client, Failure> {
        Client::connect_for(Behalf::User, folder, launch).await
    }

    pub async fn connect_for(behalf: Behalf, folder: DataFolder, launch: Launch) -> Result<Client, Failure> {
        folder.prepare()?;
        let caller = Arc::new(Caller::new(&folder, behalf)?);
        let mut server = start::find_or_start(&folder, &launch, &caller).await?;
        let ours = env!("CARGO_PKG_VERSION");
        if server.version != ours && server.auto {
            ask_to_hand_over(&folder).await;
            wait_until_gone(&caller, &server).await;
            server = start::find_or_start(&folder, &launch, &caller).await?;
        }
        if server.version != ours {
            eprintln!("note: the running server is foliosync {}, this command is {ours}; restart it", server.version);
        }
        Ok(Client { folder, launch, caller, server })
    }

    pub fn server(&self) -> &ServerInfo {
        &self.server
    }

    pub fn folder(&self) -> &DataFolder {
        &self.folder
    }

    /// Reads; repeated as often as it takes.
    pub async fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, Failure> {
        self.repeat(Method::GET, path, NO_BODY).await
    }

    /// Asks for something that may happen twice without harm.
    pub async fn post_again<T: DeserializeOwned>(&mut self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        self.repeat(Method::POST, path, Some(body)).await
    }

    /// Changes something, once. `None` where the answer was cut off: the server lives again and nobody knows whether it
    /// happened, so the caller looks, and repeats it if it did not.
    pub async fn change<T: DeserializeOwned>(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<Option<T>, Failure> {
        let mut breaks = 0;
        loop {
            match self.caller.call(method.clone(), path, body).await {
                Ok(answer) => return Ok(Some(answer)),
                Err(CallError::Refused(failure)) => return Err(failure),
                // Nothing was done, so asking again is safe.
                Err(CallError::NotSent(why)) => self.after_break(&mut breaks, &why).await?,
                Err(CallError::Cut(why)) => {
                    self.after_break(&mut breaks, &why).await?;
                    return Ok(None);
                }
            }
        }
    }

    async fn repeat<T: DeserializeOwned>(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T, Failure> {
        let mut breaks = 0;
        loop {
            match self.caller.call(method.clone(), path, body).await {
                Ok(answer) => return Ok(answer),
                Err(CallError::Refused(failure)) => return Err(failure),
                Err(CallError::NotSent(why) | CallError::Cut(why)) => self.after_break(&mut breaks, &why).await?,
            }
        }
    }

    /// Finds or starts the server again.
    async fn after_break(&mut self, breaks: &mut u32, why: &str) -> Result<(), Failure> {
        *breaks += 1;
        if *breaks > BREAKS_MAX {
            let message = format!("the server broke off {BREAKS_MAX} times in a row, the last time: {why}");
            let hint = format!("see {}", self.folder.log_file().display());
            return Err(Failure::failed(message, hint));
        }
        self.server = start::find_or_start(&self.folder, &self.launch, &self.caller).await?;
        Ok(())
    }
}

/// Who answers on the socket of a data folder.
pub enum Rival {
    Server(ServerInfo),
    Closing,
    Silent,
}

pub async fn rival(folder: &DataFolder) -> Rival {
    let Ok(caller) = Caller::new(folder, Behalf::User) else { return Rival::Silent };
    match hello(&caller).await {
        Ok(server) => Rival::Server(server),
        Err(CallError::NotSent(why)) if why == call::CLOSING => Rival::Closing,
        Err(_) => Rival::Silent,
    }
}

/// Asks the server to make room. Whether it does shows at the database's lock.
pub async fn ask_to_hand_over(folder: &DataFolder) {
    if let Ok(caller) = Caller::new(folder, Behalf::User) {
        let asked = caller.call::<serde_json::Value>(Method::POST, "/api/server/hand-over", NO_BODY);
        let _ = tokio::time::timeout(HELLO_SECONDS_MAX, asked).await;
    }
}

async fn hello(caller: &Caller) -> Result<ServerInfo, CallError> {
    match tokio::time::timeout(HELLO_SECONDS_MAX, caller.call(Method::GET, "/api/server", NO_BODY)).await {
        Ok(said) => said,
        Err(_) => Err(CallError::NotSent(format!("no answer within {} seconds", HELLO_SECONDS_MAX.as_secs()))),
    }
}

/// Until the server with this pid is gone altogether, so that its lock is free and its folder may be removed.
async fn wait_until_gone(caller: &Caller, server: &ServerInfo) {
    let begun = Instant::now();
    let pid = i32::try_from(server.pid).ok().and_then(rustix::process::Pid::from_raw);
    while begun.elapsed() < Duration::from_secs(30) {
        let answers = matches!(hello(caller).await, Ok(now) if now.instance == server.instance);
        let lives = pid.is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok());
        if !answers && (!lives || start::is_zombie(server.pid)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
