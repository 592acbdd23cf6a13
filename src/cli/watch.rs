//! `sync --watch`: keeps stored data in step with folders. Changes are noticed as they happen; a sweep every minute
//! catches what was not, such as a network drive that tells nobody.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use foliosync_engine::model::sync::ConnectionId;
use jiff::Zoned;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::connect::{connected_folders, connections};
use super::sync::{self, Args};
use super::text::{shown, shown_lines};
use super::{Done, Progress};
use crate::client::wire::Connection;
use crate::client::{Client, SyncAsk};
use crate::failure::{EXIT_INPUT, Failure};

/// Quiet that must follow a change before it is synced: programs write files in several steps.
const QUIET_MILLIS: Duration = Duration::from_millis(300);
/// How long a folder that never falls quiet can put off its sync.
const BURST_SECONDS_MAX: Duration = Duration::from_secs(5);
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// Changes that wait to be looked at; what does not fit, the sweep finds.
const CHANGES_MAX: usize = 4_096;

pub async fn run(args: &Args, client: &mut Client) -> anyhow::Result<Done> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        watched = watch(args, client) => watched?,
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(Done::Well)
}

async fn watch(args: &Args, client: &mut Client) -> anyhow::Result<()> {
    let (seen, mut changes) = mpsc::channel(CHANGES_MAX);
    let mut folders = Folders::new(seen)?;
    let mut due = Due::Everything;
    let mut told = false;
    loop {
        let known = connections(client).await?;
        let ids = sync::ids(&args.labels, &known)?;
        let chosen: Vec<&Connection> =
            known.iter().filter(|c| if ids.is_empty() { c.sync_enabled } else { ids.contains(&c.id) }).collect();
        let places = connected_folders(client, &chosen).await?;
        // Armed before the sync reads: what changes meanwhile is noticed.
        folders.arm(&places);
        if !told && !args.json {
            told = true;
            let folders = if places.len() == 1 { "folder" } else { "folders" };
            say!("watching {} {folders}; Ctrl-C ends", places.len());
        }
        let now_due: Vec<ConnectionId> = match &due {
            Due::Everything => chosen.iter().map(|connection| connection.id).collect(),
            Due::Changed(paths) => touched(paths, &places),
        };
        if !now_due.is_empty() {
            sync_once(args, client, &known, now_due).await?;
        }
        due = next(&mut changes).await;
    }
}

enum Due {
    Everything,
    Changed(BTreeSet<PathBuf>),
}

/// Waits for changes to come and to stop coming, or for the next sweep.
async fn next(changes: &mut mpsc::Receiver<PathBuf>) -> Due {
    let Ok(Some(first)) = tokio::time::timeout(SWEEP_EVERY, changes.recv()).await else { return Due::Everything };
    let mut paths = BTreeSet::from([first]);
    let begun = Instant::now();
    while begun.elapsed() < BURST_SECONDS_MAX {
        match tokio::time::timeout(QUIET_MILLIS, changes.recv()).await {
            Ok(Some(path)) => paths.insert(path),
            _ => break,
        };
    }
    Due::Changed(paths)
}

/// The connections whose folder a change is in, or is on the way to.
fn touched(paths: &BTreeSet<PathBuf>, places: &[(ConnectionId, PathBuf)]) -> Vec<ConnectionId> {
    let is_near = |path: &PathBuf, place: &PathBuf| path.starts_with(place) || place.starts_with(path);
    let near = places.iter().filter(|(_, place)| paths.iter().any(|path| is_near(path, place)));
    near.map(|(id, _)| *id).collect::<BTreeSet<_>>().into_iter().collect()
}

async fn sync_once(
    args: &Args,
    client: &mut Client,
    known: &[Connection],
    connections: Vec<ConnectionId>,
) -> anyhow::Result<()> {
    let ask = SyncAsk { connections, options: args.options(), ..SyncAsk::default() };
    if args.json {
        return sync::pass_through(client, ask).await.map(|_| ());
    }
    match sync::sync(client, ask, Progress::Quiet).await {
        Ok(summary) if summary.has_news() => {
            say!("\n{}", Zoned::now().strftime("%H:%M:%S"));
            summary.print(known);
        }
        Ok(_) => {}
        // Something was changed or removed between looking and asking; the next look sees it.
        Err(Failure { exit: EXIT_INPUT, message, .. }) => eprintln!("not synced: {}", shown_lines(&message)),
        Err(failure) => return Err(failure.into()),
    }
    Ok(())
}

/// The folders that are watched, each where it is, or where it would appear.
struct Folders {
    watcher: RecommendedWatcher,
    armed: Vec<Armed>,
}

#[derive(PartialEq, Eq, Clone)]
struct Armed {
    path: PathBuf,
    /// Tells a folder from another of the same name that took its place.
    inode: u64,
    below: bool,
}

impl Folders {
    fn new(seen: mpsc::Sender<PathBuf>) -> Result<Folders, Failure> {
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            let Ok(event) = event else { return };
            // Reading, our own included, is no change.
            if !matches!(event.kind, EventKind::Access(_)) {
                event.paths.into_iter().for_each(|path| drop(seen.try_send(path)));
            }
        });
        let watcher = watcher.map_err(|error| {
            Failure::failed(format!("folders cannot be watched: {error}"), "run `foliosync sync` instead")
        })?;
        Ok(Folders { watcher, armed: Vec::new() })
    }

    fn arm(&mut self, places: &[(ConnectionId, PathBuf)]) {
        let wanted: Vec<Armed> = places.iter().filter_map(|(_, place)| target(place)).collect();
        for old in self.armed.extract_if(.., |armed| !wanted.contains(armed)) {
            // It may be gone, and its watch with it.
            let _ = self.watcher.unwatch(&old.path);
        }
        for new in wanted {
            if self.armed.contains(&new) {
                continue;
            }
            let mode = if new.below { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
            match self.watcher.watch(&new.path, mode) {
                Ok(()) => {}
                Err(error) => {
                    let path = shown(&new.path.to_string_lossy());
                    let every = SWEEP_EVERY.as_secs();
                    eprintln!("note: {path} is only looked at every {every} seconds: {error}");
                }
            }
            self.armed.push(new);
        }
    }
}

/// The folder with all below it, or while it is missing, the nearest folder above it.
fn target(place: &Path) -> Option<Armed> {
    place.ancestors().enumerate().find_map(|(nth, path)| {
        let meta = fs::metadata(path).ok().filter(fs::Metadata::is_dir)?;
        Some(Armed { path: path.to_path_buf(), inode: meta.ino(), below: nth == 0 })
    })
}
