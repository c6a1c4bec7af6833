//! Elements made two, between two of their lines or at a place in their text, and lines made blocks.

use ego_tree::NodeId;
use scraper::{Html, Node, StrTendril, node::Text};

use super::{FILL, LINE};
use crate::blocks;

/// Marks an element that was cut: what is before the cut, and what is after it. The value says what it was cut between.
const GOES_ON: &str = "data-postrider-goes-on";
pub(super) const BEGAN: &str = "data-postrider-began";

/// Cuts everything between a place in a text and the `container` around it. The first node of `container` after the cut.
pub(super) fn split_text(tree: &mut Html, container: NodeId, (text, at): (NodeId, usize)) -> Option<NodeId> {
    let mut node = tree.tree.get_mut(text)?;
    let Node::Text(whole) = node.value() else { return None };
    let (before, after) = whole.split_at_checked(at)?;
    let (before, after) = (StrTendril::from(before), StrTendril::from(after));
    *whole = Text { text: before };
    let right = node.insert_after(Node::Text(Text { text: after })).id();
    split(tree, container, right, "line")
}

/// As [`split_text`], in front of a block.
pub(super) fn split_blocks(tree: &mut Html, container: NodeId, block: NodeId) -> Option<NodeId> {
    split(tree, container, block, "block")
}

fn split(tree: &mut Html, container: NodeId, first: NodeId, between: &str) -> Option<NodeId> {
    let mut right = first;
    loop {
        let parent = tree.tree.get(right)?.parent()?.id();
        if parent == container {
            return Some(right);
        }
        let mut outer = tree.tree.get_mut(parent)?;
        let Node::Element(element) = outer.value() else { return None };
        let mut rest = element.clone();
        rest.attrs.retain(|name, _| name.local.as_ref() != "id");
        blocks::set(&mut rest, BEGAN, between);
        blocks::set(element, GOES_ON, between);
        let rest = outer.insert_after(Node::Element(rest)).id();
        let mut next = Some(right);
        while let Some(moved) = next {
            next = tree.tree.get(moved)?.next_sibling().map(|node| node.id());
            tree.tree.get_mut(rest)?.append_id(moved);
        }
        right = rest;
    }
}

/// Puts the siblings from `first` up to `end` into a block.
pub(super) fn wrap(tree: &mut Html, first: NodeId, end: Option<NodeId>, style: &str) -> Option<NodeId> {
    let mut line = blocks::element(LINE);
    blocks::set(&mut line, "style", style);
    let line = tree.tree.get_mut(first)?.insert_before(Node::Element(line)).id();
    loop {
        let next = tree.tree.get(line)?.next_sibling().map(|node| node.id());
        match next {
            Some(next) if Some(next) != end => drop(tree.tree.get_mut(line)?.append_id(next)),
            _ => return Some(line),
        }
    }
}

/// Makes the line before it not the last of its block.
pub(super) fn fill(tree: &mut Html, line: NodeId) -> Option<()> {
    let mut line = tree.tree.get_mut(line)?;
    line.append(Node::Text(Text { text: StrTendril::from(" ") }));
    line.append(Node::Element(blocks::element(FILL)));
    Some(())
}

/// Takes the line feed from the end of a text, if the end of a block stands for it now.
pub(super) fn shorten(tree: &mut Html, text: NodeId) -> Option<()> {
    let mut node = tree.tree.get_mut(text)?;
    if let Node::Text(whole) = node.value()
        && let Some(short) = whole.strip_suffix('\n')
    {
        let short = StrTendril::from(short);
        *whole = Text { text: short };
    }
    Some(())
}

/// The lines in an element between which it can be divided: all but those in front of which nothing is written, and those
/// that stay together with others.
pub(super) fn joints(tree: &Html, id: NodeId) -> Vec<NodeId> {
    let Some(element) = tree.tree.get(id) else { return Vec::new() };
    let mut is_written = false;
    let mut joints = Vec::new();
    for node in element.descendants() {
        match node.value() {
            Node::Text(text) => is_written |= !text.trim().is_empty(),
            Node::Element(element) if element.name() == LINE && is_written => {
                let is_apart = |around: ego_tree::NodeRef<'_, Node>| {
                    around.value().as_element().is_none_or(|around| around.name() != LINE)
                };
                if node.parent().is_some_and(is_apart) {
                    joints.push(node.id());
                }
            }
            _ => {}
        }
    }
    joints
}
