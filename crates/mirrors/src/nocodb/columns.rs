//! Columns there: which types hold what of ours, what is lacking, and how a table is made.

use foliosync_engine::model::{Column as Own, Kind, Table};
use serde_json::{Value as Json, json};

use super::api::Column;
use crate::cells::Decimals;

/// The name of the row's id in tables that are made here.
pub const ID: &str = "Id";

/// A table there as far as it concerns us.
#[derive(Debug)]
pub struct Layout {
    /// The column that is the row's id.
    pub id: String,
    /// Columns of ours that it has not.
    pub lacking: Vec<&'static Own>,
    /// Columns of ours that are texts there, whatever they hold.
    pub texts: Vec<&'static str>,
}

/// Refused with the reason where it cannot hold our rows.
pub fn layout(table: &'static Table, columns: &[Column]) -> Result<Layout, String> {
    let is_number = |column: &&Column| ["ID", "Number", "AutoNumber"].contains(&column.uidt.as_str());
    let Some(id) = columns.iter().find(|column| column.is_primary()).filter(is_number) else {
        return Err("it has no primary key that is a number".into());
    };
    let (mut lacking, mut texts) = (Vec::new(), Vec::new());
    for own in table.columns {
        match columns.iter().find(|column| column.title == own.name) {
            None => lacking.push(own),
            Some(column) if fits(own.kind, &column.uidt) => {
                if TEXTS.contains(&column.uidt.as_str()) {
                    texts.push(own.name);
                }
            }
            Some(column) => {
                let hint = "change its type there, or rename it";
                return Err(format!(
                    "its column `{}` is of type {}, which cannot hold it; {hint}",
                    own.name, column.uidt
                ));
            }
        }
    }
    Ok(Layout { id: id.title.clone(), lacking, texts })
}

const TEXTS: [&str; 2] = ["SingleLineText", "LongText"];

fn fits(kind: Kind, uidt: &str) -> bool {
    let own: &[&str] = match kind {
        Kind::Text | Kind::Json => &[],
        Kind::Int => &["Number", "Decimal"],
        Kind::Decimal => &["Decimal", "Currency", "Percent"],
        Kind::Date => &["Date"],
        Kind::Instant => &["DateTime"],
        Kind::Bool => &["Checkbox"],
    };
    own.contains(&uidt) || TEXTS.contains(&uidt)
}

/// A column as it is made. Databases behind it would round decimals to the scale that they are not told.
pub fn made(own: &Own, decimals: Decimals) -> Json {
    let (title, column_name) = (own.name, own.name);
    let uidt = match own.kind {
        Kind::Text => "SingleLineText",
        Kind::Json => "LongText",
        Kind::Int => "Number",
        Kind::Decimal if decimals == Decimals::Text => "SingleLineText",
        Kind::Decimal => {
            let meta = json!({ "precision": 8 });
            return json!({ "title": title, "column_name": column_name, "uidt": "Decimal", "dtxp": "38", "dtxs": "18",
                           "meta": meta });
        }
        Kind::Date => {
            let meta = json!({ "date_format": "YYYY-MM-DD" });
            return json!({ "title": title, "column_name": column_name, "uidt": "Date", "meta": meta });
        }
        Kind::Instant => "DateTime",
        Kind::Bool => "Checkbox",
    };
    json!({ "title": title, "column_name": column_name, "uidt": uidt })
}

/// A table as it is made. Its id has a name in the database that none of our columns has.
pub fn table(table: &Table, decimals: Decimals) -> Json {
    let id = json!({ "title": ID, "column_name": "nc_id", "uidt": "ID" });
    let columns: Vec<Json> = std::iter::once(id).chain(table.columns.iter().map(|own| made(own, decimals))).collect();
    json!({ "table_name": table.name, "title": table.name, "columns": columns })
}

#[cfg(test)]
mod tests {
    use foliosync_engine::model::{Merge, Owner};

    use super::*;

    static TABLE: Table = Table {
        schema: "mirror",
        name: "t",
        doc: "",
        owner: Owner::Shared,
        key: &["k"],
        merge: Merge::Overwrite,
        columns: &[Own::required("k", Kind::Text, ""), Own::optional("v", Kind::Decimal, "")],
    };

    #[test]
    fn tables_that_cannot_hold_our_rows_are_refused() {
        let check = |columns: &str, want: Result<&[&str], &str>| {
            let columns: Vec<Column> = serde_json::from_str(columns).unwrap();
            let got = layout(&TABLE, &columns);
            let got = got.map(|layout| layout.lacking.iter().map(|own| own.name).collect::<Vec<_>>());
            assert_eq!(got, want.map(<[_]>::to_vec).map_err(String::from));
        };
        let id = r#"{"title":"Id","uidt":"ID","pk":1}"#;
        let k = r#"{"title":"k","uidt":"LongText","pk":0}"#;
        check(&format!(r#"[{id},{k},{{"title":"v","uidt":"Currency"}}]"#), Ok(&[]));
        check(&format!(r#"[{id},{k},{{"title":"V","uidt":"Checkbox"}}]"#), Ok(&["v"]));
        let why = "its column `v` is of type Checkbox, which cannot hold it; change its type there, or rename it";
        check(&format!(r#"[{id},{k},{{"title":"v","uidt":"Checkbox"}}]"#), Err(why));
        check(&format!("[{k}]"), Err("it has no primary key that is a number"));
        check(r#"[{"title":"k","uidt":"SingleLineText","pk":true}]"#, Err("it has no primary key that is a number"));
    }
}
