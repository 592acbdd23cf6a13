//! A model's program, as far as the protocol goes: over standard input and output, and over HTTP.

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::world::{Answer, Running, Serving, World};

/// Only reached where something is wrong.
const PATIENCE: Duration = Duration::from_secs(90);
const VERSION: &str = "2025-11-25";

/// What a tool answered.
#[derive(Debug)]
pub struct Called {
    pub is_error: bool,
    pub structured: Json,
    pub texts: Vec<String>,
    /// How far it said it was, on the way.
    pub steps: Vec<Json>,
}

/// One that started `foliosync mcp` for itself.
pub struct Model {
    running: Running,
    to: ChildStdin,
    from: Receiver<Json>,
    asked: i64,
}

impl Called {
    fn of(messages: &[Json]) -> Called {
        let (answer, notes) = messages.split_last().expect("no answer");
        let result = &answer["result"];
        assert!(result.is_object(), "{answer}");
        let texts = result["content"].as_array().unwrap().iter();
        Called {
            is_error: result["isError"] == true,
            structured: result["structuredContent"].clone(),
            texts: texts.map(|part| part["text"].as_str().unwrap().to_string()).collect(),
            steps: notes.iter().map(|note| note["params"].clone()).collect(),
        }
    }

    pub fn summary(&self) -> &str {
        self.structured["data"]["summary"].as_str().unwrap_or_else(|| panic!("no summary in {self:?}"))
    }

    pub fn code(&self) -> &str {
        self.structured["error"]["code"].as_str().unwrap_or_else(|| panic!("no error in {self:?}"))
    }
}

impl Model {
    pub fn start(world: &World, args: &[&str]) -> Model {
        let mut command = world.command(&["mcp"]);
        let mut child = command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (to, out) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (told, from) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                // Nothing but messages may come that way.
                let message = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
                if told.send(message).is_err() {
                    break;
                }
            }
        });
        let mut model = Model { running: Running(child), to, from, asked: 0 };
        let hello = model.ask("initialize", hello()).pop().unwrap();
        assert_eq!(hello["result"]["serverInfo"]["name"], "foliosync", "{hello}");
        model.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        model
    }

    fn say(&mut self, message: &Json) {
        writeln!(self.to, "{message}").unwrap();
    }

    /// What came back: notifications, and the answer last.
    pub fn ask(&mut self, method: &str, params: Json) -> Vec<Json> {
        self.asked += 1;
        let id = self.asked;
        self.say(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        let mut messages = Vec::new();
        loop {
            let message = self.from.recv_timeout(PATIENCE).expect("no answer");
            let is_answer = message["id"] == id;
            messages.push(message);
            if is_answer {
                return messages;
            }
        }
    }

    pub fn call(&mut self, tool: &str, arguments: Json) -> Called {
        Called::of(&self.ask("tools/call", calling(tool, arguments)))
    }

    /// Closes its standard input, and gives the code that the shim ended with.
    pub fn leave(self) -> Option<i32> {
        drop(self.to);
        let mut running = self.running;
        crate::world::wait_until("the shim ends", || running.0.try_wait().unwrap().is_some());
        running.0.wait().unwrap().code()
    }
}

fn hello() -> Json {
    json!({ "protocolVersion": VERSION, "capabilities": {}, "clientInfo": { "name": "test", "version": "1" } })
}

fn calling(tool: &str, arguments: Json) -> Json {
    json!({ "name": tool, "arguments": arguments, "_meta": { "progressToken": "far" } })
}

/// One message over HTTP, with these headers beside those that the protocol wants.
pub fn post(serving: &Serving, more: &[(&str, &str)], message: &Json) -> Answer {
    let mut headers = vec![
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", VERSION),
    ];
    headers.extend(more);
    serving.ask("POST", "/mcp", &headers, &message.to_string())
}

pub fn ask_over_http(serving: &Serving, token: &str, method: &str, params: Json) -> Vec<Json> {
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let answer = post(serving, &[("authorization", &format!("Bearer {token}"))], &message);
    assert_eq!(answer.status, 200, "{answer:?}");
    match answer.header("content-type") {
        Some("text/event-stream") => {
            let data = answer.body.lines().filter_map(|line| line.strip_prefix("data:"));
            let told = data.filter(|data| !data.trim().is_empty());
            told.map(|data| serde_json::from_str(data).unwrap()).collect()
        }
        _ => vec![answer.json()],
    }
}

pub fn call_over_http(serving: &Serving, token: &str, tool: &str, arguments: Json) -> Called {
    Called::of(&ask_over_http(serving, token, "tools/call", calling(tool, arguments)))
}
