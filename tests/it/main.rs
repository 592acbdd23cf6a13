//! The whole program: the real binary, real folders, real processes that are really killed.

mod accounts;
mod world;

mod access;
mod access_table;
mod api;
mod brokers;
mod commands;
mod demo;
mod document;
mod exchange_day;
mod exchanges;
mod inputs;
mod live;
mod mcp;
mod nocodb;
mod notices;
mod postgres;
mod prices;
mod queries;
mod secrets;
mod server;
mod survival;
mod sync;
mod third_party;
mod wallet_story;
