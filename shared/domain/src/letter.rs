//! What a letter is printed on.

/// How to print a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The language of the text for those who hear it read, a BCP 47 tag.
    pub language: String,
    /// The paper, unless the document's `@page` names another.
    pub size: PageSize,
    /// What viewers show as its name; else its `<title>`, or how its text begins.
    pub title: Option<String>,
}

impl Default for Sheet {
    fn default() -> Self {
        Self { language: "en-US".to_owned(), size: PageSize::default(), title: None }
    }
}

/// A size of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PageSize {
    /// 8.5 × 11 inches.
    #[default]
    Letter,
    /// 210 × 297 mm.
    A4,
}
