//! A PostgreSQL server of the benchmark's own, with the settings that a new one has: what it was told is on its disk.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

pub struct Cluster {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
}

impl Cluster {
    /// Made by what Debian calls postgresql; it does not run as root, so root runs it as `postgres`.
    pub fn start() -> Cluster {
        let versions = std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL: apt-get install postgresql");
        let programs = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin"))).max().expect("a version");
        let folder = tempfile::tempdir().expect("a folder");
        let port =
            std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
        let cluster = Cluster { programs, folder, port };
        if rustix::process::geteuid().is_root() {
            let owned = Command::new("chown").arg("postgres").arg(cluster.folder.path()).status();
            assert!(owned.expect("chown").success());
        }
        cluster.run("initdb", &["--username", "postgres", "--auth", "trust", "--no-sync"]);
        cluster.control("start");
        cluster
    }

    pub fn restart(&self) {
        self.control("restart");
    }

    fn control(&self, what: &str) {
        let options =
            format!("-h 127.0.0.1 -p {} -k {} -c max_connections=300", self.port, self.folder.path().display());
        let log = self.folder.path().join("server.log");
        self.run("pg_ctl", &["--wait", "-m", "fast", "--log", &log.to_string_lossy(), "--options", &options, what]);
    }

    fn run(&self, program: &str, args: &[&str]) {
        let path = self.programs.join(program);
        let mut command = match rustix::process::geteuid().is_root() {
            true => {
                let mut command = Command::new("runuser");
                command.args(["-u", "postgres", "--"]).arg(path);
                command
            }
            false => Command::new(path),
        };
        command.args(args).arg("--pgdata").arg(self.folder.path().join("data"));
        let done = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(done.expect("it starts").success(), "{program} {args:?}");
    }

    /// The address of a new database.
    pub fn database(&self, name: &str) -> String {
        self.ask("postgres", &format!("CREATE DATABASE {name}"));
        self.url(name)
    }

    pub fn url(&self, name: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }

    /// The answer to a statement as `psql` prints it: a line for each row, with `|` between values.
    pub fn ask(&self, database: &str, sql: &str) -> String {
        let done = Command::new("psql").arg(self.url(database)).args(["-qAtc", sql]).output().expect("psql");
        assert!(done.status.success(), "{sql}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).trim().to_string()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.control("stop");
    }
}
