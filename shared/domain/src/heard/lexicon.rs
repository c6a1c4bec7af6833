//! The words that the grammar knows, in English and Spanish, without diacritics.

use std::collections::HashMap;
use std::sync::LazyLock;

mod classes;
mod spellings;

use classes::CLASSES;
use spellings::{COMPOUNDS, SPELLINGS};

/// A set of classes: one bit for each, in the order of [`CLASSES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Classes(u64);

impl Classes {
    /// The empty set.
    pub const NONE: Self = Self(0);

    /// The classes of both.
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a class is in both.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

static BY_WORD: LazyLock<HashMap<&'static str, Classes>> = LazyLock::new(|| {
    let mut by_word = HashMap::new();
    for (bit, (_, words)) in CLASSES.iter().enumerate() {
        for word in words.split_ascii_whitespace() {
            let classes = by_word.entry(word).or_insert(Classes::NONE);
            *classes = classes.with(Classes(1 << bit));
        }
    }
    by_word
});

static MEANT: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| SPELLINGS.iter().copied().collect());

static KEYWORDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let all = OPT_OUT.iter().chain(OPT_IN).chain(HELP);
    all.copied().filter(|phrase| !phrase.contains(' ')).collect()
});

/// The class of this name; none if there is none.
pub fn class(name: &str) -> Classes {
    let bit = CLASSES.iter().position(|(class, _)| *class == name);
    bit.map_or(Classes::NONE, |bit| Classes(1 << bit))
}

/// The classes of `word`. A word that is not listed is judged by its end: one in -ing is something else that may be
/// stopped, "johns" is what John has, and no name ends like an adjective.
pub fn classes(word: &str) -> Classes {
    const OF_NO_NAME: [&str; 14] =
        ["ing", "ed", "ful", "ble", "ive", "ous", "ly", "less", "ish", "ary", "tion", "ness", "ment", "ity"];
    if let Some(known) = BY_WORD.get(word) {
        return *known;
    }
    let name = class("name");
    if word.strip_suffix('s').is_some_and(|owner| BY_WORD.get(owner) == Some(&name)) {
        return name;
    }
    let ends = |endings: &[&str]| word.len() > 4 && endings.iter().any(|ending| word.ends_with(ending));
    let object = if ends(&["ing"]) { class("object") } else { Classes::NONE };
    let common = if ends(&OF_NO_NAME) { class("common") } else { Classes::NONE };
    object.with(common)
}

/// Whether `word` is in any class or a keyword.
pub fn is_known(word: &str) -> bool {
    BY_WORD.contains_key(word) || is_keyword(word)
}

/// Whether `word` says everything by itself.
pub fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// What a short form, a contraction or a slip of the finger means: one word or several.
pub fn spelling(word: &str) -> Option<&'static str> {
    MEANT.get(word).copied()
}

/// What two words mean together.
pub fn compound(left: &str, right: &str) -> Option<&'static str> {
    COMPOUNDS.iter().find(|(first, second, _)| *first == left && *second == right).map(|(_, _, one)| *one)
}

/// What revokes consent by itself: the words of 47 CFR 64.1200(a)(10), then their like in both languages.
pub const OPT_OUT: &[&str] = &[
    "stop",
    "quit",
    "end",
    "revoke",
    "optout",
    "cancel",
    "unsubscribe",
    "stopall",
    "stop all",
    "end all",
    "quit all",
    "cancel all",
    "revoke all",
    "optout all",
    "unsubscribe all",
    "unsubscribe me",
    "unsubscribed",
    "discontinue",
    "discontinue all",
    "remove",
    "remove me",
    "arret",
    "arrete",
    "arretez",
    "alto",
    "alto todo",
    "alto a todo",
    "parar",
    "parar todo",
    "pare",
    "paren",
    "para",
    "parale",
    "parenle",
    "detener",
    "detener todo",
    "detenga",
    "detengan",
    "detente",
    "detenganse",
    "basta",
    "cancelar",
    "cancelar todo",
    "cancelen",
    "cancele",
    "baja",
    "dar de baja",
    "darme de baja",
    "deme de baja",
    "denme de baja",
    "no mas",
    "no mas mensajes",
    "no mas textos",
    "fin",
    "terminar",
    "salir",
    "revocar",
    "desuscribir",
    "desuscribirme",
    "desinscribir",
    "cancela",
    "cancelame",
    "cancela todo",
    "eliminar",
    "eliminarme",
    "elimineme",
    "quitar",
    "quitarme",
    "quiteme",
    "borrarme",
    "cancelenme",
    "canceleme",
    "anular",
    "anular todo",
    "anule",
    "anulen",
    "anula",
    "remover",
    "remuevanme",
    "finalizar",
    "finalice",
    "finalicen",
    "finaliza",
    "cese",
    "cesen",
];

