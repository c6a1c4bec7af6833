//! Style rules written into the elements of an e-mail.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use rendering::{ErrorKind, Problem, email, limits};

fn inline(html: &str) -> Result<String, Problem> {
    email::inline(html.to_owned())
}

#[test]
fn rules_go_where_mail_clients_read_them() {
    for (what, html, expected) in [
        (
            "a rule becomes an attribute and leaves the style sheet",
            "<html><head><style>p { color: red }</style></head><body><p>x</p></body></html>",
            "<html><head></head><body><p style=\"color: red;\">x</p></body></html>",
        ),
        (
            "what the element says itself stands",
            "<html><head><style>p { color: red }</style></head><body><p style=\"color: blue\">x</p></body></html>",
            "<html><head></head><body><p style=\"color: blue\">x</p></body></html>",
        ),
        (
            "an important rule stands over the element",
            "<html><head><style>p { color: red !important }</style></head><body><p style=\"color: blue\">x</p></body></html>",
            "<html><head></head><body><p style=\"color: red !important\">x</p></body></html>",
        ),
        (
            "media queries stay",
            "<html><head><style>p { color: red } @media (max-width: 480px) { p { color: blue } }</style></head><body><p>x</p></body></html>",
            "<html><head><style>@media (max-width: 480px) { p { color: blue } }</style></head><body><p style=\"color: red;\">x</p></body></html>",
        ),
        (
            "rules for states and for elements that a client adds stay",
            "<html><head><style>a:hover { color: red } [data-ogsc] p { color: blue }</style></head><body><a>x</a><p>y</p></body></html>",
            "<html><head><style>a:hover { color: red } [data-ogsc] p { color: blue }</style></head><body><a>x</a><p>y</p></body></html>",
        ),
        (
            "Outlook gets widths as attributes",
            "<html><head><style>td { width: 120px }</style></head><body><table><tbody><tr><td>x</td></tr></tbody></table></body></html>",
            "<html><head></head><body><table><tbody><tr><td width=\"120\" style=\"width: 120px;\">x</td></tr></tbody></table></body></html>",
        ),
        (
            "conditional comments stay",
            "<html><head><!--[if mso]><style>p { color: red }</style><![endif]--><style>p { color: blue }</style></head><body><!--[if !mso]><!--><p>x</p><!--<![endif]--></body></html>",
            "<html><head><!--[if mso]><style>p { color: red }</style><![endif]--></head><body><!--[if !mso]><!--><p style=\"color: blue;\">x</p><!--<![endif]--></body></html>",
        ),
        (
            "the document type stays whole",
            "<!doctype html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\"><html><head><style>p { color: red }</style></head><body><p>x</p></body></html>",
            "<!doctype html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\"><html><head></head><body><p style=\"color: red;\">x</p></body></html>",
        ),
        (
            "style sheets elsewhere are neither loaded nor dropped",
            "<html><head><link rel=\"stylesheet\" href=\"file:///etc/passwd\"><style>p { color: red }</style></head><body><p>x</p></body></html>",
            "<html><head><link rel=\"stylesheet\" href=\"file:///etc/passwd\"></head><body><p style=\"color: red;\">x</p></body></html>",
        ),
    ] {
        assert_eq!(inline(html).unwrap(), expected, "{what}");
    }
}

#[test]
fn an_email_without_style_rules_stays_as_it_came() {
    for html in
        ["", "Hello", "<p class=a>x<br/><b>y", "<!--[if mso]><style>p{color:red}</style><![endif]--><p>x"]
    {
        assert_eq!(inline(html).unwrap(), html);
    }
}

#[test]
fn an_email_beyond_the_limits_is_refused() {
    let styled = |css: &str, body: &str| format!("<style>{css}</style>{body}");
    let many = |count: usize, one: fn(usize) -> String| (0..count).map(one).collect::<String>();
    for (html, message) in [
        (styled("", &"x".repeat(limits::OUTPUT)), "the e-mail is larger than 1024 KB"),
        (styled("", &"<p>".repeat(email::TAGS + 1)), "the e-mail has more than 20000 elements"),
        (
            styled("p { color: red }", &many(6000, |n| format!("<p><b id={n}></p>"))),
            "the template handles too much data",
        ),
        (
            styled(&format!("* {{ {} }}", many(5000, |n| format!("p{n}: 1;"))), &"<p>".repeat(5000)),
            "the template handles too much data",
        ),
        (
            styled(&format!("p {{ font-family: '{}' }}", "x".repeat(1000)), &"<p>".repeat(2000)),
            "the template renders to more than 1024 KB",
        ),
    ] {
        let started = Instant::now();
        let error = inline(&html).unwrap_err();
        assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Limit, message));
        assert!(started.elapsed() < Duration::from_secs(4));
    }
}

