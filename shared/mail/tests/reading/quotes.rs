//! Where what is new ends: texts without the rest of a mail, as programs write them in their languages.

use mail::assemble;

fn plain(text: &str) -> (String, Option<String>) {
    let mail = assemble("From: a@x.example\n", Some(text.into()), None, Vec::new()).expect("within bounds");
    (mail.text, mail.quoted)
}

fn html(html: &str) -> (String, Option<String>) {
    let mail = assemble("From: a@x.example\n", None, Some(html.into()), Vec::new()).expect("within bounds");
    (mail.text, mail.quoted)
}

#[test]
fn an_attribution_begins_a_quote_in_every_language() {
    for attribution in [
        "On Thu, May 2, 2024 at 9:00 AM Acme <care@acme.example> wrote:",
        "On Thu, May 2, 2024 at 9:00\u{202f}AM Acme <care@acme.example> wrote:",
        "On 5/2/24 9:00 AM, Acme wrote:",
        "On May 2, 2024, at 9:00 AM, Acme <care@acme.example> wrote:",
        "On Thu, May 2, 2024 at 9:00 AM Acme Lending Customer Care and Collections\n<care@acme.example> wrote:",
        "On Thu, May 2, 2024 at 9:00 AM Acme Lending\nCustomer Care <\ncare@acme.example>\nwrote:",
        "On Thursday, May 2, 2024 at 09:00:00 AM EDT, Acme <care@acme.example> wrote: ",
        "Acme <care@acme.example> wrote on 05/02/2024 09:00 AM:",
        "Acme <care@acme.example> wrote:",
        "Acme wrote:",
        "2024-05-02 9:00 GMT-04:00 Acme <care@acme.example>:",
        "El jue, 2 may 2024 a las 9:00, Acme (<care@acme.example>) escribió:",
        "El 2 may 2024, a las 9:00, Acme <care@acme.example> escribió:",
        "El jueves, 2 de mayo de 2024, 09:00:00 EDT, Acme <care@acme.example> escribió: ",
        "El 2/5/24 a las 9:00, Acme escribió:",
        "Em qui., 2 de mai. de 2024 às 09:00, Acme <care@acme.example>\nescreveu:",
        "Le jeu. 2 mai 2024 à 09:00, Acme <care@acme.example> a écrit :",
        "Le 02/05/2024 à 09:00, Acme a écrit :",
        "Am Do., 2. Mai 2024 um 09:00 Uhr schrieb Acme <care@acme.example>:",
        "Am 02.05.24 um 09:00 schrieb Acme:",
        "Am Donnerstag, 2. Mai 2024 um 09:00:00 MESZ hat Acme <care@acme.example> Folgendes geschrieben: ",
        "Il giorno gio 2 mag 2024 alle ore 09:00 Acme <care@acme.example> ha scritto:",
        "Op do 2 mei 2024 om 09:00 schreef Acme <care@acme.example>:",
        "Den tors 2 maj 2024 kl 09:00 skrev Acme <care@acme.example>:",
        "tor. 2. maj 2024 kl. 09.00 skrev Acme <care@acme.example>:",
        "to 2. toukok. 2024 klo 9.00 Acme (care@acme.example) kirjoitti:",
        "czw., 2 maj 2024 o 09:00 Acme <care@acme.example> napisał(a):",
        "W dniu 2.05.2024 o 09:00, Acme pisze:",
        "čt 2. 5. 2024 v 9:00 odesílatel Acme <care@acme.example> napsal:",
        "чт, 2 мая 2024 г. в 09:00, Acme <care@acme.example>:",
        "02.05.2024 09:00, Acme пишет:",
        "Acme <care@acme.example>, 2 May 2024 Per, 09:00 tarihinde şunu yazdı:",
        "Στις Πέμ 2 Μαΐ 2024 στις 9:00 π.μ., ο χρήστης Acme <care@acme.example> έγραψε:",
        "Pada tanggal Kam, 2 Mei 2024 pukul 09.00 Acme <care@acme.example> menulis:",
        "Vào Th 5, 2 thg 5, 2024 vào lúc 09:00 Acme <care@acme.example> đã viết:",
        "Acme <care@acme.example> 于2024年5月2日周四 09:00写道：",
        "Acme <care@acme.example> 於 2024年5月2日 週四 上午9:00寫道：",
        "2024年5月2日(木) 9:00 Acme <care@acme.example>:",
        "2024/05/02 9:00、Acme <care@acme.example>のメール:",
        "2024년 5월 2일 (목) 오전 9:00, Acme <care@acme.example>님이 작성:",
    ] {
        let marked = format!("New.\n\n{attribution}\n\n> Old.\n> Older.\n");
        let (text, quoted) = plain(&marked);
        let rest = attribution.trim().to_owned() + "\n\n> Old.\n> Older.";
        assert_eq!((text.as_str(), quoted), ("New.", Some(rest)), "{attribution}");
        let below = format!("{attribution}\n> Old.\n\nNew.\n\n-- \nAda\n");
        assert_eq!(plain(&below).0, "New.", "below {attribution}");
        let beside = format!("New.\n{attribution}\n> Old.\n");
        assert_eq!(plain(&beside).0, "New.", "beside {attribution}");
    }
}

