//! What sources of accounts have in common.
//!
//! A stream of balances or positions declares its table as its work list (`Work::Rows(&[&BALANCES])`), hands the parts of
//! an answer to [`snapshot::take`] with the rows of that list, and keeps [`snapshot::EmptyOnce`] in its watermark. For
//! things that were not held before it adds [`described::changes`]. Fills and flows need none of this: they are merged by
//! their ids, and rows of a file that has none get theirs from `foliosync_engine::fills::numbered`.

pub mod described;
pub mod snapshot;
