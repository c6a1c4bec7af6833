//! No word gets lost: a letter says all that was written, or it is refused and the first words lost are named.

use proptest::prelude::*;
use skrifa::{FontRef, MetadataProvider as _};
use unicode_normalization::char::is_combining_mark;

use crate::{print, reading::readable, text};

/// `w00000 w00001 …`
pub fn words(count: usize) -> String {
    (0..count).map(|n| format!("w{n:05}")).collect::<Vec<_>>().join(" ")
}

/// What can be read on the pages, without white space: in the order in which it is drawn, then down each column from page
/// to page, where the rest of a word may follow after the other columns.
pub fn read(pdf: &[u8]) -> String {
    let drawn = readable(pdf);
    let mut columns = drawn.clone();
    columns.sort_by_key(|run| (run.left.round() as i32, run.page, -run.baseline.round() as i32));
    drawn.iter().chain(&columns).flat_map(|run| run.text.chars()).filter(|c| !c.is_whitespace()).collect()
}

/// What comes of a document.
enum Outcome<'a> {
    /// It is printed, and these words can be read.
    Whole(&'a str),
    /// It is refused, and this is the first word named.
    Refused(&'a str),
}
use Outcome::{Refused, Whole};

#[test]
fn every_word_is_printed_or_the_document_is_refused() {
    let lines: String =
        (0..60).map(|n| format!("w{n:05} stays due as agreed, on the dates shown above.<br>")).collect();
    let rows: String = (0..200).map(|n| format!("<tr><td>{n}<td>w{n:05}</tr>")).collect();
    let head = "<table><thead><tr><th>HEAD</th></tr></thead>";
    for (html, outcome) in [
        // What fits, fits.
        (format!("<p>{}", words(300)), Whole("w00000 w00299")),
        (format!("<p>{}<p>{}", words(200), words(300)), Whole("w00199 w00299")),
        (format!("{head}{rows}</table>"), Whole("w00000 w00199")),
        (format!("{head}<tr><td>{}</table>", words(300)), Whole("HEAD w00000 w00299")),
        (format!("<div style='columns:2'>{}</div>", words(200)), Whole("w00000 w00199")),
        (format!("Dear Pat,<br><br>{lines}<br>SIGNATURE"), Whole("w00000 w00059 SIGNATURE")),
        // Beyond the sheet.
        ("<p style='position:absolute;left:900px'>outside</p>in".into(), Refused("outside")),
        ("<p style='margin-left:-300px'>outside</p>in".into(), Refused("outside")),
        // Cut off, covered, without a color.
        ("<div style='height:20px;overflow:hidden'>one<br>two<br>three</div>".into(), Refused("two")),
        ("<style>p{position:absolute;top:0}</style><p>under words<p>other text".into(), Refused("under")),
        ("<style>p{position:absolute;top:0}</style><p>same<p>same".into(), Refused("same")),
        (
            "<p>under</p><div style='background:#fff;position:absolute;top:0;width:9in;height:2in'></div>"
                .into(),
            Refused("under"),
        ),
        ("<p style='opacity:0'>unseen</p>seen".into(), Refused("unseen")),
        ("<p style='color:transparent'>unseen</p>seen".into(), Refused("unseen")),
        // Hidden by name, also for another medium; what is shown in it all the same is not.
        ("<p style='display:none'>away <b style='display:block'>too</b></p>here".into(), Whole("here")),
        ("<p style='visibility:hidden'>away</p>here".into(), Whole("here")),
        ("<p hidden>away</p>here".into(), Whole("here")),
        ("<style>p{display:block!important}</style><p style='display:none'>here".into(), Whole("here")),
        (
            "<p style='visibility:hidden'>away <b style='visibility:visible'>again</b></p>here".into(),
            Refused("again"),
        ),
    ] {
        let shown: String = html.chars().take(120).collect();
        match (outcome, print(&html)) {
            (Whole(expected), Ok(pdf)) => {
                let text = read(&pdf);
                for word in expected.split(' ') {
                    assert!(text.contains(word), "{word} cannot be read: {shown}");
                }
                assert!(!text.contains("away"), "hidden, but printed: {shown}");
            }
            (Refused(word), Err(refusal)) => {
                let beginning = format!("words would be missing from the pages, first “{word}”");
                assert!(refusal.0.starts_with(&beginning), "{}: {shown}", refusal.0);
            }
            (Whole(_), Err(refusal)) => panic!("refused: {}: {shown}", refusal.0),
            (Refused(_), Ok(_)) => panic!("printed: {shown}"),
        }
    }
}

/// Each with the words in it: `w00000 w00001 …`, all of which must be on the pages.
#[test]
fn what_the_engine_would_lose_is_printed_whole() {
    let lines: String =
        (0..120).map(|n| format!("w{n:05} stays due as agreed, on the dates shown above.<br>")).collect();
    let long = "x".repeat(170);
    let head = "<table><thead><tr><th>HEAD</th></tr></thead>";
    let flush = (0..24).map(|n| format!("<tr><td><p>w{n:05} {long}</p><td><div>$1.{n:02}</div>"));
    let flush: String = flush.collect();
    let boxes: String =
        (0..8).map(|n| format!("<div style='display:inline-block;width:2in'>w{n:05}</div>")).collect();
    for (html, count, pages) in [
        (format!("Dear Pat,<br><br>{lines}<br>SIGNATURE"), 120, 3),
        (format!("<p>{lines}"), 120, 3),
        (words(560), 560, 2),
        (format!("{}<p>between</p>after", words(560)), 560, 2),
        (format!("<p>{}", words(560)), 560, 2),
        (format!("<p>{}", words(1200)), 1200, 3),
        (format!("<p style='text-align:justify;text-indent:2em'>{}", words(560)), 560, 2),
        (format!("<p><b>{}</b> <a href='https://example.com/'>and</a>", words(560)), 560, 2),
        (format!("<span>{}</span>", words(560)), 560, 2),
        (format!("<div>{}</div>", words(560)), 560, 2),
        (format!("<blockquote>{}</blockquote>", words(560)), 560, 2),
        (format!("<ul><li>one<li>{}<li>three</ul>", words(560)), 560, 2),
        (format!("<ol type=i><li>one<li>{}<li>three</ol>", words(560)), 560, 2),
        (format!("<dl><dt>one<dd>{}</dl>", words(560)), 560, 2),
        (format!("<pre>{}</pre>", words(150).replace(' ', "\n")), 150, 4),
        (format!("<div style='display:flex'><div>{}</div></div>", words(560)), 560, 2),
        (format!("<div style='display:flex'>{}<b>beside</b></div>", words(560)), 560, 2),
        (format!("<div style='columns:2'>{}</div>", words(1000)), 1000, 2),
        (format!("<div style='position:absolute;top:2in'>{}</div>", words(560)), 560, 2),
        (format!("<div style='display:inline-block'>{}</div>", words(560)), 560, 2),
        (format!("<p style='width:1in'>{}", words(300)), 300, 7),
        (format!("<div>{boxes}</div>"), 8, 1),
        // Room for the window of an envelope.
        (
            format!(
                "<div style='position:absolute;top:2in;left:1in'>Pat Doe</div><p style='margin-top:4in'>{}",
                words(800)
            ),
            800,
            2,
        ),
        (format!("<div><p style='margin-top:4in'>{}</div>", words(400)), 400, 2),
        // A head of a table repeated over a cell that goes on.
        (format!("{head}<tr><td>{}</table>", words(560)), 560, 2),
        (format!("{head}<tr><td>{}<td>$312.50</table>", words(560)), 560, 2),
        (
            format!("<style>th{{background:#123;color:#fff}}</style>{head}<tr><td>{}</table>", words(560)),
            560,
            2,
        ),
        // Cells side by side, cells without room at their top.
        (format!("<table><tr><td>{0}<td>{0}</table>", words(400)), 400, 2),
        (format!("<table cellpadding=0>{flush}</table>"), 24, 4),
        // Beyond the sheet.
        (format!("<table><tr><th>Merchant<th>Amount<tr><td>{long}<td>w00000</table>"), 1, 1),
        (format!("<table style='width:900px'><tr><td>{long}<td>w00000</table>"), 1, 1),
        (format!("<div style='display:flex'><div>{long}</div><div>w00000</div></div>"), 1, 1),
        (format!("<table><tr><td style='width:500px'>a<td style='width:500px'>{}</table>", words(3)), 3, 1),
    ] {
        let shown: String = html.chars().take(120).collect();
        let pdf = print(&html).unwrap_or_else(|refusal| panic!("{}: {shown}", refusal.0));
        let text = read(&pdf);
        let missing = (0..count).find(|n| !text.contains(&format!("w{n:05}")));
        assert_eq!(missing, None, "{shown}");
        assert_eq!(letters::page_count(&pdf).unwrap(), pages, "{shown}");
    }
}

#[test]
fn a_number_is_never_broken() {
    let heads = "<th>Beginning balance".repeat(9);
    let amounts = "<td>$12,345,678.00".repeat(9);
    let fixed = "width:100%;table-layout:fixed";
    for html in [
        "<p style='width:60px'>Total $12,345,678.00, <b>$12,34</b>5,678.00".to_owned(),
        format!("<table border=1><tr>{heads}<tr>{amounts}</table>"),
        format!("<table border=1 style='{fixed}'><tr>{heads}<tr>{amounts}</table>"),
        format!("<div style='display:flex'><div>{}</div><div>$12,345,678.00</div></div>", "x".repeat(170)),
    ] {
        let pdf = print(&html).unwrap_or_else(|refusal| panic!("{refusal}: {html}"));
        assert!(read(&pdf).contains("$12,345,678.00"), "{html}");
    }
    let refusal = print(&format!("<table><tr>{}</table>", "<td>$12,345,678.00".repeat(20))).unwrap_err();
    assert!(refusal.0.contains("“$12,345,678.00”"), "{refusal}");
}

#[test]
fn a_paragraph_that_is_cut_stays_what_it_is() {
    let pdf = |html: &str| lopdf::Document::load_mem(&print(html).unwrap()).unwrap();
    let count = |pdf: &lopdf::Document, key: &[u8], value: &[u8]| {
        let has = |object: &lopdf::Object| {
            let object = object.as_dict().ok().and_then(|object| object.get(key).ok()?.as_name().ok());
            object == Some(value)
        };
        pdf.objects.values().filter(|object| has(object)).count()
    };
    // Justified lines end where their block does.
    let ends = |style: &str| -> Vec<i32> {
        let runs = readable(&print(&format!("<p style='{style}'>{}", words(560))).unwrap());
        let mut ends = std::collections::BTreeMap::<_, f32>::new();
        for run in runs {
            let end = ends.entry((run.page, -run.baseline as i32)).or_default();
            *end = end.max(run.right);
        }
        ends.into_values().map(|end| end.round() as i32).collect()
    };
    let justified = ends("text-align:justify");
    let widest = justified.iter().max().unwrap();
    assert!(justified.iter().rev().skip(1).all(|end| (widest - end).abs() <= 1), "{justified:?}");
    // A marker is set once, though its item goes on.
    let list = print(&format!("<ol><li>one<li>{}<li>three</ol>", words(560))).unwrap();
    assert_eq!(text(&list).matches("2.").count(), 1);
    assert_eq!(text(&list).matches("3.").count(), 1);
    // What begins an element by its style does so once.
    let quoted = print(&format!(
        "<style>q::before{{content:'«'}}q::after{{content:'»'}}</style><p><q>{}</q>",
        words(560)
    ));
    let quoted = text(&quoted.unwrap());
    assert_eq!((quoted.matches('«').count(), quoted.matches('»').count()), (1, 1));
    // Links can be followed, and text is tagged.
    let linked = pdf(&format!("<p>{} <a href='https://example.com/'>here</a>", words(560)));
    assert_eq!(count(&linked, b"Subtype", b"Link"), 1);
    assert!(count(&linked, b"Type", b"StructElem") > 0 && linked.catalog().unwrap().has(b"StructTreeRoot"));
}

#[test]
fn words_are_found_however_they_are_set() {
    for html in [
        "<p>A<b>mou</b>nt<sup>2</sup> H<sub>2</sub>O, <i>if office fluffy</i> AVATAR T.P.",
        "<p style='letter-spacing:.5em'>spaced out",
        "<p style='text-transform:uppercase'>straße über",
        "<p style='font-variant:small-caps'>Small Caps",
        "<p style='text-align:justify;width:2in'>justified text of several lines that are stretched",
        "<p style='width:60px'>extra\u{ad}ordinarily well-known in\u{200b}com\u{200b}pre\u{200b}hen\u{200b}sible",
        "<p style='line-height:.9'>three<br>tight<br>lines",
        "<p>o\u{323}\u{300}wo\u{323}\u{301}n q\u{303} m\u{302} ŋ\u{301} ɔ\u{300} ɛ\u{301} <b>x\u{30c}</b>",
        "<p>Nu\u{301}n\u{303}ez, ﬁnal ½ … “quoted” «so» no\u{2011}break",
        "<h2>Two<br>lines</h2>",
        "<p>שלום (עולם) abc",
        "<div style='position:absolute;top:1in;left:0;font-size:120px;color:#eee'>COPY</div><p>a text on it",
        "<style>li::before{content:'§'}b::after{content:':'}</style><ul><li>Pay<li>Now</ul><b>Name</b> <q>q</q>",
        "<style>h2{counter-increment:a}h2::before{content:counter(a) '.'}</style><h2>Title</h2>",
        "<style>@page{@top-left{content:element(h)}}h1{position:running(h)}</style><h1>Head</h1><p>text",
        "<table><tr><td>Total<td style='text-align:right'>$1,312.50</table>",
        "<div style='display:flex;justify-content:space-between'><b>left</b><b>right</b></div>",
        "<span style='display:inline-block'>one</span><span style='display:inline-block'>two</span>",
    ] {
        print(html).unwrap_or_else(|refusal| panic!("{}: {html}", refusal.0));
    }
    print(&format!("<p>{}", "x".repeat(900))).unwrap();
}

#[test]
fn every_character_of_the_fonts_is_found_again() {
    const SANS: &[u8] = include_bytes!("../../src/fonts/LiberationSans-Regular.ttf");
    let known = FontRef::new(SANS).unwrap().charmap();
    let characters: Vec<char> = known
        .mappings()
        .filter_map(|(code, _)| char::from_u32(code))
        .filter(|c| !c.is_whitespace() && !c.is_control() && !is_combining_mark(*c) && !"<&".contains(*c))
        // What reverses the text around it, and pointed Hebrew, of which the PDF does not tell the points: refused.
        .filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}' | '\u{fb1d}'..='\u{fb4f}'))
        .collect();
    assert!(characters.len() > 1_000);
    for style in ["serif", "sans-serif", "monospace;font-weight:bold", "serif;font-style:italic"] {
        for some in characters.chunks(600) {
            let text: String = some.iter().map(|c| format!("o{c} ")).collect();
            let html = format!("<p style='font-family:{style}'>{text}");
            print(&html).unwrap_or_else(|refusal| panic!("{}: {html}", refusal.0));
        }
    }
}

