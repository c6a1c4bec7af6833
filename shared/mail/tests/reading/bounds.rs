use std::time::{Duration, Instant};

use mail::{Unreadable, read};

/// What reading any of these may take, without optimization and on a busy machine.
const LONG: Duration = Duration::from_secs(5);

const PLAIN: &str = "From: ada@x.example\nContent-Type: text/plain\n\n";
const HTML: &str = "From: ada@x.example\nContent-Type: text/html\n\n";

/// A mail of one megabyte that repeats a piece.
fn repeated(header: &str, piece: &str) -> Vec<u8> {
    format!("{header}{}", piece.repeat(1024 * 1024 / piece.len())).into_bytes()
}

fn multiparts(levels: usize) -> String {
    (0..levels)
        .map(|level| format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n"))
        .collect()
}

#[test]
fn what_is_made_to_take_long_is_read_in_time() {
    let attributes: String = (0..200_000).map(|n| format!("a{n} ")).collect();
    let boundaries = (0..9_000)
        .map(|n| format!("--b\nContent-Type: multipart/mixed; boundary=c{n}\n\n"))
        .collect::<String>();
    for (what, raw) in [
        ("nested elements", repeated(HTML, "<div>")),
        ("nested quotes", repeated(HTML, "<blockquote>a")),
        ("elements that are not open", repeated(HTML, "<div></b>")),
        ("formatting that is not closed", repeated(HTML, "<b><p>")),
        ("attributes", format!("{HTML}<a {attributes}>x").into_bytes()),
        ("tags that do not end", repeated(HTML, "<a ")),
        ("quotes that do not end", repeated(HTML, "<a b=\"")),
        ("comments that do not end", repeated(HTML, "<!--")),
        ("styles that do not end", repeated(HTML, "<style></styl")),
        ("entities that do not end", repeated(HTML, "&amp")),
        ("marks of quotes", repeated(PLAIN, ">")),
        ("lines of quotes", repeated(PLAIN, "> \n")),
        ("attributions", repeated(PLAIN, "On 1 <a@b> 10:11 wrote:\n")),
        ("almost attributions", repeated(PLAIN, "1:\n")),
        ("labels", repeated(PLAIN, "From: a\n")),
        ("dividers", repeated(PLAIN, "--\n")),
        ("devices", repeated(PLAIN, "Sent from my iPhone\n")),
        ("blank lines", repeated(PLAIN, "\n")),
        ("one line", repeated(PLAIN, "a")),
        ("folds", repeated("Subject: a\n", " \n")),
        ("encoded words", repeated("Subject: ", "=?a?q?")),
        ("encoded words in addresses", repeated("From: ", "=?a?q? ")),
        ("comments in addresses", repeated("From: ", "(")),
        ("commas in addresses", repeated("From: ", "a,")),
        ("ids", repeated("References: ", "<a@b>")),
        ("parameters", repeated("Content-Type: text/plain", ";a*1=b")),
        ("fields", repeated("", "A: b\n")),
        ("lines between parts", repeated("Content-Type: multipart/mixed; boundary=b\n\n", "--x\n")),
        (
            "boundaries that are nowhere",
            format!("Content-Type: multipart/mixed; boundary=b\n\n{boundaries}").into_bytes(),
        ),
        (
            "multiparts without boundary",
            repeated("Content-Type: multipart/mixed\n\n", "--x\nContent-Type: multipart/mixed\n\n"),
        ),
        ("zeros", vec![0; 1024 * 1024]),
    ] {
        let started = Instant::now();
        let answer = read(&raw);
        let took = started.elapsed();
        println!("{took:>10.1?}  {what}: {:?}", answer.as_ref().map(|mail| mail.text.len()));
        assert!(took < LONG, "{what}: {took:?}");
        if let Ok(mail) = answer {
            assert!(
                mail.text.len() <= mail::TEXT && mail.quoted.unwrap_or_default().len() <= mail::TEXT,
                "{what}"
            );
            assert!(mail.html.unwrap_or_default().len() <= mail::HTML, "{what}");
        }
    }
}

#[test]
fn what_is_more_than_any_mail_has_is_refused_with_a_reason() {
    for (what, raw, refusal) in [
        ("nothing", Vec::new(), Unreadable::Empty),
        ("blanks", b" \r\n\t\n".to_vec(), Unreadable::Empty),
        ("bytes", vec![b'a'; mail::LARGEST + 1], Unreadable::Size),
        ("headers", [b"Subject: ".to_vec(), vec![b'a'; 2 * 1024 * 1024]].concat(), Unreadable::Headers),
        ("levels", multiparts(101).into_bytes(), Unreadable::Nesting),
        (
            "parts",
            format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\n".repeat(10_001)).into_bytes(),
            Unreadable::Parts,
        ),
    ] {
        assert_eq!(read(&raw).unwrap_err(), refusal, "{what}");
    }
    assert!(read(format!("{}\nhi", multiparts(100)).as_bytes()).is_ok_and(|mail| mail.text == "hi"));
}

#[test]
fn what_is_kept_is_bounded_and_the_rest_left_out() {
    let part = "--b\nContent-Type: image/png; name=x.png\n\nx\n";
    let many = format!("Content-Type: multipart/mixed; boundary=b\n\n{}--b--", part.repeat(60));
    assert_eq!(read(many.as_bytes()).unwrap().files.len(), 50);

    let ids: String = (0..200).map(|n| format!("<{n}@x.example> ")).collect();
    let to = "a@x.example, ".repeat(200);
    let long =
        format!("To: {to}\nReferences: {ids}\nSubject: {}\n\n{}", "é".repeat(2_000), "é".repeat(300_000));
    let mail = read(long.as_bytes()).unwrap();
    assert_eq!((mail.to.len(), mail.answers.len(), mail.subject.chars().count()), (100, 50, 998));
    assert_eq!(mail.answers[0], "199@x.example");
    assert_eq!(mail.text.len(), mail::TEXT);

    // More elements than are sanitized: still its text is there.
    let mail = read(format!("{HTML}{}", "<p>a</p>".repeat(5_000)).as_bytes()).unwrap();
    assert_eq!(mail.html, None);
    assert!(mail.text.starts_with("a\n\na\n"));
}
