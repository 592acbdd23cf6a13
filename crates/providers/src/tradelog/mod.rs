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
mod told;

use async_trait::async_trait;
use foliosync_engine::calendar::Calendar;
use foliosync_engine::model::trades;
use foliosync_engine::provider::{
    Cadence, FetchRequest, Page, Provider, ProviderError, ProviderSpec, Reach, SettingKind, SettingSpec, StreamSpec,
    Work,
};

use self::block::{Context, sync_block};
use self::stored::stored_blocks;
use self::survey::survey;
use crate::folder::{Sweep, blocking};

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
        cadence: Cadence::Interval,
        calendar: Calendar::Always,
        work: Some(Work::Rows(&[&trades::SYNC_METADATA])),
    }],
    item_noun: "block",
    ..ProviderSpec::LOCAL
};

#[async_trait]
impl Provider for TradeLog {
    fn spec(&self) -> &'static ProviderSpec {
        &SPEC
    }

    async fn fetch(&self, reach: &Reach, request: &FetchRequest<'_>) -> Result<Page, ProviderError> {
        let sweep = Sweep::of(reach, request, &trades::SYNC_METADATA)?;
        blocking(move || page(&sweep)).await
    }
}

fn page(sweep: &Sweep) -> Result<Page, ProviderError> {
    let stored = stored_blocks(&sweep.work);
    let survey = survey(sweep, &stored)?;
    let context =
        Context { files: &sweep.files, options: &sweep.options, doubt: survey.doubt.as_deref(), now: sweep.now };
    Ok(sweep.page(&survey.blocks, survey.doubt.is_none(), |block| sync_block(&context, block)))
}
