//! Versions of templates, with the documents' own examples.

use rendering::{
    ErrorKind, Library, Options, Part, Rendered, Source, TemplateError, Version, Versions, limits, render,
};
use serde_json::{Value, json};

/// `Create Template` of the document on communications (000).
fn payment_reminder() -> Source {
    Source {
        subject_line: Some("Payment Due - {{ loan.loan_number }}".into()),
        content_text: Some(
            "Dear {{ borrower.first_name }},\n\nYour payment of {{ payment_amount | currency(locale) }} is due on \
             {{ due_date | date(locale) }}.\n\nThank you,\n{{ tenant.name }}"
                .into(),
        ),
        content_html: None,
    }
}

/// The context that gives the answer of `Preview` there.
fn john() -> Value {
    serde_json::from_str(
        r#"{
            "borrower": {"first_name": "John"},
            "loan": {"loan_number": "LN-0001"},
            "payment_amount": 312.50,
            "due_date": "2026-01-15",
            "tenant": {"name": "Acme Lending"},
            "locale": "en-US"
        }"#,
    )
    .unwrap_or_default()
}

fn compile(source: &Source) -> Result<Version, TemplateError> {
    Version::compile(source, &Library::default())
}

fn text(template: &str) -> Source {
    Source { content_text: Some(template.into()), ..Source::default() }
}

#[test]
fn the_documents_template_renders_to_the_documents_answer() {
    let rendered = render(&payment_reminder(), &john(), Options::default()).unwrap();
    let expected = Rendered {
        subject_line: Some("Payment Due - LN-0001".into()),
        content_text: Some(
            "Dear John,\n\nYour payment of $312.50 is due on January 15, 2026.\n\nThank you,\nAcme Lending"
                .into(),
        ),
        content_html: None,
    };
    assert_eq!(rendered, expected);
}

/// `Template Versions` of the document on templates (002).
#[test]
fn every_part_of_a_version_is_rendered() {
    let source = Source {
        subject_line: Some("Hello {{foobar}}".into()),
        content_text: Some("Hello {{foobar}}".into()),
        content_html: Some("Hello,<br/><p>{{foobar}}</p>".into()),
    };
    let rendered = render(&source, &json!({"foobar": "<O'Neil> & \"Sons\"/"}), Options::default()).unwrap();
    assert_eq!(rendered.subject_line.as_deref(), Some("Hello <O'Neil> & \"Sons\"/"));
    assert_eq!(rendered.content_text.as_deref(), Some("Hello <O'Neil> & \"Sons\"/"));
    let html = "Hello,<br/><p>&lt;O&#39;Neil&gt; &amp; &#34;Sons&#34;/</p>";
    assert_eq!(rendered.content_html.as_deref(), Some(html));
}

#[test]
fn a_version_without_templates_renders_to_nothing() {
    assert_eq!(render(&Source::default(), &json!({}), Options::default()).unwrap(), Rendered::default());
}

#[test]
fn a_subject_line_cannot_begin_another_header() {
    let source = Source { subject_line: Some("Due\n{{ name }}\r\n!".into()), ..Source::default() };
    let context = json!({"name": "John\r\nBcc: all@example.com\u{2028}\u{0}"});
    let rendered = render(&source, &context, Options::default()).unwrap();
    assert_eq!(rendered.subject_line.as_deref(), Some("Due John Bcc: all@example.com !"));
}

#[test]
fn faults_are_told_with_part_line_and_column() {
    for (template, kind, line, column, message) in [
        ("Hi {{ name", ErrorKind::Syntax, 1, 7, "unexpected end of input, expected end of variable block"),
        ("a\n{% foo %}", ErrorKind::Syntax, 2, 4, "unknown statement foo"),
        ("{% set true = 1 %}", ErrorKind::Syntax, 1, 8, "cannot assign to reserved variable name true"),
        (
            "a\n  {{ 1 + 2 }}{{ x|currencyy }}",
            ErrorKind::Unknown,
            2,
            19,
            "there is no filter called currencyy",
        ),
        ("{{ x is odder }}", ErrorKind::Unknown, 1, 9, "there is no test called odder"),
        (
            "{% if false %}{{ total() }}{% endif %}",
            ErrorKind::Unknown,
            1,
            18,
            "there is no function or macro called total",
        ),
        ("{% include 'footer' %}", ErrorKind::Unknown, 1, 4, "there is no shared template called footer"),
        ("{% extends 'shell' %}", ErrorKind::Unknown, 1, 4, "there is no shared template called shell"),
        (
            "{% macro m() %}{{ x|nope }}{% endmacro %}",
            ErrorKind::Unknown,
            1,
            21,
            "there is no filter called nope",
        ),
        ("{{ __calculate(1) }}", ErrorKind::Syntax, 1, 4, "the name __calculate is reserved"),
        ("{{ f(*a, b) }}", ErrorKind::Syntax, 1, 10, "no argument can follow what is spread into arguments"),
    ] {
        let error = compile(&text(template)).unwrap_err();
        let expected = TemplateError {
            part: Part::ContentText,
            line: Some(line),
            column: Some(column),
            kind,
            message: message.to_owned(),
        };
        assert_eq!(error, expected, "{template}");
    }
}

