//! Changes the values of a text token by token, so that all others stay as they were written.

/// Replaces numbers in XML attributes. `fields`: only these attributes; empty means all.
pub fn attributes(text: &str, fields: &[String], replace: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    for (place, part) in text.split('"').enumerate() {
        let is_value = place % 2 == 1;
        let name = out.trim_end_matches(['"', '=']).rsplit(' ').next().unwrap_or_default();
        let is_meant = is_value && is_number(part) && is_wanted(fields, name);
        let value = if is_meant { replace(part) } else { part.into() };
        out.push_str(&value);
        out.push('"');
    }
    out.pop();
    out
}

/// Replaces numbers and strings that hold one, in JSON. `replace` gets the value as written, and whether it is a string.
/// `fields`: only values of these keys; empty means all.
pub fn numbers(text: &str, fields: &[String], replace: impl Fn(&str, bool) -> String) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let (mut at, mut key) = (0, "");
    while at < bytes.len() {
        let start = at;
        match bytes[at] {
            b'"' => {
                at = end_of_string(bytes, at);
                let (token, inside) = (&text[start..at], &text[start + 1..at - 1]);
                let is_key = text[at..].trim_start().starts_with(':');
                if is_key {
                    key = inside;
                }
                if !is_key && is_number(inside) && is_wanted(fields, key) {
                    out.push_str(&replace(inside, true));
                } else {
                    out.push_str(token);
                }
            }
            b'-' | b'0'..=b'9' => {
                while at < bytes.len() && matches!(bytes[at], b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9') {
                    at += 1;
                }
                let token = &text[start..at];
                if is_wanted(fields, key) {
                    out.push_str(&replace(token, false));
                } else {
                    out.push_str(token);
                }
            }
            _ => {
                at += 1;
                while !text.is_char_boundary(at) {
                    at += 1;
                }
                out.push_str(&text[start..at]);
            }
        }
    }
    out
}

fn is_wanted(fields: &[String], key: &str) -> bool {
    fields.is_empty() || fields.iter().any(|field| field == key)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && foliosync_engine::model::Decimal::parse(text.as_bytes()).is_ok()
}

/// Behind the closing quote of the string that starts at `at`.
fn end_of_string(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_attributes_change() {
        let text = r#"<Trade symbol="A" quantity="-10.5" price="7">"#;
        let changed = attributes(text, &["quantity".into()], |value| format!("about {value}"));
        assert_eq!(changed, r#"<Trade symbol="A" quantity="about -10.5" price="7">"#);
        assert_eq!(attributes(text, &[], |_| String::new()), r#"<Trade symbol="A" quantity="" price="">"#);
    }

    #[test]
    fn only_the_named_numbers_change() {
        let text = r#"[{"symbol":"A\"1é","price":1.50,"last":"2.5","note":"x","list":[1,-2e3]}]"#;
        let nulls = |fields: &[String]| numbers(text, fields, |_, _| "null".into());
        assert_eq!(nulls(&[]), r#"[{"symbol":"A\"1é","price":null,"last":null,"note":"x","list":[null,null]}]"#);
        assert_eq!(
            nulls(&["last".into()]),
            r#"[{"symbol":"A\"1é","price":1.50,"last":null,"note":"x","list":[1,-2e3]}]"#
        );
    }
}
