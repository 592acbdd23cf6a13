//! What a store starts to run the statements of users. The program starts itself for that; this one is for tests.

fn main() -> std::process::ExitCode {
    foliosync_stores::duckdb::query::child::serve()
}
