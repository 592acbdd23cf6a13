//! Hands what the engine sends to the simulator of this process, as far away as an exchange is.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::http::Request;
use bytes::Bytes;
use foliosync_engine::clock::Clock;
use foliosync_engine::http::{HttpAnswer, HttpRequest, Method, Part, Transport, TransportError};
use foliosync_sim::Sim;
use jiff::Timestamp;
use tokio::time::timeout;

/// What stands for the exchange's host.
pub const HOST: &str = "http://127.0.0.1";
const ONE_WAY: Duration = Duration::from_millis(100);

pub struct Wire {
    pub sim: Sim,
    pub clock: Clock,
    /// What the exchange says was used of each minute of its clock, by the minute since 1970.
    used: Mutex<BTreeMap<i64, u32>>,
}

impl Wire {
    pub fn to(sim: Sim, clock: Clock) -> Arc<Wire> {
        Arc::new(Wire { sim, clock, used: Mutex::default() })
    }

    /// Weight of each whole minute from one time on until another.
    pub fn weights(&self, from: Timestamp, to: Timestamp) -> Vec<i64> {
        let minute = |at: Timestamp| at.as_second().div_euclid(60);
        let used = self.used.lock().unwrap();
        (minute(from) + 1..minute(to)).map(|minute| used.get(&minute).copied().unwrap_or(0).into()).collect()
    }

    fn note(&self, answer: &HttpAnswer) {
        let Some(used) = answer.header("x-mbx-used-weight-1m").and_then(|used| used.parse().ok()) else { return };
        self.used.lock().unwrap().insert(self.sim.now().as_second().div_euclid(60), used);
    }
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: HttpRequest) -> Result<HttpAnswer, TransportError> {
        let path = request.url.strip_prefix(HOST).expect("it is sent to the exchange");
        let method = if request.method == Method::Get { "GET" } else { "POST" };
        let mut asked = Request::builder().method(method).uri(format!("{path}?{}", request.encoded_query()));
        for (name, value) in &request.headers {
            asked = asked.header(name, value.expose());
        }
        let body = request.body.as_ref().map_or("", Part::expose).to_string();
        pass(ONE_WAY).await;
        self.sim.set_now(self.clock.now());
        let answer = self.sim.answer(asked.body(Bytes::from(body)).unwrap()).expect("nothing is cut off");
        let text = |value: &axum::http::HeaderValue| value.to_str().unwrap().to_string();
        let headers = answer.headers().iter().map(|(name, value)| (name.to_string(), text(value)));
        let answer =
            HttpAnswer { status: answer.status().as_u16(), headers: headers.collect(), body: answer.body().clone() };
        self.note(&answer);
        pass(ONE_WAY).await;
        Ok(answer)
    }
}

/// Time passes; in a paused runtime at once, when nobody has anything else to do.
pub async fn pass(time: Duration) {
    drop(timeout(time, pending::<()>()).await);
}
