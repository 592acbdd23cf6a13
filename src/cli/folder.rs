//! Folders as people type them, and what is in them.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use foliosync_engine::limits::{FOLDER_ENTRIES_MAX, ROW_BYTES_MAX};

/// `~/x` and paths below the current folder as absolute paths. `--set path=~/x` is not expanded by every shell.
pub fn absolute(given: &str) -> std::io::Result<PathBuf> {
    if let Some(below) = given.strip_prefix("~/")
        && let Some(home) = std::env::home_dir()
    {
        return Ok(home.join(below));
    }
    std::path::absolute(given)
}

/// What a folder looks like, for `import`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looks {
    /// Its subfolders hold CSV files, trade logs among them.
    Blocks,
    /// It holds a trade log itself.
    OneBlock,
    /// It holds CSV files with a time and prices.
    Market,
    /// It holds trades as Binance exports them.
    BinanceExports,
    Neither,
}

/// The folder of market data that lives beside blocks.
pub const MARKET_FOLDER: &str = "_marketdata";

pub fn looks(folder: &Path) -> std::io::Result<Looks> {
    let headers = csv_headers(folder)?;
    if headers.iter().any(|header| is_market(header)) {
        return Ok(Looks::Market);
    }
    if headers.iter().any(|header| is_trades(header)) {
        return Ok(Looks::OneBlock);
    }
    if headers.iter().any(|header| is_binance_export(header)) {
        return Ok(Looks::BinanceExports);
    }
    for folder in subfolders(folder)? {
        let Ok(headers) = csv_headers(&folder) else { continue };
        if headers.iter().any(|header| is_trades(header)) {
            return Ok(Looks::Blocks);
        }
    }
    Ok(Looks::Neither)
}

fn is_market(header: &[String]) -> bool {
    let has = |name: &str| header.iter().any(|column| column == name);
    has("time") && ["open", "high", "low", "close"].iter().any(|price| has(price))
}

/// A trade has a P/L and a moment when it was opened; this is only a guess at what to add. The provider decides.
fn is_trades(header: &[String]) -> bool {
    let has_any = |names: &[&str]| header.iter().any(|column| names.contains(&column.as_str()));
    has_any(&["p/l", "p&l", "profit/loss", "pl", "profitloss"])
        && has_any(&["date opened", "opendate", "date", "tradeid", "strategy"])
        && has_any(&["strategy", "legs", "premium", "no. of contracts", "contracts", "initial premium", "tradeid"])
}

/// Any of the layouts of a trade history.
fn is_binance_export(header: &[String]) -> bool {
    let has_all = |names: &[&str]| names.iter().all(|name| header.iter().any(|column| column == name));
    has_all(&["pair", "side", "executed", "fee"])
        || has_all(&["market", "total", "fee coin"])
        || has_all(&["base asset", "quote asset", "fee coin"])
}

fn subfolders(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.take(FOLDER_ENTRIES_MAX).flatten();
    let mut folders: Vec<_> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.retain(|path| !path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")));
    folders.sort();
    Ok(folders)
}

/// The first lines of a folder's CSV files, as column names in lower case.
fn csv_headers(folder: &Path) -> std::io::Result<Vec<Vec<String>>> {
    let entries = fs::read_dir(folder)?.take(FOLDER_ENTRIES_MAX).flatten();
    let is_csv = |path: &PathBuf| path.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv")) && path.is_file();
    Ok(entries.map(|entry| entry.path()).filter(is_csv).filter_map(|path| header(&path)).collect())
}

fn header(path: &Path) -> Option<Vec<String>> {
    let mut line = Vec::new();
    let file = fs::File::open(path).ok()?.take(ROW_BYTES_MAX as u64);
    BufReader::new(file).read_until(b'\n', &mut line).ok()?;
    let text = String::from_utf8_lossy(&line);
    let columns = text.trim_start_matches('\u{feff}').split(',');
    Some(columns.map(|column| column.trim().trim_matches('"').trim().to_lowercase()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_told_by_its_headers() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, header: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("{header}\r\n1,2,3\r\n")).unwrap();
        };
        write("blocks/condor/trades.csv", "\u{feff}\"Date Opened\",\"Legs\",\"P/L\"");
        write("blocks/.hidden/x.csv", "time,open");
        write("market/spx.csv", "time,open,high,low,close,Volume");
        write("exports/a.csv", "Date(UTC),Pair,Side,Price,Executed,Amount,Fee");
        write("other/list.csv", "name,phone");
        let check = |folder: &str, want| assert_eq!(looks(&root.path().join(folder)).unwrap(), want, "{folder}");
        check("blocks", Looks::Blocks);
        check("blocks/condor", Looks::OneBlock);
        check("market", Looks::Market);
        check("exports", Looks::BinanceExports);
        check("other", Looks::Neither);
        assert!(looks(&root.path().join("missing")).is_err());
    }

    #[test]
    fn a_path_is_made_absolute() {
        assert_eq!(absolute("/a/b").unwrap(), Path::new("/a/b"));
        assert_eq!(absolute("x").unwrap(), std::env::current_dir().unwrap().join("x"));
    }
}
