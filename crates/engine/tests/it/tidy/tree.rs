//! Rules about files and folders.

use std::collections::BTreeSet;

use super::{Faults, File, check};

#[test]
fn files_are_short() {
    let long = |lines: usize| "x\n".repeat(lines);
    check(
        lengths,
        &[
            ("src/cli.rs", &long(601)),
            ("web/src/App.tsx", &long(601)),
            ("crates/engine/src/sync.rs", &long(150)),
            ("ARCHITECTURE.md", &long(201)),
        ],
    );
}

fn lengths(files: &[File]) -> Faults {
    let max = |file: &File| match file.path.as_str() {
        "crates/engine/src/sync.rs" => Some((149, "it is what people read first: move a part out of it")),
        "ARCHITECTURE.md" => Some((200, "it is a map: cut what a source file says itself")),
        _ if file.is_code() => Some((600, "split it by what its parts are about")),
        _ => None,
    };
    files
        .iter()
        .filter_map(|file| {
            let (max, advice) = max(file)?;
            let lines = file.text.lines().count();
            (lines > max).then(|| format!("{}: {lines} lines, at most {max}: {advice}", file.path))
        })
        .collect()
}

#[test]
fn every_module_is_declared() {
    check(
        no_forgotten_files,
        &[
            ("tests/it/api.rs", "#[test]\nfn never_runs() {}"),
            ("crates/engine/src/model/bond.rs", ""),
            ("crates/engine/src/ledger/mod.rs", ""),
        ],
    );
    let folder = [File::new("src/api/mod.rs", "mod runs;"), File::new("src/api/runs.rs", "")];
    assert_eq!(no_forgotten_files(&folder).len(), 1, "runs.rs is declared, its folder is not");
}

/// A file that no parent declares is never compiled: its tests would not run and nobody would notice.
fn no_forgotten_files(files: &[File]) -> Faults {
    let roots = ["main", "lib", "build"];
    // Cargo finds these by their folder.
    let targets = ["benches/", "examples/", "src/bin/"];
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        if roots.contains(&file.stem()) || targets.iter().any(|folder| file.path.contains(folder)) {
            continue;
        }
        let module = file.path.trim_end_matches(".rs").trim_end_matches("/mod");
        let Some((folder, name)) = module.rsplit_once('/') else { continue };
        let parents = [
            format!("{folder}/mod.rs"),
            format!("{folder}/main.rs"),
            format!("{folder}/lib.rs"),
            format!("{folder}.rs"),
        ];
        let declares = |parent: &&File| {
            let declared = format!("mod {name};");
            parents.contains(&parent.path) && parent.text.lines().any(|line| line.trim().ends_with(&declared))
        };
        if files.iter().find(declares).is_none() {
            faults
                .push(format!("{}: no file declares `mod {name};`: declare it in its parent, or delete it", file.path));
        }
    }
    faults
}

#[test]
fn migrations_are_in_order() {
    let at = |name: &str| File::new(&format!("crates/stores/migrations/{name}"), "");
    let data = |name: &str| File::new(&format!("crates/stores/tests/data/{name}"), "");
    for (files, fault) in [
        (vec![at("duckdb/001_start.sql")], "no data file"),
        (vec![at("duckdb/001_start.sql"), at("duckdb/003_more.sql")], "a number is missing"),
        (vec![at("duckdb/1_start.sql")], "not three digits"),
        (vec![data("duckdb/001_start.sql")], "data of no migration"),
        (vec![at("duckdb/001_start.sql"), data("duckdb/001_start.sql"), at("postgres/001_begin.sql")], "names differ"),
    ] {
        assert!(!migrations(&files).is_empty(), "{fault}");
    }
    check(migrations, &[]);
}

fn migrations(files: &[File]) -> Faults {
    let names = |folder: &str| -> BTreeSet<String> {
        let inside = files.iter().filter_map(|file| file.path.strip_prefix(folder));
        inside.filter(|name| name.ends_with(".sql")).map(String::from).collect()
    };
    let mut faults = Vec::new();
    let first = names("crates/stores/migrations/duckdb/");
    for database in ["duckdb", "postgres"] {
        let folder = format!("crates/stores/migrations/{database}/");
        let (all, data) = (names(&folder), names(&format!("crates/stores/tests/data/{database}/")));
        for (index, name) in all.iter().enumerate() {
            let number = format!("{:03}_", index + 1);
            if !name.starts_with(&number) {
                faults.push(format!("{folder}{name}: its name must start with {number}: numbers have no gaps"));
            }
        }
        for name in all.symmetric_difference(&data) {
            faults.push(format!(
                "{folder}{name}: a migration and crates/stores/tests/data/{database}/{name}, the rows that the next one \
                 must carry over, come together"
            ));
        }
        if !all.is_empty() && all != first {
            faults.push(format!("{folder}: its files must have the names of those for duckdb"));
        }
    }
    faults
}

#[test]
fn the_map_names_every_folder() {
    let map = |text: &str| File::new("ARCHITECTURE.md", text);
    let code = || File::new("crates/engine/src/sync.rs", "");
    for (files, fault) in [
        (vec![code(), map("A page about nothing.")], "the folder is not named"),
        (vec![code(), map("`crates/engine/` and `crates/gone/`")], "a folder is gone"),
        (vec![code(), map("`crates/engine/` and `crates/engine/src/gone.rs`")], "a file is gone"),
        (vec![code()], "there is no map"),
    ] {
        assert!(!map_of_folders(&files).is_empty(), "{fault}");
    }
    check(map_of_folders, &[]);
}

/// Every top-level folder of code is in ARCHITECTURE.md as `folder/`, and what it names from the root exists.
fn map_of_folders(files: &[File]) -> Faults {
    let map = files.iter().find(|file| file.path == "ARCHITECTURE.md").map_or("", |file| file.text.as_str());
    let mut faults = Vec::new();
    let mut folders = BTreeSet::new();
    for file in files.iter().filter(|file| file.is_code() || file.path.ends_with(".sh")) {
        let depth = if file.path.starts_with("crates/") { 2 } else { 1 };
        let parts: Vec<&str> = file.path.split('/').collect();
        if parts.len() > depth {
            folders.insert(parts[..depth].join("/") + "/");
        }
    }
    for folder in &folders {
        if !map.contains(&format!("`{folder}`")) {
            faults.push(format!("ARCHITECTURE.md: say in one sentence what `{folder}` is and what it must not know"));
        }
    }
    let named = map.split('`').skip(1).step_by(2);
    for path in named
        .filter(|path| folders.iter().any(|folder| path.starts_with(folder.as_str())) || path.starts_with("crates/"))
    {
        if !files.iter().any(|file| file.path == path || (path.ends_with('/') && file.path.starts_with(path))) {
            faults.push(format!("ARCHITECTURE.md: `{path}` does not exist: correct the map"));
        }
    }
    faults
}
