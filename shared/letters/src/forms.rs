//! What a browser shows of forms and of fallbacks, written out: the layout engine prints none of it.

use ego_tree::NodeId;
use html5ever::{
    driver::{ParseOpts, parse_document},
    ns,
    tendril::TendrilSink as _,
    tree_builder::TreeBuilderOpts,
};
use scraper::{
    Html, HtmlTreeSink, Node, StrTendril,
    node::{Element, Text},
};

use crate::{Refusal, blocks};

/// What is written into, as long as about 20 letters.
const BLANK: &str = "____________________";

/// Reads a document as a browser does that runs no scripts.
pub(crate) fn read(html: &str) -> Html {
    let tree_builder = TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
    let options = ParseOpts { tree_builder, ..ParseOpts::default() };
    parse_document(HtmlTreeSink::new(Html::new_document()), options).one(html)
}

/// Makes text of every field, and what stands for scripts and objects a part of what is around it.
///
/// # Errors
/// When there is something to choose from: what is chosen is to be written.
pub(crate) fn write_out(tree: &mut Html) -> Result<(), Refusal> {
    let ids: Vec<_> = tree.tree.root().descendants().map(|node| node.id()).collect();
    for id in ids {
        let element = tree.tree.get(id).and_then(|node| node.value().as_element());
        let Some(element) = element.filter(|element| element.name.ns == ns!(html)) else { continue };
        match element.name() {
            "noscript" | "object" => unwrap(tree, id),
            "dialog" if element.attr("open").is_some() => rename(tree, id, "div"),
            "textarea" => write_area(tree, id),
            "input" => {
                let text = field(element);
                write_field(tree, id, text);
            }
            "select" => {
                return Err(Refusal::new(
                    "a letter has nothing to choose from: write what is chosen, not `select`",
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

/// What a browser shows of an `input`. `None` if it shows nothing.
fn field(input: &Element) -> Option<String> {
    let is_checked = input.attr("checked").is_some();
    let value = input.attr("value").unwrap_or_default();
    let mark = |checked: &str, unchecked: &str| Some(if is_checked { checked } else { unchecked }.to_owned());
    match input.attr("type").unwrap_or_default().to_ascii_lowercase().as_str() {
        "hidden" => None,
        "checkbox" => mark("☑", "☐"),
        "radio" => mark("●", "○"),
        "submit" | "reset" | "button" => Some(value.to_owned()),
        "image" => Some(input.attr("alt").unwrap_or_default().to_owned()),
        "file" | "color" | "range" | "password" => Some(BLANK.to_owned()),
        _ if value.trim().is_empty() => Some(BLANK.to_owned()),
        _ => Some(value.to_owned()),
    }
}

fn write_field(tree: &mut Html, id: NodeId, text: Option<String>) {
    rename(tree, id, "span");
    let Some(mut node) = tree.tree.get_mut(id) else { return };
    match text {
        Some(text) => drop(node.append(Node::Text(Text { text: text.into() }))),
        None => node.detach(),
    }
}

fn write_area(tree: &mut Html, id: NodeId) {
    let is_empty = |node: ego_tree::NodeRef<'_, Node>| {
        node.children().all(|child| child.value().as_text().is_none_or(|text| text.trim().is_empty()))
    };
    let is_empty = tree.tree.get(id).is_some_and(is_empty);
    rename(tree, id, blocks::LINE);
    blocks::add_style(tree, id, "white-space:pre-wrap");
    if is_empty && let Some(mut node) = tree.tree.get_mut(id) {
        node.append(Node::Text(Text { text: StrTendril::from(BLANK) }));
    }
}

/// Gives an element another name. Its attributes stay.
fn rename(tree: &mut Html, id: NodeId, name: &str) {
    if let Some(mut node) = tree.tree.get_mut(id)
        && let Node::Element(element) = node.value()
    {
        element.name = blocks::element(name).name;
    }
}

/// Puts what is in an element where the element is.
fn unwrap(tree: &mut Html, id: NodeId) {
    let Some(node) = tree.tree.get(id) else { return };
    let children: Vec<_> = node.children().map(|child| child.id()).collect();
    let Some(mut node) = tree.tree.get_mut(id) else { return };
    for child in children {
        node.insert_id_before(child);
    }
    node.detach();
}
