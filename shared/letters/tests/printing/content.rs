//! What is printed, and how.

use domain::letter::{PageSize, Sheet};
use lopdf::{Document, Object};

use crate::{looks::drawn, print, refusal, text};

const PIXEL: &str = "data:image/gif;base64,R0lGODlhAQABAIAAAP8AAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==";

/// Width and height of the first page, in points.
fn sheet(pdf: &[u8]) -> (f32, f32) {
    let pdf = Document::load_mem(pdf).unwrap();
    let page = pdf.get_dictionary(pdf.get_pages()[&1]).unwrap();
    let edges = page.get(b"MediaBox").unwrap().as_array().unwrap();
    (edges[2].as_float().unwrap().round(), edges[3].as_float().unwrap().round())
}

/// The targets of all links.
fn links(pdf: &[u8]) -> Vec<String> {
    let pdf = Document::load_mem(pdf).unwrap();
    let target = |object: &Object| {
        let uri = object.as_dict().ok()?.get(b"URI").ok()?.as_str().ok()?.to_vec();
        String::from_utf8(uri).ok()
    };
    let nested = |object: &Object| target(object.as_dict().ok()?.get(b"A").ok()?);
    let mut links: Vec<_> =
        pdf.objects.values().filter_map(|object| target(object).or_else(|| nested(object))).collect();
    links.sort();
    links
}

#[test]
fn the_sheet_is_the_one_asked_for_unless_the_document_names_one() {
    let sheet_of =
        |html: &str, size| sheet(&letters::print(html, &Sheet { size, ..Sheet::default() }).unwrap());
    for (html, size, expected) in [
        ("<p>a", PageSize::Letter, (612.0, 792.0)),
        ("<p>a", PageSize::A4, (595.0, 842.0)),
        ("<style>@page{size:A4}</style><p>a", PageSize::Letter, (595.0, 842.0)),
        ("<style>@page{size:Letter landscape}</style><p>a", PageSize::A4, (792.0, 612.0)),
        ("<style>@page{size:5in 7in}</style><p>a", PageSize::A4, (360.0, 504.0)),
    ] {
        assert_eq!(sheet_of(html, size), expected, "{html} on {size:?}");
    }
}

#[test]
fn a_pdf_has_language_title_and_structure() {
    let title = |html: &str, title: Option<&str>| {
        let options = Sheet { language: "es-US".into(), title: title.map(Into::into), ..Sheet::default() };
        let pdf = Document::load_mem(&letters::print(html, &options).unwrap()).unwrap();
        let catalog = pdf.catalog().unwrap();
        assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), b"es-US");
        assert!(catalog.has(b"StructTreeRoot"));
        let info = pdf.trailer.get(b"Info").unwrap().as_reference().unwrap();
        let title = pdf.get_dictionary(info).unwrap().get(b"Title").unwrap();
        lopdf::decode_text_string(title).unwrap()
    };
    assert_eq!(title("<title>Estado</title><p>a", None), "Estado");
    assert_eq!(title("<title>Estado</title><p>a", Some("Carta \"1\" </style>")), "Carta \"1\" </style>");
    assert_eq!(title("<p>Hola   María", None), "Hola María");
    assert_eq!(title(&format!("<img src={PIXEL}>"), None), "Letter");
}

#[test]
fn links_lead_to_https_mail_and_telephone_only() {
    for safe in
        ["https://example.com/a?b=c", "mailto:help@example.com", "tel:+18005550142", "HTTPS://example.com/"]
    {
        assert_eq!(links(&print(&format!("<a href=\"{safe}\">x</a>")).unwrap()), [safe]);
    }
    for unsafe_ in [
        "javascript:alert(1)",
        " java&#10;script:alert(1)",
        "JaVaScRiPt&colon;x",
        "&#106;avascript:x",
        "\u{1}javascript:x",
        "http://example.com/",
        "file:///etc/passwd",
        "data:text/html,x",
        "vbscript:x",
        "/relative",
        "page.html",
        "//example.com/",
        "",
    ] {
        assert!(links(&print(&format!("<a href=\"{unsafe_}\">x</a>")).unwrap()).is_empty(), "{unsafe_}");
    }
}

#[test]
fn what_is_not_for_print_is_left_out() {
    let html = "<p>kept</p><script>gone</script><iframe srcdoc=gone></iframe><template>gone</template>\
        <dialog>gone</dialog><datalist><option>gone</datalist><form action=x><p>asked</p><input type=hidden value=gone></form>\
        <link rel=stylesheet href=https://example.com/a.css><!-- gone --><p onclick=gone>last</p>";
    assert_eq!(text(&print(html).unwrap()), "kept asked last");
}

#[test]
fn fields_and_fallbacks_are_printed_as_a_browser_shows_them() {
    let blank = "_".repeat(20);
    for (html, printed) in [
        ("<button>Press</button> here".into(), "Press here"),
        ("<style>button{display:none}</style><button>gone</button>kept".into(), "kept"),
        ("<input type=submit value=Send> <input type=image alt=Map>".into(), "Send Map"),
        ("Name <input value='Pat Doe'>".into(), "Name Pat Doe"),
        ("Name <input>".into(), &format!("Name {blank}")),
        ("<input type=checkbox checked> Yes <input type=checkbox> No".into(), "☑ Yes ☐ No"),
        ("<input type=radio checked> Yes <input type=radio> No".into(), "● Yes ○ No"),
        ("<textarea>one\n\ttwo</textarea><p>b".into(), "one two b"),
        ("<textarea></textarea>".into(), blank.as_str()),
        ("<p>a</p><dialog open><p>b<p>c</dialog>".into(), "a b c"),
        ("<noscript>a <b>b</b></noscript> <object data=x>c</object>".into(), "a b c"),
        ("<fieldset><legend>Fees</legend>None</fieldset>".into(), "Fees None"),
        ("<optgroup>b</optgroup><option>c".into(), "b c"),
        ("<details open><summary>More</summary>Terms</details>".into(), "• More Terms"),
        ("<pre>a\tb\n12345678\tc</pre>".into(), "a b 12345678 c"),
    ] {
        let html: String = html;
        let pdf = print(&html).unwrap_or_else(|refusal| panic!("{refusal}: {html}"));
        assert_eq!(text(&pdf), printed, "{html}");
    }
    assert_eq!(
        refusal("<select><option>a</select>"),
        "a letter has nothing to choose from: write what is chosen, not `select`"
    );
}

