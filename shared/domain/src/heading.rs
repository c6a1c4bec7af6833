//! One-line texts around a message's content: its subject, display names, file names.

/// Whether a character is not seen itself and only steers how others are shown: marks that turn the direction of writing
/// (UAX 9), by which `fdp.exe` reads `exe.pdf`, and others that are invisible by themselves (Unicode, general category Cf).
/// The joiners U+200C and U+200D are none of them: Persian and emoji are written with them.
pub const fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// The text on one line, without blanks around it: a line break would begin another header of an e-mail. What is hidden
/// disappears.
pub fn one_line(text: &str) -> String {
    let seen: String = text.chars().filter(|c| !is_hidden(*c)).collect();
    seen.split(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_heading_is_one_line_of_what_is_seen() {
        for (text, expected) in [
            ("Payment due", "Payment due"),
            (" two  blanks ", "two  blanks"),
            ("a\r\nBcc: b@x.example", "a Bcc: b@x.example"),
            ("a\u{2028}b\u{85}c\u{0}d", "a b c d"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("\u{2066}a\u{2069}\u{200e}b\u{200f}c\u{61c}d", "abcd"),
            ("a\u{200b}b\u{feff}c\u{ad}d\u{2060}e\u{e0041}f", "abcdef"),
            ("می\u{200c}خواهم 👩\u{200d}👧 ❤\u{fe0f}", "می\u{200c}خواهم 👩\u{200d}👧 ❤\u{fe0f}"),
            ("\u{202e}\r\n\u{200b}", ""),
        ] {
            assert_eq!(one_line(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_line_break_and_nothing_hidden_is_left(text in "[\\PC\\p{Cf}\r\n\t\u{2028}]{0,80}") {
            let line = one_line(&text);
            prop_assert!(!line.contains(|c: char| c.is_control() || is_hidden(c)));
            prop_assert_eq!(one_line(&line), line);
        }
    }
}
