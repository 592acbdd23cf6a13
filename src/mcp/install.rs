//! Telling MCP clients about this program: what their configuration must say, and putting it there without touching
//! anything else in it.

mod merge;

use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::failure::Failure;

/// What the server is called in a client's configuration.
const NAME: &str = "foliosync";

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ClientProgram {
    ClaudeDesktop,
    ClaudeCode,
    Cursor,
    Vscode,
    Codex,
    Gemini,
    Zed,
    Windsurf,
}

/// How a client is to start this program.
#[derive(Debug, Clone)]
pub struct Entry {
    pub program: PathBuf,
    pub args: Vec<String>,
}

/// What writing came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Written {
    New,
    Unchanged,
    /// What was there before is kept in this file.
    Changed {
        backup: PathBuf,
    },
}

impl ClientProgram {
    pub fn title(self) -> &'static str {
        match self {
            ClientProgram::ClaudeDesktop => "Claude Desktop",
            ClientProgram::ClaudeCode => "Claude Code",
            ClientProgram::Cursor => "Cursor",
            ClientProgram::Vscode => "VS Code",
            ClientProgram::Codex => "Codex CLI",
            ClientProgram::Gemini => "Gemini CLI",
            ClientProgram::Zed => "Zed",
            ClientProgram::Windsurf => "Windsurf",
        }
    }

    /// The user's own configuration, below their home folder.
    pub fn file(self, home: &Path) -> PathBuf {
        let of_application = match cfg!(target_os = "macos") {
            true => home.join("Library/Application Support"),
            false => home.join(".config"),
        };
        match self {
            ClientProgram::ClaudeDesktop => of_application.join("Claude/claude_desktop_config.json"),
            ClientProgram::ClaudeCode => home.join(".claude.json"),
            ClientProgram::Cursor => home.join(".cursor/mcp.json"),
            ClientProgram::Vscode => of_application.join("Code/User/mcp.json"),
            ClientProgram::Codex => home.join(".codex/config.toml"),
            ClientProgram::Gemini => home.join(".gemini/settings.json"),
            ClientProgram::Zed => home.join(".config/zed/settings.json"),
            ClientProgram::Windsurf => home.join(".codeium/windsurf/mcp_config.json"),
        }
    }

    fn section(self) -> &'static str {
        match self {
            ClientProgram::Vscode => "servers",
            ClientProgram::Codex => "mcp_servers",
            ClientProgram::Zed => "context_servers",
            _ => "mcpServers",
        }
    }

    /// What its configuration must say, alone.
    pub fn snippet(self, entry: &Entry) -> String {
        self.merged("", entry).unwrap_or_default()
    }

    /// The configuration with this program in it and everything else as it was; why not, where it cannot be read.
    fn merged(self, text: &str, entry: &Entry) -> Result<String, String> {
        match self {
            ClientProgram::Codex => merge::toml(text, self.section(), NAME, entry),
            _ => merge::json(text, self.section(), NAME, &self.json(entry)),
        }
    }

    fn json(self, entry: &Entry) -> Json {
        let mut json = json!({ "command": entry.program.display().to_string(), "args": entry.args });
        match self {
            ClientProgram::Vscode | ClientProgram::ClaudeCode => json["type"] = "stdio".into(),
            ClientProgram::Zed => json["source"] = "custom".into(),
            _ => {}
        }
        json
    }

    /// Puts it into this file, which is replaced as a whole or stays as it is.
    pub fn write(self, file: &Path, entry: &Entry, now: Timestamp) -> Result<Written, Failure> {
        let shown = file.display();
        let by_hand = format!("add it by hand: foliosync mcp --install {}", self.flag());
        let failed = |error: std::io::Error| Failure::failed(format!("{shown} cannot be written: {error}"), &by_hand);
        let (before, mode) = match fs::metadata(file) {
            Ok(about) => (Some(fs::read_to_string(file).map_err(failed)?), about.permissions().mode() & 0o777),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => (None, 0o600),
            Err(error) => return Err(failed(error)),
        };
        let after = self.merged(before.as_deref().unwrap_or_default(), entry).map_err(|why| {
            Failure::input(format!("{shown} is left as it is, because it cannot be read: {why}"), &by_hand)
        })?;
        if before.as_ref() == Some(&after) {
            return Ok(Written::Unchanged);
        }
        // A link stays a link: what it leads to is replaced.
        let place = fs::canonicalize(file).unwrap_or_else(|_| file.to_path_buf());
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let written = match before {
            Some(before) => {
                let backup = beside(&place, &format!("{}.bak", now.as_second()));
                put(&backup, &before, mode).map_err(failed)?;
                Written::Changed { backup }
            }
            None => Written::New,
        };
        let new = beside(&place, "foliosync-new");
        let _ = fs::remove_file(&new);
        put(&new, &after, mode).and_then(|()| fs::rename(&new, &place)).map_err(failed)?;
        Ok(written)
    }

    /// As it is called on the command line.
    fn flag(self) -> String {
        use clap::ValueEnum;
        self.to_possible_value().map(|value| value.get_name().to_string()).unwrap_or_default()
    }
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{ending}"));
    file.with_file_name(name)
}

