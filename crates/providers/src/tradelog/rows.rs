//! The files of a block into the rows of its tables.

use foliosync_engine::model::{Batch, BatchBuilder, trades};

use super::block::Context;
use super::choose::{Chosen, Counts, UsedFile};
use super::fill::BlockFill;
use super::layouts::layout_of;
use super::recognise::LogKind;
use super::stored::StoredFile;
use crate::csv::{Binding, Reading, Refusal, Sheet, Text};
use crate::folder::{ACCEPT_REMOVALS, Failure};

/// All rows of a block.
pub struct BlockRows {
    /// One batch for each table of rows, empty ones included, so that replacing them leaves nothing stale.
    pub batches: [Batch; 4],
    pub counts: Counts,
    /// `tradelog.csv` line and reason of the first row that could not be read.
    pub first_rejected: Option<String>,
}

/// Reads the files of a block. One that is refused refuses the block: its parts belong together.
pub fn read_rows(
    context: &Context<'_>,
    block: &str,
    before: &[StoredFile],
    chosen: &Chosen,
) -> Result<BlockRows, Failure> {
    let mut batches = [&trades::TRADE_DATA, &trades::DAILY_LOG, &trades::REPORTING_DATA].map(Batch::empty);
    let mut rejected = BatchBuilder::new(&trades::REJECTED_ROWS);
    let mut counts = Counts::default();
    let mut first_rejected = None;
    for kind in LogKind::ALL {
        let Some(used) = chosen.of_kind(kind) else { continue };
        let refused = |refusal: Refusal| Failure::rejected(format!("`{}` {refusal}", used.name));
        let reading = read_file(block, kind, used, context.options.strict).map_err(refused)?;
        let had_rows = before.iter().any(|file| file.kind == Some(kind) && file.rows > 0);
        if reading.accepted.is_empty() && had_rows && !context.options.accept_removals {
            let reason =
                format!("`{}` holds a header and no rows, where it had rows before; if that is right,", used.name);
            return Err(Failure::rejected(format!("{reason} {ACCEPT_REMOVALS}")));
        }
        for row in &reading.rejected {
            rejected.push_values(&[
                block.into(),
                (&used.name).into(),
                row.line.into(),
                (&row.reason).into(),
                (&row.raw).into(),
            ]);
        }
        let first = reading.rejected.first();
        first_rejected =
            first_rejected.or(first.map(|row| format!("`{}` line {}: {}", used.name, row.line, row.reason)));
        let count = &mut counts[kind as usize];
        (count.rows, count.rejected) = (reading.accepted.len() as i64, reading.rejected_count);
        batches[kind as usize] = reading.accepted;
    }
    let [trade_data, daily_log, reporting_data] = batches;
    Ok(BlockRows { batches: [trade_data, reporting_data, daily_log, rejected.finish()], counts, first_rejected })
}

fn read_file(block: &str, kind: LogKind, used: &UsedFile, strict: bool) -> Result<Reading, Refusal> {
    let sheet = Sheet::open(Text::of(&used.file.bytes)?)?;
    let layout = layout_of(kind, &sheet.header);
    let binding = Binding::of(layout.table, layout.binds, &sheet.header, &[])?;
    let mut fill = BlockFill::of(block, layout, &sheet.header);
    sheet.read(&binding, &mut fill, strict)
}
