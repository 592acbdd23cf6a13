//! Mirrors through their one door: the whole engine on a memory store, and a service that is made up as it goes.

mod fake;
mod nocodb;
