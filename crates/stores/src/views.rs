//! Views: what follows from stored rows and is the same at every moment, in SQL that both databases speak.

use foliosync_engine::model::accounts::FILL_ROWS;
use foliosync_engine::model::prices::QUOTE_FIELDS;

use crate::sql::{columns, name, quoted};

/// The statements that create all views, in place of those of an earlier version.
pub fn all() -> String {
    format!("{}{}", symbols(), fills())
}

/// The fields of quotes side by side, under the names that apps know. A number in another currency than the price is
/// left out, not mixed in.
fn symbols() -> String {
    let fields = QUOTE_FIELDS.iter().filter(|(field, _)| *field != "current_price").map(|(field, is_money)| {
        let same = if *is_money { " AND (p.currency IS NULL OR q.currency = p.currency)" } else { "" };
        format!("max(q.value) FILTER (WHERE q.field = '{field}'{same}) AS {field}")
    });
    format!(
        "DROP VIEW IF EXISTS market.symbols;
         CREATE VIEW market.symbols AS
         SELECT i.id AS instrument_id, i.symbol, i.name, i.kind, i.exchange, p.currency, p.value AS current_price,
                p.provider, p.as_of AS last_price_update, {}
         FROM market.instruments AS i
         LEFT JOIN market.quotes AS p ON p.instrument_id = i.id AND p.field = 'current_price'
         LEFT JOIN market.quotes AS q ON q.instrument_id = i.id
         GROUP BY i.id, i.symbol, i.name, i.kind, i.exchange, p.currency, p.value, p.provider, p.as_of;
         COMMENT ON VIEW market.symbols IS 'The last known numbers of each instrument; current_price is empty where it \
         is unpriced.';",
        fields.collect::<Vec<_>>().join(", ")
    )
}

/// Each fill once, by the rule of `foliosync_engine::fills::paired`: rows with an id of their own claim those without that
/// are alike, and what was taken back counts nowhere.
fn fills() -> String {
    let internal = ["voids", "match_key"];
    let shown: Vec<_> = columns(&FILL_ROWS).into_iter().filter(|name| !internal.contains(name)).map(quoted).collect();
    format!(
        "DROP VIEW IF EXISTS accounts.fills;
         CREATE VIEW accounts.fills AS
         SELECT {shown}
         FROM (
             SELECT *,
                    count(*) FILTER (WHERE source = 'api') OVER (PARTITION BY connection_id, account, match_key) AS _claims,
                    row_number() OVER (PARTITION BY connection_id, account, match_key, source
                                       ORDER BY \"at\", length(native_id), native_id) AS _nth
             FROM {rows}
             WHERE voids IS NULL
         ) AS f
         WHERE (source = 'api' OR _nth > _claims)
           AND NOT EXISTS (SELECT 1 FROM {rows} AS v
                           WHERE v.connection_id = f.connection_id AND v.account = f.account AND v.voids = f.native_id);
         COMMENT ON VIEW accounts.fills IS 'Executions of orders, each once, whichever source told it.';",
        shown = shown.join(", "),
        rows = name(&FILL_ROWS),
    )
}
