//! `serve`: the process that opens the database.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::time::Duration;

use foliosync_engine::limits::IDLE_SECONDS_MAX;
use tracing_subscriber::EnvFilter;

use super::Done;
use crate::client::LastWords;
use crate::config::{Config, LogFormat};
use crate::failure::Failure;
use crate::serve::{self, Serve, Shared, Syncing, Worker};

#[derive(clap::Args)]
pub struct Args {
    /// Where to answer over TCP [default: 127.0.0.1:7878] [env: FOLIOSYNC_LISTEN]
    #[arg(long, value_name = "ADDRESS:PORT", conflicts_with = "auto")]
    pub listen: Option<String>,
    /// Keep the data in this PostgreSQL database: postgres://user@host/name. With a password, set FOLIOSYNC_STORE or
    /// FOLIOSYNC_STORE_FILE instead: arguments are seen by everybody on the machine
    #[arg(long, value_name = "URL")]
    pub store: Option<String>,
    /// Started by a command: leave the terminal, and leave altogether when nobody needs it
    #[arg(long, hide = true)]
    auto: bool,
    #[arg(long, hide = true, requires = "auto")]
    idle_seconds: Option<u64>,
    /// Started by a program that holds the other end of standard input: end when that closes, however it came to it
    #[arg(long, hide = true, conflicts_with = "auto")]
    leashed: bool,
}

#[derive(clap::Args)]
pub struct WorkerArgs {
    /// The PostgreSQL database to work on: postgres://user@host/name [env: FOLIOSYNC_STORE]
    #[arg(long, value_name = "URL")]
    pub store: Option<String>,
}

/// Works until a signal. What it must share with the server is the database and the key of credentials.
pub fn work(config: Config) -> anyhow::Result<Done> {
    log(&config);
    let Some(url) = config.store.clone() else {
        let hint = "give it: --store postgres://user@host/name, or FOLIOSYNC_STORE";
        return Err(Failure::input("a worker needs the address of a PostgreSQL database", hint).into());
    };
    if config.runs_live_max == 0 {
        return Err(Failure::input("a worker with runs_live_max 0 would do nothing", "use 1 to 1000").into());
    }
    serve::work(&Worker { shared: Shared { url, reader: None }, syncing: syncing(&config)? })?;
    Ok(Done::Well)
}

fn syncing(config: &Config) -> Result<Syncing, Failure> {
    Ok(Syncing {
        runs_live_max: config.runs_live_max,
        runs_live_max_of: config.runs_live_max_of()?,
        runs_kept_days: config.runs_kept_days,
        clock: config.clock,
        schedules: config.schedules,
        base_urls: config.base_urls()?,
        egress: config.egress.clone(),
        keys: config.keys(),
        private: config.notifiers()?.private,
    })
}

pub fn run(args: &Args, config: impl FnOnce() -> Result<Config, Failure>) -> anyhow::Result<Done> {
    if args.auto {
        // Out of the reach of the terminal that the command runs in, and of its Ctrl-C. Fails only where it is so already.
        let _ = rustix::process::setsid();
    }
    let served = config().map_err(anyhow::Error::from).and_then(|config| {
        log(&config);
        let idle = args.idle_seconds.map_or(IDLE_SECONDS_MAX, Duration::from_secs);
        let tcp = if args.auto { None } else { Some(config.face()?.check()?) };
        serve::run(&Serve {
            folder: config.data_folder(),
            // A server that commands start leaves with them, so it would keep its schedules at times.
            syncing: Syncing { schedules: config.schedules && !args.auto, ..syncing(&config)? },
            idle: args.auto.then_some(idle),
            leashed: args.leashed,
            tcp,
            notifiers: Arc::new(config.notifiers()?),
            scheduler_secret: config.scheduler_secret,
            metrics_open: config.metrics_open,
            base_currency: config.base_currency,
            shared: config.store.map(|url| Shared { url, reader: config.store_reader }),
        })
    });
    if args.auto
        && let Err(error) = &served
    {
        let words = LastWords { pid: std::process::id(), failure: Failure::of(error) };
        let mut line = serde_json::to_vec(&words)?;
        line.push(b'\n');
        // In one write: several servers may share the log.
        std::io::stdout().write_all(&line)?;
    }
    served.map(|()| Done::Well)
}

fn log(config: &Config) {
    let filter = EnvFilter::try_new(&config.log).unwrap_or_default();
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    match config.log_format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => lines.json().with_span_list(false).init(),
    }
}