/// Never over a file that is there.
fn put(file: &Path, text: &str, mode: u32) -> std::io::Result<()> {
    let mut new = fs::File::options().write(true).create_new(true).mode(mode).open(file)?;
    new.write_all(text.as_bytes())?;
    new.sync_all()
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    fn entry() -> Entry {
        Entry {
            program: "/opt/folio sync/foliosync".into(),
            args: vec!["mcp".into(), "--data-dir".into(), "/d".into()],
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn every_client_gets_what_it_reads() {
        for client in ClientProgram::value_variants() {
            let folder = tempfile::tempdir().unwrap();
            let file = client.file(folder.path());
            assert_eq!(client.write(&file, &entry(), at(1)).unwrap(), Written::New, "{client:?}");
            let text = fs::read_to_string(&file).unwrap();
            assert_eq!(text, client.snippet(&entry()));
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(client.write(&file, &entry(), at(2)).unwrap(), Written::Unchanged, "{client:?}");
            if *client != ClientProgram::Codex {
                let json: Json = serde_json::from_str(&text).unwrap();
                assert_eq!(json[client.section()][NAME]["command"], "/opt/folio sync/foliosync");
                assert_eq!(json[client.section()][NAME]["args"], json!(["mcp", "--data-dir", "/d"]));
            }
        }
        let codex = "[mcp_servers.foliosync]\ncommand = \"/opt/folio sync/foliosync\"\nargs = [\"mcp\", \"--data-dir\", \"/d\"]\n";
        assert_eq!(ClientProgram::Codex.snippet(&entry()), codex);
    }

    #[test]
    fn what_was_there_is_kept_and_backed_up_and_a_link_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real.json"), folder.path().join("link.json"));
        let before = "{\"theme\": \"dark\",\n \"mcpServers\": {\"other\": {\"command\": \"x\"}}}";
        fs::write(&real, before).unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let backup = real.with_file_name("real.json.7.bak");
        assert_eq!(
            ClientProgram::Cursor.write(&link, &entry(), at(7)).unwrap(),
            Written::Changed { backup: fs::canonicalize(folder.path()).unwrap().join("real.json.7.bak") }
        );
        assert_eq!(fs::read_to_string(&backup).unwrap(), before);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
        let after: Json = serde_json::from_str(&fs::read_to_string(&real).unwrap()).unwrap();
        assert_eq!((&after["theme"], &after["mcpServers"]["other"]["command"]), (&json!("dark"), &json!("x")));
        assert_eq!(after["mcpServers"][NAME]["args"][0], "mcp");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "nothing is left lying about");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_left_as_it_is() {
        for (client, text) in [
            (ClientProgram::Zed, "{\n  // my settings\n  \"theme\": \"One\"\n}"),
            (ClientProgram::Cursor, "{\"mcpServers\": []}"),
            (ClientProgram::Cursor, "[]"),
            (ClientProgram::Cursor, "{\"a\": 1"),
            (ClientProgram::Cursor, "{\"mcpServers\": {}, \"mcpServers\": {}}"),
            (ClientProgram::Codex, "model = \n"),
            (ClientProgram::Codex, "mcp_servers = 1\n"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("f");
            fs::write(&file, text).unwrap();
            let failure = client.write(&file, &entry(), at(1)).unwrap_err();
            assert!(failure.message.contains("is left as it is, because it cannot be read: "), "{failure:?}");
            assert!(failure.hint.starts_with("add it by hand: foliosync mcp --install "), "{failure:?}");
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }
}
