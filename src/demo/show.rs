//! What the syncs brought, asked as anybody would: with SQL.

use jiff::Timestamp;

use crate::cli::{connect, query, status as cli_status};
use crate::client::Client;
use crate::failure::Failure;

const PRICES: &str = "\
SELECT symbol, kind, current_price AS price, currency, change_pct, provider,
       CASE WHEN current_price IS NULL THEN 'unpriced' ELSE strftime(last_price_update, '%H:%M:%S') END AS updated
FROM market.symbols ORDER BY kind, symbol";

const HISTORY: &str = "\
SELECT instrument_id AS instrument, count(*) AS days, min(date) AS since, max(date) AS until,
       arg_max(close_price, date) AS last_close, any_value(currency) AS currency, any_value(provider) AS provider
FROM market.price_history GROUP BY instrument_id ORDER BY instrument_id";

const FX: &str = "\
SELECT base, quote, rate, date, provider, count(*) OVER (PARTITION BY base, quote, provider) AS days
FROM market.fx_rates WHERE quote IN ('USD', 'GBP', 'CHF', 'JPY')
QUALIFY row_number() OVER (PARTITION BY base, quote, provider ORDER BY date DESC) = 1 ORDER BY base, quote, provider";

const PROFIT: &str = "\
SELECT strategy, count(*) AS trades, count(*) FILTER (pl > 0) AS won, sum(pl) AS pl, max(date_closed) AS last_closed
FROM trades.trade_data GROUP BY strategy ORDER BY sum(pl) DESC";

pub async fn everything(client: &mut Client) -> Result<(), Failure> {
    let parts = [
        ("Prices", PRICES),
        ("History", HISTORY),
        ("Exchange rates, the last of each", FX),
        ("Profit by strategy, from the trade logs", PROFIT),
    ];
    for (what, sql) in parts {
        say!("\n{what} (query):\n");
        query::print_answer(&query::ask(client, sql).await?);
    }
    Ok(())
}

pub async fn status(client: &mut Client) -> Result<(), Failure> {
    say!("\nFreshness (status):\n");
    cli_status::print_connections(&connect::connections(client).await?, Timestamp::now());
    Ok(())
}
