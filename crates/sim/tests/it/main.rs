//! The simulator as a client sees it, over loopback.

mod support;

mod binance;
mod control;
mod ecb;
mod faults;
mod fmp;
mod okx;
mod tiingo;