#[test]
fn styles_from_elsewhere_are_left_out() {
    let html = "<style>@import url(https://example.com/a.css); @import 'file:///etc/passwd' print;\
        @font-face { font-family: Brand; src: url(https://example.com/a.woff2) } p { font-family: Brand }</style><p>kept";
    assert_eq!(text(&print(html).unwrap()), "kept");
}

#[test]
fn text_is_printed_in_whatever_font_it_asks_for() {
    for style in [
        "font-family: Arial",
        "font-family: 'Brand Grotesk'",
        "font: 12pt/1.5 Georgia, serif",
        "font: italic bold small Brand",
        "font: initial",
        "font-family: initial",
        "font-family: var(--brand)",
        "font-family: monospace !important",
        "font: inherit",
        "FONT-FAMILY:system-ui",
        "font-family: /* none */ \"A\\\"B\", cursive",
    ] {
        let html =
            format!("<div style='font-family: serif'><p style='{}'>kept here", style.replace('\'', "&#39;"));
        assert_eq!(text(&print(&html).unwrap()), "kept here", "{style}");
        let html =
            format!("<style>@media print {{ p {{ color: red; {style}; margin: 0 }} }}</style><p>kept here");
        assert_eq!(text(&print(&html).unwrap()), "kept here", "{style}");
    }
}

#[test]
fn lists_have_bullets_and_numbers() {
    let text = text(
        &print("<ul><li>one<ul><li>two</ul></ul><ol start=0><li>three</ol><ol start=7><li>four</ol><ol type=A><li>five</ol>\
        <ol style='list-style:lower-alpha inside'><li>six</ol>")
            .unwrap(),
    );
    let romans = "<style>ol ol{list-style:lower-roman inside}</style><ol type=I start=3><li>two words<ol><li>six<li value=9>\
        seven</ol><li><p>eight</ol>";
    let romans = self::text(&print(romans).unwrap());
    for marker in ["III.", "i.", "ix.", "IV."] {
        assert_eq!(
            romans.split_whitespace().filter(|word| *word == marker).count(),
            1,
            "{marker} is not in: {romans}"
        );
    }
    for marker in ["•", "◦", "1.", "7.", "A.", "a."] {
        assert!(text.contains(marker), "{marker} is not in: {text}");
    }
}

#[test]
fn images_inside_the_document_are_printed() {
    let svg = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='9' height='9'%3E%3Cpath fill='gray' d='M0 0h9v9z'/%3E%3C/svg%3E";
    for html in [
        format!("<img src=\"{PIXEL}\">"),
        format!("<img src=\"{svg}\">"),
        format!("<p style=\"background: url({PIXEL})\">a"),
        format!("<style>p {{ background: url(\"{svg}\") }}</style><p>a"),
        "<svg width=9 height=9><path d='M0 0h9v9z'/></svg>".to_owned(),
    ] {
        let pdf = print(&html).unwrap();
        let drawn = Document::load_mem(&pdf).unwrap();
        let page = drawn.get_page_content(drawn.get_pages()[&1]);
        let page = String::from_utf8_lossy(&page).into_owned();
        assert!([" Do", "scn", " rg", " g\n"].iter().any(|paint| page.contains(paint)), "{html}: {page}");
    }
}

#[test]
fn broken_html_is_printed_as_a_browser_shows_it() {
    let html = "<p><b>one<i>two</p></b><table><p>three<td>four</style></html><!-- five";
    let text = text(&print(html).unwrap());
    for word in ["one", "two", "three", "four"] {
        assert!(text.contains(word), "{word} is not in: {text}");
    }
}

#[test]
fn a_column_is_as_wide_as_its_longest_line() {
    for html in [
        "<table><tr><td>a<td>Northfield Lending, LLC<br>Suite 4<td>b</table>",
        "<div style='display:flex;justify-content:space-between'><img src=PIXEL><address>Northfield Lending, LLC<br>Suite 4</address></div>",
    ] {
        let pdf = Document::load_mem(&print(&html.replace("PIXEL", PIXEL)).unwrap()).unwrap();
        let text = pdf.extract_text(&[1]).unwrap();
        assert!(text.lines().any(|line| line.contains("Northfield Lending, LLC")), "{html}: {text}");
    }
}

#[test]
fn a_block_of_several_lines_keeps_its_height() {
    let height_of = |block: &str| {
        let pages = drawn(
            &print(&format!("<style>@page{{margin:1in}}body,div{{margin:0}}</style>{block}<p>■")).unwrap(),
        );
        pages[0].enumerate_pixels().filter(|(_, _, shade)| shade.0[0] < 128).map(|(_, y, _)| y).max().unwrap()
            / 72
    };
    for block in [
        "<div style='height:5in'>a<br>b</div>",
        "<div style='padding-bottom:5in'>a<br><b>b</b> c<br></div>",
        "<div style='height:5in;width:1in'>a long text that needs several lines for itself</div>",
    ] {
        assert!(height_of(block) >= 6, "{block}");
    }
}
