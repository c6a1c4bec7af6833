//! How values are written: escaped as Jinja2 escapes them.

use std::fmt::{self, Write};

use minijinja::{AutoEscape, Error, ErrorKind, Output, State, Value};

use super::text as written;
use crate::limits;

/// Writes a value as Jinja2 does: `&#34;` and `&#39;` if the engine has `&quot;` and `&#x27;`, `/` as it
/// is.
pub(crate) fn formatter(output: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    if value.is_undefined() {
        return Ok(());
    }
    let mut sink = Metered { output, escaping: !value.is_safe() && *state.auto_escape() == AutoEscape::Html };
    let written = match value.as_str() {
        Some(text) => sink.write_str(text),
        None => written::write(&mut sink, value),
    };
    written.map_err(|_| Error::new(ErrorKind::WriteFailure, "the value could not be written"))
}

/// Escapes text for HTML.
pub(crate) fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    // Writing to a string cannot fail.
    let _ = escape(&mut escaped, text);
    escaped
}

fn escape(out: &mut dyn Write, text: &str) -> fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'<' | b'>' | b'&' | b'"' | b'\'')) {
        out.write_str(&rest[..at])?;
        out.write_str(match rest.as_bytes()[at] {
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'&' => "&amp;",
            b'"' => "&#34;",
            _ => "&#39;",
        })?;
        rest = &rest[at + 1..];
    }
    out.write_str(rest)
}

/// Counts what is written, so that a value that is small to make and huge to print stops in time.
struct Metered<'a, 'b> {
    output: &'a mut Output<'b>,
    escaping: bool,
}

impl Write for Metered<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        limits::spend(text.len()).map_err(|_| fmt::Error)?;
        if self.escaping { escape(self.output, text) } else { self.output.write_str(text) }
    }
}