#[test]
fn a_block_of_labels_begins_the_mail_that_is_answered_in_every_language() {
    for block in [
        "From: Acme <care@acme.example>\nSent: Thursday, May 2, 2024 9:00 AM\nTo: Ada\nSubject: Due",
        "________________________________\nFrom: Acme\nSent: Thursday\nTo: Ada\nCc: Bob\nSubject: Due",
        "________________________________\n\nFrom: Acme\nSent: Thursday\nTo: Ada\nSubject: Due",
        "*From:* Acme <care@acme.example>\n*Sent:* Thursday\n*To:* Ada\n*Subject:* Due",
        "-----Original Message-----\nFrom: Acme\nSent: Thursday\nTo: Ada\nSubject: Due",
        "-----Original Message-----\nFrom: Acme [mailto:care@acme.example]\nSent: Thursday\nTo: Ada; Bob;\n Carl\nSubject: Due",
        "-------- Original message --------\nFrom: Acme <care@acme.example>\nDate: 5/2/24 9:00 AM (GMT-05:00)\nTo: Ada\nSubject: Due",
        "-------- Original Message --------\nOn 5/2/24 09:00, Acme < care@acme.example> wrote:\n",
        "---------- Forwarded message ---------\nFrom: Acme <care@acme.example>\nDate: Thu\nSubject: Due\nTo: <a@x.example>",
        "Begin forwarded message:\n\nFrom: Acme <care@acme.example>\nSubject: Due\nDate: May 2\nTo: Ada",
        "-------- Forwarded Message --------\nSubject: Due\nDate: Thu\nFrom: Acme <care@acme.example>\nTo: Ada",
        "De: Acme <care@acme.example>\nEnviado: jueves, 2 de mayo de 2024 9:00\nPara: Ada\nAsunto: Vence",
        "-------- Mensaje original --------\nDe: Acme <care@acme.example>\nFecha: 2/5/24 9:00 (GMT-05:00)\nPara: Ada\nAsunto: Vence",
        "De : Acme <care@acme.example>\nEnvoyé : jeudi 2 mai 2024 09:00\nÀ : Ada\nObjet : Due",
        "Von: Acme <care@acme.example>\nGesendet: Donnerstag, 2. Mai 2024 09:00\nAn: Ada\nBetreff: Due",
        "Da: Acme <care@acme.example>\nInviato: giovedì\nA: Ada\nOggetto: Due",
        "De: Acme <care@acme.example>\nEnviada em: quinta-feira\nPara: Ada\nAssunto: Due",
        "Van: Acme <care@acme.example>\nVerzonden: donderdag\nAan: Ada\nOnderwerp: Due",
        "От: Acme <care@acme.example>\nОтправлено: 2 мая\nКому: Ada\nТема: Due",
        "发件人: Acme <care@acme.example>\n发送时间: 2024年5月2日 9:00\n收件人: Ada\n主题: Due",
        "差出人: Acme <care@acme.example>\n送信日時: 2024年5月2日\n宛先: Ada\n件名: Due",
        "보낸 사람: Acme <care@acme.example>\n보낸 날짜: 2024년\n받는 사람: Ada\n제목: Due",
    ] {
        let (text, quoted) = plain(&format!("New.\n\n{block}\n\nOld.\n"));
        assert_eq!(text, "New.", "{block}");
        let quoted = quoted.unwrap_or_default();
        assert!(quoted.starts_with(block.lines().next().unwrap()) && quoted.ends_with("Old."), "{quoted}");
        let alone = plain(&format!("{block}\n\nOld.\n"));
        assert!(alone.0.ends_with("Old.") && alone.1.is_none(), "{block}");
    }
}

