//! What templates look up in their context, found before they are rendered.

use std::time::{Duration, Instant};

use rendering::{Library, Source, Version};
use serde_json::json;

fn library(shared: &[(&str, &str)]) -> Library {
    let shared = shared.iter().map(|(name, source)| ((*name).to_owned(), (*source).to_owned()));
    Library::new(shared.collect()).unwrap()
}

fn version(template: &str, library: &Library) -> Version {
    let source = Source { content_text: Some(template.to_owned()), ..Source::default() };
    Version::compile(&source, library).unwrap_or_else(|error| panic!("{template:.200}: {error}"))
}

/// The paths that end in `x`, which every template here looks up where it is sure what in.
fn marked(template: &str, library: &Library) -> String {
    let version = version(template, library);
    let marked: Vec<_> =
        version.demands().paths.iter().map(ToString::to_string).filter(|path| path.ends_with(".x")).collect();
    marked.join(" ")
}

#[test]
fn a_lookup_is_found_however_it_is_written() {
    for (template, expected) in [
        // Lookups.
        ("{{ borrower.x }}", "borrower.x"),
        ("{{ borrower['x'] }}", "borrower.x"),
        ("{{ borrower[\"address\"].x }}", "borrower.address.x"),
        ("{{ borrower.address['x'][:3] }}", "borrower.address.x"),
        ("{% set key = 'x' %}{{ borrower[key] }}", "borrower.x"),
        ("{{ borrower|attr('x') }}", "borrower.x"),
        ("{{ borrower.get('x') }}{{ borrower.get('y', {}).x }}", "borrower.x borrower.y.x"),
        (
            "{{ loans[0].x }}{{ loans.0.y.x }}{{ loans[-1]['x'] }}{{ loans[1:][0].x }}",
            "loans[].x loans[].y.x",
        ),
        ("{% if not borrower.x is defined and 1 + a.x > 2 ** -b.x %}{% endif %}", "a.x b.x borrower.x"),
        ("{{ {'k': borrower}.k.x }}{{ [loan, 1][0].x }}", "borrower.x loan.x"),
        (
            "{{ (borrower if a else none).x }}{{ (loan or {}).x }}{{ (case|default({})).x }}",
            "borrower.x case.x loan.x",
        ),
        // Names.
        ("{% set b = borrower %}{{ b.x }}", "borrower.x"),
        ("{% set a = borrower.address %}{% set b = a %}{{ b.x }}", "borrower.address.x"),
        ("{% set a, b = loan, case %}{{ b.x }}", "case.x"),
        ("{% with b = borrower, l = loan %}{{ b.x }}{{ l.x }}{% endwith %}", "borrower.x loan.x"),
        ("{% set loan = loans|first %}{{ loan.x }}", "loans[].x"),
        (
            "{% if a %}{% set b = borrower %}{% else %}{% set b = borrower %}{% endif %}{{ b.x }}",
            "borrower.x",
        ),
        (
            "{% if a %}{% set b = none %}{% elif c %}{% set b = borrower %}{% else %}{% set b = '' %}{% endif %}{{ b.x }}",
            "borrower.x",
        ),
        (
            "{% set b = borrower %}{% set t %}{{ b.x }}{% endset %}{% filter upper %}{{ b.y.x }}{% endfilter %}",
            "borrower.x borrower.y.x",
        ),
        // Loops.
        ("{% for l in loans %}{{ l.x }}{% endfor %}", "loans[].x"),
        ("{% for l in loans if l.x %}{% else %}{{ loan.x }}{% endfor %}", "loan.x loans[].x"),
        ("{% for l in loans recursive %}{{ l.x }}{{ loop(l.more) }}{% endfor %}", "loans[].x"),
        ("{% for l in loans if l.a recursive %}{{ l.x }}{% endfor %}", "loans[].x"),
        (
            "{% for l in loans %}{% for p in l.payments %}{{ p.x }}{% endfor %}{% endfor %}",
            "loans[].payments[].x",
        ),
        (
            "{% for l in loans %}{{ loop.previtem.x }}{{ loop.nextitem.y.x }}{% endfor %}",
            "loans[].x loans[].y.x",
        ),
        ("{% for l in [loan, none] %}{{ l.x }}{% endfor %}", "loan.x"),
        // Macros.
        ("{% macro m(b) %}{{ b.x }}{% endmacro %}{{ m(borrower) }}", "borrower.x"),
        ("{% macro m(a, b=none) %}{{ b.x }}{% endmacro %}{{ m(1, b=borrower) }}", "borrower.x"),
        ("{% macro m(b=borrower) %}{{ b.x }}{% endmacro %}{{ m() }}", "borrower.x"),
        ("{% macro m(a, b=a.y) %}{{ b.x }}{% endmacro %}{{ m(borrower) }}", "borrower.y.x"),
        ("{% macro m(b, key) %}{{ b[key] }}{% endmacro %}{{ m(borrower, 'x') }}", "borrower.x"),
        (
            "{% macro m() %}{{ n(borrower) }}{% endmacro %}{% macro n(b) %}{{ b.x }}{% endmacro %}{{ m() }}",
            "borrower.x",
        ),
        (
            "{% macro m(b) %}{{ caller(b.address) }}{% endmacro %}{% call(a) m(borrower) %}{{ a.x }}{% endcall %}",
            "borrower.address.x",
        ),
        ("{% macro uncalled() %}{{ borrower.x }}{% endmacro %}", "borrower.x"),
        ("{% set b = borrower %}{% macro m() %}{{ b.x }}{% endmacro %}{{ m() }}", "borrower.x"),
        // Filters.
        ("{{ loans|map(attribute='x')|join }}", "loans[].x"),
        ("{{ loans|map(attribute='y.x', default='')|join }}", "loans[].y.x"),
        ("{{ loans|map('attr', 'x')|join }}", "loans[].x"),
        ("{{ loans|map(attribute='y')|map(attribute='x')|join }}", "loans[].y.x"),
        (
            "{{ loans|selectattr('x')|list }}{{ loans|rejectattr('y.x', '==', 1)|list }}",
            "loans[].x loans[].y.x",
        ),
        (
            "{% for l in loans|selectattr('a')|sort(attribute='b')|reverse %}{{ l.x }}{% endfor %}",
            "loans[].x",
        ),
        ("{{ loans|sort(attribute='a,y.x') }}{{ loans|sort(false, false, 'x') }}", "loans[].x loans[].y.x"),
        ("{{ loans|sum(attribute='x') }}{{ loans|sum('y.x') }}", "loans[].x loans[].y.x"),
        ("{{ loans|min(attribute='x') }}{{ (loans|max(attribute='a')).y.x }}", "loans[].x loans[].y.x"),
        ("{{ loans|unique(attribute='x') }}{{ loans|join(', ', 'y.x') }}", "loans[].x loans[].y.x"),
        (
            "{% for g in loans|groupby('x') %}{% for l in g.list %}{{ l.y.x }}{% endfor %}{% endfor %}",
            "loans[].x loans[].y.x",
        ),
        ("{% for k, all in loans|groupby('a') %}{{ all[0].x }}{% endfor %}", "loans[].x"),
        ("{% for row in loans|batch(2) %}{% for l in row %}{{ l.x }}{% endfor %}{% endfor %}", "loans[].x"),
        ("{{ (loans|first).x }}{{ (loans|sort|last).y.x }}", "loans[].x loans[].y.x"),
        // Blocks and escaping.
        (
            "{% block a %}{{ borrower.x }}{% endblock %}{% autoescape true %}{{ loan.x }}{% endautoescape %}",
            "borrower.x loan.x",
        ),
    ] {
        assert_eq!(marked(template, &Library::default()), expected, "{template}");
    }
}

