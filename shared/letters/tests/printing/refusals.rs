//! Documents that would not be printed as they are written, and what their authors are told.

use letters::limits;

use crate::{print, refusal};

#[test]
fn every_limit_is_named() {
    for (html, message) in [
        ("a ".repeat(limits::HTML / 2 + 512), "the document is larger than 1024 KB"),
        ("<div>".repeat(limits::DEPTH), "elements are nested deeper than 200 levels"),
        ("<i></i>".repeat(limits::ELEMENTS), "the document has more than 20000 elements"),
        (format!("<table>{}", "<tr>".repeat(limits::ROWS + 1)), "the tables have more than 2000 rows"),
        ("a ".repeat(limits::TEXT / 2 + 1), "a paragraph is longer than 100000 bytes"),
        ("a".repeat(limits::WORD + 1), "a word is longer than 1000 characters"),
        (format!("a<style>{}", "(".repeat(limits::DEPTH + 1)), "the CSS is nested deeper than 200 levels"),
        (
            format!("<style>{}</style>{}", "a{}".repeat(20_001), "<p>a".repeat(1_000)),
            "the CSS rules times the elements are more than 20000000",
        ),
        (
            format!("<p style='box-shadow:red 1px 1px{}'>a", ",rgb(0,0,0) 1px 1px".repeat(limits::LAYERS)),
            "`box-shadow` has more than 8 layers",
        ),
        ("<div style='height:1000000px'>a".into(), "`height` is longer than 200 pages"),
        ("<div style='width:1e9em'>a".into(), "`width` is longer than 200 pages"),
        ("<style>p{font-size:100000pt}</style><p>a".into(), "`font-size` is larger than 3600 pt"),
        (
            "<p style='display:grid;grid-template-columns:repeat(100000,1px)'>a".into(),
            "`grid-template-columns` asks for more than 1000 rows or columns",
        ),
        ("<b style='grid-row:999999'>a".into(), "`grid-row` asks for more than 1000 rows or columns"),
        ("<p style='background-size:.1px .1px'>a".into(), "`background-size` is smaller than a pixel"),
        ("<style>@page{size:1px}</style>a".into(), "a page must measure between 1 and 50 inches each way"),
        (
            "<style>@page{size:100000mm}</style>a".into(),
            "a page must measure between 1 and 50 inches each way",
        ),
        (
            "<style>@page l{size:letter landscape}.l{page:l}</style><p class=l>a".into(),
            "all pages are of one size: leave `size` out of `@page l`",
        ),
        (
            "<table><tr style='break-before:page'><td>a</table>".into(),
            "a row of a table cannot begin a page: end the table before it",
        ),
        (
            "<style>@media print{.next td,tr.next{page-break-before:always}}</style><table><tr class=next><td>a</table>"
                .into(),
            "a row of a table cannot begin a page: end the table before it",
        ),
        (
            "<style>@page{margin:90mm}@page :first{margin:900mm}</style>a".into(),
            "the margins leave less than half an inch of the page",
        ),
        (
            format!("<style>p{{break-before:page}}</style>{}", "<p>a".repeat(limits::PAGES + 1)),
            "the document has more than 200 pages",
        ),
    ] {
        assert_eq!(refusal(&html), message);
    }
}

#[test]
fn an_image_that_is_not_inside_the_document_is_named() {
    for url in [
        "https://example.com/logo.png",
        "http://127.0.0.1:1/logo.png",
        "file:///etc/passwd",
        "/etc/passwd",
        "logo.png",
        "//example.com/logo.png",
        "cid:logo",
    ] {
        let message = format!(
            "the image “{url}” cannot be printed: only images inside the document can (`data:` URLs)"
        );
        assert_eq!(refusal(&format!("<img src='{url}'>")), message);
        assert_eq!(refusal(&format!("<p style=\"background:url('{url}')\">a")), message);
        assert_eq!(
            refusal(&format!("<style>@media print{{p{{background-image:URL( {url} )}}}}</style>a")),
            message
        );
        assert_eq!(refusal(&format!("<style>@page{{@top-left{{content:url('{url}')}}}}</style>a")), message);
    }
    assert_eq!(
        refusal("<img>"),
        "the image “” cannot be printed: only images inside the document can (`data:` URLs)"
    );
}

