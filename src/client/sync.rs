//! Reading a sync line by line, across servers if need be: what was asked for is in the store, so after a break the
//! same sync is followed from the last line that arrived.

use foliosync_engine::limits::HEARTBEAT_SECONDS;
use foliosync_engine::model::sync::{ConnectionId, Cursor, RequestId, SyncOptions};
use reqwest::{Method, Response, header};
use serde::Serialize;

use super::Client;
use super::call::{CallError, NO_BODY, chain};
use super::wire::{SyncLine, SyncLineKind};
use crate::failure::Failure;

#[derive(Debug, Clone, Default, Serialize)]
pub struct SyncAsk {
    pub connections: Vec<ConnectionId>,
    /// None means all.
    pub streams: Vec<String>,
    pub options: SyncOptions,
}

pub struct SyncReader<'a> {
    client: &'a mut Client,
    ask: SyncAsk,
    /// Once the server has said which sync it is.
    sync: Option<RequestId>,
    after: Option<Cursor>,
    answer: Option<Response>,
    text: Vec<u8>,
    breaks: u32,
    /// Whether the connection broke on the way.
    pub was_cut: bool,
    ended: bool,
}

impl Client {
    pub fn sync(&mut self, ask: SyncAsk) -> SyncReader<'_> {
        SyncReader {
            client: self,
            ask,
            sync: None,
            after: None,
            answer: None,
            text: Vec::new(),
            breaks: 0,
            was_cut: false,
            ended: false,
        }
    }
}

impl SyncReader<'_> {
    /// The next line, as it came and as it reads; `None` behind the one that ends the sync.
    pub async fn next(&mut self) -> Result<Option<(String, SyncLine)>, Failure> {
        while !self.ended {
            let why = match self.read().await {
                Ok(text) => {
                    let line: SyncLine = serde_json::from_str(&text).map_err(|error| {
                        Failure::failed(format!("the server's line cannot be read: {error}"), "restart the server")
                    })?;
                    self.breaks = 0;
                    self.sync = Some(line.sync);
                    self.after = Some(line.cursor);
                    self.ended = matches!(line.kind, SyncLineKind::Complete { .. } | SyncLineKind::Error { .. });
                    return Ok(Some((text, line)));
                }
                Err(CallError::Refused(failure)) => return Err(failure),
                Err(CallError::NotSent(why) | CallError::Cut(why)) => why,
            };
            self.answer = None;
            self.text.clear();
            self.was_cut = true;
            self.client.after_break(&mut self.breaks, &why).await?;
        }
        Ok(None)
    }

    async fn read(&mut self) -> Result<String, CallError> {
        loop {
            if let Some(end) = self.text.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.text.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line[..end]).into_owned());
            }
            let answer = match &mut self.answer {
                Some(answer) => answer,
                None => {
                    let opened = self.open().await?;
                    self.answer.insert(opened)
                }
            };
            // A server that hangs sends no heartbeat either.
            let chunk = tokio::time::timeout(HEARTBEAT_SECONDS * 6, answer.chunk()).await;
            match chunk {
                Ok(Ok(Some(bytes))) => self.text.extend_from_slice(&bytes),
                Ok(Ok(None)) => return Err(CallError::Cut("the lines ended before the sync did".into())),
                Ok(Err(error)) => return Err(CallError::Cut(chain(&error))),
                Err(_) => return Err(CallError::Cut("the server fell silent".into())),
            }
        }
    }

    /// A sync that has no number yet is asked for again: whoever asks twice gets the same runs.
    async fn open(&mut self) -> Result<Response, CallError> {
        let Some(sync) = self.sync else {
            let response = self.client.caller.open(Method::POST, "/api/sync", Some(&self.ask)).await?;
            self.sync = number(&response);
            return Ok(response);
        };
        let after = self.after.map(|after| format!("?after={after}")).unwrap_or_default();
        self.client.caller.open(Method::GET, &format!("/api/sync/{sync}/events{after}"), NO_BODY).await
    }
}

/// The sync's number, from the place where it can be followed.
fn number(response: &Response) -> Option<RequestId> {
    let place = response.headers().get(header::CONTENT_LOCATION)?.to_str().ok()?;
    place.strip_prefix("/api/sync/")?.strip_suffix("/events")?.parse().ok()
}