#[test]
fn nothing_is_said_of_what_may_be_one_thing_or_another() {
    for template in [
        "{% for k, v in borrower.items() %}{{ v.x }}{{ k.x }}{% endfor %}",
        "{% for k, v in borrower|items %}{{ v.x }}{% endfor %}{% for k, v in borrower|dictsort %}{{ v.x }}{% endfor %}",
        "{% for v in borrower.values() %}{{ v.x }}{% endfor %}",
        "{{ borrower[key].x }}{{ borrower[key ~ 'x'] }}{{ borrower[loan.key] }}",
        "{{ (borrower if a else loan).x }}{{ (borrower or loan).x }}{{ (borrower|default(loan)).x }}",
        "{% if a %}{% set b = borrower %}{% endif %}{{ b.x }}",
        "{% set b = borrower %}{% if a %}{% set b = loan %}{% endif %}{{ b.x }}",
        "{% for o in [borrower, loan] %}{{ o.x }}{% endfor %}",
        "{% set borrower = {'x': 1} %}{{ borrower.x }}",
        "{% for borrower in range(3) %}{{ borrower.x }}{% endfor %}",
        "{% set ns = namespace(b=borrower) %}{% set ns.b = loan %}{{ ns.b.x }}{{ ns.x }}",
        "{% set o = {'b': borrower} %}{% do o.update({'b': loan}) %}{{ o.b.x }}",
        "{% macro m(b) %}{{ b.x }}{% endmacro %}{{ m(*all) }}{{ m(**all) }}{{ m() }}",
        "{% macro m() %}{{ varargs[0].x }}{{ kwargs.b.x }}{% endmacro %}{{ m(borrower, b=loan) }}",
        "{{ dict(x=1).x }}{{ range(3).x }}{{ loans|map('upper')|list }}{{ loans|map(attribute=key)|list }}",
        "{{ borrower.name.split(' ')[0].x }}{{ borrower.x() }}",
    ] {
        assert_eq!(marked(template, &Library::default()), "", "{template}");
    }
}