#[test]
fn elements_may_be_nested_as_deeply_as_there_may_be_elements() {
    let depth = email::TAGS - 2;
    let html = format!("<style>b {{ color: red }}</style>{}<p>", "<b>".repeat(depth));
    assert_eq!(inline(&html).unwrap().matches("<b style=\"color: red;\">").count(), depth);
}

/// What e-mails are made of, in an order that makes no sense.
fn fragment() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(vec![
            "<p>", "</p>", "<b>", "</b>", "<b class=a>", "<i id='x'>", "</i>", "<a href=\"https://a.example\">", "</a>",
            "<table>", "</table>", "<tr>", "<td width=1>", "</td>", "<div style='color: blue'>", "</div>", "<br/>", "<img",
            "<html lang=en>", "<head>", "</head>", "<body bgcolor=red>", "</body>", "<svg>", "<math>", "</svg>", "<select>",
            "<option>", "<template>", "</template>", "<title>", "</title>", "<textarea>", "<script>", "</script>",
            "<plaintext>", "<noscript>", "<frameset>", "<!DOCTYPE html>", "<!doctype", "<!--", "-->", "<!--[if mso]>",
            "<![endif]-->", "<![CDATA[", "]]>", "&nbsp;", "&amp", "&#0;", "\0", "\"", "'", ">", "<", "=", "/", " ", "\n",
            "<p class=\"a b\" style='width:5px;'>", "<td style=\"width: 50%\">", "<style>", "<style media=print>", "</style>",
            "<link rel=stylesheet href=a.css>", "<p data-css-inline=ignore>",
        ]).prop_map(str::to_owned),
        6 => prop::sample::select(vec![
            "p { color: red }", ".a, #x { width: 10px; height: 5% }", "* { margin: 0 !important }", "a:hover {", "}", "{",
            "td:nth-child(2n+1) { width: 1px }", "@media (max-width: 480px) { p { color: blue } }", "@media {", "@import 'a';",
            "@layer a { p { color: red } }", "@layer a, b;", "@font-face { src: url(a) }", "/*", "*/", "--x: 1px;",
            "p { width: var(--x) }", "color: red;", ":not(:is(p, b)) > * + i ~ a { color: red }", "[href^=\"h\"] {",
            "p { font: 'a\\", "p::before { content: \"</style>\" }", "\\", ";", ":", "!important",
        ]).prop_map(|css| format!("{css} ")),
        3 => prop::sample::select(vec![
            "<style>p { color: red }</style>", "<style>.a { width: 5px } @media print { p { color: red } }</style>",
            "<style>b { color: blue } a:hover { color: red }</style>",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

/// An e-mail whose elements are closed in the order they were opened.
fn nested() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("text".to_owned()),
        Just("<br>".to_owned()),
        Just("<!-- x -->".to_owned()),
        "[ -;=?-~é]{0,12}"
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        let class = prop::sample::select(vec![
            "",
            " class=\"a\"",
            " class=\"b a\" title=\"t\"",
            " style=\"color: green\" lang=en class=b",
        ]);
        let tag = prop::sample::select(vec!["div", "span", "em", "section", "article"]);
        (tag, class, prop::collection::vec(inner, 0..5))
            .prop_map(|(tag, class, inner)| format!("<{tag}{class}>{}</{tag}>", inner.concat()))
    })
}

fn rules() -> impl Strategy<Value = String> {
    let rule = prop::sample::select(vec![
        "div { color: red; margin: 0 auto }",
        ".a { width: 10px !important }",
        ".b > span { font-family: \"Segoe UI\", Arial }",
        "a:hover { color: red }",
        "em, .missing { color: blue }",
        "@media (max-width: 480px) { div { color: blue !important } }",
        "/* note */",
        ".x:not(.y) { color: red }",
        "@media print { .a { color: black } }",
        "* { line-height: 1 }",
        "@font-face { font-family: F }",
        "[data-ogsc] .a { color: white }",
    ]);
    prop::collection::vec(rule, 0..8).prop_map(|rules| rules.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_email_is_inlined_or_refused(fragments in prop::collection::vec(fragment(), 0..60)) {
        let html = fragments.concat();
        if let Err(error) = inline(&html) {
            // Not what is said when inlining ends without an outcome.
            prop_assert!(error.message != "the template could not be rendered", "{}", html);
        }
    }

    #[test]
    fn inlining_again_changes_nothing(body in nested(), first in rules(), second in rules()) {
        let html = format!("<!DOCTYPE html><html><head><style>{first}</style><style>{second}</style></head><body>{body}</body></html>");
        let once = inline(&html).unwrap();
        prop_assert_eq!(inline(&once).unwrap(), once);
    }
}
