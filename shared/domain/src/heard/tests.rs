use super::{Asks, Heard, heard};

mod channels;
mod folding;
mod kinds;
mod messages;
mod properties;
mod strangers;
mod wishes;

/// Asserts what each wording is heard as, and tells every one that is not.
#[track_caller]
fn all_are(wordings: &[&str], wish: Asks, wrong_person: bool) {
    let expected = Heard { asks: wish, wrong_person };
    let others: Vec<_> =
        wordings.iter().map(|text| (text, heard(text))).filter(|(_, heard)| *heard != expected).collect();
    assert!(others.is_empty(), "not {expected:?}: {others:#?}");
}
