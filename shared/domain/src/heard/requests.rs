//! Requests to stop contact, or to take it up again, in free words.

use std::slice::from_ref;
use std::sync::LazyLock;

use super::phrase::Phrase;
use super::words::Word;
use super::{Asks, keywords};

mod english;
mod spanish;

/// A wording that asks for something, unless it begins one of the others.
struct Request {
    phrase: Phrase,
    unless: Vec<Phrase>,
}

impl Request {
    /// Reads the notation of both; the wordings of `unless` stand apart by a slash.
    fn read((phrase, unless): &(&'static str, &'static str)) -> Self {
        let unless = unless.split(" / ").filter(|phrase| !phrase.is_empty());
        Self { phrase: Phrase::read(phrase), unless: unless.map(Phrase::read).collect() }
    }

    /// Whether `sentence` holds it at a place where `counts`.
    fn is_in(&self, sentence: &[Word], counts: impl Fn(usize) -> bool) -> bool {
        let is_other = |at| self.unless.iter().any(|phrase| phrase.begins(sentence, at));
        self.phrase.beginnings(sentence).any(|at| !is_other(at) && counts(at))
    }
}

/// How one language asks to stop.
struct Language {
    /// A negation before these turns them around: "stop texting me", "don't stop texting me".
    asks: Vec<Request>,
    /// Negations themselves; behind who does it they tell instead: "don't call me", "they don't call me".
    commands: Vec<Request>,
    /// Refusals by the person, whoever is named before.
    refusals: Vec<Request>,
    /// Whether what was found at a place is turned around.
    is_negated: fn(&[Word], usize) -> bool,
}

static LANGUAGES: LazyLock<[Language; 2]> = LazyLock::new(|| {
    let read = |requests: &[(&'static str, &'static str)]| requests.iter().map(Request::read).collect();
    [
        Language {
            asks: read(english::ASKS),
            commands: read(english::COMMANDS),
            refusals: read(english::REFUSALS),
            is_negated: english::is_negated,
        },
        Language {
            asks: read(spanish::ASKS),
            commands: Vec::new(),
            refusals: read(spanish::REFUSALS),
            is_negated: spanish::is_negated,
        },
    ]
});

/// Our own words under every message, which some phones send back with the answer.
static OUR_WORDS: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    [
        "^ reply|text|txt|send|responda|responde|envie <keyword> to|for|para|2",
        "^ to|para <keyword> <keyword>? <keyword>? _? reply|text|send|click|responda|envie",
    ]
    .into_iter()
    .map(Phrase::read)
    .collect()
});

static RESUMPTIONS: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    [
        "^ <asking>* optin|unstop|resubscribe me|back|again|<polite>* $",
        "^ <asking>* opt me? back? in <polite>* $",
        "^ <asking>* start|resume|restart|begin sending|me|the|my|your|all|getting|receiving* <resumable> messages|me|again|<polite>* $",
        "^ <asking>* text|message me again <polite>* $",
        "^ yes|yeah|yep|sure|ok|okay|please|hi|hello|si* start|restart|unstop|optin|subscribe|empezar|comenzar|alta again|back|up|otra|vez|de|nuevo|<polite>* $",
        "^ yes|ok|okay|please|hi|hello|i|id|we|would* want|wish|like to|start|resume|receive|receiving|get|getting|the|your|all* <resumable> <resumable>? again|back <polite>* $",
        "^ <asking>* subscribe me|again|<polite>* $",
        "^ <asking>* sign me back up <polite>* $",
        "^ por|favor|quiero|pueden|puede* reanudar|reanuden|reanude <ligero>* <mensajes> $",
        "^ si|hola|por|favor* quiero|deseo|quisiera recibir <ligero>* <mensajes> otra|de vez|nuevo por|favor|gracias* $",
        "^ por|favor|quiero|que|me* vuelvan|volver a mandarme|enviarme|mandar|enviar|recibir|escribirme <ligero>* <mensajes>? $",
    ]
    .into_iter()
    .map(Phrase::read)
    .collect()
});

/// Whether a sentence asks to stop.
pub fn to_stop(sentences: &[Vec<Word>]) -> bool {
    asking(sentences).any(|asks| asks)
}

/// Of each sentence, whether it asks to stop.
pub fn asking(sentences: &[Vec<Word>]) -> impl Iterator<Item = bool> {
    let is_ours =
        |sentence: &[Word]| sentences.len() > 1 && OUR_WORDS.iter().any(|phrase| phrase.is_in(sentence));
    sentences.iter().map(move |sentence| !is_ours(sentence) && asks_to_stop(sentence))
}

/// Whether the whole message asks to go on. It takes more than a sentence among others: contact that is taken up needs
/// consent that nobody can doubt.
pub fn to_resume(sentences: &[Vec<Word>]) -> bool {
    let words = sentences.concat();
    RESUMPTIONS.iter().any(|phrase| phrase.is_in(&words))
}

fn asks_to_stop(sentence: &Vec<Word>) -> bool {
    keywords::only(from_ref(sentence)) == Some(Asks::OptOut)
        || LANGUAGES.iter().any(|language| {
            let is_in = |requests: &[Request], counts: &dyn Fn(usize) -> bool| {
                requests.iter().any(|request| request.is_in(sentence, counts))
            };
            is_in(&language.asks, &|at| !(language.is_negated)(sentence, at) && !english::tells(sentence, at))
                || is_in(&language.commands, &|at| !english::follows_subject(sentence, at))
                || is_in(&language.refusals, &|_| true)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wording_names_classes_of_the_lexicon() {
        let tables: [&[(&str, &str)]; 5] =
            [english::ASKS, english::COMMANDS, english::REFUSALS, spanish::ASKS, spanish::REFUSALS];
        for (phrase, unless) in tables.concat() {
            for step in [phrase, unless].join(" ").split([' ', '|']) {
                let name = step.trim_start_matches('!').trim_end_matches(['*', '?']);
                if let Some(name) = name.strip_prefix('<').and_then(|name| name.strip_suffix('>')) {
                    assert_ne!(
                        crate::heard::lexicon::class(name),
                        crate::heard::lexicon::Classes::NONE,
                        "{name}"
                    );
                }
            }
        }
    }
}
