//! The house rules that a machine can check, over the whole repository. CONTRIBUTING.md gives the reasons.
//!
//! A rule is a function from files to faults. `check` proves that it finds a fault in each bad file, then that the
//! repository has none.

mod manifests;
mod source;
mod tree;

use std::fs;
use std::path::Path;

/// A text file of the repository.
pub struct File {
    /// From the root, with `/`.
    path: String,
    text: String,
}

impl File {
    pub fn new(path: &str, text: &str) -> File {
        File { path: path.into(), text: text.into() }
    }

    fn is_code(&self) -> bool {
        [".rs", ".ts", ".tsx"].iter().any(|ending| self.path.ends_with(ending))
    }

    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Lives only for tests: a test target, or the testkit.
    fn is_test(&self) -> bool {
        self.path.contains("tests/") || self.path.contains("/testkit")
    }

    /// The file's name without its folder and ending.
    fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.split('.').next().unwrap_or_default()
    }

    /// Numbered lines without comments. Tests at the bottom of a source file count as tests.
    fn lines(&self, part: Part) -> impl Iterator<Item = (usize, &str)> {
        let tests_from = if self.is_test() {
            0
        } else {
            self.text.lines().position(|line| line.trim() == "#[cfg(test)]").unwrap_or(usize::MAX)
        };
        let code = |line| str::split(line, "//").next().unwrap_or_default();
        self.text.lines().enumerate().map(move |(index, line)| (index, code(line))).filter_map(move |(index, line)| {
            let wanted = match part {
                Part::All => true,
                Part::Program => index < tests_from,
                Part::Tests => index >= tests_from,
            };
            wanted.then_some((index + 1, line))
        })
    }
}

#[derive(Clone, Copy)]
pub enum Part {
    All,
    Program,
    Tests,
}

/// What to do about each fault, with where it is.
type Faults = Vec<String>;

#[track_caller]
fn check(rule: fn(&[File]) -> Faults, bad: &[(&str, &str)]) {
    for (path, text) in bad {
        assert!(!rule(&[File::new(path, text)]).is_empty(), "the rule finds no fault in {path}:\n{text}");
    }
    let faults = rule(&repository());
    assert!(faults.is_empty(), "\n\n{}\n", faults.join("\n"));
}

/// The places in `lines` that hold one of the words as a whole word.
fn places(file: &File, part: Part, words: &[&str], advice: &str) -> Faults {
    let mut faults = Vec::new();
    for (number, line) in file.lines(part) {
        for word in words.iter().filter(|word| holds_word(line, word)) {
            faults.push(format!("{}:{number}: `{word}`: {advice}", file.path));
        }
    }
    faults
}

fn holds_word(line: &str, word: &str) -> bool {
    let of_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back().is_some_and(of_word) && word.starts_with(of_word);
        let after = line[at + word.len()..].chars().next().is_some_and(of_word) && word.ends_with(of_word);
        !before && !after
    })
}

#[test]
fn a_word_is_found_whole() {
    for (line, word, found) in [
        ("let x: f64 = 1.0;", "f64", true),
        ("let half64 = 1;", "f64", false),
        ("std::net::TcpStream", "std::net", true),
        ("mystd::net", "std::net", false),
        ("#[derive(Debug)]", "#[derive", true),
    ] {
        assert_eq!(holds_word(line, word), found, "{word} in {line}");
    }
}

fn repository() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the repository").flatten() {
            let (path, kind) = (entry.path(), entry.file_type().expect("its kind"));
            if is_made(&path) {
                continue;
            }
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                // What is not UTF-8 is no text.
                let Ok(text) = fs::read_to_string(&path) else { continue };
                let path = path.strip_prefix(&root).expect("below the root").to_string_lossy().into_owned();
                files.push(File { path, text });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(files.iter().any(|file| file.path == "Cargo.toml"), "{} is not the repository", root.display());
    files
}

/// Whether tools made or fetched it. In a second worktree, `.git` is a file.
fn is_made(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    [".git", ".duckdb", "node_modules", "target", "dist"].contains(&name) || path.join("CACHEDIR.TAG").exists()
}
