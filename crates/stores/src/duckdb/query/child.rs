//! The process that runs statements of users and models, within limits that the operating system keeps: DuckDB's own
//! do not hold against a statement that means harm (`SELECT len(range(300000000))` took 14.6 GB under a limit of 256 MB).

use std::io::{self, stdin, stdout};
use std::path::Path;
use std::process::ExitCode;

use duckdb::{AccessMode, Config, Connection as Db};
use foliosync_engine::limits::{
    QUERY_ADDRESS_BYTES_MAX, QUERY_CPU_SECONDS_MAX, QUERY_FILES_MAX, QUERY_MEMORY_BYTES_MAX, QUERY_THREADS,
};
use foliosync_engine::store::StoreError;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

use super::wire::{self, Ask, Head, Said};
use super::{answer, check};
use crate::duckdb::open::text;

/// Answers what is asked on standard input, on standard output, until the input ends.
pub fn serve() -> ExitCode {
    match confine().and_then(|()| converse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the query process ended: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Takes from this process what no statement needs. None of it can be had back.
fn confine() -> io::Result<()> {
    let at_most = |resource, most: u64| {
        let most = Some(getrlimit(resource).maximum.map_or(most, |given| given.min(most)));
        setrlimit(resource, Rlimit { current: most, maximum: most })
    };
    at_most(Resource::As, QUERY_ADDRESS_BYTES_MAX)?;
    at_most(Resource::Nofile, QUERY_FILES_MAX)?;
    // It writes to pipes only.
    at_most(Resource::Fsize, 0)?;
    at_most(Resource::Core, 0)?;
    // Its input ends with the server as well, but a statement that is running would not see that.
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    Ok(())
}

fn converse() -> io::Result<()> {
    let (mut input, mut output) = (stdin().lock(), stdout().lock());
    let mut db = None;
    while let Some(ask) = wire::next_ask(&mut input)? {
        let (said, rows) = match ask {
            Ask::Open(file) => {
                drop(db.take());
                match open(&file) {
                    Ok(opened) => {
                        db = Some(opened);
                        (Said::Done(Head::default()), Vec::new())
                    }
                    Err(error) => (Said::Failed(text(&error)), Vec::new()),
                }
            }
            Ask::Run { sql, offset, limit, format } => {
                grant_cpu()?;
                match db.as_ref().map(|db| run(db, &sql, answer::Wanted { offset, limit, format })) {
                    Some(Ok((head, rows))) => (Said::Done(head), rows),
                    Some(Err(StoreError::Query(why))) => (Said::Refused(why), Vec::new()),
                    Some(Err(error)) => (Said::Failed(error.to_string()), Vec::new()),
                    None => (Said::Failed("no file is open".into()), Vec::new()),
                }
            }
        };
        wire::answer(&mut output, &said, &rows)?;
    }
    Ok(())
}

/// For one statement; what earlier ones took does not count against it.
fn grant_cpu() -> io::Result<()> {
    let used = u64::try_from(clock_gettime(ClockId::ProcessCPUTime).tv_sec).unwrap_or_default();
    let maximum = getrlimit(Resource::Cpu).maximum;
    let current = maximum.unwrap_or(u64::MAX).min(used + QUERY_CPU_SECONDS_MAX);
    Ok(setrlimit(Resource::Cpu, Rlimit { current: Some(current), maximum })?)
}

fn run(db: &Db, sql: &str, wanted: answer::Wanted) -> Result<(Head, Vec<u8>), StoreError> {
    // A connection of its own, so that nothing of one statement is there for the next.
    let db = db.try_clone().map_err(|error| StoreError::Failed(text(&error)))?;
    let sql = sql.trim().trim_end_matches(';').trim_end();
    check::check(&db, sql)?;
    answer::select(&db, sql, wanted)
}

/// Opens a copy to read it, with no way out of it and no statement that could make one.
fn open(file: &Path) -> duckdb::Result<Db> {
    let config = Config::default()
        .access_mode(AccessMode::ReadOnly)?
        .enable_external_access(false)?
        .enable_autoload_extension(false)?
        .with("autoinstall_known_extensions", "false")?
        .max_memory(&format!("{}MB", QUERY_MEMORY_BYTES_MAX >> 20))?
        .threads(QUERY_THREADS)?;
    let db = Db::open_with_flags(file, config)?;
    db.execute_batch(
        "SET allow_community_extensions = false;
         SET GLOBAL TimeZone = 'UTC';
         SET lock_configuration = true;",
    )?;
    Ok(db)
}
