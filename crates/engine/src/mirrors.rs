//! What mirrors copy: tables by the names that people give, and their rows as apps know them, derived from the store.

mod symbols;

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub use symbols::spelled;

use crate::fills;
use crate::limits::MIRROR_ROWS_MAX;
use crate::model::accounts::{FILL_ROWS, Fill};
use crate::model::mirror::{MIRROR_ROWS, MirrorRow};
use crate::model::sync::{Connection, ConnectionId, Setting};
use crate::model::{Batch, BatchBuilder, Column, Kind, Merge, Owned, Owner, Record, Table, record_tables};
use crate::nearest::nearest;
use crate::provider::Settings;
use crate::store::{Filter, Select, Store, StoreError};

/// The setting that names the tables, and what it is where it is not given.
pub const TABLES: &str = "tables";
pub const TABLES_DEFAULT: &str = "symbols, price_history, settings";

/// A table that can be mirrored.
pub struct Mirrored {
    /// What people call it here.
    pub name: String,
    /// How it looks there. Its name holds no dot, and no connection owns it: whose a row is, is a column.
    pub table: &'static Table,
    rows: Rows,
}

/// Where its rows come from.
enum Rows {
    Symbols,
    PriceHistory,
    Settings,
    Fills,
    /// All rows of a table, by its form with the column of its owner.
    Of(&'static Table),
}

/// Every table that can be mirrored: those that apps know, then all others under the names that SQL has for them.
static ALL: LazyLock<Vec<Mirrored>> = LazyLock::new(|| {
    let known = [
        (Rows::Symbols, &symbols::SYMBOLS),
        (Rows::PriceHistory, &symbols::PRICE_HISTORY),
        (Rows::Settings, &SETTINGS),
    ];
    let known = known.map(|(rows, table)| Mirrored { name: table.name.into(), table, rows });
    let fills =
        Mirrored { name: "accounts.fills".into(), table: shaped(&owned(&FILL_ROWS, "fills")), rows: Rows::Fills };
    let is_data = |table: &&Table| !table.key.is_empty() && table.full_name() != MIRROR_ROWS.full_name();
    let others = record_tables().into_iter().filter(is_data).map(|table| {
        let whole = owned(table, table.name);
        let of: &'static Table = Box::leak(Box::new(copy(&whole)));
        Mirrored { name: table.full_name(), table: shaped(&whole), rows: Rows::Of(of) }
    });
    known.into_iter().chain([fills]).chain(others).collect()
});

static SETTINGS: Table = Table {
    schema: "mirror",
    name: "settings",
    doc: "Named values.",
    owner: Owner::Shared,
    key: &["key"],
    merge: Merge::Overwrite,
    columns: &[Column::required("key", Kind::Text, "Its name"), Column::required("value", Kind::Text, "Its value")],
};

/// A table with the columns that SQL sees: the owner's in front, where it has one. Made once for each table.
fn owned(table: &Table, name: &'static str) -> Table {
    if table.owner == Owner::Shared {
        return Table { name, ..copy(table) };
    }
    let owner = Column::required("connection_id", Kind::Int, "Its connection");
    let columns: Vec<Column> = [owner].into_iter().chain(table.columns.iter().copied()).collect();
    let key: Vec<&'static str> = ["connection_id"].into_iter().chain(table.key.iter().copied()).collect();
    Table { name, owner: Owner::Shared, columns: columns.leak(), key: key.leak(), ..copy(table) }
}

/// The same as it is called there: `accounts_balances`.
fn shaped(table: &Table) -> &'static Table {
    let name = format!("{}_{}", table.schema, table.name).leak();
    Box::leak(Box::new(Table { schema: "mirror", name, ..copy(table) }))
}

fn copy(table: &Table) -> Table {
    let Table { schema, name, doc, owner, columns, key, merge } = *table;
    Table { schema, name, doc, owner, columns, key, merge }
}

/// The tables that settings name, each once and in their order. Refused with the reason where there is no such table.
pub fn chosen(settings: &Settings) -> Result<Vec<&'static Mirrored>, String> {
    let text = settings.get(TABLES).map_or(TABLES_DEFAULT, String::as_str);
    let mut chosen: Vec<&'static Mirrored> = Vec::new();
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let Some(found) = ALL.iter().find(|mirrored| mirrored.name == name) else {
            let names = || ALL.iter().map(|mirrored| mirrored.name.as_str());
            let near = nearest(name, names());
            let all: Vec<&str> = names().collect();
            return Err(format!("there is no table `{name}` to mirror; {near}there are: {}", all.join(", ")));
        };
        if !chosen.iter().any(|earlier| std::ptr::eq(*earlier, found)) {
            chosen.push(found);
        }
    }
    if chosen.is_empty() { Err(format!("no table is named; leave it out for {TABLES_DEFAULT}")) } else { Ok(chosen) }
}

