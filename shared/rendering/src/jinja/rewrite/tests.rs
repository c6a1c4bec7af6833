use proptest::prelude::*;

use super::*;

fn rewritten(source: &str) -> Rewritten {
    rewrite(source, Settings::default()).unwrap()
}

#[test]
fn operators_become_calls_by_precedence() {
    for (source, expected) in [
        ("plain {# 1 + 1 #} text", "plain {# 1 + 1 #} text"),
        ("{% raw %}{{ a + b }}{% endraw %}", "{% raw %}{{ a + b }}{% endraw %}"),
        ("{{ a|f(b) }}", "{{ a|f(b) }}"),
        ("{{ a+b }}", "{{ __calculate(a, \"+\", b) }}"),
        ("{{ a+b-c }}", "{{ __calculate(a, \"+\", b, \"-\", c) }}"),
        ("{{ a+b*c }}", "{{ __calculate(a, \"+\", __calculate(b, \"*\", c)) }}"),
        ("{{ (a+b)*c }}", "{{ __calculate((__calculate(a, \"+\", b)), \"*\", c) }}"),
        ("{{ a~b+c }}", "{{ __calculate(__concatenate(a, b), \"+\", c) }}"),
        ("{{ a<b==c }}", "{{ __compare(a, \"<\", b, \"==\", c) }}"),
        ("{{ a not in b }}", "{{ __compare(a  , \"not in\",  b) }}"),
        ("{{ not a==b and c }}", "{{ not __compare(a, \"==\", b) and c }}"),
        ("{{ -a.b|f }}", "{{ __negate( a.b)|f }}"),
        ("{{ -1 }}{{ +a }}", "{{ -1 }}{{  a }}"),
        ("{{ a[1:] }}", "{{ __slice(a, 1, none) }}"),
        ("{{ a[b][::c] }}", "{{ __slice(a[__lookup(b)], none, none, __key(c)) }}"),
        ("{{ a['b'] }}{{ {'c': d, e: 1} }}", "{{ a['b'] }}{{ {'c': d, __key(e): 1} }}"),
        ("{{ a is eq b+c }}", "{{ __calculate(a is eq b, \"+\", c) }}"),
        ("{{ a if b>c else d+e }}", "{{ a if __compare(b, \">\", c) else __calculate(d, \"+\", e) }}"),
        ("{{ a, b }}", "{{ (a, b) }}"),
        ("{{ f(a=b+1, *c) }}", "{{ f(a=__calculate(b, \"+\", 1), *c) }}"),
        ("{% set ns.a = b %}", "{% set ns.a = __bounded(b) %}"),
        ("{{ b.changed(a) }}", "{{ b.changed(__bounded(a)) }}"),
        ("{{ b.changed((a), c) }}", "{{ b.changed(__bounded((a)), __bounded(c)) }}"),
        ("{{ loop.index }}", "{{ __hidden().index }}"),
        ("{{ (a)|f < b.c[(d)|f] }}", "{{ __compare((a)|f , \"<\",  b.c[__lookup((d)|f)]) }}"),
        (
            "{{ a.b[1:] + (a.b)[1:] }}",
            "{{ __calculate(__slice(a.b, 1, none) , \"+\",  __slice((a.b), 1, none)) }}",
        ),
        ("{% set a = b, c %}", "{% set a = (b, c) %}"),
        (
            "{% set a|f(b=c, d=+e) %}{% endset %}",
            "{% set a|f(b=c, d= e)  %}{% with %}{% endwith %}{% endset %}",
        ),
        ("{% include a %}", "{% with %}{% include __included(a)  %}{% endwith %}"),
        ("{% do x.append([]) %}", "{% do __kept(x.append(__growing([]))) %}"),
    ] {
        assert_eq!(rewritten(source).text, expected, "{source}");
    }
}

