//! The one process that opens the database. The database's lock elects it; everything else is a client of its socket.
//!
//! Order of a start: the lock, then the port, then the socket (a file that a dead server left is replaced only under the
//! lock), then `serve.json`. Order of an end: no new work, pages that are being stored, streams cut, files removed, lock released.

mod listener;
mod opening;
mod presence;

use std::collections::BTreeMap;
use std::fs;
use std::io::{IsTerminal, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use foliosync_engine::clock::Clock;
use foliosync_engine::engine::Engine;
use foliosync_engine::fetch::BaseUrls;
use foliosync_engine::files::Files;
use foliosync_engine::http::Http;
use foliosync_engine::provider::Reach;
use foliosync_engine::secrets::Vault;
use foliosync_engine::store::Store;
use jiff::Timestamp;
use secrecy::SecretString;
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::access::{Access, Face, FaceConfig};
use crate::api::{self, App, Closing, Peer, ServerInfo, Stage};
use crate::data_folder::DataFolder;
use crate::failure::Failure;
use crate::keys::KeyPlace;
use crate::networks::Networks;
use crate::notify::Notifiers;
use crate::transport::ReqwestTransport;
use listener::{OwnPeers, TcpPeers};
use presence::Presence;

/// Bytes of `serve.log` after which a new server begins it afresh.
const LOG_BYTES_MAX: u64 = 1 << 20;
/// How long requests that are being answered may take once the server closes.
const ANSWERS_SECONDS_MAX: Duration = Duration::from_secs(2);

/// How a program syncs.
pub struct Syncing {
    pub runs_live_max: usize,
    /// By provider, where it has a bound of its own.
    pub runs_live_max_of: BTreeMap<String, usize>,
    /// Days that the log names each run.
    pub runs_kept_days: u16,
    pub clock: Clock,
    /// Whether it syncs by itself.
    pub schedules: bool,
    pub keys: KeyPlace,
    /// Where providers are reached instead of at their own addresses.
    pub base_urls: BaseUrls,
    /// What its address is called among programs that share budgets.
    pub egress: String,
    /// Of the addresses that only this machine or its network can reach, those that mirrors may write to.
    pub private: Networks,
}

pub struct Serve {
    pub folder: DataFolder,
    pub syncing: Syncing,
    pub notifiers: Arc<Notifiers>,
    /// For a server that a command started: it leaves after this long without clients.
    pub idle: Option<Duration>,
    /// Ends with its standard input.
    pub leashed: bool,
    /// Where it answers over TCP too. Servers that commands start do not.
    pub tcp: Option<FaceConfig>,
    pub scheduler_secret: Option<SecretString>,
    pub metrics_open: bool,
    /// In which everything is valued from now on.
    pub base_currency: Option<String>,
    /// Where the data is, where it is not in the folder.
    pub shared: Option<Shared>,
}

/// A database that several programs work on.
pub struct Shared {
    pub url: SecretString,
    /// The same with a role that may only read.
    pub reader: Option<SecretString>,
}

/// A program that syncs beside a server, and answers nobody.
pub struct Worker {
    pub shared: Shared,
    pub syncing: Syncing,
}

/// Works until a signal; runs that are going store the page that is on its way.
pub fn work(worker: &Worker) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime")?;
    let worked = runtime.block_on(async {
        let store = opening::shared(&worker.shared).await.map_err(|error| Failure::failed(error.to_string(), ""))?;
        let engine = Arc::new(engine(Arc::new(store), &worker.syncing).await?);
        let signalled = signalled()?;
        let (stop, stopped) = watch::channel(false);
        let dispatching = tokio::spawn(engine.dispatch(worker.syncing.schedules, stopped));
        tracing::info!(pid = std::process::id(), "working");
        signalled.await;
        let _ = stop.send(true);
        dispatching.await.context("the dispatcher")
    });
    runtime.shutdown_timeout(ANSWERS_SECONDS_MAX);
    worked
}

async fn engine(store: Arc<dyn Store>, syncing: &Syncing) -> anyhow::Result<Engine> {
    let Syncing { runs_live_max, clock, keys, .. } = syncing;
    let transport = ReqwestTransport::new()?.with_private(syncing.private.clone());
    let http = Http::new(Arc::new(transport), Arc::clone(&store), *clock);
    let reach = Reach { http, files: Files::default() };
    let vault = keys.vault(&store.sealed_with().await?);
    if let Vault::Locked { why } = &vault {
        tracing::error!(why, "credentials are locked; what needs none goes on");
    }
    let providers = foliosync_providers::all().into_iter().chain(foliosync_mirrors::all()).collect();
    let engine = Engine::new(store, providers, reach, *clock, *runs_live_max)
        .with_vault(vault)
        .with_base_urls(syncing.base_urls.clone())
        .with_runs_live_max_of(syncing.runs_live_max_of.clone())
        .with_runs_kept_days(syncing.runs_kept_days)
        .with_egress(syncing.egress.clone());
    engine.resume_unlocked().await?;
    Ok(engine)
}

