//! The providers through their one door: folders in, pages out.

mod bad_input;
mod catalog;
mod coins;
mod coins_errors;
mod coins_wire;
mod contract;
mod ecb;
mod ecb_errors;
mod fmp;
mod folder;
mod layouts;
mod market_csv;
mod paging;
mod predecessors;
mod prices_desk;
mod prices_errors;
mod prices_history;
mod removals;
mod samples;
mod tiingo;
mod tradelog;
mod unchanged;
