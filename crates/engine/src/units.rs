//! Units in which prices are quoted: a currency, or a hundredth or thousandth of one.

use crate::model::Decimal;

/// A currency and the power of ten that brings a quoted number to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Unit {
    /// ISO 4217, or the symbol of a coin that prices are quoted in, in capitals.
    pub currency: String,
    /// -2 for pence: 7,234 GBp are 72.34 GBP.
    pub power: i8,
}

/// Written, currency, power. `GBp` is `GBP` but for its case, so units are read before anything is put in capitals.
/// None of these codes is in ISO 4217.
const MINOR: [(&str, &str, i8); 8] = [
    ("GBp", "GBP", -2),
    ("GBX", "GBP", -2),
    ("ILA", "ILS", -2),
    ("ZAc", "ZAR", -2),
    ("ZAC", "ZAR", -2),
    ("KWF", "KWD", -3),
    ("USX", "USD", -2),
    ("USd", "USD", -2),
];

impl Unit {
    /// Reads a unit as sources write it; case matters. `None` for what is no code of a unit: the price then has no
    /// currency, and must not be taken for one in any.
    ///
    /// A venue implies no unit: some shares in London are quoted in pence, others in pounds or dollars.
    pub fn parse(text: &str) -> Option<Unit> {
        if let Some((_, currency, power)) = MINOR.iter().find(|(written, ..)| *written == text) {
            return Some(Unit { currency: (*currency).into(), power: *power });
        }
        let is_code = (3..=10).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            && text.bytes().any(|byte| byte.is_ascii_uppercase());
        is_code.then(|| Unit { currency: text.into(), power: 0 })
    }

    pub fn is_minor(&self) -> bool {
        self.power != 0
    }

    /// A price in this unit as a price in its currency, exact; `None` where 18 decimals do not hold it.
    pub fn to_major(&self, price: Decimal) -> Option<Decimal> {
        price.shift10(self.power)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_by_their_case() {
        for (text, unit) in [
            ("GBP", Some(("GBP", 0))),
            ("GBp", Some(("GBP", -2))),
            ("GBX", Some(("GBP", -2))),
            ("ILA", Some(("ILS", -2))),
            ("ZAc", Some(("ZAR", -2))),
            ("ZAC", Some(("ZAR", -2))),
            ("ZAR", Some(("ZAR", 0))),
            ("KWF", Some(("KWD", -3))),
            ("USX", Some(("USD", -2))),
            ("USd", Some(("USD", -2))),
            ("USDT", Some(("USDT", 0))),
            ("USD1", Some(("USD1", 0))),
            ("gbp", None),
            ("GBx", None),
            ("Gbp", None),
            ("Eur", None),
            ("", None),
            ("US", None),
            ("123", None),
            ("US Dollar", None),
            ("ÄÖÜ", None),
        ] {
            let want = unit.map(|(currency, power)| Unit { currency: currency.into(), power });
            assert_eq!(Unit::parse(text), want, "{text}");
        }
    }

    #[test]
    fn prices_become_major_exactly_or_not_at_all() {
        for (unit, price, major) in [
            ("GBp", "7234.5", Some("72.345")),
            ("GBP", "72.345", Some("72.345")),
            ("KWF", "1", Some("0.001")),
            ("ZAc", "-12", Some("-0.12")),
            ("GBX", "0.0000000000000001", Some("0.000000000000000001")),
            ("GBX", "0.00000000000000001", None),
            ("USd", "0", Some("0")),
        ] {
            let got = Unit::parse(unit).unwrap().to_major(price.parse().unwrap());
            assert_eq!(got, major.map(|major| major.parse().unwrap()), "{price} {unit}");
        }
    }
}
