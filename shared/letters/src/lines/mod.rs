//! Paragraphs cut into the lines that the layout engine makes of them, each a block of its own.
//!
//! The engine loses lines of blocks that go on over the edge of a page, wherever they stand: in an item, a cell, a column.
//! Between two blocks it breaks pages well. So the document is laid out once, to see where each line ends, and cut there:
//! on its pages it looks as before. First and last lines of a paragraph stay in pairs.

mod cutting;
mod items;
mod rows;

use std::sync::Arc;

use ego_tree::{NodeId, NodeRef};
use fulgur::blitz_adapter::{self, BaseDocument, Node as Styled, NodeData};
use scraper::{Html, Node};
use style::{
    computed_values::white_space_collapse::T as WhiteSpace,
    values::specified::{TextAlignKeyword, box_::DisplayOutside},
};

use crate::blocks;

/// The element around a line, or around lines that stay together; [`STYLE`] makes it a block.
const LINE: &str = "postrider-line";
/// Fills the line after one that is justified, so that this one is not the last of its block.
const FILL: &str = "postrider-fill";
/// Lines up to which a block that is kept on one page is left as it is.
const SHORT: usize = 12;
/// Part of a page above which something that cannot be broken is put into the flow of the text.
const TALL: f32 = 0.5;

/// What the elements above mean. What begins or ends an element by its style does so once, though it was cut.
pub(crate) const STYLE: &str = "\
    postrider-line{display:block}\
    postrider-fill{display:inline-block;width:100%;height:0}\
    [data-postrider-goes-on]::after,[data-postrider-began]::before{content:none!important}\
    [data-postrider-began]{counter-increment:none!important;counter-reset:none!important}\
    [data-postrider-goes-on=line]{margin-right:0!important;border-right:0!important;padding-right:0!important}\
    [data-postrider-began=line]{margin-left:0!important;border-left:0!important;padding-left:0!important}\
    [data-postrider-goes-on=block]{margin-bottom:0!important;border-bottom:0!important;padding-bottom:0!important}\
    [data-postrider-began=block]{margin-top:0!important;border-top:0!important;padding-top:0!important}\
    li[data-postrider-began]{display:block!important}\
    td[data-postrider-began=block],th[data-postrider-began=block]{padding-top:1px!important}";

/// `html` with every paragraph cut, laid out in a `room` of this width and height, in CSS pixels. With `flowing`, what
/// cannot be broken and is tall becomes a block among the others, and rows stay as they are.
pub(crate) fn cut(html: &str, room: (f32, f32), fonts: &[Arc<Vec<u8>>], flowing: bool) -> String {
    let (width, height) = room;
    let (mut styled, ..) =
        blitz_adapter::parse_html_with_local_resources(html, width, height as u32, fonts, false, None);
    blitz_adapter::resolve(&mut styled);
    let mut tree = Html::parse_document(html);
    let Some(places) = Places::of(&tree, &styled) else { return html.to_owned() };
    for run in places.runs(&tree, &styled) {
        // A run that is not there any more was cut as a part of another.
        let _ = run.cut(&mut tree);
    }
    if let Some(body) = places.lowered_body(&styled) {
        blocks::add_style(&mut tree, body, "margin-top:0;padding-top:.1px");
    }
    for id in places.rows_of_boxes(&styled, height * TALL) {
        blocks::add_style(&mut tree, id, "break-inside:avoid");
    }
    for id in places.flush_cells(&styled) {
        blocks::add_style(&mut tree, id, "padding-top:1px");
    }
    items::divide(&mut tree);
    if !flowing {
        let rows = places.tall_rows(&tree, &styled, height * TALL);
        rows::divide(&mut tree, &rows);
    } else {
        for (id, style) in places.unbreakable(&styled, height * TALL) {
            blocks::add_style(&mut tree, id, style);
        }
    }
    tree.html()
}

/// The nodes of one document as two libraries number them.
pub(crate) struct Places {
    /// Of the styled document by number: the same node of the tree.
    nodes: Vec<Option<NodeId>>,
}

