//! Folders of trade logs: each subfolder with CSV exports in it is a block, named after the folder.

mod block;
mod choose;
mod fill;
mod layouts;
mod recognise;
mod removal;
mod rows;
mod stored;
mod survey;
mod tat;

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use foliosync_engine::files::Files;
use foliosync_engine::model::sync::SyncOptions;
use foliosync_engine::model::{Batch, trades};
use foliosync_engine::provider::{
    FetchRequest, IntervalSpec, Page, Provider, ProviderError, ProviderSpec, Reach, SettingKind, SettingSpec,
    StreamSpec,
};
use jiff::Timestamp;

use self::block::{Context, sync_block};
use self::stored::stored_blocks;
use self::survey::survey;
use crate::folder::{Position, blocking, page_of};

pub struct TradeLog;

static SPEC: ProviderSpec = ProviderSpec {
    id: "tradelog",
    name: "Trade-log folders",
    summary: "Blocks of back-tested and executed trades: a folder each, with the CSV exports of Option Omega or \
              Trade Automation Toolbox",
    settings: &[SettingSpec {
        key: "path",
        label: "Folder",
        help: "The folder that holds a subfolder for each block, as an absolute path",
        kind: SettingKind::Folder,
        required: true,
    }],
    streams: &[StreamSpec {
        name: "blocks",
        summary: "Trades, daily values and executed trades of every block",
        work: Some(&trades::SYNC_METADATA),
    }],
    interval: IntervalSpec { min_secs: 60, default_secs: 900, max_secs: 86_400 },
    item_noun: "block",
};

#[async_trait]
impl Provider for TradeLog {
    fn spec(&self) -> &'static ProviderSpec {
        &SPEC
    }

    async fn fetch(&self, reach: &Reach, request: &FetchRequest<'_>) -> Result<Page, ProviderError> {
        let sweep = Sweep {
            files: reach.files.clone(),
            root: PathBuf::from(request.setting("path")?),
            work: request.work.cloned().unwrap_or_else(|| Batch::empty(&trades::SYNC_METADATA)),
            position: Position::of(request.watermark, request.options),
            options: request.options.clone(),
            now: request.now,
        };
        blocking(move || sweep.page()).await
    }
}

/// One page of a sweep over the folder.
struct Sweep {
    files: Files,
    root: PathBuf,
    work: Batch,
    position: Position,
    options: SyncOptions,
    now: Timestamp,
}

impl Sweep {
    fn page(&self) -> Result<Page, ProviderError> {
        let stored = stored_blocks(&self.work);
        let survey = survey(&self.files, Path::new(&self.root), &stored, &self.options, &self.position)?;
        let context =
            Context { files: &self.files, options: &self.options, doubt: survey.doubt.as_deref(), now: self.now };
        let outcomes = page_of(&survey.blocks, |block| sync_block(&context, block));
        let more = outcomes.len() < survey.blocks.len();
        let watermark = match outcomes.last().filter(|_| more) {
            Some(last) => Position::behind(&last.item.name, survey.expected, survey.doubt.is_none(), &self.options),
            None => Position::finished(),
        };
        let (items, changes): (Vec<_>, Vec<_>) =
            outcomes.into_iter().map(|outcome| (outcome.item, outcome.changes)).unzip();
        Ok(Page {
            changes: changes.into_iter().flatten().collect(),
            items,
            watermark,
            more,
            expected: Some(survey.expected),
            as_of: None,
        })
    }
}
