//! The folder that holds everything: the database, the socket of its server, and what the server says about itself.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::failure::Failure;

/// Bytes that a socket's path may have, its closing zero not counted: 108 on Linux and 104 on macOS, less one.
const SOCKET_PATH_BYTES_MAX: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

#[derive(Debug, Clone)]
pub struct DataFolder {
    root: PathBuf,
}

/// Where the server listens, in a form that fits a socket address.
#[derive(Debug, Clone)]
pub struct SocketPath {
    path: PathBuf,
    /// Keeps the folder open that `path` goes through, where the plain path is too long.
    _folder: Option<Arc<fs::File>>,
}

impl SocketPath {
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl DataFolder {
    /// `path` must be absolute: the server that a command starts runs elsewhere.
    pub fn new(path: PathBuf) -> DataFolder {
        DataFolder { root: path }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn database(&self) -> PathBuf {
        self.root.join("foliosync.duckdb")
    }

    pub fn socket_file(&self) -> PathBuf {
        self.root.join("serve.sock")
    }

    /// Names the running server: pid, instance, version.
    pub fn server_file(&self) -> PathBuf {
        self.root.join("serve.json")
    }

    /// Hashes of tokens and sessions.
    pub fn access_file(&self) -> PathBuf {
        self.root.join("access.json")
    }

    /// Sealed credentials; the database's store keeps them beside it.
    pub fn credentials_file(&self) -> PathBuf {
        self.root.join("credentials.json")
    }

    /// Held by the server where the data is in a database elsewhere.
    pub fn lock_file(&self) -> PathBuf {
        self.root.join("serve.lock")
    }

    /// What servers that commands started had to say.
    pub fn log_file(&self) -> PathBuf {
        self.root.join("serve.log")
    }

    /// Makes the folder, closed to everybody else. One that is there and open to others is closed, if it is ours to
    /// close: a folder full of other things is somebody's mistake, and stays as it is.
    pub fn prepare(&self) -> Result<(), Failure> {
        let shown = self.root.display();
        let failed = |what: &str, error: std::io::Error| {
            let hint = "choose another folder with --data-dir or FOLIOSYNC_DATA_DIR, or mend this one";
            Failure::failed(format!("the data folder {shown} {what}: {error}"), hint)
        };
        match fs::metadata(&self.root) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.root);
                made.map_err(|error| failed("cannot be made", error))
            }
            Err(error) => Err(failed("cannot be used", error)),
            Ok(meta) if !meta.is_dir() => {
                Err(Failure::input(format!("{shown} is not a folder"), "choose a folder with --data-dir"))
            }
            Ok(meta) if meta.mode() & 0o077 == 0 => Ok(()),
            Ok(_) if self.is_ours().map_err(|error| failed("cannot be read", error))? => {
                let closed = fs::Permissions::from_mode(0o700);
                fs::set_permissions(&self.root, closed).map_err(|error| failed("cannot be closed to others", error))
            }
            Ok(_) => {
                let message = format!("{shown} holds other things and is open to other users");
                let hint =
                    format!("choose a folder of its own with --data-dir, or close this one: chmod 700 '{shown}'");
                Err(Failure::input(message, hint))
            }
        }
    }

    fn is_ours(&self) -> std::io::Result<bool> {
        Ok(self.database().exists() || fs::read_dir(&self.root)?.next().is_none())
    }

    /// The socket's path, through the open folder where it would not fit a socket address.
    pub fn socket(&self) -> Result<SocketPath, Failure> {
        let path = self.socket_file();
        if path.as_os_str().len() <= SOCKET_PATH_BYTES_MAX {
            return Ok(SocketPath { path, _folder: None });
        }
        if !cfg!(target_os = "linux") {
            let message = format!("the path of the data folder is too long for a socket: {}", self.root.display());
            return Err(Failure::input(message, "choose a shorter one with --data-dir"));
        }
        let folder = fs::File::open(&self.root).map_err(|error| {
            Failure::failed(format!("the data folder {} cannot be opened: {error}", self.root.display()), "")
        })?;
        let through = std::os::fd::AsRawFd::as_raw_fd(&folder);
        let path = PathBuf::from(format!("/proc/self/fd/{through}/serve.sock"));
        Ok(SocketPath { path, _folder: Some(Arc::new(folder)) })
    }
}