impl Places {
    /// `None` when the two do not agree on what the document holds.
    pub(crate) fn of(tree: &Html, styled: &BaseDocument) -> Option<Self> {
        let mut nodes = Vec::new();
        let mut open = vec![(
            tree.tree.root().children().find(|node| node.value().is_element())?,
            styled.root_element(),
        )];
        while let Some((node, same)) = open.pop() {
            let is_same = match (node.value(), &same.data) {
                (Node::Element(element), NodeData::Element(other)) => {
                    element.name() == other.name.local.as_ref()
                }
                (Node::Text(text), NodeData::Text(other)) => **text == *other.content,
                _ => false,
            };
            if !is_same {
                return None;
            }
            if nodes.len() <= same.id {
                nodes.resize(same.id + 1, None);
            }
            nodes[same.id] = Some(node.id());
            let children = same.children.iter().filter_map(|id| styled.get_node(*id));
            let mut children = children.filter(|child| !matches!(child.data, NodeData::Comment));
            for child in node.children() {
                open.push((child, children.next()?));
            }
            if children.next().is_some() {
                return None;
            }
        }
        Some(Self { nodes })
    }

    pub(crate) fn place(&self, styled: usize) -> Option<NodeId> {
        *self.nodes.get(styled)?
    }

    /// The body, if the margin of what it begins with is above it, because the two are one. The engine fills the first page
    /// as if there were none.
    fn lowered_body(&self, styled: &BaseDocument) -> Option<NodeId> {
        let is_body =
            |node: &&Styled| node.element_data().is_some_and(|element| element.name.local.as_ref() == "body");
        let body = styled.tree().iter().map(|(_, node)| node).find(is_body)?;
        let top = body.final_layout.location.y;
        let is_in_flow = |node: &&Styled| {
            let position = node.primary_styles().map(|styles| styles.clone_position());
            node.final_layout.size.height > 0.0
                && position.is_some_and(|position| !position.is_absolutely_positioned())
        };
        let first = body.children.iter().filter_map(|id| styled.get_node(*id)).find(is_in_flow)?;
        (top > 0.0 && first.final_layout.margin.top >= top).then(|| self.place(body.id)).flatten()
    }

    /// All that is to be cut.
    fn runs(&self, tree: &Html, styled: &BaseDocument) -> Vec<Run> {
        styled.tree().iter().filter_map(|(_, node)| self.run(tree, styled, node)).collect()
    }

