//! What the program is told from outside: defaults < file < environment < flags. An unknown key is refused.

use std::path::{Path, PathBuf};

use figment::Figment;
use figment::error::Kind;
use figment::providers::{Format, Serialized, Toml};
use foliosync_engine::limits::RUNS_LIVE_MAX;
use foliosync_engine::nearest::nearest;
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

use crate::data_folder::DataFolder;
use crate::failure::Failure;

const PREFIX: &str = "FOLIOSYNC_";
const KEYS: [&str; 3] = ["data_dir", "runs_live_max", "log"];
/// Read by the command line itself.
const FLAG_ONLY: &str = "config";

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Folder of the database.
    data_dir: PathBuf,
    /// Connections that sync at once.
    pub runs_live_max: usize,
    /// What the server logs, such as `info` or `foliosync_engine=debug`.
    pub log: String,
}

/// What the command line says.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    pub data_dir: Option<PathBuf>,
    pub config: Option<PathBuf>,
}

impl Config {
    pub fn load(flags: &Flags) -> Result<Config, Failure> {
        let environment = std::env::vars_os().filter_map(|(key, value)| {
            let key = key.into_string().ok()?;
            Some((key.strip_prefix(PREFIX)?.to_string(), value.to_string_lossy().into_owned()))
        });
        Config::from_parts(flags, &defaults()?, file(flags)?.as_deref(), environment.collect())
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
        config.check()
    }

    /// One variable of the environment, its prefix taken off. `KEY_FILE` names a file that holds the value.
    fn set(&mut self, variable: &str, value: String) -> Result<(), Failure> {
        let lower = variable.to_lowercase();
        if lower == FLAG_ONLY {
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
        match key.as_str() {
            "data_dir" => self.data_dir = value.into(),
            "log" => self.log = value,
            "runs_live_max" => {
                self.runs_live_max = value.parse().map_err(|_| {
                    Failure::input(format!("{PREFIX}{variable} is `{value}`, which is not a number"), "")
                })?;
            }
            _ => {
                let names: Vec<_> = KEYS.iter().map(|key| format!("{PREFIX}{}", key.to_uppercase())).collect();
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
        if !(1..=1_000).contains(&self.runs_live_max) {
            return Err(Failure::input(format!("runs_live_max cannot be {}", self.runs_live_max), "use 1 to 1000"));
        }
        if let Err(error) = EnvFilter::try_new(&self.log) {
            let hint = "use a level such as info, or targets such as foliosync_engine=debug";
            return Err(Failure::input(format!("log cannot be `{}`: {error}", self.log), hint));
        }
        Ok(self)
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
    Ok(Config { data_dir, runs_live_max: RUNS_LIVE_MAX, log: "info".into() })
}

/// The file to read: the one that was named, which must be there, or else the usual one where it exists.
fn file(flags: &Flags) -> Result<Option<PathBuf>, Failure> {
    let usual = || xdg("XDG_CONFIG_HOME", ".config").map(|base| base.join("foliosync/config.toml"));
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

fn xdg(variable: &str, below_home: &str) -> Option<PathBuf> {
    let given = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    given(variable).or_else(|| given("HOME").map(|home| home.join(below_home)))
}

fn refused(error: figment::Error, file: Option<&Path>) -> Failure {
    let place = file.map(|file| format!(" in {}", file.display())).unwrap_or_default();
    match &error.kind {
        Kind::UnknownField(key, _) => {
            let near = nearest(key, KEYS.into_iter());
            let hint = format!("{near}there are: {}", KEYS.join(", "));
            Failure::input(format!("there is no setting `{key}`{place}"), hint)
        }
        _ => Failure::input(format!("the configuration{place} cannot be read: {error}"), "mend the file"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(file: &str, environment: &[(&str, &str)], flags: Flags) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, file).unwrap();
        let defaults = Config { data_dir: "/default".into(), runs_live_max: 5, log: "info".into() };
        let environment = environment.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        Config::from_parts(&flags, &defaults, Some(&path), environment).map_err(|failure| {
            format!("{} | {}", failure.message, failure.hint).replace(path.to_str().unwrap(), "FILE")
        })
    }

    #[test]
    fn a_later_layer_wins() {
        let file = "data_dir = '/file'\nruns_live_max = 2";
        let config = load(file, &[], Flags::default()).unwrap();
        assert_eq!((config.data_dir.to_str(), config.runs_live_max), (Some("/file"), 2));
        let config = load(file, &[("DATA_DIR", "/env"), ("RUNS_LIVE_MAX", "3")], Flags::default()).unwrap();
        assert_eq!((config.data_dir.to_str(), config.runs_live_max), (Some("/env"), 3));
        let flags = Flags { data_dir: Some("/flag".into()), config: None };
        assert_eq!(load(file, &[("DATA_DIR", "/env")], flags).unwrap().data_dir.to_str(), Some("/flag"));
    }

    #[test]
    fn a_value_may_come_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("value");
        std::fs::write(&path, "7\n").unwrap();
        let config = load("", &[("RUNS_LIVE_MAX_FILE", path.to_str().unwrap())], Flags::default()).unwrap();
        assert_eq!(config.runs_live_max, 7);
    }

    #[test]
    fn what_is_wrong_is_refused_with_what_would_be_right() {
        let check = |file, environment: &[(&str, &str)], want: &str| {
            assert_eq!(load(file, environment, Flags::default()).unwrap_err(), want);
        };
        check(
            "run_live_max = 1",
            &[],
            "there is no setting `run_live_max` in FILE | did you mean `runs_live_max`? there are: data_dir, runs_live_max, log",
        );
        check(
            "",
            &[("DATADIR", "/x")],
            "there is no setting FOLIOSYNC_DATADIR (in the environment) | did you mean `FOLIOSYNC_DATA_DIR`? there are: FOLIOSYNC_DATA_DIR, FOLIOSYNC_RUNS_LIVE_MAX, FOLIOSYNC_LOG",
        );
        check("runs_live_max = 0", &[], "runs_live_max cannot be 0 | use 1 to 1000");
        check("", &[("RUNS_LIVE_MAX", "many")], "FOLIOSYNC_RUNS_LIVE_MAX is `many`, which is not a number | ");
        assert!(load("data_dir = 5", &[], Flags::default()).unwrap_err().starts_with("the configuration in FILE"));
    }
}
