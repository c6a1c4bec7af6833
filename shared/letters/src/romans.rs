//! Lists numbered (i), (ii), (iii), as legal texts are.
//!
//! The layout engine cannot number so. A style sheet names two other ways to it instead, of which it knows no more, and where
//! it finds one of them, the marker is written as text.

use std::borrow::Cow;

use ego_tree::{NodeId, NodeRef};
use fulgur::blitz_adapter::{self, Node as Styled};
use scraper::{Html, Node, StrTendril, node::Text};
use style::computed_values::{list_style_position::T as Position, list_style_type::T as Way};

use crate::{blocks, lines::Places};

/// The element around a marker.
const MARKER: &str = "postrider-marker";
/// Ways of numbering, and what the engine sees instead.
const WAYS: [(&str, &str); 2] = [("lower-roman", "cjk-earthly-branch"), ("upper-roman", "cjk-heavenly-stem")];
/// Letters and what they are worth, each less than the one before.
const DIGITS: [(usize, &str); 13] = [
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
];
/// The first number that is not written so.
const MOST: usize = 4000;

/// What the engine is told instead of a way of numbering.
pub(crate) fn instead(way: &str) -> Option<&'static str> {
    WAYS.iter().find(|(name, _)| way.eq_ignore_ascii_case(name)).map(|(_, instead)| *instead)
}

/// `html` with the markers of such lists written into their items.
pub(crate) fn mark(html: &str, (width, height): (f32, f32)) -> Cow<'_, str> {
    if !WAYS.iter().any(|(_, instead)| html.contains(instead)) {
        return Cow::Borrowed(html);
    }
    let mut tree = Html::parse_document(html);
    let (mut styled, ..) =
        blitz_adapter::parse_html_with_local_resources(html, width, height as u32, &[], false, None);
    styled.resolve_stylist(0.0);
    let Some(places) = Places::of(&tree, &styled) else { return Cow::Borrowed(html) };
    let items: Vec<_> = styled
        .tree()
        .iter()
        .filter_map(|(_, node)| Some((places.place(node.id)?, is_upper(node)?, is_inside(node))))
        .collect();
    for (item, is_upper, is_inside) in items {
        let marker = tree.tree.get(item).and_then(number).map(roman);
        if let Some(marker) = marker {
            write(&mut tree, item, if is_upper { marker.to_ascii_uppercase() } else { marker }, is_inside);
        }
    }
    Cow::Owned(tree.html())
}

/// Whether an item is numbered with capital letters. `None` if it is not numbered so.
fn is_upper(node: &Styled) -> Option<bool> {
    let styles = node.primary_styles()?;
    if node.element_data()?.name.local.as_ref() != "li" || !styles.clone_display().is_list_item() {
        return None;
    }
    match styles.clone_list_style_type() {
        Way::CjkEarthlyBranch => Some(false),
        Way::CjkHeavenlyStem => Some(true),
        _ => None,
    }
}

fn is_inside(node: &Styled) -> bool {
    node.primary_styles().is_some_and(|styles| styles.clone_list_style_position() == Position::Inside)
}

/// The number of an item in its list.
fn number(item: NodeRef<'_, Node>) -> Option<usize> {
    let attribute = |node: NodeRef<'_, Node>, name: &str| -> Option<i64> {
        node.value().as_element()?.attr(name)?.trim().parse().ok()
    };
    let list = item.parent()?;
    let items: Vec<_> = list
        .children()
        .filter(|node| node.value().as_element().is_some_and(|element| element.name() == "li"))
        .collect();
    let is_reversed = list.value().as_element()?.attr("reversed").is_some();
    let (first, step) = if is_reversed { (items.len() as i64, -1) } else { (1, 1) };
    let mut next = attribute(list, "start").unwrap_or(first);
    for one in items {
        let number = attribute(one, "value").unwrap_or(next);
        if one.id() == item.id() {
            return usize::try_from(number).ok();
        }
        next = number.saturating_add(step);
    }
    None
}

fn roman(number: usize) -> String {
    if !(1..MOST).contains(&number) {
        return number.to_string();
    }
    let (mut rest, mut roman) = (number, String::new());
    for (worth, digit) in DIGITS {
        while rest >= worth {
            roman.push_str(digit);
            rest -= worth;
        }
    }
    roman
}

/// Writes the marker of an item in front of its first line.
fn write(tree: &mut Html, item: NodeId, marker: String, is_inside: bool) {
    blocks::add_style(tree, item, "list-style-type:none");
    let mut line = item;
    while let Some(block) = tree.tree.get(line).and_then(first_block) {
        line = block;
    }
    let mut element = blocks::element(MARKER);
    let style = if is_inside {
        "display:inline"
    } else {
        blocks::add_style(tree, line, "position:relative");
        "position:absolute;left:-4em;width:3.6em;text-align:right;text-indent:0;white-space:nowrap"
    };
    blocks::set(&mut element, "style", style);
    let Some(mut line) = tree.tree.get_mut(line) else { return };
    let mut element = line.prepend(Node::Element(element));
    let space = if is_inside { "\u{a0}" } else { "" };
    element.append(Node::Text(Text { text: StrTendril::from(format!("{marker}.{space}")) }));
}

/// What an element begins with, if it is a block.
fn first_block(node: NodeRef<'_, Node>) -> Option<NodeId> {
    let is_blank =
        |node: &NodeRef<'_, Node>| node.value().as_text().is_some_and(|text| text.trim().is_empty());
    let first = node.children().find(|child| !is_blank(child))?;
    let name = first.value().as_element()?.name();
    matches!(name, "p" | "div" | "section" | "blockquote" | blocks::LINE).then(|| first.id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_romans_did() {
        for (number, expected) in [
            (1, "i"),
            (4, "iv"),
            (9, "ix"),
            (14, "xiv"),
            (49, "xlix"),
            (1990, "mcmxc"),
            (0, "0"),
            (4000, "4000"),
        ] {
            assert_eq!(roman(number), expected);
        }
    }
}
