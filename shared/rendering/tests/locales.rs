//! The locale filters beside Babel.

use rendering::{Options, Source, render};
use serde_json::json;

#[test]
fn amounts_numbers_and_dates_are_written_as_babel_writes_them() {
    let mut differences = Vec::new();
    for line in include_str!("cases/locale.tsv").lines() {
        let [filter, locale, value, argument, expected] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line:?} has not five columns");
        };
        let argument = argument.split_once('=').map_or(String::new(), |(name, value)| format!(", {name}='{value}'"));
        let argument = argument.replace("decimals='2'", "decimals=2");
        let source = Source {
            content_text: Some(format!("{{{{ '{value}' | {filter}('{locale}'{argument}) }}}}")),
            ..Source::default()
        };
        let written = render(&source, &json!({}), Options::default()).unwrap().content_text.unwrap_or_default();
        if written != expected {
            differences.push(format!("{line}: {written}"));
        }
    }
    assert!(differences.is_empty(), "{}\n{}", differences.len(), differences.join("\n"));
}
