//! What the program is told from outside: defaults < file < environment < flags. An unknown key is refused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::error::Kind;
use figment::providers::{Format, Serialized, Toml};
use foliosync_engine::clock::Clock;
use foliosync_engine::fetch::BaseUrls;
use foliosync_engine::limits::{RUNS_KEPT_DAYS, RUNS_LIVE_MAX};
use foliosync_engine::nearest::nearest;
use foliosync_engine::units::Unit;
use jiff::SignedDuration;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

use crate::access::{FaceConfig, PublicUrl};
use crate::data_folder::DataFolder;
use crate::failure::Failure;
use crate::keys::KeyPlace;
use crate::networks::Networks;
use crate::notify::{Notifiers, Ntfy, Webhook};
use crate::transport::is_loopback;

const PREFIX: &str = "FOLIOSYNC_";
const KEYS: [&str; 15] = [
    "data_dir",
    "runs_live_max",
    "runs_kept_days",
    "schedules",
    "log",
    "log_format",
    "listen",
    "public_url",
    "trusted_proxies",
    "metrics_open",
    "base_currency",
    "webhook_url",
    "ntfy_url",
    "private_networks",
    "egress",
];
/// A table, so in the file only.
const PROVIDERS: &str = "providers";
/// Seconds that the server's clock is ahead: for tests that cannot wait for something to grow old.
const TEST_CLOCK_AHEAD: &str = "test_clock_ahead";
/// Secret, so in no file that is shown around.
const SECRETS: [&str; 5] = [SCHEDULER_SECRET, WEBHOOK_SECRET, NTFY_TOKEN, STORE, STORE_READER];
const SCHEDULER_SECRET: &str = "scheduler_secret";
const WEBHOOK_SECRET: &str = "webhook_secret";
const NTFY_TOKEN: &str = "ntfy_token";
const STORE: &str = "store";
const STORE_READER: &str = "store_reader";
/// Under these names other schedulers hand over the same secret.
const SCHEDULER_SECRET_NAMES: [&str; 2] = ["SCHEDULER_SECRET", "CRON_SECRET"];
/// Of the name of an address, which is part of the key of a budget.
const EGRESS_CHARS_MAX: usize = 64;
/// A hundred years.
const KEPT_DAYS_MAX: u16 = 36_500;
/// Read by others: the command line, the search for the file, and the search for the key.
const READ_ELSEWHERE: [&str; 4] = ["config", "config_dir", "key", "key_file"];

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Folder of the database.
    data_dir: PathBuf,
    /// Connections that sync at once.
    pub runs_live_max: usize,
    /// Days that the log names each run; older ones are summed up by day.
    pub runs_kept_days: u16,
    /// Whether `serve` syncs by itself. Without, something else says when: a scheduler of the system's, for example.
    pub schedules: bool,
    /// What the server logs, such as `info` or `foliosync_engine=debug`.
    pub log: String,
    pub log_format: LogFormat,
    /// Where `serve` answers over TCP. Port 0 takes a free one.
    listen: String,
    /// The address that browsers use, where it is not the one above.
    public_url: Option<String>,
    /// Proxies whose `X-Forwarded-For` is believed: addresses and networks.
    trusted_proxies: Vec<String>,
    /// Whether `/metrics` needs no token.
    pub metrics_open: bool,
    /// In which everything is valued, where it is not what was chosen before; dollars where nothing was.
    pub base_currency: Option<String>,
    /// Where notifications are sent to, signed.
    webhook_url: Option<String>,
    /// A topic of ntfy that notifications are sent to.
    ntfy_url: Option<String>,
    /// Of the addresses that are not on the internet, those that notifications may be sent to.
    private_networks: Vec<String>,
    /// What the address is called by which this program reaches providers: those that call theirs the same share what
    /// providers allow an address.
    pub egress: String,
    /// By the provider's id.
    providers: BTreeMap<String, ProviderConfig>,
    /// What opens the scheduler's route; without it there is no such route.
    #[serde(skip)]
    pub scheduler_secret: Option<SecretString>,
    #[serde(skip, default = "Config::clock")]
    pub clock: Clock,
    #[serde(skip)]
    webhook_secret: Option<SecretString>,
    #[serde(skip)]
    ntfy_token: Option<SecretString>,
    /// The address of a PostgreSQL database, in place of the file in the data folder.
    #[serde(skip)]
    pub store: Option<SecretString>,
    /// The same with a role that may only read, for SQL of users.
    #[serde(skip)]
    pub store_reader: Option<SecretString>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProviderConfig {
    /// Where it is reached instead of at its own addresses.
    base_url: Option<String>,
    /// How many of its connections sync at once, where that is less than `runs_live_max`.
    runs_live_max: Option<usize>,
}

