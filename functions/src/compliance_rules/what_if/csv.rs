//! The lines of an answer for a spreadsheet (RFC 4180).

use domain::{Error, error::Ours as _};
use lambda_http::{
    Body, Response,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
};

use super::outcome::{Line, Verdict};

const HEADINGS: [&str; 10] = [
    "personId",
    "externalId",
    "channel",
    "allowed",
    "nextAllowableAt",
    "ruleIds",
    "detail",
    "allowedBefore",
    "nextAllowableAtBefore",
    "ruleIdsBefore",
];

/// An answer with a line for each.
pub(super) fn answer(lines: &[Line]) -> Result<Response<Body>, Error> {
    let mut text = row(HEADINGS.map(str::to_owned));
    for line in lines {
        text += &row(cells(line));
    }
    Response::builder()
        .header(CONTENT_TYPE, "text/csv; charset=utf-8")
        .header(CONTENT_DISPOSITION, "attachment; filename=\"what-if.csv\"")
        .body(Body::Text(text))
        .internal()
}

fn cells(line: &Line) -> [String; 10] {
    let [allowed, next, rules] = verdict(&line.verdict);
    let [allowed_before, next_before, rules_before] = match &line.before {
        Some(before) => verdict(before),
        None => [(); 3].map(|()| String::new()),
    };
    let external = line.external_id.as_ref().map(|id| id.as_str().to_owned()).unwrap_or_default();
    [
        line.person_id.clone(),
        external,
        line.channel.to_string(),
        allowed,
        next,
        rules,
        line.detail.clone(),
        allowed_before,
        next_before,
        rules_before,
    ]
}

fn verdict(verdict: &Verdict) -> [String; 3] {
    let next = verdict.next_allowable_at.map(|at| at.to_string()).unwrap_or_default();
    [verdict.allowed.to_string(), next, verdict.rule_ids.join(" ")]
}

fn row(cells: [String; 10]) -> String {
    cells.map(|cell| escaped(&cell)).join(",") + "\r\n"
}

/// A cell as it is read by spreadsheets, which would run what begins like a formula.
fn escaped(cell: &str) -> String {
    let guard = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    let is_plain = !cell.contains([',', '"', '\r', '\n']);
    match is_plain {
        true => format!("{guard}{cell}"),
        false => format!("\"{guard}{}\"", cell.replace('"', "\"\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_none_breaks_out() {
        for (cell, escaped_cell) in [
            ("ext-john", "ext-john"),
            ("", ""),
            (
                "=HYPERLINK(\"http://evil.example\",\"x\")",
                "\"'=HYPERLINK(\"\"http://evil.example\"\",\"\"x\"\")\"",
            ),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "\"'\r=1\""),
            ("one, two\nthree", "\"one, two\nthree\""),
            ("2026-01-06T14:00:00Z", "2026-01-06T14:00:00Z"),
        ] {
            assert_eq!(escaped(cell), escaped_cell, "{cell:?}");
        }
    }
}
