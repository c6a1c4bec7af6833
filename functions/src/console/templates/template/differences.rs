//! How two wordings differ, line by line.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::PARTS;

/// Lines around each difference.
const AROUND: usize = 3;
/// Lines that are shown of a part; behind them one reads the versions themselves.
const MOST: usize = 600;
/// After this long the comparison is finished roughly.
const PATIENCE: Duration = Duration::from_millis(300);

/// A part of the wording that is not the same.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Part {
    name: &'static str,
    /// Stretches of lines, those left out between them.
    hunks: Vec<Vec<Line>>,
    added: usize,
    removed: usize,
    is_cut: bool,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Line {
    /// `same`, `added` or `removed`.
    is: &'static str,
    /// Where it stands, in the one and in the other.
    old: Option<usize>,
    new: Option<usize>,
    text: String,
}

/// The parts that differ.
pub(super) fn of(from: &Value, to: &Value) -> Vec<Part> {
    let parts = PARTS.iter().filter_map(|(name, _)| {
        let text = |version: &Value| version[*name].as_str().unwrap_or_default().replace("\r\n", "\n");
        let (from, to) = (text(from), text(to));
        (from != to).then(|| part(name, &from, &to))
    });
    parts.collect()
}

fn part(name: &'static str, from: &str, to: &str) -> Part {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(from, to);
    let mut part = Part { name, hunks: Vec::new(), added: 0, removed: 0, is_cut: false };
    let mut shown = 0;
    for group in diff.grouped_ops(AROUND) {
        let mut hunk = Vec::new();
        for change in group.iter().flat_map(|operation| diff.iter_changes(operation)) {
            let is = match change.tag() {
                ChangeTag::Equal => "same",
                ChangeTag::Insert => "added",
                ChangeTag::Delete => "removed",
            };
            part.added += usize::from(is == "added");
            part.removed += usize::from(is == "removed");
            if shown == MOST {
                part.is_cut = true;
                continue;
            }
            shown += 1;
            let text = change.value().trim_end_matches('\n').to_owned();
            let place = |index: Option<usize>| index.map(|index| index + 1);
            hunk.push(Line { is, old: place(change.old_index()), new: place(change.new_index()), text });
        }
        if !hunk.is_empty() {
            part.hunks.push(hunk);
        }
    }
    part
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn version(text: &str) -> Value {
        json!({ "subjectLineTemplate": "Same", "contentTextTemplate": text, "contentHtmlTemplate": null })
    }

    #[test]
    fn what_differs_is_shown_with_the_lines_around_it() {
        let lines: Vec<String> = (1..=20).map(|n| format!("line {n}")).collect();
        let before = lines.join("\n");
        let after = before.replace("line 10\n", "line ten\nand a half\n");
        let parts = of(&version(&before), &version(&after.replace('\n', "\r\n")));
        let [part] = &parts[..] else { panic!("{parts:?}") };
        assert_eq!((part.name, part.added, part.removed, part.is_cut), ("contentTextTemplate", 2, 1, false));
        let [hunk] = &part.hunks[..] else { panic!("{part:?}") };
        assert_eq!(hunk.len(), 3 + 3 + 3);
        assert_eq!((hunk[0].old, hunk[0].new, hunk[0].text.as_str()), (Some(7), Some(7), "line 7"));
        let removed = hunk.iter().find(|line| line.is == "removed").unwrap();
        assert_eq!((removed.old, removed.new, removed.text.as_str()), (Some(10), None, "line 10"));
        assert_eq!(of(&version("a"), &version("a")), []);
    }

    #[test]
    fn no_wording_makes_a_page_without_end() {
        let (before, after) = ("a\n".repeat(5_000), "b\n".repeat(5_000));
        let parts = of(&version(&before), &version(&after));
        assert!(parts[0].is_cut && parts[0].added == 5_000, "{} added", parts[0].added);
        assert_eq!(parts[0].hunks.iter().map(Vec::len).sum::<usize>(), MOST);
    }
}