    /// The rows of tables that are taller than `most`. They have no layout, only their cells do.
    fn tall_rows(&self, tree: &Html, styled: &BaseDocument, most: f32) -> Vec<NodeId> {
        let tall = styled.tree().iter().filter(|(_, node)| node.final_layout.size.height > most);
        let places = tall.filter_map(|(_, node)| self.place(node.id));
        let parents = places.filter_map(|id| tree.tree.get(id)?.parent());
        let is_row =
            |node: &NodeRef<'_, Node>| node.value().as_element().is_some_and(|row| row.name() == "tr");
        let mut rows: Vec<_> = parents.filter(is_row).map(|row| row.id()).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// What has boxes among its lines, and is no taller than `most`. The engine loses all but the last of such lines, unless
    /// they are kept together.
    fn rows_of_boxes(&self, styled: &BaseDocument, most: f32) -> Vec<NodeId> {
        let has_boxes = |node: &Styled| {
            let (NodeData::Element(data) | NodeData::AnonymousBlock(data)) = &node.data else { return false };
            let layout = data.inline_layout_data.as_deref().map(|inline| &inline.layout);
            layout.is_some_and(|layout| !layout.inline_boxes().is_empty() && layout.lines().count() > 1)
        };
        let rows = styled.tree().iter().map(|(_, node)| node).filter(|node| has_boxes(node));
        let rows = rows.filter(|node| node.final_layout.size.height <= most);
        // What is no element itself is kept together with what is around it.
        rows.filter_map(|node| self.place(node.id).or_else(|| self.place(node.parent?))).collect()
    }

    /// The cells without room at their top. The engine loses blocks in them at the edges of pages.
    fn flush_cells(&self, styled: &BaseDocument) -> Vec<NodeId> {
        let is_flush = |node: &Styled| {
            let element = node.element_data().map(|element| element.name.local.as_ref());
            let layout = &node.final_layout;
            matches!(element, Some("td" | "th")) && layout.padding.top + layout.border.top < 1.0
        };
        let cells = styled.tree().iter().filter(|(_, node)| is_flush(node));
        cells.filter_map(|(_, node)| self.place(node.id)).collect()
    }

    /// What is taller than `most` and cannot be broken, and how it can.
    fn unbreakable(&self, styled: &BaseDocument, most: f32) -> Vec<(NodeId, &'static str)> {
        let tall = styled.tree().iter().filter(|(_, node)| node.final_layout.size.height > most);
        let styled = tall.filter_map(|(_, node)| {
            let styles = node.primary_styles()?;
            let display = styles.clone_display();
            let style = if styles.clone_position().is_absolutely_positioned() {
                "position:static!important;"
            } else if display.outside() == DisplayOutside::Inline && !display.is_inline_flow() {
                "display:block!important;"
            } else {
                return None;
            };
            Some((self.place(node.id)?, style))
        });
        styled.collect()
    }

    /// How the text that `root` lays out in lines is to be cut. `None` if it is not: it has one line, is kept together
    /// on one page, or shows text in another way than it is written.
    fn run(&self, tree: &Html, styled: &BaseDocument, root: &Styled) -> Option<Run> {
        let (NodeData::Element(data) | NodeData::AnonymousBlock(data)) = &root.data else { return None };
        let inline = data.inline_layout_data.as_deref()?;
        let lines = inline.layout.lines().count();
        if lines < 2 || (lines <= SHORT && self.place(root.id).is_some_and(|id| is_kept(tree, id))) {
            return None;
        }
        let styles = root.primary_styles()?;
        let keeps_lines = match styles.clone_white_space_collapse() {
            WhiteSpace::Preserve | WhiteSpace::PreserveBreaks | WhiteSpace::BreakSpaces => true,
            WhiteSpace::Collapse => false,
        };
        let mut reading = Reading {
            places: self,
            styled,
            keeps_lines,
            letters: Vec::new(),
            line_break: None,
            behind: None,
        };
        reading.read_children(root);
        let letters = reading.letters;
        let shown: Vec<(usize, char)> =
            inline.text.char_indices().filter(|(_, c)| !c.is_whitespace()).collect();
        // A marker may stand in front.
        let marker = shown.len().checked_sub(letters.len())?;
        if !shown[marker..].iter().zip(&letters).all(|((_, c), letter)| is_same(*c, letter.c)) {
            return None;
        }
        let is_justified = styles.clone_text_align() == TextAlignKeyword::Justify;
        let mut cuts: Vec<Cut> = Vec::new();
        for line in inline.layout.lines().skip(1) {
            let start = shown.partition_point(|(at, _)| *at < line.text_range().start);
            let Some(letter) = start.checked_sub(marker).filter(|at| *at > 0).and_then(|at| letters.get(at))
            else {
                continue;
            };
            let Some(place) = letter.place else { continue };
            if cuts.last().is_none_or(|last| last.place != place) {
                let is_stretched = is_justified && letter.line_break.is_none();
                cuts.push(Cut { place, line_break: letter.line_break, is_stretched });
            }
        }
        if cuts.is_empty() {
            return None;
        }
        let (container, first, last, is_part) = match self.place(root.id) {
            Some(container) => {
                let container = tree.tree.get(container)?;
                (container.id(), container.first_child()?.id(), container.last_child()?.id(), false)
            }
            // A part of the children of another.
            None => {
                let mut children = root.children.iter().filter_map(|id| self.place(*id));
                let first = children.next()?;
                let last = children.next_back().unwrap_or(first);
                let container = tree.tree.get(first)?.parent()?.id();
                (container, first, last, true)
            }
        };
        Some(Run { container, first, last, is_part, cuts })
    }
}

/// Reads the letters of one layout of lines in their order.
struct Reading<'a> {
    places: &'a Places,
    styled: &'a BaseDocument,
    /// Whether line feeds in the text are kept.
    keeps_lines: bool,
    letters: Vec<Letter>,
    /// The line break after the last letter.
    line_break: Option<LineBreak>,
    /// Behind the last line feed after the last letter.
    behind: Option<(NodeId, usize)>,
}

