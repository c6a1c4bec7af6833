use mail::{Automatic, Enclosure, Unreadable, assemble};

fn file(name: &str, media_type: &str, bytes: &[u8]) -> Enclosure {
    Enclosure { name: name.into(), media_type: media_type.into(), bytes: bytes.to_vec(), content_id: None }
}

const HEADERS: &str = "Received: by mx.sendgrid.net\nFrom: Ana <ana@mail.example>\nTo: care@acme.example\n\
    Subject: =?utf-8?Q?Re=3A_Su_pr=C3=A9stamo?=\nIn-Reply-To: <notice-8@acme.example>\n\
    Content-Type: multipart/mixed; boundary=\"b\"\n";

#[test]
fn a_mail_that_was_taken_apart_says_the_same_as_a_whole_one() {
    let text = "Pagaré el lunes.\r\n\r\nEl jue, 2 may 2024 a las 9:00, Acme (<care@acme.example>) escribió:\r\n\r\n> Su pago\r\n> vence.\r\n";
    let files = vec![Enclosure {
        content_id: Some("<logo>".into()),
        ..file("../x\n.pdf", "Application/PDF; name=x", b"%PDF")
    }];
    let mail = assemble(HEADERS, Some(text.into()), Some("<p onclick=x>Pagaré</p>".into()), files).unwrap();
    assert_eq!(mail.from.unwrap().name.as_deref(), Some("Ana"));
    assert_eq!(
        (mail.subject.as_str(), mail.answers),
        ("Re: Su préstamo", vec!["notice-8@acme.example".to_owned()])
    );
    assert_eq!(mail.text, "Pagaré el lunes.");
    assert!(mail.quoted.is_some_and(|quoted| quoted.ends_with("> Su pago\n> vence.")));
    assert_eq!(mail.html.as_deref(), Some("<p>Pagaré</p>"));
    let kept = Enclosure { content_id: Some("logo".into()), ..file("x .pdf", "application/pdf", b"%PDF") };
    assert_eq!((mail.files, mail.automatic), (vec![kept], None));
}

#[test]
fn parts_that_are_not_there_leave_it_without() {
    let mail = assemble("", None, None, Vec::new()).unwrap();
    assert_eq!((mail.text.as_str(), mail.from, mail.html, mail.message_id), ("", None, None, None));
    let html = assemble(
        HEADERS,
        None,
        Some("<div>STOP</div><blockquote type=cite>Hi</blockquote>".into()),
        Vec::new(),
    );
    assert_eq!(html.unwrap().text, "STOP");
    let blank = assemble(HEADERS, Some(" \n".into()), Some("<div>STOP</div>".into()), Vec::new());
    assert_eq!(blank.unwrap().text, "STOP");
}

#[test]
fn what_a_machine_wrote_is_known_by_its_headers_and_files() {
    let report = "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n";
    assert_eq!(assemble(report, None, None, Vec::new()).unwrap().automatic, Some(Automatic::Bounce));
    let calendar = file("invite.ics", "text/calendar", b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n");
    assert_eq!(assemble("", None, None, vec![calendar]).unwrap().automatic, Some(Automatic::CalendarAnswer));
    let flowed =
        assemble("Content-Type: text/plain; format=flowed\n", Some("one \ntwo".into()), None, Vec::new());
    assert_eq!(flowed.unwrap().text, "one two");
}

#[test]
fn more_than_any_mail_has_is_refused() {
    let large = file("x", "image/png", &vec![0; mail::LARGEST]);
    assert_eq!(assemble("", Some("x".into()), None, vec![large]), Err(Unreadable::Size));
    let headers = format!("Subject: {}", "x".repeat(2 * 1024 * 1024));
    assert_eq!(assemble(&headers, None, None, Vec::new()), Err(Unreadable::Headers));
}
