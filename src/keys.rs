//! Where the key of credentials is: the environment, or files in the configuration folder. Never in the data folder, so
//! never in a backup.
//!
//! Files are found by the id of what they hold: `key` is for new data folders, and `key.ID` are keys of before or of a
//! change that was cut off. So whatever a data folder was sealed with is found as long as it lies there.

use std::collections::BTreeSet;
use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use foliosync_engine::secrets::{Key, Vault};
use secrecy::{ExposeSecret, SecretString};

use crate::failure::Failure;

const VARIABLE: &str = "FOLIOSYNC_KEY";
const FILE_VARIABLE: &str = "FOLIOSYNC_KEY_FILE";

#[derive(Debug, Clone)]
pub struct KeyPlace {
    given: Given,
    /// `None` where nobody knows a home folder.
    config_dir: Option<PathBuf>,
}

/// What the environment says.
#[derive(Debug, Clone)]
enum Given {
    Nothing,
    Value(SecretString),
    File(PathBuf),
    Both,
}

impl KeyPlace {
    pub fn from_environment(config_dir: Option<PathBuf>) -> KeyPlace {
        let given = match (std::env::var_os(VARIABLE), std::env::var_os(FILE_VARIABLE)) {
            (None, None) => Given::Nothing,
            (Some(value), None) => Given::Value(value.to_string_lossy().into_owned().into()),
            (None, Some(path)) => Given::File(path.into()),
            (Some(_), Some(_)) => Given::Both,
        };
        KeyPlace { given, config_dir }
    }

    /// The key that credentials were sealed with. One is made where none are sealed and none was made before; nothing
    /// that is there is ever replaced.
    pub fn vault(&self, sealed_with: &BTreeSet<String>) -> Vault {
        let found = match &self.given {
            Given::Both => Err(format!("{VARIABLE} and {FILE_VARIABLE} are both set; set one of them")),
            Given::Value(text) => match Key::parse(text.expose_secret()) {
                Ok(key) => Ok((key, VARIABLE.to_string())),
                Err(error) => Err(format!("{VARIABLE} cannot be used: {error}")),
            },
            Given::File(path) => read(path).map(|key| (key, format!("{} ({FILE_VARIABLE})", path.display()))),
            Given::Nothing => self.vault_of_files(sealed_with),
        };
        match found {
            Ok((key, from)) => Vault::new(key, from, sealed_with),
            Err(why) if sealed_with.is_empty() => Vault::Locked { why },
            Err(why) => {
                let sealed_with: Vec<_> = sealed_with.iter().map(String::as_str).collect();
                let why = format!("the credentials were sealed with the key {}, and {why}", sealed_with.join(", "));
                Vault::Locked { why }
            }
        }
    }

    fn vault_of_files(&self, sealed_with: &BTreeSet<String>) -> Result<(Key, String), String> {
        let Some(folder) = &self.config_dir else {
            return Err(format!("there is no folder to look for it in: set {VARIABLE}, {FILE_VARIABLE} or HOME"));
        };
        let usual = folder.join("key");
        let others = sealed_with.iter().map(|id| named(folder, id));
        for path in std::iter::once(usual.clone()).chain(others) {
            if let Ok(key) = read(&path)
                && sealed_with.contains(&key.id())
            {
                warn_if_open(&path);
                return Ok((key, path.display().to_string()));
            }
        }
        if usual.exists() {
            return read(&usual).map(|key| (key, usual.display().to_string()));
        }
        if !sealed_with.is_empty() {
            return Err(format!(
                "it is not here: {VARIABLE} and {FILE_VARIABLE} are not set, and there is no {}",
                usual.display()
            ));
        }
        make(folder, &usual).map(|key| (key, usual.display().to_string()))
    }

    /// Puts a new key where a server that starts finds it by its id, before anything is sealed with it. Where the key
    /// comes from the environment, that is its user's to do.
    pub fn prepare(&self, key: &Key) -> Result<(), Failure> {
        let (Given::Nothing, Some(folder)) = (&self.given, &self.config_dir) else { return Ok(()) };
        let path = named(folder, &key.id());
        let written = match read(&path) {
            Ok(_) => Ok(()),
            Err(_) => make_folder(folder).and_then(|()| write(&path, key)),
        };
        written.map_err(|error| Failure::failed(format!("{} cannot be written: {error}", path.display()), ""))
    }