#[test]
fn an_image_that_cannot_be_decoded_is_named() {
    for (url, reason) in [
        ("data:image/png;base64,iVBORw0KGgo=", "is damaged"),
        ("data:image/png;base64,!!!", "is not valid base64"),
        ("data:image/webp;base64,UklGRg==", "is no PNG, JPEG, GIF or SVG image"),
        ("data:image/svg+xml,<svg", "is damaged"),
    ] {
        assert_eq!(refusal(&format!("<img src='{url}'>")), format!("the image “{url}” {reason}"));
    }
}

#[test]
fn an_svg_image_holds_shapes_only() {
    for (element, name) in [
        ("<text>a</text>", "text"),
        ("<image href='/etc/passwd'/>", "image"),
        ("<filter id='f'/>", "filter"),
        ("<foreignObject/>", "foreignObject"),
        ("<g><script>a</script></g>", "script"),
    ] {
        let message = format!("an SVG image may hold shapes only, not `{name}`; convert text to paths");
        let svg = format!("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>{element}</svg>");
        let url = svg.replace('<', "%3C").replace('>', "%3E");
        assert_eq!(refusal(&format!("<img src=\"data:image/svg+xml,{url}\">")), message);
        if name != "script" {
            assert_eq!(refusal(&svg), message);
        }
    }
}

#[test]
fn characters_without_a_font_are_named() {
    for html in [
        "<p>😀𓀀",
        "<style>p::before{content:\"\\1F600 𓀀\"}</style>a",
        "<style>p::before{content:attr(title)}</style><p title=😀𓀀>a",
        "<p style='quotes:\"😀𓀀\"'>a",
    ] {
        assert_eq!(refusal(html), "no font of printed letters has “𓀀” (U+13000), “😀” (U+1F600)", "{html}");
    }
}

#[test]
fn an_empty_document_is_an_error() {
    for html in [
        "",
        " \n",
        "<html><body><p> </p></body></html>",
        "<!-- a -->",
        "<title>a</title>",
        "<style>body{display:none}</style>Dear Ana",
    ] {
        assert_eq!(refusal(html), "the document is empty", "{html}");
    }
}

#[test]
fn a_list_marked_as_the_engine_cannot_is_an_error() {
    for (html, marker) in [
        ("<ol style='list-style-type:lower-greek'><li>a</ol>", "lower-greek"),
        ("<style>ol{list-style:inside Lower-Greek}</style><ol><li>a</ol>", "Lower-Greek"),
        ("<ul style='list-style:\"→ \"'><li>a</ul>", "→ "),
        ("<ol type=x><li>a</ol>", "x"),
    ] {
        let known = "lists can be marked with disc, circle, square, decimal, lower-alpha, upper-alpha, \
            lower-roman, upper-roman, none";
        assert_eq!(refusal(html), format!("{known}, not with `{marker}`"));
    }
}

#[test]
fn words_that_nobody_can_read_are_refused_by_name() {
    let small = "“$500” would be printed smaller than 4 pt: give it a larger type";
    let faint = "“$500” would be printed in nearly the color of what is behind it: give it another";
    for (style, sentence) in [
        ("font-size:0", small),
        ("font-size:.4pt", small),
        ("font-size:3.9pt", small),
        ("transform:scale(.01)", small),
        ("transform:scale(1,.1)", small),
        ("color:#fff", faint),
        ("color:#fefefe", faint),
        ("color:#eee", faint),
        ("color:rgba(0,0,0,.01)", faint),
        ("opacity:.01", faint),
        ("color:#000;background:#000", faint),
        ("color:#123;background:#123;border-radius:9px", faint),
    ] {
        assert_eq!(
            refusal(&format!("<p>Pay <span style='display:block;{style}'>$500</span>")),
            sentence,
            "{style}"
        );
    }
    let veil = "position:absolute;top:0;left:0;width:5in;height:1in;background:rgba(255,255,255,.98)";
    assert_eq!(refusal(&format!("<p>$500</p><div style='{veil}'></div>")), faint);
    for style in [
        "font-size:4pt",
        "color:#ccc",
        "color:#fff;background:#000",
        "color:#fff;background:linear-gradient(#000,#111)",
        "color:#fff;background:#104070;border-radius:9px;opacity:.9",
        "color:#eee;font-size:60px",
    ] {
        print(&format!("<p>Pay <span style='display:block;{style}'>$500</span>"))
            .unwrap_or_else(|refusal| panic!("{style}: {refusal}"));
    }
}
