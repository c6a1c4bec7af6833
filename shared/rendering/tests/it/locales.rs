//! Amounts, numbers, rates and dates as borrowers of each locale write them.

use rendering::{Options, Source, render};
use serde_json::{Value, json};

fn written(expression: &str, context: &Value, options: Options) -> String {
    let source = Source { content_text: Some(format!("{{{{ {expression} }}}}")), ..Source::default() };
    match render(&source, context, options) {
        Ok(rendered) => rendered.content_text.unwrap_or_default(),
        Err(error) => format!("! {}", error.message),
    }
}

/// `locales.tsv`: filter, locale, value, argument, what Babel 2.19 writes (half up), for every language of two letters that it
/// knows and more locales; where we differ, what we write and why. The judge between the two is ICU 78 with CLDR 48, which
/// Babel's own formatting simplifies; the locale library has the data of CLDR 49.
#[test]
fn amounts_numbers_and_dates_are_written_as_babel_writes_them() {
    let table = include_str!("../cases/locales.tsv");
    assert!(table.lines().count() >= 1700);
    for line in table.lines() {
        let columns: Vec<_> = line.split('\t').collect();
        let (filter, locale, value, argument) = (columns[0], columns[1], columns[2], columns[3]);
        let expected = columns.get(5).unwrap_or(&columns[4]);
        let argument = match argument.split_once('=') {
            Some(("decimals", digits)) => format!(", decimals={digits}"),
            Some((name, text)) => format!(", {name}='{text}'"),
            None => String::new(),
        };
        let expression = format!("'{value}' | {filter}('{locale}'{argument})");
        assert_eq!(written(&expression, &json!({}), Options::default()), *expected, "{line}");
    }
}

#[test]
fn what_a_filter_is_not_told_comes_from_the_context() {
    let tenant = json!({"tenant": {"currency": "EUR", "time_zone": "America/New_York"}});
    let loan = json!({"loan": {"currency": "CAD"}, "tenant": {"currency": "EUR"}, "locale": "fr_CA"});
    for (expression, context, expected) in [
        ("5|currency", &json!({}), "$5.00"),
        ("5|currency", &json!({"locale": null}), "$5.00"),
        ("5|currency", &tenant, "€5.00"),
        ("5|currency", &loan, "5,00\u{a0}$"),
        ("5|currency('en-US')", &loan, "CA$5.00"),
        ("5|currency(locale)", &loan, "5,00\u{a0}$"),
        ("5|currency(locale)", &json!({}), "$5.00"),
        ("5|currency('en')", &json!({}), "$5.00"),
        ("5|currency('en_US')", &json!({}), "$5.00"),
        ("5|currency('en-US', 'JPY')", &tenant, "¥5"),
        ("5|currency(currency='GBP')", &tenant, "£5.00"),
        ("'2026-01-15'|date", &json!({}), "January 15, 2026"),
        ("'2026-01-15'|date(style='short')", &json!({}), "1/15/26"),
        ("'2026-01-15'|date('en-US', 'full')", &json!({}), "Thursday, January 15, 2026"),
        ("'2026-01-15T10:30:00'|date", &tenant, "January 15, 2026"),
        // Five hours behind Greenwich it is still the day before.
        ("'2026-01-15T02:00:00Z'|date", &tenant, "January 14, 2026"),
        ("'2026-01-15T02:00:00Z'|date", &json!({}), "January 15, 2026"),
        ("'2026-01-15T02:00:00+00:00'|date(time_zone='Asia/Tokyo')", &tenant, "January 15, 2026"),
        ("1234.5|number", &json!({"locale": "de-DE"}), "1.234,5"),
        ("1234.5|number(decimals=2)", &json!({}), "1,234.50"),
        ("2.5|number(decimals=0)", &json!({}), "3"),
        // A rate keeps its digits, unlike CLDR's pattern for percentages.
        ("0.06125|percent", &json!({}), "6.125%"),
        ("0.0599|percent('de-DE')", &json!({}), "5,99\u{a0}%"),
        ("0.0599|percent(decimals=0)", &json!({}), "6%"),
    ] {
        assert_eq!(written(expression, context, Options::default()), expected, "{expression} in {context}");
    }
}

#[test]
fn a_missing_value_is_nothing_or_an_error() {
    let strict = Options { strict_undefined: true };
    for filter in ["currency", "date", "number", "percent"] {
        for value in ["missing", "none"] {
            let expression = format!("{value}|{filter}");
            assert_eq!(written(&expression, &json!({}), Options::default()), "", "{expression}");
            let error = written(&expression, &json!({}), strict);
            assert!(error.starts_with("! "), "{expression}: {error}");
        }
    }
}

#[test]
fn what_cannot_be_formatted_is_told() {
    for (expression, expected) in [
        ("5|currency('xx')", "! \"xx\" is not a known locale; one is written like en-US"),
        ("5|currency('klingon!')", "! \"klingon!\" is not a known locale; one is written like en-US"),
        ("5|currency(5)", "! 5 is not a known locale; one is written like en-US"),
        ("5|currency('en', 'EURO')", "! \"EURO\" is not a currency; one is written like USD"),
        ("'x'|currency", "! currency needs a number, not \"x\""),
        ("[1]|number", "! number needs a number, not a list"),
        ("5|number(decimals=-1)", "! number writes 0 to 20 decimals, not -1"),
        ("'soon'|date", "! date needs a date such as 2026-01-15, not \"soon\""),
        ("5|date", "! date needs a date such as 2026-01-15, not 5"),
        ("'2026-02-30'|date", "! date needs a date such as 2026-01-15, not \"2026-02-30\""),
        (
            "'2026-01-15'|date('en', 'tiny')",
            "! date has the styles short, medium, long and full, not \"tiny\"",
        ),
        (
            "'2026-01-15T02:00:00Z'|date(time_zone='Mars')",
            "! \"Mars\" is not a time zone; one is written like America/New_York",
        ),
        ("5|currency(language='en')", "! currency has no argument called language"),
        ("5|currency('en', 'USD', 1)", "! currency takes at most 3 arguments, not 4"),
    ] {
        assert_eq!(written(expression, &json!({}), Options::default()), expected, "{expression}");
    }
}
