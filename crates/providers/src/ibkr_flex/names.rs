//! Ids of rows within their accounts. The service's are unique but for exceptions: two rows that differ and share one are
//! two rows.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::fields::Fields;

/// Hands ids out in the order of the report, the same in each reading of it.
#[derive(Debug, Default)]
pub struct Names {
    /// What rows with one id say, by hash, so that a report of any length fits.
    seen: HashMap<u64, Vec<u64>>,
}

/// What tells two rows apart that have one id.
const FACTS: [&str; 12] = [
    "symbol",
    "quantity",
    "tradePrice",
    "dateTime",
    "tradeDate",
    "tradeTime",
    "tradeID",
    "transactionID",
    "currency",
    "amount",
    "type",
    "buySell",
];

impl Names {
    /// `kind` keeps the ids of trades and cash flows apart.
    pub fn name(&mut self, kind: &str, account: &str, id: &str, fields: &Fields<'_>) -> String {
        let facts = hash(FACTS.map(|name| fields.text(name)));
        let known = self.seen.entry(hash((kind, account, id))).or_default();
        let nth = known.iter().position(|own| *own == facts).unwrap_or_else(|| {
            known.push(facts);
            known.len() - 1
        });
        match nth {
            0 => id.into(),
            nth => format!("{id}#{}", nth + 1),
        }
    }
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_differ_have_ids_that_differ() {
        let row = |quantity: &'static str| {
            let mut fields = Fields::default();
            fields.add("quantity", quantity.into());
            fields
        };
        let mut names = Names::default();
        let mut name = |account: &str, quantity: &'static str| names.name("trade", account, "7", &row(quantity));
        let all =
            [name("U1", "1"), name("U1", "1"), name("U1", "2"), name("U2", "2"), name("U1", "1"), name("U1", "3")];
        assert_eq!(all, ["7", "7", "7#2", "7", "7", "7#3"]);
    }
}
