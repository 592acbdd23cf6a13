//! Options as the OCC spells them: root, expiry, right, and the strike in thousandths.

use jiff::civil::Date;

/// The symbol without the blanks that pad its root to six places; `None` for what is no option.
pub(super) fn canonical(text: &str) -> Option<String> {
    let (root, terms) = text.split_at_checked(text.len().checked_sub(15)?)?;
    let root = root.trim_end();
    let is_root = (1..=6).contains(&root.len())
        && root.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'.');
    let (expiry, right, strike) = (terms.get(..6)?, terms.get(6..7)?, terms.get(7..)?);
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_root || !digits(expiry) || !matches!(right, "C" | "P") || !digits(strike) {
        return None;
    }
    let number = |at| expiry.get(at).and_then(|text: &str| text.parse::<i8>().ok());
    let year = 2000 + i16::from(number(0..2)?);
    Date::new(year, number(2..4)?, number(4..6)?).ok()?;
    Some(format!("{root}{terms}"))
}