#[test]
fn a_template_that_renders_can_be_saved() {
    for template in [
        "{{ undefined_variable }}",
        "{% macro m(x) %}{{ x }}{{ caller() }}{% endmacro %}{% call m(1) %}{% endcall %}",
        "{% for x in list recursive %}{{ loop(x) }}{% endfor %}",
        "{% set f = cycler('a', 'b') %}{{ f.next() }}{{ range(3) }}{{ namespace(a=1).a }}{{ dict(a=1) }}",
        "{% block a %}{{ super }}{% endblock %}{{ self.a() }}",
        "{% include 'missing' ignore missing %}{% include name %}",
        "{{ loan.items() }}",
    ] {
        assert!(compile(&text(template)).is_ok(), "{template}");
    }
}

#[test]
fn faults_while_rendering_are_told_with_their_place() {
    for (template, kind, line, column, message) in [
        ("{{ loan.x.y }}", ErrorKind::Undefined, 1, 8, "`loan.x` is undefined"),
        ("\n{{ missing + 1 }}", ErrorKind::Undefined, 2, 4, "`missing` is undefined"),
        ("{{ 2 * 3 }}{{ missing < 1 }}", ErrorKind::Undefined, 1, 15, "`missing` is undefined"),
        ("{{ 'a' + 1 }}", ErrorKind::Runtime, 1, 4, "\"a\" + 1 cannot be calculated"),
        ("{{ 1 / 0 }}", ErrorKind::Runtime, 1, 4, "nothing can be divided by zero"),
        ("{% for x in 5 %}{% endfor %}", ErrorKind::Runtime, 1, 13, "a loop cannot go through 5"),
        ("{{ name.shout() }}", ErrorKind::Unknown, 1, 8, "\"John\" has no method called shout"),
    ] {
        let context = json!({"loan": {}, "name": "John"});
        let error = render(&text(template), &context, Options::default()).unwrap_err();
        let place = (error.part, error.line, error.column);
        assert_eq!(place, (Part::ContentText, Some(line), Some(column)), "{template}");
        assert_eq!((error.kind, error.message.as_str()), (kind, message), "{template}");
    }
}

#[test]
fn an_undefined_variable_is_nothing_unless_the_render_is_strict() {
    for template in [
        "{{ missing }}",
        "{% if missing %}{% endif %}",
        "{% for x in missing %}{% endfor %}",
        "{{ '' ~ missing }}",
    ] {
        assert_eq!(
            render(&text(template), &json!({}), Options::default()).unwrap().content_text.as_deref(),
            Some("")
        );
        let error = render(&text(template), &json!({}), Options { strict_undefined: true }).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Undefined, "{template}");
    }
    let strict = Options { strict_undefined: true };
    for template in ["{{ missing|default('x') }}", "{{ 'x' if missing is undefined }}"] {
        assert_eq!(render(&text(template), &json!({}), strict).unwrap().content_text.as_deref(), Some("x"));
    }
}

fn undefined(version: &Version, context: &Value) -> Vec<String> {
    version.undefined(context).map(ToString::to_string).collect()
}

#[test]
fn variables_that_the_context_lacks_are_listed() {
    let source = Source {
        subject_line: Some("{{ loan.loan_number }} {{ subject_note }}".into()),
        content_text: Some(
            "{% macro m(x) %}{{ x }}{{ footer }}{% endmacro %}{{ m(1 + total) }}{% set y = 1 %}{{ y }}"
                .into(),
        ),
        content_html: Some("{% for i in range(3) %}{{ i }}{{ total }}{% endfor %}".into()),
    };
    let version = compile(&source).unwrap();
    let context = json!({"loan": {}});
    assert_eq!(undefined(&version, &context), ["footer", "loan.loan_number", "subject_note", "total"]);
    assert!(version.demands().variables.iter().eq(["footer", "loan", "subject_note", "total"]));
}

#[test]
fn an_attribute_counts_as_defined_where_the_context_has_it() {
    for (template, context, expected) in [
        ("{{ loan.balance }}", json!({"loan": {"balance": 1}}), None),
        ("{{ loan.balance }}", json!({"loan": {"balance": null}}), None),
        ("{{ loan.balanse }}", json!({"loan": {"balance": 1}}), Some("loan.balanse")),
        (
            "{{ borrower.address.city }}",
            json!({"borrower": {"address": null}}),
            Some("borrower.address.city"),
        ),
        ("{{ name.upper() }}", json!({"name": "a"}), None),
        ("{% for k, v in loan.items() %}{{ k }}{% endfor %}", json!({"loan": {}}), None),
        ("{{ loans.0.balance }}", json!({"loans": []}), None),
    ] {
        let version = compile(&text(template)).unwrap();
        assert_eq!(undefined(&version, &context), Vec::from_iter(expected), "{template}");
    }
}

