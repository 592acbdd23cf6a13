//! "Did you mean …": the known name that a mistyped one is nearest to.

/// `did you mean `x`? ` with the nearest of `known`, or nothing where none is near.
pub fn nearest<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> String {
    let given = given.to_lowercase();
    let close = known
        .map(|name| (strsim::damerau_levenshtein(&given, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= 2.max(name.chars().count() / 3))
        .min_by_key(|(distance, _)| *distance);
    close.map(|(_, name)| format!("did you mean `{name}`? ")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_finds_its_name_and_nonsense_finds_none() {
        let known = || ["tradelog", "market_csv"].into_iter();
        assert_eq!(nearest("tradlog", known()), "did you mean `tradelog`? ");
        assert_eq!(nearest("Market-CSV", known()), "did you mean `market_csv`? ");
        assert_eq!(nearest("qqqqqqqq", known()), "");
    }
}
