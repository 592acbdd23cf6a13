//! The one process that opens the database. The database's lock elects it; everything else is a client of its socket.
//!
//! Order of a start: the lock, then the socket (a file that a dead server left is replaced only under the lock), then
//! `serve.json`. Order of an end: no new work, pages that are being stored, streams cut, files removed, lock released.

mod listener;
mod opening;
mod presence;

use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use foliosync_engine::clock::Clock;
use foliosync_engine::engine::Engine;
use foliosync_engine::files::Files;
use foliosync_engine::http::Http;
use foliosync_engine::provider::Reach;
use foliosync_engine::store::Store;
use jiff::Timestamp;
use tokio::net::UnixListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::api::{self, App, Closing, ServerInfo, Stage};
use crate::data_folder::DataFolder;
use crate::transport::ReqwestTransport;
use listener::OwnPeers;
use presence::Presence;

/// Bytes of `serve.log` after which a new server begins it afresh.
const LOG_BYTES_MAX: u64 = 1 << 20;
/// How long requests that are being answered may take once the server closes.
const ANSWERS_SECONDS_MAX: Duration = Duration::from_secs(2);

pub struct Serve {
    pub folder: DataFolder,
    pub runs_live_max: usize,
    /// For a server that a command started: it leaves after this long without clients.
    pub idle: Option<Duration>,
}

/// Serves until a signal, a hand-over, or (for a server that a command started) until nobody needs it any more.
pub fn run(serve: &Serve) -> anyhow::Result<()> {
    serve.folder.prepare()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime")?;
    let store: Arc<dyn Store> = Arc::new(runtime.block_on(opening::open(serve))?);
    if serve.idle.is_some() {
        shorten_log(&serve.folder);
    }
    let served = runtime.block_on(serve_store(serve, Arc::clone(&store)));
    // Tasks hold the store too. It closes, and its lock goes, with the last of them.
    runtime.shutdown_timeout(ANSWERS_SECONDS_MAX);
    drop(store);
    served
}

async fn serve_store(serve: &Serve, store: Arc<dyn Store>) -> anyhow::Result<()> {
    let http = Http::new(Arc::new(ReqwestTransport::new()?), Arc::clone(&store), Clock::System);
    let reach = Reach { http, files: Files::default() };
    let providers = foliosync_providers::all();
    let engine = Arc::new(Engine::new(store, providers, reach, Clock::System, serve.runs_live_max));
    let closing = Closing::new();
    let presence = Presence::new();
    let server = ServerInfo {
        instance: instance(),
        version: env!("CARGO_PKG_VERSION").into(),
        pid: std::process::id(),
        started_at: Timestamp::now(),
        auto: serve.idle.is_some(),
    };
    let listener = bind(&serve.folder)?;
    write_server_file(&serve.folder, &server)?;
    let app = App { engine: Arc::clone(&engine), server, closing: closing.clone(), asked: Default::default() };
    let router = api::router(Arc::new(app));

    let (stop, stopped) = watch::channel(false);
    let dispatching = tokio::spawn(Arc::clone(&engine).dispatch(false, stopped));
    let cut = closing.clone();
    let answering = tokio::spawn(
        axum::serve(OwnPeers::new(listener, presence.clone()), router)
            .with_graceful_shutdown(async move { cut.reached(Stage::Cut).await })
            .into_future(),
    );
    tracing::info!(folder = %serve.folder.root().display(), "serving");
    if serve.idle.is_none() {
        let (version, root, pid) = (env!("CARGO_PKG_VERSION"), serve.folder.root().display(), std::process::id());
        // Whether anybody reads it is no matter of the server's.
        let _ = writeln!(std::io::stdout(), "foliosync {version} serves {root}\npid {pid}; Ctrl-C stops it");
    }

    tokio::select! {
        () = signalled()? => tracing::info!("stopping: a signal"),
        () = closing.reached(Stage::Closing) => {}
        () = presence.lonely(serve.idle, &engine) => tracing::info!("stopping: nobody needs this server"),
    }
    closing.reach(Stage::Closing);
    let _ = stop.send(true);
    if let Err(error) = dispatching.await {
        tracing::error!(%error, "the dispatcher broke off");
    }
    closing.reach(Stage::Cut);
    let _ = tokio::time::timeout(ANSWERS_SECONDS_MAX, answering).await;
    // Still under the lock: what is removed here cannot be another server's.
    let _ = fs::remove_file(serve.folder.server_file());
    let _ = fs::remove_file(serve.folder.socket_file());
    tracing::info!("stopped");
    Ok(())
}

fn signalled() -> anyhow::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Only while holding the database's lock: whatever file is there is a dead server's.
fn bind(folder: &DataFolder) -> anyhow::Result<UnixListener> {
    let socket = folder.socket()?;
    let shown = || format!("the socket {} cannot be made", folder.socket_file().display());
    match fs::remove_file(socket.path()) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error).with_context(shown),
        _ => {}
    }
    let listener = UnixListener::bind(socket.path()).with_context(shown)?;
    // The folder is closed to others already, so nobody slips in between these two lines.
    fs::set_permissions(socket.path(), fs::Permissions::from_mode(0o600)).with_context(shown)?;
    Ok(listener)
}

/// Written beside and renamed, so that readers never see half of it.
fn write_server_file(folder: &DataFolder, server: &ServerInfo) -> anyhow::Result<()> {
    let path = folder.server_file();
    let beside = path.with_extension("json.new");
    let write = || -> anyhow::Result<()> {
        let mut file = fs::File::options().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        serde_json::to_writer_pretty(&mut file, server)?;
        file.write_all(b"\n")?;
        fs::rename(&beside, &path)?;
        Ok(())
    };
    write().with_context(|| format!("{} cannot be written", path.display()))
}

/// Commands open the log to append, so cutting it does not confuse those that have it open.
fn shorten_log(folder: &DataFolder) {
    let Ok(log) = fs::File::options().append(true).open(folder.log_file()) else { return };
    if log.metadata().is_ok_and(|meta| meta.len() > LOG_BYTES_MAX) {
        let _ = log.set_len(0);
    }
}

/// Different for every start, also where a pid comes round again.
fn instance() -> String {
    format!("{:x}-{:x}", std::process::id(), Timestamp::now().as_nanosecond())
}
