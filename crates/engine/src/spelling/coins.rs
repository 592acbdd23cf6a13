//! Coins behind the names that exchanges give to holdings of them.

use jiff::civil::{Date, date};

use crate::model::Decimal;

/// What a holding is of: `factor` coins for each unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    pub coin: String,
    pub factor: Decimal,
    /// Lent out in an earn product that can be redeemed at any time.
    pub is_earning: bool,
}

/// Units that stand for many coins. The form alone proves nothing: other names that begin with 1000 are coins.
const MULTIPLES: [(&str, &str, i64); 4] = [
    ("1000SATS", "SATS", 1_000),
    ("1000CAT", "CAT", 1_000),
    ("1000CHEEMS", "CHEEMS", 1_000),
    ("1MBABYDOGE", "BABYDOGE", 1_000_000),
];

/// Old name, new name of the same coin, one for one, and the day from which the old name means another coin.
const RENAMED: [(&str, &str, Option<Date>); 6] = [
    ("MATIC", "POL", None),
    ("RNDR", "RENDER", None),
    ("EOS", "A", None),
    ("PAX", "USDP", None),
    ("UST", "USTC", None),
    ("LUNA", "LUNC", Some(date(2022, 5, 30))),
];

/// The coin of a holding on a date. `LDBTC` is BTC that earns, but LDO is a coin: `LD` is only taken off where the rest
/// is a coin of the exchange (`is_listed`) and the whole is not. Staked coins with a price of their own (WBETH, BETH,
/// BNSOL) and stablecoins stay what they are.
pub fn holding(asset: &str, on: Date, is_listed: impl Fn(&str) -> bool) -> Holding {
    let earning = asset.strip_prefix("LD").filter(|rest| asset != "LDO" && is_listed(rest) && !is_listed(asset));
    let listed = earning.unwrap_or(asset);
    let (coin, factor) = match MULTIPLES.iter().find(|(unit, ..)| *unit == listed) {
        Some((_, coin, factor)) => (*coin, Decimal::from(*factor)),
        None => (listed, Decimal::ONE),
    };
    let means = |until: Option<Date>| until.is_none_or(|until| on < until);
    let renamed = RENAMED.iter().find(|(old, _, until)| *old == coin && means(*until));
    Holding { coin: renamed.map_or(coin, |(_, new, _)| *new).into(), factor, is_earning: earning.is_some() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holdings_are_of_the_coin_behind_the_name() {
        let listed = |asset: &str| ["BTC", "USDT", "LDO", "O", "1000SATS", "MATIC", "LUNA"].contains(&asset);
        for (asset, on, coin, factor, is_earning) in [
            ("BTC", "2026-01-01", "BTC", "1", false),
            ("LDBTC", "2026-01-01", "BTC", "1", true),
            ("LDUSDT", "2026-01-01", "USDT", "1", true),
            ("LDO", "2026-01-01", "LDO", "1", false),
            ("LDLDO", "2026-01-01", "LDO", "1", true),
            ("LDNEW", "2026-01-01", "LDNEW", "1", false),
            ("1000SATS", "2026-01-01", "SATS", "1000", false),
            ("LD1000SATS", "2026-01-01", "SATS", "1000", true),
            ("1MBABYDOGE", "2026-01-01", "BABYDOGE", "1000000", false),
            ("1INCH", "2026-01-01", "1INCH", "1", false),
            ("LDMATIC", "2023-01-01", "POL", "1", true),
            ("LUNA", "2022-05-29", "LUNC", "1", false),
            ("LUNA", "2022-05-30", "LUNA", "1", false),
            ("WBETH", "2026-01-01", "WBETH", "1", false),
            ("EUR", "2026-01-01", "EUR", "1", false),
        ] {
            let want = Holding { coin: coin.into(), factor: factor.parse().unwrap(), is_earning };
            assert_eq!(holding(asset, on.parse().unwrap(), listed), want, "{asset} on {on}");
        }
    }
}
