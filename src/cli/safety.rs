//! `rekey`, `backup` and `restore`.

use std::path::PathBuf;

use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::json;

use super::text::shown;
use super::{Context, Done};
use crate::backup::{self, Manifest};
use crate::failure::Failure;
use crate::keys;

#[derive(clap::Args)]
pub struct Rekey {
    /// A file with the new key: 32 bytes in base64 or hexadecimal digits [default: a new key is made]
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// The old key is lost for good: erase the credentials that were sealed with it
    #[arg(long)]
    lost: bool,
}

#[derive(clap::Args)]
pub struct Backup {
    /// The folder to make
    path: PathBuf,
}

#[derive(clap::Args)]
pub struct Restore {
    /// A folder that `backup` made
    path: PathBuf,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rekeyed {
    key_id: String,
    credentials: usize,
    key_in: String,
    given: bool,
}

pub async fn rekey(args: &Rekey, context: &Context) -> anyhow::Result<Done> {
    let key = match &args.key_file {
        Some(path) => Some(keys::read(path).map_err(|why| Failure::input(why, ""))?),
        None => None,
    };
    let mut client = context.client().await?;
    let text = key.as_ref().map(|key| key.to_text());
    let body = json!({ "key": text.as_ref().map(|text| text.expose_secret()), "lost": args.lost });
    // Where the answer is cut off, the key file and `doctor` say how it ended; a second time would make a third key.
    let Some(rekeyed) = client.change::<Rekeyed>(reqwest::Method::POST, "/api/rekey", Some(&body)).await? else {
        let message = "the server broke off, and nobody knows whether the key was changed";
        return Err(Failure::failed(message, "`foliosync doctor` says which key is in use").into());
    };
    if args.lost {
        say!("the credentials that no key opened are erased; give them again: foliosync connect edit");
    }
    let credentials = match rekeyed.credentials {
        1 => "1 credential is".to_string(),
        count => format!("{count} credentials are"),
    };
    say!("{credentials} sealed with the key {} now", rekeyed.key_id);
    match rekeyed.given {
        true => say!("{} must hold that key when the server starts again", shown(&rekeyed.key_in)),
        false => say!("it is in {}; older backups need the old one, which is kept beside it", shown(&rekeyed.key_in)),
    }
    Ok(Done::Well)
}

pub async fn backup(args: &Backup, context: &Context) -> anyhow::Result<Done> {
    let path = std::path::absolute(&args.path)?;
    let mut client = context.client().await?;
    let body = json!({ "path": path });
    let made = client.change::<Manifest>(reqwest::Method::POST, "/api/backup", Some(&body)).await?;
    let Some(made) = made else {
        let message = format!("the server broke off; {} is there only if the backup was finished", path.display());
        return Err(Failure::failed(message, "look, and try again").into());
    };
    say!("backed up to {} ({} KB)", shown(&path.display().to_string()), made.bytes.div_ceil(1_000));
    if !made.sealed_with.is_empty() {
        let ids: Vec<_> = made.sealed_with.iter().map(String::as_str).collect();
        say!("its credentials need the key {}, which is not in it: keep a copy of that elsewhere", ids.join(", "));
    }
    Ok(Done::Well)
}

pub fn restore(args: &Restore, context: &Context) -> anyhow::Result<Done> {
    let path = std::path::absolute(&args.path)?;
    let folder = context.config.data_folder();
    let manifest = backup::restore(&path, &folder)?;
    say!("restored the backup of {} to {}", manifest.made_at, shown(&folder.root().display().to_string()));
    if !manifest.sealed_with.is_empty() {
        match context.config.keys().vault(&manifest.sealed_with).view() {
            view if view.state == "open" => {
                say!("its credentials open with the key in {}", view.from.unwrap_or_default())
            }
            view => say!("its credentials are locked: {}", view.why.unwrap_or_default()),
        }
    }
    Ok(Done::Well)
}