#[test]
fn what_is_known_goes_with_a_value_into_other_templates_and_back() {
    let shared = library(&[
        ("row", "{{ loan.x }}"),
        (
            "macros",
            "{% macro due(l) %}{{ l.x }}{% endmacro %}{% macro twice(l) %}{{ due(l.y) }}{% endmacro %}",
        ),
        (
            "page",
            "{% for loan in loans %}{% block line scoped %}{% endblock %}{% endfor %}{% block end %}{{ loan.y.x }}{% endblock %}",
        ),
        ("middle", "{% extends 'page' %}{% block end %}{{ super() }}{{ case.x }}{% endblock %}"),
        ("values", "{% set b = borrower.address %}"),
    ]);
    for (template, expected) in [
        ("{% for loan in loans %}{% include 'row' %}{% endfor %}", "loans[].x"),
        ("{% set loan = borrower %}{% include ['none', 'row'] %}", "borrower.x"),
        ("{% include 'row' if a else 'none' ignore missing %}", "loan.x"),
        ("{{ due(borrower) }}", "borrower.x"),
        ("{{ twice(loan) }}", "loan.y.x"),
        ("{% from 'macros' import due as d %}{{ d(case) }}", "case.x"),
        ("{% import 'macros' as m %}{{ m.due(l=borrower) }}{{ m.twice(loan) }}", "borrower.x loan.y.x"),
        ("{% import 'values' as v %}{{ v.b.x }}", "borrower.address.x"),
        ("{% extends 'page' %}{% block line %}{{ loan.x }}{% endblock %}", "loan.y.x loans[].x"),
        ("{% extends 'middle' %}{% block end %}{{ borrower.x }}{% endblock %}", "borrower.x case.x loan.y.x"),
        ("{% extends layout %}{% block end %}{{ borrower.x }}{% endblock %}", "borrower.x"),
    ] {
        assert_eq!(marked(template, &shared), expected, "{template}");
    }
}

