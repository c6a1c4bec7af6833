//! How many SMS a text takes (3GPP TS 23.038, TS 23.040): one message holds 160 septets of the GSM alphabet or 70 UTF-16
//! units; when joined, 153 or 67 each.

const GSM_BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// Characters that take an escape and so two septets.
const GSM_EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// The number of SMS `text` is sent as; 1 for an empty text.
pub fn segments(text: &str) -> usize {
    match text.chars().map(septets).collect::<Option<Vec<_>>>() {
        Some(septets) => pack(&septets, 160, 153),
        None => pack(&text.chars().map(char::len_utf16).collect::<Vec<_>>(), 70, 67),
    }
}

fn septets(character: char) -> Option<usize> {
    if GSM_BASIC.contains(character) { Some(1) } else { GSM_EXTENSION.contains(character).then_some(2) }
}

/// How many parts characters of these sizes fill, none of them split between two.
fn pack(sizes: &[usize], alone: usize, joined: usize) -> usize {
    if sizes.iter().sum::<usize>() <= alone {
        return 1;
    }
    let (parts, _) = sizes.iter().fold((1, 0), |(parts, filled), size| {
        if filled + size > joined { (parts + 1, *size) } else { (parts, filled + size) }
    });
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::segments;

    #[test]
    fn text_is_counted_as_phones_count_it() {
        let cases = [
            (String::new(), 1),
            ("a".repeat(160), 1),
            ("a".repeat(161), 2),
            ("a".repeat(306), 2),
            ("a".repeat(307), 3),
            ("€".repeat(80), 1),
            ("€".repeat(81), 2),
            // 76 euro signs fill 152 of 153 septets; the 77th is not split.
            ("€".repeat(153), 3),
            ("ł".repeat(70), 1),
            ("ł".repeat(71), 2),
            ("😀".repeat(35), 1),
            ("😀".repeat(36), 2),
            // 33 of them fill 66 of 67 units.
            ("😀".repeat(67), 3),
        ];
        for (text, expected) in cases {
            assert_eq!(segments(&text), expected, "{} × {:?}", text.chars().count(), text.chars().next());
        }
    }

    proptest! {
        #[test]
        fn longer_text_never_takes_fewer_segments(text in "[a-z€ł😀]{0,400}", more in any::<char>()) {
            let longer = format!("{text}{more}");
            prop_assert!(segments(&longer) >= segments(&text));
        }
    }
}