/// What the command line says.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    pub data_dir: Option<PathBuf>,
    pub config: Option<PathBuf>,
    pub listen: Option<String>,
    pub store: Option<String>,
}

impl Config {
    pub fn load(flags: &Flags) -> Result<Config, Failure> {
        let environment = std::env::vars_os().filter_map(|(key, value)| {
            let key = key.into_string().ok()?;
            Some((key.strip_prefix(PREFIX)?.to_string(), value.to_string_lossy().into_owned()))
        });
        let mut config = Config::from_parts(flags, &defaults()?, file(flags)?.as_deref(), environment.collect())?;
        let mut others = SCHEDULER_SECRET_NAMES.iter().filter_map(|name| secret(std::env::var(name).ok()?));
        config.scheduler_secret = config.scheduler_secret.or_else(|| others.next());
        Ok(config)
    }

    fn from_parts(
        flags: &Flags,
        defaults: &Config,
        file: Option<&Path>,
        environment: Vec<(String, String)>,
    ) -> Result<Config, Failure> {
        let mut layers = Figment::from(Serialized::defaults(defaults));
        if let Some(file) = file {
            layers = layers.merge(Toml::file_exact(file));
        }
        let from_file: Config = layers.extract().map_err(|error| refused(error, file))?;
        let mut config = from_file;
        if let Some(folder) = file.and_then(Path::parent) {
            // A relative folder in a file is meant from the file's own place, wherever the command runs.
            config.data_dir = folder.join(&config.data_dir);
        }
        for (key, value) in environment {
            config.set(&key, value)?;
        }
        if let Some(folder) = &flags.data_dir {
            config.data_dir = folder.clone();
        }
        if let Some(listen) = &flags.listen {
            config.listen = listen.clone();
        }
        if let Some(store) = &flags.store {
            config.store = secret(store.clone());
        }
        config.check()
    }

    /// One variable of the environment, its prefix taken off. `KEY_FILE` names a file that holds the value.
    fn set(&mut self, variable: &str, value: String) -> Result<(), Failure> {
        let lower = variable.to_lowercase();
        if READ_ELSEWHERE.contains(&lower.as_str()) {
            return Ok(());
        }
        let (key, value) = match lower.strip_suffix("_file") {
            Some(key) => {
                let read = std::fs::read_to_string(&value).map_err(|error| {
                    let hint = "give it the path of a file that holds the value";
                    Failure::input(format!("{PREFIX}{variable} names {value}, which cannot be read: {error}"), hint)
                })?;
                (key.to_string(), read.trim().to_string())
            }
            None => (lower, value),
        };
        let not = |value: &str, what: &str| Failure::input(format!("{PREFIX}{variable} is `{value}`, not {what}"), "");
        match key.as_str() {
            "data_dir" => self.data_dir = value.into(),
            "log" => self.log = value,
            "listen" => self.listen = value,
            "public_url" => self.public_url = Some(value).filter(|url| !url.is_empty()),
            "trusted_proxies" => self.trusted_proxies = value.split(',').map(String::from).collect(),
            SCHEDULER_SECRET => self.scheduler_secret = secret(value),
            WEBHOOK_SECRET => self.webhook_secret = secret(value),
            NTFY_TOKEN => self.ntfy_token = secret(value),
            STORE => self.store = secret(value),
            STORE_READER => self.store_reader = secret(value),
            "webhook_url" => self.webhook_url = Some(value).filter(|url| !url.is_empty()),
            "ntfy_url" => self.ntfy_url = Some(value).filter(|url| !url.is_empty()),
            "private_networks" => self.private_networks = value.split(',').map(String::from).collect(),
            "runs_live_max" => self.runs_live_max = value.parse().map_err(|_| not(&value, "a number"))?,
            "runs_kept_days" => self.runs_kept_days = value.parse().map_err(|_| not(&value, "a number of days"))?,
            "egress" => self.egress = value,
            "schedules" => self.schedules = value.parse().map_err(|_| not(&value, "true or false"))?,
            "base_currency" => self.base_currency = Some(value).filter(|currency| !currency.is_empty()),
            "metrics_open" => self.metrics_open = value.parse().map_err(|_| not(&value, "true or false"))?,
            "log_format" => {
                self.log_format = match value.as_str() {
                    "text" => LogFormat::Text,
                    "json" => LogFormat::Json,
                    _ => return Err(not(&value, "text or json")),
                }
            }
            TEST_CLOCK_AHEAD => {
                let ahead = value.parse().map_err(|_| not(&value, "a number of seconds"))?;
                self.clock = Clock::Ahead(SignedDuration::from_secs(ahead));
            }
            _ => {
                let keys = KEYS.iter().chain(&SECRETS);
                let names: Vec<_> = keys.map(|key| format!("{PREFIX}{}", key.to_uppercase())).collect();
                let name = format!("{PREFIX}{variable}");
                let near = nearest(&name, names.iter().map(String::as_str));
                let hint = format!("{near}there are: {}", names.join(", "));
                return Err(Failure::input(format!("there is no setting {name} (in the environment)"), hint));
            }
        }
        Ok(())
    }

