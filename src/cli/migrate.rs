//! `migrate`: from the file in the data folder to a PostgreSQL database.

use std::time::{Duration, Instant};

use foliosync_engine::store::StoreError;
use foliosync_stores::moving::{Moved, Progress, move_up};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::table::{align_right, plain_table, print};
use super::{Context, Done};
use crate::failure::Failure;

/// Between two lines that tell how far it is.
const LINE_EVERY: Duration = Duration::from_secs(1);

#[derive(clap::Args)]
pub struct Args {
    /// What the data folder holds
    #[arg(long, value_enum, default_value = "duckdb")]
    from: From,
    /// An empty PostgreSQL database: postgres://user@host/name. With a password, set FOLIOSYNC_STORE or
    /// FOLIOSYNC_STORE_FILE instead: arguments are seen by everybody on the machine
    #[arg(long, value_name = "URL")]
    to: Option<String>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum From {
    Duckdb,
}

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<Done> {
    let From::Duckdb = args.from;
    let hint = "give an empty database: --to postgres://user@host/name, or FOLIOSYNC_STORE";
    let to = args.to.clone().map(SecretString::from).or_else(|| context.config.store.clone());
    let to = to.ok_or_else(|| Failure::input("migrate needs the address of a PostgreSQL database", hint))?;
    let folder = context.config.data_folder();
    let file = folder.database();
    if !file.exists() {
        let message = format!("there is no database in {}", folder.root().display());
        return Err(Failure::input(message, "name its folder: --data-dir DIR").into());
    }
    let mut last = Instant::now();
    let tell = |progress: Progress| match progress {
        Progress::Anew { table } => {
            eprintln!("{table} is not what the file holds, which was changed meanwhile; it is copied anew");
        }
        Progress::Copied { table, places, of } if last.elapsed() >= LINE_EVERY => {
            last = Instant::now();
            eprintln!("{table}: {places} of {of} rows copied");
        }
        Progress::Comparing { table } if last.elapsed() >= LINE_EVERY => {
            last = Instant::now();
            eprintln!("{table}: comparing both sides");
        }
        _ => {}
    };
    let moved = move_up(&file, to.expose_secret(), Timestamp::now(), tell).await.map_err(failure)?;
    let held = moved.iter().filter(|moved| moved.checksum.rows > 0);
    let row = |moved: &Moved| vec![moved.table.clone(), moved.checksum.rows.to_string(), moved.checksum.to_string()];
    let mut table = plain_table(&["table", "rows", "checksum, equal on both sides"], held.map(row));
    align_right(&mut table, 1);
    print(&table);
    let empty = moved.iter().filter(|moved| moved.checksum.rows == 0).count();
    say!();
    say!("everything is in the database now ({empty} tables are empty), and {} is as it was", file.display());
    say!("go on there with the same data folder and key: foliosync serve --store postgres://…");
    Ok(Done::Well)
}

fn failure(error: StoreError) -> Failure {
    let message = error.to_string();
    match error {
        StoreError::Locked(_) => Failure::failed(message, "stop the server of this data folder, then try again"),
        StoreError::Unusable(_) => Failure::input(message, ""),
        _ => Failure::failed(message, "what was copied is kept: the same command goes on where it was"),
    }
}
