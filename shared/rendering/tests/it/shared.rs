//! Templates that include, import and extend a lender's shared ones.

use rendering::{ErrorKind, Library, Options, Part, Source, TemplateError, Version};
use serde_json::{Value, json};

/// A branding shell, a footer and macros, as a lender keeps them.
const SHELL: &str = "<h1>{{ company.name }}</h1>{% block content %}{% endblock %}{% include 'footer.html' %}";
const FOOTER: &str = "<p>{{ company.phone }} {{ title }}</p>";
const MACROS: &str = "{% macro SOME_MACRO() %}{{ supportEmail }}{% endmacro %}\
                      {% macro due(amount) %}<b>{{ amount|currency(locale) }}</b>{% endmacro %}";

fn library(shared: &[(&str, &str)]) -> Library {
    let shared = shared.iter().map(|(name, source)| ((*name).to_owned(), (*source).to_owned()));
    Library::new(shared.collect()).unwrap()
}

fn branded() -> Library {
    library(&[("shell.html", SHELL), ("footer.html", FOOTER), ("macros", MACROS)])
}

fn html(template: &str) -> Source {
    Source { content_html: Some(template.to_owned()), ..Source::default() }
}

fn compile(template: &str, library: &Library) -> Result<Version, TemplateError> {
    Version::compile(&html(template), library)
}

fn rendered(template: &str, library: &Library, context: &Value) -> String {
    let rendered = compile(template, library).unwrap().render(context, Options::default()).unwrap();
    rendered.content_html.unwrap_or_default()
}

/// 002, "List all context variables used in the given template version".
#[test]
fn context_variables_are_those_of_the_template_and_of_the_macros_it_calls() {
    let template = "Hello {{name}},\nYour loan {{loanName}} is due on {{dueDate}}.\nThanks,\n{{companyName}}\n{{SOME_MACRO()}}";
    let shared = library(&[("macros", "{% macro SOME_MACRO() %}{{ supportEmail }}{% endmacro %}")]);
    let version = compile(template, &shared).unwrap();
    let expected = ["companyName", "dueDate", "loanName", "name", "supportEmail"];
    assert!(version.demands().variables.iter().eq(expected), "{:?}", version.demands());
    assert!(version.demands().templates.iter().eq(["macros"]));
}

#[test]
fn a_template_extends_includes_and_calls_macros_without_importing_them() {
    let context = json!({"company": {"name": "A & B", "phone": "1"}, "amount": 312.5, "locale": "en-US"});
    let template = "{% extends 'shell.html' %}{% set title = 'Reminder' %}{% block content %}{{ due(amount) }}{% endblock %}";
    assert_eq!(rendered(template, &branded(), &context), "<h1>A &amp; B</h1><b>$312.50</b><p>1 Reminder</p>");
    let demands = compile(template, &branded()).unwrap().demands().clone();
    // `title` is set by the template itself. Macros are listed whole, as the document says.
    assert!(demands.variables.iter().eq(["amount", "company", "locale", "supportEmail"]), "{demands:?}");
    assert!(demands.templates.iter().eq(["footer.html", "macros", "shell.html"]));
}

#[test]
fn macros_may_also_be_imported_as_in_jinja() {
    let context = json!({"locale": "de-DE"});
    for template in [
        "{% from 'macros' import due as amount_due %}{{ amount_due(1) }}",
        "{% import 'macros' as m %}{{ m.due(1) }}",
        "{% from 'macros' import due with context %}{{ due(1) }}",
    ] {
        assert_eq!(rendered(template, &branded(), &context), "<b>1,00\u{a0}$</b>", "{template}");
    }
}

#[test]
fn a_macro_of_the_template_itself_comes_before_a_shared_one() {
    let template = "{% macro due(amount) %}own {{ amount }}{% endmacro %}{{ due(1) }}";
    assert_eq!(rendered(template, &branded(), &json!({})), "own 1");
}

#[test]
fn what_a_loop_gives_to_an_included_template_is_no_context_variable() {
    let shared = library(&[("row", "{{ payment.amount }} {{ currency_note }}")]);
    let version = compile("{% for payment in payments %}{% include 'row' %}{% endfor %}", &shared).unwrap();
    assert!(version.demands().variables.iter().eq(["currency_note", "payments"]), "{:?}", version.demands());
}

#[test]
fn a_name_is_hidden_from_an_included_template_only_where_it_has_a_value() {
    let shared = library(&[
        ("footer", "{{ loan.number }}"),
        ("row", "{{ loan.balance }}"),
        ("macros", "{% macro due(amount) %}{{ amount }}{% endmacro %}"),
    ]);
    for (template, variables) in [
        // After the loop `loan` is the context's again.
        (
            "{% for loan in loans %}{% include 'row' %}{% endfor %}{% include 'footer' %}",
            vec!["loan", "loans"],
        ),
        ("{% for loan in loans %}{% include 'row' %}{% endfor %}", vec!["loans"]),
        ("{% with loan = first %}{% include 'row' %}{% endwith %}", vec!["first"]),
        ("{% include 'row' %}{% set loan = 1 %}", vec!["loan"]),
        ("{{ due(1) }}{{ amount }}", vec!["amount"]),
        ("{% if es %}{% set greeting = 'Hola' %}{% endif %}{{ greeting }}", vec!["es", "greeting"]),
    ] {
        let version = compile(template, &shared).unwrap();
        assert!(version.demands().variables.iter().eq(variables), "{template}: {:?}", version.demands());
    }
}

