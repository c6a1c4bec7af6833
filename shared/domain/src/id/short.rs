//! An id in the fewest bytes that keep it unique, for links that have to be short.

use super::{Id, Kind, base32};

/// Which shape an id has, in one byte, and the 16 that follow in it.
pub type Short = [u8; 17];

const MADE: u8 = 0;
const EXTERNAL: u8 = 1;
const KEYED: u8 = 2;

impl<K: Kind> Id<K> {
    /// The id without its kind; `None` for a text that has the shape of an id and that we never made.
    pub fn short(&self) -> Option<Short> {
        let (family, rest) = self.as_str().strip_prefix(K::PREFIX)?.strip_prefix('-')?.split_once('-')?;
        let mut short = Short::default();
        match family {
            "EXT" | "KEY" => {
                short[0] = if family == "EXT" { EXTERNAL } else { KEYED };
                short[1..].copy_from_slice(&exactly::<16>(rest)?);
            }
            time => {
                // Ten digits hold 50 bits, of which the first 48 are milliseconds.
                let mut unix_ms = 0_u64;
                for digit in time.bytes() {
                    let value =
                        base32().specification().symbols.bytes().position(|symbol| symbol == digit)?;
                    unix_ms = unix_ms.checked_shl(5)? | value as u64;
                }
                short[0] = MADE;
                short[1..7].copy_from_slice(&(unix_ms >> 2).to_be_bytes()[2..]);
                short[7..].copy_from_slice(&exactly::<10>(rest)?);
            }
        }
        // What does not come back as it was had other digits than ours.
        (Self::from_short(short).as_ref() == Some(self)).then_some(short)
    }

    /// The id of this kind that [`Self::short`] made these bytes of.
    pub fn from_short(short: Short) -> Option<Self> {
        let [shape, rest @ ..] = short;
        let derived =
            |family: &str| Self::trusted(format!("{}-{family}-{}", K::PREFIX, base32().encode(&rest)));
        match shape {
            EXTERNAL => Some(derived("EXT")),
            KEYED => Some(derived("KEY")),
            MADE => {
                let [a, b, c, d, e, f, random @ ..] = rest;
                Some(Self::new(u64::from_be_bytes([0, 0, a, b, c, d, e, f]), random))
            }
            _ => None,
        }
    }
}

/// The bytes in base 32, if there are as many as this.
fn exactly<const N: usize>(text: &str) -> Option<[u8; N]> {
    base32().decode(text.as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::id::{Interaction, Person};

    #[test]
    fn an_id_that_we_never_made_has_no_short_form() {
        for text in [
            "IN-A-B",
            "IN-EXT-1",
            "IN-01JD3V9K2M-8ZQ4",
            "IN-01JD3V9K2N-8ZQ4T6WX1N3F5G7H",
            "IN-KEY-8ZQ4T6WX1N3F5G7H9JKMNPQRSZ",
            "IN-ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ-8ZQ4T6WX1N3F5G7H",
        ] {
            assert_eq!(text.parse::<Id<Interaction>>().unwrap().short(), None, "{text}");
        }
    }

    #[test]
    fn bytes_of_no_shape_are_no_id() {
        for shape in 3..=u8::MAX {
            let mut short = Short::default();
            short[0] = shape;
            assert_eq!(Id::<Person>::from_short(short), None);
        }
    }

    proptest! {
        #[test]
        fn every_id_we_make_comes_back(ms in 0u64..1 << 48, random: [u8; 10], tenant in "[a-z]{1,9}", name in "\\PC{1,20}") {
            for id in [
                Id::<Interaction>::new(ms, random),
                Id::external(&tenant, &name),
                Id::keyed(&tenant, &name, "1"),
            ] {
                let short = id.short().unwrap();
                prop_assert_eq!(Id::from_short(short), Some(id));
            }
        }

        #[test]
        fn whatever_bytes_come_in_name_one_id_or_none(short: Short) {
            if let Some(id) = Id::<Interaction>::from_short(short) {
                prop_assert_eq!(id.short(), Some(short));
            }
        }
    }
}
