//! How many parts a text message is billed as (GSM 03.38 and 03.40).

/// The most parts a text may have. Handsets and carriers reassemble about this many; Twilio's own limit of 1,600
/// characters is never reached, because ten parts hold at most 1,530.
pub const MAX_SEGMENTS: u16 = 10;

/// One unit each in GSM-7 (3GPP TS 23.038, section 6.2.1), without the escape.
const GSM7_BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// An escape and one unit each in GSM-7 (section 6.2.1.1).
const GSM7_EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// How a text travels: in GSM-7 when every character has a place there, else in UCS-2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Septets.
    Gsm7,
    /// UTF-16 units.
    Ucs2,
}

impl Encoding {
    /// The encoding that `text` needs.
    pub fn of(text: &str) -> Self {
        if text.chars().all(|c| gsm7_units(c).is_some()) { Self::Gsm7 } else { Self::Ucs2 }
    }

    /// As in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gsm7 => "GSM-7",
            Self::Ucs2 => "UCS-2",
        }
    }

    /// Units in a message of one part: 140 octets.
    const fn single(self) -> usize {
        match self {
            Self::Gsm7 => 160,
            Self::Ucs2 => 70,
        }
    }

    /// Units in each part of a longer message: 140 octets less the header that joins them.
    const fn part(self) -> usize {
        match self {
            Self::Gsm7 => 153,
            Self::Ucs2 => 67,
        }
    }

    fn units(self, c: char) -> usize {
        match self {
            Self::Gsm7 => gsm7_units(c).unwrap_or(1),
            Self::Ucs2 => c.len_utf16(),
        }
    }
}

fn gsm7_units(c: char) -> Option<usize> {
    if GSM7_BASIC.contains(c) {
        Some(1)
    } else if GSM7_EXTENSION.contains(c) {
        Some(2)
    } else {
        None
    }
}

/// The number of parts of `text`; an empty one is a message too. An escaped character or a surrogate pair is never cut
/// in two, so a part may end one unit early.
pub fn count(text: &str) -> u16 {
    let encoding = Encoding::of(text);
    if text.chars().map(|c| encoding.units(c)).sum::<usize>() <= encoding.single() {
        return 1;
    }
    let mut parts: u16 = 1;
    let mut used = 0;
    for units in text.chars().map(|c| encoding.units(c)) {
        if used + units > encoding.part() {
            parts = parts.saturating_add(1);
            used = 0;
        }
        used += units;
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_alphabet_has_127_characters_and_an_escape() {
        assert_eq!(GSM7_BASIC.chars().count(), 127);
        assert_eq!(GSM7_EXTENSION.chars().count(), 10);
    }

    #[test]
    fn parts_are_counted_as_carriers_bill_them() {
        let gsm7 = [("", 1), ("Hi John", 1)].map(|(text, parts)| (text.to_owned(), parts));
        let lengths = [
            ("a", 160, 1),
            ("a", 161, 2),
            ("a", 306, 2),
            ("a", 307, 3),
            ("a", 1530, 10),
            ("a", 1531, 11),
            ("€", 80, 1),
            ("€", 81, 2),
            // 76 escaped characters fill 152 of 153 units; the 77th does not fit.
            ("€", 152, 2),
            ("€", 153, 3),
            ("ж", 70, 1),
            ("ж", 71, 2),
            ("ж", 134, 2),
            ("ж", 135, 3),
            ("😀", 35, 1),
            ("😀", 36, 2),
            // 33 pairs fill 66 of 67 units.
            ("😀", 66, 2),
            ("😀", 67, 3),
        ];
        let repeated = lengths.map(|(text, times, parts)| (text.repeat(times), parts));
        for (text, parts) in gsm7.into_iter().chain(repeated) {
            assert_eq!(count(&text), parts, "{} × {:?}", text.chars().count(), text.chars().next());
        }
    }

    #[test]
    fn one_foreign_character_makes_the_whole_text_ucs2() {
        assert_eq!(Encoding::of("Ihr Konto über 5 € [fällig]"), Encoding::Gsm7);
        assert_eq!(Encoding::of("Your payment’s due"), Encoding::Ucs2);
        assert_eq!(count(&format!("{}’", "a".repeat(70))), 2);
    }

    proptest! {
        #[test]
        fn parts_hold_the_text_and_waste_at_most_one_unit_each(text in "\\PC{0,900}") {
            let encoding = Encoding::of(&text);
            let units: usize = text.chars().map(|c| encoding.units(c)).sum();
            let parts = usize::from(count(&text));
            if units <= encoding.single() {
                prop_assert_eq!(parts, 1);
            } else {
                prop_assert!(parts * encoding.part() >= units);
                prop_assert!((parts - 1) * (encoding.part() - 1) < units);
            }
        }

        #[test]
        fn more_text_never_needs_fewer_parts(text in "[ -~€ж😀]{0,400}", more in "[ -~€ж😀]{0,50}") {
            prop_assert!(count(&text) <= count(&(text.clone() + &more)));
        }

        #[test]
        fn what_is_within_the_limit_is_within_twilios_limit(text in "\\PC{0,2000}") {
            if count(&text) <= MAX_SEGMENTS {
                prop_assert!(text.chars().count() <= 1600);
            }
        }

        #[test]
        fn ucs2_units_are_those_of_utf16(text in "\\PC{0,200}") {
            let units: usize = text.chars().map(|c| Encoding::Ucs2.units(c)).sum();
            prop_assert_eq!(units, text.encode_utf16().count());
        }
    }
}
