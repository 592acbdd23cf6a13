//! Elements with attributes, in the owner's formats.

use std::fmt::Write;

use jiff::Zoned;
use jiff::civil::Date;

use super::query::FlexQuery;
use crate::market::Amount;

pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c => out.push(c),
        }
    }
    out
}

/// An element under construction, without what the query leaves out.
pub struct Element<'a> {
    text: String,
    query: &'a FlexQuery,
}

impl<'a> Element<'a> {
    pub fn new(query: &'a FlexQuery, name: &str) -> Element<'a> {
        let mut text = String::with_capacity(1500);
        text.push('<');
        text.push_str(name);
        Element { text, query }
    }

    pub fn text(mut self, name: &str, value: &str) -> Element<'a> {
        if !self.query.without.iter().any(|left_out| left_out == name) {
            write!(self.text, " {name}=\"{}\"", escaped(value)).expect("writing to a string works");
        }
        self
    }

    pub fn amount(self, name: &str, value: Amount) -> Element<'a> {
        let text = number(self.query, value);
        self.text(name, &text)
    }

    pub fn date(self, name: &str, value: Date) -> Element<'a> {
        let text = date(self.query, value);
        self.text(name, &text)
    }

    pub fn time(self, name: &str, value: &Zoned) -> Element<'a> {
        let text = time(self.query, value);
        self.text(name, &text)
    }

    pub fn moment(self, name: &str, value: &Zoned) -> Element<'a> {
        let text = moment(self.query, value);
        self.text(name, &text)
    }

    pub fn empty(self, names: &[&str]) -> Element<'a> {
        names.iter().fold(self, |element, name| element.text(name, ""))
    }

    /// Without content.
    pub fn end(mut self) -> String {
        self.text.push_str(" />\n");
        self.text
    }

    /// Content follows.
    pub fn open(mut self) -> String {
        self.text.push_str(">\n");
        self.text
    }
}

fn number(query: &FlexQuery, value: Amount) -> String {
    let plain = value.plain();
    if !query.has_commas {
        return plain;
    }
    let (whole, rest) = plain.split_once('.').map_or((plain.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut out = String::from(sign);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(rest) = rest {
        out.push('.');
        out.push_str(rest);
    }
    out
}

pub fn date(query: &FlexQuery, value: Date) -> String {
    let format = match query.date_format.as_str() {
        "yyyy-MM-dd" => "%Y-%m-%d",
        "MM/dd/yyyy" => "%m/%d/%Y",
        "MM/dd/yy" => "%m/%d/%y",
        "dd/MM/yyyy" => "%d/%m/%Y",
        "dd/MM/yy" => "%d/%m/%y",
        "dd-MMM-yy" => "%d-%b-%y",
        _ => "%Y%m%d",
    };
    value.strftime(format).to_string()
}

fn time(query: &FlexQuery, value: &Zoned) -> String {
    value.strftime(if query.time_format == "HH:mm:ss" { "%H:%M:%S" } else { "%H%M%S" }).to_string()
}

pub fn moment(query: &FlexQuery, value: &Zoned) -> String {
    format!("{}{}{}", date(query, value.date()), query.separator, time(query, value))
}
