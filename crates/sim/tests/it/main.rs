//! The simulator as a client sees it, over loopback.

mod support;

mod accounts;
mod alpaca;
mod binance;
mod binance_account;
mod control;
mod ecb;
mod faults;
mod flex;
mod fmp;
mod offline;
mod okx;
mod okx_account;
mod signing;
mod tiingo;