    fn check(mut self) -> Result<Config, Failure> {
        if self.data_dir.as_os_str().is_empty() {
            return Err(Failure::input("the data folder's path is empty", "give one: --data-dir DIR"));
        }
        self.data_dir = std::path::absolute(&self.data_dir)
            .map_err(|error| Failure::input(format!("{}: {error}", self.data_dir.display()), ""))?;
        // Where others work on the same database, a server may leave all work to them.
        let runs_live_min = usize::from(self.store.is_none());
        if !(runs_live_min..=1_000).contains(&self.runs_live_max) {
            return Err(Failure::input(format!("runs_live_max cannot be {}", self.runs_live_max), "use 1 to 1000"));
        }
        if !(1..=KEPT_DAYS_MAX).contains(&self.runs_kept_days) {
            let hint = format!("use 1 to {KEPT_DAYS_MAX}");
            return Err(Failure::input(format!("runs_kept_days cannot be {}", self.runs_kept_days), hint));
        }
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if self.egress.len() > EGRESS_CHARS_MAX || !self.egress.chars().all(is_plain) {
            let hint = "give the address a name of letters, digits, - _ . such as home or vps-1";
            return Err(Failure::input(format!("egress cannot be `{}`", self.egress), hint));
        }
        if let Err(error) = EnvFilter::try_new(&self.log) {
            let hint = "use a level such as info, or targets such as foliosync_engine=debug";
            return Err(Failure::input(format!("log cannot be `{}`: {error}", self.log), hint));
        }
        if let Some(currency) = &self.base_currency {
            let unit = Unit::parse(currency).filter(|unit| !unit.is_minor());
            let refused =
                || Failure::input(format!("base_currency cannot be `{currency}`"), "write it like EUR or USD");
            self.base_currency = Some(unit.ok_or_else(refused)?.currency);
        }
        self.face()?;
        self.base_urls()?;
        self.runs_live_max_of()?;
        self.notifiers()?;
        Ok(self)
    }

    /// Where providers are reached instead of at their own addresses. It takes this file: whoever may only change a
    /// connection cannot send its credentials elsewhere.
    pub fn base_urls(&self) -> Result<BaseUrls, Failure> {
        let known = foliosync_providers::all();
        let known: Vec<&str> =
            known.iter().map(|p| p.spec()).filter(|spec| !spec.hosts.is_empty()).map(|spec| spec.id).collect();
        let given = self.providers.iter().filter_map(|(id, provider)| Some((id, provider.base_url.as_ref()?)));
        let check = |(id, given): (&String, &String)| {
            if !known.contains(&id.as_str()) {
                let near = nearest(id, known.iter().copied());
                let hint = format!("{near}there are: {}", known.join(", "));
                return Err(Failure::input(
                    format!("[providers.{id}]: there is no such provider with an address"),
                    hint,
                ));
            }
            let url = base_url(given).map_err(|why| {
                let message = format!("[providers.{id}] base_url cannot be used: {why}");
                Failure::input(message, "for example: https://proxy.example.org/api, or http://127.0.0.1:8080")
            })?;
            Ok((id.clone(), url))
        };
        given.map(check).collect()
    }