/// The work list of a mirror: the rows of each table that it copies, then its ledger. A table with more than
/// `MIRROR_ROWS_MAX` rows is longer than that by one.
pub async fn list(store: &dyn Store, connection: ConnectionId) -> Result<Vec<Batch>, StoreError> {
    let found: Vec<Connection> = store.records(|all| all.with(Filter::Is("id", connection))).await?;
    // What is only tried out has no rows to write.
    let Some(connection) = found.into_iter().find(|found| found.removed_at.is_none()) else { return Ok(Vec::new()) };
    let mut list = Vec::new();
    for mirrored in chosen(&connection.settings).unwrap_or_default() {
        list.push(mirrored.read(store).await?);
    }
    list.push(store.read(Select::of(MirrorRow::TABLE, connection.id)).await?);
    Ok(list)
}

impl Mirrored {
    async fn read(&self, store: &dyn Store) -> Result<Batch, StoreError> {
        match self.rows {
            Rows::Symbols => symbols::symbols(store).await,
            Rows::PriceHistory => symbols::price_history(store).await,
            Rows::Settings => {
                let all: Vec<Setting> = store.records(|all| all.ascending("key")).await?;
                let mut rows = BatchBuilder::new(self.table);
                all.iter().for_each(|one| rows.push_values(&[(&one.key).into(), (&one.value).into()]));
                Ok(rows.finish())
            }
            Rows::Fills => {
                let all: Vec<Owned<Fill>> = store.records(|all| all.max(MIRROR_ROWS_MAX + 1)).await?;
                let mut of: BTreeMap<ConnectionId, Vec<Fill>> = BTreeMap::new();
                all.into_iter().for_each(|fill| of.entry(fill.connection).or_default().push(fill.row));
                let fills = of.into_iter().flat_map(|(connection, rows)| {
                    fills::paired(rows).into_iter().map(move |row| Owned { connection, row })
                });
                let fills: Vec<Owned<Fill>> = fills.collect();
                Ok(Batch { table: self.table, ..Batch::of(&fills) })
            }
            Rows::Of(table) => {
                let rows = store.read(Select::all(table).max(MIRROR_ROWS_MAX + 1)).await?;
                Ok(Batch { table: self.table, ..rows })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_go_by_the_names_that_people_know() {
        let check = |text: &str, want: Result<&[&str], &str>| {
            let settings = Settings::from([(TABLES.to_string(), text.to_string())]);
            let names = chosen(&settings).map(|all| all.iter().map(|one| one.table.name).collect::<Vec<_>>());
            match (names, want) {
                (Ok(names), Ok(want)) => assert_eq!(names, want, "{text}"),
                (Err(why), Err(want)) => assert!(why.starts_with(want), "{text}: {why}"),
                (got, _) => panic!("{text}: {got:?}"),
            }
        };
        check("symbols,settings , symbols", Ok(&["symbols", "settings"]));
        check("accounts.balances", Ok(&["accounts_balances"]));
        check("accounts.fills, trades.trade_data", Ok(&["accounts_fills", "trades_trade_data"]));
        check(
            "symbol",
            Err("there is no table `symbol` to mirror; did you mean `symbols`? there are: symbols, price_"),
        );
        check("sync.mirror_rows", Err("there is no table `sync.mirror_rows`"));
        check("sync.connections", Err("there is no table `sync.connections`"));
        check(" , ", Err("no table is named"));
    }

    #[test]
    fn rows_of_connections_say_whose_they_are_and_names_are_unique() {
        let mut names: Vec<&str> = ALL.iter().map(|one| one.table.name).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
        for one in ALL.iter() {
            assert!(one.table.owner == Owner::Shared && !one.table.name.contains('.'), "{}", one.name);
            let columns: Vec<&str> = one.table.columns.iter().map(|column| column.name).collect();
            assert!(one.table.key.iter().all(|key| columns.contains(key)), "{}", one.name);
        }
    }
}
