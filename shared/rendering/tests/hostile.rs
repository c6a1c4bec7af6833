//! Templates that would harm a careless renderer. Each ends, in time, in its author's error message or in a
//! harmless text; none ends the process.

use std::{
    fs,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use rendering::{ErrorKind, Options, Source, TemplateError, limits, render};
use serde_json::{Value, json};

/// In which every template has ended.
const DEADLINE: Duration = Duration::from_secs(2);
/// What none of them takes, in kB: more than a function has.
const MEMORY: usize = 256 * 1024;
/// One at a time, because the memory of the whole process is measured.
static ALONE: Mutex<()> = Mutex::new(());

fn rendered(template: String, context: &Value) -> Result<String, TemplateError> {
    let source = Source { content_html: Some(template), ..Source::default() };
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    forget_peak();
    let before = peak();
    let started = Instant::now();
    let result = render(&source, context, Options::default());
    let took = started.elapsed();
    let memory = peak().saturating_sub(before);
    let template = source.content_html.unwrap_or_default();
    assert!(took < DEADLINE, "took {took:?}: {template:.200}");
    assert!(memory < MEMORY, "took {memory} kB: {template:.200}");
    result.map(|rendered| rendered.content_html.unwrap_or_default())
}

/// The most memory this process has had since [`forget_peak`], in kB; nothing where the system does not tell.
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn forget_peak() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}

fn repeated(start: &str, part: &str, end: &str) -> String {
    let times = (limits::SOURCE - start.len() - end.len()) / part.len();
    format!("{start}{}{end}", part.repeat(times))
}

