//! Tests of the stores, in one binary.

mod accounts;
mod contract;
mod credentials;
mod disk_full;
mod duckdb_file;
mod migrations;
mod postgres;
mod query;
mod support;