    /// Providers of whose connections fewer sync at once.
    pub fn runs_live_max_of(&self) -> Result<BTreeMap<String, usize>, Failure> {
        let known = foliosync_providers::all();
        let known: Vec<&str> = known.iter().map(|provider| provider.spec().id).collect();
        let given = self.providers.iter().filter_map(|(id, provider)| Some((id, provider.runs_live_max?)));
        let check = |(id, max): (&String, usize)| {
            if !known.contains(&id.as_str()) {
                let hint = format!("{}there are: {}", nearest(id, known.iter().copied()), known.join(", "));
                return Err(Failure::input(format!("[providers.{id}]: there is no such provider"), hint));
            }
            if !(1..=1_000).contains(&max) {
                return Err(Failure::input(format!("[providers.{id}] runs_live_max cannot be {max}"), "use 1 to 1000"));
            }
            Ok((id.clone(), max))
        };
        given.map(check).collect()
    }

    /// Where notifications are sent to.
    pub fn notifiers(&self) -> Result<Notifiers, Failure> {
        let refused = |key: &'static str| {
            move |why: String| Failure::input(format!("{key} cannot be used: {why}"), "correct it, or leave it out")
        };
        let private = Networks::parse(self.private_networks.iter().map(String::as_str)).map_err(|text| {
            let hint = "give addresses or networks: 127.0.0.1, 192.168.0.0/16";
            Failure::input(format!("private_networks cannot hold `{text}`"), hint)
        })?;
        let webhook = self.webhook_url.as_ref().map(|url| {
            let hint = "make one: openssl rand -base64 32; and hand it over as FOLIOSYNC_WEBHOOK_SECRET or \
                        FOLIOSYNC_WEBHOOK_SECRET_FILE";
            let unsigned = || Failure::input("webhook_url is set, and there is no secret to sign with", hint);
            let secret = self.webhook_secret.as_ref().ok_or_else(unsigned)?;
            Webhook::new(url, secret).map_err(refused("webhook_url"))
        });
        let ntfy =
            self.ntfy_url.as_ref().map(|url| Ntfy::new(url, self.ntfy_token.clone()).map_err(refused("ntfy_url")));
        Ok(Notifiers { webhook: webhook.transpose()?, ntfy: ntfy.transpose()?, private })
    }

    /// Where `serve` answers over TCP, and under which names.
    pub fn face(&self) -> Result<FaceConfig, Failure> {
        let listen = self.listen.replace("localhost:", "127.0.0.1:").parse().map_err(|_| {
            let hint = "give an address and a port: 127.0.0.1:7878";
            Failure::input(format!("listen cannot be `{}`", self.listen), hint)
        })?;
        let public = self.public_url.as_deref().map(PublicUrl::parse).transpose().map_err(|why| {
            let shown = self.public_url.as_deref().unwrap_or_default();
            Failure::input(format!("public_url cannot be `{shown}`: {why}"), "for example: https://folio.example.org")
        })?;
        let proxies = Networks::parse(self.trusted_proxies.iter().map(String::as_str)).map_err(|text| {
            let hint = "give addresses or networks: 127.0.0.1, 10.0.0.0/8";
            Failure::input(format!("trusted_proxies cannot hold `{text}`"), hint)
        })?;
        Ok(FaceConfig { listen, public, proxies })
    }

    fn clock() -> Clock {
        Clock::System
    }

    fn at(data_dir: PathBuf) -> Config {
        Config {
            data_dir,
            runs_live_max: RUNS_LIVE_MAX,
            runs_kept_days: RUNS_KEPT_DAYS,
            schedules: true,
            log: "info".into(),
            log_format: LogFormat::Text,
            listen: "127.0.0.1:7878".into(),
            public_url: None,
            trusted_proxies: Vec::new(),
            metrics_open: false,
            base_currency: None,
            webhook_url: None,
            ntfy_url: None,
            private_networks: Vec::new(),
            egress: String::new(),
            providers: BTreeMap::new(),
            scheduler_secret: None,
            clock: Clock::System,
            webhook_secret: None,
            ntfy_token: None,
            store: None,
            store_reader: None,
        }
    }

    /// Where the key of credentials is.
    pub fn keys(&self) -> KeyPlace {
        KeyPlace::from_environment(config_dir())
    }

    pub fn data_folder(&self) -> DataFolder {
        DataFolder::new(self.data_dir.clone())
    }
}

