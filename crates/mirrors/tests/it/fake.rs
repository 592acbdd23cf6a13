//! NocoDB as far as its version 2 interface was seen to go, in memory: it ignores columns that it does not have, changes
//! rows all or none, and knows nothing of keys.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use foliosync_engine::http::{HttpAnswer, HttpRequest, Method};
use foliosync_engine::testkit::replay::{Replay, answer};
use serde_json::{Map, Value as Json, json};

pub const URL: &str = "https://noco.example.org";

#[derive(Clone, Default)]
pub struct Fake(Arc<Mutex<State>>);

#[derive(Default)]
pub struct State {
    pub tables: Vec<Table>,
    last_table: usize,
    /// What the next requests are answered with; those with a body were done before.
    pub answers: Vec<(Method, HttpAnswer)>,
    /// Method and number of rows of each request that wrote.
    pub writes: Vec<(Method, usize)>,
    pub requests: usize,
    /// Whether filters are ignored, as old versions do with those that they do not know.
    pub ignores_filters: bool,
    /// Whether columns that are added are not there afterwards.
    pub ignores_columns: bool,
}

#[derive(Default)]
pub struct Table {
    pub id: String,
    pub title: String,
    pub columns: BTreeMap<String, String>,
    pub rows: BTreeMap<i64, Map<String, Json>>,
    last_row: i64,
}

impl Table {
    pub fn add(&mut self, row: &Json) -> i64 {
        self.last_row += 1;
        let mut known = row.as_object().cloned().unwrap_or_default();
        known.retain(|name, _| self.columns.contains_key(name));
        self.rows.insert(self.last_row, known);
        self.last_row
    }

    /// The row whose column holds a value.
    pub fn row(&self, column: &str, value: &str) -> Option<(i64, &Map<String, Json>)> {
        let found = self.rows.iter().find(|(_, row)| row.get(column).is_some_and(|cell| cell == value));
        found.map(|(id, row)| (*id, row))
    }
}

impl Fake {
    pub fn replay(&self) -> Arc<Replay> {
        let fake = self.clone();
        Arc::new(Replay::default().otherwise(move |request| fake.with(|state| state.answer(request))))
    }

    pub fn with<T>(&self, then: impl FnOnce(&mut State) -> T) -> T {
        then(&mut self.0.lock().unwrap())
    }

    /// Looks at a table, or changes it.
    pub fn table<T>(&self, title: &str, then: impl FnOnce(&mut Table) -> T) -> T {
        self.with(|state| then(state.tables.iter_mut().find(|table| table.title == title).expect(title)))
    }
}

impl State {
    pub fn make(&mut self, title: &str, columns: &[(&str, &str)]) -> &mut Table {
        self.last_table += 1;
        let id = format!("m{}", self.last_table);
        let columns = columns.iter().map(|(name, uidt)| (name.to_string(), uidt.to_string())).collect();
        self.tables.push(Table { id, title: title.into(), columns, ..Table::default() });
        self.tables.last_mut().unwrap()
    }

    fn answer(&mut self, request: &HttpRequest) -> HttpAnswer {
        self.requests += 1;
        let (status, body) = self.done(request);
        if let Some(at) = self.answers.iter().position(|(method, _)| *method == request.method) {
            return self.answers.remove(at).1;
        }
        answer(status, &body.to_string())
    }

    fn done(&mut self, request: &HttpRequest) -> (u16, Json) {
        let path = request.url.strip_prefix(URL).unwrap();
        let body: Json = request.body.as_ref().map_or(Json::Null, |body| serde_json::from_str(body.expose()).unwrap());
        let query = |name: &str| request.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.expose());
        let parts: Vec<&str> = path.split('/').skip(3).collect();
        match (request.method, parts.as_slice()) {
            (Method::Get, ["meta", "bases"]) => (200, json!({ "list": [{ "id": "p1", "title": "folio" }] })),
            (Method::Get, ["meta", "bases", "p1", "tables"]) => {
                let list: Vec<Json> = self.tables.iter().map(|t| json!({ "id": t.id, "title": t.title })).collect();
                (200, json!({ "list": list }))
            }
            (Method::Post, ["meta", "bases", "p1", "tables"]) => {
                let columns: Vec<(&str, &str)> = body["columns"].as_array().unwrap().iter().map(column).collect();
                let table = self.make(body["title"].as_str().unwrap(), &columns);
                (200, json!({ "id": table.id, "title": table.title }))
            }
            (method, ["meta", "tables", id, ..]) => {
                let Some(table) = self.tables.iter_mut().find(|table| table.id == *id) else { return gone() };
                if method == Method::Post && !self.ignores_columns {
                    let (title, uidt) = column(&body);
                    table.columns.insert(title.into(), uidt.into());
                }
                let of = |(title, uidt): (&String, &String)| json!({ "title": title, "uidt": uidt, "pk": i32::from(uidt == "ID") });
                (200, json!({ "columns": table.columns.iter().map(of).collect::<Vec<_>>() }))
            }
            (method, ["tables", id, "records"]) => {
                let ignores = self.ignores_filters;
                let Some(table) = self.tables.iter_mut().find(|table| table.id == *id) else { return gone() };
                if method == Method::Get {
                    let filter = query("where").filter(|_| !ignores).unwrap_or_default();
                    return (200, json!({ "list": table.list(filter) }));
                }
                let rows = body.as_array().unwrap();
                self.writes.push((method, rows.len()));
                table.write(method, rows)
            }
            other => panic!("{other:?} is no request that was seen"),
        }
    }
}

fn column(column: &Json) -> (&str, &str) {
    (column["title"].as_str().unwrap(), column["uidt"].as_str().unwrap())
}

fn gone() -> (u16, Json) {
    (404, json!({ "error": "TABLE_NOT_FOUND" }))
}

impl Table {
    /// `(Id,gt,5)` or `(Id,in,1,2)`.
    fn list(&self, filter: &str) -> Vec<Json> {
        let words: Vec<&str> = filter.trim_matches(['(', ')']).split(',').collect();
        let numbers: Vec<i64> = words.iter().skip(2).map(|word| word.parse().unwrap()).collect();
        let is_meant = |id: &i64| match words.get(1) {
            Some(&"gt") => *id > numbers[0],
            Some(&"in") => numbers.contains(id),
            _ => true,
        };
        let rows = self.rows.iter().filter(|(id, _)| is_meant(id)).take(100);
        rows.map(|(id, row)| {
            let mut row = row.clone();
            row.insert("Id".into(), json!(id));
            Json::Object(row)
        })
        .collect()
    }

    fn write(&mut self, method: Method, rows: &[Json]) -> (u16, Json) {
        if method == Method::Post {
            let ids: Vec<Json> = rows.iter().map(|row| json!({ "Id": self.add(row) })).collect();
            return (200, json!(ids));
        }
        let ids: Vec<i64> = rows.iter().map(|row| row["Id"].as_i64().unwrap()).collect();
        if ids.iter().any(|id| !self.rows.contains_key(id)) {
            return (404, json!({ "error": "RECORD_NOT_FOUND" }));
        }
        for (id, row) in ids.iter().zip(rows) {
            match method {
                Method::Delete => drop(self.rows.remove(id)),
                _ => {
                    let known = row.as_object().unwrap().iter().filter(|(name, _)| self.columns.contains_key(*name));
                    let known: Vec<_> = known.map(|(name, value)| (name.clone(), value.clone())).collect();
                    self.rows.get_mut(id).unwrap().extend(known);
                }
            }
        }
        (200, json!(ids.iter().map(|id| json!({ "Id": id })).collect::<Vec<_>>()))
    }
}
