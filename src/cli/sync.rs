//! `sync`: reads what changed, and tells how it goes.

use std::io::Write;

use foliosync_engine::model::sync::{ConnectionId, SyncOptions};
use foliosync_engine::nearest::nearest;

use super::text::shown;
use super::{Context, Done, Progress, Summary, watch};
use crate::client::wire::{Connection, Connections, SyncLineKind};
use crate::client::{Client, SyncAsk};
use crate::failure::Failure;

#[derive(clap::Args)]
pub struct Args {
    /// Connections to sync [default: every source that is switched on]
    #[arg(value_name = "LABEL")]
    pub labels: Vec<String>,
    /// Print the server's lines as they come, one JSON object each
    #[arg(long)]
    pub json: bool,
    /// Read and hash every file, whatever its size and time stamp say
    #[arg(long)]
    rehash: bool,
    /// Refuse a file as a whole when one of its rows cannot be read
    #[arg(long)]
    strict: bool,
    /// Believe that what is no longer there was removed on purpose, and delete its rows
    #[arg(long)]
    accept_removals: bool,
    /// Sync only this block or file; may be given several times
    #[arg(long = "block", value_name = "ID")]
    blocks: Vec<String>,
    /// Keep watching the folders, and sync each change until Ctrl-C
    #[arg(long)]
    watch: bool,
}

impl Args {
    pub fn options(&self) -> SyncOptions {
        SyncOptions {
            rehash: self.rehash,
            strict: self.strict,
            accept_removals: self.accept_removals,
            items: self.blocks.clone(),
        }
    }
}

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<Done> {
    let mut client = context.client().await?;
    let known = client.get::<Connections>("/api/connections").await?.connections;
    let connections = ids(&args.labels, &known)?;
    if args.watch {
        return watch::run(args, &mut client).await;
    }
    let ask = SyncAsk { connections, options: args.options(), ..SyncAsk::default() };
    if args.json {
        return pass_through(&mut client, ask).await;
    }
    let summary = sync(&mut client, ask, Progress::new()).await?;
    summary.print(&known);
    Ok(if summary.is_well() { Done::Well } else { Done::WithFailures })
}

/// Runs a sync to its end.
pub async fn sync(client: &mut Client, ask: SyncAsk, mut progress: Progress) -> Result<Summary, Failure> {
    let mut summary = Summary::default();
    let mut lines = client.sync(ask);
    let followed = loop {
        match lines.next().await {
            Ok(Some((_, line))) => {
                summary.note(&line.kind);
                match line.kind {
                    SyncLineKind::Start { total } => progress.show(0, total),
                    SyncLineKind::Progress { completed, total, .. } => progress.show(completed, total),
                    _ => {}
                }
            }
            Ok(None) => break Ok(()),
            Err(failure) => break Err(failure),
        }
    };
    summary.was_cut = lines.was_cut;
    progress.end();
    followed.map(|()| summary)
}

pub async fn pass_through(client: &mut Client, ask: SyncAsk) -> anyhow::Result<Done> {
    let mut summary = Summary::default();
    let mut lines = client.sync(ask);
    while let Some((text, line)) = lines.next().await? {
        writeln!(std::io::stdout(), "{text}")?;
        summary.note(&line.kind);
    }
    Ok(if summary.is_well() { Done::Well } else { Done::WithFailures })
}

/// The ids of labels; none for none.
pub fn ids(labels: &[String], known: &[Connection]) -> Result<Vec<ConnectionId>, Failure> {
    labels.iter().map(|label| find(label, known).map(|connection| connection.id)).collect()
}

pub fn find<'a>(label: &str, known: &'a [Connection]) -> Result<&'a Connection, Failure> {
    known.iter().find(|connection| connection.label == label).ok_or_else(|| {
        let labels: Vec<String> = known.iter().map(|connection| shown(&connection.label)).collect();
        let hint = match labels.is_empty() {
            true => "there is none yet; add one: foliosync import FOLDER".to_string(),
            false => {
                format!("{}there are: {}", nearest(label, labels.iter().map(String::as_str)), labels.join(", "))
            }
        };
        Failure::input(format!("there is no connection `{}`", shown(label)), hint)
    })
}