    /// Makes a key that everything is sealed with by now the one for new data folders, and keeps the old one by its id:
    /// backups of before need it, and perhaps other data folders. Gives where the key is to be found.
    pub fn settle(&self, key: &Key) -> Result<String, Failure> {
        let folder = match (&self.given, &self.config_dir) {
            (Given::Nothing, Some(folder)) => folder,
            (Given::Value(_), _) => return Ok(VARIABLE.into()),
            _ => return Ok(FILE_VARIABLE.into()),
        };
        let usual = folder.join("key");
        let rename = || -> std::io::Result<()> {
            if let Ok(old) = read(&usual) {
                fs::rename(&usual, named(folder, &old.id()))?;
            }
            fs::rename(named(folder, &key.id()), &usual)?;
            fs::File::open(folder)?.sync_all()
        };
        rename().map_err(|error| {
            let message = format!(
                "the new key is in use and lies in {}, not in {}: {error}",
                named(folder, &key.id()).display(),
                usual.display()
            );
            Failure::failed(message, "it is found there too; move it when you can")
        })?;
        Ok(usual.display().to_string())
    }

    /// Whether the environment holds the key, which this program cannot change.
    pub fn is_given(&self) -> bool {
        !matches!(self.given, Given::Nothing)
    }
}

fn named(folder: &Path, id: &str) -> PathBuf {
    folder.join(format!("key.{id}"))
}

/// For people, and without a word of what the file holds.
pub fn read(path: &Path) -> Result<Key, String> {
    let text = fs::read_to_string(path).map(SecretString::from);
    let text = text.map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    Key::parse(text.expose_secret()).map_err(|error| format!("{} cannot be used: {error}", path.display()))
}

