//! Text from outside (labels, file names, errors, cells) as it may be shown: nothing in it can move the cursor, change
//! colours, or make text run backwards.

/// In one line: line breaks are escaped too.
pub fn shown(text: &str) -> String {
    escaped(text, |_| false)
}

/// As several lines where it has them.
pub fn shown_lines(text: &str) -> String {
    escaped(text, |letter| letter == '\n')
}

fn escaped(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_unsafe(letter) && !keep(letter) {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    shown
}

fn is_unsafe(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            // Direction: marks, embeddings, overrides, isolates.
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Line and paragraph separators.
            | '\u{2028}' | '\u{2029}'
            // Invisible: zero-width space, soft hyphen, word joiner and its kin, byte order mark, tags.
            | '\u{ad}' | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::{shown, shown_lines};

    #[test]
    fn what_could_act_on_a_terminal_is_written_out() {
        for (given, want) in [
            ("plain – naïve 日本 🙂", "plain – naïve 日本 🙂"),
            ("\u{1b}[31mred\u{1b}[0m", "\\u{1b}[31mred\\u{1b}[0m"),
            ("\u{1b}]8;;http://x\u{7}link", "\\u{1b}]8;;http://x\\u{7}link"),
            ("a\rb\tc\u{8}", "a\\rb\\tc\\u{8}"),
            ("c1 \u{9b}2J", "c1 \\u{9b}2J"),
            ("\u{202e}gpj.exe", "\\u{202e}gpj.exe"),
            ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
            ("a\u{200b}b\u{feff}", "a\\u{200b}b\\u{feff}"),
            ("family 👩\u{200d}👧", "family 👩\u{200d}👧"),
            ("two\nlines", "two\\nlines"),
            ("\u{2028}", "\\u{2028}"),
            ("", ""),
        ] {
            assert_eq!(shown(given), want);
        }
        assert_eq!(shown_lines("two\nlines\u{1b}"), "two\nlines\\u{1b}");
    }
}
