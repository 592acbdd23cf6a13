//! `verify`: whether the files of a block agree with themselves and with each other.
//!
//! Trade-log files come from other programs, and nothing stops anybody from putting files of two different runs into
//! one folder. Their numbers hang together in ways that can be checked: the identities below were measured on real
//! exports, where they hold on every row. What a file does not say is never guessed: a row that lacks a number is
//! left out and counted, and a block that lacks a file gets `not_applicable`.

mod agreement;
mod daily_log;
mod exact;
mod reporting_log;
mod rows;
mod tally;
#[cfg(test)]
mod tests;
mod trade_log;

use jiff::civil::Date;
use serde::Serialize;

use crate::engine::{Engine, Result};
use crate::model::sync::ConnectionId;
use crate::model::trades::{DAILY_LOG, REPORTING_DATA, SYNC_METADATA, TRADE_DATA};
use crate::model::{Batch, Table, Value};
use crate::store::{Filter, Select};

pub use agreement::{Agreement, Verdict};

/// Rows that a check shows; the rest is counted.
pub const EXAMPLES_MAX: usize = 5;
/// How often a block is read again because a sync replaced it in between.
const READS_MAX: usize = 3;

/// What the checks of one block found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockReport {
    pub connection: ConnectionId,
    pub block_id: String,
    pub checks: Vec<Check>,
    /// Whether trade log and daily log are of one run.
    pub verdict: Verdict,
}

impl BlockReport {
    /// Checks that fail: 0 means that nothing speaks against the block.
    pub fn problems(&self) -> usize {
        self.checks.iter().filter(|check| check.status == Status::Fails).count()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// A stable name for scripts, such as `trade_pl`.
    pub name: &'static str,
    pub status: Status,
    /// What is counted: trades, days, …
    pub counted: &'static str,
    pub checked: usize,
    pub failed: usize,
    /// One or two sentences for people.
    pub explanation: String,
    /// The first rows that fail, at most `EXAMPLES_MAX`.
    pub examples: Vec<Example>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Holds,
    Fails,
    /// The block lacks what the check needs.
    NotApplicable,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Example {
    pub date: Date,
    /// Line of the file, where one row is meant.
    pub line: Option<i64>,
    pub expected: String,
    pub found: String,
}

/// Runs every check over the rows of one block: `trades.trade_data`, `trades.daily_log` and `trades.reporting_data`.
pub fn check_block(
    connection: ConnectionId,
    block_id: &str,
    trade_log: &Batch,
    daily_log: &Batch,
    reporting_log: &Batch,
) -> BlockReport {
    let trades = rows::trades(trade_log);
    let days = rows::days(daily_log);
    let reported = rows::reported(reporting_log);
    let by_day = agreement::by_day(&trades, &days);
    let ranges = agreement::ranges(&trades, &days);
    let verdict = agreement::verdict(&trades, &days, &by_day, &ranges);
    let checks = vec![
        trade_log::profit(&trades),
        trade_log::funds(&trades),
        daily_log::net_liquidity(&days),
        daily_log::drawdown(&days),
        by_day,
        ranges,
        reporting_log::profit(&reported),
        reporting_log::units(&reported),
        rows::duplicates(&trades, &days, &reported),
    ];
    BlockReport { connection, block_id: block_id.into(), checks, verdict }
}

impl Engine {
    /// Checks the stored blocks of one connection or of all, in the order of their names.
    pub async fn verify(&self, connection: Option<ConnectionId>) -> Result<Vec<BlockReport>> {
        let connections = match connection {
            Some(id) => vec![self.connection(id).await?],
            None => self.connections().await?,
        };
        let mut reports = Vec::new();
        for connection in connections {
            let blocks = self.store.read(Select::of(&SYNC_METADATA, connection.id).ascending("block_id")).await?;
            for block in rows::texts(&blocks, "block_id") {
                reports.extend(self.verify_block(connection.id, block).await?);
            }
        }
        Ok(reports)
    }

    /// `None` where the block was removed meanwhile.
    async fn verify_block(&self, connection: ConnectionId, block: &str) -> Result<Option<BlockReport>> {
        let mut version = self.block_version(connection, block).await?;
        let mut report = None;
        for _ in 0..READS_MAX {
            if version.is_none() {
                return Ok(None);
            }
            let trade_log = self.block_rows(&TRADE_DATA, connection, block).await?;
            let daily_log = self.block_rows(&DAILY_LOG, connection, block).await?;
            let reporting_log = self.block_rows(&REPORTING_DATA, connection, block).await?;
            report = Some(check_block(connection, block, &trade_log, &daily_log, &reporting_log));
            // The tables are read one after the other. A sync in between would pair an old file with a new one.
            let now = self.block_version(connection, block).await?;
            if now == version {
                break;
            }
            version = now;
        }
        Ok(report)
    }

    async fn block_version(&self, connection: ConnectionId, block: &str) -> Result<Option<i64>> {
        let found = self.block_rows(&SYNC_METADATA, connection, block).await?;
        let column = SYNC_METADATA.column("sync_version").filter(|_| !found.is_empty());
        Ok(column.and_then(|column| match found.value(0, column) {
            Value::Int(version) => Some(version),
            _ => None,
        }))
    }

    async fn block_rows(&self, table: &'static Table, connection: ConnectionId, block: &str) -> Result<Batch> {
        let select = Select::of(table, connection).with(Filter::IsText("block_id", block.into()));
        Ok(self.store.read(select).await?)
    }
}