impl Reading<'_> {
    fn read_children(&mut self, node: &Styled) {
        for id in node.before.iter().chain(&node.children).chain(&node.after) {
            self.read(*id);
        }
    }

    fn read(&mut self, id: usize) {
        let Some(node) = self.styled.get_node(id) else { return };
        if let Some(text) = node.text_data() {
            self.read_text(&text.content, self.places.place(id));
            return;
        }
        let Some(element) = node.element_data() else { return };
        let display = node.primary_styles().map(|styles| styles.clone_display());
        if element.name.local.as_ref() == "br" {
            self.line_break = self.places.place(id).map(LineBreak::Element);
            self.behind = None;
        } else if display.is_some_and(|display| display.is_inline_flow() || display.is_contents()) {
            self.read_children(node);
        }
    }

    fn read_text(&mut self, text: &str, node: Option<NodeId>) {
        for (at, c) in text.char_indices() {
            if !c.is_whitespace() {
                let place = self.behind.take().or_else(|| node.map(|node| (node, at)));
                self.letters.push(Letter { c, place, line_break: self.line_break.take() });
            } else if c == '\n' && self.keeps_lines {
                self.line_break = Some(LineBreak::Newline);
                self.behind = node.map(|node| (node, at + 1));
            }
        }
    }
}

/// A character that is not white space.
struct Letter {
    c: char,
    /// The text and the byte of it where a line that begins with this letter begins; not if the letter is of a style sheet.
    place: Option<(NodeId, usize)>,
    /// In front of it.
    line_break: Option<LineBreak>,
}

#[derive(Clone, Copy)]
enum LineBreak {
    Element(NodeId),
    Newline,
}

/// Whether one letter is laid out where the other is written.
fn is_same(shown: char, written: char) -> bool {
    shown == written || shown.to_lowercase().eq(written.to_lowercase())
}

/// Children of an element that are laid out in lines.
struct Run {
    container: NodeId,
    first: NodeId,
    last: NodeId,
    /// Whether the element has others.
    is_part: bool,
    cuts: Vec<Cut>,
}

/// The beginning of a line.
struct Cut {
    place: (NodeId, usize),
    /// What ended the line before, if its width did not.
    line_break: Option<LineBreak>,
    /// Whether the line before is as wide as its block.
    is_stretched: bool,
}

impl Run {
    /// Makes each line a block. `None` if the tree does not hold what it held.
    fn cut(&self, tree: &mut Html) -> Option<()> {
        let (mut end, mut is_stretched) =
            (tree.tree.get(self.last)?.next_sibling().map(|node| node.id()), false);
        let mut lines = Vec::new();
        // From the last to the first: what is cut moves only what follows.
        for cut in self.cuts.iter().rev() {
            let start = cutting::split_text(tree, self.container, cut.place)?;
            match cut.line_break {
                Some(LineBreak::Element(id)) => tree.tree.get_mut(id)?.detach(),
                Some(LineBreak::Newline) => cutting::shorten(tree, cut.place.0)?,
                None => {}
            }
            let line = cutting::wrap(tree, start, end, "break-inside:avoid;text-indent:0")?;
            if is_stretched {
                cutting::fill(tree, line)?;
            }
            lines.push(line);
            (end, is_stretched) = (Some(line), cut.is_stretched);
        }
        let line = cutting::wrap(tree, self.first, end, "break-inside:avoid")?;
        if is_stretched {
            cutting::fill(tree, line)?;
        }
        lines.push(line);
        lines.reverse();
        let after = |tree: &Html, id| tree.tree.get(id)?.next_sibling().map(|node| node.id());
        let (first, last) = (*lines.first()?, *lines.last()?);
        if self.is_part {
            let end = after(tree, last);
            cutting::wrap(tree, first, end, "")?;
        }
        match lines.as_slice() {
            [first, second, .., third, _] => {
                let end = after(tree, last);
                cutting::wrap(tree, *third, end, "break-inside:avoid")?;
                let end = after(tree, *second);
                cutting::wrap(tree, *first, end, "break-inside:avoid")?;
            }
            lines if lines.len() <= 3 => {
                let end = after(tree, last);
                cutting::wrap(tree, first, end, "break-inside:avoid")?;
            }
            _ => {}
        }
        Some(())
    }
}

/// Whether an element is kept on one page.
fn is_kept(tree: &Html, id: NodeId) -> bool {
    let element = tree.tree.get(id).and_then(|node| node.value().as_element());
    element
        .and_then(|element| element.attr("style"))
        .is_some_and(|style| style.contains("break-inside:avoid"))
}
