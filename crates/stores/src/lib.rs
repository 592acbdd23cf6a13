//! Databases that a store can be. SQL lives here and nowhere else.

pub mod duckdb;
pub mod moving;
pub mod postgres;
mod roll_up;
mod sql;
mod views;
mod work;
