//! NocoDB's interface, version 2: one method for each request, with its answers sorted by what can be done about them.

use std::collections::BTreeMap;

use foliosync_engine::http::{Call, HttpAnswer, HttpRequest, Method, Part};
use foliosync_engine::limits::MIRROR_READ_ROWS;
use foliosync_engine::provider::{FetchRequest, ProviderError, Reach};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value as Json, json};

pub struct Api<'a> {
    reach: &'a Reach,
    manual: bool,
    /// Without a slash at the end.
    url: String,
    token: &'a SecretString,
}

/// What came of a request that is about a table.
#[derive(Debug)]
pub enum Told<T> {
    Done(T),
    /// The table is not there, or one of the rows.
    Missing,
    /// It will not have it so: too much at once, or a value that it cannot hold.
    Unfit,
}

/// A row as it came, by column.
pub type Remote = BTreeMap<String, Box<RawValue>>;

#[derive(Debug, Clone, Deserialize)]
pub struct Named {
    pub id: String,
    pub title: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Column {
    pub title: String,
    /// What the interface calls the type.
    pub uidt: String,
    #[serde(default)]
    pk: Json,
}

impl Column {
    pub fn is_primary(&self) -> bool {
        self.pk == json!(1) || self.pk == json!(true)
    }
}

#[derive(Deserialize)]
struct List<T> {
    list: Vec<T>,
}

#[derive(Deserialize)]
struct Columns {
    columns: Vec<Column>,
}

type Result<T> = std::result::Result<T, ProviderError>;

impl<'a> Api<'a> {
    pub fn new(reach: &'a Reach, request: &'a FetchRequest<'_>) -> Result<Api<'a>> {
        let url = request.setting(super::URL)?.trim_end_matches('/').to_string();
        Ok(Api { reach, manual: request.manual, url, token: request.credential(super::TOKEN)? })
    }

    pub async fn bases(&self) -> Result<Vec<Named>> {
        let told = self.get::<List<Named>>("/api/v2/meta/bases", &[]).await?;
        Ok(known(told, "its list of bases")?.list)
    }

    /// None where there is no such base, too.
    pub async fn tables(&self, base: &str) -> Result<Vec<Named>> {
        match self.get::<List<Named>>(&format!("/api/v2/meta/bases/{base}/tables"), &[("limit", "1000")]).await? {
            Told::Done(tables) => Ok(tables.list),
            Told::Missing | Told::Unfit => Ok(Vec::new()),
        }
    }

    pub async fn columns(&self, table: &str) -> Result<Told<Vec<Column>>> {
        Ok(match self.get::<Columns>(&format!("/api/v2/meta/tables/{table}"), &[]).await? {
            Told::Done(table) => Told::Done(table.columns),
            Told::Missing => Told::Missing,
            Told::Unfit => Told::Unfit,
        })
    }

    pub async fn create_table(&self, base: &str, body: &Json) -> Result<Named> {
        let body = body.to_string();
        let answer = self.send(Method::Post, &format!("/api/v2/meta/bases/{base}/tables"), &[], Some(&body)).await?;
        known(read(&answer, "its new table")?, "its new table")
    }

    pub async fn add_column(&self, table: &str, body: &Json) -> Result<()> {
        let body = body.to_string();
        let answer = self.send(Method::Post, &format!("/api/v2/meta/tables/{table}/columns"), &[], Some(&body)).await?;
        known(read::<Json>(&answer, "its new column")?, "its new column").map(drop)
    }

    /// The rows whose id is above `after`, by id, as many as it gives at once: its maximum is below what is asked for, now
    /// and then.
    pub async fn rows_after(&self, table: &str, id: &str, after: i64, fields: &str) -> Result<Told<Vec<Remote>>> {
        let (filter, limit) = (format!("({id},gt,{after})"), MIRROR_READ_ROWS.to_string());
        self.rows(table, &[("where", &filter), ("sort", id), ("limit", &limit), ("fields", fields)]).await
    }

    pub async fn rows_of(&self, table: &str, id: &str, ids: &[i64], fields: &str) -> Result<Told<Vec<Remote>>> {
        let ids: Vec<_> = ids.iter().map(i64::to_string).collect();
        let (filter, limit) = (format!("({id},in,{})", ids.join(",")), MIRROR_READ_ROWS.to_string());
        self.rows(table, &[("where", &filter), ("sort", id), ("limit", &limit), ("fields", fields)]).await
    }

    async fn rows(&self, table: &str, query: &[(&str, &str)]) -> Result<Told<Vec<Remote>>> {
        Ok(match self.get::<List<Remote>>(&records(table), query).await? {
            Told::Done(rows) => Told::Done(rows.list),
            Told::Missing => Told::Missing,
            Told::Unfit => Told::Unfit,
        })
    }

    /// Adds rows, and gives their ids in the same order.
    pub async fn insert(&self, table: &str, id: &str, rows: &str) -> Result<Told<Vec<i64>>> {
        let answer = self.send(Method::Post, &records(table), &[], Some(rows)).await?;
        Ok(match read::<Vec<Remote>>(&answer, "its answer to new rows")? {
            Told::Done(rows) => Told::Done(rows.iter().filter_map(|row| id_of(row, id)).collect()),
            Told::Missing => Told::Missing,
            Told::Unfit => Told::Unfit,
        })
    }

    /// Changes or deletes rows, all or none.
    pub async fn change(&self, method: Method, table: &str, rows: &str) -> Result<Told<()>> {
        let answer = self.send(method, &records(table), &[], Some(rows)).await?;
        Ok(match read::<Json>(&answer, "its answer to changed rows")? {
            Told::Done(_) => Told::Done(()),
            Told::Missing => Told::Missing,
            Told::Unfit => Told::Unfit,
        })
    }

    async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<Told<T>> {
        let answer = self.send(Method::Get, path, query, None).await?;
        read(&answer, "its answer")
    }

    async fn send(&self, method: Method, path: &str, query: &[(&str, &str)], body: Option<&str>) -> Result<HttpAnswer> {
        let url = format!("{}{path}", self.url);
        let build = |_: Timestamp| {
            let plain = |(name, value): &(&str, &str)| (name.to_string(), Part::Plain(value.to_string()));
            let token = self.token.expose_secret().trim().to_string();
            let mut headers = vec![("xc-token".into(), Part::Secret(token))];
            if body.is_some() {
                headers.push(("content-type".into(), Part::Plain("application/json".into())));
            }
            HttpRequest {
                method,
                query: query.iter().map(plain).collect(),
                headers,
                body: body.map(|body| Part::Plain(body.to_string())),
                ..HttpRequest::get(url.as_str())
            }
        };
        let call = Call { budgets: &[], weight: 0, manual: self.manual, classify: &classify };
        self.reach.http.send(&call, build).await
    }
}

fn records(table: &str) -> String {
    format!("/api/v2/tables/{table}/records")
}

/// What no answer about a table is. A 429 and a 5xx are told by [`foliosync_engine::http::Http`].
fn classify(answer: &HttpAnswer, _: Timestamp) -> Result<()> {
    let needs = |message: &str| Err(ProviderError::NeedsUser { message: message.into() });
    match answer.status {
        200..=299 | 400 | 404 | 413 | 422 | 418 | 429 | 500.. => Ok(()),
        401 => needs(
            "NocoDB refuses the token; make one there (Team & Settings, API Tokens) and give it: \
             foliosync connect edit LABEL --credential token=@FILE",
        ),
        403 => needs("NocoDB's token may not do this; its owner must be an editor or creator of the base"),
        300..=399 => {
            needs("NocoDB answers with a redirect, which is not followed; give the address it leads to as `url`")
        }
        status => Err(ProviderError::Refused { message: format!("NocoDB answered with status {status}") }),
    }
}

fn read<T: DeserializeOwned>(answer: &HttpAnswer, what: &'static str) -> Result<Told<T>> {
    match answer.status {
        404 => Ok(Told::Missing),
        400 | 413 | 422 => Ok(Told::Unfit),
        _ => serde_json::from_slice(&answer.body).map(Told::Done).map_err(|_| ProviderError::Malformed {
            what: "NocoDB",
            message: format!("{what} is not as its version 2 interface has it; check `url`"),
        }),
    }
}

fn known<T>(told: Told<T>, what: &str) -> Result<T> {
    match told {
        Told::Done(done) => Ok(done),
        Told::Missing | Told::Unfit => {
            Err(ProviderError::Refused { message: format!("NocoDB does not give {what}; check `url` and `base`") })
        }
    }
}

/// A row's id.
pub fn id_of(row: &Remote, id: &str) -> Option<i64> {
    row.get(id)?.get().trim_matches('"').parse().ok()
}
