//! What came from outside as one line: no breaks, nothing that steers how the text around it is shown.

/// Whether it steers rather than says: control characters, and those that turn the direction of writing (UAX 9), by
/// which `fdp.exe` reads `exe.pdf`.
pub(crate) fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// At most `most` characters of it, its white space made single blanks.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let mut line = String::new();
    let mut length = 0;
    let mut blank = false;
    for c in text.chars() {
        if c.is_whitespace() {
            blank = length > 0;
            continue;
        }
        if steers(c) {
            continue;
        }
        let needed = 1 + usize::from(blank);
        if length + needed > most {
            break;
        }
        if blank {
            line.push(' ');
        }
        line.push(c);
        length += needed;
        blank = false;
    }
    line
}

/// As much of it as fits into `most` bytes.
pub(crate) fn cut(mut text: String, most: usize) -> String {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
    }
    text
}
