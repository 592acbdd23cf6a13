//! What the answers of the API look like, for its document. The types that are really answered live in the engine, which
//! knows of no document; a test holds each answer of the program against what stands here.

#![expect(dead_code, reason = "these types only describe; nothing is made of them")]

mod access;
mod accounts;
mod connection;
mod prices;
mod run;
mod secrets;
mod server;

pub use access::{LoginLink, NewToken, Session, Tokens};
pub use accounts::{Notifications, NotifiersTried, Portfolio, PortfolioDays, Reconciliations, Settings};
pub use connection::{
    Connection, ConnectionDraft, ConnectionEdit, Connections, FreshnessReport, NewConnection, Providers,
};
pub use prices::{
    AddInstruments, AddedInstruments, Fx, History, Instruments, Listing, Mapping, Prices, Probe, Quotas, Sparklines,
    Unmapped,
};
pub use run::{
    Events, Outcome, Run, RunDays, Runs, Scheduled, SchedulerRun, SyncLine, SyncOptions, SyncStatus, Trigger,
};
pub use secrets::{Backup, Rekeyed, Vault};
pub use server::{Answer, Error, HandOver, Server, SnapshotFile, Tables, Verification};
