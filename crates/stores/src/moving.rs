//! Moving up: what a DuckDB file holds, into a PostgreSQL database that holds nothing yet.
//!
//! Each bit of a table lands in one transaction with the note how far its table has come, so a move that broke off goes on
//! where it was. At the end of each table both sides are read again and compared. No program works on the database before
//! everything is there; the file is only read.

mod checksum;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use duckdb::Connection as Db;
use foliosync_engine::model::{Batch, Column, Kind, Owner, Table, control_tables, record_tables};
use foliosync_engine::store::{Store, StoreError};
use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

pub use checksum::Checksum;

use crate::duckdb::DuckStore;
use crate::duckdb::open::open_to_read;
use crate::duckdb::read;
use crate::postgres::presence::WORKERS;
use crate::postgres::rows::{Reading, Sender};
use crate::postgres::schema::{self, MOVING};
use crate::postgres::{BEGIN, control, credentials, failed, options, run};
use crate::sql::{name, quoted};

type Result<T> = std::result::Result<T, StoreError>;

/// Places of rows in the file that one transaction moves.
const PLACES: i64 = 20_000;

/// One table that is moved, and the same on both sides.
#[derive(Debug, Clone)]
pub struct Moved {
    pub table: String,
    pub checksum: Checksum,
}

/// How far a move has come.
#[derive(Debug, Clone)]
pub enum Progress {
    /// So many of all places of the table's rows are copied.
    Copied {
        table: String,
        places: i64,
        of: i64,
    },
    /// Both sides are read again.
    Comparing {
        table: String,
    },
    /// It held something else than the file does now, which was changed since: it is copied anew.
    Anew {
        table: String,
    },
    Moved(Moved),
}

/// Moves everything, or goes on with it. Credentials stay sealed: the programs on the database need the same key.
///
/// [`StoreError::Locked`] while the file is in use; [`StoreError::Unusable`] where the database holds something else.
pub async fn move_up(file: &Path, url: &str, now: Timestamp, mut tell: impl FnMut(Progress)) -> Result<Vec<Moved>> {
    let options = options(url)?;
    // Brings it to this version's shape, and closes what an earlier process left open.
    let sealed = DuckStore::open(file, now)?.credentials(None).await?;
    let file = File(Arc::new(Mutex::new(open_to_read(file)?)));
    let mut db = PgConnection::connect_with(&options).await.map_err(|e| failed(&e))?;
    schema::prepare(&mut db).await?;
    begin(&mut db).await?;
    let mut moved = Vec::new();
    for table in record_tables().into_iter().chain(control_tables()).map(whole) {
        let checksum = move_table(&file, &mut db, table, &mut tell).await?;
        moved.push(Moved { table: table.full_name(), checksum });
        tell(Progress::Moved(moved[moved.len() - 1].clone()));
    }
    let mut ending = db.begin_with(BEGIN).await.map_err(|e| failed(&e))?;
    for (id, own) in &sealed {
        credentials::write(&mut ending, *id, own).await?;
    }
    control::adopt(&mut ending, now).await?;
    run(&mut ending, &format!("DROP TABLE {MOVING}")).await?;
    ending.commit().await.map_err(|e| failed(&e))?;
    run(&mut db, "ANALYZE").await?;
    Ok(moved)
}

