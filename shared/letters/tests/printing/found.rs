//! Letters of which words were once lost, as lenders write them: all of them print, and whole.

use crate::{
    print,
    whole::{read, words},
};

#[test]
fn a_letter_of_which_words_were_once_lost_prints_whole() {
    let sentence = "stays due as agreed, in the amounts and on the dates shown above.";
    let lines: String = (0..60).map(|n| format!("w{n:05} {sentence}<br>")).collect();
    let wide = "x".repeat(170);
    let letter = "onelineofaletter".repeat(80);
    for (what, html, count, others) in [
        ("without paragraphs", format!("Dear Pat,<br><br>{lines}<br>SIGNATURE"), 60, &["SIGNATURE"][..]),
        ("a paragraph taller than a page", format!("<p>{}</p>", words(560)), 560, &[]),
        (
            "a cell taller than a page",
            format!("<table><thead><tr><th>HEAD</th></tr></thead><tr><td>{}</td></tr></table>", words(900)),
            900,
            &["HEAD"],
        ),
        (
            "a column off the sheet",
            format!(
                "<table style=\"width:100%\"><tr><th>Merchant</th><th>Amount</th></tr><tr><td>{wide}</td>\
                 <td>$312.50</td></tr></table>"
            ),
            0,
            &["Merchant", "Amount", "$312.50", &wide],
        ),
        ("two columns", format!("<div style=\"columns:2\">{}</div>", words(1000)), 1000, &[]),
        (
            "a plain letter",
            format!("Dear Pat,<br><br>{}END", "one line of a letter<br>".repeat(80)),
            0,
            &["DearPat,", &letter, "END"],
        ),
        ("a long clause", format!("<p>{}</p>", words(800)), 800, &[]),
    ] {
        let pdf = print(&html).unwrap_or_else(|refusal| panic!("{what}: {}", refusal.0));
        let text = read(&pdf);
        let numbered = (0..count).map(|n| format!("w{n:05}"));
        let lost: Vec<String> = numbered.filter(|word| !text.contains(word)).collect();
        assert_eq!(lost, [] as [&str; 0], "{what}");
        for word in others {
            assert!(text.contains(word), "{what}: {word}");
        }
    }
}
