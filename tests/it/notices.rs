//! Notifications through the whole program: what receivers get, and where nothing is sent.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value as Json;
use sha2::Sha256;

use crate::world::World;

const KEY: [u8; 32] = [7; 32];
/// Generous: it is only reached where something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request that somebody got.
struct Got {
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Got {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Somebody who takes notifications, and answers with this: its address, and what it got.
fn receiver(answer: &'static str) -> (String, Receiver<Got>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (tell, told) = channel();
    // It ends with the test's process.
    std::thread::spawn(move || listener.incoming().flatten().try_for_each(|stream| take(stream, answer, &tell)));
    (address, told)
}

fn take(stream: std::net::TcpStream, answer: &str, tell: &Sender<Got>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_string();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_string()));
    }
    let bytes = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    let mut body = vec![0; bytes];
    reader.read_exact(&mut body).ok()?;
    write!(reader.get_mut(), "HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").ok()?;
    tell.send(Got { path, headers, body: String::from_utf8(body).ok()? }).ok()
}

#[test]
fn what_goes_wrong_and_right_again_is_told_to_who_listens() {
    let world = World::new();
    let (hook, hooked) = receiver("204 No Content");
    let (topic, published) = receiver("200 OK");
    let serving = world.serve(&[
        ("FOLIOSYNC_WEBHOOK_URL", &format!("http://{hook}/hooks/1?x=y")),
        ("FOLIOSYNC_WEBHOOK_SECRET", &format!("whsec_{}", STANDARD.encode(KEY))),
        ("FOLIOSYNC_NTFY_URL", &format!("http://{topic}/my-folio")),
        ("FOLIOSYNC_NTFY_TOKEN", "tk_secret"),
        ("FOLIOSYNC_PRIVATE_NETWORKS", "127.0.0.1"),
    ]);
    let tried = world.http("POST", "/api/notifications/test", "").1;
    assert!(tried.matches(r#""ok":true"#).count() == 2, "{tried}");
    let hello = hooked.recv_timeout(PATIENCE).unwrap();
    assert_eq!((hello.path.as_str(), hello.json()["type"].as_str()), ("/hooks/1?x=y", Some("notification.test")));
    let hello = published.recv_timeout(PATIENCE).unwrap();
    assert_eq!((hello.path.as_str(), hello.header("authorization")), ("/", "Bearer tk_secret"));
    assert_eq!(hello.json()["topic"], "my-folio");

    world.write_block("one", 3, 1);
    world.connect();
    world.ok(&["sync"]);
    fs::rename(world.blocks(), world.root().join("elsewhere")).unwrap();
    // Up to here it is only tried again.
    for _ in 0..4 {
        assert_eq!(world.run(&["sync"]).code, Some(1));
    }
    let got = hooked.recv_timeout(PATIENCE).unwrap();
    let (id, time) = (got.header("webhook-id"), got.header("webhook-timestamp"));
    let mut mac = Hmac::<Sha256>::new_from_slice(&KEY).unwrap();
    mac.update(format!("{id}.{time}.{}", got.body).as_bytes());
    assert_eq!(got.header("webhook-signature"), format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())));
    let body = got.json();
    assert_eq!((&body["data"]["label"], &body["data"]["kind"]), (&"blocks".into(), &"error".into()));
    assert_eq!(body["type"], "notification.error");
    let got = published.recv_timeout(PATIENCE).unwrap();
    assert_eq!(got.json()["title"], "foliosync: blocks fails");

    fs::rename(world.root().join("elsewhere"), world.blocks()).unwrap();
    world.ok(&["sync"]);
    assert_eq!(hooked.recv_timeout(PATIENCE).unwrap().json()["type"], "notification.recovered");
    assert_eq!(published.recv_timeout(PATIENCE).unwrap().json()["title"], "foliosync: blocks is well again");
    let told: Json = serde_json::from_str(&world.http("GET", "/api/notifications", "").1).unwrap();
    assert_eq!(told["notifiers"][0]["host"], "127.0.0.1");
    assert_eq!((&told["notifiers"][0]["failures"], &told["notifiers"][0]["givenUp"]), (&0.into(), &0.into()));
    assert!(world.ok(&["doctor"]).contains("notifications to 127.0.0.1 (ntfy)"));
    // A server that starts anew tells nothing again.
    assert_eq!(serving.stop().code, Some(0));
    assert!(hooked.try_recv().is_err() && published.try_recv().is_err());
}

#[test]
fn nothing_is_sent_where_it_should_not_go() {
    let world = World::new();
    let (inside, asked) = receiver("200 OK");
    let secret = STANDARD.encode(KEY);
    let check = |environment: &[(&str, &str)], want: &str| {
        let serving = world.serve(environment);
        let tried = world.http("POST", "/api/notifications/test", "").1;
        assert!(tried.contains(want), "{tried}");
        serving.stop();
    };
    let url = format!("http://{inside}/");
    let hook = [("FOLIOSYNC_WEBHOOK_URL", url.as_str()), ("FOLIOSYNC_WEBHOOK_SECRET", secret.as_str())];
    check(&hook, "127.0.0.1 is at 127.0.0.1, which is not on the internet");
    // A receiver in the network cannot lead elsewhere.
    let moved = format!("302 Found\r\nlocation: http://{inside}/secret");
    let (outside, redirected) = receiver(moved.leak());
    let url = format!("http://{outside}/");
    let allowed = [("FOLIOSYNC_WEBHOOK_URL", url.as_str()), hook[1], ("FOLIOSYNC_PRIVATE_NETWORKS", "127.0.0.0/8")];
    check(&allowed, "it answered with status 302: redirects are not followed");
    assert!(redirected.try_recv().is_ok());
    assert!(asked.try_recv().is_err(), "nobody came");
    check(&[], "notifications are sent nowhere");
}
