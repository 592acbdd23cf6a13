//! Starting a server where none answers: detached, and gone by itself when nobody needs it.

use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::call::{CLOSING, CallError, Caller};
use super::hello;
use crate::api::ServerInfo;
use crate::data_folder::DataFolder;
use crate::failure::{EXIT_FAILED, EXIT_LOCKED, Failure};

/// How long a server may take from its start to its first answer; a database that was cut off is repaired meanwhile.
const START_SECONDS_MAX: Duration = Duration::from_secs(60);
/// How long the database may be held by somebody who does not answer: a server that starts or ends takes less.
const LOCKED_SECONDS_MAX: Duration = Duration::from_secs(10);
/// Before starting another server after one found the database held.
const START_AGAIN_MILLIS: Duration = Duration::from_millis(300);
const LOOK_MILLIS: Duration = Duration::from_millis(15);
const LOG_TAIL_BYTES: u64 = 64 << 10;

/// How to start the server of a data folder.
#[derive(Debug, Clone)]
pub struct Launch {
    /// `None`: somebody else starts it, and is waited for.
    pub program: Option<PathBuf>,
    pub config: Option<PathBuf>,
}

/// The last line of a server that could not start, in `serve.log`, for the command that started it.
#[derive(Serialize, Deserialize)]
pub struct LastWords {
    pub pid: u32,
    pub failure: Failure,
}

/// The server that answers; one is started where none does, by as many commands as there are: the database's lock
/// elects one of them, and the others leave.
pub async fn find_or_start(folder: &DataFolder, launch: &Launch, caller: &Caller) -> Result<ServerInfo, Failure> {
    let begun = Instant::now();
    let mut child: Option<Child> = None;
    let mut held: Option<(Instant, Failure)> = None;
    let mut start_at = begun;
    loop {
        let why = match hello(caller).await {
            Ok(server) => return Ok(server),
            Err(CallError::Refused(failure)) => return Err(failure),
            Err(CallError::NotSent(why) | CallError::Cut(why)) => why,
        };
        match child.as_mut().map(Child::try_wait) {
            None if why == CLOSING => {}
            None if Instant::now() >= start_at => child = spawn(folder, launch)?,
            None | Some(Ok(None)) => {}
            Some(Ok(Some(status))) => {
                let pid = child.take().map_or(0, |child| child.id());
                let failure = last_words(folder, pid).unwrap_or_else(|| {
                    let message = format!("the server could not be started ({status})");
                    Failure::failed(message, format!("see {}", folder.log_file().display()))
                });
                match status.code() {
                    Some(code) if code == i32::from(EXIT_LOCKED) => {
                        let since = held.map_or(Instant::now(), |(since, _)| since);
                        held = Some((since, failure));
                    }
                    // Killed, or left at once because its work was done: the next one may do better.
                    None | Some(0) => {}
                    Some(_) => return Err(failure),
                }
                start_at = Instant::now() + START_AGAIN_MILLIS;
            }
            Some(Err(error)) => return Err(Failure::failed(format!("the server is lost: {error}"), "")),
        }
        if let Some((since, failure)) = &held
            && since.elapsed() > LOCKED_SECONDS_MAX
        {
            return Err(Failure { exit: EXIT_FAILED, ..failure.clone() });
        }
        if begun.elapsed() > START_SECONDS_MAX {
            let message = format!("no server answers after {} seconds: {why}", START_SECONDS_MAX.as_secs());
            return Err(Failure::failed(message, format!("see {}", folder.log_file().display())));
        }
        tokio::time::sleep(LOOK_MILLIS).await;
    }
}

fn spawn(folder: &DataFolder, launch: &Launch) -> Result<Option<Child>, Failure> {
    let Some(program) = &launch.program else { return Ok(None) };
    let failed = |error: std::io::Error| {
        let message = format!("no server runs for {}, and none can be started: {error}", folder.root().display());
        Failure::failed(message, "start one by hand: foliosync serve")
    };
    let log = fs::File::options().create(true).append(true).mode(0o600).open(folder.log_file()).map_err(failed)?;
    let mut command = Command::new(program);
    command.arg("serve").arg("--auto").arg("--data-dir").arg(folder.root());
    if let Some(config) = &launch.config {
        command.arg("--config").arg(config);
    }
    command.current_dir("/").stdin(Stdio::null());
    command.stdout(log.try_clone().map_err(failed)?).stderr(log);
    command.spawn().map(Some).map_err(failed)
}

/// What the server with this pid said at its end.
fn last_words(folder: &DataFolder, pid: u32) -> Option<Failure> {
    let mut log = fs::File::open(folder.log_file()).ok()?;
    let bytes = log.metadata().ok()?.len();
    log.seek(SeekFrom::Start(bytes.saturating_sub(LOG_TAIL_BYTES))).ok()?;
    let mut tail = Vec::new();
    log.read_to_end(&mut tail).ok()?;
    let tail = String::from_utf8_lossy(&tail);
    let words = tail.lines().rev().filter_map(|line| serde_json::from_str::<LastWords>(line).ok());
    words.filter(|words| words.pid == pid).map(|words| words.failure).next()
}

/// Whether a process that this command started has ended and only waits to be asked how: it still has its pid.
pub fn is_zombie(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
}
