//! Statements that users and models write: each runs in a process of its own making, on a published copy of the database.
//!
//! Processes are kept warm, so that a small statement costs milliseconds. One that ran out of its limits is never used
//! again.

mod answer;
mod check;
pub mod child;
mod wire;

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use foliosync_engine::limits::{
    QUERIES_LIVE_MAX, QUERY_ADDRESS_BYTES_MAX, QUERY_CPU_SECONDS_MAX, QUERY_IDLE_MAX, QUERY_IDLE_SECONDS_MAX,
    QUERY_QUEUE_SECONDS_MAX, QUERY_SECONDS_MAX,
};
use foliosync_engine::store::{Answer, QueryAsk, Rows, RowsFormat, StoreError};
use serde_json::value::RawValue;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};

pub use answer::kind;
use wire::{Ask, Head, Said};

use super::Result;
use super::snapshot::{Current, Snapshots};

/// What is started to run statements: a program that calls [`child::serve`] when it is given these arguments.
#[derive(Debug, Clone)]
pub struct QueryProgram {
    pub path: PathBuf,
    pub args: Vec<String>,
}

impl QueryProgram {
    /// This program itself. By its open file where the system has one, so that an upgrade in its place does no harm.
    pub fn this() -> QueryProgram {
        let open = Path::new("/proc/self/exe");
        let path = if open.exists() { open.into() } else { std::env::current_exe().unwrap_or_default() };
        QueryProgram { path, args: vec![QueryProgram::ARGUMENT.into()] }
    }

    /// What `main` recognises such a process by.
    pub const ARGUMENT: &str = "query-process";
}

pub struct Queries {
    program: QueryProgram,
    live: Semaphore,
    idle: Arc<Mutex<Vec<Process>>>,
}

/// Ends with this value, whatever it is doing.
struct Process {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    /// Of the copy that it has open.
    generation: u64,
    since: Instant,
}

impl Queries {
    pub fn new(program: QueryProgram) -> Queries {
        Queries { program, live: Semaphore::new(QUERIES_LIVE_MAX), idle: Arc::default() }
    }

    /// The right to run one statement, while it lives.
    pub async fn turn(&self) -> Result<SemaphorePermit<'_>> {
        let Ok(turn) = timeout(QUERY_QUEUE_SECONDS_MAX, self.live.acquire()).await else {
            let waited = QUERY_QUEUE_SECONDS_MAX.as_secs();
            return Err(StoreError::Query(format!(
                "{QUERIES_LIVE_MAX} other queries have been running for {waited} seconds; try again when one has ended"
            )));
        };
        turn.map_err(|_| StoreError::Failed("it is closed".into()))
    }

    pub async fn run(&self, ask: QueryAsk, snapshots: &Snapshots, copy: Current<'_>) -> Result<Answer> {
        let snapshot = copy.snapshot.clone();
        let mut process = self.ready(snapshots, &copy).await?;
        // The next copy may take its place.
        drop(copy);
        let QueryAsk { sql, offset, limit, format, time_max, .. } = ask;
        let run = Ask::Run { sql, offset, limit, format };
        let time_max = time_max.min(QUERY_SECONDS_MAX);
        let Ok(said) = timeout(time_max, process.call(&run)).await else {
            let late = format!("the query was stopped after {} seconds; narrow it", time_max.as_secs_f32());
            return Err(StoreError::Query(late));
        };
        let (head, rows) = match said {
            Ok(answered) => answered,
            Err(CallError::Ended(status)) => return Err(StoreError::Query(ended(status))),
            Err(CallError::Said(error)) => {
                self.put_back(process);
                return Err(error);
            }
        };
        self.put_back(process);
        let Head { columns, truncated } = head;
        let rows = match format {
            RowsFormat::Arrow => Rows::Arrow(rows),
            RowsFormat::Json => {
                let broken = || StoreError::Failed("a query process answered what is no JSON".into());
                let text = String::from_utf8(rows).map_err(|_| broken())?;
                Rows::Json(RawValue::from_string(text).map_err(|_| broken())?)
            }
        };
        Ok(Answer { columns, rows, truncated, snapshot })
    }

    /// A process that has the copy open.
    async fn ready(&self, snapshots: &Snapshots, copy: &Current<'_>) -> Result<Process> {
        let mut process = match self.take(copy.generation) {
            Some(process) => process,
            None => Process::start(&self.program, snapshots.folder())
                .map_err(|error| StoreError::Failed(format!("no process for a query can be started: {error}")))?,
        };
        if process.generation != copy.generation {
            let opened = timeout(QUERY_SECONDS_MAX, process.call(&Ask::Open(snapshots.file_name().into()))).await;
            match opened {
                Ok(Ok(_)) => process.generation = copy.generation,
                Ok(Err(CallError::Said(error))) => return Err(error),
                Ok(Err(CallError::Ended(status))) => {
                    return Err(StoreError::Failed(format!("a query process ended when it opened a copy: {status:?}")));
                }
                Err(_) => return Err(StoreError::Failed("a query process did not open its copy in time".into())),
            }
        }
        Ok(process)
    }

    /// A warm process that lives, if there is one; rather one that has the copy open already.
    fn take(&self, generation: u64) -> Option<Process> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let nth = idle.iter().position(|process| process.generation == generation);
            let mut process = match nth {
                Some(nth) => idle.swap_remove(nth),
                None => idle.pop()?,
            };
            if matches!(process.child.try_wait(), Ok(None)) {
                return Some(process);
            }
        }
    }

    fn put_back(&self, mut process: Process) {
        process.since = Instant::now();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < QUERY_IDLE_MAX {
            idle.push(process);
            tokio::spawn(end_idle(Arc::downgrade(&self.idle)));
        }
    }
}

