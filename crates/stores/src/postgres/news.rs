//! News among programs: after a commit, each tells the others by NOTIFY how far the log has grown, and whether something
//! was made due. Where notifications do not come through, as behind a pooler that lends connections by the transaction,
//! the log's end is polled instead.

use std::collections::BTreeSet;
use std::time::Duration;

use foliosync_engine::event::Heard;
use foliosync_engine::model::sync::Cursor;
use foliosync_engine::store::StoreError;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::{BEGIN, Result, begin, failed};

const CHANNEL: &str = "foliosync";
/// Time between two notifications of one program. Sent beside commits and not within: a commit that notifies waits for
/// every other that does.
const TELL_MILLIS: Duration = Duration::from_millis(20);
/// How long the first notification, which a program sends to itself, may be under way.
const ECHO_SECONDS: Duration = Duration::from_secs(5);
/// Transactions of each of two sessions that show whether their processes are their own.
const SESSION_LOOKS: u32 = 4;
/// Time between two looks at the log's end where notifications do not come.
const POLL_MILLIS: Duration = Duration::from_millis(500);
/// Time for polling before notifications are tried again.
const POLLING_SECONDS: Duration = Duration::from_secs(60);

/// What a program has to tell.
pub type Told = watch::Sender<Heard>;

/// Tells others what is put into `told`.
pub async fn tell(pool: PgPool, worker: i64, mut told: watch::Receiver<Heard>) {
    let mut due = 0;
    while told.changed().await.is_ok() {
        let news = *told.borrow_and_update();
        // One that is lost is made up for by the next, or by whoever looks by himself.
        if let Err(error) = notify(&pool, worker, news.cursor, news.due != due).await {
            tracing::debug!(%error, "other programs could not be told");
        }
        due = news.due;
        sleep(TELL_MILLIS).await;
    }
}

async fn notify(pool: &PgPool, worker: i64, cursor: Cursor, is_due: bool) -> Result<()> {
    let news = format!("{worker} {cursor} {}", u8::from(is_due));
    let mut db = begin(pool).await?;
    let telling = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(news).persistent(false);
    telling.execute(&mut *db).await.map_err(|e| failed(&e))?;
    db.commit().await.map_err(|e| failed(&e))
}

/// Listens to the others, and keeps at it: never ends.
pub async fn listen(pool: PgPool, worker: i64, heard: watch::Sender<Heard>) {
    let mut was_polling = false;
    loop {
        let lost = hear(&pool, worker, &heard).await;
        let is_silent = matches!(lost, Ok(()));
        if is_silent && !was_polling {
            tracing::info!("the database's notifications do not come through, perhaps for a pooler: its log is polled");
        } else if let Err(error) = lost {
            tracing::debug!(%error, "the database's notifications broke off");
        }
        was_polling = is_silent;
        let until = Instant::now() + if is_silent { POLLING_SECONDS } else { POLL_MILLIS };
        while Instant::now() < until {
            sleep(POLL_MILLIS).await;
            if let Ok(cursor) = end(&pool).await {
                grows(&heard, cursor, false);
            }
        }
    }
}

/// Hears until the connection breaks; returns at once where it would hear nothing.
async fn hear(pool: &PgPool, worker: i64, heard: &watch::Sender<Heard>) -> Result<()> {
    let options = pool.connect_options().as_ref().clone();
    if is_pooled(&options).await? {
        return Ok(());
    }
    // Of its own, so that none of those for work is missing.
    let own = PgPoolOptions::new().max_connections(1).connect_lazy_with(options);
    let mut listener = PgListener::connect_with(&own).await.map_err(|e| failed(&e))?;
    listener.listen(CHANNEL).await.map_err(|e| failed(&e))?;
    notify(pool, worker, 0, false).await?;
    let echo = Instant::now() + ECHO_SECONDS;
    let mut is_heard = false;
    loop {
        let next = listener.try_recv();
        let next = if is_heard { Ok(next.await) } else { timeout_at(echo, next).await };
        let Ok(next) = next else { return Ok(()) };
        let lost = || StoreError::Failed("the connection to the database was lost".into());
        let news = next.map_err(|e| failed(&e))?.ok_or_else(lost)?;
        let mut parts = news.payload().split(' ').map(|part| part.parse::<i64>().unwrap_or(0));
        let mut part = || parts.next().unwrap_or(0);
        let (teller, cursor, is_due) = (part(), part(), part() == 1);
        if teller == worker {
            if !is_heard {
                // What was told before anybody listened.
                grows(heard, end(pool).await?, true);
            }
            is_heard = true;
        } else {
            grows(heard, cursor, is_due);
        }
    }
}

/// Whether somebody between us lends connections by the transaction: listening there would make whoever is lent the
/// connection next hear what he did not ask for. A session of one's own has one process for good, which nobody else has.
async fn is_pooled(options: &PgConnectOptions) -> Result<bool> {
    let mut sessions = Vec::new();
    for _ in 0..2 {
        sessions.push((PgConnection::connect_with(options).await.map_err(|e| failed(&e))?, BTreeSet::new()));
    }
    for _ in 0..SESSION_LOOKS {
        for (db, processes) in &mut sessions {
            let mut db = db.begin_with(BEGIN).await.map_err(|e| failed(&e))?;
            let process = sqlx::query_scalar::<_, i32>("SELECT pg_backend_pid()").persistent(false).fetch_one(&mut *db);
            processes.insert(process.await.map_err(|e| failed(&e))?);
            db.commit().await.map_err(|e| failed(&e))?;
        }
    }
    Ok(sessions[0].1.len() > 1 || sessions[0].1 == sessions[1].1 || sessions[1].1.len() > 1)
}

fn grows(heard: &watch::Sender<Heard>, cursor: Cursor, is_due: bool) {
    heard.send_if_modified(|last| {
        let is_news = cursor > last.cursor || is_due;
        last.cursor = last.cursor.max(cursor);
        last.due += u64::from(is_due);
        is_news
    });
}

/// The last line of the log.
async fn end(pool: &PgPool) -> Result<Cursor> {
    let looking = async {
        let mut db = pool.begin_with(BEGIN).await?;
        let sql = "SELECT value FROM sync.counters WHERE name = 'cursor'";
        sqlx::query_scalar(sql).persistent(false).fetch_one(&mut *db).await
    };
    match timeout(ECHO_SECONDS, looking).await {
        Ok(found) => found.map_err(|e| failed(&e)),
        Err(_) => Err(StoreError::Failed("the database does not answer".into())),
    }
}
