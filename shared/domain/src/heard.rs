//! Recognizes what a borrower's message asks, before anybody reads it.
//!
//! A message goes through four steps: what is new in it ([`fresh`]), its sentences as plain words ([`words`]), the
//! words that say it all ([`keywords`]), and what its sentences ask ([`requests`], [`stranger`]), read with a small
//! grammar ([`phrase`], [`lexicon`]). [`Named`] says which channels are refused. If a message may ask to stop
//! contact and may not, it is taken to ask: a stop that a person lifts costs a day, a message to somebody who asked for
//! none breaks the law.

mod channels;
mod fresh;
mod keywords;
mod lexicon;
mod phrase;
mod requests;
mod stranger;
mod words;

#[cfg(test)]
mod tests;

pub use channels::{Named, channels};

/// What a message asks. The two are distinguished because a message may say both: "wrong number, stop".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// Whether contact is wanted.
    pub asks: Asks,
    /// The person says not to be whom we take them for: "wrong number", "I don't know any John".
    pub wrong_person: bool,
}

impl Heard {
    /// Of a message that asks for nothing.
    pub const NOTHING: Self = Self { asks: Asks::Nothing, wrong_person: false };
}

/// Whether contact is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// Nothing that we act on by ourselves.
    Nothing,
    /// An opt-out word or phrase and nothing else but courtesies (47 CFR 64.1200(a)(10)): revokes at once.
    OptOut,
    /// Free words that ask to be left alone, also for one place, hour or channel, which only a person can tell: a
    /// provisional stop that a person reviews.
    ProbableOptOut,
    /// START, UNSTOP and what says the same: contact is wanted again.
    OptIn,
    /// HELP, INFO.
    Help,
}

/// Signs that say stop without a word.
const STOP_SIGNS: [char; 3] = ['🛑', '⛔', '🚫'];

/// What `text` asks, in time linear in its length. Of what is new in it, the first [`fresh::LETTERS`] letters and
/// digits count. Case, blanks, punctuation, diacritics, emoji and invisible characters make no difference.
pub fn heard(text: &str) -> Heard {
    if fresh::is_reaction(text) {
        return Heard::NOTHING;
    }
    let fresh = fresh::fresh(text);
    let sentences = words::sentences(&fresh.text);
    let wish = match keywords::only(&sentences) {
        // What was cut off may be more than the word.
        Some(Asks::OptOut) if fresh.is_cut => Asks::ProbableOptOut,
        Some(wish) => wish,
        None if sentences.is_empty() && fresh.text.contains(STOP_SIGNS) => Asks::ProbableOptOut,
        None if requests::to_stop(&sentences) => Asks::ProbableOptOut,
        None if requests::to_resume(&sentences) => Asks::OptIn,
        None => Asks::Nothing,
    };
    Heard { asks: wish, wrong_person: sentences.iter().any(|sentence| stranger::answers(sentence)) }
}

/// Whether nothing is left of `text` without quotations, attributions and device signatures. A picture or an emoji is left.
pub fn says_nothing_new(text: &str) -> bool {
    fresh::is_empty(text)
}
