//! Telling how a sync request goes: lines made from the stored log, so that any client may leave and come back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{Current, Engine, Result};
use crate::limits::{EVENT_QUEUE_MAX, EVENTS_PAGE_MAX, HEARTBEAT_SECONDS, SYNC_START_SECONDS_MAX, TELL_PAUSE_MAX};
use crate::model::sync::{
    ConnectionId, Counts, Cursor, ItemLine, Outcome, RequestId, RunEvent, RunEventKind, RunId, Stream, SyncRequest,
    Trigger,
};
use crate::store::Filter;

/// One line of the answer to "sync now".
#[derive(Debug, Clone, Serialize)]
pub struct SyncLine {
    #[serde(flatten)]
    pub kind: SyncLineKind,
    pub sync: RequestId,
    pub run: Option<RunId>,
    /// Give it back as `after` to go on behind this line.
    pub cursor: Cursor,
}

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum SyncLineKind {
    /// How many items the sync covers, as far as is known.
    Start { total: i64 },
    /// `completed` of `total` items so far; `batch` counts the commits; `items` are those that are not unchanged.
    Progress { completed: i64, total: i64, batch: i64, connection: ConnectionId, items: Vec<ItemLine> },
    /// Nothing happened for a while, and the sync goes on.
    Heartbeat,
    /// The end. `updated` counts items that are as the source has them, `failed` those that are not; connections that
    /// failed as a whole count once in `failed` and are named in `errors`.
    Complete { timestamp: Timestamp, updated: i64, failed: i64, changed: i64, errors: Vec<ConnectionError> },
    /// The end, where nothing could be synced at all.
    Error { message: String },
}

#[derive(Debug, Clone, Serialize)]
pub struct ConnectionError {
    pub connection: ConnectionId,
    pub message: String,
}

/// What is known of one connection of the request.
#[derive(Default)]
struct Member {
    run: Option<RunId>,
    started: bool,
    counts: Counts,
    expected: Option<i64>,
    ended: Option<(Outcome, Option<String>)>,
}

impl Engine {
    /// The lines of a sync request behind `after` (`None`: from its beginning), then those to come, always closed by
    /// one `complete` or `error`. Dropping the receiver stops the telling, not the work.
    pub fn follow(self: Arc<Self>, request: SyncRequest, after: Option<Cursor>) -> mpsc::Receiver<SyncLine> {
        let (lines, receiver) = mpsc::channel(EVENT_QUEUE_MAX);
        let mut follower = Follower::new(self, request, after, lines);
        tokio::spawn(async move {
            if let Err(error) = follower.tell().await {
                let message = format!("{error}; `foliosync status` shows how it went on");
                follower.send(None, SyncLineKind::Error { message }).await;
            }
        });
        receiver
    }
}

/// A request that was made longer ago is taken to be over, so that nobody reads a long log for it.
const CURRENT_HOURS_MAX: SignedDuration = SignedDuration::from_hours(1);

impl Engine {
    /// How far a sync has come; `None` where it is over.
    pub(super) async fn progress(self: &Arc<Self>, request: SyncRequest) -> Result<Option<Current>> {
        let (sync, started_at) = (request.id, request.at);
        if self.now().duration_since(started_at) > CURRENT_HOURS_MAX {
            return Ok(None);
        }
        // Nobody listens: what it would send goes nowhere.
        let (lines, _) = mpsc::channel(1);
        let mut follower = Follower::new(Arc::clone(self), request, None, lines);
        follower.read_log().await?;
        follower.look_for_the_stuck().await?;
        if follower.members.values().all(|member| member.ended.is_some()) && !follower.is_due_again().await? {
            return Ok(None);
        }
        let (completed, total) = follower.tally();
        Ok(Some(Current { sync, started_at, completed, total }))
    }
}

struct Follower {
    engine: Arc<Engine>,
    request: SyncRequest,
    members: BTreeMap<ConnectionId, Member>,
    /// Lines up to here were told to this client before.
    after: Cursor,
    cursor: Cursor,
    begun: bool,
    batch: i64,
    deadline: Instant,
    /// A run was interrupted: perhaps its connection is gone.
    interrupted: bool,
    lines: mpsc::Sender<SyncLine>,
}

