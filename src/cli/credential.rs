//! Secrets as people hand them over: from a file, a variable, standard input, or typed without being shown. Never on the
//! command line, where every program of this machine and the shell's history would see them.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Read, Write, stderr, stdin};
use std::os::fd::AsFd;

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

use super::folder;
use super::text::shown;
use crate::client::wire::{Provider, Setting};
use crate::failure::Failure;

/// Bytes of a file that holds one secret.
const SECRET_BYTES_MAX: u64 = 64 << 10;

/// Secrets on their way to the server.
#[derive(Debug, Clone, Default)]
pub struct Credentials(BTreeMap<String, Option<SecretString>>);

impl Credentials {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn erase(&mut self, names: &[String]) {
        self.0.extend(names.iter().map(|name| (name.clone(), None)));
    }
}

impl FromIterator<(String, SecretString)> for Credentials {
    fn from_iter<I: IntoIterator<Item = (String, SecretString)>>(secrets: I) -> Credentials {
        Credentials(secrets.into_iter().map(|(key, secret)| (key, Some(secret))).collect())
    }
}

/// Over the socket, which only this user can open.
impl Serialize for Credentials {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer
            .collect_map(self.0.iter().map(|(name, secret)| (name, secret.as_ref().map(ExposeSecret::expose_secret))))
    }
}

/// `KEY=@FILE`, `KEY=env:NAME` and `KEY=-`.
pub fn given(pairs: &[String]) -> Result<Credentials, Failure> {
    let mut credentials = BTreeMap::new();
    for pair in pairs {
        let Some((key, from)) = pair.split_once('=') else {
            // It may be the secret itself.
            return Err(Failure::input(
                "--credential was given without KEY=",
                "for example: --credential api_key=@FILE",
            ));
        };
        let secret = secret(key, from)?;
        if credentials.insert(key.to_string(), Some(secret)).is_some() {
            return Err(Failure::input(format!("--credential {} is given twice", shown(key)), "give it once"));
        }
    }
    Ok(Credentials(credentials))
}

/// Asks for what a new connection needs and was not given.
pub fn ask_for_missing(credentials: &mut Credentials, spec: &Provider) -> Result<(), Failure> {
    let lacking =
        |setting: &&Setting| setting.is_secret() && setting.required && !credentials.0.contains_key(&setting.key);
    let lacking: Vec<&Setting> = spec.settings.iter().filter(lacking).collect();
    for setting in lacking {
        let key = shown(&setting.key);
        if !stdin().is_terminal() {
            let message = format!("{} needs the credential `{key}`: {}", shown(&spec.id), shown(&setting.help));
            return Err(Failure::input(message, ways(&key)));
        }
        let typed = hidden(&format!("{} ({}): ", shown(&setting.label), shown(&setting.help)))?;
        credentials.0.insert(setting.key.clone(), Some(typed));
    }
    Ok(())
}

fn secret(key: &str, from: &str) -> Result<SecretString, Failure> {
    let key = shown(key);
    let read = if let Some(path) = from.strip_prefix('@') {
        let path = folder::absolute(path).map_err(|error| Failure::input(error.to_string(), ""))?;
        let opened = std::fs::File::open(&path).map(|file| file.take(SECRET_BYTES_MAX));
        opened.and_then(text).map_err(|error| format!("{}: {error}", path.display()))
    } else if let Some(name) = from.strip_prefix("env:") {
        // The error's own words may hold the value.
        let why = |error| if error == std::env::VarError::NotPresent { "it is not set" } else { "it is no UTF-8" };
        let value = std::env::var(name).map(SecretString::from);
        value.map_err(|error| format!("the variable {}: {}", shown(name), why(error)))
    } else if from == "-" {
        text(stdin().lock().take(SECRET_BYTES_MAX)).map_err(|error| format!("standard input: {error}"))
    } else {
        let message = format!("the credential `{key}` was given on the command line");
        let why = "every program on this machine can read it there, and the shell keeps it; if it is real, replace it.";
        return Err(Failure::input(message, format!("{why}\n{}", ways(&key))));
    };
    let read = read.map_err(|why| Failure::input(format!("the credential `{key}` cannot be read from {why}"), ""))?;
    // Files and pipes end with a line break that belongs to them.
    Ok(read.expose_secret().trim_end_matches(['\r', '\n']).into())
}

fn ways(key: &str) -> String {
    format!(
        "give it with --credential {key}=@FILE, --credential {key}=env:NAME, or --credential {key}=- from standard input"
    )
}

fn text(mut from: impl Read) -> std::io::Result<SecretString> {
    let mut text = String::new();
    from.read_to_string(&mut text)?;
    Ok(text.into())
}

/// A terminal that neither shows what is typed nor acts on it, until dropped.
struct Quiet(Termios);

impl Quiet {
    fn begin() -> rustix::io::Result<Quiet> {
        let before = tcgetattr(stdin().as_fd())?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        quiet.special_codes[SpecialCodeIndex::VMIN] = 1;
        quiet.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(stdin().as_fd(), OptionalActions::Flush, &quiet)?;
        Ok(Quiet(before))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        let _ = tcsetattr(stdin().as_fd(), OptionalActions::Flush, &self.0);
    }
}

/// Reads key by key, so that Ctrl-C never leaves a terminal that shows nothing.
fn hidden(prompt: &str) -> Result<SecretString, Failure> {
    let failed = |error: String| Failure::failed(format!("the terminal cannot be read: {error}"), "");
    eprint!("{prompt}");
    let _ = stderr().flush();
    let quiet = Quiet::begin().map_err(|error| failed(error.to_string()))?;
    let typed = typed(stdin().lock().bytes());
    drop(quiet);
    eprintln!();
    match typed {
        Ok(Some(secret)) => Ok(secret),
        Ok(None) => Err(Failure::failed("nothing was added", "")),
        Err(error) => Err(failed(error.to_string())),
    }
}

/// What was typed until Enter; `None` after Ctrl-C, or Ctrl-D on its own.
fn typed(keys: impl Iterator<Item = std::io::Result<u8>>) -> std::io::Result<Option<SecretString>> {
    let mut typed = Vec::new();
    for key in keys {
        match key? {
            b'\r' | b'\n' => break,
            0x03 => return Ok(None),
            0x04 if typed.is_empty() => return Ok(None),
            0x04 => break,
            // Ctrl-U and Backspace.
            0x15 => typed.clear(),
            0x08 | 0x7f => while typed.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {},
            other => typed.push(other),
        }
    }
    let text = String::from_utf8(typed).map_err(|_| std::io::Error::other("that is no UTF-8"))?;
    Ok(Some(text.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_line_is_read_as_a_terminal_would() {
        let check = |keys: &str, want: Option<&str>| {
            let got = typed(keys.bytes().map(Ok)).unwrap();
            assert_eq!(got.as_ref().map(|secret| secret.expose_secret()), want, "{keys:?}");
        };
        check("abc\r", Some("abc"));
        check("abc\nrest", Some("abc"));
        check("ax\x7fbc\n", Some("abc"));
        check("é\x7f\x7f\x7fa\n", Some("a"));
        check("wrong\x15right\n", Some("right"));
        check("abc\x04", Some("abc"));
        check("\x04", None);
        check("abc\x03", None);
        check("\n", Some(""));
    }
}
