//! Items of lists that go on over the edge of a page.
//!
//! The layout engine sets the marker of an item on each of its pages, as if it were another. So a long item is divided: its
//! first lines have the marker, the others are a block under it.

use scraper::Html;

use super::{SHORT, cutting};

/// Divides the items of `tree` that have many lines.
pub(super) fn divide(tree: &mut Html) {
    let is_item = |node: &ego_tree::NodeRef<'_, scraper::Node>| {
        node.value().as_element().is_some_and(|element| element.name() == "li")
    };
    let items: Vec<_> = tree.tree.root().descendants().filter(is_item).map(|item| item.id()).collect();
    // From the last to the first, so that an item in another is divided before it.
    for item in items.into_iter().rev() {
        let joints = cutting::joints(tree, item);
        let list = tree.tree.get(item).and_then(|item| item.parent()).map(|list| list.id());
        if let (Some(list), Some(first)) = (list, joints.first())
            && joints.len() > SHORT
        {
            cutting::split_blocks(tree, list, *first);
        }
    }
}
