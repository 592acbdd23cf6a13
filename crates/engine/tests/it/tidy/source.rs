//! Rules about what code may say.

use super::{Faults, File, Part, check, holds_word, places};

/// Where a rule does not hold, and why.
type Exceptions = &'static [(&'static str, &'static str)];

fn is_excepted(file: &File, exceptions: Exceptions) -> bool {
    exceptions.iter().any(|(path, _)| file.path == *path)
}

#[test]
fn engine_and_providers_open_no_sockets() {
    check(
        no_sockets,
        &[
            ("crates/engine/src/http.rs", "use std::net::TcpStream;"),
            ("crates/providers/src/fmp.rs", "tokio::net::lookup_host(host)"),
            ("crates/mirrors/src/nocodb.rs", "use std::net::TcpStream;"),
            ("crates/providers/src/fmp.rs", "#[cfg(test)]\nmod tests {\nuse std::os::unix::net::UnixStream;\n}"),
        ],
    );
}

fn no_sockets(files: &[File]) -> Faults {
    files
        .iter()
        .filter(|file| {
            file.is_rust() && within(file, &["crates/engine/src/", "crates/providers/src/", "crates/mirrors/src/"])
        })
        .flat_map(|file| {
            places(file, Part::All, &["std::net", "tokio::net", "UnixStream", "UnixListener"], "send through `Http`")
        })
        .collect()
}

const OPENS_FOLDERS: Exceptions = &[("crates/engine/src/files.rs", "it is the way to folders")];

#[test]
fn folders_are_reached_through_files() {
    check(
        no_folders,
        &[
            ("crates/providers/src/tradelog.rs", "let text = std::fs::read_to_string(path)?;"),
            ("crates/engine/src/sync.rs", "use tokio::fs;"),
        ],
    );
}

fn no_folders(files: &[File]) -> Faults {
    files
        .iter()
        .filter(|file| {
            file.is_rust() && within(file, &["crates/engine/src/", "crates/providers/src/", "crates/mirrors/src/"])
        })
        .filter(|file| !is_excepted(file, OPENS_FOLDERS))
        .flat_map(|file| {
            places(
                file,
                Part::Program,
                &["std::fs", "tokio::fs", "File::open", "std::env", "std::process"],
                "use `Files`",
            )
        })
        .collect()
}

const READS_CLOCKS: Exceptions = &[("crates/engine/src/clock.rs", "it is the clock")];

#[test]
fn time_comes_from_the_clock() {
    check(
        one_clock,
        &[
            ("crates/engine/src/sync.rs", "let now = Timestamp::now();"),
            ("crates/providers/src/fmp.rs", "let now = std::time::SystemTime::now();"),
            ("crates/providers/src/fmp.rs", "let started = tokio::time::Instant::now();"),
        ],
    );
}

/// Providers may not even measure; the engine measures with tokio's `Instant`, which tests can stop.
fn one_clock(files: &[File]) -> Faults {
    let rust = || files.iter().filter(|file| file.is_rust() && !is_excepted(file, READS_CLOCKS));
    let engine = rust().filter(|file| within(file, &["crates/engine/src/"])).flat_map(|file| {
        let words = ["Timestamp::now", "Zoned::now", "SystemTime", "std::time::Instant"];
        places(file, Part::Program, &words, "ask `Clock`, so that tests can stop time")
    });
    let providers =
        rust().filter(|file| within(file, &["crates/providers/src/", "crates/mirrors/src/"])).flat_map(|file| {
            let words = ["Timestamp::now", "Zoned::now", "SystemTime", "Instant::now", "time::Instant"];
            places(file, Part::Program, &words, "use the `now` of the request")
        });
    engine.chain(providers).collect()
}

const HOLDS_FLOATS: Exceptions = &[];

#[test]
fn money_is_never_a_float() {
    check(
        no_floats,
        &[
            ("crates/engine/src/model/market.rs", "pub price: f64,"),
            ("crates/providers/src/fmp.rs", "value as f32"),
            ("crates/mirrors/src/cells.rs", "text.parse::<f64>()"),
            ("crates/stores/src/duckdb.rs", "row.get::<_, f64>(0)"),
        ],
    );
}

fn no_floats(files: &[File]) -> Faults {
    let folders = ["crates/engine/src/model/", "crates/providers/src/", "crates/mirrors/src/", "crates/stores/src/"];
    files
        .iter()
        .filter(|file| file.is_rust() && within(file, &folders) && !is_excepted(file, HOLDS_FLOATS))
        .flat_map(|file| {
            let advice = "use `Decimal`; if it is no amount, add the file to HOLDS_FLOATS with the reason";
            places(file, Part::All, &["f64", "f32"], advice)
        })
        .collect()
}

#[test]
fn nothing_is_left_half_done() {
    check(
        no_leftovers,
        &[
            ("src/main.rs", &["    todo", "!()"].concat()),
            ("crates/stores/src/lib.rs", &["unimplemented", "!(\"later\")"].concat()),
            ("crates/sim/src/lib.rs", &["let x = dbg", "!(y);"].concat()),
            ("tests/it/api.rs", &["#[", "ignore]\n#[test]\nfn later() {}"].concat()),
        ],
    );
}

fn no_leftovers(files: &[File]) -> Faults {
    let words = [["todo", "!"], ["unimplemented", "!"], ["dbg", "!"], ["#[", "ignore"]].map(|word| word.concat());
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    files
        .iter()
        .filter(|file| file.is_rust())
        .flat_map(|file| places(file, Part::All, &words, "finish it, or assert what holds today and say why"))
        .collect()
}

