//! E-mail HTML as mail clients need it: the rules of `<style>` written into the elements they style.
//!
//! Some clients drop `<style>` or read little of it, above all Outlook for Windows; a `style` attribute reaches all of
//! them. What an attribute cannot say stays in `<style>`: media queries, dark mode, `:hover`.

mod reading;

use std::sync::LazyLock;

use css_inline::{CSSInliner, InlineOptions};

pub(crate) use self::reading::Reading;
pub use self::reading::TAGS;
use crate::{
    error::{ErrorKind, Problem},
    limits::{self, Page},
};

static INLINER: LazyLock<CSSInliner<'static>> = LazyLock::new(|| {
    CSSInliner::new(InlineOptions {
        load_remote_stylesheets: false,
        keep_link_tags: true,
        keep_at_rules: true,
        remove_inlined_selectors: true,
        // Outlook for Windows sizes tables and images by attribute.
        apply_width_attributes: true,
        ..InlineOptions::default()
    })
});

/// The e-mail with its style rules in `style` attributes; as it came if no rule of a `<style>` applies, so doing it
/// again changes nothing.
///
/// Conditional comments and the document type stay as they are.
///
/// # Errors
/// A limit, when the e-mail is too large, too richly styled, or takes too long.
pub fn inline(html: String) -> Result<String, Problem> {
    if !html.as_bytes().windows(6).any(|bytes| bytes.eq_ignore_ascii_case(b"<style")) {
        return Ok(html);
    }
    if html.len() > limits::OUTPUT {
        let message = format!("the e-mail is larger than {} KB", limits::OUTPUT / 1024);
        return Err(Problem::new(ErrorKind::Limit, message));
    }
    limits::confined(move || {
        let before = Reading::of(&html);
        let mut page = Page::of(html.len());
        let inlined = before
            .spend()
            .map_err(|error| error.to_string())
            .and_then(|()| INLINER.inline_to(&html, &mut page).map_err(|error| error.to_string()));
        if let Err(error) = inlined {
            return Err(match limits::breach() {
                Some(message) => Problem::new(ErrorKind::Limit, message),
                None => Problem::new(ErrorKind::Runtime, error),
            });
        }
        let inlined = page.into_text();
        // The inliner takes what it has written into elements out of `<style>`.
        if Reading::of(&inlined).has_rules_of(&before) {
            Ok(html)
        } else {
            Ok(with_doctype_of(&html, inlined))
        }
    })
}

/// The inliner writes a document type by its name alone, but clients lay a page out by the whole of it.
fn with_doctype_of(original: &str, inlined: String) -> String {
    match (doctype(original), doctype(&inlined)) {
        (Some(whole), Some(short)) => whole.to_owned() + &inlined[short.len()..],
        _ => inlined,
    }
}

fn doctype(html: &str) -> Option<&str> {
    let html = html.trim_start();
    let is_one = html.get(..9)?.eq_ignore_ascii_case("<!doctype");
    // Nothing inside a document type holds its end off, not even quotes.
    html.find('>').filter(|_| is_one).map(|end| &html[..=end])
}
