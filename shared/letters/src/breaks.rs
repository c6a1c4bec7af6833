//! Where a document asks for a new page, and the layout engine does not make one: between the rows of a table.

use cssparser::{Parser, ParserInput, Token};
use scraper::{ElementRef, Html, Selector};

use crate::{Refusal, pages::nested};

/// Whether no part of a table is to begin or end a page.
///
/// # Errors
/// When one is.
pub(crate) fn check(tree: &Html) -> Result<(), Refusal> {
    let elements = || tree.tree.root().descendants().filter_map(ElementRef::wrap);
    let parts: Vec<_> = elements().filter(|element| is_part(*element)).collect();
    let mut asking = Vec::new();
    for style in elements().filter(|element| !parts.is_empty() && element.value().name() == "style") {
        let css: String = style.text().collect();
        read(&mut Parser::new(&mut ParserInput::new(&css)), &mut asking);
    }
    let selectors: Vec<_> = asking.iter().filter_map(|selector| Selector::parse(selector).ok()).collect();
    let asks = |part: &ElementRef<'_>| {
        part.attr("style").is_some_and(asks) || selectors.iter().any(|selector| selector.matches(part))
    };
    if parts.iter().any(asks) {
        return Err(Refusal::new("a row of a table cannot begin a page: end the table before it"));
    }
    Ok(())
}

fn is_part(element: ElementRef<'_>) -> bool {
    matches!(element.value().name(), "tr" | "td" | "th" | "tbody" | "thead" | "tfoot")
}

/// Collects the selectors of the rules that ask for a new page.
fn read(input: &mut Parser<'_, '_>, asking: &mut Vec<String>) {
    let mut start = input.position();
    while let Ok(token) = input.next() {
        match token.clone() {
            Token::CurlyBracketBlock => {
                let selector = input.slice_from(start).trim_end_matches('{').trim().to_owned();
                // Reads what it can: nothing in it fails.
                let _ = nested(input, |block| {
                    if selector.starts_with('@') {
                        read(block, asking);
                        return Ok(());
                    }
                    let start = block.position();
                    while block.next().is_ok() {}
                    if asks(block.slice_from(start)) {
                        asking.push(selector.clone());
                    }
                    Ok(())
                });
                start = input.position();
            }
            Token::Semicolon => start = input.position(),
            _ => {}
        }
    }
}

/// Whether declarations ask for a new page.
fn asks(declarations: &str) -> bool {
    declarations.split(';').filter_map(|declaration| declaration.split_once(':')).any(|(property, value)| {
        let property = property.trim().to_ascii_lowercase();
        let is_break = matches!(
            property.as_str(),
            "break-before" | "break-after" | "page-break-before" | "page-break-after"
        );
        let value = value.trim().to_ascii_lowercase();
        let places = ["page", "always", "left", "right", "recto", "verso", "all"];
        is_break && places.iter().any(|place| value.starts_with(place))
    })
}
