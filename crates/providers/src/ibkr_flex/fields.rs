//! The attributes of one element. What the query left out and what is empty are the same: not there.

use std::borrow::Cow;

use foliosync_engine::model::{Decimal, DecimalError};

#[derive(Debug, Default)]
pub struct Fields<'a> {
    list: Vec<(&'a str, Cow<'a, str>)>,
}

/// What the service writes where there is nothing.
const NOTHING: [&str; 3] = ["", "--", "N/A"];

impl<'a> Fields<'a> {
    pub fn add(&mut self, name: &'a str, value: Cow<'a, str>) {
        self.list.push((name, value));
    }

    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.list.iter().map(|(name, _)| *name)
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        let (_, value) = self.list.iter().find(|(own, _)| *own == name)?;
        Some(value.trim()).filter(|value| !NOTHING.contains(value))
    }

    pub fn need(&self, name: &str) -> Result<&str, String> {
        self.text(name).ok_or_else(|| format!("it has no {name}"))
    }

    /// The first of several that is there.
    pub fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.text(name))
    }

    /// An id. The service writes 0 for none.
    pub fn id(&self, name: &str) -> Option<&str> {
        self.text(name).filter(|id| *id != "0")
    }

    pub fn number(&self, name: &str) -> Result<Option<Decimal>, String> {
        let Some(text) = self.text(name) else { return Ok(None) };
        number(text).map(Some).map_err(|why| format!("its {name} `{text}` {why}"))
    }

    pub fn need_number(&self, name: &str) -> Result<Decimal, String> {
        self.number(name)?.ok_or_else(|| format!("it has no {name}"))
    }

    /// Marks that stand behind each other with semicolons between them.
    pub fn has_mark(&self, names: &[&str], mark: &str) -> bool {
        names.iter().filter_map(|name| self.text(name)).flat_map(|text| text.split(';')).any(|own| own.trim() == mark)
    }
}

/// Commas may part the digits before the point into groups of three: `1,23` is no number.
fn number(text: &str) -> Result<Decimal, String> {
    let plain = |text: &str| Decimal::parse(text.as_bytes()).map_err(|error: DecimalError| error.to_string());
    if !text.contains(',') {
        return plain(text);
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text),
    };
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut groups = whole.split(',');
    let is_number = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let first = groups.next().unwrap_or_default();
    let is_grouped = (1..=3).contains(&first.len()) && is_number(first);
    if !is_grouped || groups.any(|group| group.len() != 3 || !is_number(group)) {
        return Err("is not a number".into());
    }
    plain(&format!("{sign}{}{rest}", whole.replace(',', "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_there_exactly_or_not_at_all() {
        let mut fields = Fields::default();
        for (name, value) in [("a", " 1,234,567.50 "), ("b", ""), ("c", "--"), ("d", "P;Ca"), ("e", "0"), ("f", "1,23")]
        {
            fields.add(name, value.into());
        }
        assert_eq!(fields.need_number("a").unwrap().to_string(), "1234567.5");
        for absent in ["b", "c", "x"] {
            assert_eq!((fields.text(absent), fields.number(absent)), (None, Ok(None)));
            assert_eq!(fields.need(absent), Err(format!("it has no {absent}")));
        }
        assert_eq!((fields.has_mark(&["b", "d"], "Ca"), fields.has_mark(&["d"], "C")), (true, false));
        assert_eq!((fields.id("e"), fields.first(&["b", "e"])), (None, Some("0")));
        assert_eq!(fields.number("f"), Err("its f `1,23` is not a number".into()));
    }

    #[test]
    fn commas_part_thousands_and_nothing_else() {
        for (text, want) in [
            ("-1,234", Some("-1234")),
            ("1,234.5", Some("1234.5")),
            ("-0", Some("0")),
            ("-.5", Some("-0.5")),
            ("1e-7", Some("0.0000001")),
            ("1234,567", None),
            ("1,2345", None),
            (",123", None),
            ("1,234,", None),
            ("1.5,000", None),
            ("1,-23", None),
            ("1,234.5.6", None),
            ("1 234", None),
            ("$5", None),
            ("NaN", None),
        ] {
            assert_eq!(number(text).ok().map(|number| number.to_string()).as_deref(), want, "{text}");
        }
    }
}
