//! What a template author is told when a template cannot be saved or rendered.

use std::fmt;

use serde::Serialize;

/// Which of a version's templates, named as in the document on templates (002).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Part {
    /// E-mail subject, letter reference, title of a notification.
    SubjectLine,
    /// Plain text.
    ContentText,
    /// HTML.
    ContentHtml,
}

impl Part {
    /// `subjectLine`, `contentText` or `contentHtml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SubjectLine => "subjectLine",
            Self::ContentText => "contentText",
            Self::ContentHtml => "contentHtml",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a template was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ErrorKind {
    /// It is not Jinja.
    Syntax,
    /// It names a filter, test, function or template that does not exist.
    Unknown,
    /// It needs a variable that the context does not have.
    Undefined,
    /// It is larger, or takes longer, than a template may.
    Limit,
    /// A value does not fit what the template does with it.
    Runtime,
}

/// A template that cannot be saved or rendered, told so that its author can repair it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{part}{}: {message}", Position(*.line, *.column))]
pub struct TemplateError {
    /// Which of the version's templates.
    pub part: Part,
    /// From 1 if known.
    pub line: Option<usize>,
    /// In characters from 1 if known.
    pub column: Option<usize>,
    /// What sort of fault.
    pub kind: ErrorKind,
    /// One sentence for a template author.
    pub message: String,
}

/// What is wrong with one Jinja source, before it is known which part of a version that is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}", Position(*.line, *.column))]
pub struct Problem {
    /// From 1 if known.
    pub line: Option<usize>,
    /// In characters from 1 if known.
    pub column: Option<usize>,
    /// What sort of fault.
    pub kind: ErrorKind,
    /// One sentence for a template author.
    pub message: String,
}

impl Problem {
    /// A fault of the template as a whole.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { line: None, column: None, kind, message: message.into() }
    }

    /// The same, told to somebody whose own template uses the shared one it is in.
    pub(crate) fn within(mut self, shared: &str, line: Option<usize>) -> Self {
        let line = line.map(|line| format!(", line {line}")).unwrap_or_default();
        self.message = format!("{} (in the shared template {shared}{line})", self.message);
        self
    }

    /// The same, of a part of a version.
    pub fn in_part(self, part: Part) -> TemplateError {
        let Self { line, column, kind, message } = self;
        TemplateError { part, line, column, kind, message }
    }
}

struct Position(Option<usize>, Option<usize>);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self(Some(line), Some(column)) => write!(f, " (line {line}, column {column})"),
            Self(Some(line), None) => write!(f, " (line {line})"),
            Self(None, _) => Ok(()),
        }
    }
}
