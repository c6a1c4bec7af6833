use mail::read;

#[test]
fn a_mail_that_breaks_the_rules_is_read_as_far_as_it_can_be() {
    let cases: [(&str, &[u8], &str, &str, &str); 15] = [
        ("bare CR", b"From: a@x.example\rSubject: hi\r\rone\rtwo", "a@x.example", "hi", "one\ntwo"),
        ("CR CR LF", b"From: a@x.example\r\r\nSubject: hi\r\r\n\r\r\none\r\r\ntwo", "a@x.example", "hi", "one\ntwo"),
        ("zeros", b"From: a@x\0.example\nSubject: h\0i\n\no\0ne", "a@x.example", "hi", "one"),
        ("no header", b"Only words.\nAnd more.", "", "", "Only words.\nAnd more."),
        ("no empty line", b"From: a@x.example\nOnly words.", "a@x.example", "", "Only words."),
        ("a header alone", b"From: a@x.example\nSubject: STOP", "a@x.example", "STOP", ""),
        ("a mailbox file", b"From a@x.example Fri May 3\nFrom: a@x.example\n\n>From me", "a@x.example", "", "From me"),
        ("eight bits", b"From: Jos\xe9 <a@x.example>\nSubject: a\xf1o\n\ncaf\xe9", "José <a@x.example>", "año", "café"),
        ("empty From", b"From:\nSubject: hi\n\nx", "", "hi", "x"),
        ("several From", b"From: nobody\nFrom: a@x.example, b@x.example\n\nx", "a@x.example", "", "x"),
        ("a steered name", "From: a\u{202e}b <a@x.example>\n\nx".as_bytes(), "ab <a@x.example>", "", "x"),
        ("a BOM", b"\xef\xbb\xbfFrom: a@x.example\n\nx", "a@x.example", "", "x"),
        ("an unknown charset", b"Content-Type: text/plain; charset=x-martian\n\ncaf\xc3\xa9", "", "", "café"),
        ("a text in a file", b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; name=t.txt\n\nSTOP\n--b--", "", "", "STOP"),
        ("an encoding of none", b"Content-Transfer-Encoding: x-own\n\nx", "", "", "x"),
    ];
    for (what, raw, from, subject, text) in cases {
        let mail = read(raw).unwrap_or_else(|error| panic!("{what}: {error}"));
        let written = mail.from.map(|one| match one.name {
            Some(name) => format!("{name} <{}>", one.address),
            None => one.address,
        });
        assert_eq!(
            (written.unwrap_or_default().as_str(), mail.subject.as_str(), mail.text.as_str()),
            (from, subject, text),
            "{what}"
        );
    }
}
