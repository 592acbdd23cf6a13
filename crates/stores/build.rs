//! Makes programs find the prebuilt DuckDB library when they run, without LD_LIBRARY_PATH: where it was linked from, and
//! beside the program, for a copy that moves elsewhere. The root package uses this script too, because the arguments for
//! the linker reach only the programs and tests of their own package.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-env-changed=DUCKDB_LIB_DIR");
    println!("cargo::rerun-if-env-changed=CARGO_FEATURE_BUNDLED");
    let Ok(dir) = std::env::var("DUCKDB_LIB_DIR") else { return };
    if std::env::var_os("CARGO_FEATURE_BUNDLED").is_some() {
        return;
    }
    let macos = std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "macos");
    let (library, beside) = if macos { ("libduckdb.dylib", "@loader_path") } else { ("libduckdb.so", "$ORIGIN") };
    let library = Path::new(&dir).join(library);
    println!("cargo::rerun-if-changed={}", library.display());
    if !library.exists() {
        println!("cargo::error=DuckDB's library is not in {dir}: run scripts/duckdb-lib.sh once, or use `make`");
    }
    println!("cargo::rustc-link-arg=-Wl,-rpath,{dir}");
    println!("cargo::rustc-link-arg=-Wl,-rpath,{beside}");
}