#[test]
fn an_address_answers_to_older_names_and_lists_each_member_once() {
    let today = json!({"borrower": {"address": {"address_line1": "1 Elm St", "postal_code": "89501"}}});
    let older = json!({"borrower": {"address": {"addressLine1": "1 Elm St", "postalCode": "89501"}}});
    for (expression, expected) in [
        ("borrower.address.address_line1 ~ borrower.address.postal_code", "1 Elm St89501"),
        ("borrower.address.addressLine1 ~ borrower.address['postalCode']", "1 Elm St89501"),
        ("borrower.address.get('addressLine1')", "1 Elm St"),
        ("borrower.address.addressLine2 is defined", "False"),
        ("borrower.address | length", "2"),
        ("borrower.address is mapping", "True"),
        ("'postalCode' in borrower.address and 'postal_code' in borrower.address", "True"),
    ] {
        let version = compile(&text(&format!("{{{{ {expression} }}}}"))).unwrap();
        for context in [&today, &older] {
            let rendered = version.render(context, Options::default()).unwrap();
            assert_eq!(rendered.content_text.as_deref(), Some(expected), "{expression}");
        }
    }
    for (expression, expected) in [
        ("borrower.address | list | join(' ')", "address_line1 postal_code"),
        ("borrower.address.keys() | join(' ')", "address_line1 postal_code"),
        (
            "borrower.address.items() | map('join', '=') | join(' ')",
            "address_line1=1 Elm St postal_code=89501",
        ),
        ("borrower.address | tojson", "{\"address_line1\": \"1 Elm St\", \"postal_code\": \"89501\"}"),
        ("borrower.address", "{'address_line1': '1 Elm St', 'postal_code': '89501'}"),
        ("borrower.address == {'address_line1': '1 Elm St', 'postal_code': '89501'}", "True"),
    ] {
        let rendered = render(&text(&format!("{{{{ {expression} }}}}")), &today, Options::default()).unwrap();
        assert_eq!(rendered.content_text.as_deref(), Some(expected), "{expression}");
    }
    let version = compile(&text("{{ borrower.address.postalCode }}{{ borrower.address.zip }}")).unwrap();
    assert_eq!(undefined(&version, &today), ["borrower.address.zip"]);
    // Elsewhere a name is what it is.
    let version = compile(&text("{{ place.postalCode }}{{ x.borrower.address.postalCode }}")).unwrap();
    let others = json!({"place": {"postal_code": "1"}, "x": today});
    assert_eq!(undefined(&version, &others), ["place.postalCode", "x.borrower.address.postalCode"]);
    assert_eq!(version.render(&others, Options::default()).unwrap().content_text.as_deref(), Some(""));
}

#[test]
fn a_subject_line_has_nothing_hidden() {
    let source = Source { subject_line: Some("Pay\u{202e}ment {{ x }} due".into()), ..Source::default() };
    let context = json!({"x": "\u{2066}of\u{2069}\u{200b}\r\n 5"});
    let rendered = render(&source, &context, Options::default()).unwrap();
    assert_eq!(rendered.subject_line.as_deref(), Some("Payment of 5 due"));
}

#[test]
fn a_context_is_an_object() {
    let error = render(&text(""), &json!([]), Options::default()).unwrap_err();
    assert_eq!(
        (error.kind, error.message.as_str()),
        (ErrorKind::Runtime, "the context is not a JSON object")
    );
}

#[test]
fn a_statement_of_ten_thousand_rows_stays_within_the_limits() {
    let rows: Vec<_> = (0..10_000).map(|row| json!({"date": "2026-01-15", "amount": row})).collect();
    let template = "{% for row in rows %}{{ loop.index }} {{ row.date }} {{ row.amount * 2 }} {% if row.amount > 500 %}!{% endif %}\n{% endfor %}";
    let rendered = render(&text(template), &json!({"rows": rows}), Options::default()).unwrap();
    assert!(rendered.content_text.is_some_and(|text| text.len() > 200_000 && text.len() < limits::OUTPUT));
}

#[test]
fn a_compiled_version_is_kept_under_its_name() {
    let versions = Versions::new(2);
    let get = |name, source| versions.get_or_compile(name, &text(source), &Library::default());
    let first = get("TV-1", "one {{ x }}").unwrap();
    // The name stands for the source, which is not looked at again.
    let again = get("TV-1", "two").unwrap();
    for version in [first, again] {
        let rendered = version.render(&json!({"x": 1}), Options::default()).unwrap();
        assert_eq!(rendered.content_text.as_deref(), Some("one 1"));
    }
    assert!(get("TV-2", "{{").is_err());
    assert!(get("TV-2", "mended").is_ok());
}
