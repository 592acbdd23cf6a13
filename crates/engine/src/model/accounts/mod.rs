//! What accounts hold and what happened in them: snapshots of balances and positions with their history, fills, flows of
//! money, and the round trips that fills come to.
//!
//! Every row belongs to the connection that brought it. Names of accounts, wallets, assets and symbols are the source's
//! own; `market.listings` says what they are.

mod balances;
mod cash_flows;
mod fills;
mod positions;
mod round_trips;
mod valuation;

pub use balances::{BALANCE_HISTORY, BALANCES, Balance, BalanceChange};
pub use cash_flows::{CASH_FLOWS, CashFlow, FlowKind};
pub use fills::{FILL_ROWS, Fill, Side, Source};
pub use positions::{POSITION_HISTORY, POSITIONS, Position, PositionChange};
pub use round_trips::{ROUND_TRIPS, RoundTrip};
pub use valuation::{VALUATION, Valuation};

use jiff::Timestamp;

use super::record::{Column, Kind, Record, RowError, RowReader};

const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Column {
    Column::required(name, kind, doc)
}

const fn optional(name: &'static str, kind: Kind, doc: &'static str) -> Column {
    Column::optional(name, kind, doc)
}

/// A row of a snapshot: all rows of its part together say what the source held at one time, and what is not among them
/// is not held.
pub trait Held: Record + Clone {
    /// The table of what changed and when: a row for each change, none while nothing does.
    type Change: Record;
    /// The column that names the part of an account that one answer tells whole.
    const SCOPE: &'static str;

    /// The value of that column.
    fn scope(&self) -> &str;

    /// What tells it apart from the other rows of its part.
    fn name(&self) -> (&str, &str);

    /// Whether it says that nothing is held, which is as good as not being there.
    fn is_nothing(&self) -> bool;

    /// Whether both say the same about what is held, whenever they say it.
    fn is_same(&self, other: &Self) -> bool;

    /// The line of the history that this row begins.
    fn change(&self) -> Self::Change;

    /// The line of the history that says that it is no longer held.
    fn gone(&self, at: Timestamp) -> Self::Change;
}

/// A word of a fixed list, as a column holds it.
trait Word: Sized + Copy + 'static {
    const ALL: &'static [Self];

    fn word(self) -> &'static str;

    fn read(row: &RowReader<'_>, column: &str) -> Result<Option<Self>, RowError> {
        let Some(text) = row.text(column)? else { return Ok(None) };
        let known = Self::ALL.iter().copied().find(|one| one.word() == text);
        known.map(Some).ok_or_else(|| row.error(column, &format!("holds `{text}`")))
    }
}
