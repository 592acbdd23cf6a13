//! The route table. The router, the check of who may do what, and the API's document are all made from it.

use axum::http::Method;

use super::guard::Guard::{self, Needs, Open, SchedulerSecret};
use super::route::{Route, route};
use super::{
    access, accounts, connections, document, instruments, log, mcp, notifications, pages, prices, query, safety,
    scheduler, schema, server, settings, sync, telemetry, verify,
};
use crate::access::Scope::{Admin, Read, Sync};

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PATCH: Method = Method::PATCH;
const PUT: Method = Method::PUT;
const DELETE: Method = Method::DELETE;

#[rustfmt::skip]
pub fn table(metrics: Guard) -> Vec<Route> {
    let (read, sync_, admin) = (Needs(Read), Needs(Sync), Needs(Admin));
    vec![
        route(GET, "/", Open, pages::home, "A page for browsers").page("text/html"),
        route(GET, "/login", Open, pages::login, "Where a log-in link leads").page("text/html"),
        route(GET, "/login.js", Open, pages::login_script, "What that page runs").page("text/javascript"),
        route(GET, "/healthz", Open, server::healthz, "Whether the server lives").text(),
        route(GET, "/readyz", Open, server::readyz, "Whether it can read its database and is not about to end").text(),
        route(GET, "/metrics", metrics, telemetry::metrics, "Counters for Prometheus").text(),
        route(GET, "/api/openapi.json", read, document::show, "This document").json(),

        route(GET, "/api/session", read, access::who, "Who asks, and what they may do").answers::<schema::Session>(),
        route(POST, "/api/session", Open, access::sign_in, "Signs a browser in with the secret of a log-in link").takes::<access::SignIn>().answers::<access::SignedIn>(),
        route(DELETE, "/api/session", read, access::sign_out, "Signs a browser out").empty(),
        route(POST, "/api/login-links", admin, access::make_link, "Makes a log-in link that works once").makes::<schema::LoginLink>(),
        route(GET, "/api/tokens", admin, access::tokens, "All tokens, without their secrets").answers::<schema::Tokens>(),
        route(POST, "/api/tokens", admin, access::add_token, "Makes a token; its secret is shown this once").takes::<access::AddToken>().makes::<schema::NewToken>(),
        route(DELETE, "/api/tokens/{id}", admin, access::remove_token, "Removes a token: it opens nothing any more").empty(),

        route(GET, "/api/server", read, server::show, "Who serves").answers::<schema::Server>(),
        route(POST, "/api/server/hand-over", admin, server::hand_over, "Ends a server that a command started").answers::<schema::HandOver>(),
        route(GET, "/api/key", read, safety::key, "Whether credentials can be opened, and with which key").answers::<schema::Vault>(),
        route(POST, "/api/rekey", admin, safety::rekey, "Seals all credentials with a new key").takes::<safety::RekeyBody>().answers::<schema::Rekeyed>(),
        route(POST, "/api/backup", admin, safety::backup, "Copies everything but the key into a new folder; over the socket only").takes::<safety::BackupBody>().answers::<schema::Backup>(),
        route(GET, "/api/providers", read, server::providers, "What can be pulled from, with its settings").answers::<schema::Providers>(),

        route(GET, "/api/connections", read, connections::list, "All connections with their state").answers::<schema::Connections>(),
        route(POST, "/api/connections", admin, connections::add, "Adds a connection").takes::<schema::NewConnection>().makes::<schema::Connection>(),
        route(GET, "/api/connections/{id}", read, connections::show, "One connection").answers::<schema::Connection>(),
        route(PATCH, "/api/connections/{id}", admin, connections::edit, "Changes a connection").takes::<schema::ConnectionEdit>().answers::<schema::Connection>(),
        route(DELETE, "/api/connections/{id}", admin, connections::remove, "Removes a connection").params::<connections::RemoveParams>().empty(),
        route(POST, "/api/connections/{id}/sync", sync_, sync::one, "Syncs one connection, at most once a minute").takes::<sync::OneBody>().tells::<schema::SyncLine>(),
        route(POST, "/api/connections/{id}/test", sync_, connections::test, "Tries a connection out: reads one page and stores nothing").answers::<schema::Probe>(),
        route(POST, "/api/connections/test", admin, connections::test_draft, "Tries out a connection that is not saved, and keeps nothing of it").takes::<schema::ConnectionDraft>().answers::<schema::Probe>(),
        route(GET, "/api/freshness", read, connections::freshness, "How old everything is, and what is lacking").answers::<schema::FreshnessReport>(),

        route(GET, "/api/instruments", read, instruments::list, "What is priced, and by whom").answers::<schema::Instruments>(),
        route(POST, "/api/instruments", admin, instruments::add, "Adds instruments to those that are priced, all or none").takes::<schema::AddInstruments>().makes::<schema::AddedInstruments>(),
        route(DELETE, "/api/instruments/{instrument}", admin, instruments::remove, "Stops pricing an instrument; its prices stay").empty(),
        route(GET, "/api/instruments/unmapped", read, instruments::unmapped, "Symbols of providers that nobody has said the meaning of").answers::<schema::Unmapped>(),
        route(PUT, "/api/listings", admin, instruments::map, "Says what a provider's symbol is").takes::<schema::Mapping>().answers::<schema::Listing>(),
        route(GET, "/api/prices", read, prices::prices, "The last known prices, with their age").params::<prices::PricesParams>().answers::<schema::Prices>(),
        route(GET, "/api/prices/sparklines", read, prices::sparklines, "The last closes of everything that is priced").params::<prices::SparklinesParams>().answers::<schema::Sparklines>(),
        route(GET, "/api/prices/{instrument}/history", read, prices::history, "Daily prices of an instrument").params::<prices::HistoryParams>().answers::<schema::History>(),
        route(GET, "/api/fx", read, prices::fx, "An exchange rate, with its age and where it comes from").params::<prices::FxParams>().answers::<schema::Fx>(),
        route(GET, "/api/quotas", read, prices::quotas, "What is left of each budget of requests").answers::<schema::Quotas>(),

        route(GET, "/api/settings", read, settings::show, "What was chosen for all of it").answers::<schema::Settings>(),
        route(PUT, "/api/settings", admin, settings::edit, "Changes it").takes::<settings::SettingsEdit>().answers::<schema::Settings>(),

        route(GET, "/api/portfolio", read, accounts::portfolio, "Everything that is held, and what it is worth").params::<accounts::PortfolioParams>().answers::<schema::Portfolio>(),
        route(GET, "/api/portfolio/days", read, accounts::days, "What everything was worth on each day, as it was known then").params::<accounts::DaysParams>().answers::<schema::PortfolioDays>(),
        route(GET, "/api/reconcile", read, accounts::reconcile, "What fills and flows come to, beside what is held").params::<accounts::ReconcileParams>().answers::<schema::Reconciliations>(),
        route(GET, "/api/notifications", read, notifications::list, "What the user was told, and how far other ways of telling them have come").params::<notifications::NotificationsParams>().answers::<schema::Notifications>(),
        route(POST, "/api/notifications/test", admin, notifications::test, "Sends a made-up notification to everywhere that they go").answers::<schema::NotifiersTried>(),

        route(POST, "/api/sync", sync_, sync::start, "Syncs now, and tells how it goes").takes::<sync::SyncBody>().tells::<schema::SyncLine>(),
        route(GET, "/api/sync/status", read, sync::status, "When anything was last synced").answers::<schema::SyncStatus>(),
        route(GET, "/api/sync/{id}/events", read, sync::resume, "Follows a sync again, from a cursor on").params::<sync::ResumeParams>().tells::<schema::SyncLine>(),
        route(GET, "/api/scheduler/broker-sync", SchedulerSecret, scheduler::report, "What is due when").answers::<schema::Scheduled>(),
        route(POST, "/api/scheduler/broker-sync", SchedulerSecret, scheduler::run, "Syncs what is due").answers::<schema::SchedulerRun>(),

        route(GET, "/api/runs", read, log::runs, "The last runs, newest first").params::<log::RunsParams>().answers::<schema::Runs>(),
        route(GET, "/api/runs/days", read, log::run_days, "Runs that are too old for the log, summed up by day; the newest first").params::<log::RunDaysParams>().answers::<schema::RunDays>(),
        route(GET, "/api/runs/{id}", read, log::run, "One run").answers::<schema::Run>(),
        route(GET, "/api/runs/{id}/events", read, log::run_events, "The log of one run").params::<log::EventsParams>().answers::<schema::Events>(),
        route(GET, "/api/events", read, log::events, "The log of all runs").params::<log::EventsParams>().answers::<schema::Events>(),
        route(POST, "/api/query", read, query::query, "One SQL statement that only reads").takes::<query::QueryBody>().answers::<schema::Answer>(),
        route(GET, "/api/tables", read, query::tables, "What can be queried, and what it means").answers::<schema::Tables>(),
        route(POST, "/api/snapshot", read, query::snapshot, "Brings the copy up to date that anybody may open").answers::<schema::SnapshotFile>(),
        route(GET, "/api/snapshot/file", read, query::download, "That copy: a DuckDB database with everything but secrets").page("application/vnd.duckdb"),
        route(POST, "/mcp", read, mcp::speak, "The tools for language models: one message of the Model Context Protocol").json(),
        route(GET, "/api/verify", read, verify::verify, "Stored data checked against itself").params::<verify::VerifyParams>().answers::<schema::Verification>(),
    ]
}
