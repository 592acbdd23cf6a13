//! The whole program: the real binary, real folders, real processes that are really killed.

mod world;

mod api;
mod commands;
mod inputs;
mod secrets;
mod server;
mod survival;
mod sync;