/// Ends what nobody has used for long: a warm process holds memory.
async fn end_idle(idle: Weak<Mutex<Vec<Process>>>) {
    tokio::time::sleep(QUERY_IDLE_SECONDS_MAX).await;
    if let Some(idle) = idle.upgrade() {
        let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|process| process.since.elapsed() < QUERY_IDLE_SECONDS_MAX);
    }
}

enum CallError {
    Said(StoreError),
    /// The process is gone; how it ended, where that is known.
    Ended(Option<ExitStatus>),
}

impl Process {
    /// In the folder of the copies, so that no statement learns where on the machine that is, and with an empty
    /// environment, which may hold secrets.
    fn start(program: &QueryProgram, folder: &Path) -> io::Result<Process> {
        let mut command = Command::new(&program.path);
        command.args(&program.args).current_dir(folder).kill_on_drop(true).env_clear();
        // Where a library lies is the system's business.
        for name in ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (input, output) = pipes.ok_or_else(|| io::Error::other("it has no pipes"))?;
        Ok(Process { child, input, output, generation: 0, since: Instant::now() })
    }

    async fn call(&mut self, ask: &Ask) -> std::result::Result<(Head, Vec<u8>), CallError> {
        let answered = match wire::ask(&mut self.input, ask).await {
            Ok(()) => wire::hear(&mut self.output).await,
            Err(error) => Err(error),
        };
        match answered {
            Ok((Said::Done(head), rows)) => Ok((head, rows)),
            Ok((Said::Refused(why), _)) => Err(CallError::Said(StoreError::Query(why))),
            Ok((Said::Failed(why), _)) => Err(CallError::Said(StoreError::Failed(why))),
            Err(_) => {
                let status = timeout(Duration::from_secs(1), self.child.wait()).await;
                Err(CallError::Ended(status.ok().and_then(io::Result::ok)))
            }
        }
    }
}

/// What the end of a process in the middle of a statement means.
fn ended(status: Option<ExitStatus>) -> String {
    const SIGXCPU: i32 = 24;
    match status.and_then(|status| status.signal()) {
        Some(SIGXCPU) => format!("the query was stopped after {QUERY_CPU_SECONDS_MAX} seconds of computing; narrow it"),
        _ => {
            let megabytes = QUERY_ADDRESS_BYTES_MAX >> 20;
            format!("the query was stopped: it needed more memory than one may have ({megabytes} MB in all); narrow it")
        }
    }
}
