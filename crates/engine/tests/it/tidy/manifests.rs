//! Rules about packages: which way they depend on each other, and what must stay out of them.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use super::{Faults, File, check};

/// What opens sockets or files of databases.
const REACHES_OUT: &[&str] = &[
    "axum",
    "curl",
    "diesel",
    "duckdb",
    "hyper",
    "libduckdb-sys",
    "libsqlite3-sys",
    "postgres",
    "reqwest",
    "rusqlite",
    "sqlx",
    "tokio-postgres",
    "tonic",
    "tungstenite",
    "ureq",
];

#[test]
fn packages_depend_one_way() {
    check(
        dependency_directions,
        &[
            ("crates/engine/Cargo.toml", "[dependencies]\nfoliosync-stores.workspace = true"),
            ("crates/providers/Cargo.toml", "[dependencies]\nfoliosync-stores = { path = \"../stores\" }"),
            ("crates/mirrors/Cargo.toml", "[dependencies]\nfoliosync-stores.workspace = true"),
            ("crates/stores/Cargo.toml", "[dev-dependencies]\nfoliosync-providers.workspace = true"),
            ("crates/sim/Cargo.toml", "[target.'cfg(unix)'.dependencies]\nfoliosync.workspace = true"),
        ],
    );
}

fn dependency_directions(files: &[File]) -> Faults {
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| is_member(file)) {
        for (kind, name) in dependencies(&manifest(file)) {
            let own = format!("foliosync-{}", file.path.split('/').nth(1).unwrap_or_default());
            let allowed = name == "foliosync-engine" && (own != name || kind == "dev-dependencies");
            if name.starts_with("foliosync") && !allowed {
                faults.push(format!(
                    "{}: {kind} names {name}: packages under crates/ may depend on foliosync-engine only; what needs both \
                     belongs into src/",
                    file.path
                ));
            }
        }
    }
    faults
}

#[test]
fn engine_and_providers_reach_nothing() {
    let lock = "[[package]]\nname = \"foliosync-providers\"\ndependencies = [\"innocent 1.0.0\"]\n\
                [[package]]\nname = \"innocent\"\ndependencies = [\"hyper\"]\n[[package]]\nname = \"hyper\"";
    check(no_network_or_database, &[("Cargo.lock", lock)]);
}

/// Follows the lock file, so that a network crate behind another one is found too.
fn no_network_or_database(files: &[File]) -> Faults {
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| file.path == "Cargo.lock") {
        let lock = manifest(file);
        let packages = lock.get("package").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut needs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for package in packages {
            let named = package.get("dependencies").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let named = named.iter().filter_map(|name| name.as_str()?.split(' ').next());
            needs.entry(text(package, "name")).or_default().extend(named);
        }
        for start in ["foliosync-engine", "foliosync-providers", "foliosync-mirrors"] {
            let (mut seen, mut open) = (BTreeSet::new(), vec![(start, start.to_string())]);
            while let Some((name, way)) = open.pop() {
                if !seen.insert(name) {
                    continue;
                }
                if REACHES_OUT.contains(&name) {
                    faults.push(format!(
                        "Cargo.lock: {way}: engine, providers and mirrors may not reach the network or a database; take what they \
                         are handed (`Http`, `Files`, `Store`)"
                    ));
                }
                let next = needs.get(name).into_iter().flatten();
                open.extend(next.map(|next| (*next, format!("{way} -> {next}"))));
            }
        }
    }
    faults
}

#[test]
fn every_package_takes_the_common_lints() {
    check(common_lints, &[("crates/sim/Cargo.toml", "[package]\nname = \"foliosync-sim\"")]);
}

fn common_lints(files: &[File]) -> Faults {
    let shares = |file: &File| {
        let lints = manifest(file).get("lints").cloned().unwrap_or(Value::Boolean(false));
        lints.get("workspace").and_then(Value::as_bool) == Some(true)
    };
    files
        .iter()
        .filter(|file| (is_member(file) || file.path == "Cargo.toml") && !shares(file))
        .map(|file| format!("{}: add `[lints]` with `workspace = true`", file.path))
        .collect()
}

#[test]
fn the_library_fits_the_crate() {
    let both = [
        File::new("package.json", r#"{ "@duckdb/node-bindings-linux-x64": "1.5.6-r.1" }"#),
        File::new("Cargo.toml", "[workspace.dependencies]\nduckdb = { version = \"=1.10507.0\" }"),
    ];
    assert!(!same_duckdb(&both).is_empty());
    check(same_duckdb, &[]);
}

/// The crate 1.10506.1 speaks to DuckDB 1.5.6, whose library comes from npm.
fn same_duckdb(files: &[File]) -> Faults {
    let find = |path: &str| files.iter().find(|file| file.path == path);
    let (Some(npm), Some(cargo)) = (find("package.json"), find("Cargo.toml")) else {
        return vec!["package.json or Cargo.toml is missing".into()];
    };
    let crate_version = manifest(cargo)
        .get("workspace")
        .and_then(|workspace| workspace.get("dependencies")?.get("duckdb")?.get("version")?.as_str().map(String::from))
        .unwrap_or_default();
    let wanted = crate_version.split('.').nth(1).and_then(|part| part.parse::<u32>().ok()).unwrap_or_default();
    let wanted = format!("\"{}.{}.{}", wanted / 10_000, wanted / 100 % 100, wanted % 100);
    let pinned = npm.text.lines().filter(|line| line.contains("\"@duckdb/node-bindings"));
    pinned
        .filter(|line| !line.contains(&wanted))
        .map(|line| {
            format!("package.json:{line}: the duckdb crate {crate_version} needs {wanted}…\"; move both together")
        })
        .collect()
}

fn is_member(file: &File) -> bool {
    file.path.starts_with("crates/") && file.path.ends_with("/Cargo.toml")
}

fn manifest(file: &File) -> Table {
    file.text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.path))
}

/// The kind and name of each dependency, by package and not by the name it is given in code.
fn dependencies(manifest: &Table) -> Vec<(String, String)> {
    let targets = manifest.get("target").and_then(Value::as_table);
    let targets = targets.into_iter().flatten().filter_map(|(_, target)| target.as_table());
    let mut found = Vec::new();
    for table in std::iter::once(manifest).chain(targets) {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (name, value) in table.get(kind).and_then(Value::as_table).into_iter().flatten() {
                let package = text(value, "package");
                found.push((kind.into(), if package.is_empty() { name.clone() } else { package.into() }));
            }
        }
    }
    found
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
