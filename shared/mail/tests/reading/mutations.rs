use mail::{Mail, Mailbox, assemble, read};
use proptest::prelude::*;

/// Pieces that mail is made of, to come upon in any order.
const PIECES: [&str; 28] = [
    "\n",
    "\r",
    "\r\n\r\n",
    "\0",
    "From: ",
    "Ada <ada@x.example>",
    "\"",
    "(",
    "<",
    ">",
    "=?utf-8?Q?=C3?=",
    "Content-Type: multipart/alternative; boundary=b\n\n",
    "Content-Type: text/html; charset=utf-7\n",
    "Content-Type: text/plain; charset=iso-2022-jp; format=flowed\n",
    "Content-Transfer-Encoding: base64\n",
    "Content-Disposition: attachment; filename*0*=utf-8''%C3",
    "--b\n",
    "--b--\n",
    "> ",
    "On May 3, 2024 at 10:11 AM Ada <a@b> wrote:\n",
    "-----Original Message-----\n",
    "-- \n",
    "<blockquote type=cite>",
    "</blockquote>",
    "<a href=\"https://x.example\">",
    "&#x80;&eacute;",
    "é日\u{202e}",
    "Date: Fri, 31 Feb 9999 25:61:61 +9999\n",
];

/// Charsets of every kind of decoder.
const CHARSETS: [&str; 16] = [
    "utf-8",
    "utf-7",
    "utf-16",
    "utf-16be",
    "utf-32",
    "iso-8859-1",
    "iso-8859-8-i",
    "windows-1251",
    "koi8-r",
    "macintosh",
    "ibm850",
    "gb18030",
    "big5",
    "shift_jis",
    "iso-2022-jp",
    "euc-kr",
];

/// Whatever came in, this holds of what is said of it.
fn check(mail: &Mail) {
    let is_line =
        |text: &str| !text.contains(|c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
    let is_mailbox = |one: &Mailbox| is_line(&one.address) && one.name.as_deref().is_none_or(is_line);
    assert!(is_line(&mail.subject) && mail.subject.chars().count() <= 998);
    let mailboxes = mail.from.iter().chain(&mail.reply_to).chain(&mail.to).chain(&mail.cc);
    assert!(mailboxes.into_iter().all(is_mailbox));
    assert!(mail.answers.iter().all(|id| is_line(id) && !id.is_empty()));
    for file in &mail.files {
        let length = file.name.chars().count();
        assert!(
            (1..=150).contains(&length) && is_line(&file.name) && !file.name.contains(['/', '\\']),
            "{}",
            file.name
        );
    }
    let text = [Some(&mail.text), mail.quoted.as_ref()];
    assert!(text.into_iter().flatten().all(|text| !text.contains(['\r', '\0'])));
    assert!(!mail.html.as_deref().unwrap_or_default().contains("<script"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn random_bytes_are_read_or_refused(raw in prop::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(mail) = read(&raw) {
            check(&mail);
        }
    }

    #[test]
    fn pieces_in_any_order_are_read_or_refused(pieces in prop::collection::vec(prop::sample::select(&PIECES), 0..40)) {
        let raw = pieces.concat();
        if let Ok(mail) = read(raw.as_bytes()) {
            check(&mail);
        }
        if let Ok(mail) = assemble(&raw, Some(raw.clone()), Some(raw.clone()), Vec::new()) {
            check(&mail);
        }
    }

    #[test]
    fn bytes_of_any_charset_are_read(
        charset in prop::sample::select(&CHARSETS),
        html in any::<bool>(),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let kind = if html { "html" } else { "plain" };
        let header = format!("Subject: =?{charset}?q?=E9=1B$B+AP-?=\nContent-Type: text/{kind}; charset={charset}\n\n");
        check(&read(&[header.as_bytes(), &bytes].concat()).unwrap());
    }

    #[test]
    fn mails_that_were_damaged_are_read_or_refused(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..40usize, prop::sample::select(&PIECES)), 1..12),
    ) {
        let mails = super::mails();
        let mut raw = which.get(&mails).1.clone();
        for (at, length, piece) in changes {
            let at = at.index(raw.len() + 1);
            let end = (at + length).min(raw.len());
            raw.splice(at..end, piece.bytes());
        }
        if let Ok(mail) = read(&raw) {
            check(&mail);
        }
    }

    #[test]
    fn nothing_of_a_plain_text_without_quotes_is_lost(words in prop::collection::vec("[a-z]{1,8}[.,!?]?", 1..60)) {
        let body = words.chunks(7).map(|words| words.join(" ")).collect::<Vec<_>>().join("\n");
        let mail = read(format!("From: ada@x.example\n\n{body}\n").as_bytes()).unwrap();
        prop_assert_eq!((mail.text, mail.quoted), (body, None));
    }
}
