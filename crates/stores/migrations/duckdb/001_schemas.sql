-- The rooms of the database. Tables of records are derived from their declarations and follow these migrations.
CREATE SCHEMA IF NOT EXISTS market;
CREATE SCHEMA IF NOT EXISTS trades;
CREATE SCHEMA IF NOT EXISTS accounts;