#[test]
fn a_name_is_a_variable_of_the_context_where_nothing_gave_it_a_value() {
    for (template, variables) in [
        ("{% if a %}{% set b = 1 %}{% else %}{% set b = 2 %}{% endif %}{{ b }}", vec!["a"]),
        ("{% if a %}{% set b = 1 %}{% endif %}{{ b }}", vec!["a", "b"]),
        ("{% set a = a|default(1) %}{{ a }}", vec!["a"]),
        ("{% for a in a %}{{ a }}{% else %}{{ b }}{% endfor %}{{ loop }}", vec!["a", "b"]),
        ("{% macro m() %}{{ late }}{% endmacro %}{% set late = 1 %}{{ m() }}", vec![]),
        ("{% macro m() %}{{ n() }}{% endmacro %}{% macro n() %}{{ a }}{% endmacro %}{{ m() }}", vec!["a"]),
        ("{% set b = borrower %}", vec!["borrower"]),
        (
            "{{ a[b] }}{{ a[b:c] }}{{ d|default(e) }}{{ {f: g} }}{{ h is divisibleby(i) }}",
            vec!["a", "b", "c", "d", "e", "f", "g", "h", "i"],
        ),
        ("{{ range(a) }}{{ dict(b=c) }}{% filter replace('a', d) %}{% endfilter %}", vec!["a", "c", "d"]),
    ] {
        let version = version(template, &Library::default());
        assert!(version.demands().variables.iter().eq(variables), "{template}: {:?}", version.demands());
    }
}

#[test]
fn a_path_is_in_a_context_if_a_message_may_have_it() {
    let context = json!({
        "loan": { "balance": 1, "note": null, "late fee": 2 },
        "loans": [{ "balance": 1 }, { "rate": 2 }],
        "none": [],
        "keys": { "a": 1 },
    });
    for (template, missing) in [
        ("{{ loan.balance }}{{ loan['late fee'] }}{{ loan.note }}{{ loan.balance.real }}", vec![]),
        ("{{ loan['fee of day'] }}{{ loan.note.x }}", vec!["loan[\"fee of day\"]", "loan.note.x"]),
        ("{% for l in loans %}{{ l.balance }}{{ l.rate }}{{ l.x }}{% endfor %}", vec!["loans[].x"]),
        ("{% for l in none %}{{ l.x }}{% endfor %}{% for k in keys %}{{ k.x }}{% endfor %}", vec![]),
        // Of a list that is not there its entries are not asked for.
        ("{% for p in payments %}{{ p.amount }}{% endfor %}", vec!["payments"]),
        ("{% for p in loan.payments %}{{ p.amount }}{% endfor %}", vec!["loan.payments"]),
    ] {
        let version = version(template, &Library::default());
        let found: Vec<_> = version.undefined(&context).map(ToString::to_string).collect();
        assert_eq!(found, missing, "{template}");
    }
}

#[test]
fn finding_what_is_looked_up_ends_soon() {
    let nested = |count: usize| -> String {
        let macros: Vec<_> = (0..count)
            .map(|n| {
                format!(
                    "{{% macro m{n}(a) %}}{{{{ m{}(a.l) }}}}{{{{ m{}(a.r) }}}}{{% endmacro %}}",
                    n + 1,
                    n + 1
                )
            })
            .collect();
        format!("{}{{% macro m{count}(a) %}}{{{{ a.x }}}}{{% endmacro %}}{{{{ m0(tree) }}}}", macros.concat())
    };
    for template in [
        "{% macro m(a) %}{{ m(a.l) }}{{ m(a.r) }}{{ m(a['m']) }}{% endmacro %}{{ m(tree) }}".to_owned(),
        nested(60),
        (0..1_500).map(|n| format!("{{% if a %}}{{% set b{n} = a %}}{{% endif %}}")).collect(),
        (0..1_500).map(|n| format!("{{% macro m{n}(a) %}}{{{{ a.x }}}}{{% endmacro %}}")).collect(),
        format!("{{{{ {}.x }}}}", "(a or ".repeat(60) + "a" + &")".repeat(60)),
        format!("{{{{ a{} }}}}", ".b".repeat(100)),
    ] {
        let started = Instant::now();
        version(&template, &Library::default());
        assert!(started.elapsed() < Duration::from_secs(4), "{template:.100} took {:?}", started.elapsed());
    }
}
