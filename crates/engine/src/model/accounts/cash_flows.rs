//! What came into an account and left it, other than by fills.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Source, Word, optional, required};
use crate::model::Decimal;
use crate::model::record::{Kind, Merge, Owner, Record, RowError, RowReader, RowWriter, Table};

/// An amount of one asset that came or went: money, or shares and coins themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CashFlow {
    /// The source's name of the account or wallet.
    pub account: String,
    pub source: Source,
    /// Identifies it within its account.
    pub native_id: String,
    pub kind: FlowKind,
    /// The source's word for it.
    pub native_kind: String,
    /// What came or went: a currency, a coin, or the symbol of shares.
    pub asset: String,
    /// Above zero where it came, below where it went.
    pub amount: Decimal,
    /// UTC; `None` where the source gives a date alone.
    pub at: Option<Timestamp>,
    pub date: Date,
    /// The date and time as the source wrote them.
    pub time_text: String,
    /// What paid it: the shares of a dividend.
    pub symbol: Option<String>,
    pub description: Option<String>,
    /// The id of a transfer beyond the account, such as that of a transaction on a chain.
    pub reference: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FlowKind {
    Deposit,
    Withdrawal,
    Dividend,
    Interest,
    Fee,
    Tax,
    /// To or from another account or wallet, of shares or coins, too.
    Transfer,
    /// More or fewer shares for those that were held: a split, a spin-off, a merger.
    CorporateAction,
    /// Coins that were given: rewards, airdrops, distributions.
    Reward,
    Other,
}

impl FlowKind {
    pub const fn word(self) -> &'static str {
        match self {
            FlowKind::Deposit => "deposit",
            FlowKind::Withdrawal => "withdrawal",
            FlowKind::Dividend => "dividend",
            FlowKind::Interest => "interest",
            FlowKind::Fee => "fee",
            FlowKind::Tax => "tax",
            FlowKind::Transfer => "transfer",
            FlowKind::CorporateAction => "corporate_action",
            FlowKind::Reward => "reward",
            FlowKind::Other => "other",
        }
    }
}

impl Word for FlowKind {
    const ALL: &'static [FlowKind] = &[
        FlowKind::Deposit,
        FlowKind::Withdrawal,
        FlowKind::Dividend,
        FlowKind::Interest,
        FlowKind::Fee,
        FlowKind::Tax,
        FlowKind::Transfer,
        FlowKind::CorporateAction,
        FlowKind::Reward,
        FlowKind::Other,
    ];

    fn word(self) -> &'static str {
        FlowKind::word(self)
    }
}

pub static CASH_FLOWS: Table = Table {
    schema: "accounts",
    name: "cash_flows",
    doc: "What came into accounts and left them, other than by fills.",
    owner: Owner::Connection,
    key: &["account", "source", "native_id"],
    merge: Merge::Overwrite,
    columns: &[
        required("account", Kind::Text, "The source's name of the account or wallet"),
        required("source", Kind::Text, "api or csv: by which way it came"),
        required("native_id", Kind::Text, "Identifies it within its account"),
        required(
            "kind",
            Kind::Text,
            "deposit, withdrawal, dividend, interest, fee, tax, transfer, corporate_action, reward or other",
        ),
        required("native_kind", Kind::Text, "The source's word for it"),
        required("asset", Kind::Text, "What came or went: a currency, a coin, or the symbol of shares"),
        required("amount", Kind::Decimal, "Above zero where it came, below where it went"),
        optional("at", Kind::Instant, "When; empty where the source gives a date alone"),
        required("date", Kind::Date, "The day by the source"),
        required("time_text", Kind::Text, "Date and time as the source wrote them"),
        optional("symbol", Kind::Text, "What paid it: the shares of a dividend"),
        optional("description", Kind::Text, "The source's text"),
        optional("reference", Kind::Text, "Its id beyond the account, such as that of a transaction on a chain"),
    ],
};

impl Record for CashFlow {
    const TABLE: &'static Table = &CASH_FLOWS;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(&self.account).put(self.source.word()).put(&self.native_id).put(self.kind.word());
        row.put(&self.native_kind).put(&self.asset).put(self.amount).put(self.at).put(self.date).put(&self.time_text);
        row.put(self.symbol.as_deref()).put(self.description.as_deref()).put(self.reference.as_deref());
    }

    fn read(row: &RowReader<'_>) -> Result<CashFlow, RowError> {
        Ok(CashFlow {
            account: row.need("account", RowReader::text)?,
            source: row.need("source", Source::read)?,
            native_id: row.need("native_id", RowReader::text)?,
            kind: row.need("kind", FlowKind::read)?,
            native_kind: row.need("native_kind", RowReader::text)?,
            asset: row.need("asset", RowReader::text)?,
            amount: row.need("amount", RowReader::decimal)?,
            at: row.instant("at")?,
            date: row.need("date", RowReader::date)?,
            time_text: row.need("time_text", RowReader::text)?,
            symbol: row.text("symbol")?,
            description: row.text("description")?,
            reference: row.text("reference")?,
        })
    }
}
