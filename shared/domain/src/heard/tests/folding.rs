use super::*;

#[test]
fn a_keyword_is_heard_however_it_is_written() {
    let wordings = [
        "  stop  ",
        "\"STOP\"",
        "‘stop’",
        "*STOP*",
        "stop 🙏",
        "🛑 STOP 🛑",
        "STOP 😡😡😡",
        "ＳＴＯＰ",
        "𝐒𝐓𝐎𝐏",
        "Ⓢⓣⓞⓟ",
        "s\u{200b}t\u{200b}o\u{200b}p",
        "\u{feff}stop",
        "S T O P",
        "s.t.o.p.",
        "S-T-O-P",
        "STOPPP",
        "stoooop",
        "Stopp",
        "st op",
        "st0p",
        "stpo",
        "unsubcribe",
        "Un-subscribe",
        "OPT - OUT",
        "stóp",
        "stop.",
        "...stop",
        "STOP\r\n",
        "#stop",
        "🆂🆃🅾️🅿️",
        "STOP!!!!!!!!!!!!!!!!",
        "(stop)",
        "stop;",
        "[STOP]",
    ];
    all_are(&wordings, Asks::OptOut, false);
}

#[test]
fn what_is_quoted_or_added_by_a_program_does_not_count() {
    let stops = [
        "STOP\n\nSent from my iPhone",
        "STOP Sent from my iPhone",
        "stop\n\nSent from my T-Mobile 5G Device",
        "Stop\n\nGet Outlook for iOS<https://aka.ms/o0ukef>",
        "Alto\n\nEnviado desde mi iPhone",
        "STOP\n\nOn Mon, Jan 5, 2026 at 9:00 AM Lender <pay@example.com> wrote:\n> Your payment is due.",
        "STOP\n\nOn Mon, Jan 5, 2026 at 9:00 AM Lender\n<pay@example.com> wrote:\n\n> Your payment is due.\n> Thanks",
        "STOP On Mon, Jan 5, 2026 at 9:00 AM Lender <pay@example.com> wrote: Your payment is due",
        "> Your payment is due.\n\nSTOP",
        "On Mon, Jan 5, 2026 at 9:00 AM Lender <pay@example.com> wrote:\n> Your payment is due.\n\nSTOP",
        "Unsubscribe\n\n-----Original Message-----\nFrom: Lender\nYour payment is due.",
        "Baja\n\nEl lun., 5 ene. 2026 a las 9:00, Lender (<pay@example.com>) escribió:\n> Su pago vence.",
        "STOP\r\n\r\nFrom: Lender <pay@example.com>\r\nSent: Monday\r\nTo: John\r\nSubject: Payment\r\n\r\nDue",
        "STOP\n________________________________\nFrom: Lender\nYour payment",
        "stop\n-- \nJohn Smith\nAcme Inc.",
    ];
    all_are(&stops, Asks::OptOut, false);
    let messages = [
        "I will pay Friday\n\n> Reply STOP to opt out",
        "Thanks\n\nOn Mon, Jan 5, 2026 at 9:00 AM Lender <pay@example.com> wrote:\n\nStop. Unsubscribe. Wrong number.",
        "ok\n-----Mensaje original-----\nDe: Lender\nALTO",
        "-----Original Message-----\nSTOP",
    ];
    all_are(&messages, Asks::Nothing, false);
}

#[test]
fn a_sentence_goes_on_in_the_next_line_of_a_wrapped_message() {
    let wordings = [
        "I have asked for this several times before and I do not want\nany more texts from your company.",
        "Please stop\ntexting me",
    ];
    all_are(&wordings, Asks::ProbableOptOut, false);
}

#[test]
fn only_the_beginning_of_a_long_message_counts() {
    let filler = "I paid on time each month. ".repeat(200);
    all_are(&[&format!("{filler}Stop texting me.")], Asks::Nothing, false);
    all_are(&[&format!("Stop texting me. {filler}"), &"stop ".repeat(2_000)], Asks::ProbableOptOut, false);
    all_are(
        &[&format!("stop{}", "!".repeat(5_000)), &format!("{}stop", "\n".repeat(5_000))],
        Asks::OptOut,
        false,
    );
}

#[test]
fn letters_that_look_alike_numbers_repetitions_and_slips_of_the_finger_change_no_word() {
    let wordings = [
        "st\u{43e}p",
        "ЅТОР",
        "SΤΟΡ",
        "unsubscrıbe",
        "саncel",
        "stop1",
        "stop2",
        "STOP3",
        "optout2",
        "quit1",
        "STOPstop",
        "stopstopstop",
        "stoo",
        "stip",
        "srop",
        "dtop",
    ];
    all_are(&wordings, Asks::OptOut, false);
}

#[test]
fn a_link_that_a_program_puts_under_a_name_does_not_count() {
    let footed = [
        "I paid yesterday.\nJane Doe\nUnsubscribe",
        "I paid\nMary O’Neil\nUnsubscribe",
        "I will pay Friday\n\nJane A. Doe\n\nUnsubscribe",
        "Here is my new address\nMaria Lopez\nUnsubscribe\n\nOn Mon, Jan 5, 2026 at 9:00 AM Lender <pay@example.com> wrote:\n> hi",
    ];
    all_are(&footed, Asks::Nothing, false);
    let written = [
        "I already paid\nUnsubscribe",
        "Jane Doe\nUnsubscribe",
        "Hi\nJane Doe\nUnsubscribe",
        "I paid\nJane Doe\nUNSUBSCRIBE",
    ];
    all_are(&written, Asks::ProbableOptOut, false);
}

#[test]
fn declined_numbered_and_misspelled_keywords_stay_keywords() {
    let wordings = [
        "nope, stop",
        "nah unsubscribe me",
        "no thanks unsubscribe",
        "no thanks, end",
        "st0p1",
        "ST0P",
        "UNSUB",
        "unsubscribe1",
        "s top",
        "unsuscribed",
        "unsubscribe!",
        "cancélenme",
        "cancela todo",
        "anula",
        "stop plz",
        "quitar",
        "eliminar",
        "eliminarme",
    ];
    all_are(&wordings, Asks::OptOut, false);
}
