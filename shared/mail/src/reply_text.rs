//! What the sender wrote, apart from what stands below it, above it or between: quotes, the mail that is answered or
//! forwarded, signatures.

use crate::{
    introduction::{self, Introduction},
    lines::{Cue, Line},
    signature,
};

/// Lines that are searched for where a quote begins. Nobody writes more above one.
const SEARCHED: usize = 5_000;

/// A mail's text in two.
#[derive(Debug, PartialEq)]
pub(crate) struct ReplyText {
    /// What was written newly. The whole if nothing was.
    pub(crate) text: String,
    /// The rest, if there is any.
    pub(crate) quoted: Option<String>,
}

/// Tells what is new. Wherever that stands, all of it is kept; what was left out of it is in `quoted`.
pub(crate) fn separate(lines: &[Line]) -> ReplyText {
    let mut is_old = vec![false; lines.len()];
    let mut is_answer = false;
    let mut at = 0;
    while at < lines.len().min(SEARCHED) {
        if lines[at].cue == Some(Cue::Original) {
            is_old[at..].fill(true);
            break;
        }
        let Some(Introduction { ends, is_certain }) = introduction::at(lines, at) else {
            at += 1;
            continue;
        };
        let below = (ends..lines.len()).find(|below| !lines[*below].is_blank()).unwrap_or(lines.len());
        if below < lines.len() && lines[below].depth > lines[at].depth {
            // What is quoted is marked line by line, so new text may follow.
            is_old[at..below].fill(true);
            is_answer = true;
            at = below;
        } else if is_certain {
            is_old[at..].fill(true);
            break;
        } else {
            at = ends;
        }
    }
    // A lone line may begin with a `>` that is meant as one.
    let is_marked = is_answer || lines.iter().filter(|line| line.depth > 0).nth(1).is_some();
    for (line, is_old) in lines.iter().zip(&mut is_old) {
        *is_old |= line.cue == Some(Cue::Quote) || line.depth > 0 && is_marked;
    }
    let runs: Vec<_> = runs(&is_old).into_iter().filter(|run| !is_old[run.start]).collect();
    for run in runs {
        signature::mark(&lines[run.clone()], &mut is_old[run]);
    }
    let text = joined(lines, &is_old, false);
    if text.is_empty() {
        return ReplyText { text: joined(lines, &vec![false; lines.len()], false), quoted: None };
    }
    ReplyText { text, quoted: Some(joined(lines, &is_old, true)).filter(|quoted| !quoted.is_empty()) }
}

/// The longest stretches of lines that are all old or all new.
fn runs(is_old: &[bool]) -> Vec<std::ops::Range<usize>> {
    let mut at = 0;
    let lengths = is_old.chunk_by(|one, next| one == next).map(<[bool]>::len);
    lengths
        .map(|length| {
            at += length;
            at - length..at
        })
        .collect()
}

/// The stretches of lines that are old, or that are new, a blank line between them.
fn joined(lines: &[Line], is_old: &[bool], old: bool) -> String {
    let mut stretches = Vec::new();
    for run in runs(is_old).into_iter().filter(|run| is_old[run.start] == old) {
        let written: Vec<String> = lines[run].iter().map(Line::written).collect();
        // Blanks at the beginning of a line may align it with the next one.
        let first = written.iter().position(|line| !line.trim().is_empty()).unwrap_or(written.len());
        let stretch = written[first..].join("\n");
        stretches.push(stretch.trim_end().to_owned());
    }
    stretches.retain(|stretch| !stretch.is_empty());
    stretches.join("\n\n").trim().to_owned()
}
