//! How both databases spell names, values and keys.

use foliosync_engine::model::{Kind, Merge, Owner, Table, Value};
use foliosync_engine::store::{Filter, Order, Select};

/// `"schema"."name"`.
pub fn name(table: &Table) -> String {
    format!("{}.{}", quoted(table.schema), quoted(table.name))
}

pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A value as SQL writes it.
pub fn literal(value: Value<'_>) -> String {
    match value {
        Value::Null => "NULL".into(),
        Value::Int(number) => number.to_string(),
        Value::Bool(yes) => yes.to_string(),
        other => format!("'{}'", other.to_string().replace('\'', "''")),
    }
}

/// The columns of a table as it is stored, the owning connection first.
pub fn columns(table: &Table) -> Vec<&'static str> {
    let owner = (table.owner == Owner::Connection).then_some("connection_id");
    owner.into_iter().chain(table.columns.iter().map(|column| column.name)).collect()
}

/// What identifies a stored row, the owning connection first.
pub fn key(table: &Table) -> Vec<&'static str> {
    if table.key.is_empty() {
        return Vec::new();
    }
    let owner = (table.owner == Owner::Connection).then_some("connection_id");
    owner.into_iter().chain(table.key.iter().copied()).collect()
}

/// What comes behind the table's name in a read; `condition` spells a filter as its database does.
pub fn narrowed(select: &Select, condition: impl FnMut(&Filter) -> String) -> String {
    let conditions: Vec<_> = select.filters.iter().map(condition).collect();
    let mut sql = if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
    match select.order {
        Some(Order::Ascending(column)) => sql += &format!(" ORDER BY {}", quoted(column)),
        Some(Order::Descending(column)) => sql += &format!(" ORDER BY {} DESC", quoted(column)),
        None => {}
    }
    if let Some(max) = select.max_rows {
        sql += &format!(" LIMIT {max}");
    }
    sql
}

/// `t.a = s.a AND …` over key columns; those that may be missing are equal where both are.
pub fn same_key(table: &Table, key: &[&str], one: &str, other: &str) -> String {
    let equal = |column: &&str| {
        let required = table.column(column).is_none_or(|index| table.columns[index].required);
        let operator = if required { "=" } else { "IS NOT DISTINCT FROM" };
        format!("{one}.{0} {operator} {other}.{0}", quoted(column))
    };
    key.iter().map(equal).collect::<Vec<_>>().join(" AND ")
}

/// Whether a column of the rows `t` and `s` differs. PostgreSQL compares no JSON, so its text is compared.
pub fn differs(table: &Table, column: &str) -> String {
    let is_json = table.column(column).is_some_and(|nth| table.columns[nth].kind == Kind::Json);
    let of = |row: &str| {
        let own = format!("{row}.{}", quoted(column));
        if is_json { format!("CAST({own} AS VARCHAR)") } else { own }
    };
    format!("{} IS DISTINCT FROM {}", of("t"), of("s"))
}

/// How a table merges, as parts of a statement over new rows `s` and stored rows `t`.
pub struct Rule {
    /// The column of a new row that is stored as something else, and what as.
    pub instead: Option<(&'static str, String)>,
    /// What puts the best of several new rows with one key first; ends with a comma where it says anything.
    pub first: String,
    /// When a new row takes the place of a stored one.
    pub takes_place: String,
}

pub fn rule(table: &Table, key: &[&str]) -> Rule {
    let differs = |ignored: &[&str]| {
        let rest = columns(table).into_iter().filter(|c| !key.contains(c) && !ignored.contains(c));
        let differs: Vec<_> = rest.map(|c| differs(table, c)).collect();
        if differs.is_empty() { "false".to_string() } else { differs.join(" OR ") }
    };
    match table.merge {
        Merge::Overwrite | Merge::OverwriteAndNote => {
            Rule { instead: None, first: String::new(), takes_place: differs(&[]) }
        }
        Merge::Newest(column) => {
            let column = quoted(column);
            Rule {
                instead: None,
                first: format!("{column} DESC, "),
                takes_place: format!("s.{column} >= t.{column} AND ({})", differs(&[])),
            }
        }
        Merge::Settle(settle) => {
            let column = quoted(settle.column);
            let [open, settled, revised] = [settle.open, settle.settled, settle.revised].map(|w| literal(w.into()));
            let both = format!("s.{column} = {settled} AND t.{column} IN ({settled}, {revised})");
            Rule {
                instead: Some((settle.column, format!("CASE WHEN {both} THEN {revised} ELSE s.{column} END"))),
                first: format!("({column} = {settled}) DESC, "),
                takes_place: format!(
                    "CASE WHEN t.{column} = {open} THEN {} WHEN s.{column} = {settled} THEN {} ELSE false END",
                    differs(&[]),
                    differs(settle.remarks)
                ),
            }
        }
    }
}
