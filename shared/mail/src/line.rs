//! What came from outside as one line: no breaks, nothing that steers how the text around it is shown.

use domain::heading::is_hidden;

/// Whether it steers rather than says: control characters, and what is not seen itself.
pub(crate) fn steers(c: char) -> bool {
    c.is_control() || is_hidden(c)
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
