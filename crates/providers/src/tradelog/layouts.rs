//! Which column of which log goes where.

use foliosync_engine::model::{Table, trades};

use super::recognise::{LogKind, is_tat};
use crate::csv::{Bind, Header, Read};

/// One form of a log: the table it fills, and from what.
pub struct Layout {
    pub table: &'static Table,
    pub binds: &'static [Bind],
    /// Columns that hold the same in every row.
    pub constants: &'static [(&'static str, &'static str)],
}

/// The layout of a file of a kind.
pub fn layout_of(kind: LogKind, header: &Header) -> &'static Layout {
    match kind {
        LogKind::Trade => &TRADE_LOG,
        LogKind::Daily => &DAILY_LOG,
        LogKind::Reporting if is_tat(header) => &TAT,
        LogKind::Reporting => &OPTION_OMEGA,
    }
}

const OPENED: Read = Read::Date { time: Some("time_opened") };
const CLOSED: Read = Read::Date { time: Some("time_closed") };

static TRADE_LOG: Layout = Layout {
    table: &trades::TRADE_DATA,
    binds: &[
        Bind::required("date_opened", OPENED, &["date opened"]),
        Bind::optional("time_opened", Read::Time, &["time opened"]),
        Bind::optional("opening_price", Read::Decimal, &["opening price"]),
        Bind::optional("legs", Read::Text, &["legs"]),
        Bind::optional("premium", Read::Decimal, &["premium"]),
        Bind::optional("closing_price", Read::Decimal, &["closing price"]),
        Bind::optional("date_closed", CLOSED, &["date closed"]),
        Bind::optional("time_closed", Read::Time, &["time closed"]),
        Bind::optional("avg_closing_cost", Read::Decimal, &["avg. closing cost", "avg closing cost"]),
        Bind::optional("reason_for_close", Read::Text, &["reason for close"]),
        Bind::required("pl", Read::Decimal, &["p/l", "p&l", "profit/loss", "pl"]),
        Bind::optional("num_contracts", Read::Int, &["no. of contracts", "contracts"]),
        Bind::optional("funds_at_close", Read::Decimal, &["funds at close"]),
        Bind::optional("margin_req", Read::Decimal, &["margin req.", "margin req"]),
        Bind::optional("strategy", Read::Text, &["strategy"]),
        Bind::optional(
            "opening_commissions",
            Read::Decimal,
            &["opening commissions + fees", "opening comms & fees", "opening commissions & fees"],
        ),
        Bind::optional(
            "closing_commissions",
            Read::Decimal,
            &["closing commissions + fees", "closing comms & fees", "closing commissions & fees"],
        ),
        Bind::optional("opening_short_long_ratio", Read::Decimal, &["opening short/long ratio"]),
        Bind::optional("closing_short_long_ratio", Read::Decimal, &["closing short/long ratio"]),
        Bind::optional("opening_vix", Read::Decimal, &["opening vix"]),
        Bind::optional("closing_vix", Read::Decimal, &["closing vix"]),
        Bind::optional("gap", Read::Decimal, &["gap"]),
        Bind::optional("movement", Read::Decimal, &["movement"]),
        Bind::optional("max_profit", Read::Decimal, &["max profit"]),
        Bind::optional("max_loss", Read::Decimal, &["max loss"]),
    ],
    constants: &[("pl_basis", "net_includes_fees")],
};

static DAILY_LOG: Layout = Layout {
    table: &trades::DAILY_LOG,
    binds: &[
        Bind::required("date", Read::Date { time: None }, &["date"]),
        Bind::required(
            "net_liquidity",
            Read::Decimal,
            &["net liquidity", "netliquidity", "portfolio value", "equity", "value"],
        ),
        Bind::optional("current_funds", Read::Decimal, &["current funds"]),
        Bind::optional("withdrawn", Read::Decimal, &["withdrawn"]),
        Bind::optional("trading_funds", Read::Decimal, &["trading funds"]),
        Bind::optional("pl", Read::Decimal, &["p/l", "p&l", "profit/loss", "pl"]),
        Bind::optional("pl_pct", Read::Decimal, &["p/l %", "p&l %", "pl %"]),
        Bind::optional("drawdown_pct", Read::Decimal, &["drawdown %"]),
    ],
    constants: &[],
};

/// The automation export of Option Omega.
static OPTION_OMEGA: Layout = Layout {
    table: &trades::REPORTING_DATA,
    binds: &[
        Bind::optional("strategy", Read::Text, &["strategy"]),
        Bind::required("date_opened", OPENED, &["date opened"]),
        Bind::optional("time_opened", Read::Time, &["time opened"]),
        Bind::optional("opening_price", Read::Decimal, &["opening price"]),
        Bind::optional("legs", Read::Text, &["legs"]),
        Bind::optional(
            "initial_premium",
            Read::Decimal,
            &["initial premium", "initial premium ($)", "initial credit", "initial credit ($)"],
        ),
        Bind::optional("num_contracts", Read::Int, &["no. of contracts", "contracts", "contracts traded"]),
        Bind::required("pl", Read::Decimal, &["p/l", "pl", "p&l", "profit/loss"]),
        Bind::optional("closing_price", Read::Decimal, &["closing price"]),
        Bind::optional("date_closed", CLOSED, &["date closed"]),
        Bind::optional("time_closed", Read::Time, &["time closed"]),
        Bind::optional("avg_closing_cost", Read::Decimal, &["avg. closing cost", "avg closing cost"]),
        Bind::optional("reason_for_close", Read::Text, &["reason for close"]),
        Bind::optional("account", Read::Text, &["account"]),
    ],
    constants: &[("layout", "option_omega")],
};

/// The export of Trade Automation Toolbox. What [`super::tat`] works out stays in `extra` as written.
static TAT: Layout = Layout {
    table: &trades::REPORTING_DATA,
    binds: &[
        Bind::optional("strategy", Read::Text, &["template"]),
        Bind::required("date_opened", OPENED, &["opendate", "date"]),
        Bind::optional("time_opened", Read::Time, &["opentime", "timeopened"]),
        Bind::optional("opening_price", Read::Decimal, &["priceopen"]),
        Bind::optional("num_contracts", Read::Int, &["qty"]),
        Bind::required("pl", Read::Decimal, &["profitloss"]),
        Bind::optional("closing_price", Read::Decimal, &["priceclose"]),
        Bind::optional("date_closed", CLOSED, &["closedate"]),
        Bind::optional("time_closed", Read::Time, &["closetime"]),
        Bind::optional("reason_for_close", Read::Text, &["status"]),
        Bind::optional("commission", Read::Decimal, &["commission"]),
        Bind::optional("account", Read::Text, &["account"]),
    ],
    constants: &[("layout", "tat")],
};