fn make(folder: &Path, path: &Path) -> Result<Key, String> {
    let failed = |error: &dyn std::fmt::Display| format!("no key can be made in {}: {error}", path.display());
    let key = Key::random().map_err(|error| failed(&error))?;
    make_folder(folder).map_err(|error| failed(&error))?;
    // Whole or not at all; where another server is faster, its key is the one.
    let beside = folder.join(format!("key.new-{}", std::process::id()));
    let linked = write(&beside, &key).and_then(|()| fs::hard_link(&beside, path));
    let _ = fs::remove_file(&beside);
    match linked {
        Ok(()) => {
            tracing::info!(key = key.id(), path = %path.display(), "made a key for credentials");
            Ok(key)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => read(path),
        Err(error) => Err(failed(&error)),
    }
}

fn make_folder(folder: &Path) -> std::io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn write(path: &Path, key: &Key) -> std::io::Result<()> {
    let mut file = fs::File::options().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(key.to_text().expose_secret().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    path.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
}

fn warn_if_open(path: &Path) {
    if fs::metadata(path).is_ok_and(|meta| meta.mode() & 0o077 != 0) {
        tracing::warn!(path = %path.display(), "other users can read the key of credentials; close it: chmod 600");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use foliosync_engine::secrets::VaultView;

    fn in_folder(folder: &Path) -> KeyPlace {
        KeyPlace { given: Given::Nothing, config_dir: Some(folder.join("config")) }
    }

    fn view(place: &KeyPlace, sealed_with: &[&str]) -> VaultView {
        place.vault(&sealed_with.iter().map(|id| id.to_string()).collect()).view()
    }

    #[test]
    fn a_key_is_made_once_and_only_where_nothing_is_sealed() {
        let folder = tempfile::tempdir().unwrap();
        let place = in_folder(folder.path());
        let locked = view(&place, &["0a0b0c0d"]);
        assert_eq!(locked.state, "locked");
        let why = locked.why.unwrap().replace(folder.path().to_str().unwrap(), "DIR");
        insta::assert_snapshot!(why, @"the credentials were sealed with the key 0a0b0c0d, and it is not here: FOLIOSYNC_KEY and FOLIOSYNC_KEY_FILE are not set, and there is no DIR/config/key");
        assert!(!folder.path().join("config").exists());

        let made = view(&place, &[]);
        let path = folder.path().join("config/key");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!((made.state, made.from.as_deref()), ("open", path.to_str()));
        assert_eq!(view(&place, &[]).key_id, made.key_id);
        assert_eq!(view(&place, &[made.key_id.as_deref().unwrap()]).state, "open");
        assert_eq!(view(&place, &["0a0b0c0d"]).state, "locked");
        assert_eq!(fs::read_dir(folder.path().join("config")).unwrap().count(), 1);

        fs::write(&path, "no key").unwrap();
        assert_eq!(view(&place, &[]).state, "locked");
        assert_eq!(fs::read_to_string(&path).unwrap(), "no key", "it is nobody's to replace");
    }

    /// Between any two steps, the key that everything is sealed with is found.
    #[test]
    fn a_change_of_keys_may_be_cut_off_anywhere() {
        let folder = tempfile::tempdir().unwrap();
        let place = in_folder(folder.path());
        let old = view(&place, &[]).key_id.unwrap();
        let new = Key::random().unwrap();
        place.prepare(&new).unwrap();
        for id in [&old, &new.id()] {
            assert_eq!(view(&place, &[id]).key_id.as_ref(), Some(id), "before the renames");
        }
        fs::rename(folder.path().join("config/key"), folder.path().join(format!("config/key.{old}"))).unwrap();
        for id in [&old, &new.id()] {
            assert_eq!(view(&place, &[id]).key_id.as_ref(), Some(id), "between the renames");
        }
        fs::rename(folder.path().join(format!("config/key.{old}")), folder.path().join("config/key")).unwrap();
        place.settle(&new).unwrap();
        for id in [&old, &new.id()] {
            assert_eq!(view(&place, &[id]).key_id.as_ref(), Some(id), "after the renames");
        }
        assert_eq!(view(&place, &[]).key_id, Some(new.id()), "new data folders get the new one");
    }

    #[test]
    fn what_the_environment_gives_counts_alone() {
        let folder = tempfile::tempdir().unwrap();
        let config_dir = Some(folder.path().join("config"));
        let made = view(&in_folder(folder.path()), &[]).key_id.unwrap();
        let value = |text: &str| KeyPlace { given: Given::Value(text.into()), config_dir: config_dir.clone() };
        let given = view(&value(&"01".repeat(32)), &[]);
        assert_eq!((given.state, given.from.as_deref()), ("open", Some(VARIABLE)));
        insta::assert_snapshot!(view(&value(&"01".repeat(32)), &["0a0b0c0d"]).why.unwrap(), @"the credentials were sealed with the key 0a0b0c0d, and the key in FOLIOSYNC_KEY is 5d0c1c55");
        assert_eq!(view(&value(&"01".repeat(32)), &[&made]).state, "locked");
        insta::assert_snapshot!(view(&value("s3cret"), &["0a0b0c0d"]).why.unwrap(), @"the credentials were sealed with the key 0a0b0c0d, and FOLIOSYNC_KEY cannot be used: it is no key: a key is 32 bytes in base64 (44 letters) or hexadecimal digits (64)");
        let file = KeyPlace { given: Given::File("/nowhere/key".into()), config_dir: config_dir.clone() };
        insta::assert_snapshot!(view(&file, &[]).why.unwrap(), @"/nowhere/key cannot be read: No such file or directory (os error 2)");
        let both = KeyPlace { given: Given::Both, config_dir };
        insta::assert_snapshot!(view(&both, &[]).why.unwrap(), @"FOLIOSYNC_KEY and FOLIOSYNC_KEY_FILE are both set; set one of them");
        insta::assert_snapshot!(view(&KeyPlace { given: Given::Nothing, config_dir: None }, &[]).why.unwrap(), @"there is no folder to look for it in: set FOLIOSYNC_KEY, FOLIOSYNC_KEY_FILE or HOME");
    }
}
