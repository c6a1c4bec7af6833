//! Whatever somebody writes, the outcome is a text or a message.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use rendering::{Library, Options, Source, TemplateError, Version, render};
use serde_json::{Value, json};

/// What templates are made of, in an order that makes no sense.
fn fragment() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(vec![
            "{{", "}}", "{%", "%}", "{#", "#}", "{{-", "-}}", "{%-", "-%}", "{%+", "+%}", "(", ")", "[", "]", "{", "}",
            ",", ":", "|", ".", "=", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "**", "/", "//", "%", "~", "\"",
            "'", "\n", " ", "\\",
        ]).prop_map(str::to_owned),
        8 => prop::sample::select(vec![
            "if", "elif", "else", "endif", "for", "in", "endfor", "set", "endset", "macro", "endmacro", "call",
            "endcall", "filter", "endfilter", "block", "endblock", "extends", "include", "import", "from", "with",
            "endwith", "raw", "endraw", "autoescape", "endautoescape", "do", "break", "continue", "recursive", "is",
            "not", "and", "or", "none", "true", "loop", "self", "super", "caller", "required", "scoped", "as",
        ]).prop_map(|word| format!(" {word} ")),
        6 => prop::sample::select(vec![
            "a", "b", "list", "loan.number", "a.b", "x", "ns", "range(3)", "namespace()", "loop.index", "'text'", "5",
            "2.5", "[1, 2]", "{'k': 1}", "(1, 2)", "upper", "join(',')", "currency", "date('en')", "sort", "map('abs')",
            "default(1)", "defined", "sameas 1", "x.append(1)", "a[1:2]", "a[::-1]", "'%s' % a", "loop(list)",
        ]).prop_map(str::to_owned),
        3 => prop::sample::select(vec![
            "{% for x in list %}", "{% endfor %}", "{% if a %}", "{% else %}", "{% endif %}", "{{ a }}", "{{ b + 1 }}",
            "{% set x = a %}", "{% macro m(a, b=1) %}", "{% endmacro %}", "{{ m(1) }}", "{% set ns = namespace() %}",
            "{% set ns.a = a %}", "{% block k %}", "{% endblock %}", "{% set x = [] %}", "{% do x.append(a) %}",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn template() -> impl Strategy<Value = String> {
    prop::collection::vec(fragment(), 0..40).prop_map(|fragments| fragments.concat())
}

fn context() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (any::<i64>(), 0..6_u32).prop_map(|(digits, scale)| {
            serde_json::from_str(&format!("{digits}e-{scale}")).unwrap_or(Value::Null)
        }),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,4}", inner, 0..6).prop_map(Value::from_iter),
        ]
    })
}

/// An error about the template, not about us.
fn is_told(error: &TemplateError) -> bool {
    error.line.is_none_or(|line| line > 0)
        && error.column.is_none_or(|column| column > 0)
        && !error.message.is_empty()
        // What is said when a render ends without an outcome.
        && error.message != "the template could not be rendered"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_template_with_any_context_ends_in_a_text_or_a_message(
        template in template(),
        (a, b, list) in (context(), context(), context()),
        strict_undefined: bool,
    ) {
        let context = json!({"a": a, "b": b, "list": list});
        let source = Source { content_html: Some(template.clone()), content_text: Some(template), ..Source::default() };
        let started = Instant::now();
        let outcome = Version::compile(&source, &Library::default()).and_then(|version| {
            version.undefined(&context).for_each(drop);
            version.render(&context, Options { strict_undefined })
        });
        if let Err(error) = outcome {
            prop_assert!(is_told(&error), "{error:?}");
        }
        prop_assert!(started.elapsed() < Duration::from_secs(4));
    }

    #[test]
    fn plain_text_comes_out_as_it_went_in(text in "[^{\r]{0,200}") {
        let source = Source { content_text: Some(text.clone()), ..Source::default() };
        let rendered = render(&source, &json!({}), Options::default()).unwrap().content_text;
        // As in Jinja2, the last line break is not part of the text.
        prop_assert_eq!(rendered.as_deref(), Some(text.strip_suffix('\n').unwrap_or(&text)));
    }

    #[test]
    fn a_subject_line_is_one_line(text in ".{0,60}\n.{0,60}") {
        let source = Source { subject_line: Some("{{ text }}".into()), ..Source::default() };
        let rendered = render(&source, &json!({"text": text}), Options::default()).unwrap();
        let line = rendered.subject_line.unwrap_or_default();
        prop_assert!(!line.contains(char::is_control), "{:?}", line);
    }

    #[test]
    fn values_never_become_markup(text in ".{0,80}") {
        let source = Source { content_html: Some("<p title=\"{{ text }}\">{{ text }}</p>".into()), ..Source::default() };
        let rendered = render(&source, &json!({"text": text}), Options::default()).unwrap();
        let html = rendered.content_html.unwrap_or_default();
        prop_assert_eq!(html.matches(['<', '>']).count(), 4);
        prop_assert_eq!(html.matches('"').count(), 2);
    }
}