#[test]
fn what_a_person_writes_is_kept_whatever_it_looks_like() {
    for text in [
        "Hello,\n\nI wrote to you on May 3:\nno answer yet.",
        "He wrote:\nI will pay.",
        "On May 3, 2024 at 10:11 AM I wrote:\nI will pay.",
        "On Monday I will:\n- pay $50\n- call you",
        "At 10:30 call me, or mail a@x.example:\nI am at home.",
        "From: my bank\nI got a letter.",
        "To: whom it may concern\nDate: May 3\n\nI dispute this debt.",
        "> 90 days late is wrong.",
        "I paid:\n----------\n$50\n----------\n$60",
        "one\n--\ntwo\n\nthree\n\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15",
        "Subject: to change.\nI may be late.",
        "My number is 555-0100.\nSent from my heart.",
        "I got this on 5/3 at 9:00 from care@acme.example:\nit is wrong.",
        "a\n\n\n\nb",
        "   indented\n\tby tab",
    ] {
        let (reply, quoted) = plain(text);
        assert_eq!((reply.as_str(), quoted), (text.trim(), None), "{text}");
    }
}

#[test]
fn elements_by_which_programs_quote_are_known_without_their_words() {
    for (page, text) in [
        (
            "<div dir=ltr>New.</div><br><div class=\"gmail_quote\"><div class=gmail_attr>Mhm, Acme xyz:<br></div><blockquote class=gmail_quote>Old.</blockquote></div>",
            "New.",
        ),
        (
            "<div class=gmail_quote><div class=gmail_attr>Mhm:</div><blockquote class=gmail_quote>Old.</blockquote></div><div>New.</div>",
            "New.",
        ),
        (
            "<div>New.</div><div><br><blockquote type=\"cite\"><div>Mhm:</div><div>Old.</div></blockquote></div>",
            "New.",
        ),
        (
            "<div>New.</div><div id=appendonsend></div><hr><div id=divRplyFwdMsg>Mhm</div><div>Old.</div>",
            "New.",
        ),
        ("<div>New.</div><div class=yahoo_quoted><div>Mhm</div><div>Old.</div></div>", "New."),
        (
            "<div class=moz-cite-prefix>Mhm<br></div><blockquote type=cite>Old.</blockquote><p>New.</p>",
            "New.",
        ),
        ("<p>New.</p><div name=quote style='border-left:2px'>Old.</div>", "New."),
        (
            "<p class=MsoNormal>New.</p><div style='border:none;border-top:solid #E1E1E1 1.0pt'><p>Mhm</p></div><p>Old.</p>",
            "New.",
        ),
        ("<p>New.</p><blockquote class=tutanota_quote>Old.</blockquote>", "New."),
        ("<p>New.</p><div class=gmail_signature>Ada</div>", "New."),
        ("<div>New.</div><div>Sent from my iPhone</div><blockquote type=cite>Old.</blockquote>", "New."),
        ("<blockquote style='margin:0 0 0 40px;border:none;padding:0px'>New.</blockquote>", "New."),
        ("<blockquote type=cite>Only quoted.</blockquote>", "> Only quoted."),
        ("<p>One</p><p>Two &lt;3</p>", "One\n\nTwo <3"),
        ("New.<br>On May 2, 2024, 9:00 AM Acme &lt;care@acme.example&gt; wrote:<br>Old.", "New."),
    ] {
        assert_eq!(html(page).0, text, "{page}");
    }
}