const SLEEPS: Exceptions = &[
    (
        "crates/engine/src/files.rs",
        "a file changed a moment ago gets that long to settle; it runs on a blocking thread",
    ),
    ("benches/live.rs", "watches another process from outside; nothing there can wake it"),
    ("tests/it/world.rs", "looks again, with a deadline, at what another process does; nothing there can wake it"),
];

#[test]
fn no_test_sleeps() {
    check(
        no_sleep,
        &[
            ("tests/it/api.rs", "tokio::time::sleep(second).await;"),
            ("crates/engine/src/limiter.rs", "#[cfg(test)]\nmod tests {\ntime::sleep(second).await;\n}"),
            ("crates/stores/src/duckdb.rs", "std::thread::sleep(second);"),
        ],
    );
}

/// In tests nothing sleeps; elsewhere no thread does.
fn no_sleep(files: &[File]) -> Faults {
    files
        .iter()
        .filter(|file| file.is_rust() && !is_excepted(file, SLEEPS) && !within(file, &["crates/engine/tests/it/tidy"]))
        .flat_map(|file| {
            let tests =
                places(file, Part::Tests, &["thread::sleep", "time::sleep"], "wait for what happens, or pause time");
            let program = places(file, Part::Program, &["thread::sleep"], "a retry is a `next_due`; wait on a channel");
            tests.into_iter().chain(program)
        })
        .collect()
}

#[test]
fn tests_leave_the_program_alone() {
    check(
        no_test_seams,
        &[
            ("crates/engine/src/sync.rs", "#[cfg(not(test))]\nfn now() {}"),
            ("crates/engine/src/sync.rs", "    #[cfg(test)]\n    pub seed: u64,"),
            ("src/app.rs", "if cfg!(test) { return; }"),
        ],
    );
}

fn no_test_seams(files: &[File]) -> Faults {
    let advice = "only `mod tests` may depend on `cfg(test)`: hand in what a test must replace";
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| file.is_rust() && !file.is_test()) {
        let lines: Vec<&str> = file.text.lines().map(str::trim).collect();
        for (index, line) in lines.iter().enumerate() {
            let opens_tests = lines.get(index + 1).is_some_and(|next| next.starts_with("mod tests"));
            let is_seam = line.contains("cfg(not(test)") || line.contains("cfg!(test)");
            if is_seam || (*line == "#[cfg(test)]" && !opens_tests) {
                faults.push(format!("{}:{}: {advice}", file.path, index + 1));
            }
        }
    }
    faults
}

#[test]
fn names_say_what_things_are() {
    check(
        no_empty_names,
        &[
            ("src/app.rs", "pub struct SyncManager {"),
            ("crates/engine/src/store.rs", "trait StoreHelper {}"),
            ("web/src/DateUtils.ts", ""),
            ("crates/engine/src/time_util.rs", ""),
        ],
    );
}

fn no_empty_names(files: &[File]) -> Faults {
    let empty = ["Manager", "Helper", "Util"];
    let advice = "say what it is or does; a function often needs no type around it";
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| file.is_code()) {
        let stem = file.stem().to_lowercase();
        if empty.iter().any(|word| stem.contains(&word.to_lowercase())) {
            faults.push(format!("{}: {advice}", file.path));
        }
        for (number, line) in file.lines(Part::All) {
            let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
            while let Some(word) = words.next() {
                if !["struct", "enum", "trait", "type", "class", "interface"].contains(&word) {
                    continue;
                }
                let name = words.next().unwrap_or_default();
                if empty.iter().any(|word| name.contains(word)) {
                    faults.push(format!("{}:{number}: `{name}`: {advice}", file.path));
                }
            }
        }
    }
    // This file names bad examples.
    faults.retain(|fault| !fault.starts_with("crates/engine/tests/it/tidy/"));
    faults
}

#[test]
fn files_name_no_machine() {
    check(
        no_machine_paths,
        &[
            ("README.md", &["cd /ro", "ot/foliosync"].concat()),
            ("scripts/x.sh", &["ls \"/ho", "me/me\""].concat()),
            (".ci/run", &["/wo", "rk/main"].concat()),
            ("deny.toml", &["https://index.crat", "es.io/"].concat()),
        ],
    );
}

/// Lock files stay as their tools write them.
fn no_machine_paths(files: &[File]) -> Faults {
    let folders = [["/ro", "ot/"], ["/wo", "rk/"], ["/ho", "me/"], ["/Us", "ers/"]].map(|parts| parts.concat());
    let hosts = [
        ["index.crat", "es.io"],
        ["static.crat", "es.io"],
        ["registry.np", "mjs.org"],
        ["py", "pi.org"],
        ["pythonho", "sted.org"],
        ["deb.deb", "ian.org"],
    ]
    .map(|parts| parts.concat());
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| !file.path.ends_with("Cargo.lock") && !file.path.ends_with("-lock.json")) {
        for (index, line) in file.text.lines().enumerate() {
            let starts = |folder: &String| {
                let before = |at: usize| line[..at].chars().next_back();
                let inside = |c: char| c.is_alphanumeric() || "._-}~".contains(c);
                line.match_indices(folder).any(|(at, _)| !before(at).is_some_and(inside))
            };
            if folders.iter().any(starts) {
                faults.push(format!("{}:{}: a path of one machine: use one that everybody has", file.path, index + 1));
            }
            if hosts.iter().any(|host| holds_word(line, host)) {
                faults.push(format!("{}:{}: the host of a registry: let the tool choose it", file.path, index + 1));
            }
        }
    }
    faults
}

fn within(file: &File, folders: &[&str]) -> bool {
    folders.iter().any(|folder| file.path.starts_with(folder))
}