/// Serves until a signal, a hand-over, or (for a server that a command started) until nobody needs it any more.
pub fn run(serve: &Serve) -> anyhow::Result<()> {
    serve.folder.prepare()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime")?;
    let store: Arc<dyn Store> = runtime.block_on(opening::open(serve))?;
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
    let engine = engine(store, &serve.syncing).await?;
    if let Some(currency) = &serve.base_currency {
        engine.set_base_currency(currency).await?;
    }
    let engine = Arc::new(engine);
    let closing = Closing::new();
    let presence = Presence::new();
    let access = Access::open(serve.folder.access_file())?;
    let tcp = match &serve.tcp {
        Some(config) => Some(bind_tcp(config.clone()).await?),
        None => None,
    };
    let (port, face) = tcp.unzip();
    let server = ServerInfo {
        instance: instance(),
        version: env!("CARGO_PKG_VERSION").into(),
        pid: std::process::id(),
        started_at: Timestamp::now(),
        auto: serve.idle.is_some(),
        schedules: serve.syncing.schedules,
        listen: face.as_ref().map(|face| face.address.to_string()),
        url: face.as_ref().map(Face::url),
    };
    let listener = bind(&serve.folder)?;
    write_server_file(&serve.folder, &server)?;
    let metrics = api::install().context("metrics")?;
    let upkeep = tokio::spawn(api::upkeep(metrics.clone()));
    let app = Arc::new(App {
        engine: Arc::clone(&engine),
        server,
        closing: closing.clone(),
        folder: serve.folder.clone(),
        keys: serve.syncing.keys.clone(),
        asked: Default::default(),
        access,
        face,
        scheduler_secret: serve.scheduler_secret.clone(),
        metrics,
        metrics_open: serve.metrics_open,
        attempts: Default::default(),
        scheduler_attempts: Default::default(),
        document: api::document(serve.metrics_open),
        notifiers: Arc::clone(&serve.notifiers),
    });
    let router = api::router(&app).into_make_service_with_connect_info::<Peer>();

    // Before anybody can find it ready and stop it.
    let signalled = signalled()?;
    let (stop, stopped) = watch::channel(false);
    let valuing = tokio::spawn(Arc::clone(&engine).keep_valuation(stopped.clone()));
    let notifying = tokio::spawn(Arc::clone(&serve.notifiers).pass_on(Arc::clone(&engine), stopped.clone()));
    let dispatching = tokio::spawn(Arc::clone(&engine).dispatch(serve.syncing.schedules, stopped));
    let cut = |closing: Closing| async move { closing.reached(Stage::Cut).await };
    let answering = axum::serve(OwnPeers::new(listener, presence.clone()), router.clone())
        .with_graceful_shutdown(cut(closing.clone()))
        .into_future();
    let mut answering = vec![tokio::spawn(answering)];
    if let Some(port) = port {
        let over_tcp = axum::serve(TcpPeers::new(port), router).with_graceful_shutdown(cut(closing.clone()));
        answering.push(tokio::spawn(over_tcp.into_future()));
    }
    tracing::info!(folder = %serve.folder.root().display(), instance = app.server.instance, "serving");
    if serve.idle.is_none() {
        // Whether anybody reads it is no matter of the server's.
        let _ = std::io::stdout().write_all(welcome(serve, &app).as_bytes());
    }

    tokio::select! {
        () = signalled => tracing::info!("stopping: a signal"),
        () = closing.reached(Stage::Closing) => {}
        () = let_go(serve.leashed) => tracing::info!("stopping: whoever started this server is gone"),
        () = presence.lonely(serve.idle, &engine) => tracing::info!("stopping: nobody needs this server"),
    }
    closing.reach(Stage::Closing);
    let _ = stop.send(true);
    if let Err(error) = dispatching.await {
        tracing::error!(%error, "the dispatcher broke off");
    }
    let _ = tokio::join!(valuing, notifying);
    closing.reach(Stage::Cut);
    let answers = async {
        for answering in answering {
            let _ = answering.await;
        }
    };
    let _ = tokio::time::timeout(ANSWERS_SECONDS_MAX, answers).await;
    upkeep.abort();
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

/// The end of standard input; never, where the server is not leashed. Reading it keeps a thread that ends with the
/// program.
async fn let_go(leashed: bool) {
    if !leashed {
        return std::future::pending().await;
    }
    let (held, mut gone) = watch::channel(());
    let read = move || {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        drop(held);
    };
    match std::thread::Builder::new().name("leash".into()).spawn(read) {
        // Nothing is ever sent: what comes is the end.
        Ok(_) => drop(gone.changed().await),
        Err(error) => tracing::error!(%error, "the end of standard input cannot be waited for, so it counts as there"),
    }
}

/// What whoever started the server reads. The link's secret is for people: it must not end up in a file of logs.
fn welcome(serve: &Serve, app: &App) -> String {
    let (version, root, pid) = (&app.server.version, serve.folder.root().display(), app.server.pid);
    let url = app.server.url.as_deref().unwrap_or("its socket");
    let login = match api::login_link(app) {
        Ok((link, _)) if std::io::stdout().is_terminal() => format!("sign in, once within 10 minutes: {link}"),
        _ => "sign in: foliosync login".into(),
    };
    format!("foliosync {version} serves {root} at {url}\n{login}\npid {pid}; Ctrl-C stops it\n")
}

async fn bind_tcp(config: FaceConfig) -> Result<(TcpListener, Face), Failure> {
    let listen = config.listen;
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            let hint = "stop the program that listens there, or choose another: --listen 127.0.0.1:7879 \
                        (FOLIOSYNC_LISTEN, or listen in the configuration)";
            Failure::failed(format!("{listen} is taken by another program"), hint)
        }
        _ => Failure::failed(format!("{listen} cannot be listened on: {error}"), "choose another with --listen"),
    };
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, Face::new(config, address)))
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