/// The table with the owner among its columns, as it is stored.
fn whole(table: &'static Table) -> &'static Table {
    if table.owner == Owner::Shared {
        return table;
    }
    let owner = Column::required("connection_id", Kind::Int, "Its connection");
    let columns: Vec<Column> = [owner].into_iter().chain(table.columns.iter().copied()).collect();
    // A few for the life of a command.
    Box::leak(Box::new(Table { owner: Owner::Shared, columns: columns.leak(), ..*table }))
}

/// Makes sure that nobody else has or uses the database, and notes that it is being filled.
async fn begin(db: &mut PgConnection) -> Result<()> {
    let number = async |db: &mut PgConnection, sql: String| -> Result<i64> {
        sqlx::query_scalar(AssertSqlSafe(sql)).persistent(false).fetch_one(db).await.map_err(|e| failed(&e))
    };
    let mut begun = db.begin_with(BEGIN).await.map_err(|e| failed(&e))?;
    let theirs = format!(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = {WORKERS}
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    );
    if number(&mut begun, theirs).await? > 0 {
        return Err(StoreError::Unusable("a foliosync program works on that database; stop it first".into()));
    }
    if schema::is_being_filled(&mut begun).await? {
        return Ok(());
    }
    for table in record_tables().into_iter().chain(control_tables()) {
        let rows = number(&mut begun, format!("SELECT count(*) FROM {}", name(table))).await?;
        if rows > 0 {
            let table = table.full_name();
            return Err(StoreError::Unusable(format!(
                "the database is not empty: {table} has {rows} rows. Give one that holds nothing; nothing was changed"
            )));
        }
    }
    run(&mut begun, &format!("CREATE TABLE {MOVING} (name TEXT PRIMARY KEY, next BIGINT NOT NULL)")).await?;
    begun.commit().await.map_err(|e| failed(&e))
}

async fn move_table(
    file: &File,
    db: &mut PgConnection,
    table: &'static Table,
    tell: &mut impl FnMut(Progress),
) -> Result<Checksum> {
    let full_name = || table.full_name();
    let mut anew = false;
    loop {
        let of = file.places(table).await?;
        let mut next = copied(db, table).await?;
        while next < of {
            let rows = file.rows(table, next, PLACES).await?;
            let then = (next + PLACES).min(of);
            copy(db, table, &rows, next, then).await?;
            next = then;
            tell(Progress::Copied { table: full_name(), places: next, of });
        }
        tell(Progress::Comparing { table: full_name() });
        let (here, there) = (file.checksum(table, of).await?, checksum(db, table).await?);
        if here == there {
            return Ok(here);
        }
        if anew {
            return Err(StoreError::Failed(format!(
                "{} is not the same on both sides: {} rows ({here}) in the file, {} ({there}) in the database. The file is \
                 as it was; please report this",
                full_name(),
                here.rows,
                there.rows
            )));
        }
        anew = true;
        tell(Progress::Anew { table: full_name() });
        run(
            db,
            &format!(
                "{BEGIN}; DELETE FROM {}; UPDATE {MOVING} SET next = 0 WHERE name = '{}'; COMMIT",
                name(table),
                full_name()
            ),
        )
        .await?;
    }
}

/// The first place of the file that has not been copied.
async fn copied(db: &mut PgConnection, table: &Table) -> Result<i64> {
    let sql = format!(
        "INSERT INTO {MOVING} VALUES ('{}', 0) ON CONFLICT (name) DO UPDATE SET next = {MOVING}.next RETURNING next",
        table.full_name()
    );
    let row = sqlx::raw_sql(AssertSqlSafe(sql));
    let row = sqlx::Executor::fetch_one(db, row).await.map_err(|e| failed(&e))?;
    let next: &str =
        row.try_get_raw(0).and_then(|value| value.as_str().map_err(sqlx::Error::Decode)).map_err(|e| failed(&e))?;
    next.parse().map_err(|_| StoreError::Unusable(format!("{MOVING} cannot be read")))
}

async fn copy(db: &mut PgConnection, table: &'static Table, rows: &Batch, from: i64, to: i64) -> Result<()> {
    let mut copying = db.begin_with(BEGIN).await.map_err(|e| failed(&e))?;
    let noting = format!("UPDATE {MOVING} SET next = $1 WHERE name = $2 AND next = $3");
    let noting = sqlx::query(AssertSqlSafe(noting)).bind(to).bind(table.full_name()).bind(from).persistent(false);
    if noting.execute(&mut *copying).await.map_err(|e| failed(&e))?.rows_affected() != 1 {
        return Err(StoreError::Unusable("another migrate works on that database; let it finish".into()));
    }
    let mut sender = Sender::default();
    (0..rows.len()).for_each(|row| sender.add(&[], 0, rows, row));
    let columns: Vec<String> = table.columns.iter().map(|column| quoted(column.name)).collect();
    sender.send(&mut copying, &name(table), &columns).await?;
    copying.commit().await.map_err(|e| failed(&e))
}

async fn checksum(db: &mut PgConnection, table: &'static Table) -> Result<Checksum> {
    let mut checksum = Checksum::default();
    let mut reading = db.begin_with(BEGIN).await.map_err(|e| failed(&e))?;
    let rows = Reading::begin(&mut reading, table).await?;
    loop {
        let next = rows.next(&mut reading, PLACES).await?;
        if next.is_empty() {
            return Ok(checksum);
        }
        checksum.add(&next);
    }
}

/// The database that is moved. DuckDB blocks, so it is asked on threads that may.
struct File(Arc<Mutex<Db>>);

impl File {
    async fn ask<T: Send + 'static>(&self, work: impl FnOnce(&Db) -> Result<T> + Send + 'static) -> Result<T> {
        let db = Arc::clone(&self.0);
        let asked = tokio::task::spawn_blocking(move || work(&db.lock().unwrap_or_else(PoisonError::into_inner)));
        asked.await.map_err(|error| StoreError::Failed(format!("a read broke off: {error}")))?
    }

    /// One more than the last place that a row has.
    async fn places(&self, table: &'static Table) -> Result<i64> {
        self.ask(move |db| {
            let sql = format!("SELECT coalesce(max(rowid) + 1, 0) FROM {}", name(table));
            db.query_row(&sql, [], |row| row.get(0)).map_err(|e| crate::duckdb::open::failed(&e))
        })
        .await
    }

    async fn rows(&self, table: &'static Table, from: i64, places: i64) -> Result<Batch> {
        let there = format!(" WHERE rowid >= {from} AND rowid < {}", from + places);
        self.ask(move |db| read::rows(db, table, &there, Vec::new())).await
    }

    async fn checksum(&self, table: &'static Table, of: i64) -> Result<Checksum> {
        let mut checksum = Checksum::default();
        let mut from = 0;
        while from < of {
            checksum.add(&self.rows(table, from, PLACES).await?);
            from += PLACES;
        }
        Ok(checksum)
    }
}
