//! Tests of the engine that need more than one file of it, and the house rules of the whole repository.

mod accounts;
mod calendar;
mod credentials;
mod dispatch;
mod follow;
mod http;
mod month;
mod notices;
mod prices;
mod provider_contract;
mod sim;
mod store_contract;
mod tidy;
