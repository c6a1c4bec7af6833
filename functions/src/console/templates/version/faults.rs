//! Where a wording fails, shown at its line.

use serde_json::{Value, json};

use crate::console::{Form, Problem, templates::template::PARTS};

/// Lines shown before and behind the one that is wrong.
const AROUND: usize = 2;

/// Where the API says that it fails: the field of the part, line and column.
pub(in crate::console) fn place(problem: &Problem) -> Value {
    let fault = &problem.members["template"];
    let field = PARTS.iter().find(|(_, part)| fault["part"] == *part).map(|(field, _)| *field);
    match fault {
        Value::Object(_) => json!({
            "field": field, "part": fault["part"], "line": fault["line"], "column": fault["column"],
            "message": fault["message"],
        }),
        _ => Value::Null,
    }
}

/// A form that was refused, with the lines around what is wrong.
pub(super) fn shown(form: &Form, problem: &Problem) -> Value {
    let mut shown = form.refused(problem);
    let mut place = place(problem);
    if let Some(field) = place["field"].as_str().map(str::to_owned) {
        shown["faults"][&field] = place["message"].clone();
        if let Some(line) = place["line"].as_u64().and_then(|line| usize::try_from(line).ok()) {
            place["lines"] = json!(around(form.text(&field), line));
        }
    }
    shown["place"] = place;
    shown
}

/// A line with those around it, each with its number.
fn around(text: &str, line: usize) -> Vec<Value> {
    let numbered = text.lines().zip(1_usize..);
    let near = numbered.filter(|(_, number)| number.abs_diff(line) <= AROUND);
    near.map(|(text, number)| json!({ "number": number, "text": text, "is_wrong": number == line })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_shown_with_those_around_it() {
        let numbers =
            |line| around("a\r\nb\nc\nd", line).iter().map(|one| one["number"].clone()).collect::<Vec<_>>();
        assert_eq!(numbers(1), [1, 2, 3]);
        assert_eq!(numbers(4), [2, 3, 4]);
        assert_eq!(around("a\r\nb", 2)[0], json!({ "number": 1, "text": "a", "is_wrong": false }));
        assert_eq!(numbers(40), [] as [Value; 0]);
    }
}
