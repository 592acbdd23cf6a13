//! What is no CSV text at all, told apart before any row is read.

use super::Refusal;

/// The bytes of a CSV file behind its byte order mark, free of what only other formats hold.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a>(pub(super) &'a [u8]);

const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";

impl<'a> Text<'a> {
    pub fn of(bytes: &'a [u8]) -> Result<Text<'a>, Refusal> {
        let refuse = |reason: &str| Err(Refusal::file(reason));
        match bytes {
            [] => return refuse("is empty (0 bytes); export it again"),
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => {
                return refuse("is UTF-16 text; save it as UTF-8 (in Excel: \"CSV UTF-8\")");
            }
            [b'P', b'K', 3, 4, ..] => return refuse("is an Excel workbook or a zip file; save it as CSV"),
            [0x1F, 0x8B, ..] => return refuse("is compressed with gzip; unpack it"),
            _ => {}
        }
        if bytes.contains(&0) {
            return match looks_like_utf16(bytes) {
                Some(order) => refuse(&format!("is {order} text without its mark; save it as UTF-8")),
                None => refuse("is not text: it holds NUL bytes; export it again as CSV"),
            };
        }
        let text = bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes);
        if text.iter().all(u8::is_ascii_whitespace) {
            return refuse("holds nothing but blank lines; export it again");
        }
        Ok(Text(text))
    }
}

/// Western text in UTF-16 has a NUL in every other byte.
fn looks_like_utf16(bytes: &[u8]) -> Option<&'static str> {
    let head = &bytes[..bytes.len().min(64) & !1];
    let nuls = |from: usize| head.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count() * 2;
    match (nuls(0), nuls(1)) {
        (0, odd) if odd * 10 >= head.len() * 8 => Some("UTF-16 (little endian)"),
        (even, 0) if even * 10 >= head.len() * 8 => Some("UTF-16 (big endian)"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_utf8_text_is_refused_by_name() {
        let check = |bytes: &[u8], want: &str| {
            let got = Text::of(bytes).expect_err(want).reason;
            assert!(got.contains(want), "{got} should say {want}");
        };
        check(b"", "0 bytes");
        check(b"\xEF\xBB\xBF \r\n\r\n", "blank lines");
        check(b"\xFF\xFEa\0,\0", "UTF-16");
        check(b"\xFE\xFF\0a\0,", "UTF-16");
        check(b"a\0,\0b\0\r\0\n\0", "UTF-16 (little endian)");
        check(b"\0a\0,\0b\0\n", "UTF-16 (big endian)");
        check(b"PK\x03\x04rest", "Excel workbook");
        check(b"\x1F\x8B\x08rest", "gzip");
        check(b"a,b\n1,\0\n", "NUL bytes");
    }

    #[test]
    fn the_byte_order_mark_is_not_part_of_the_first_header() {
        assert_eq!(Text::of(b"\xEF\xBB\xBFDate,P/L").unwrap().0, b"Date,P/L");
        assert_eq!(Text::of(b"Date,P/L").unwrap().0, b"Date,P/L");
    }
}