#[test]
fn passes_are_counted_where_they_end() {
    for (source, expected) in [
        (
            "{% for a in b -%}\n text {%- endfor %}",
            "{% for a in __each(b) -%}\n text {%- do __spend(4) %}{% endfor %}",
        ),
        (
            "{% for a in b %}x{% else %}yy{% endfor %}",
            "{% for a in __each(b) %}x{% do __spend(1) %}{% else %}yy{% endfor %}",
        ),
        (
            "{% for a in b %}{% if a %}x{% else %}yy{% endif %}{% endfor %}",
            "{% for a in __each(b) %}{% if a %}x{% else %}yy{% endif %}{% do __spend(3) %}{% endfor %}",
        ),
        (
            "{% for a in b, c if d %}{% endfor %}",
            "{% for a in __each((b, c)) if d %}{% do __spend(0) %}{% endfor %}",
        ),
        (
            "{% for a in b %}x{% continue %}{% endfor %}",
            "{% for a in __each(b) %}x{% do __spend(1) %}{% continue %}{% do __spend(1) %}{% endfor %}",
        ),
        (
            "{% macro m() %}x{% endmacro %}",
            "{% macro m()  %}{% autoescape __escapes() %}x{% do __spend(1) %}{% endautoescape %}{% endmacro %}",
        ),
        (
            "{% block a %}x{% endblock a %}",
            "{% block a  %}{% autoescape __escapes() %}x{% do __spend(1) %}{% endautoescape %}{% endblock a %}",
        ),
        ("{% block a required %}{% endblock %}", "{% block a required %}{% endblock %}"),
    ] {
        assert_eq!(rewritten(source).text, expected, "{source}");
    }
}

#[test]
fn a_place_in_the_rewritten_source_is_found_in_the_original() {
    let source = "{{ a + b * c }} {{ d }}";
    let rewritten = rewritten(source);
    for name in ["a", "b * c", "c", "d", "}} {{"] {
        let first = name.split(' ').next().unwrap();
        let found = rewritten.text.rfind(&format!("{first} ")).or(rewritten.text.rfind(first)).unwrap();
        let original = rewritten.original(found);
        assert!(source[original..].starts_with(first), "{name}: {:?}", &source[original..]);
    }
}

#[test]
fn what_jinja2_refuses_and_the_engine_takes_is_refused() {
    for source in [
        "{{ f(*a, b) }}",
        "{{ f(**a, b) }}",
        "{{ f(**a, **b) }}",
        "{{ a is string is sequence }}",
        "{% from 'a' import %}",
        "{% macro m(caller) %}{% endmacro %}",
    ] {
        assert!(rewritten(source).refusal.is_some(), "{source}");
    }
    for name in RESERVED {
        assert!(rewrite(&format!("{{{{ {name} }}}}"), Settings::default()).is_err());
    }
}

#[test]
fn a_long_chain_is_not_a_deep_one() {
    let chain = |operator: &str| format!("{{{{ 1{} }}}}", format!("{operator}1").repeat(10_000));
    for operator in ["+", "~", "*", "<"] {
        let text = rewritten(&chain(operator)).text;
        let deepest = text.bytes().scan(0, |depth, byte| {
            *depth += i32::from(byte == b'(') - i32::from(byte == b')');
            Some(*depth)
        });
        assert!(deepest.max() < Some(20), "{operator}");
    }
}

proptest! {
    #[test]
    fn lines_stay_where_they_are(source in "([a-z{}%|+*<>=~.,:()\\[\\]\" \n-]|\\{\\{ | \\}\\}|\\{% | %\\}|for |in |endfor|if ){0,60}") {
        let Ok(rewritten) = rewrite(&source, Settings::default()) else { return Ok(()) };
        prop_assert_eq!(source.matches('\n').count(), rewritten.text.matches('\n').count());
        for (offset, _) in rewritten.text.char_indices() {
            prop_assert!(rewritten.original(offset) <= source.len());
        }
    }
}
