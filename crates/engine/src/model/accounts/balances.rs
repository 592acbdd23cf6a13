//! What wallets hold of each asset, now and at each change.

use jiff::Timestamp;

use super::{Held, optional, required};
use crate::model::Decimal;
use crate::model::record::{Kind, Merge, Owner, Record, RowError, RowReader, RowWriter, Table};

/// What a wallet holds of one asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// A part of the account that one answer tells whole: `spot`, `funding`, or the number of a broker's account.
    pub wallet: String,
    /// The source's name of it.
    pub asset: String,
    /// `cash` for a currency, else `crypto`; `None` where the source does not tell.
    pub kind: Option<String>,
    pub free: Option<Decimal>,
    pub locked: Option<Decimal>,
    /// Everything that is held, borrowed money below zero.
    pub total: Decimal,
    /// The time the source gives for it, else when it answered. UTC.
    pub as_of: Timestamp,
}

/// What a wallet held of one asset from a time on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BalanceChange {
    pub wallet: String,
    pub asset: String,
    pub as_of: Timestamp,
    pub kind: Option<String>,
    pub free: Option<Decimal>,
    pub locked: Option<Decimal>,
    pub total: Decimal,
}

pub static BALANCES: Table = Table {
    schema: "accounts",
    name: "balances",
    doc: "What each wallet holds now; an asset that is not listed is not held.",
    owner: Owner::Connection,
    key: &["wallet", "asset"],
    merge: Merge::Overwrite,
    columns: &[
        required("wallet", Kind::Text, "Part of the account, such as spot or funding"),
        required("asset", Kind::Text, "The source's name of the asset"),
        optional("kind", Kind::Text, "cash for a currency, else crypto; empty where the source does not tell"),
        optional("free", Kind::Decimal, "What can be used"),
        optional("locked", Kind::Decimal, "What is bound, by orders for example"),
        required("total", Kind::Decimal, "Everything that is held; below zero where it is owed"),
        required("as_of", Kind::Instant, "When it was so, by the source"),
    ],
};

pub static BALANCE_HISTORY: Table = Table {
    schema: "accounts",
    name: "balance_history",
    doc: "What each wallet held from a time on, until its next row; zero where it held no more.",
    owner: Owner::Connection,
    key: &["wallet", "asset", "as_of"],
    merge: Merge::Overwrite,
    columns: &[
        required("wallet", Kind::Text, "Part of the account, such as spot or funding"),
        required("asset", Kind::Text, "The source's name of the asset"),
        required("as_of", Kind::Instant, "Since when it is known to be so"),
        optional("kind", Kind::Text, "cash for a currency, else crypto; empty where the source does not tell"),
        optional("free", Kind::Decimal, "What could be used"),
        optional("locked", Kind::Decimal, "What was bound"),
        required("total", Kind::Decimal, "Everything that was held"),
    ],
};

impl Record for Balance {
    const TABLE: &'static Table = &BALANCES;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(&self.wallet).put(&self.asset).put(self.kind.as_deref());
        row.put(self.free).put(self.locked).put(self.total).put(self.as_of);
    }

    fn read(row: &RowReader<'_>) -> Result<Balance, RowError> {
        Ok(Balance {
            wallet: row.need("wallet", RowReader::text)?,
            asset: row.need("asset", RowReader::text)?,
            kind: row.text("kind")?,
            free: row.decimal("free")?,
            locked: row.decimal("locked")?,
            total: row.need("total", RowReader::decimal)?,
            as_of: row.need("as_of", RowReader::instant)?,
        })
    }
}

impl Record for BalanceChange {
    const TABLE: &'static Table = &BALANCE_HISTORY;

    fn write(&self, row: &mut RowWriter<'_>) {
        row.put(&self.wallet).put(&self.asset).put(self.as_of).put(self.kind.as_deref());
        row.put(self.free).put(self.locked).put(self.total);
    }

    fn read(row: &RowReader<'_>) -> Result<BalanceChange, RowError> {
        Ok(BalanceChange {
            wallet: row.need("wallet", RowReader::text)?,
            asset: row.need("asset", RowReader::text)?,
            as_of: row.need("as_of", RowReader::instant)?,
            kind: row.text("kind")?,
            free: row.decimal("free")?,
            locked: row.decimal("locked")?,
            total: row.need("total", RowReader::decimal)?,
        })
    }
}

impl Held for Balance {
    type Change = BalanceChange;
    const SCOPE: &'static str = "wallet";

    fn scope(&self) -> &str {
        &self.wallet
    }

    fn name(&self) -> (&str, &str) {
        (&self.asset, "")
    }

    fn is_nothing(&self) -> bool {
        [Some(self.total), self.free, self.locked].into_iter().flatten().all(|amount| amount == Decimal::ZERO)
    }

    fn is_same(&self, other: &Balance) -> bool {
        let amounts = |balance: &Balance| (balance.free, balance.locked, balance.total);
        amounts(self) == amounts(other) && self.kind == other.kind
    }

    fn change(&self) -> BalanceChange {
        let Balance { wallet, asset, kind, free, locked, total, as_of } = self.clone();
        BalanceChange { wallet, asset, as_of, kind, free, locked, total }
    }

    fn gone(&self, at: Timestamp) -> BalanceChange {
        let zero = |amount: Option<Decimal>| amount.map(|_| Decimal::ZERO);
        let (free, locked) = (zero(self.free), zero(self.locked));
        BalanceChange { as_of: at, free, locked, total: Decimal::ZERO, ..self.change() }
    }
}
