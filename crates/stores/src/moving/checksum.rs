//! What rows come to, in whichever order they are read and from whichever database.

use std::fmt::{self, Write};

use foliosync_engine::model::{Batch, Value};
use sha2::{Digest, Sha256};

/// How many rows there are, and the sum of their hashes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checksum {
    pub rows: u64,
    sum: u128,
}

impl Checksum {
    pub fn add(&mut self, rows: &Batch) {
        let mut text = String::new();
        for row in 0..rows.len() {
            text.clear();
            for column in 0..rows.table.columns.len() {
                let value = rows.value(row, column);
                let is_there = !matches!(value, Value::Null);
                let before = text.len();
                if is_there {
                    let _ = write!(text, "{value}");
                }
                // Its length behind each value, so that no text looks like two.
                let _ = write!(text, "\0{}{}", i32::from(is_there), text.len() - before);
            }
            let hash = Sha256::digest(text.as_bytes());
            let mut half = [0; 16];
            half.copy_from_slice(&hash[..16]);
            self.sum = self.sum.wrapping_add(u128::from_be_bytes(half));
            self.rows += 1;
        }
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.sum)
    }
}

#[cfg(test)]
mod tests {
    use foliosync_engine::model::BatchBuilder;
    use foliosync_engine::model::sync::Setting;
    use foliosync_engine::model::{Record, Table};

    use super::*;

    fn checksum(rows: &[[&str; 2]]) -> Checksum {
        let table: &'static Table = Setting::TABLE;
        let mut batch = BatchBuilder::new(table);
        for [key, value] in rows {
            let mut values = vec![Value::Null; table.columns.len()];
            let at = Value::Instant(jiff::Timestamp::UNIX_EPOCH);
            (values[0], values[1], values[2]) = (Value::Text(key), Value::Text(value), at);
            batch.push_values(&values);
        }
        let mut sum = Checksum::default();
        sum.add(&batch.finish());
        sum
    }

    #[test]
    fn it_tells_rows_and_values_apart_and_not_their_order() {
        let (a, b) = (["a", "1"], ["b", "2"]);
        assert_eq!(checksum(&[a, b]), checksum(&[b, a]));
        for other in [&[a][..], &[a, b, b], &[a, ["b", "3"]], &[["a1", ""], b], &[["a", "1b"], ["", "2"]]] {
            assert_ne!(checksum(&[a, b]), checksum(other), "{other:?}");
        }
    }
}