#[test]
fn growth_is_refused() {
    let doubling = |step: &str| {
        format!(
            "{{% set ns = namespace(s='aaaaaaaaaa', l=[1]) %}}{{% for i in range(40) %}}{{% set {step} %}}{{% endfor %}}{{{{ ns.s|length }}}}"
        )
    };
    for template in [
        "{{ range(10**9)|list }}".to_owned(),
        "{% for i in range(10**9) %}{{ i }}{% endfor %}".to_owned(),
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}".to_owned(),
        "{% for a in range(1000) %}{% for b in range(1000) %}{% for c in range(1000) %}x{% endfor %}{% endfor %}{% endfor %}".to_owned(),
        "{{ 'a' * 99999999 }}".to_owned(),
        "{{ ('a' * 1000000)|length * ('a' * 100000000)|length }}".to_owned(),
        "{{ [1] * 20000000 }}".to_owned(),
        "{{ ([1] * 20000000)|sum }}".to_owned(),
        "{{ ([[1] * 1000] * 1000) }}".to_owned() + &"{{ ([[1] * 1000] * 1000)|string }}".repeat(3),
        "{{ '%0200000000d'|format(1) }}".to_owned(),
        "{{ '%0200000000d' % 1 }}".to_owned(),
        "{{ '%*d'|format(200000000, 1) }}".to_owned(),
        "{{ '%.200000000f'|format(1.5) }}".to_owned(),
        "{{ '{:>200000000}'.format(1) }}".to_owned(),
        "{{ '{:{}}'.format(1, 200000000) }}".to_owned(),
        "{{ 'a'|center(200000000) }}".to_owned(),
        "{{ 'a\nb'|indent(200000000) }}".to_owned(),
        "{{ ('a' * 100000)|replace('a', 'b' * 100000) }}".to_owned(),
        "{{ ('a' * 100000).replace('', 'b' * 100000) }}".to_owned(),
        "{{ ('b' * 100000).join('a' * 100000) }}".to_owned(),
        "{{ ['a' * 1000000] * 90000 }}".to_owned(),
        "{{ (['a' * 1000000] * 90000)|join }}".to_owned(),
        "{{ (['a' * 1000000] * 90000)|upper }}".to_owned(),
        "{{ [1]|batch(100000000, 'x') }}".to_owned(),
        "{{ [1]|slice(100000000, 'x') }}".to_owned(),
        "{{ ('a ' * 400000)|wordwrap(1, wrapstring='b' * 1000) }}".to_owned(),
        "{{ 9 ** 9 ** 9 ** 9 }}".to_owned(),
        doubling("ns.s = ns.s ~ ns.s"),
        doubling("ns.s = ns.s + ns.s"),
        doubling("ns.s = ns.s.replace('a', 'aa')"),
        doubling("ns.s = ns.s|replace('a', 'aa')"),
        doubling("ns.s = [ns.s, ns.s]|join"),
        doubling("ns.s = '%s%s' % (ns.s, ns.s)"),
        doubling("ns.l = ns.l + ns.l"),
        doubling("ns.l = ns.l * 2"),
        doubling("ns.s %}{{ ns.s }}{{ ns.s }}{% endset"),
        "{% for i in range(100000) %}{{ 'a' * 100 }}{% endfor %}".to_owned(),
        "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}".to_owned(),
        "{% set x %}{% for i in range(100000) %}".to_owned() + &"y".repeat(60_000) + "{% endfor %}{% endset %}{{ x|length }}",
        "{% macro m() %}".to_owned() + &"y".repeat(60_000) + "{% endmacro %}{% for i in range(100000) %}{% set x = m() %}{% endfor %}",
        "{% for i in range(100000) %}{% if i %}{% continue %}{% endif %}{% set x = ('a' * 1000000)|upper %}{% endfor %}".to_owned()
            + "{% for i in range(90000) %}{% set x = ('a' * 1000000)[1:] %}{% endfor %}",
        "{% set s = 'ab' * 500000 %}{% for i in range(100000) %}{% set x = s[1:] %}{% endfor %}".to_owned(),
        "{% set s = 'ab' * 500000 %}{% for i in range(100000) %}{% set x = s|upper %}{% endfor %}".to_owned(),
        "{% set s = 'ab' * 500000 %}{% for i in range(100000) %}{% set x = s.split('a') %}{% endfor %}".to_owned(),
        "{% set s = 'ab' * 500000 %}{% set l = [s] * 90000 %}{{ (s ~ 'c') in l }}{{ l == [s] }}{{ l|sort|length }}{{ l|unique|length }}".to_owned()
            + "{% for i in range(1000) %}{{ l|unique|length }}{% endfor %}",
        repeated("{% set l = [1, 1] %}", "{% set l = [l, l] %}", "{{ l }}"),
        repeated("{% set l = [1, 1] %}", "{% set l = [l, l] %}", "{{ l|string }}"),
        repeated("{% set l = [1, 1] %}", "{% set l = [l, l] %}", "{{ l|upper }}"),
        repeated("{% set l = [1, 1] %}", "{% set l = [l, l] %}", "{{ l|tojson }}"),
        repeated("{% set l = [1, 1] %}", "{% set l = [l, l] %}", "{{ l|pprint }}"),
        repeated("{% set l = [1, 1] %}{% set m = [1, 1] %}", "{% set l = [l, l] %}{% set m = [m, m] %}", "{{ l == m }}"),
        repeated("{% set l = [1, 1] %}{% set m = [1, 1] %}", "{% set l = [l, l] %}{% set m = [m, m] %}", "{{ [l, m]|sort }}"),
        repeated("{% set l = (1, 1) %}", "{% set l = (l, l) %}", "{{ {l: 1} }}"),
        repeated("{% set l = (1, 1) %}", "{% set l = (l, l) %}", "{{ {1: 2}[l] }}"),
        repeated("{% set l = [1, 1] %}", "{% set l = [l, l] %}", "{{ '%s' % l }}{{ 'x' ~ l }}"),
        repeated("{% set l = [1, 1] %}", "{% set l = [l, l] %}", "{{ {1: 2}.get(l) }}"),
        repeated("{% set l = [1, 1] %}", "{% set l = [l, l] %}", "{{ {}|attr(l) }}"),
        repeated("{% set l = [1, 1] %}{% set m = [1, 1] %}", "{% set l = [l, l] %}{% set m = [m, m] %}", "{{ [l].count(m) }}{{ 1/0 }}"),
        repeated("{% set l = [1, 1] %}{% set m = [1, 1] %}", "{% set l = [l, l] %}{% set m = [m, m] %}", "{{ l is sameas m }}{{ l is eq m }}"),
        repeated("{% set l = [1, 1] %}{% set m = [1, 1] %}", "{% set l = [l, l] %}{% set m = [m, m] %}", "{% for x in [l, m, l] %}{{ loop.changed(x) }}{% endfor %}"),
        "{% set ns = namespace() %}{% set ns.a = cycler(ns) %}{{ ns }}".to_owned(),
        "{% set ns = namespace(c=1) %}{% for i in range(90000) %}{% set ns.c = cycler(ns.c) %}{% endfor %}".to_owned(),
        "{% set ns = namespace(c=1) %}{% for i in range(90000) %}{% for x in [ns.c] %}{% set ns.c = loop %}{% endfor %}{% endfor %}".to_owned(),
        "{% set l = [] %}{% do l.append(cycler(l)) %}{{ l }}".to_owned(),
        "{% set l = [] %}{% for i in range(90000) %}{% do l.append(l) %}{% endfor %}{{ l }}".to_owned(),
        "{% set d = {} %}{% for i in range(90000) %}{% do d.update(a=d) %}{% endfor %}{{ d }}".to_owned(),
        "{% set l = [1] %}{% for i in range(90000) %}{% do l.extend(l) %}{% endfor %}".to_owned(),
        "{% include ['a' * 1000000] * 90000 %}".to_owned(),
        "{% import ['a' * 1000000] * 90000 as x %}".to_owned(),
        "{% extends 'a' * 1000000 %}".to_owned(),
        "{{ ('%(a)s' * 100000)|format(a='x' * 1000000) }}".to_owned(),
        "{{ ('{0}' * 100000).format('x' * 1000000) }}".to_owned(),
        "{{ ('{a}' * 100000).format(a='x' * 1000000) }}".to_owned(),
        "{{ ('%1000d' * 10000) % (1,) }}".to_owned(),
        "{% set ns = namespace(s='') %}{% for i in range(100000) %}{% set ns.s = ns.s ~ 'aaaaaaaaaaaaaaaaaaaaaaaa' %}{% endfor %}".to_owned(),
        "{% set ns = namespace() %}{% set ns.a = ns %}{{ ns }}".to_owned(),
        "{% set ns = namespace() %}{% set ns.a = [ns] %}{{ ns }}".to_owned(),
        "{% set a = namespace() %}{% set b = namespace(a=a) %}{% set a.b = {'b': b} %}{{ a }}".to_owned(),
        "{% set ns = namespace(l=[]) %}{% for i in range(90000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}".to_owned(),
    ] {
        let outcome = rendered(template.clone(), &json!({}));
        let error = outcome.expect_err(&format!("{template:.200} renders"));
        assert!(matches!(error.kind, ErrorKind::Limit | ErrorKind::Runtime), "{template:.80}: {error:?}");
    }
}

