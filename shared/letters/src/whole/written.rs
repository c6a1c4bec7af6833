//! The words that a document writes, without those that its CSS hides by name.
//!
//! Which these are, the style system says that the engine lays out with: it is Firefox's, cascade and media queries
//! included.

use fulgur::blitz_adapter::{self, BaseDocument};
use style::computed_values::visibility::T as Visibility;

use super::told;
use crate::{Refusal, document::Document};

/// A word, up to white space or the edge of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// As its author wrote it.
    pub(crate) text: String,
    /// As the PDF is to tell it.
    pub(super) letters: String,
}

/// All words of `document` that are to be shown, in their order.
///
/// # Errors
/// When nothing is to be shown at all.
pub(crate) fn written(document: &Document) -> Result<Vec<Word>, Refusal> {
    let (width, height) = document.room;
    let (mut styled, ..) = blitz_adapter::parse_html_with_local_resources(
        &document.html,
        width,
        height as u32,
        &[],
        false,
        None,
    );
    styled.resolve_stylist(0.0);
    let mut words = Words::default();
    words.read(&styled, styled.root_element().id, true);
    words.end();
    if words.ended.is_empty() && !document.has_pictures {
        return Err(Refusal::new("the document is empty"));
    }
    Ok(words.ended)
}

#[derive(Default)]
struct Words {
    ended: Vec<Word>,
    open: String,
}

impl Words {
    /// Adds the words in a node, which is shown or, unless something in it says otherwise, hidden.
    fn read(&mut self, document: &BaseDocument, id: usize, is_shown: bool) {
        let Some(node) = document.get_node(id) else { return };
        if let Some(text) = node.text_data() {
            if is_shown {
                self.add(&text.content);
            }
            return;
        }
        let Some(element) = node.element_data() else { return };
        // Read to those who hear the picture, not shown.
        if element.name.local.as_ref() == "svg" {
            return;
        }
        let (mut is_shown, mut is_inline) = (is_shown, false);
        if let Some(styles) = node.primary_styles() {
            let display = styles.clone_display();
            if display.is_none() {
                return;
            }
            is_shown = styles.clone_visibility() == Visibility::Visible;
            is_inline = display.is_inline_flow() || display.is_contents();
        }
        let is_edge = !is_inline || element.name.local.as_ref() == "br";
        if is_edge {
            self.end();
        }
        for child in &node.children {
            self.read(document, *child, is_shown);
        }
        if is_edge {
            self.end();
        }
    }

    fn add(&mut self, text: &str) {
        for c in text.chars() {
            if c.is_whitespace() {
                self.end();
            } else {
                self.open.push(c);
            }
        }
    }

    fn end(&mut self) {
        let text = std::mem::take(&mut self.open);
        let letters = told(&text);
        if !letters.is_empty() {
            self.ended.push(Word { text, letters });
        }
    }
}
