//! HTML that somebody else wrote: what of it may go into an e-mail, and what it says as plain text.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;

use crate::{
    email::Reading,
    error::{ErrorKind, Problem},
    limits,
};

/// Columns of plain text (RFC 5322, section 2.1.1, asks for at most 78).
const COLUMNS: usize = 78;

/// What is kept is what mail programs show: words, tables, lists, links and pictures, and styles that neither cover nor move
/// anything. Ammonia keeps links that lead where they say, and drops whatever runs.
static MAIL: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut mail = Builder::default();
    mail.add_tags(["center", "font", "u"])
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel", "cid"]))
        .link_rel(Some("noopener noreferrer"))
        .add_generic_attributes(["align", "bgcolor", "dir", "height", "style", "valign", "width"])
        .add_tag_attributes("font", ["color", "face", "size"])
        .add_tag_attributes("table", ["border", "cellpadding", "cellspacing", "role"])
        .add_tag_attributes("td", ["colspan", "rowspan"])
        .filter_style_properties(STYLES.into())
        .tag_attribute_values(HashMap::from([(
            "table",
            HashMap::from([("role", HashSet::from(["presentation"]))]),
        )]));
    mail
});

/// Properties of styles that are kept.
const STYLES: [&str; 34] = [
    "background-color",
    "border",
    "border-bottom",
    "border-collapse",
    "border-color",
    "border-left",
    "border-radius",
    "border-right",
    "border-spacing",
    "border-style",
    "border-top",
    "border-width",
    "color",
    "direction",
    // What is hidden stays so: the words that mail programs show behind the subject, in their lists.
    "display",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "list-style-type",
    "margin",
    "max-height",
    "max-width",
    "overflow",
    "padding",
    "text-align",
    "text-decoration",
    "vertical-align",
    "white-space",
    "width",
    "word-break",
];

/// Start tags that are read. Cleaning takes time by how many there are and how deep they are nested.
pub const TAGS: usize = 4_000;

/// What of it may go into an e-mail. Nothing that runs, loads by itself but a picture, or lies over the rest.
///
/// # Errors
/// A limit, if it has more elements than anybody writes.
pub fn html(untrusted: String) -> Result<String, Problem> {
    limits::confined(move || {
        let read = Reading::of(&untrusted);
        if read.tags() > TAGS {
            return Err(Problem::new(ErrorKind::Limit, format!("the HTML has more than {TAGS} elements")));
        }
        read.spend().map_err(|error| Problem::new(ErrorKind::Limit, error.to_string()))?;
        Ok(MAIL.clean(&untrusted).to_string())
    })
}

/// What it says as plain text, its links with where they lead.
pub fn text(html: &str) -> String {
    let text = html2text::config::plain_no_decorate()
        .link_footnotes(true)
        .string_from_read(html.as_bytes(), COLUMNS);
    let lines = text.unwrap_or_default();
    let lines: Vec<&str> = lines.lines().map(str::trim_end).collect();
    lines.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn clean(text: &str) -> String {
        html(text.to_owned()).expect("within limits")
    }

    #[test]
    fn what_mail_programs_show_is_kept() {
        for kept in [
            "<p>Hello <b>John</b></p>",
            "<a href=\"https://acme.example/pay?a=1&amp;b=2\" rel=\"noopener noreferrer\">pay</a>",
            "<a href=\"mailto:care@acme.example\" rel=\"noopener noreferrer\">write</a>",
            "<img src=\"cid:logo\" alt=\"Acme\">",
            "<table width=\"100%\" role=\"presentation\"><tbody><tr><td style=\"color:red\">x</td></tr></tbody></table>",
            "<ul><li>one</li></ul>",
        ] {
            assert_eq!(clean(kept), kept);
        }
    }

    #[test]
    fn what_runs_covers_or_reaches_out_is_dropped() {
        for (hostile, kept) in [
            ("<script>alert(1)</script>x", "x"),
            ("<style>p{display:none}</style>x", "x"),
            ("<iframe src=https://evil.example></iframe>x", "x"),
            ("<form action=https://evil.example><input name=pin></form>x", "x"),
            ("<p onclick=\"alert(1)\">x</p>", "<p>x</p>"),
            ("<img src=x onerror=alert(1)>", "<img src=\"x\">"),
            ("<a href=\"javascript:alert(1)\">x</a>", "<a rel=\"noopener noreferrer\">x</a>"),
            ("<a href=\"java\tscript:alert(1)\">x</a>", "<a rel=\"noopener noreferrer\">x</a>"),
            ("<a href=\"data:text/html,x\">x</a>", "<a rel=\"noopener noreferrer\">x</a>"),
            ("<div style=\"position:fixed;top:0;color:red\">x</div>", "<div style=\"color:red\">x</div>"),
            ("<svg><script>alert(1)</script></svg>x", "x"),
            ("<math><mtext><img src=x onerror=alert(1)></mtext></math>", ""),
            ("<!-- hidden -->x", "x"),
            ("<base href=https://evil.example>x", "x"),
            ("<meta http-equiv=refresh content=0>x", "x"),
        ] {
            let cleaned = clean(hostile);
            if !kept.is_empty() {
                assert_eq!(cleaned, kept, "{hostile}");
            }
            assert!(!cleaned.contains("alert") && !cleaned.contains("onerror"), "{hostile}: {cleaned}");
        }
    }

    #[test]
    fn html_is_said_as_text_with_where_links_lead() {
        let plain = text(
            "<p>Hello <b>John</b>,</p><p>please <a href=\"https://acme.example/pay\">pay</a>.</p><ul><li>one</li></ul>",
        );
        for part in ["Hello John,", "https://acme.example/pay", "* one"] {
            assert!(plain.contains(part), "{plain}");
        }
        assert!(!plain.contains('<'), "{plain}");
    }

    #[test]
    fn what_takes_too_long_is_refused_and_what_does_not_ends() {
        let nested = |tags: usize| format!("{}x{}", "<div>".repeat(tags), "</div>".repeat(tags));
        let deep = clean(&nested(TAGS));
        assert!(deep.contains('x') && text(&deep).contains('x'));
        assert!(html(nested(TAGS + 1)).is_err());
        // Each paragraph opens all of these again.
        let fonts: String = (0..1_900).map(|n| format!("<font size={n}>")).collect();
        assert!(html(format!("{fonts}{}", "<p>x".repeat(1_900))).is_err());
    }

    proptest! {
        #[test]
        fn nothing_that_runs_survives_and_what_is_clean_stays_so(
            parts in prop::collection::vec(
                prop_oneof![
                    Just("<script>".to_owned()), Just("</script>".to_owned()), Just("<svg onload=a>".to_owned()),
                    Just("<a href='javascript:a'>".to_owned()), Just("<style>".to_owned()), Just("<!--".to_owned()),
                    Just("<img src=x onerror=a".to_owned()), Just("<math>".to_owned()), Just("<template>".to_owned()),
                    "[ -~]{0,12}",
                ],
                0..12,
            )
        ) {
            let once = clean(&parts.concat());
            let reread = scan(&once);
            prop_assert!(!reread.iter().any(|tag| tag.starts_with("script") || tag.contains(" on") || tag.contains("javascript:")), "{}", once);
            prop_assert_eq!(clean(&once), once.clone());
            let _ = text(&once);
        }
    }

    /// The tags of clean HTML.
    fn scan(html: &str) -> Vec<String> {
        html.split('<').skip(1).filter_map(|rest| Some(rest.split_once('>')?.0.to_lowercase())).collect()
    }
}
