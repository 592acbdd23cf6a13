//! `doctor`: looks at everything that sync needs, and says what is wrong and how to mend it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde_json::Value as Json;

use super::connect::{connected_folders, connections, test};
use super::query::ask;
use super::text::{shown, shown_lines};
use super::{Context, Done};
use crate::client::Client;
use crate::client::wire::Probe;
use crate::data_folder::DataFolder;

/// Below this, the next syncs may not fit.
const FREE_BYTES_MIN: u64 = 200 << 20;

struct Report {
    problems: usize,
}

impl Report {
    fn good(&self, what: &str) {
        say!("ok       {}", shown(what));
    }

    fn bad(&mut self, what: &str, mend: &str) {
        self.problems += 1;
        say!("PROBLEM  {}", shown_lines(what));
        if !mend.is_empty() {
            say!("         {}", shown_lines(mend));
        }
    }
}

pub async fn run(context: &Context) -> anyhow::Result<Done> {
    let mut report = Report { problems: 0 };
    let folder = context.config.data_folder();
    match folder.prepare() {
        Ok(()) => check_folder(&folder, &mut report),
        Err(failure) => report.bad(&failure.message, &failure.hint),
    }
    // Without the folder, a server would only say the same again.
    if report.problems == 0 {
        match context.client().await {
            Ok(mut client) => check_server(&mut client, &mut report).await,
            Err(failure) => report.bad(&failure.message, &failure.hint),
        }
    }
    match report.problems {
        0 => say!("\nEverything is as it should be."),
        1 => say!("\n1 problem."),
        problems => say!("\n{problems} problems."),
    }
    Ok(if report.problems == 0 { Done::Well } else { Done::WithFailures })
}

fn check_folder(folder: &DataFolder, report: &mut Report) {
    let root = folder.root();
    let shown = root.display();
    let own_uid = rustix::process::geteuid().as_raw();
    match fs::metadata(root) {
        Ok(meta) if meta.uid() != own_uid => {
            let mend = "run foliosync as its owner, or choose another with --data-dir";
            report.bad(&format!("the data folder {shown} belongs to user {}", meta.uid()), mend);
        }
        Ok(_) => report.good(&format!("the data folder {shown} is there, and closed to other users")),
        Err(error) => report.bad(&format!("the data folder {shown} cannot be read: {error}"), ""),
    }
    let probe = root.join(".doctor");
    match fs::write(&probe, b"ok").and_then(|()| fs::remove_file(&probe)) {
        Ok(()) => report.good("it can be written to"),
        Err(error) => report.bad(&format!("it cannot be written to: {error}"), "free space, or mend its permissions"),
    }
    match free_bytes(root) {
        Ok(bytes) if bytes < FREE_BYTES_MIN => {
            report.bad(&format!("only {} MB are free on its disk", bytes >> 20), "free some space");
        }
        Ok(bytes) => report.good(&format!("{} MB are free on its disk", bytes >> 20)),
        Err(error) => report.bad(&format!("nobody can tell how much space is free: {error}"), ""),
    }
}

fn free_bytes(path: &Path) -> rustix::io::Result<u64> {
    let stat = rustix::fs::statvfs(path)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

async fn check_server(client: &mut Client, report: &mut Report) {
    let server = client.server();
    let kind = if server.auto { "started by a command" } else { "started by its user" };
    report.good(&format!("a server answers: foliosync {}, pid {}, {kind}", server.version, server.pid));
    if server.version != env!("CARGO_PKG_VERSION") {
        report.bad("the server is of another version than this command", "restart it");
    }
    match fs::metadata(client.folder().socket_file()) {
        Ok(meta) if meta.mode() & 0o077 != 0 => report.bad("its socket is open to other users", "restart the server"),
        Ok(_) => {}
        Err(error) => report.bad(&format!("its socket cannot be looked at: {error}"), "restart the server"),
    }
    match ask(client, "SELECT max(version) FROM sync.schema_migrations").await {
        Ok(answer) => {
            let version = answer.rows.first().and_then(|row| row.first()).cloned().unwrap_or_default();
            report.good(&format!("the database answers; its schema has version {version}"));
        }
        Err(failure) => report.bad(&format!("the database does not answer: {}", failure.message), &failure.hint),
    }
    check_key(client, report).await;
    check_notifiers(client, report).await;
    check_connections(client, report).await;
}

async fn check_notifiers(client: &mut Client, report: &mut Report) {
    let known = match client.get::<Json>("/api/notifications?limit=1").await {
        Ok(known) => known,
        Err(failure) => return report.bad(&failure.message, &failure.hint),
    };
    for notifier in known["notifiers"].as_array().into_iter().flatten() {
        let text = |name: &str| notifier[name].as_str().unwrap_or_default();
        let who = format!("notifications to {} ({})", text("host"), text("name"));
        match text("error") {
            "" => report.good(&who),
            error => report.bad(&format!("{who} do not get there: {error}"), "correct it, and restart the server"),
        }
    }
}

async fn check_key(client: &mut Client, report: &mut Report) {
    match client.get::<Json>("/api/key").await {
        Ok(key) if key["state"] == "open" => {
            let text = |name: &str| key[name].as_str().unwrap_or_default().to_string();
            report.good(&format!("credentials are sealed with the key {}, from {}", text("keyId"), text("from")));
        }
        Ok(key) => {
            let mend = "start the server with the right key; `foliosync rekey --lost` gives up what was sealed with it";
            report.bad(&format!("credentials are locked: {}", key["why"].as_str().unwrap_or_default()), mend);
        }
        Err(failure) => report.bad(&failure.message, &failure.hint),
    }
}

async fn check_connections(client: &mut Client, report: &mut Report) {
    let known = match connections(client).await {
        Ok(known) => known,
        Err(failure) => return report.bad(&failure.message, &failure.hint),
    };
    let folders = match connected_folders(client, &known.iter().collect::<Vec<_>>()).await {
        Ok(folders) => folders,
        Err(failure) => return report.bad(&failure.message, &failure.hint),
    };
    for connection in &known {
        let label = &connection.label;
        for (_, folder) in folders.iter().filter(|(id, _)| *id == connection.id) {
            match fs::read_dir(folder) {
                Ok(_) => report.good(&format!("`{label}`: {} can be read", folder.display())),
                Err(error) => {
                    let mend =
                        "bring it back, mend its permissions, or: foliosync connect edit LABEL --set path=FOLDER";
                    report.bad(&format!("`{label}`: {} cannot be read: {error}", folder.display()), mend);
                }
            }
        }
        if !connection.sync_enabled {
            report.good(&format!("`{label}` is switched off"));
            continue;
        }
        match test(client, connection.id).await {
            Ok(Probe { ok: true, message }) => report.good(&format!("`{label}`: {message}")),
            Ok(Probe { message, .. }) => report.bad(&format!("`{label}`: {message}"), ""),
            Err(failure) => report.bad(&format!("`{label}` cannot be tried out: {}", failure.message), &failure.hint),
        }
    }
}