/// A block of a document; each `#` becomes a word that occurs once.
fn block() -> impl Strategy<Value = String> {
    let count = prop_oneof![6 => 1..60usize, 2 => 60..400usize, 1 => 400..1200usize];
    let text = (count, any::<u8>()).prop_map(|(count, kind)| {
        let mut text = vec!["#"; count].join(" ");
        match kind % 8 {
            0 => text = format!("<b>{text}</b>"),
            1 => text = text.replacen("# #", "<i>#</i><br># <span style='font-size:20px'>#</span>", 5),
            2 => text.push_str(&"#".repeat(30)),
            _ => {}
        }
        text
    });
    let styles = prop_oneof![
        8 => Just(""),
        1 => Just("columns:2"),
        1 => Just("display:flex"),
        1 => Just("float:right;width:40%"),
        1 => Just("position:absolute;top:2in"),
        1 => Just("margin-left:3in"),
        1 => Just("break-inside:avoid"),
        1 => Just("height:1in;overflow:hidden"),
        1 => Just("width:1in"),
    ];
    let leaf = (text, styles, 0..7usize).prop_map(|(text, style, kind)| match kind {
        0 | 1 => format!("<p style='{style}'>{text}</p>"),
        2 => format!("<div style='{style}'>{text}</div>"),
        3 => format!("<h2>{text}</h2>"),
        4 => format!("<pre>{}</pre>", text.replace(' ', "\n")),
        5 => text,
        _ => format!("<blockquote style='{style}'><p>{text}</p></blockquote>"),
    });
    leaf.prop_recursive(3, 12, 4, |inner| {
        (prop::collection::vec(inner, 1..4), 0..5usize).prop_map(|(blocks, kind)| match kind {
            0 => format!("<ul><li>{}</ul>", blocks.join("<li>")),
            1 => format!("<table><tr><td>{}</table>", blocks.join("<td>")),
            2 => format!(
                "<table><thead><tr><th>#<th>#</thead><tr><td>{}</table>",
                blocks.join("<tr><td>#<td>")
            ),
            3 => format!("<div style='display:flex'>{}</div>", blocks.concat()),
            _ => format!("<section>{}</section>", blocks.concat()),
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_printed_can_be_read(blocks in prop::collection::vec(block(), 1..5)) {
        let (mut html, mut count) = (String::new(), 0);
        for c in blocks.concat().chars() {
            match c {
                '#' => {
                    html.push_str(&format!("w{count:05}."));
                    count += 1;
                }
                c => html.push(c),
            }
        }
        match print(&html) {
            Ok(pdf) => {
                let text = read(&pdf);
                for n in 0..count {
                    prop_assert!(text.contains(&format!("w{n:05}.")), "word {n} of {count} cannot be read: {html}");
                }
            }
            Err(refusal) => {
                let known = ["words would be missing", "the document cannot be laid out", "the document takes longer"];
                prop_assert!(known.iter().any(|known| refusal.0.starts_with(known)), "{}", refusal.0);
            }
        }
    }

    #[test]
    fn short_paragraphs_always_print(lengths in prop::collection::vec(1..80usize, 1..25)) {
        let html: String = lengths.iter().map(|count| format!("<p>{}</p>", words(*count))).collect();
        prop_assert!(print(&html).is_ok(), "{}", print(&html).unwrap_err());
    }
}
