//! Blocks of text, kept from what the layout engine does to those of several lines.
//!
//! It takes the last of the lines that `<br>` makes for the longest when it looks for the width of a cell or
//! a flex item; it never breaks lines that stand in `<body>` itself across pages; and a block that may break across
//! pages loses its height and its padding at the bottom.

use ego_tree::{NodeId, NodeRef};
use html5ever::{LocalName, QualName, ns};
use scraper::{
    Html, Node, StrTendril,
    node::{Element, Text},
};

/// Characters of a block that is kept on one page: about six lines.
const SHORT: usize = 500;
/// Columns from one stop of a tab to the next, as in browsers.
const TAB: usize = 8;
/// The element around a line; [`crate::lines::STYLE`] makes it a block.
pub(crate) const LINE: &str = "postrider-line";

/// Whether a block has text of its own, and little of it.
pub(crate) fn is_short(node: NodeRef<'_, Node>) -> bool {
    let has_text = node.children().any(|child| match child.value() {
        Node::Text(text) => !text.trim().is_empty(),
        Node::Element(element) => element.name() == LINE,
        _ => false,
    });
    let mut left = SHORT;
    let mut fits = |node: NodeRef<'_, Node>| match node.value() {
        Node::Text(text) => {
            text.len() <= left && {
                left -= text.len();
                true
            }
        }
        _ => true,
    };
    is_block(node) && has_text && node.descendants().all(&mut fits)
}

/// Makes a block of its own of every line that ends in `<br>`, in blocks that hold nothing but such lines.
pub(crate) fn split_lines(tree: &mut Html) {
    let ids: Vec<_> =
        tree.tree.root().descendants().filter(|node| has_lines(*node)).map(|node| node.id()).collect();
    for id in ids {
        let Some(block) = tree.tree.get(id) else { continue };
        let children: Vec<_> = block.children().map(|child| (child.id(), is_break(child))).collect();
        let mut lines: Vec<Vec<NodeId>> = vec![Vec::new()];
        for (child, is_break) in children {
            match lines.last_mut() {
                Some(line) if !is_break => line.push(child),
                _ => lines.push(Vec::new()),
            }
            if is_break && let Some(mut child) = tree.tree.get_mut(child) {
                child.detach();
            }
        }
        // What follows the last `<br>` is a line only if there is something in it.
        if lines.last().is_some_and(|line| line.iter().all(|child| is_blank(tree, *child))) {
            lines.pop();
        }
        for line in lines {
            let is_empty = line.iter().all(|child| is_blank(tree, *child));
            let Some(mut block) = tree.tree.get_mut(id) else { continue };
            let mut whole = block.append(Node::Element(element(LINE)));
            for child in line {
                whole.append_id(child);
            }
            if is_empty {
                whole.append(Node::Text(Text { text: StrTendril::from("\u{a0}") }));
            }
        }
    }
}

/// Writes tabs as spaces up to the next of [`TAB`] columns. No font has a tab; if white space collapses, they are the same.
pub(crate) fn expand_tabs(tree: &mut Html) {
    let ids: Vec<_> = tree.tree.root().descendants().map(|node| node.id()).collect();
    let mut column = 0;
    for id in ids {
        let Some(mut node) = tree.tree.get_mut(id) else { continue };
        let Node::Text(text) = node.value() else { continue };
        let mut expanded = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '\t' => {
                    let width = TAB - column % TAB;
                    expanded.extend(std::iter::repeat_n(' ', width));
                    column += width;
                }
                c => {
                    expanded.push(c);
                    column = if c == '\n' { 0 } else { column + 1 };
                }
            }
        }
        *text = Text { text: StrTendril::from(expanded) };
    }
}

fn has_lines(node: NodeRef<'_, Node>) -> bool {
    let may_hold_lines = match node.value().as_element().map(Element::name) {
        Some("td" | "th" | "body") => true,
        // The engine looks for the title of a section in the heading itself.
        Some("h1" | "h2" | "h3" | "h4" | "h5" | "h6") => false,
        _ => is_block(node),
    };
    may_hold_lines && node.children().any(is_break) && node.children().all(is_inline)
}

fn is_block(node: NodeRef<'_, Node>) -> bool {
    matches!(
        node.value().as_element().map(Element::name),
        Some(
            "p" | "div"
                | "section"
                | "article"
                | "aside"
                | "main"
                | "header"
                | "footer"
                | "address"
                | "blockquote"
                | "center"
                | "figcaption"
                | "li"
                | "dt"
                | "dd"
                | "h1"
                | "h2"
                | "h3"
                | "h4"
                | "h5"
                | "h6"
        )
    )
}

fn is_break(node: NodeRef<'_, Node>) -> bool {
    node.value().as_element().is_some_and(|element| element.name() == "br")
}

fn is_inline(node: NodeRef<'_, Node>) -> bool {
    match node.value() {
        Node::Element(element) => matches!(
            element.name(),
            "br" | "wbr"
                | "a"
                | "abbr"
                | "b"
                | "big"
                | "cite"
                | "code"
                | "del"
                | "em"
                | "font"
                | "i"
                | "img"
                | "ins"
                | "kbd"
                | "mark"
                | "q"
                | "s"
                | "samp"
                | "small"
                | "span"
                | "strong"
                | "sub"
                | "sup"
                | "time"
                | "tt"
                | "u"
                | "var"
        ),
        Node::Text(_) => true,
        _ => false,
    }
}

fn is_blank(tree: &Html, id: NodeId) -> bool {
    let text = tree.tree.get(id).and_then(|node| node.value().as_text());
    text.is_some_and(|text| text.chars().all(|c| c.is_ascii_whitespace()))
}

/// A new element of HTML, without attributes.
pub(crate) fn element(name: &str) -> Element {
    Element::new(QualName::new(None, ns!(html), LocalName::from(name)), Vec::new())
}

/// Gives an element an attribute.
pub(crate) fn set(element: &mut Element, name: &str, value: &str) {
    element.attrs.insert(QualName::new(None, ns!(), LocalName::from(name)), StrTendril::from(value));
}

/// Puts declarations behind those of an element's own.
pub(crate) fn add_style(tree: &mut Html, id: NodeId, style: &str) {
    if let Some(mut node) = tree.tree.get_mut(id)
        && let Node::Element(element) = node.value()
    {
        let style = format!("{};{style}", element.attr("style").unwrap_or_default());
        set(element, "style", &style);
    }
}
