//! What the demo runs on: a folder of its own, the simulated services, and a server with its own configuration and key.

use std::fmt::Write;
use std::fs;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context;
use foliosync_sim::{Plan, Sim, SimOptions};
use jiff::Timestamp;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, ChildStdin, Command};

use super::sources::{FMP_KEY, SIMULATED, TIINGO_KEY};
use crate::cli::connect::quoted;
use crate::cli::text::shown;
use crate::client::{Client, Launch};
use crate::data_folder::DataFolder;
use crate::failure::Failure;

/// What people type after the alias is set.
pub const ALIAS: &str = "folio";
/// How long its server may take to store its pages and close the database.
const STOP_SECONDS_MAX: Duration = Duration::from_secs(30);
const LOG_LINES_SHOWN: usize = 5;
const NAMES_TRIED: u32 = 100;

pub struct Stage {
    root: PathBuf,
    program: PathBuf,
    sim: Sim,
}

impl Stage {
    pub fn new(launch: &Launch) -> anyhow::Result<Stage> {
        let program = launch.program.clone().context("nobody said where this program is")?;
        // Names that are asked for are enough; thousands more would only take time to make up.
        let sim = Sim::start(SimOptions { generated_symbols: 0, ..SimOptions::default() });
        let sim = sim.context("the simulated services cannot be started")?;
        sim.add_key("fmp", FMP_KEY, Plan::fmp_premium());
        sim.add_key("tiingo", TIINGO_KEY, Plan::tiingo_power());
        let root = make_root().context("the demo's folder cannot be made")?;
        let stage = Stage { root, program, sim };
        match stage.write_config() {
            Ok(()) => Ok(stage),
            Err(error) => {
                let _ = fs::remove_dir_all(&stage.root);
                Err(error).context("the demo's configuration cannot be written")
            }
        }
    }

    pub fn trade_logs(&self) -> PathBuf {
        self.root.join("trade-logs")
    }

    pub fn market_data(&self) -> PathBuf {
        self.root.join("market-data")
    }

    fn data_folder(&self) -> DataFolder {
        DataFolder::new(self.root.join("data"))
    }

    /// Holds the configuration and the key of credentials.
    fn config_dir(&self) -> PathBuf {
        self.root.join("config")
    }

    fn config_file(&self) -> PathBuf {
        self.config_dir().join("config.toml")
    }

    fn log_file(&self) -> PathBuf {
        self.root.join("server.log")
    }

    /// For a shell: this program is seldom where shells look.
    pub fn alias(&self) -> String {
        let (program, data) = (text(&self.program), text(self.data_folder().root()));
        format!("alias {ALIAS}={}", quoted(&format!("{} --data-dir {}", quoted(&program), quoted(&data))))
    }

    fn write_config(&self) -> std::io::Result<()> {
        let mut config = String::from("# The simulated services of one demo.\n");
        for (provider, prefix) in SIMULATED {
            // Writing to a String cannot fail.
            let _ = write!(config, "\n[providers.{provider}]\nbase_url = \"{}\"\n", self.sim.base_url(prefix));
        }
        fs::create_dir(self.config_dir())?;
        fs::write(self.config_file(), config)
    }

    /// Starts `foliosync serve` with nothing of the user's: neither variables, nor files, nor keys.
    pub fn start_server(&self, listen: SocketAddr) -> anyhow::Result<Server> {
        let log = fs::File::options().create(true).append(true).mode(0o600).open(self.log_file())?;
        let mut command = Command::new(&self.program);
        for (name, _) in std::env::vars_os() {
            let is_ours = name.to_str().is_some_and(|name| {
                name.starts_with("FOLIOSYNC_") || name == "SCHEDULER_SECRET" || name == "CRON_SECRET"
            });
            if is_ours {
                command.env_remove(name);
            }
        }
        command.env("FOLIOSYNC_CONFIG_DIR", self.config_dir());
        command.arg("serve").arg("--leashed").arg("--listen").arg(listen.to_string());
        command.arg("--data-dir").arg(self.data_folder().root()).arg("--config").arg(self.config_file());
        // In a group of its own: the terminal's Ctrl-C is for the demo, which then ends its server in good order.
        command.current_dir("/").process_group(0).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log);
        let mut child = command.spawn().context("the demo's server cannot be started")?;
        let leash = child.stdin.take();
        Ok(Server { child, _leash: leash, log: self.log_file() })
    }

    /// Waits for the demo's server; no other is started.
    pub async fn client(&self) -> Result<Client, Failure> {
        Client::connect(self.data_folder(), Launch { program: None, config: None }).await
    }

    /// Ends the simulated services, and removes the folder unless it is to stay.
    pub async fn clear(self, keep: bool) -> anyhow::Result<()> {
        let (root, shown_root) = (self.root.clone(), text(&self.root));
        if keep {
            say!("\nEverything is in {shown_root}. The simulated services have ended, what they said is there:");
            say!("  {}", self.alias());
            say!("  {ALIAS} query 'SHOW ALL TABLES'");
        }
        self.sim.stop().await;
        if !keep {
            fs::remove_dir_all(&root).with_context(|| format!("the demo's folder {shown_root} cannot be removed"))?;
            say!("\nThe demo's folder {shown_root} was removed; --keep leaves it.");
        }
        Ok(())
    }
}

pub struct Server {
    child: Child,
    /// When this end of its standard input closes, however this program ends, the server ends too.
    _leash: Option<ChildStdin>,
    log: PathBuf,
}

impl Server {
    /// When it ended although nobody asked it to, with its last words.
    pub async fn ended(&mut self) -> Failure {
        let how = match self.child.wait().await {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n");
        let hint = if last.is_empty() { "it said nothing".into() } else { format!("it said:\n{last}") };
        Failure::failed(format!("the demo's server ended ({how})"), hint)
    }

    pub async fn stop(mut self) {
        let pid = self.child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // Fails where it is gone already.
            let _ = kill_process(pid, Signal::TERM);
            let _ = tokio::time::timeout(STOP_SECONDS_MAX, self.child.wait()).await;
        }
    }
}

fn text(path: &Path) -> String {
    shown(&path.to_string_lossy())
}

/// A folder that nobody else can have made before. Its name is short: a socket's path below it must fit 103 bytes.
fn make_root() -> std::io::Result<PathBuf> {
    let seed = Timestamp::now().as_microsecond().unsigned_abs() ^ (u64::from(std::process::id()) << 20);
    for nth in 0..NAMES_TRIED {
        let name = format!("foliosync-demo-{:06x}", (seed + u64::from(nth)) & 0xff_ffff);
        let root = std::path::absolute(std::env::temp_dir().join(name))?;
        match fs::DirBuilder::new().mode(0o700).create(&root) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            made => return made.map(|()| root),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}