/// The words of the law, as one word each.
pub const OF_THE_LAW: [&str; 9] =
    ["stop", "stopall", "quit", "revoke", "optout", "cancel", "unsubscribe", "optoutall", "end"];

/// What opts out if nothing else is said, not even a courtesy: under a message these are names.
pub const NAMES_TOO: [&str; 1] = ["cesar"];

/// What wants contact again by itself.
pub const OPT_IN: &[&str] = &[
    "start",
    "unstop",
    "optin",
    "subscribe",
    "resubscribe",
    "subscribe me",
    "optin me",
    "restart",
    "comenzar",
    "empezar",
    "iniciar",
    "inicio",
    "reanudar",
    "reiniciar",
    "alta",
    "dar de alta",
    "darme de alta",
    "suscribir",
    "suscribirme",
    "start all",
];

/// What asks for help by itself.
pub const HELP: &[&str] = &["help", "info", "ayuda"];

/// What people put around a keyword without meaning anything by it.
pub const COURTESIES: &[&str] = &[
    "please",
    "kindly",
    "thanks",
    "thank you",
    "thank you very much",
    "thank you so much",
    "thanks so much",
    "thanks a lot",
    "many thanks",
    "hi",
    "hi there",
    "hello",
    "hello there",
    "hey",
    "good morning",
    "good afternoon",
    "good evening",
    "good day",
    "dear sir",
    "dear madam",
    "dear sir or madam",
    "to whom it may concern",
    "sir",
    "maam",
    "madam",
    "sorry",
    "ok",
    "okay",
    "just",
    "now",
    "right now",
    "immediately",
    "asap",
    "already",
    "regards",
    "best regards",
    "kind regards",
    "sincerely",
    "best",
    "por favor",
    "porfavor",
    "favor",
    "gracias",
    "muchas gracias",
    "mil gracias",
    "hola",
    "buenos dias",
    "buen dia",
    "buenas",
    "buenas tardes",
    "buenas noches",
    "senor",
    "senora",
    "ya",
    "ahora",
    "ahora mismo",
    "saludos",
    "atentamente",
];

/// Courtesies that decline; around a word that asks for contact they leave nothing certain.
pub const DECLINING: &[&str] = &["no thanks", "no thank you", "nope", "nah", "no gracias", "no sorry"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heard::words::sentences;

    #[test]
    fn classes_fit_their_set_and_have_one_name_each() {
        assert!(CLASSES.len() <= 64);
        for (name, _) in CLASSES {
            assert_eq!(CLASSES.iter().filter(|(other, _)| other == name).count(), 1, "{name}");
        }
    }

    #[test]
    fn what_the_lexicon_lists_is_written_as_folding_leaves_it() {
        let listed = OPT_OUT.iter().chain(OPT_IN).chain(HELP).chain(COURTESIES).chain(DECLINING);
        let classed = CLASSES.iter().flat_map(|(_, words)| words.split_ascii_whitespace());
        for phrase in listed.copied().chain(classed) {
            let words: Vec<_> = sentences(phrase).concat().iter().map(|word| word.text.clone()).collect();
            assert_eq!(words.join(" "), phrase);
        }
    }

    #[test]
    fn a_keyword_means_one_thing() {
        for phrase in OPT_OUT {
            assert!(!OPT_IN.contains(phrase) && !HELP.contains(phrase), "{phrase}");
        }
    }
}
