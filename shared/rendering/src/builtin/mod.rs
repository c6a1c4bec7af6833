//! Postrider's own templates: pages that lenders' templates extend and macros that they call, and wordings to begin
//! with.
//!
//! Names under `postrider/` are Postrider's; no template of a lender has one.

mod starters;

pub use starters::{Starter, starters};

const SOURCES: [(&str, &str); 3] = [
    ("postrider/email.html", include_str!("email.html")),
    ("postrider/letter.html", include_str!("letter.html")),
    ("postrider/macros.html", include_str!("macros.html")),
];

/// The source of the template called `name`, such as `postrider/email.html`.
pub fn source(name: &str) -> Option<&'static str> {
    SOURCES.iter().find(|(known, _)| *known == name).map(|(_, source)| *source)
}

/// What [`source`] knows.
pub fn names() -> impl Iterator<Item = &'static str> {
    SOURCES.iter().map(|(name, _)| *name)
}