impl Follower {
    fn new(
        engine: Arc<Engine>,
        request: SyncRequest,
        after: Option<Cursor>,
        lines: mpsc::Sender<SyncLine>,
    ) -> Follower {
        Follower {
            after: after.unwrap_or(request.after - 1),
            cursor: request.after,
            members: request.connections.iter().map(|id| (*id, Member::default())).collect(),
            begun: false,
            batch: 0,
            deadline: Instant::now() + SYNC_START_SECONDS_MAX,
            interrupted: false,
            request,
            lines,
            engine,
        }
    }

    async fn tell(&mut self) -> Result<()> {
        let mut news = self.engine.events.listen();
        while !self.lines.is_closed() {
            let began = Instant::now();
            self.read_log().await?;
            self.look_for_the_stuck().await?;
            if self.members.values().all(|member| member.ended.is_some()) && !self.is_due_again().await? {
                self.finish().await;
                return Ok(());
            }
            // Telling takes at most a part of the time: the more there is to read, the rarer it is read.
            tokio::time::sleep(began.elapsed().min(TELL_PAUSE_MAX)).await;
            let silence = self.wait();
            match tokio::time::timeout(silence, news.changed()).await {
                Ok(_) => {}
                Err(_) => self.send(None, SyncLineKind::Heartbeat).await,
            }
        }
        Ok(())
    }

