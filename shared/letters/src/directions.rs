//! Numbers among text that is read from right to left.
//!
//! Left to themselves, the parts of an amount, a date or a telephone number between Arabic or Hebrew words change places: a
//! dollar sign ends up behind its amount. A mark of direction in front keeps them as they are written.

use scraper::{Html, Node, StrTendril, node::Text};

/// LEFT-TO-RIGHT MARK of Unicode.
const MARK: char = '\u{200e}';

/// Whether a character is read from right to left.
pub(crate) fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

/// Puts the mark in front of each number in the text of `tree`.
pub(crate) fn keep_numbers(tree: &mut Html) {
    let is_style = |node: ego_tree::NodeRef<'_, Node>| {
        node.value().as_element().is_some_and(|element| matches!(element.name(), "style" | "title"))
    };
    let texts = tree.tree.root().descendants().filter(|node| node.value().is_text());
    let texts: Vec<_> =
        texts.filter(|node| !node.parent().is_some_and(is_style)).map(|node| node.id()).collect();
    for id in texts {
        let Some(mut node) = tree.tree.get_mut(id) else { continue };
        if let Node::Text(text) = node.value() {
            *text = Text { text: StrTendril::from(marked(text)) };
        }
    }
}

fn marked(text: &str) -> String {
    let mut marked = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        if word.contains(|c: char| c.is_ascii_digit()) && !word.contains(is_right_to_left) {
            marked.push(MARK);
        }
        marked.push_str(word);
    }
    marked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_are_marked() {
        for (text, expected) in [
            ("قرض $18,500.00 قرض", "قرض \u{200e}$18,500.00 قرض"),
            ("(800) 555-0142\n", "\u{200e}(800) \u{200e}555-0142\n"),
            ("قرض5 Pat", "قرض5 Pat"),
        ] {
            assert_eq!(marked(text), expected);
        }
    }
}
