//! Numbers, which are not broken into lines: half an amount reads as another.

use ego_tree::NodeRef;
use scraper::{Html, Node, StrTendril, node::Text};

use crate::blocks;

/// The element around a number; [`STYLE`] keeps it on one line.
const NUMBER: &str = "postrider-number";
/// Characters above which a number is none: no line may have room for it.
const LONGEST: usize = 40;

pub(crate) const STYLE: &str =
    "postrider-number{white-space:nowrap!important;overflow-wrap:normal!important}";

/// Whether a line may not end between two characters of a word.
pub(crate) fn joins(word: &str, before: Option<char>, after: Option<char>) -> bool {
    let is_part =
        |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit() || matches!(c, ',' | '.' | '$' | '%'));
    is_part(before) && is_part(after) && is_number(word)
}

/// Whether a word is a number, or has an amount in it.
fn is_number(word: &str) -> bool {
    let mut pairs = word.chars().zip(word.chars().skip(1));
    let has_amount = pairs.any(|(sign, digit)| matches!(sign, ',' | '.' | '$') && digit.is_ascii_digit());
    let has_digits = word.contains(|c: char| c.is_ascii_digit()) && !word.contains(char::is_alphabetic);
    (4..=LONGEST).contains(&word.len()) && (has_amount || has_digits)
}

/// Whether a text is a number and nothing else.
fn is_alone(text: &str) -> bool {
    is_number(text.trim()) && text.split_whitespace().count() == 1
}

/// Puts each number into an element of its own.
pub(crate) fn keep(html: &str) -> String {
    let mut tree = Html::parse_document(html);
    let texts = tree.tree.root().descendants().filter(|node| node.value().is_text());
    let texts: Vec<_> = texts.filter(|node| may_be_divided(*node)).map(|node| node.id()).collect();
    for id in texts {
        let Some(mut node) = tree.tree.get_mut(id) else { continue };
        let Node::Text(text) = node.value() else { continue };
        let text = text.to_string();
        let mut plain = String::new();
        for word in text.split_inclusive(char::is_whitespace) {
            let number = word.trim_end();
            if !is_number(number) {
                plain.push_str(word);
                continue;
            }
            if !plain.is_empty() {
                let before = StrTendril::from(std::mem::take(&mut plain));
                node.insert_before(Node::Text(Text { text: before }));
            }
            let mut kept = node.insert_before(Node::Element(blocks::element(NUMBER)));
            kept.append(Node::Text(Text { text: StrTendril::from(number) }));
            plain.push_str(&word[number.len()..]);
        }
        if let Node::Text(rest) = node.value() {
            *rest = Text { text: StrTendril::from(plain) };
        }
    }
    tree.html()
}

/// Whether a text can be several nodes and look as before: not in what lays out each of its nodes by itself.
fn may_be_divided(node: NodeRef<'_, Node>) -> bool {
    let Some(text) = node.value().as_text() else { return false };
    let parent = node.parent().and_then(|parent| parent.value().as_element());
    parent.is_some_and(|parent| match parent.name() {
        "style" | "title" | "svg" | "desc" => false,
        "div" | "section" | "article" | "aside" | "main" | "header" | "footer" | "body" => is_alone(text),
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_would_change_its_meaning_is_kept_together() {
        for (html, kept) in [
            ("<p>Pay $1,312.50 by 12/15/2031.", &["$1,312.50", "12/15/2031."][..]),
            ("<p>1.5 of 10 or w00000. or 4471009881", &["4471009881"]),
            ("<div>Pay $312.50</div><div>$312.50 </div>", &["$312.50"]),
        ] {
            let html = keep(html);
            let found: Vec<_> =
                html.split("<postrider-number>").skip(1).filter_map(|rest| rest.split('<').next()).collect();
            assert_eq!(found, kept, "{html}");
        }
        assert!(joins("$12,345", Some(','), Some('3')) && !joins("4471-0098", Some('-'), Some('0')));
    }
}
