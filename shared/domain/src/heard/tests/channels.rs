use crate::heard::{Named, channels, says_nothing_new};

use super::*;

/// The letters of the ways: voice, text, email, mail, and an asterisk for all.
fn letters(named: Named) -> String {
    let Named { voice, text, email, mail, all } = named;
    let ways = [(voice, 'v'), (text, 't'), (email, 'e'), (mail, 'm'), (all, '*')];
    ways.into_iter().filter(|(is_named, _)| *is_named).map(|(_, letter)| letter).collect()
}

#[test]
fn a_request_names_the_ways_it_is_about() {
    let table = [
        ("stop calling me", "v"),
        ("Don't call me at work", "v"),
        ("quit phoning me", "v"),
        ("put me on your do not call list", "v"),
        ("I am on the do not call registry", "v"),
        ("no more calls or voicemails", "v"),
        ("do not contact me by phone", "v"),
        ("stop the robocalls", "v"),
        ("stop texting me", "t"),
        ("stop texting this number", "t"),
        ("I do not want any more texts", "t"),
        ("no more text messages", "t"),
        ("do not call or text me", "vt"),
        ("don't call, text or email me", "vte"),
        ("do not call. Or email.", "ve"),
        ("stop all calls, texts, emails and letters", "vtem"),
        ("stop calling me and text me instead", "v"),
        ("don't call me, text me", "v"),
        ("Don't call me. Text me instead", "v"),
        ("Got your email. Stop calling me", "v"),
        ("stop emailing me", "e"),
        ("unsubscribe me from your newsletter", "e"),
        ("please stop sending me e-mails", "e"),
        ("stop mailing me letters", "m"),
        ("delete my number", "vt"),
        ("stop blowing up my phone", "vt"),
        ("Only contact me by mail", "vte"),
        ("letters only", "vte"),
        ("no me llamen", "v"),
        ("dejen de llamarme y mandarme mensajes", "vt"),
        ("no me manden más mensajes de texto", "t"),
        ("no quiero recibir correos electrónicos", "em"),
        ("no me manden cartas", "m"),
        ("no me escriban", "tem"),
        ("take me off your mailing list", "em"),
        ("stop calling my cell", "vt"),
        ("no llamadas ni mensajes", "vt"),
        ("no me marquen", "v"),
        ("don't leave voicemails", "v"),
        ("stop calling, email is fine", "v"),
        ("no calls please just text", "v"),
        ("stop sending me mail", "m"),
        ("unsubscribe from texts and emails", "te"),
        ("I said stop", ""),
        ("remove me from your list", ""),
        ("I paid this already. STOP.", ""),
    ];
    for (text, ways) in table {
        assert_eq!(heard(text).asks, Asks::ProbableOptOut, "{text}");
        assert_eq!(letters(channels(text)), ways, "{text}");
    }
}

#[test]
fn a_request_that_leaves_no_way_names_all() {
    let wordings = [
        "do not contact me",
        "stop contacting me",
        "You may not contact me",
        "stop contacting me by any means",
        "leave me alone",
        "let me be",
        "go away",
        "Cease and desist",
        "cease all communication",
        "contact my attorney",
        "I am represented by an attorney",
        "please direct all calls to my lawyer",
        "this is harassment",
        "stop harassing me",
        "stop bothering me",
        "I don't want to hear from you",
        "don't send me anything",
        "fuck off",
        "I blocked you",
        "déjenme en paz",
        "dejen de molestarme",
        "no me contacten",
        "esto es acoso",
        "contacten a mi abogado",
        "no quiero que me contacten",
    ];
    for text in wordings {
        assert_eq!(heard(text).asks, Asks::ProbableOptOut, "{text}");
        assert!(channels(text).all, "{text}");
    }
}

#[test]
fn only_new_words_that_ask_name_ways() {
    let wordings = [
        "I paid",
        "please call me",
        "",
        "Thanks\n> stop calling me",
        "I said stop\n\nOn Mon, Jan 5, 2026 at 9:00 AM Lender <pay@example.com> wrote:\n> We called you. Email us.",
    ];
    for text in wordings {
        assert_eq!(channels(text), Named::default(), "{text}");
    }
}

#[test]
fn a_message_says_nothing_new_where_programs_wrote_all_of_it() {
    let ours = "On Mon, Jan 5, 2026 at 9:00 AM Lender <pay@example.com> wrote:\n> Your payment is due.";
    let below = format!("Sent from my iPhone\n\n{ours}");
    let table = [
        ("", true),
        (" \n\u{200b}\n", true),
        (ours, true),
        (&*below, true),
        ("Sent from my iPhone", true),
        ("> Your payment is due.", true),
        ("-----Original Message-----\nSTOP", true),
        ("ok", false),
        ("👍", false),
        ("?", false),
        ("> Your payment is due.\nPaid", false),
        ("stop\nSent from my iPhone", false),
    ];
    for (text, is_empty) in table {
        assert_eq!(says_nothing_new(text), is_empty, "{text:?}");
    }
}