#[test]
fn long_texts_and_deep_nesting_end_in_time() {
    for template in [
        "{{ ('<' * 1000000)|striptags|length }}".to_owned(),
        "{{ ('&' * 1000000)|striptags|length }}".to_owned(),
        "{{ ('<!--' * 250000)|striptags|length }}".to_owned(),
        "{{ ('<a ' * 300000)|striptags|length }}".to_owned(),
        "{{ ('a' * 1000000)|wordwrap(10)|length }}".to_owned(),
        "{{ ('a-' * 500000)|wordwrap(10)|length }}".to_owned(),
        "{{ ('a ' * 500000)|wordwrap(100000)|length }}".to_owned(),
        "{{ ('a ' * 500000)|title|length }}".to_owned(),
        "{{ ('a ' * 500000)|truncate(900000)|length }}".to_owned(),
        "{{ ('a ' * 500000)|wordcount }}".to_owned(),
        "{{ ('a' ~ '(' * 400000 ~ ')' * 400000)|urlize|length }}".to_owned(),
        "{{ ('(' * 400000 ~ 'a' ~ ')' * 400000)|urlize|length }}".to_owned(),
        "{{ ('a@b.c ' * 100000)|urlize|length }}".to_owned(),
        "{{ ('a' * 1000000).rfind('b') }}{{ ('a' * 1000000).split('')|length if false }}".to_owned(),
        "{{ ('a' * 500000 ~ 'b').count('a' * 1000 ~ 'c') }}".to_owned(),
        "{{ ('ab' * 400000).split('a')|length }}".to_owned(),
        "{{ range(100000)|list|unique|length }}".to_owned(),
        "{{ range(100000)|reverse|sort|first }}".to_owned(),
        "{{ range(100000)|map('string')|join|length }}".to_owned(),
        "{{ range(100000)|batch(2)|list|length }}".to_owned(),
        "{{ '1' * 5000 }}{{ ('1' * 5000)|int }}{{ ('1' * 5000)|float }}{{ '1e999999999'|float }}".to_owned(),
        "{{ '1e999999999'|currency }}".to_owned(),
        "{{ '1e-999999999'|number }}".to_owned(),
        "{{ ('0.' ~ '0' * 100000 ~ '1')|number }}".to_owned(),
        "{{ 1.5|round(2000000000) }}{{ 12|round(-2000000000) }}".to_owned(),
        "{{ 2.0 ** 100000 }}{{ 10 ** 30 // 7 }}{{ -10 ** 35 % 3 }}".to_owned(),
        repeated("{{ 1", "|abs", " }}"),
        repeated("{{ a", ".b", " }}"),
        repeated("{{ 1", "+1", " }}"),
        repeated("{{ 1", "*1", " }}"),
        repeated("{{ 1", "**1", " }}"),
        repeated("{{ 1", "~1", " }}"),
        repeated("{{ 1", "<1", " }}"),
        repeated("{{ 1", " in a", " }}"),
        repeated("{{ 1", " and 1", " }}"),
        repeated("{{ 1", " or 1", " }}"),
        repeated("{{ ", "not ", "1 }}"),
        repeated("{{ ", "-", "a }}"),
        repeated("{{ ", "+", "a }}"),
        repeated("{{ a", "[0]", " }}"),
        repeated("{{ a", "[1:]", " }}"),
        repeated("{{ a", "()", " }}"),
        repeated("{{ a", " is defined", " }}"),
        repeated("{{ 1", " if 1", " }}"),
        repeated("{{ 1", " if 1 else 1", " }}"),
        repeated("{{ ", "(", "1"),
        format!("{{{{ {}1{} }}}}", "(".repeat(30_000), ")".repeat(30_000)),
        format!("{{{{ {}1{} }}}}", "[".repeat(30_000), "]".repeat(30_000)),
        format!("{{{{ {}1{} }}}}", "f(".repeat(20_000), ")".repeat(20_000)),
        format!("{{{{ {}1{} }}}}", "{1:".repeat(15_000), "}".repeat(15_000)),
        repeated("{% if a %}", "{% elif a %}", "{% endif %}"),
        repeated("", "{% if a %}", ""),
        repeated("", "{% for a in b %}", ""),
        repeated("{% set x = ", "1,", "1 %}"),
        repeated("{% set ", "a.", "b = 1 %}"),
        repeated("{% filter ", "upper|", "upper %}x{% endfilter %}"),
        repeated("{{ 'a'", "'a'", " }}"),
        repeated("{{ [1", ",1", "] }}"),
        repeated("{{ dict(a=1", ",a=1", ") }}"),
        repeated("{{ f(a", ",*a", ") }}"),
        repeated("{% macro m(a", ",a", ") %}{% endmacro %}"),
        repeated("", "{{", ""),
        repeated("", "{#", ""),
        repeated("", "{% raw %}", ""),
        repeated("", "{{ x }}", ""),
    ] {
        // A text or an error: that there is an outcome is what counts.
        let _ = rendered(template, &json!({"a": 1}));
    }
}

#[test]
fn contexts_nested_without_end_are_refused() {
    for wrap in [
        |inner| Value::Array(vec![inner]),
        |inner| Value::Object([("a".to_owned(), inner)].into_iter().collect()),
    ] {
        let context = (0..10_000).fold(json!(1), |nested, _| wrap(nested));
        let context = Value::Object([("a".to_owned(), context)].into_iter().collect());
        let error = rendered("{{ a }}".to_owned(), &context).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Limit);
        // Dropping it is as deep: the test's own stack is not what is tested.
        std::mem::forget(context);
    }
}

#[test]
fn a_template_may_be_64_kilobytes_and_no_more() {
    assert!(rendered("x".repeat(limits::SOURCE), &json!({})).is_ok());
    assert_eq!(rendered("x".repeat(limits::SOURCE + 1), &json!({})).unwrap_err().kind, ErrorKind::Limit);
}
