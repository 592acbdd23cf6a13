//! Tests of the stores, in one binary.

mod accounts;
mod contract;
mod credentials;
mod disk_full;
mod duckdb_file;
mod migrations;
mod postgres;
mod postgres_many;
mod postgres_moving;
mod postgres_pooled;
mod query;
mod support;