    /// Until the next heartbeat, or until it is time to give up on runs that did not start.
    fn wait(&self) -> Duration {
        let waiting = self.members.values().any(|member| !member.started && member.ended.is_none());
        let left = self.deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(10));
        if waiting { left.min(HEARTBEAT_SECONDS) } else { HEARTBEAT_SECONDS }
    }

    async fn read_log(&mut self) -> Result<()> {
        loop {
            let after = Filter::After("cursor", self.cursor);
            let events: Vec<RunEvent> =
                self.engine.store.records(|s| s.with(after).ascending("cursor").max(EVENTS_PAGE_MAX)).await?;
            let full = events.len() == EVENTS_PAGE_MAX;
            for event in events {
                self.cursor = event.cursor;
                self.note(event).await;
            }
            if !full {
                return Ok(());
            }
        }
    }

    async fn note(&mut self, event: RunEvent) {
        let Some(member) = self.members.get_mut(&event.connection) else { return };
        if member.ended.is_some() {
            return;
        }
        let is_start = matches!(event.kind, RunEventKind::Started { .. });
        // A run that was going already counts only where the request joins it.
        if !is_start && !self.request.joins && member.run != Some(event.run) {
            return;
        }
        member.run = Some(event.run);
        member.started = true;
        match event.kind {
            RunEventKind::Started { .. } => {
                (member.counts, member.expected) = (Counts::default(), None);
            }
            RunEventKind::Page { counts, expected, items, .. } => {
                member.counts.add(&counts);
                member.expected = expected.or(member.expected);
                self.batch += 1;
                let (completed, total) = self.tally();
                if !self.begun {
                    self.begun = true;
                    // With the cursor of the line before: a client that leaves behind it has not seen the progress.
                    self.cursor -= 1;
                    self.send(Some(event.run), SyncLineKind::Start { total }).await;
                    self.cursor += 1;
                }
                let connection = event.connection;
                let progress = SyncLineKind::Progress { completed, total, batch: self.batch, connection, items };
                self.send(Some(event.run), progress).await;
            }
            RunEventKind::StreamEnded { .. } => {}
            // What was interrupted is still due and runs again.
            RunEventKind::Finished { outcome: Outcome::Interrupted, .. } => {
                *member = Member::default();
                self.interrupted = true;
                self.deadline = Instant::now() + SYNC_START_SECONDS_MAX;
            }
            RunEventKind::Finished { outcome, counts, error } => {
                member.counts = counts;
                member.ended = Some((outcome, error));
            }
        }
    }

    /// Items done so far, and items in all as far as is known.
    fn tally(&self) -> (i64, i64) {
        let completed = self.members.values().map(|member| member.counts.total()).sum();
        let total = self.members.values().map(|m| m.expected.unwrap_or(0).max(m.counts.total())).sum();
        (completed, total)
    }

    /// Ends members whose connection is gone, whose run was given up by a failing store, or that did not start in time.
    async fn look_for_the_stuck(&mut self) -> Result<()> {
        let given_up = self.engine.given_up();
        let late = Instant::now() >= self.deadline;
        let waits = |member: &Member| !member.started && member.ended.is_none();
        if given_up.is_empty() && !(late || self.interrupted) || !self.members.values().any(|m| m.ended.is_none()) {
            return Ok(());
        }
        let known = self.engine.connections().await?;
        if late && self.request.joins {
            self.join_the_silent().await?;
        }
        for (id, member) in self.members.iter_mut().filter(|(_, member)| member.ended.is_none()) {
            let Some(connection) = known.iter().find(|connection| connection.id == *id) else {
                member.ended = Some((Outcome::Interrupted, Some("the connection was removed".into())));
                continue;
            };
            // A run that this request joined may have begun before it; one given up before it is not its own.
            let joined = |at| member.run.is_none() && self.request.joins && at >= self.request.at;
            if let Some(left) = given_up.get(id)
                && (member.run == Some(left.lease.run) || joined(left.at))
            {
                member.ended = Some((Outcome::Failed, Some(left.why.clone())));
            } else if late && waits(member) {
                let why = format!("`{}` waits for its turn; it is due and will run", connection.label);
                member.ended = Some((Outcome::Deferred, Some(why)));
            }
        }
        Ok(())
    }

    /// A run that was going when it was asked for, and has committed nothing since, has started all the same.
    async fn join_the_silent(&mut self) -> Result<()> {
        for (id, member) in self.members.iter_mut().filter(|(_, member)| !member.started && member.ended.is_none()) {
            if let Some(run) = self.engine.runs(Some(*id), 1).await?.pop().filter(|run| run.outcome.is_none()) {
                (member.run, member.started) = (Some(run.id), true);
            }
        }
        Ok(())
    }

    /// Whether a stream that was asked for is still due although its connection's run has ended: another run follows.
    async fn is_due_again(&mut self) -> Result<bool> {
        let ids = self.request.connections.clone();
        let streams: Vec<Stream> = self.engine.store.records(|s| s.with(Filter::In("connection_id", ids))).await?;
        let mut again = false;
        for stream in streams {
            let asked =
                stream.due_trigger != Trigger::Schedule && stream.next_due.is_some_and(|due| due <= self.request.at);
            let Some(member) = self.members.get_mut(&stream.connection_id).filter(|_| asked) else { continue };
            if matches!(member.ended, Some((Outcome::Ok | Outcome::Partial, _))) {
                *member = Member::default();
                self.deadline = Instant::now() + SYNC_START_SECONDS_MAX;
                again = true;
            }
        }
        Ok(again)
    }

    async fn finish(&mut self) {
        let (mut updated, mut failed, mut changed) = (0, 0, 0);
        let mut errors = Vec::new();
        for (id, member) in &self.members {
            updated += member.counts.updated + member.counts.unchanged;
            changed += member.counts.updated;
            failed += member.counts.failed();
            if let Some((outcome, message)) = &member.ended
                && !matches!(outcome, Outcome::Ok | Outcome::Partial)
            {
                failed += i64::from(member.counts.failed() == 0);
                let message = message.clone().unwrap_or_else(|| "it was interrupted".into());
                errors.push(ConnectionError { connection: *id, message });
            }
        }
        if !self.begun {
            let total = self.tally().1;
            self.send(None, SyncLineKind::Start { total }).await;
        }
        let kind = if !errors.is_empty() && errors.len() == self.members.len() && updated == 0 {
            let messages: Vec<_> = errors.into_iter().map(|error| error.message).collect();
            SyncLineKind::Error { message: messages.join("; ") }
        } else {
            SyncLineKind::Complete { timestamp: self.engine.now(), updated, failed, changed, errors }
        };
        // The end is told even to a client that had seen every line before it.
        self.after = self.cursor - 1;
        self.send(None, kind).await;
    }

    /// A client that left is no reason to fail: the loop ends at its next turn.
    async fn send(&mut self, run: Option<RunId>, kind: SyncLineKind) {
        let is_log = matches!(kind, SyncLineKind::Start { .. } | SyncLineKind::Progress { .. });
        if is_log && self.cursor <= self.after {
            return;
        }
        let line = SyncLine { kind, sync: self.request.id, run, cursor: self.cursor };
        let _ = self.lines.send(line).await;
    }
}
