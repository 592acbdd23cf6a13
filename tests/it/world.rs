//! A temporary world to run the program in: a data folder, a folder of blocks, and no configuration of the user's.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

/// Generous: it is only reached where something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct World {
    root: tempfile::TempDir,
    data: PathBuf,
}

/// A server that answers over TCP.
pub struct Serving {
    pub running: Running,
    /// Address and port.
    pub address: String,
}

/// What came back over TCP.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().filter_map(|line| line.split_once(": ")).find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

impl Serving {
    /// Sends a request with these headers, and `Host` unless they name one. The connection is left open for reading.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let mut head = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
        if !headers.iter().any(|(name, _)| *name == "host") {
            head += &format!("host: {}\r\n", self.address);
        }
        headers.iter().for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
        write!(stream, "{head}\r\n{body}").unwrap();
        stream
    }

    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut bytes = Vec::new();
        self.send(method, path, headers, body).read_to_end(&mut bytes).unwrap();
        // Not all that comes back is text.
        let text = String::from_utf8_lossy(&bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = if head.contains("transfer-encoding: chunked") { unchunked(body) } else { body.to_string() };
        Answer { status, head: head.to_string(), body }
    }

    pub fn get(&self, path: &str, token: &str) -> Answer {
        self.ask("GET", path, &[("authorization", &format!("Bearer {token}"))], "")
    }

    /// Ends it as a system does, and gives what it said.
    pub fn stop(self) -> Ran {
        signal(&self.running, rustix::process::Signal::TERM);
        end_of(self.running)
    }
}

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// A child process that does not outlive its test.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl World {
    pub fn new() -> World {
        let root = tempfile::tempdir().unwrap();
        let data = root.path().join("data");
        fs::create_dir_all(root.path().join("blocks")).unwrap();
        World { root, data }
    }

    /// The same with its data folder somewhere else below the root.
    pub fn with_data(below: &str) -> World {
        let mut world = World::new();
        world.data = world.root.path().join(below);
        world
    }

    /// With a data folder that is there already.
    pub fn at(data: PathBuf) -> World {
        let mut world = World::new();
        world.data = data;
        world
    }

    pub fn root(&self) -> &Path {
        self.root.path()
    }

    pub fn data(&self) -> &Path {
        &self.data
    }

    pub fn blocks(&self) -> PathBuf {
        self.root().join("blocks")
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_foliosync"));
        for (key, _) in std::env::vars_os() {
            if key.to_str().is_some_and(|key| key.starts_with("FOLIOSYNC_") || key.starts_with("XDG_")) {
                command.env_remove(key);
            }
        }
        command.env_remove("SCHEDULER_SECRET").env_remove("CRON_SECRET");
        command.env("HOME", self.root()).env("FOLIOSYNC_DATA_DIR", &self.data).args(args);
        // A free port: tests run at the same time.
        command.env("FOLIOSYNC_LISTEN", "127.0.0.1:0");
        command.current_dir(self.root()).stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    /// Runs what must succeed, and gives what it printed.
    #[track_caller]
    pub fn ok(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!(ran.code, Some(0), "foliosync {args:?}\n{}\n{}", ran.out, ran.err);
        ran.out
    }

    /// Everything that a command said and its exit code, with the places that differ each time replaced.
    pub fn said(&self, args: &[&str]) -> String {
        let Ran { code, out, err } = self.run(args);
        let code = code.map_or("killed".into(), |code| code.to_string());
        self.plain(&format!("{out}{err}exit {code}"))
    }

    pub fn plain(&self, text: &str) -> String {
        text.replace(self.root().to_str().unwrap(), "ROOT")
    }

    /// The single value that a query answers.
    #[track_caller]
    pub fn value(&self, sql: &str) -> Json {
        self.rows(sql)[0][0].clone()
    }

    #[track_caller]
    pub fn rows(&self, sql: &str) -> Vec<Vec<Json>> {
        let answer: Json = serde_json::from_str(&self.ok(&["query", sql, "--format", "json"])).unwrap();
        serde_json::from_value(answer["rows"].clone()).unwrap()
    }

    pub fn spawn(&self, args: &[&str]) -> Running {
        let mut command = self.command(args);
        Running(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// `serve` with these variables of the environment, once it answers.
    pub fn serve(&self, environment: &[(&str, &str)]) -> Serving {
        let mut command = self.command(&["serve"]);
        // What a test asks for is all that happens.
        command.env("FOLIOSYNC_SCHEDULES", "false");
        command.envs(environment.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = Running(command.spawn().unwrap());
        let mut address = None;
        wait_until("it serves", || {
            if running.0.try_wait().unwrap().is_some() {
                return true;
            }
            let is_this = |server: &Json| server["pid"] == running.0.id();
            let server = self.server().filter(is_this);
            address = server.and_then(|server| server["listen"].as_str().map(String::from));
            address.is_some()
        });
        match address {
            Some(address) => Serving { running, address },
            None => panic!("it ended: {:?}", end_of(running)),
        }
    }

    /// A token of this scope.
    pub fn token(&self, scope: &str) -> String {
        self.ok(&["token", "add", "--label", scope, "--scope", scope]).trim().to_string()
    }

    /// A block with so many trades; `salt` makes its numbers differ.
    pub fn write_block(&self, name: &str, trades: usize, salt: usize) {
        write_block(&self.blocks().join(name), trades, salt);
    }

    pub fn connect(&self) {
        self.ok(&["connect", "add", "tradelog", "--label", "blocks", "--set", "path=blocks"]);
    }

    pub fn server(&self) -> Option<Json> {
        serde_json::from_str(&fs::read_to_string(self.data.join("serve.json")).ok()?).ok()
    }

    pub fn server_pid(&self) -> Option<i32> {
        self.server()?["pid"].as_i64().and_then(|pid| i32::try_from(pid).ok())
    }

    pub fn kill_server(&self) {
        if let Some(pid) = self.server_pid() {
            kill(pid);
        }
    }

    /// One request over the socket: status line and headers, then the body.
    pub fn http(&self, method: &str, path: &str, body: &str) -> (String, String) {
        self.http_announcing(method, path, body, body.len())
    }

    /// The same with a body that claims to have so many bytes.
    pub fn http_announcing(&self, method: &str, path: &str, body: &str, bytes: usize) -> (String, String) {
        let mut stream = UnixStream::connect(self.data.join("serve.sock")).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {bytes}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let body = if head.contains("transfer-encoding: chunked") { unchunked(body) } else { body.to_string() };
        (head.to_string(), body)
    }
}

impl Drop for World {
    /// Ends the server that commands started. It is this test's own: its data folder is.
    fn drop(&mut self) {
        let auto = self.server().is_some_and(|server| server["auto"] == true);
        if let (true, Some(pid)) = (auto, self.server_pid()) {
            kill(pid);
        }
    }
}

impl Ran {
    pub fn of(output: Output) -> Ran {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// `kill -9`.
pub fn kill(pid: i32) {
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
}

pub fn signal(child: &Running, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(child.0.id().cast_signed()).unwrap();
    rustix::process::kill_process(pid, signal).unwrap();
}

#[track_caller]
pub fn wait_until(what: &str, mut happened: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Waits for a child to end by itself.
#[track_caller]
pub fn end_of(mut running: Running) -> Ran {
    wait_until("the command ends", || running.0.try_wait().unwrap().is_some());
    let (mut out, mut err) = (String::new(), String::new());
    running.0.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    running.0.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    Ran { code: running.0.wait().unwrap().code(), out, err }
}

pub fn write_block(folder: &Path, trades: usize, salt: usize) {
    fs::create_dir_all(folder).unwrap();
    let mut csv = String::from(
        "Date Opened,Time Opened,Opening Price,Legs,Premium,Date Closed,Time Closed,Avg. Closing Cost,\
         Reason For Close,P/L,No. of Contracts,Strategy,Opening Commissions + Fees,Closing Commissions + Fees\n",
    );
    for nth in 0..trades {
        let (month, day) = (1 + nth / 28 % 12, 1 + nth % 28);
        let pl = (nth * 7 + salt * 13) % 500;
        csv += &format!(
            "2025-{month:02}-{day:02},09:{:02}:00,5000.5,1 P {} STO 1.25,125,2025-{month:02}-{day:02},15:00:00,0,\
             Expired,{pl}.25,1,Test,1.5,1.25\n",
            nth / 336 % 60,
            4000 + nth,
        );
    }
    // Beside and renamed, so that nobody reads half of it.
    let beside = folder.join("tradelog.csv.new");
    fs::write(&beside, csv).unwrap();
    fs::rename(&beside, folder.join("tradelog.csv")).unwrap();
}

fn unchunked(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            break;
        }
        whole += &rest[..size];
        body = &rest[size + 2..];
    }
    whole
}
