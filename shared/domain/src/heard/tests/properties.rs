use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::heard::lexicon::{HELP, OPT_IN, OPT_OUT};
use crate::heard::{channels, says_nothing_new};

fn keyword() -> impl Strategy<Value = (&'static str, Asks)> {
    let with = |words: &'static [&'static str], wish| words.iter().map(move |word| (*word, wish));
    select(
        [with(OPT_OUT, Asks::OptOut), with(OPT_IN, Asks::OptIn), with(HELP, Asks::Help)]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>(),
    )
}

fn wording() -> impl Strategy<Value = &'static str> {
    select(vec![
        "stop texting me",
        "please don't call me",
        "wrong number",
        "I paid",
        "no me llamen",
        "end of the month works",
        "remove me from your list",
        "don't stop",
        "numero equivocado",
        "start texting me again",
        "help me",
    ])
}

/// What may stand around a message without changing it.
fn surroundings() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        select(vec![" ", "\n", "\t", ".", "!", "…", "*", "😀", "\u{200b}", "\u{a0}", "❤️", "~"]),
        0..6,
    )
    .prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_text_is_heard(text in any::<String>()) {
        heard(&text);
        channels(&text);
        says_nothing_new(&text);
    }

    #[test]
    fn words_of_the_grammar_in_any_order_are_heard(
        words in proptest::collection::vec(select(vec![
            "stop", "do", "not", "never", "text", "texting", "messages", "me", "the", "from", "wrong", "number", "no",
            "quiero", "mensajes", "de", "baja", "On Mon 5", "wrote:", ">", "\n", "“", "From:", "this is not",
        ]), 0..60)
    ) {
        heard(&words.join(" "));
        channels(&words.join(" "));
    }

    #[test]
    fn a_keyword_stays_one_under_every_folding(
        (word, wish) in keyword(),
        before in surroundings(),
        after in surroundings(),
        shape in 0..7,
    ) {
        let shaped = match shape {
            0 => word.to_owned(),
            1 => word.to_uppercase(),
            2 => word.chars().map(|c| if c.is_ascii_lowercase() { char::from_u32(u32::from(c) - 0x61 + 0xff41).unwrap() } else { c }).collect(),
            3 => word.chars().flat_map(|c| [c, '\u{200b}']).collect(),
            4 => format!("{word}{}", word.chars().last().unwrap().to_string().repeat(3)),
            5 => format!("{word}, please. Thanks"),
            _ => format!("por favor {word}\n\nSent from my iPhone"),
        };
        prop_assert_eq!(heard(&format!("{before}{shaped}{after}")), Heard { asks: wish, wrong_person: false });
    }

    #[test]
    fn case_and_surroundings_change_nothing(
        text in prop_oneof![wording().prop_map(str::to_owned), "[a-z ,.!?]{0,40}"],
        before in surroundings(),
        after in surroundings(),
    ) {
        let plain = heard(&text);
        prop_assert_eq!(heard(&text.to_uppercase()), plain);
        prop_assert_eq!(heard(&format!("{before}{text}{after}")), plain);
    }
}

/// Work that grows with the square of the length would take hours, on any machine.
#[test]
fn a_megabyte_takes_no_longer_than_its_length_explains() {
    let parts = [
        "a",
        " ",
        "\n",
        "stop ",
        "not ",
        "> ",
        "On Mon, Jan 5\n",
        "From:\n",
        "e\u{301}",
        "\u{301}",
        "ﷺ",
        "!",
        "s ",
        "no quiero ",
        "stop the the the the the ",
        "stop just call me ",
        "wrote: On 5 ",
        "sent from ",
        "“",
    ];
    for part in parts {
        let text = part.repeat(1_000_000 / part.len());
        let begun = Instant::now();
        heard(&text);
        channels(&text);
        assert!(begun.elapsed() < Duration::from_secs(30), "{part:?} took {:?}", begun.elapsed());
    }
}
