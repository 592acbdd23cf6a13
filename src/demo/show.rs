//! What the syncs brought, asked as anybody would: with SQL.

use jiff::Timestamp;

use crate::cli::{connect, portfolio, query, status as cli_status};
use crate::client::Client;
use crate::failure::Failure;

const PRICES: &str = "\
SELECT symbol, kind, current_price AS price, currency, change_pct, provider,
       CASE WHEN current_price IS NULL THEN 'unpriced' ELSE strftime(last_price_update, '%Y-%m-%d %H:%M') END AS as_of_utc
FROM market.symbols WHERE kind <> 'cash' ORDER BY kind, symbol";

const HISTORY: &str = "\
SELECT provider, kind, count(DISTINCT instrument_id) AS instruments, count(*) AS days, min(date) AS since,
       max(date) AS until, count(*) FILTER (status = 'intraday') AS not_over
FROM market.price_history JOIN market.instruments ON id = instrument_id
GROUP BY provider, kind ORDER BY provider, kind";

const FX: &str = "\
SELECT base, quote, rate, date, provider, count(*) OVER (PARTITION BY base, quote, provider) AS days
FROM market.fx_rates WHERE quote IN ('USD', 'GBP', 'CHF', 'JPY')
QUALIFY row_number() OVER (PARTITION BY base, quote, provider ORDER BY date DESC) = 1 ORDER BY base, quote, provider";

const PROFIT: &str = "\
SELECT strategy, count(*) AS trades, count(*) FILTER (pl > 0) AS won, sum(pl) AS pl, max(date_closed) AS last_closed
FROM trades.trade_data GROUP BY strategy ORDER BY sum(pl) DESC";

const FILLS: &str = "\
SELECT label AS connection, count(*) AS fills, count(DISTINCT symbol) AS symbols, min(\"at\") AS since, max(\"at\") AS last
FROM accounts.fills JOIN sync.connections ON id = connection_id GROUP BY label ORDER BY label";

pub async fn everything(client: &mut Client) -> Result<(), Failure> {
    let parts = [
        ("Prices as their sources last told them", PRICES),
        ("Days of prices", HISTORY),
        ("The last rate of each pair of currencies", FX),
        ("Profit by strategy, from the trade logs", PROFIT),
        ("Trades at exchanges and brokers, each once", FILLS),
    ];
    say!("\nAll that was read is in one database now. What follows is SQL over it, as `foliosync query` runs it.");
    for (what, sql) in parts {
        say!("\n{what}:\n");
        query::print_answer(&query::ask(client, sql).await?);
    }
    say!("\nAll that is held, as `foliosync portfolio` tells:\n");
    portfolio::show_all(client, None).await
}

pub async fn status(client: &mut Client) -> Result<(), Failure> {
    say!("\nHow fresh it all is, as `foliosync status` tells:\n");
    cli_status::print_connections(&connect::connections(client).await?, Timestamp::now());
    Ok(())
}