fn defaults() -> Result<Config, Failure> {
    let data_dir = match xdg("XDG_DATA_HOME", ".local/share") {
        Some(base) => base.join("foliosync"),
        // Only wrong where nothing else names a folder; `check` says so then.
        None => PathBuf::new(),
    };
    Ok(Config::at(data_dir))
}

/// A base address without a slash at the end. What is sent there may carry credentials, so it is encrypted unless it
/// stays on this machine.
fn base_url(text: &str) -> Result<String, String> {
    let url = reqwest::Url::parse(text).map_err(|error| error.to_string())?;
    match url.scheme() {
        "https" => {}
        "http" if url.host_str().is_some_and(is_loopback) => {}
        "http" => return Err("it must begin with https, as it is not on this machine".into()),
        _ => return Err("it must begin with https".into()),
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err("it may hold neither a user, nor a query, nor a fragment".into());
    }
    Ok(url.as_str().trim_end_matches('/').to_string())
}

/// An empty secret would let everybody in, so it counts as none.
fn secret(value: String) -> Option<SecretString> {
    (!value.is_empty()).then(|| value.into())
}

/// The file to read: the one that was named, which must be there, or else the usual one where it exists.
fn file(flags: &Flags) -> Result<Option<PathBuf>, Failure> {
    let usual = || config_dir().map(|folder| folder.join("config.toml"));
    let named = match &flags.config {
        Some(path) if path.is_file() => Some(path.clone()),
        Some(path) => {
            let message = format!("there is no configuration file {}", path.display());
            return Err(Failure::input(message, "check --config (or FOLIOSYNC_CONFIG)"));
        }
        None => usual().filter(|path| path.exists()),
    };
    let Some(path) = named else { return Ok(None) };
    std::path::absolute(&path).map(Some).map_err(|error| Failure::input(format!("{}: {error}", path.display()), ""))
}

/// Where the configuration file and the key of credentials are, unless somebody says otherwise.
fn config_dir() -> Option<PathBuf> {
    let given = std::env::var_os("FOLIOSYNC_CONFIG_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
    given.or_else(|| xdg("XDG_CONFIG_HOME", ".config").map(|base| base.join("foliosync")))
}

fn xdg(variable: &str, below_home: &str) -> Option<PathBuf> {
    let given = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    given(variable).or_else(|| given("HOME").map(|home| home.join(below_home)))
}

fn refused(error: figment::Error, file: Option<&Path>) -> Failure {
    let place = file.map(|file| format!(" in {}", file.display())).unwrap_or_default();
    match &error.kind {
        Kind::UnknownField(key, _) if error.path.len() > 1 => {
            let place = format!("[{}]{place}", error.path[..error.path.len() - 1].join("."));
            Failure::input(format!("there is no setting `{key}` under {place}"), "there are: base_url, runs_live_max")
        }
        Kind::UnknownField(key, _) => {
            let keys = || KEYS.into_iter().chain([PROVIDERS]);
            let near = nearest(key, keys());
            let hint = format!("{near}there are: {}", keys().collect::<Vec<_>>().join(", "));
            Failure::input(format!("there is no setting `{key}`{place}"), hint)
        }
        _ => Failure::input(format!("the configuration{place} cannot be read: {error}"), "mend the file"),
    }
}

#[cfg(test)]
mod tests;
