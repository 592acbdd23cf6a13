//! Questions that people ask, with the SQL that answers them. A test runs each.

pub struct Example {
    pub question: &'static str,
    pub sql: &'static str,
}

pub const EXAMPLES: [Example; 10] = [
    Example {
        question: "What is held, and what is it worth? (a line without a value is unpriced, which is not zero)",
        sql: "SELECT asset, sum(quantity) AS quantity, sum(value) AS value, any_value(currency) AS currency, \
              bool_or(stale) AS stale, count(*) FILTER (WHERE value IS NULL) AS unpriced FROM accounts.valuation \
              WHERE date = (SELECT max(date) FROM accounts.valuation) GROUP BY asset ORDER BY value DESC NULLS LAST",
    },
    Example {
        question: "What was everything worth on each day?",
        sql: "SELECT date, sum(value) AS value, any_value(currency) AS currency, \
              count(*) FILTER (WHERE value IS NULL) AS unpriced FROM accounts.valuation GROUP BY date ORDER BY date",
    },
    Example {
        question: "What did each symbol earn per month, from what was closed?",
        sql: "SELECT date_trunc('month', exit_at) AS month, symbol, currency, sum(net_pnl) AS net_pnl, \
              count(*) FILTER (WHERE net_pnl IS NULL) AS unknown FROM accounts.round_trips \
              GROUP BY ALL ORDER BY month, symbol",
    },
    Example {
        question: "What was paid in fees, by month and asset?",
        sql: "SELECT date_trunc('month', \"at\") AS month, fee_asset, sum(fee) AS fees FROM accounts.fills \
              WHERE fee IS NOT NULL GROUP BY ALL ORDER BY month, fee_asset",
    },
    Example {
        question: "Which dividends came, by year and symbol?",
        sql: "SELECT year(date) AS year, symbol, asset, sum(amount) AS amount FROM accounts.cash_flows \
              WHERE kind = 'dividend' GROUP BY ALL ORDER BY year, symbol",
    },
    Example {
        question: "How did each strategy of the trade logs do?",
        sql: "SELECT strategy, count(*) AS trades, sum(pl) AS pl, avg((pl > 0)::INT) AS win_rate \
              FROM trades.trade_data GROUP BY strategy ORDER BY pl DESC",
    },
    Example {
        question: "What is the last known price of everything, and of when?",
        sql: "SELECT * FROM market.symbols ORDER BY instrument_id",
    },
    Example {
        question: "How did the closing price of an instrument move over the last 30 trading days?",
        sql: "SELECT date, close_price FROM market.price_history WHERE instrument_id = 'stock:AAPL' ORDER BY date DESC LIMIT 30",
    },
    Example {
        question: "Which parts lack in the last answers of their sources, since when, and why?",
        sql: "SELECT c.label, g.* FROM sync.gaps g JOIN sync.connections c ON c.id = g.connection_id ORDER BY g.since",
    },
    Example {
        question: "How did the last syncs end?",
        sql: "SELECT c.label, r.* FROM sync.runs r JOIN sync.connections c ON c.id = r.connection_id \
              ORDER BY r.id DESC LIMIT 20",
    },
];

/// Those that read this table; all of them where none is named.
pub fn about(tables: &[&str], all: bool) -> Vec<&'static Example> {
    let reads = |example: &&Example| all || tables.iter().any(|table| mentions(example.sql, table));
    EXAMPLES.iter().filter(reads).collect()
}

/// Whether the table's name stands there as a whole: `accounts.fills` is not in `accounts.fills_x`.
fn mentions(sql: &str, table: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    sql.match_indices(table).any(|(at, _)| sql.as_bytes().get(at + table.len()).is_none_or(|byte| !is_part(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_found_by_their_tables() {
        let count = |table: &str| about(&[table], false).len();
        assert_eq!(count("accounts.valuation"), 2);
        assert_eq!(count("accounts.fill"), 0);
        assert_eq!(count("sync.connections"), 2);
        assert_eq!(about(&[], true).len(), EXAMPLES.len());
        assert!(about(&[], false).is_empty());
    }
}
