//! Raw blocks, whose white space the engine's settings treat otherwise than Jinja2's do: a line break after
//! `{% raw %}` stays, and blanks alone between the two tags do.

use super::{Stop, writer::Edits};

/// Marks that make the engine keep what Jinja2 keeps.
///
/// # Errors
/// For `{% raw +%}`, which Jinja2 does not know.
pub(super) fn keep(source: &str, trims: bool, strips: bool) -> Result<Edits, Stop> {
    let mut edits = Edits::default();
    let mut at = 0;
    while let Some(found) = source[at..].find('{') {
        let start = at + found;
        at = match source.as_bytes().get(start + 1) {
            Some(b'#') => end(source, start, "#}"),
            Some(b'{') => unquoted(source, start + 2, "}}"),
            Some(b'%') => match tag(source, start, "raw") {
                Some(tag) if tag.after == Some(b'+') => {
                    return Err(Stop(start, "raw blocks cannot begin with {% raw +%}"));
                }
                Some(begin) => {
                    if trims && begin.after.is_none() {
                        edits.insert(begin.end - 2, "+");
                    }
                    let last = source[begin.end..]
                        .match_indices("{%")
                        .find_map(|(at, _)| tag(source, begin.end + at, "endraw"));
                    let Some(last) = last else { break };
                    let inside = &source[begin.end..last.start];
                    let blank = !inside.is_empty() && inside.chars().all(|c| c != '\n' && c.is_whitespace());
                    if strips && last.before.is_none() && blank && begin.after.is_none() {
                        edits.insert(last.start + 2, "+");
                    }
                    last.end
                }
                None => unquoted(source, start + 2, "%}"),
            },
            _ => start + 1,
        };
    }
    Ok(edits)
}

/// A tag without anything but its name.
struct Tag {
    start: usize,
    end: usize,
    /// The sign after `{%` and before `%}`.
    before: Option<u8>,
    after: Option<u8>,
}

fn tag(source: &str, start: usize, name: &str) -> Option<Tag> {
    let inside = source.get(start + 2..)?;
    let sign = |byte: Option<&u8>| byte.copied().filter(|byte| matches!(byte, b'-' | b'+'));
    let before = sign(inside.as_bytes().first());
    let rest = inside[usize::from(before.is_some())..].trim_start().strip_prefix(name)?.trim_start();
    let after = sign(rest.as_bytes().first());
    let rest = rest[usize::from(after.is_some())..].strip_prefix("%}")?;
    Some(Tag { start, end: source.len() - rest.len(), before, after })
}

/// Where what begins at `start` ends.
fn end(source: &str, start: usize, mark: &str) -> usize {
    source[start..].find(mark).map_or(source.len(), |at| start + at + mark.len())
}

/// Where the tag ends that `start` is in, whatever its texts hold.
fn unquoted(source: &str, start: usize, mark: &str) -> usize {
    let (mut quote, mut escaped) = (None, false);
    let inside = &source.as_bytes()[start..];
    // All that is looked for is ASCII, of which nothing is part of another character.
    for (at, byte) in inside.iter().enumerate() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if *byte == b'\\' => escaped = true,
            Some(open) if byte == open => quote = None,
            Some(_) => {}
            None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
            None if inside[at..].starts_with(mark.as_bytes()) => return start + at + mark.len(),
            None => {}
        }
    }
    source.len()
}
