//! Rows of tables that go on over the edge of a page.
//!
//! The layout engine sets the cells of such a row one after the other, so that what belongs together is pages apart. So it is
//! made several rows, each with a line of every cell.

use ego_tree::{NodeId, NodeRef};
use scraper::{Html, Node};

use super::cutting;
use crate::blocks;

/// Lines of a cell that may go on beside another that does.
const FEW: usize = 3;

/// Divides those of `rows` that have more than one long cell.
pub(super) fn divide(tree: &mut Html, rows: &[NodeId]) {
    for row in rows {
        // A row that is not there any more was divided with one around it.
        let _ = divide_row(tree, *row);
    }
}

fn divide_row(tree: &mut Html, row: NodeId) -> Option<()> {
    let cells: Vec<NodeId> = tree
        .tree
        .get(row)?
        .children()
        .filter(|cell| cell.value().is_element())
        .map(|cell| cell.id())
        .collect();
    let long = cells.iter().filter(|cell| cutting::joints(tree, **cell).len() > FEW).count();
    if long < 2 || cells.iter().any(|cell| tree.tree.get(*cell).is_none_or(spans_rows)) {
        return None;
    }
    let mut columns = Vec::new();
    for cell in cells {
        let mut parts = Vec::new();
        for joint in cutting::joints(tree, cell).into_iter().rev() {
            parts.push(cutting::split_blocks(tree, row, joint)?);
        }
        parts.push(cell);
        parts.reverse();
        columns.push(parts);
    }
    let element = tree.tree.get(row)?.value().as_element()?.clone();
    let count = columns.iter().map(Vec::len).max()?;
    for number in (1..count).rev() {
        let mut next = element.clone();
        next.attrs.retain(|name, _| name.local.as_ref() != "id");
        let next = tree.tree.get_mut(row)?.insert_after(Node::Element(next)).id();
        for parts in &columns {
            let cell = match parts.get(number) {
                Some(cell) => *cell,
                None => empty(tree, *parts.last()?)?,
            };
            tree.tree.get_mut(next)?.append_id(cell);
        }
    }
    Some(())
}

fn spans_rows(cell: NodeRef<'_, Node>) -> bool {
    let rows = cell.value().as_element().and_then(|cell| cell.attr("rowspan"));
    rows.is_some_and(|rows| rows.trim() != "1")
}

/// A cell like another, with nothing in it.
fn empty(tree: &mut Html, like: NodeId) -> Option<NodeId> {
    let mut cell = tree.tree.get(like)?.value().as_element()?.clone();
    blocks::set(&mut cell, cutting::BEGAN, "block");
    Some(tree.tree.orphan(Node::Element(cell)).id())
}