#[test]
fn of_a_name_chosen_while_rendering_every_choice_is_known() {
    let shared =
        library(&[("es", "{{ uno }}"), ("en", "{{ one }}"), ("back", "{% include 'en' if x else 'back' %}")]);
    let version = compile("{% include 'es' if spanish else 'en' %}", &shared).unwrap();
    assert!(version.demands().templates.iter().eq(["en", "es"]), "{:?}", version.demands());
    assert!(version.demands().variables.iter().eq(["one", "spanish", "uno"]));
    assert!(compile("{% include 'back' %}", &shared).is_err(), "a circle by one of the choices");
}

#[test]
fn a_macro_imported_in_a_branch_can_be_called_after_it() {
    let shared = library(&[
        ("es", "{% macro greet() %}Hola{% endmacro %}"),
        ("en", "{% macro greet() %}Hello{% endmacro %}"),
    ]);
    let template = "{% if es %}{% from 'es' import greet %}{% else %}{% from 'en' import greet %}{% endif %}{{ greet() }}";
    assert_eq!(rendered(template, &shared, &json!({"es": true})), "Hola");
    assert_eq!(rendered(template, &shared, &json!({"es": false})), "Hello");
}

#[test]
fn a_block_calls_a_macro_of_the_page_it_is_on() {
    let shell = "{% macro box(text) %}[{{ text }}]{% endmacro %}{% block content %}{% endblock %}";
    let template = "{% extends 'shell' %}{% block content %}{{ box('x') }}{% endblock %}";
    assert_eq!(rendered(template, &library(&[("shell", shell)]), &json!({})), "[x]");
}

#[test]
fn faults_are_told_where_they_are() {
    let shared = library(&[("shell.html", SHELL), ("broken", "a\n{{ x|nope }}"), ("macros", MACROS)]);
    for (template, line, column, message) in [
        ("{% include 'nope' %}", 1, 4, "there is no shared template called nope"),
        ("a\n{% include ['x', 'y'] %}", 2, 4, "there is no shared template called x or y"),
        (
            "a\n{% extends 'shell.html' %}",
            2,
            4,
            "there is no shared template called footer.html (in the shared template shell.html, line 1)",
        ),
        (
            "{% include 'broken' %}",
            1,
            4,
            "there is no filter called nope (in the shared template broken, line 2)",
        ),
        // What is imported for the author does not move the place of what they wrote.
        ("{{ due(1) }}{{ due(2)|nope }}", 1, 23, "there is no filter called nope"),
        ("{{ due(1) }}{{ undue(2) }}", 1, 16, "there is no function or macro called undue"),
    ] {
        let error = compile(template, &shared).unwrap_err();
        let expected = TemplateError {
            part: Part::ContentHtml,
            line: Some(line),
            column: Some(column),
            kind: ErrorKind::Unknown,
            message: message.to_owned(),
        };
        assert_eq!(error, expected, "{template}");
    }
}

#[test]
fn a_fault_while_rendering_names_the_shared_template_it_is_in() {
    let shared = library(&[("row", "a\nb {{ 1 // zero }}")]);
    let version = compile("{% include 'row' %}", &shared).unwrap();
    let error = version.render(&json!({"zero": 0}), Options::default()).unwrap_err();
    assert_eq!(error.line, Some(1));
    assert!(error.message.ends_with("(in the shared template row, line 2)"), "{error}");
}

#[test]
fn a_circle_is_refused_however_long() {
    for shared in [
        vec![("a", "{% include 'a' %}")],
        vec![("a", "{% extends 'b' %}"), ("b", "{% import 'c' as c %}"), ("c", "{% from 'a' import x %}")],
        vec![
            ("a", "{% if deep %}{% include 'b' ignore missing %}{% endif %}"),
            ("b", "{% include ['none', 'a'] %}"),
        ],
    ] {
        let library = library(&shared);
        let error = library.check().unwrap_err();
        assert!(error.problem.message.contains("comes back to a"), "{error}");
        let error = compile("{% include 'a' %}", &library).unwrap_err();
        assert!(error.message.contains("comes back to a"), "{error}");
    }
}

#[test]
fn a_library_is_checked_as_a_whole() {
    assert_eq!(branded().check(), Ok(()));
    for (name, source) in [
        ("x", "{{"),
        ("x", "{% include 'none' %}"),
        ("x", "{{ a|none }}"),
        ("macros", "{% macro due() %}{% endmacro %}{% include 'x' %}"),
    ] {
        let error = library(&[(name, source)]).check().unwrap_err();
        assert_eq!(error.name, name, "{source}");
    }
}

#[test]
fn a_name_made_while_rendering_cannot_reach_beyond_the_library() {
    let shared = library(&[("en", "Hello")]);
    let version = compile("{% include language %}", &shared).unwrap();
    let page = |language: &str| version.render(&json!({ "language": language }), Options::default());
    assert_eq!(page("en").unwrap().content_html.as_deref(), Some("Hello"));
    for language in ["es", "../en", "/etc/passwd", "contentHtml"] {
        assert!(page(language).is_err(), "{language}");
    }
}
